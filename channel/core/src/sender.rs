//! The sending end of an edge.

use crate::commit;
use crate::control_file::EdgeSpec;
use crate::domain::{BLOCK_BYTES, Block, LOANS, Lane, LaneService, SMALL_SLOT_BYTES, Shared};
use crate::edge_block::{EdgeBlock, LARGE_QUEUE};
use crate::error::{ChannelError, ErrorCode, overwritten};
use crate::frame::{FLAG_FILLER, FRAME_VERSION, FrameHeader, KIND_END, monotonic_ns, padded_len};
use crate::slots::Slots;
use crate::sync::Ordering::SeqCst;
use crate::window::Window;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::prelude::{AllocationStrategy, BackpressureStrategy, PortFactory as _};
use iceoryx2::sample_mut_uninit::SampleMutUninit;
use iceoryx2::service::header::publish_subscribe::Header;
use iceoryx2::service::ipc_threadsafe::Service;
use std::mem::MaybeUninit;
use std::sync::Arc;

/// Bytes of iceoryx2's own header and ours, in front of each payload.
const HEADERS: usize =
    (size_of::<Header>() + size_of::<FrameHeader>()).next_multiple_of(BLOCK_BYTES);

type LanePublisher = Publisher<Service, [Block], FrameHeader>;
type Slot = SampleMutUninit<Service, [MaybeUninit<Block>], FrameHeader>;

/// Whether a message went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendStatus {
    /// It is on its way.
    Sent,
    /// The edge is full. The doorbell of this inbox rings when it is worth
    /// trying again.
    Full,
}

/// A slot of shared memory to write one message into.
pub struct Loan {
    slot: Slot,
    lane: Lane,
    body_len: usize,
    meta_len: usize,
    /// Shared by a sender and its loans, so that it can tell whether one is out.
    out: Arc<()>,
}

impl Loan {
    /// Bytes of the meta section.
    pub fn meta_len(&self) -> usize {
        self.meta_len
    }

    fn payload_len(&self) -> u64 {
        (padded_len(self.body_len) + self.meta_len) as u64
    }

    /// The body and the meta section, both to be written whole.
    pub fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]) {
        let len = padded_len(self.body_len) + self.meta_len;
        // SAFETY: the slot has room for `len` bytes, and is shared memory that
        // was populated, so every byte of it has a value; u8 allows any.
        let bytes = unsafe {
            std::slice::from_raw_parts_mut(self.slot.payload_mut().as_mut_ptr().cast::<u8>(), len)
        };
        let (body, rest) = bytes.split_at_mut(self.body_len);
        let padding = padded_len(self.body_len) - self.body_len;
        rest[..padding].fill(0);
        (body, &mut rest[padding..padding + self.meta_len])
    }
}

/// The sending end of an edge. Never blocks.
#[derive(Debug)]
pub struct Sender {
    small: LanePort,
    large: Option<LanePort>,
    large_service: Arc<LaneService>,
    shared: Arc<Shared>,
    edge: usize,
    spec: EdgeSpec,
    next_seq: u64,
    bytes_sent: u64,
    /// Messages sent by the small and by the large lane.
    sent: [u64; 2],
    /// Of a lossy edge: what may wait in the small and in the large lane.
    waiting: Option<[Window; 2]>,
    out: Arc<()>,
}

impl Sender {
    pub(crate) fn open(
        shared: Arc<Shared>,
        edge: usize,
        spec: EdgeSpec,
        small: &LaneService,
        large_service: Arc<LaneService>,
    ) -> Result<Self, ChannelError> {
        let slot_bytes = SMALL_SLOT_BYTES.min(spec.limits.max_bytes as usize);
        Ok(Self {
            small: LanePort::open(small, slot_bytes, AllocationStrategy::Static)?,
            large: None,
            large_service,
            shared,
            edge,
            spec,
            next_seq: 0,
            bytes_sent: 0,
            sent: [0; 2],
            waiting: (!spec.limits.lossless).then(|| {
                [
                    Window::new(spec.limits.capacity as usize),
                    Window::new(LARGE_QUEUE as usize),
                ]
            }),
            out: Arc::new(()),
        })
    }

    /// Sends one message, copying each piece of its body once.
    ///
    /// # Errors
    /// `MessageSize` when it can never fit, `SharedMemory` when the machine has
    /// none left, `Internal` when the receiver is not there.
    pub fn try_send(
        &mut self,
        kind: u8,
        sequence: u64,
        timestamp_us: u64,
        body: &[&[u8]],
        meta: &[u8],
    ) -> Result<SendStatus, ChannelError> {
        let body_len = body.iter().map(|piece| piece.len()).sum();
        let Some(mut loan) = self.take_slot(body_len, meta.len())? else {
            return Ok(SendStatus::Full);
        };
        let (mut target, meta_target) = loan.parts_mut();
        for piece in body {
            let (head, tail) = target.split_at_mut(piece.len());
            head.copy_from_slice(piece);
            target = tail;
        }
        meta_target.copy_from_slice(meta);
        self.commit(loan, kind, sequence, timestamp_us)?;
        Ok(SendStatus::Sent)
    }

    /// Takes a slot to write a message into and send it later with
    /// [`Self::commit`]; other messages may be sent meanwhile. `None`: the edge
    /// is full, or another loan of this sender is out.
    ///
    /// A loan that is dropped gives its slot back.
    ///
    /// # Errors
    /// As [`Self::try_send`].
    pub fn reserve(
        &mut self,
        body_len: usize,
        meta_len: usize,
    ) -> Result<Option<Loan>, ChannelError> {
        if Arc::strong_count(&self.out) > 1 {
            return Ok(None);
        }
        self.take_slot(body_len, meta_len)
    }

    /// Whether a loan may be committed: what was sent since it was made may
    /// have taken its room. When not, the doorbell rings when it is worth
    /// trying again.
    ///
    /// # Errors
    /// `Frame` when the counts of the edge were overwritten.
    pub fn admits(&self, loan: &Loan) -> Result<bool, ChannelError> {
        self.admits_len(loan.payload_len(), loan.lane)
    }

    fn admits_len(&self, len: u64, lane: Lane) -> Result<bool, ChannelError> {
        let is_admitted = self
            .block()
            .admit(&self.spec.limits, len, lane == Lane::Large);
        if !is_admitted {
            self.check_counts()?;
        }
        Ok(is_admitted)
    }

    fn check_counts(&self) -> Result<(), ChannelError> {
        if self.block().fits_sender(self.next_seq) {
            return Ok(());
        }
        Err(overwritten(self.edge))
    }

    fn take_slot(
        &mut self,
        body_len: usize,
        meta_len: usize,
    ) -> Result<Option<Loan>, ChannelError> {
        let len = padded_len(body_len) + meta_len;
        let limits = &self.spec.limits;
        if len as u64 > limits.max_bytes {
            return Err(ChannelError::new(
                ErrorCode::MessageSize,
                format!(
                    "a message of {len} bytes is larger than shm_segment_size, {} bytes",
                    limits.max_bytes
                ),
            ));
        }
        let lane = if len <= SMALL_SLOT_BYTES {
            Lane::Small
        } else {
            Lane::Large
        };
        if !self.admits_len(len as u64, lane)? {
            return Ok(None);
        }
        self.make_room(len as u64)?;
        match self.loan(lane, len) {
            Ok(slot) => Ok(Some(Loan {
                slot,
                lane,
                body_len,
                meta_len,
                out: Arc::clone(&self.out),
            })),
            Err(error) if self.waits_for_memory(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Publishes a written slot of this sender and rings the receiver if it
    /// waits. Where other messages were sent since the loan, ask
    /// [`Self::admits`] first.
    pub fn commit(
        &mut self,
        mut loan: Loan,
        kind: u8,
        sequence: u64,
        timestamp_us: u64,
    ) -> Result<(), ChannelError> {
        if !Arc::ptr_eq(&loan.out, &self.out) {
            return Err(ChannelError::internal("send", "a loan of another edge"));
        }
        let len = loan.payload_len();
        self.make_room(len)?;
        *loan.slot.user_header_mut() = FrameHeader {
            version: FRAME_VERSION,
            kind,
            flags: 0,
            meta_len: loan.meta_len as u32,
            edge_seq: self.next_seq,
            sequence,
            timestamp_us,
            sent_ns: monotonic_ns(),
            body_len: loan.body_len as u64,
            bytes_before: self.bytes_sent,
            reserved: 0,
        };
        let lane = loan.lane;
        let receivers = send(loan.slot)?;
        if receivers != 1 && self.spec.limits.lossless {
            return Err(commit::explain(
                "a sender",
                ChannelError::internal(
                    "send",
                    format_args!("edge {} reached {receivers} receivers", self.edge),
                ),
            ));
        }
        let edge_seq = self.next_seq;
        self.next_seq += 1;
        self.bytes_sent += len;
        self.sent[lane as usize] += 1;
        if let Some(waiting) = &mut self.waiting {
            waiting[lane as usize].push(edge_seq, len);
            let bytes = waiting.iter().map(Window::bytes).sum();
            self.block().bytes_waiting.store(bytes, SeqCst);
        }
        if kind == KIND_END {
            self.block().end_at.store(edge_seq + 1, SeqCst);
        }
        if self.block().published(len, lane == Lane::Large) {
            self.shared.ring(self.spec.to);
        }
        Ok(())
    }

    /// Lets the oldest messages of a lossy edge give way until `len` bytes are
    /// within the budget. Only a full queue gives up a message, so it is filled
    /// with frames that its receiver skips.
    fn make_room(&mut self, len: u64) -> Result<(), ChannelError> {
        let taken = match &self.waiting {
            Some(_) => self.block().taken.load(SeqCst),
            None => return Ok(()),
        };
        let max_bytes = self.spec.limits.max_bytes;
        for window in self.waiting.iter_mut().flatten() {
            window.settle(taken);
        }
        while let Some(lane) = self.crowded_lane(max_bytes.saturating_sub(len)) {
            let mut slot = self.loan(lane, 0)?;
            *slot.user_header_mut() = FrameHeader {
                version: FRAME_VERSION,
                flags: FLAG_FILLER,
                ..FrameHeader::default()
            };
            send(slot)?;
            let before = self.next_seq.saturating_sub(1);
            if let Some(waiting) = &mut self.waiting {
                waiting[lane as usize].push(before, 0);
            }
        }
        Ok(())
    }

    /// The lane with the oldest message, if more than `max_bytes` wait.
    fn crowded_lane(&self, max_bytes: u64) -> Option<Lane> {
        let [small, large] = self.waiting.as_ref()?;
        if small.bytes() + large.bytes() <= max_bytes {
            return None;
        }
        match (small.oldest(), large.oldest()) {
            (Some(small), Some(large)) if large < small => Some(Lane::Large),
            (Some(_), _) => Some(Lane::Small),
            (None, large) => large.map(|_| Lane::Large),
        }
    }

    /// Sends the frame that ends the edge.
    pub fn try_end(&mut self) -> Result<SendStatus, ChannelError> {
        self.try_send(KIND_END, 0, 0, &[], &[])
    }

    /// True when the receiver has taken everything. A sender exits only then:
    /// a slot in a segment that the receiver has not mapped yet would be lost.
    /// When false, the doorbell rings as messages are taken.
    ///
    /// # Errors
    /// `Frame` when the counts of the edge were overwritten.
    pub fn all_taken(&self) -> Result<bool, ChannelError> {
        let all_taken = self.block().all_taken();
        if !all_taken {
            self.check_counts()?;
        }
        Ok(all_taken)
    }

    /// The number of this edge.
    pub fn edge(&self) -> usize {
        self.edge
    }

    fn block(&self) -> &EdgeBlock {
        self.shared.control.block(self.edge)
    }

    /// Whether to wait, when the machine has no memory for one more slot, until
    /// one that is under way comes back. Arms the wake-up for it.
    fn waits_for_memory(&self, error: &ChannelError) -> bool {
        error.code == ErrorCode::SharedMemory
            && self.spec.limits.lossless
            && !self.block().all_taken()
    }

    /// Slots of a lane that may be in use; of a lossy edge nobody knows.
    fn slots_in_use(&self, lane: Lane) -> usize {
        if !self.spec.limits.lossless {
            return usize::MAX;
        }
        let released = self.block().released[lane as usize].load(SeqCst);
        let under_way = self.sent[lane as usize].saturating_sub(released);
        under_way as usize + Arc::strong_count(&self.out) - 1
    }

    fn loan(&mut self, lane: Lane, len: usize) -> Result<Slot, ChannelError> {
        let in_use = self.slots_in_use(lane);
        let port = match lane {
            Lane::Small => &mut self.small,
            Lane::Large => match &mut self.large {
                Some(port) => port,
                empty => empty.insert(LanePort::open(
                    &self.large_service,
                    len.next_power_of_two(),
                    AllocationStrategy::PowerOfTwo,
                )?),
            },
        };
        port.loan(len, in_use)
    }
}

/// Publishes a slot and returns how many receivers it reached.
fn send(slot: Slot) -> Result<usize, ChannelError> {
    // SAFETY: `parts_mut` hands out every byte of a slot to be written, and
    // unwritten shared memory still holds defined bytes.
    let sample = unsafe { slot.assume_init() };
    sample
        .send()
        .map_err(|error| commit::explain("a sender", ChannelError::internal("send", error)))
}

/// The publisher of a lane and what is known of its memory.
#[derive(Debug)]
struct LanePort {
    publisher: LanePublisher,
    slots: Slots,
    /// A longer message moves the lane to a new segment.
    longest: usize,
    count: usize,
}

impl LanePort {
    fn open(
        service: &LaneService,
        longest: usize,
        strategy: AllocationStrategy,
    ) -> Result<Self, ChannelError> {
        let longest = longest.next_multiple_of(BLOCK_BYTES);
        let config = service.static_config();
        let count =
            config.subscriber_max_buffer_size() + config.subscriber_max_borrowed_samples() + LOANS;
        let publisher = commit::creating_slots("a sender", count, || {
            service
                .publisher_builder()
                .initial_max_slice_len(longest / BLOCK_BYTES)
                .allocation_strategy(strategy)
                .max_loaned_samples(LOANS)
                .backpressure_strategy(BackpressureStrategy::DiscardData)
                .create()
                .map_err(|error| ChannelError::internal("create a publisher", error))
        })?;
        Ok(Self {
            publisher,
            slots: Slots::new(HEADERS + longest, count),
            longest,
            count,
        })
    }

    /// Takes a slot, of which `in_use` are not free for sure.
    fn loan(&mut self, len: usize, in_use: usize) -> Result<Slot, ChannelError> {
        let blocks = len.div_ceil(BLOCK_BYTES);
        if len > self.longest {
            let stride = (HEADERS + blocks * BLOCK_BYTES).next_power_of_two();
            self.slots = Slots::new(stride, self.count);
            self.longest = stride - HEADERS;
        }
        if in_use >= self.slots.used() {
            self.slots.prepare()?;
        }
        let slot = self.publisher.loan_slice_uninit(blocks).map_err(|error| {
            commit::explain("a sender", ChannelError::internal("take a slot", error))
        })?;
        let header = std::ptr::from_ref(slot.header()) as usize;
        let payload = slot.payload().as_ptr() as usize;
        self.slots.taken(header, payload, len)?;
        Ok(slot)
    }
}
