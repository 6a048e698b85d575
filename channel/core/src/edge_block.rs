//! The control block of one edge: who may send, who must be woken.
//!
//! Both ends map the same block. Every field has one writer, except the two
//! flags, which their owner raises and the other side takes down. One side
//! writes its count and then reads the flag; the other raises the flag and then
//! reads the count. A sequentially consistent fence stands between the two steps
//! on both sides, and so at least one of them sees the other: without it both
//! could miss, and a wake-up would be lost. `tests/loom.rs` explores every
//! interleaving of these functions. Loom models such fences, but not
//! sequentially consistent accesses, and it orders the changes of a flag only
//! when each is a read-modify-write; hence fences and `swap`.

use crate::sync::{AtomicU32, AtomicU64, Ordering::SeqCst, fence};

/// The sender does not wait.
pub const NOT_WAITING: u32 = 0;
/// The sender waits for message credits; it is woken in batches.
pub const WAITS_FOR_MESSAGES: u32 = 1;
/// The sender waits for bytes or for a large slot; every return wakes it.
pub const WAITS_FOR_SPACE: u32 = 2;

/// Undelivered large messages per edge. With three slots that a reader may
/// hold, one that it looks at and two being written this makes nine.
pub const LARGE_QUEUE: u64 = 3;

/// No true count comes near it. A node that scribbles over the control file can
/// put anything there, and a reader of counts must be able to add some up.
pub const MAX_COUNT: u64 = 1 << 48;

/// Limits of an edge, fixed when the session is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages sent but not yet taken.
    pub capacity: u64,
    /// Bytes sent but not yet released.
    pub max_bytes: u64,
    /// True: a sender waits at the limits. False: the oldest message gives way.
    pub lossless: bool,
}

/// Counts and flags of one edge, shared by its two ends.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct EdgeBlock {
    /// Messages published; also the next edge sequence.
    pub sent: AtomicU64,
    /// Large messages published.
    pub sent_large: AtomicU64,
    /// Payload bytes published.
    pub bytes_sent: AtomicU64,
    /// Bytes of a lossy edge that can still wait; the rest gave way.
    pub bytes_waiting: AtomicU64,
    /// One more than the edge sequence of the end frame; 0 before there is one.
    pub end_at: AtomicU64,
    /// One of the three waiting states above.
    pub sender_waiting: AtomicU32,
    _sender_pad: [u32; 5],
    /// Watermark of messages taken: the edge sequence after the last one.
    pub taken: AtomicU64,
    /// Large messages taken.
    pub taken_large: AtomicU64,
    /// Payload bytes up to the watermark, those of dropped messages included.
    pub bytes_taken: AtomicU64,
    /// Payload bytes whose slot was released, those of dropped messages included.
    pub bytes_released: AtomicU64,
    /// Messages whose slot was released, of the small and of the large lane.
    pub released: [AtomicU64; 2],
    /// Messages that were delivered, the end frame not included. What was taken
    /// and not delivered gave way to newer messages.
    pub received: AtomicU64,
    /// 1 while the receiver waits for a message.
    pub receiver_idle: AtomicU32,
    _receiver_pad: u32,
}

impl Default for EdgeBlock {
    fn default() -> Self {
        Self {
            sent: AtomicU64::new(0),
            sent_large: AtomicU64::new(0),
            bytes_sent: AtomicU64::new(0),
            bytes_waiting: AtomicU64::new(u64::MAX),
            end_at: AtomicU64::new(0),
            sender_waiting: AtomicU32::new(NOT_WAITING),
            _sender_pad: [0; 5],
            taken: AtomicU64::new(0),
            taken_large: AtomicU64::new(0),
            bytes_taken: AtomicU64::new(0),
            bytes_released: AtomicU64::new(0),
            released: [AtomicU64::new(0), AtomicU64::new(0)],
            received: AtomicU64::new(0),
            receiver_idle: AtomicU32::new(0),
            _receiver_pad: 0,
        }
    }
}

impl EdgeBlock {
    /// What a sender of `len` bytes has to wait for right now.
    ///
    /// Returns [`NOT_WAITING`] when the message may be sent. A lossy edge never
    /// waits. A message that does not fit what is left of the byte budget is
    /// admitted once the edge is empty.
    pub fn lacks(&self, limits: &Limits, len: u64, large: bool) -> u32 {
        if !limits.lossless {
            return NOT_WAITING;
        }
        let in_flight = self.bytes_in_flight();
        if in_flight != 0 && in_flight.saturating_add(len) > limits.max_bytes {
            return WAITS_FOR_SPACE;
        }
        if large && self.large_in_flight() >= LARGE_QUEUE {
            return WAITS_FOR_SPACE;
        }
        if self.in_flight() >= limits.capacity {
            return WAITS_FOR_MESSAGES;
        }
        NOT_WAITING
    }

    /// Like [`Self::lacks`], and arms a wake-up when the answer is "wait".
    ///
    /// The second look after raising the flag is what makes the wait safe: a
    /// credit that came back in between is seen here, and one that comes back
    /// later sees the flag.
    pub fn admit(&self, limits: &Limits, len: u64, large: bool) -> bool {
        let lack = self.lacks(limits, len, large);
        if lack == NOT_WAITING {
            return true;
        }
        self.sender_waiting.swap(lack, SeqCst);
        fence(SeqCst);
        let again = self.lacks(limits, len, large);
        if again == NOT_WAITING {
            self.sender_waiting.swap(NOT_WAITING, SeqCst);
            return true;
        }
        if again != lack {
            // The reason changed while the flag went up. The stricter flag is
            // right for both, since every return wakes it.
            self.sender_waiting.swap(WAITS_FOR_SPACE, SeqCst);
            fence(SeqCst);
            if self.lacks(limits, len, large) == NOT_WAITING {
                self.sender_waiting.swap(NOT_WAITING, SeqCst);
                return true;
            }
        }
        false
    }

    /// Counts a message that iceoryx2 has accepted; true: ring the receiver.
    pub fn published(&self, len: u64, large: bool) -> bool {
        self.bytes_sent.fetch_add(len, SeqCst);
        if large {
            self.sent_large.fetch_add(1, SeqCst);
        }
        self.sent.fetch_add(1, SeqCst);
        fence(SeqCst);
        // Also of a flag that was overwritten: a wake-up too many does no harm.
        self.receiver_idle.swap(0, SeqCst) != 0
    }

    /// True when a message can be taken; otherwise arms a wake-up.
    pub fn ready_to_take(&self) -> bool {
        if self.pending() {
            return true;
        }
        self.receiver_idle.swap(1, SeqCst);
        fence(SeqCst);
        if self.pending() {
            self.receiver_idle.swap(0, SeqCst);
            return true;
        }
        false
    }

    /// Counts the message with sequence `edge_seq` as taken, and all before it as
    /// taken or dropped; true: ring the sender.
    pub fn took(&self, limits: &Limits, edge_seq: u64, large: bool) -> bool {
        if large {
            self.taken_large.fetch_add(1, SeqCst);
        }
        self.taken.store(edge_seq.saturating_add(1), SeqCst);
        fence(SeqCst);
        match self.sender_waiting.load(SeqCst) {
            NOT_WAITING => false,
            // A sender at its limit is woken once a quarter of the capacity is
            // free, so that a full edge costs a wake-up per batch and not per
            // message.
            WAITS_FOR_MESSAGES if self.in_flight() > low_water(limits) => false,
            _ => self.sender_waiting.swap(NOT_WAITING, SeqCst) != NOT_WAITING,
        }
    }

    /// Gives a released slot and its bytes back; true: ring the sender.
    pub fn give_back(&self, len: u64, large: bool) -> bool {
        self.released[usize::from(large)].fetch_add(1, SeqCst);
        self.bytes_released.fetch_add(len, SeqCst);
        fence(SeqCst);
        match self.sender_waiting.load(SeqCst) {
            NOT_WAITING | WAITS_FOR_MESSAGES => false,
            _ => self.sender_waiting.swap(NOT_WAITING, SeqCst) != NOT_WAITING,
        }
    }

    /// True when everything sent was taken; otherwise arms a wake-up for it.
    pub fn all_taken(&self) -> bool {
        if !self.pending() {
            return true;
        }
        self.sender_waiting.swap(WAITS_FOR_SPACE, SeqCst);
        fence(SeqCst);
        if !self.pending() {
            self.sender_waiting.swap(NOT_WAITING, SeqCst);
            return true;
        }
        false
    }

    /// False when the counts are not those of a sender that has sent `sent`
    /// messages: a node has written over them. To be asked before a wait, which
    /// could otherwise be for ever.
    pub fn fits_sender(&self, sent: u64) -> bool {
        self.sent.load(SeqCst) == sent && self.taken.load(SeqCst) <= sent
    }

    /// The same for a receiver that has come to message number `taken`.
    pub fn fits_receiver(&self, limits: &Limits, taken: u64) -> bool {
        let sent = self.sent.load(SeqCst);
        self.taken.load(SeqCst) == taken && (sent >= taken || !limits.lossless)
    }

    /// Messages sent and not yet taken.
    pub fn in_flight(&self) -> u64 {
        self.sent
            .load(SeqCst)
            .saturating_sub(self.taken.load(SeqCst))
    }

    /// Bytes sent and not yet released.
    pub fn bytes_in_flight(&self) -> u64 {
        self.bytes_sent
            .load(SeqCst)
            .saturating_sub(self.bytes_released.load(SeqCst))
    }

    fn large_in_flight(&self) -> u64 {
        self.sent_large
            .load(SeqCst)
            .saturating_sub(self.taken_large.load(SeqCst))
    }

    /// True when something was sent that was not taken. On a lossy edge a message
    /// can be taken before it is counted: it came when an older one was due, and
    /// had just pushed it out.
    pub fn pending(&self) -> bool {
        self.sent.load(SeqCst) > self.taken.load(SeqCst)
    }

    /// Bytes that wait or are held by the receiver. What gave way is in
    /// `bytes_released` only when the receiver comes across the gap.
    pub fn bytes_in_use(&self) -> u64 {
        let taken = self.bytes_taken.load(SeqCst);
        let waiting = self
            .bytes_sent
            .load(SeqCst)
            .saturating_sub(taken)
            .min(self.bytes_waiting.load(SeqCst));
        taken
            .saturating_sub(self.bytes_released.load(SeqCst))
            .saturating_add(waiting)
            .min(MAX_COUNT)
    }

    /// What was sent, taken and delivered. Exact at any moment at which both ends
    /// are at rest or dead.
    pub fn counts(&self) -> Counts {
        let end_at = self.end_at.load(SeqCst);
        let taken = self.taken.load(SeqCst).min(MAX_COUNT);
        let sent = self.sent.load(SeqCst).clamp(taken, MAX_COUNT);
        let messages = |count: u64| count - u64::from(end_at != 0 && count >= end_at);
        let received = self.received.load(SeqCst).min(messages(taken));
        Counts {
            sent,
            taken,
            messages_sent: messages(sent),
            received,
            dropped: messages(taken) - received,
        }
    }
}

/// Messages of one edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Sent, the end frame included.
    pub sent: u64,
    /// Watermark of those taken, the end frame included.
    pub taken: u64,
    /// Sent, the end frame not included.
    pub messages_sent: u64,
    /// Delivered, the end frame not included.
    pub received: u64,
    /// Dropped, as far as the receiver has come.
    pub dropped: u64,
}

fn low_water(limits: &Limits) -> u64 {
    limits.capacity - (limits.capacity / 4).max(1)
}
