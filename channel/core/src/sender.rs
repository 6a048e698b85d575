//! The sending end of an edge.

use crate::control_file::EdgeSpec;
use crate::domain::{LOANS, Lane, LaneService, SMALL_SLOT_BYTES, Shared};
use crate::edge_block::EdgeBlock;
use crate::error::{ChannelError, ErrorCode};
use crate::frame::{FRAME_VERSION, FrameHeader, KIND_END, monotonic_ns, padded_len};
use iceoryx2::port::publisher::Publisher;
use iceoryx2::prelude::{AllocationStrategy, BackpressureStrategy};
use iceoryx2::sample_mut_uninit::SampleMutUninit;
use iceoryx2::service::ipc_threadsafe::Service;
use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::sync::Arc;

type LanePublisher = Publisher<Service, [u8], FrameHeader>;
type Slot = SampleMutUninit<Service, [MaybeUninit<u8>], FrameHeader>;

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
        let payload = self.slot.payload_mut();
        // SAFETY: the slot is shared memory that was populated, so every byte
        // of it has a value; u8 allows any.
        let bytes = unsafe {
            std::slice::from_raw_parts_mut(payload.as_mut_ptr().cast::<u8>(), payload.len())
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
    small: LanePublisher,
    large: Option<LanePublisher>,
    large_service: Arc<LaneService>,
    shared: Arc<Shared>,
    edge: usize,
    spec: EdgeSpec,
    next_seq: u64,
    /// Bytes of each slot whose pages exist already, by address.
    populated: HashMap<usize, usize>,
    populated_large: HashMap<usize, usize>,
    largest: usize,
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
            small: publisher(small, slot_bytes, AllocationStrategy::Static)?,
            large: None,
            large_service,
            shared,
            edge,
            spec,
            next_seq: 0,
            populated: HashMap::new(),
            populated_large: HashMap::new(),
            largest: 0,
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
    pub fn admits(&self, loan: &Loan) -> bool {
        let large = loan.lane == Lane::Large;
        self.block()
            .admit(&self.spec.limits, loan.payload_len(), large)
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
        if !self.block().admit(limits, len as u64, lane == Lane::Large) {
            return Ok(None);
        }
        let slot = self.loan(lane, len)?;
        Ok(Some(Loan {
            slot,
            lane,
            body_len,
            meta_len,
            out: Arc::clone(&self.out),
        }))
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
            reserved: [0; 2],
        };
        let lane = loan.lane;
        // SAFETY: `parts_mut` hands out every byte of the slot to be written,
        // and unwritten shared memory still holds defined bytes.
        let sample = unsafe { loan.slot.assume_init() };
        let receivers = sample
            .send()
            .map_err(|error| ChannelError::internal("send", error))?;
        if receivers != 1 && self.spec.limits.lossless {
            return Err(ChannelError::internal(
                "send",
                format_args!("edge {} reached {receivers} receivers", self.edge),
            ));
        }
        self.next_seq += 1;
        if self.block().published(len, lane == Lane::Large) {
            self.shared.ring(self.spec.to);
        }
        Ok(())
    }

    /// Sends the frame that ends the edge.
    pub fn try_end(&mut self) -> Result<SendStatus, ChannelError> {
        self.try_send(KIND_END, 0, 0, &[], &[])
    }

    /// True when the receiver has taken everything. A sender exits only then:
    /// a slot in a segment that the receiver has not mapped yet would be lost.
    /// When false, the doorbell rings as messages are taken.
    pub fn all_taken(&self) -> bool {
        self.block().all_taken()
    }

    /// The number of this edge.
    pub fn edge(&self) -> usize {
        self.edge
    }

    fn block(&self) -> &EdgeBlock {
        self.shared.control.block(self.edge)
    }

    fn loan(&mut self, lane: Lane, len: usize) -> Result<Slot, ChannelError> {
        let (publisher, populated) = match lane {
            Lane::Small => (&self.small, &mut self.populated),
            Lane::Large => {
                if len > self.largest {
                    // A longer message moves the lane to a new segment, which
                    // may be mapped where an old one was.
                    self.populated_large.clear();
                    self.largest = len.next_power_of_two();
                }
                let publisher = match self.large.take() {
                    Some(publisher) => publisher,
                    None => publisher(
                        &self.large_service,
                        self.largest,
                        AllocationStrategy::PowerOfTwo,
                    )?,
                };
                (&*self.large.insert(publisher), &mut self.populated_large)
            }
        };
        let mut slot = publisher
            .loan_slice_uninit(len)
            .map_err(|error| ChannelError::internal("take a slot", error))?;
        let start = slot.payload_mut().as_mut_ptr() as usize;
        let known = populated.entry(start).or_insert(0);
        if *known < len || len == 0 {
            populate(start, len)?;
            *known = len;
        }
        Ok(slot)
    }
}

fn publisher(
    service: &LaneService,
    slot_bytes: usize,
    strategy: AllocationStrategy,
) -> Result<LanePublisher, ChannelError> {
    service
        .publisher_builder()
        .initial_max_slice_len(slot_bytes)
        .allocation_strategy(strategy)
        .max_loaned_samples(LOANS)
        .backpressure_strategy(BackpressureStrategy::DiscardData)
        .create()
        .map_err(|error| {
            ChannelError::new(
                ErrorCode::SharedMemory,
                format!("no shared memory for slots of {slot_bytes} bytes: {error:?}"),
            )
        })
}

/// Makes the pages of a slot exist, so that a full /dev/shm is an error here
/// and not a SIGBUS in the copy.
fn populate(start: usize, len: usize) -> Result<(), ChannelError> {
    const PAGE: usize = 4096;
    let first = start & !(PAGE - 1);
    let last = (start + len).next_multiple_of(PAGE);
    // SAFETY: the range lies in the data segment that the slot is part of.
    let status = unsafe {
        libc::madvise(
            first as *mut libc::c_void,
            last - first,
            libc::MADV_POPULATE_WRITE,
        )
    };
    if status == 0 {
        return Ok(());
    }
    let error = std::io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::EINVAL) {
        return Ok(()); // A kernel before 5.14 does not know the advice.
    }
    Err(ChannelError::new(
        ErrorCode::SharedMemory,
        format!("no shared memory left for a message of {len} bytes: {error}"),
    ))
}
