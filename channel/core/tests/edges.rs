//! Real iceoryx2, real doorbells: both ends of edges in one process.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used)]

use remotemedia_channel::edge_block::Limits;
use remotemedia_channel::{
    Domain, DomainSpec, EdgeSpec, ErrorCode, Instance, KIND_END, Receiver, SendStatus,
};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

struct Bench {
    instance: Option<Instance>,
    base: PathBuf,
}

impl Bench {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let base = PathBuf::from(format!(
            "/dev/shm/rmtest-{}-{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::SeqCst)
        ));
        Self {
            instance: Some(Instance::open(&base).unwrap()),
            base,
        }
    }

    /// A domain with one edge from inbox 0 to inbox 1, seen from both.
    fn edge(&self, capacity: u64, max_bytes: u64, lossless: bool) -> (Domain, Domain) {
        let spec = DomainSpec {
            inboxes: 2,
            edges: vec![EdgeSpec {
                from: 0,
                to: 1,
                limits: Limits {
                    capacity,
                    max_bytes,
                    lossless,
                },
            }],
            safety_check: true,
        };
        let ours = self
            .instance
            .as_ref()
            .unwrap()
            .create_domain(&spec)
            .unwrap();
        let theirs = Domain::open(ours.root(), ours.prefix(), 1).unwrap();
        (ours, theirs)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let id = self.instance.as_ref().unwrap().id().to_owned();
        drop(self.instance.take());
        let left = std::fs::read_dir("/dev/shm")
            .unwrap()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().contains(&id))
            .count();
        assert_eq!(left, 0, "shared memory of {id} is left");
        assert!(!self.base.exists(), "the base directory is left");
    }
}

#[test]
fn a_message_arrives_whole_and_aligned() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(4, 1 << 20, true);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    assert!(receiver.try_receive().unwrap().is_none());
    let status = sender
        .try_send(5, 77, 123, &[b"hello ", b"world"], b"meta")
        .unwrap();
    assert_eq!(status, SendStatus::Sent);
    let message = receiver.try_receive().unwrap().unwrap();
    assert_eq!(message.body(), b"hello world");
    assert_eq!(message.meta(), b"meta");
    assert_eq!(message.body().as_ptr() as usize % 64, 0);
    let header = message.header();
    assert_eq!(
        (
            header.kind,
            header.sequence,
            header.timestamp_us,
            header.edge_seq
        ),
        (5, 77, 123, 0)
    );
    assert!(receiver.try_receive().unwrap().is_none());
}

#[test]
fn a_full_edge_refuses_and_rings_when_a_quarter_is_free() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(8, 1 << 20, true);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    for number in 0..8 {
        assert_eq!(
            sender.try_send(5, number, 0, &[b"x"], b"").unwrap(),
            SendStatus::Sent
        );
    }
    assert_eq!(
        sender.try_send(5, 8, 0, &[b"x"], b"").unwrap(),
        SendStatus::Full
    );
    drop(receiver.try_receive().unwrap().unwrap());
    assert!(!readable(&ours), "one credit of eight rings nobody");
    drop(receiver.try_receive().unwrap().unwrap());
    assert!(readable(&ours), "a quarter of the capacity is free");
    ours.drain();
    assert!(!readable(&ours));
    assert_eq!(
        sender.try_send(5, 8, 0, &[b"x"], b"").unwrap(),
        SendStatus::Sent
    );
}

#[test]
fn both_lanes_keep_one_order() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(16, 64 << 20, true);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    let sizes = [10, 200_000, 20, 30, 1_000_000, 300_000, 0, 70_000, 40];
    let mut expected = std::collections::VecDeque::new();
    for round in 0..200_u64 {
        let size = sizes[round as usize % sizes.len()];
        let body = vec![round as u8; size];
        while sender.try_send(7, round, 0, &[&body], b"m").unwrap() == SendStatus::Full {
            check_next(&mut receiver, &mut expected);
        }
        expected.push_back((round, size));
    }
    while !expected.is_empty() {
        check_next(&mut receiver, &mut expected);
    }
    assert!(sender.all_taken().unwrap());
}

fn check_next(
    receiver: &mut remotemedia_channel::Receiver,
    expected: &mut std::collections::VecDeque<(u64, usize)>,
) {
    let message = receiver.try_receive().unwrap().unwrap();
    let (sequence, size) = expected.pop_front().unwrap();
    assert_eq!(message.header().sequence, sequence);
    assert_eq!(message.body().len(), size);
    assert!(message.body().iter().all(|byte| *byte == sequence as u8));
}

#[test]
fn a_lossy_edge_drops_the_oldest_and_counts_exactly() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(4, 1 << 20, false);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    for number in 0..100 {
        assert_eq!(
            sender.try_send(5, number, 0, &[b"x"], b"").unwrap(),
            SendStatus::Sent
        );
    }
    sender.try_end().unwrap();
    let (mut received, mut dropped) = (Vec::new(), 0);
    loop {
        let message = receiver.try_receive().unwrap().unwrap();
        dropped += message.dropped();
        if message.header().kind == KIND_END {
            break;
        }
        received.push(message.header().sequence);
    }
    assert_eq!(received, [97, 98, 99]);
    assert_eq!(received.len() as u64 + dropped, 100);
    assert_eq!(ours.stats(0).unwrap().dropped, dropped);
}

#[test]
fn a_message_over_the_budget_is_refused_with_both_numbers() {
    let bench = Bench::new();
    let (ours, _theirs) = bench.edge(4, 100_000, true);
    let mut sender = ours.open_sender(0).unwrap();
    let body = vec![0; 200_000];
    let error = sender.try_send(7, 0, 0, &[&body], b"").unwrap_err();
    assert_eq!(error.code, ErrorCode::MessageSize);
    assert!(error.message.contains("200000") && error.message.contains("100000"));
}

#[test]
fn bytes_come_back_when_the_slot_does_and_not_before() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(100, 250_000, true);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    let body = vec![1; 100_000];
    for _ in 0..2 {
        assert_eq!(
            sender.try_send(7, 0, 0, &[&body], b"").unwrap(),
            SendStatus::Sent
        );
    }
    assert_eq!(
        sender.try_send(7, 0, 0, &[&body], b"").unwrap(),
        SendStatus::Full
    );
    let message = receiver.try_receive().unwrap().unwrap();
    assert!(message.scarce(), "over a quarter of the budget");
    ours.drain();
    assert_eq!(
        sender.try_send(7, 0, 0, &[&body], b"").unwrap(),
        SendStatus::Full
    );
    drop(message);
    assert!(readable(&ours));
    assert_eq!(
        sender.try_send(7, 0, 0, &[&body], b"").unwrap(),
        SendStatus::Sent
    );
    assert_eq!(ours.stats(0).unwrap().bytes_in_flight, 200_000);
}

#[test]
fn a_held_small_slot_is_called_scarce_before_the_last_one() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(100, 1 << 20, true);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    let mut held = Vec::new();
    for _ in 0..14 {
        sender.try_send(7, 0, 0, &[b"x"], b"").unwrap();
        let message = receiver.try_receive().unwrap().unwrap();
        assert!(!message.scarce());
        held.push(message);
    }
    sender.try_send(7, 0, 0, &[b"x"], b"").unwrap();
    assert!(receiver.try_receive().unwrap().unwrap().scarce());
}

#[test]
fn what_an_orphan_still_uses_is_swept_only_after_its_end() {
    let bench = Bench::new();
    let (ours, orphan) = bench.edge(4, 1 << 20, true);
    let (root, prefix) = (ours.root().to_owned(), ours.prefix().to_owned());
    // A lock that was never made stands for one that a dead service let go.
    std::fs::remove_file(root.with_file_name("lock")).unwrap();
    assert_eq!(Instance::open(&bench.base).unwrap().swept(), 0);
    assert!(root.exists());
    drop(orphan);
    assert_eq!(Instance::open(&bench.base).unwrap().swept(), 1);
    assert!(!root.exists());
    assert!(Domain::open(&root, &prefix, 1).is_err());
    drop(ours);
}

#[test]
fn a_loan_is_filled_in_place_while_others_are_sent() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(4, 64 << 20, true);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    for size in [100, 100_000] {
        let mut loan = sender.reserve(size, 4).unwrap().unwrap();
        assert!(sender.reserve(1, 0).unwrap().is_none(), "one at a time");
        for sequence in [1, 2] {
            // Of both lanes, and of a larger segment than the loan's.
            let body = vec![1; sequence * 150_000];
            sender.try_send(7, 0, 0, &[b"small"], b"").unwrap();
            sender.try_send(7, 0, 0, &[&body], b"").unwrap();
            for expected in [5, body.len()] {
                let message = receiver.try_receive().unwrap().unwrap();
                assert_eq!(message.body().len(), expected);
            }
        }
        let (body, meta) = loan.parts_mut();
        body.fill(9);
        meta.copy_from_slice(b"meta");
        assert!(sender.admits(&loan).unwrap());
        sender.commit(loan, 1, 3, 30).unwrap();
        let message = receiver.try_receive().unwrap().unwrap();
        assert_eq!(message.body(), vec![9; size]);
        assert_eq!(message.meta(), b"meta");
        assert_eq!((message.header().kind, message.header().sequence), (1, 3));
    }
    assert!(sender.all_taken().unwrap());
}

#[test]
fn a_loan_that_is_dropped_gives_its_slot_back() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(2, 1 << 20, true);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    for size in [100, 100_000].into_iter().cycle().take(200) {
        assert!(sender.reserve(size, 0).unwrap().is_some());
    }
    assert_eq!(ours.stats(0).unwrap().bytes_in_flight, 0);
    sender.try_send(7, 0, 0, &[b"x"], b"").unwrap();
    assert_eq!(receiver.try_receive().unwrap().unwrap().body(), b"x");
}

#[test]
fn a_loan_whose_room_was_taken_waits_for_other_room() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(1, 1 << 20, true);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    let loan = sender.reserve(8, 0).unwrap().unwrap();
    sender.try_send(7, 1, 0, &[b"first"], b"").unwrap();
    assert!(!sender.admits(&loan).unwrap());
    drop(receiver.try_receive().unwrap().unwrap());
    assert!(readable(&ours), "the doorbell rings for it");
    assert!(sender.admits(&loan).unwrap());
    sender.commit(loan, 7, 2, 0).unwrap();
    let message = receiver.try_receive().unwrap().unwrap();
    assert_eq!(message.header().sequence, 2);
    assert!(
        sender.reserve(8, 0).unwrap().is_some(),
        "it is not out any more"
    );
}

#[test]
fn a_full_edge_lends_nothing() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(1, 1 << 20, true);
    let mut sender = ours.open_sender(0).unwrap();
    let _receiver = theirs.open_receiver(0).unwrap();
    sender.try_send(7, 0, 0, &[b"x"], b"").unwrap();
    assert!(sender.reserve(8, 0).unwrap().is_none());
    assert!(sender.reserve(2 << 20, 0).is_err(), "can never be sent");
}

#[test]
fn a_loan_of_another_edge_is_refused() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(1, 1 << 20, true);
    let (others, _) = bench.edge(1, 1 << 20, true);
    let mut sender = ours.open_sender(0).unwrap();
    let _receiver = theirs.open_receiver(0).unwrap();
    let loan = others
        .open_sender(0)
        .unwrap()
        .reserve(8, 0)
        .unwrap()
        .unwrap();
    assert!(sender.commit(loan, 7, 0, 0).is_err());
    assert_eq!(ours.stats(0).unwrap().sent, 0);
}

fn readable(domain: &Domain) -> bool {
    let mut poll = libc::pollfd {
        fd: domain.fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one valid pollfd.
    unsafe { libc::poll(&mut poll, 1, 0) == 1 }
}

/// Takes what waits; returns messages received and dropped, the end frame and
/// what it counts included.
fn take_all(receiver: &mut Receiver) -> (u64, u64) {
    let (mut received, mut dropped, mut last) = (0, 0, None);
    while let Some(message) = receiver.try_receive().unwrap() {
        dropped += message.dropped();
        if message.header().kind == KIND_END {
            break;
        }
        received += 1;
        let sequence = message.header().sequence;
        assert!(last < Some(sequence), "{last:?}, then {sequence}");
        assert!(message.body().iter().all(|byte| *byte == sequence as u8));
        last = Some(sequence);
    }
    (received, dropped)
}

#[test]
fn drops_of_both_lanes_are_exact_and_their_bytes_come_back() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(4, 8 << 20, false);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    let sizes = [10, 200_000, 20, 1_000_000, 70_000, 0, 40, 300_000, 90_000];
    let (mut sent, mut received, mut dropped) = (0, 0, 0);
    for round in 0..300_u64 {
        // Bursts of all lengths, so that either lane overflows, and none.
        for _ in 0..round % 17 {
            let body = vec![sent as u8; sizes[(sent % 9) as usize]];
            sender.try_send(1, sent, 0, &[&body], b"m").unwrap();
            sent += 1;
        }
        let (more, lost) = take_all(&mut receiver);
        (received, dropped) = (received + more, dropped + lost);
        assert_eq!(received + dropped, sent, "the newest is always delivered");
        let stats = ours.stats(0).unwrap();
        assert_eq!((stats.messages_sent, stats.received), (sent, received));
        assert_eq!((stats.dropped, stats.bytes_in_flight), (dropped, 0));
    }
    sender.try_end().unwrap();
    take_all(&mut receiver);
    let stats = ours.stats(0).unwrap();
    assert_eq!((stats.messages_sent, stats.received), (sent, received));
    assert_eq!((stats.dropped, stats.sent), (dropped, sent + 1));
    assert!(dropped > 100 && received > 100);
}

#[test]
fn bytes_that_wait_on_a_lossy_edge_stay_within_the_budget() {
    let bench = Bench::new();
    for (size, others) in [(1_000, 50_000), (400_000, 30_000), (1_000_000, 0)] {
        let (ours, theirs) = bench.edge(100, 1 << 20, false);
        let mut sender = ours.open_sender(0).unwrap();
        let mut receiver = theirs.open_receiver(0).unwrap();
        for number in 0..400_u64 {
            let len = if number % 3 == 0 { size } else { others };
            let body = vec![number as u8; len];
            sender.try_send(1, number, 0, &[&body], b"").unwrap();
            let stats = ours.stats(0).unwrap();
            assert!(stats.bytes_in_flight <= 1 << 20, "{stats:?}");
            assert!(stats.bytes_in_flight >= len as u64, "{stats:?}");
        }
        let (received, dropped) = take_all(&mut receiver);
        assert_eq!(received + dropped, 400);
        assert!(received > 0);
        assert_eq!(ours.stats(0).unwrap().bytes_in_flight, 0);
    }
}

#[test]
fn a_loan_of_a_lossy_edge_keeps_the_budget_too() {
    let bench = Bench::new();
    let (ours, theirs) = bench.edge(100, 1 << 20, false);
    let mut sender = ours.open_sender(0).unwrap();
    let mut receiver = theirs.open_receiver(0).unwrap();
    let mut sent = 0;
    for _ in 0..50 {
        let mut loan = sender.reserve(900_000, 0).unwrap().unwrap();
        for _ in 0..5 {
            let body = vec![sent as u8; 300_000];
            sender.try_send(1, sent, 0, &[&body], b"").unwrap();
            sent += 1;
        }
        loan.parts_mut().0.fill(sent as u8);
        assert!(sender.admits(&loan).unwrap());
        sender.commit(loan, 1, sent, 0).unwrap();
        sent += 1;
        assert!(ours.stats(0).unwrap().bytes_in_flight <= 1 << 20);
    }
    let (received, dropped) = take_all(&mut receiver);
    assert_eq!(received, 1, "the last one fills the budget");
    assert_eq!(received + dropped, sent);
}

#[test]
fn a_lossy_edge_between_two_threads_loses_count_of_nothing() {
    let bench = Bench::new();
    for capacity in [1, 2, 7] {
        let (ours, theirs) = bench.edge(capacity, 1 << 20, false);
        let mut sender = ours.open_sender(0).unwrap();
        let mut receiver = theirs.open_receiver(0).unwrap();
        const COUNT: u64 = 200_000;
        let sending = std::thread::spawn(move || {
            for number in 0..COUNT {
                let len = if number % 50 == 0 { 70_000 } else { 8 };
                let body = vec![number as u8; len];
                sender.try_send(1, number, 0, &[&body], b"").unwrap();
            }
            sender.try_end().unwrap();
        });
        let (mut received, mut dropped) = (0, 0);
        loop {
            let Some(message) = receiver.try_receive().unwrap() else {
                wait(&theirs);
                continue;
            };
            dropped += message.dropped();
            if message.header().kind == KIND_END {
                break;
            }
            let sequence = message.header().sequence;
            assert!(message.body().iter().all(|byte| *byte == sequence as u8));
            received += 1;
        }
        sending.join().unwrap();
        assert_eq!(received + dropped, COUNT);
        let stats = ours.stats(0).unwrap();
        assert_eq!((stats.messages_sent, stats.received), (COUNT, received));
        assert_eq!((stats.dropped, stats.bytes_in_flight), (dropped, 0));
        assert_eq!(theirs.rescues(), 0);
    }
}

/// Waits for the doorbell of a domain and answers it.
fn wait(domain: &Domain) {
    let mut poll = libc::pollfd {
        fd: domain.fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one valid pollfd.
    assert_eq!(unsafe { libc::poll(&mut poll, 1, 10_000) }, 1, "no wake-up");
    domain.drain();
}
