//! The fixed header in front of every message.

use iceoryx2::prelude::ZeroCopySend;

/// Version of the frame layout. Both ends of an edge must agree on it.
pub const FRAME_VERSION: u8 = 1;

/// The largest sequence or timestamp of a frame. Every end of a connection
/// counts with it, JavaScript's too.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The flag of a frame that only pushes an older one out of a full queue.
pub(crate) const FLAG_FILLER: u16 = 1;

/// The kind of the frame that ends an edge. It has no payload.
pub const KIND_END: u8 = 0;

/// The header of a frame: 64 bytes, little endian, iceoryx2's user header.
///
/// A payload is `body_len` bytes of body, zeros up to a multiple of eight, then
/// `meta_len` bytes that describe the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ZeroCopySend)]
#[repr(C)]
pub struct FrameHeader {
    /// Layout version, [`FRAME_VERSION`].
    pub version: u8,
    /// Kind of the data; the contract names them.
    pub kind: u8,
    /// Zero; [`FLAG_FILLER`] for what is no message. Never seen by a reader.
    pub flags: u16,
    /// Bytes of the meta section.
    pub meta_len: u32,
    /// This edge's own count, one more per frame, the end frame included.
    pub edge_seq: u64,
    /// The sequence that a frame inherits from the input it came from.
    pub sequence: u64,
    /// Media time in microseconds, 0 for none.
    pub timestamp_us: u64,
    /// Monotonic clock when the frame was sent, in nanoseconds.
    pub sent_ns: u64,
    /// Bytes of the body.
    pub body_len: u64,
    /// Payload bytes that this edge carried before this frame. Between two ends
    /// of one edge; zero elsewhere.
    pub bytes_before: u64,
    /// Reserved, zero.
    pub reserved: u64,
}

impl FrameHeader {
    /// The header's bytes as they stand in shared memory.
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut out = [0; 64];
        out[0] = self.version;
        out[1] = self.kind;
        out[2..4].copy_from_slice(&self.flags.to_le_bytes());
        out[4..8].copy_from_slice(&self.meta_len.to_le_bytes());
        for (index, value) in [
            self.edge_seq,
            self.sequence,
            self.timestamp_us,
            self.sent_ns,
            self.body_len,
            self.bytes_before,
            self.reserved,
        ]
        .into_iter()
        .enumerate()
        {
            out[8 + index * 8..16 + index * 8].copy_from_slice(&value.to_le_bytes());
        }
        out
    }

    /// Reads a header from its 64 bytes.
    pub fn from_bytes(bytes: &[u8; 64]) -> Self {
        let u64_at = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        Self {
            version: bytes[0],
            kind: bytes[1],
            flags: u16::from_le_bytes([bytes[2], bytes[3]]),
            meta_len: u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
            edge_seq: u64_at(8),
            sequence: u64_at(16),
            timestamp_us: u64_at(24),
            sent_ns: u64_at(32),
            body_len: u64_at(40),
            bytes_before: u64_at(48),
            reserved: u64_at(56),
        }
    }
}

/// Length of a body with its padding: where the meta section begins.
pub fn padded_len(body_len: usize) -> usize {
    body_len.next_multiple_of(8)
}

/// The clock that both ends of an edge share, in nanoseconds.
pub fn monotonic_ns() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place to write one timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    (time.tv_sec as u64) * 1_000_000_000 + time.tv_nsec as u64
}

const _: () = assert!(size_of::<FrameHeader>() == 64);
const _: () = assert!(cfg!(target_endian = "little"));
