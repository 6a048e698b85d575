//! A /dev/shm with room for some pages: what does not fit is an error, never a
//! SIGBUS.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used)]

use remotemedia_channel::edge_block::Limits;
use remotemedia_channel::{
    ChannelError, Domain, DomainSpec, EdgeSpec, ErrorCode, Instance, SendStatus,
};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::Command;

const PAGE: u64 = 4096;
const FILL: &str = "/dev/shm/fill";

/// Runs a test of this file in a mount namespace with a /dev/shm of its own.
fn on_small_shared_memory(test: &str) {
    let own = std::env::current_exe().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=64m tmpfs /dev/shm || exit 77; exec {} --exact {test} --ignored --nocapture",
        own.display()
    );
    let run = |flags: &str| {
        Command::new("unshare")
            .args([flags, "sh", "-c", &script])
            .output()
            .unwrap()
    };
    let mut output = run("-m");
    if matches!(output.status.code(), Some(1 | 77)) && !output.stdout.starts_with(b"\nrunning") {
        output = run("-Urm");
    }
    if !output.stdout.starts_with(b"\nrunning") {
        println!(
            "skipped: no mount namespace: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    }
    assert!(
        output.status.success(),
        "{:?}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Fills /dev/shm up to `free` bytes.
fn leave(free: u64) {
    let _ = std::fs::remove_file(FILL);
    let file = File::create(FILL).unwrap();
    let available = available();
    assert!(
        available >= free,
        "{available} bytes are left to begin with"
    );
    let len = available - free;
    // SAFETY: plain numbers.
    let status = unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, len as libc::off_t) };
    assert_eq!(status, 0);
}

fn available() -> u64 {
    // SAFETY: plain numbers, filled by the call.
    unsafe {
        let mut stat: libc::statvfs = std::mem::zeroed();
        assert_eq!(libc::statvfs(c"/dev/shm".as_ptr(), &mut stat), 0);
        stat.f_bavail * stat.f_frsize
    }
}

/// Opens a session and sends messages of both lanes through it, with as many as
/// there can be under way at once.
fn session(instance: &Instance, sizes: &[usize]) -> Result<(), ChannelError> {
    let limits = Limits {
        capacity: 8,
        max_bytes: 8 << 20,
        lossless: true,
    };
    let edge = |from, to| EdgeSpec { from, to, limits };
    let spec = DomainSpec {
        inboxes: 2,
        edges: vec![edge(0, 1), edge(1, 0)],
        safety_check: false,
    };
    let ours = instance.create_domain(&spec)?;
    let result = stream(&ours, sizes);
    ours.remove();
    result
}

fn stream(ours: &Domain, sizes: &[usize]) -> Result<(), ChannelError> {
    let theirs = Domain::open(ours.root(), ours.prefix(), 1)?;
    let mut receiver = ours.open_receiver(1)?;
    let mut sender = theirs.open_sender(1)?;
    let mut way_back = ours.open_sender(0)?;
    let mut back = theirs.open_receiver(0)?;
    for &size in sizes {
        let body = vec![7; size];
        let mut sent = 0;
        while sender.try_send(1, sent, 0, &[&body], b"meta")? == SendStatus::Sent {
            sent += 1;
        }
        assert!(sent > 0);
        for sequence in 0..sent {
            let message = receiver.try_receive()?.unwrap();
            assert_eq!(message.header().sequence, sequence);
            assert!(message.body() == body);
        }
        way_back.try_send(1, sent, 0, &[&body], b"")?;
        assert_eq!(back.try_receive()?.unwrap().body().len(), size);
    }
    Ok(())
}

fn leftovers(prefix: &str) -> usize {
    std::fs::read_dir("/dev/shm")
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .count()
}

/// Tries a session with every number of free pages in `pages` and returns how
/// many fitted.
fn sweep(pages: impl Iterator<Item = u64>, sizes: &[usize]) -> (usize, usize) {
    let instance = Instance::open(Path::new("/dev/shm/base")).unwrap();
    let (mut fitted, mut refused) = (0, 0);
    for free in pages {
        leave(free * PAGE);
        println!("{free} pages");
        match session(&instance, sizes) {
            Ok(()) => fitted += 1,
            Err(error) => {
                assert_eq!(error.code, ErrorCode::SharedMemory, "{free} pages: {error}");
                assert!(error.message.contains("available"), "{error}");
                refused += 1;
            }
        }
        assert_eq!(
            leftovers(&format!("rm_{}_", instance.id())),
            0,
            "{free} pages"
        );
        leave(free * PAGE);
        assert_eq!(available(), free * PAGE, "memory is lost");
    }
    std::fs::remove_file(FILL).unwrap();
    (fitted, refused)
}

#[test]
#[ignore = "run by the test below in a namespace of its own"]
fn each_number_of_pages() {
    let (fitted, refused) = sweep((0..180).chain([250, 300, 400]), &[0, 100, 40_000]);
    println!("small: {fitted} fitted, {refused} refused");
    assert!(fitted > 1 && refused > 40);
    let (fitted, refused) = sweep(
        (200..5000).step_by(320),
        &[100, 100_000, 260_000, 1_100_000],
    );
    println!("large: {fitted} fitted, {refused} refused");
    assert!(fitted > 1 && refused > 1);
}

#[test]
fn a_session_fits_or_is_refused_however_many_pages_are_free() {
    on_small_shared_memory("each_number_of_pages");
}

#[test]
#[ignore = "run by the test below in a namespace of its own"]
fn memory_that_runs_out_while_running() {
    let instance = Instance::open(Path::new("/dev/shm/base")).unwrap();
    let limits = Limits {
        capacity: 200,
        max_bytes: 32 << 20,
        lossless: true,
    };
    let spec = DomainSpec {
        inboxes: 2,
        edges: vec![EdgeSpec {
            from: 0,
            to: 1,
            limits,
        }],
        safety_check: false,
    };
    for size in [10, 5000, 64_000] {
        let ours = instance.create_domain(&spec).unwrap();
        let theirs = Domain::open(ours.root(), ours.prefix(), 1).unwrap();
        let mut receiver = theirs.open_receiver(0).unwrap();
        let mut sender = ours.open_sender(0).unwrap();
        let body = vec![3; size];
        sender.try_send(1, 0, 0, &[&body], b"").unwrap();
        leave(30 * PAGE);
        let mut sent = 1;
        while sender.try_send(1, sent, 0, &[&body], b"").unwrap() == SendStatus::Sent {
            sent += 1;
        }
        assert!((2..200).contains(&sent), "{sent} messages fitted");
        // What was sent is whole, and each that is taken makes room for another.
        for sequence in 0..3 * sent {
            let message = receiver.try_receive().unwrap().unwrap();
            assert_eq!(message.header().sequence, sequence);
            assert!(message.body() == body);
            drop(message);
            let next = sender.try_send(1, sent + sequence, 0, &[&body], b"");
            assert_eq!(next.unwrap(), SendStatus::Sent);
        }
        while receiver.try_receive().unwrap().is_some() {}
        // With nothing under way to wait for, a message that does not fit fails.
        let error = sender
            .try_send(1, 0, 0, &[&vec![0; 1 << 20]], b"")
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::SharedMemory);
        assert!(error.shortage.unwrap().available < 1 << 20);
        drop((sender, receiver, theirs));
        ours.remove();
        std::fs::remove_file(FILL).unwrap();
    }
}

#[test]
fn a_session_that_outgrows_the_memory_goes_on_with_what_it_has() {
    on_small_shared_memory("memory_that_runs_out_while_running");
}
