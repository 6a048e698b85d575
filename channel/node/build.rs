//! Lets the linker leave the Node API symbols to the host process.

fn main() {
    napi_build::setup();
}
