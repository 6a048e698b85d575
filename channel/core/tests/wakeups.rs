//! Ten million wake-ups between two processes, with the safety check off.
//!
//! One edge of capacity one: after nearly every message the sender sleeps until
//! its credit is back and the receiver sleeps until the next message is there.
//! A wake-up that does not come ends the test after a minute of silence.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used)]

use remotemedia_channel::edge_block::Limits;
use remotemedia_channel::{Domain, DomainSpec, EdgeSpec, Instance, KIND_END, SendStatus};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const WAKE_UPS: u64 = 10_000_000;
const SILENCE_MS: i32 = 60_000;
const CHILD: &str = "REMOTEMEDIA_TEST_WAKEUPS";

/// Sleeps until the doorbell rings.
fn sleep(domain: &Domain) {
    let mut poll = libc::pollfd {
        fd: domain.fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one valid pollfd.
    let ready = unsafe { libc::poll(&mut poll, 1, SILENCE_MS) };
    assert_eq!(ready, 1, "a wake-up was lost");
    domain.drain();
}

#[test]
fn ten_million_wake_ups_lose_none_without_the_safety_check() {
    if let Ok(place) = std::env::var(CHILD) {
        receive(&place);
        return;
    }
    // One place for all runs: a run that was killed is swept by the next.
    let base = PathBuf::from("/dev/shm/rmtest-wakeups");
    let instance = Instance::open(&base).unwrap();
    let domain = instance
        .create_domain(&DomainSpec {
            inboxes: 2,
            edges: vec![EdgeSpec {
                from: 0,
                to: 1,
                limits: Limits {
                    capacity: 1,
                    max_bytes: 1 << 20,
                    lossless: true,
                },
            }],
            safety_check: false,
        })
        .unwrap();
    let mut sender = domain.open_sender(0).unwrap();
    let receiver = Command::new(std::env::current_exe().unwrap())
        .arg("--nocapture")
        .env(
            CHILD,
            format!("{}|{}", domain.root().display(), domain.prefix()),
        )
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The publisher must see its subscriber before the first message.
    sleep(&domain);

    let (mut sent, mut woken) = (0_u64, 0_u64);
    // Both sides sleep about as often; the receiver's own count is added below.
    while woken < WAKE_UPS / 2 + WAKE_UPS / 20 {
        match sender
            .try_send(7, sent, 0, &[&sent.to_le_bytes()], b"")
            .unwrap()
        {
            SendStatus::Sent => sent += 1,
            SendStatus::Full => {
                sleep(&domain);
                woken += 1;
            }
        }
    }
    while sender.try_end().unwrap() == SendStatus::Full {
        sleep(&domain);
    }
    while !sender.all_taken().unwrap() {
        sleep(&domain);
    }
    let output = receiver.wait_with_output().unwrap();
    assert!(output.status.success(), "the receiver failed: {output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let theirs: Vec<u64> = said
        .split_whitespace()
        .map(|word| word.parse().unwrap())
        .collect();
    println!(
        "{sent} messages, {woken} wake-ups of the sender, {} of the receiver",
        theirs[1]
    );
    assert_eq!(theirs[0], sent, "messages lost");
    assert!(woken + theirs[1] >= WAKE_UPS);
    assert_eq!(domain.rescues(), 0);
    drop(sender);
    domain.remove();
    drop(instance);
    assert!(!base.exists());
}

/// The other process: says how many messages and wake-ups it had.
fn receive(place: &str) {
    let (root, prefix) = place.split_once('|').unwrap();
    let domain = Domain::open(Path::new(root), prefix, 1).unwrap();
    let mut receiver = domain.open_receiver(0).unwrap();
    let bell = std::os::unix::net::UnixDatagram::unbound().unwrap();
    bell.send_to(&[1], Path::new(root).join("0.bell")).unwrap();
    let (mut received, mut woken) = (0_u64, 0_u64);
    loop {
        match receiver.try_receive().unwrap() {
            Some(message) if message.header().kind == KIND_END => break,
            Some(message) => {
                assert_eq!(message.body(), received.to_le_bytes());
                received += 1;
            }
            None => {
                sleep(&domain);
                woken += 1;
            }
        }
    }
    assert_eq!(domain.rescues(), 0);
    eprintln!("{received} {woken}");
}
