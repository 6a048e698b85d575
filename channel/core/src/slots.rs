//! Which slots of a data segment have memory behind them.
//!
//! iceoryx2 writes the header of a slot while it hands it out, before anyone can
//! make the slot's pages exist. But it hands out slots like a stack of plates:
//! what came back last, or else the first that was never used. So the header
//! of one slot more than were used is always made to exist beforehand, when a
//! slot is used for the first time: an edge that needs no new slots needs no
//! new memory. The order is checked with each slot.

use crate::commit::populate;
use crate::error::ChannelError;

/// The slots of one segment, as its publisher gets to see them.
#[derive(Debug)]
pub(crate) struct Slots {
    stride: usize,
    /// Where the payload of the first slot starts, once it was handed out.
    first: usize,
    headers: usize,
    /// Payload bytes that exist, of each slot that was used.
    payloads: Vec<usize>,
    /// Slots that iceoryx2 may hand out.
    count: usize,
    /// Slots whose header exists.
    ready: usize,
}

impl Slots {
    /// A new segment, of which the first page exists.
    pub(crate) fn new(stride: usize, count: usize) -> Self {
        Self {
            stride,
            first: 0,
            headers: 0,
            payloads: Vec::new(),
            count,
            ready: 1,
        }
    }

    /// Slots that were handed out at least once.
    pub(crate) fn used(&self) -> usize {
        self.payloads.len()
    }

    /// Call this before taking a slot, unless one that was used is free.
    pub(crate) fn prepare(&mut self) -> Result<(), ChannelError> {
        let used = self.payloads.len();
        if used < self.ready || used == self.count {
            return Ok(());
        }
        let header = self.first + used * self.stride - self.headers;
        populate(header, self.headers)?;
        self.ready = used + 1;
        Ok(())
    }

    /// Makes `len` payload bytes of a slot that was taken exist.
    pub(crate) fn taken(
        &mut self,
        header: usize,
        payload: usize,
        len: usize,
    ) -> Result<(), ChannelError> {
        if self.payloads.is_empty() {
            self.first = payload;
            self.headers = payload - header;
        }
        let offset = payload.wrapping_sub(self.first);
        let slot = offset / self.stride;
        if !offset.is_multiple_of(self.stride) || slot > self.payloads.len() {
            return Err(ChannelError::internal(
                "take a slot",
                format_args!("at {offset}, of {} bytes each", self.stride),
            ));
        }
        if slot == self.payloads.len() {
            self.payloads.push(0);
            // If there is no room for it now, there may be when it is needed.
            let _ = self.prepare();
        }
        if self.payloads[slot] < len {
            populate(payload, len)?;
            self.payloads[slot] = len;
        }
        Ok(())
    }
}
