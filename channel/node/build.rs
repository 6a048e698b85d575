//! Lets the linker leave the Node API symbols to the host process, and gives it
//! the flag of the core's `commit.rs`.

fn main() {
    napi_build::setup();
    println!("cargo::rustc-link-arg=-Wl,--wrap=ftruncate");
}
