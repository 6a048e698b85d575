//! The receiving end of an edge.

use crate::commit;
use crate::control_file::EdgeSpec;
use crate::domain::{BLOCK_BYTES, Block, LARGE_HOLD, Lane, LaneService, SMALL_HOLD, Shared};
use crate::edge_block::EdgeBlock;
use crate::error::{ChannelError, ErrorCode, overwritten};
use crate::frame::{FLAG_FILLER, FRAME_VERSION, FrameHeader, KIND_END, monotonic_ns, padded_len};
use crate::sync::{AtomicU32, Ordering::SeqCst};
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::sample::Sample;
use iceoryx2::service::ipc_threadsafe::Service;
use std::sync::Arc;

type LaneSubscriber = Subscriber<Service, [Block], FrameHeader>;
type LaneSample = Sample<Service, [Block], FrameHeader>;

/// A message in shared memory. Its slot goes back when the value is dropped.
#[derive(Debug)]
pub struct Message {
    sample: Option<LaneSample>,
    header: FrameHeader,
    payload: (*const u8, usize),
    dropped: u64,
    scarce: bool,
    lane: Lane,
    held: Arc<AtomicU32>,
    shared: Arc<Shared>,
    edge: usize,
    sender: u32,
}

// SAFETY: the pointer is into the slot that `sample` keeps, which is read-only
// memory shared between processes; the sample itself may move between threads.
unsafe impl Send for Message {}
// SAFETY: as above; nothing is written through a shared reference.
unsafe impl Sync for Message {}

impl Message {
    /// The frame's header.
    pub fn header(&self) -> &FrameHeader {
        &self.header
    }

    /// The body, in shared memory.
    pub fn body(&self) -> &[u8] {
        &self.payload()[..self.header.body_len as usize]
    }

    /// The meta section, in shared memory.
    pub fn meta(&self) -> &[u8] {
        &self.payload()[padded_len(self.header.body_len as usize)..]
    }

    /// Messages that gave way between the one before and this.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// True when holding on to this message could starve the edge: only one
    /// slot is left besides it, or it is over a quarter of the byte budget.
    /// Copy it and let go.
    pub fn scarce(&self) -> bool {
        self.scarce
    }

    fn payload(&self) -> &[u8] {
        // SAFETY: the slot stays mapped and unchanged while `sample` is held.
        unsafe { std::slice::from_raw_parts(self.payload.0, self.payload.1) }
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // The slot first, the count after: a sender that sees the bytes must
        // find the slot.
        self.sample = None;
        self.held.fetch_sub(1, SeqCst);
        let block = self.shared.control.block(self.edge);
        if block.give_back(self.payload.1 as u64, self.lane == Lane::Large) {
            self.shared.ring(self.sender);
        }
    }
}

/// One lane with the message that waits for its turn.
#[derive(Debug)]
struct Head {
    subscriber: LaneSubscriber,
    next: Option<LaneSample>,
    held: Arc<AtomicU32>,
    hold: u32,
}

impl Head {
    fn open(service: &LaneService, hold: usize) -> Result<Self, ChannelError> {
        Ok(Self {
            subscriber: commit::creating("a receiver", || {
                service
                    .subscriber_builder()
                    .create()
                    .map_err(|error| ChannelError::internal("open a subscriber", error))
            })?,
            next: None,
            held: Arc::new(AtomicU32::new(0)),
            hold: hold as u32,
        })
    }

    /// The edge sequence of this lane's next message.
    fn peek(&mut self) -> Result<Option<u64>, ChannelError> {
        while self.next.is_none() {
            let Some(sample) = self.subscriber.receive().map_err(|error| {
                commit::explain("a receiver", ChannelError::internal("receive", error))
            })?
            else {
                break;
            };
            if sample.user_header().flags != FLAG_FILLER {
                self.next = Some(sample);
            }
        }
        Ok(self
            .next
            .as_ref()
            .map(|sample| sample.user_header().edge_seq))
    }
}

/// The receiving end of an edge. Never blocks.
#[derive(Debug)]
pub struct Receiver {
    small: Head,
    large: Head,
    shared: Arc<Shared>,
    edge: usize,
    spec: EdgeSpec,
    next_seq: u64,
    bytes_through: u64,
}

/// What gave way between two messages.
struct Gap {
    messages: u64,
    bytes: u64,
}

impl Receiver {
    pub(crate) fn open(
        shared: Arc<Shared>,
        edge: usize,
        spec: EdgeSpec,
        small: &LaneService,
        large: &LaneService,
    ) -> Result<Self, ChannelError> {
        Ok(Self {
            small: Head::open(small, SMALL_HOLD)?,
            large: Head::open(large, LARGE_HOLD)?,
            shared,
            edge,
            spec,
            next_seq: 0,
            bytes_through: 0,
        })
    }

    /// Takes the next message. `None`: there is none, and the doorbell of this
    /// inbox rings when one comes.
    ///
    /// Taking gives the sender its message credit back, so take only what can
    /// be worked on now.
    ///
    /// # Errors
    /// `Frame` when a message is not one, or the counts of the edge were
    /// overwritten.
    pub fn try_receive(&mut self) -> Result<Option<Message>, ChannelError> {
        let block = self.block();
        if !block.ready_to_take() {
            if !block.fits_receiver(&self.spec.limits, self.next_seq) {
                return Err(overwritten(self.edge));
            }
            return Ok(None);
        }
        let lane = self.next_lane()?;
        let sample = self
            .head(lane)
            .next
            .take()
            .ok_or_else(|| ChannelError::internal("receive", "the lane is empty"))?;
        let header = *sample.user_header();
        let blocks = sample.payload();
        let payload = (blocks.as_ptr().cast(), described(&header, blocks.len())?);
        let gap = self.gap(&header)?;
        let bytes_through = header.bytes_before.saturating_add(payload.1 as u64);
        let quarter_bytes = self.spec.limits.max_bytes / 4;
        let head = self.head(lane);
        let held = Arc::clone(&head.held);
        let now_held = held.fetch_add(1, SeqCst) + 1;
        let scarce = now_held + 1 >= head.hold || payload.1 as u64 > quarter_bytes;
        let message = Message {
            sample: Some(sample),
            header,
            payload,
            dropped: gap.messages,
            scarce,
            lane,
            held,
            shared: Arc::clone(&self.shared),
            edge: self.edge,
            sender: self.spec.from,
        };
        self.next_seq = header.edge_seq + 1;
        self.bytes_through = bytes_through;
        let control = &self.shared.control;
        if header.kind != KIND_END {
            let latency_ns = monotonic_ns().saturating_sub(header.sent_ns);
            control.latency(self.edge).record(latency_ns);
        }
        let block = control.block(self.edge);
        if gap.bytes > 0 {
            block.bytes_released.fetch_add(gap.bytes, SeqCst);
        }
        block.bytes_taken.store(bytes_through, SeqCst);
        if header.kind != KIND_END {
            block.received.fetch_add(1, SeqCst);
        }
        if block.took(&self.spec.limits, header.edge_seq, lane == Lane::Large) {
            self.shared.ring(self.spec.from);
        }
        Ok(Some(message))
    }

    fn head(&mut self, lane: Lane) -> &mut Head {
        match lane {
            Lane::Small => &mut self.small,
            Lane::Large => &mut self.large,
        }
    }

    /// What is missing before this message. Its numbers come from another
    /// process: those that its sender cannot have written are refused.
    fn gap(&self, header: &FrameHeader) -> Result<Gap, ChannelError> {
        let messages = header.edge_seq.checked_sub(self.next_seq);
        let bytes = header.bytes_before.checked_sub(self.bytes_through);
        let lossless = self.spec.limits.lossless;
        match (messages, bytes) {
            (Some(messages), Some(bytes))
                if header.edge_seq < u64::MAX && (!lossless || messages == 0 && bytes == 0) =>
            {
                Ok(Gap { messages, bytes })
            }
            _ => Err(ChannelError::new(
                ErrorCode::Frame,
                format!(
                    "a header is out of sequence after {} messages of {} bytes: {header:?}",
                    self.next_seq, self.bytes_through
                ),
            )),
        }
    }

    /// Which lane has the message whose turn it is.
    ///
    /// Both lanes are first in, first out, and a sender publishes in order. So
    /// a message is next if its sequence is the expected one, or if the other
    /// lane, looked at after it, has nothing older.
    fn next_lane(&mut self) -> Result<Lane, ChannelError> {
        let mut small = self.small.peek()?;
        if small == Some(self.next_seq) {
            return Ok(Lane::Small);
        }
        let large = self.large.peek()?;
        if large != Some(self.next_seq) && small.is_none() {
            small = self.small.peek()?;
        }
        let lane = match (small, large) {
            (Some(small), Some(large)) if small < large => Lane::Small,
            (Some(_), None) => Lane::Small,
            (_, Some(_)) => Lane::Large,
            (None, None) => {
                // Its queue was not to be had when it should have been created.
                return Err(commit::explain(
                    "a receiver",
                    ChannelError::internal(
                        "receive",
                        format_args!("edge {} counts a message that is not there", self.edge),
                    ),
                ));
            }
        };
        Ok(lane)
    }

    /// The number of this edge.
    pub fn edge(&self) -> usize {
        self.edge
    }

    fn block(&self) -> &EdgeBlock {
        self.shared.control.block(self.edge)
    }
}

/// The payload's bytes. A header that does not describe its slot was not written
/// by a sender.
fn described(header: &FrameHeader, blocks: usize) -> Result<usize, ChannelError> {
    let bytes = (header.body_len as usize)
        .checked_next_multiple_of(8)
        .and_then(|body| body.checked_add(header.meta_len as usize));
    match bytes {
        Some(bytes) if header.version == FRAME_VERSION && bytes.div_ceil(BLOCK_BYTES) == blocks => {
            Ok(bytes)
        }
        _ => Err(ChannelError::new(
            ErrorCode::Frame,
            format!("a header does not describe its {blocks} blocks: {header:?}"),
        )),
    }
}
