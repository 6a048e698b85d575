//! What an end does that finds the counts of its edge overwritten.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used)]

use remotemedia_channel::edge_block::Limits;
use remotemedia_channel::{
    Domain, DomainSpec, EdgeSpec, ErrorCode, Instance, Receiver, SendStatus, Sender,
};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Size of the control file's header.
const HEADER_BYTES: usize = 64;

/// One edge whose control file can be written over.
struct Edge {
    sender: Sender,
    receiver: Receiver,
    control: PathBuf,
    _domains: [Domain; 2],
}

/// Runs `act` on a fresh edge of two messages.
fn with_edge(name: &str, act: impl FnOnce(&mut Edge)) {
    let base = PathBuf::from(format!(
        "/dev/shm/rmtest-overwritten-{}-{name}",
        std::process::id()
    ));
    let instance = Instance::open(&base).unwrap();
    let spec = DomainSpec {
        inboxes: 2,
        edges: vec![EdgeSpec {
            from: 0,
            to: 1,
            limits: Limits {
                capacity: 2,
                max_bytes: 1 << 20,
                lossless: true,
            },
        }],
        safety_check: false,
    };
    let ours = instance.create_domain(&spec).unwrap();
    let theirs = Domain::open(ours.root(), ours.prefix(), 1).unwrap();
    let mut edge = Edge {
        sender: ours.open_sender(0).unwrap(),
        receiver: theirs.open_receiver(0).unwrap(),
        control: find_control(&base),
        _domains: [ours, theirs],
    };
    act(&mut edge);
    drop(edge);
    drop(instance);
    let _ = fs::remove_dir_all(&base);
}

fn find_control(dir: &Path) -> PathBuf {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let found = find_control(&path);
            if found.exists() {
                return found;
            }
        } else if path.ends_with("control") {
            return path;
        }
    }
    PathBuf::new()
}

impl Edge {
    fn send(&mut self) -> Result<SendStatus, ErrorCode> {
        self.sender
            .try_send(1, 0, 0, &[b"hello"], b"")
            .map_err(|error| error.code)
    }

    fn take(&mut self) -> Result<bool, ErrorCode> {
        self.receiver
            .try_receive()
            .map(|message| message.is_some())
            .map_err(|error| error.code)
    }

    /// Writes `byte` over all that follows the header of the control file.
    fn overwrite(&self, byte: u8) {
        let len = self.bytes().len();
        self.write_at(HEADER_BYTES, &vec![byte; len - HEADER_BYTES]);
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.control).unwrap()
    }

    fn write_at(&self, at: usize, bytes: &[u8]) {
        let file = fs::OpenOptions::new()
            .write(true)
            .open(&self.control)
            .unwrap();
        file.write_all_at(bytes, at as u64).unwrap();
    }
}

#[test]
fn a_receiver_does_not_wait_on_counts_that_are_not_its_own() {
    for byte in [0, 1, 0x7f, 0xff] {
        with_edge(&format!("receiver-{byte}"), |edge| {
            assert_eq!(edge.send(), Ok(SendStatus::Sent));
            assert_eq!(edge.take(), Ok(true));
            edge.overwrite(byte);
            assert_eq!(edge.take(), Err(ErrorCode::Frame), "{byte:x}");
        });
    }
}

#[test]
fn a_sender_does_not_wait_on_counts_that_are_not_its_own() {
    with_edge("sender", |edge| {
        assert_eq!(edge.send(), Ok(SendStatus::Sent));
        assert_eq!(edge.send(), Ok(SendStatus::Sent));
        assert_eq!(edge.send(), Ok(SendStatus::Full));
        assert!(!edge.sender.all_taken().unwrap());
        let bytes = edge.bytes();
        // Twice the messages, as if two more had been sent.
        for at in (HEADER_BYTES..bytes.len()).step_by(8) {
            let word = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
            let twice = word.wrapping_mul(2).to_le_bytes();
            edge.write_at(at, &twice);
        }
        assert_eq!(edge.send(), Err(ErrorCode::Frame));
        let all_taken = edge.sender.all_taken().map_err(|error| error.code);
        assert_eq!(all_taken, Err(ErrorCode::Frame));
    });
}

#[test]
fn a_receiver_whose_flag_was_overwritten_is_still_woken() {
    with_edge("flag", |edge| {
        assert_eq!(edge.take(), Ok(false));
        let bytes = edge.bytes();
        // On a fresh edge the flag of the receiver, which waits, is the only 1
        // beyond the limits.
        let flags: Vec<usize> = (HEADER_BYTES..bytes.len())
            .step_by(4)
            .filter(|&at| bytes[at..at + 4] == 1u32.to_le_bytes())
            .collect();
        let flag = *flags.last().unwrap();
        edge.write_at(flag, &[7; 4]);
        assert_eq!(edge.send(), Ok(SendStatus::Sent));
        assert_eq!(edge.bytes()[flag..flag + 4], [0; 4], "the bell was rung");
        assert_eq!(edge.take(), Ok(true));
    });
}
