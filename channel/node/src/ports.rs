//! Senders and receivers for JavaScript.
//!
//! A port sits in a slot that its domain also holds. Closing a port lets go of
//! the slot; the port itself goes with its domain, off the main thread, since
//! giving back the memory of a busy edge takes milliseconds. Closing the domain
//! also closes every port that JavaScript still refers to.

use crate::{closed, to_js};
use napi::Env;
use napi::bindgen_prelude::*;
use napi_derive::napi;
use remotemedia_channel::{MAX_SAFE_INTEGER, Message, Receiver, SendStatus, Sender};
use std::sync::{Arc, Mutex, PoisonError};

type Slot<T> = Arc<Mutex<Option<T>>>;

fn take<T>(slot: &Slot<T>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn with<T, R>(slot: &Slot<T>, what: &str, act: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
    let mut port = slot.lock().unwrap_or_else(PoisonError::into_inner);
    act(port.as_mut().ok_or_else(|| closed(what))?)
}

/// The slot of a port that was not closed.
fn open<'a, T>(slot: &'a Option<Slot<T>>, what: &str) -> Result<&'a Slot<T>> {
    slot.as_ref().ok_or_else(|| closed(what))
}

/// A port that the domain can close.
pub(crate) enum PortSlot {
    Sender(Slot<Sender>),
    Receiver(Slot<ReceiverState>),
}

/// A port taken out of its slot, to be dropped off the main thread.
pub(crate) struct ClosedPort {
    _port: Box<dyn Send>,
}

impl ClosedPort {
    fn of(port: impl Send + 'static) -> Self {
        Self {
            _port: Box::new(port),
        }
    }
}

impl PortSlot {
    pub(crate) fn take(self) -> Option<ClosedPort> {
        match self {
            Self::Sender(slot) => take(&slot).map(ClosedPort::of),
            Self::Receiver(slot) => take(&slot).map(ClosedPort::of),
        }
    }
}

/// The sending end of an edge.
#[napi]
pub struct NativeSender {
    slot: Option<Slot<Sender>>,
}

impl NativeSender {
    pub(crate) fn new(sender: Sender) -> (Self, PortSlot) {
        let slot = Arc::new(Mutex::new(Some(sender)));
        let for_domain = PortSlot::Sender(Arc::clone(&slot));
        (Self { slot: Some(slot) }, for_domain)
    }
}

#[napi]
impl NativeSender {
    /// True: sent. False: full, and the domain's callback comes when it is
    /// worth trying again.
    #[napi]
    pub fn try_send(
        &self,
        kind: u8,
        sequence: f64,
        timestamp_us: f64,
        body: &[u8],
        meta: &[u8],
    ) -> Result<bool> {
        with(open(&self.slot, "sender")?, "sender", |sender| {
            sender
                .try_send(kind, sequence as u64, timestamp_us as u64, &[body], meta)
                .map(|status| status == SendStatus::Sent)
                .map_err(to_js)
        })
    }

    /// True when the receiver has taken everything; false: the callback comes.
    #[napi]
    pub fn all_taken(&self) -> Result<bool> {
        with(open(&self.slot, "sender")?, "sender", |sender| {
            sender.all_taken().map_err(to_js)
        })
    }

    #[napi]
    pub fn close(&mut self) {
        self.slot = None;
    }
}

/// A receiver and the message it looks at.
pub(crate) struct ReceiverState {
    receiver: Receiver,
    current: Option<Message>,
}

/// The receiving end of an edge.
#[napi]
pub struct NativeReceiver {
    slot: Option<Slot<ReceiverState>>,
}

impl NativeReceiver {
    pub(crate) fn new(receiver: Receiver) -> (Self, PortSlot) {
        let slot = Arc::new(Mutex::new(Some(ReceiverState {
            receiver,
            current: None,
        })));
        let for_domain = PortSlot::Receiver(Arc::clone(&slot));
        (Self { slot: Some(slot) }, for_domain)
    }
}

/// Body and meta section of a message, one after the other in memory.
fn payload(message: &Message) -> (*const u8, usize) {
    let start = message.body().as_ptr();
    let meta = message.meta();
    let end = meta.as_ptr() as usize + meta.len();
    (start, end - start as usize)
}

#[napi]
impl NativeReceiver {
    /// Takes the next message and writes its numbers into `header`: kind, edge
    /// sequence, sequence, timestamp, time sent, messages dropped before it,
    /// body length, meta offset. Returns the payload length, or -1 when there
    /// is no message; then the domain's callback comes.
    #[napi]
    pub fn take(&self, mut header: Float64ArraySlice<'_>) -> Result<f64> {
        // SAFETY: JavaScript cannot run during this call, so nobody else looks.
        let header = unsafe { header.as_mut() };
        with(open(&self.slot, "receiver")?, "receiver", |state| {
            state.current = None;
            let Some(message) = state.receiver.try_receive().map_err(to_js)? else {
                return Ok(-1.0);
            };
            let [
                kind,
                edge_seq,
                sequence,
                timestamp,
                sent,
                dropped,
                body_len,
                meta_at,
            ] = header
                .first_chunk_mut::<8>()
                .ok_or_else(|| Error::from_reason("internal\u{0}the header needs eight numbers"))?;
            let frame = message.header();
            if frame.sequence > MAX_SAFE_INTEGER || frame.timestamp_us > MAX_SAFE_INTEGER {
                return Err(Error::from_reason(format!(
                    "frame.invalid\u{0}sequence {} or timestamp {} is above {MAX_SAFE_INTEGER}",
                    frame.sequence, frame.timestamp_us
                )));
            }
            *kind = f64::from(frame.kind);
            *edge_seq = frame.edge_seq as f64;
            *sequence = frame.sequence as f64;
            *timestamp = frame.timestamp_us as f64;
            *sent = frame.sent_ns as f64;
            *dropped = message.dropped() as f64;
            *body_len = frame.body_len as f64;
            let (start, len) = payload(&message);
            *meta_at = (message.meta().as_ptr() as usize - start as usize) as f64;
            state.current = Some(message);
            Ok(len as f64)
        })
    }

    /// Copies the payload of the message just taken and releases its slot.
    #[napi]
    pub fn copy_into(&self, mut target: Uint8ArraySlice<'_>) -> Result<()> {
        // SAFETY: JavaScript cannot run during this call, so nobody else looks.
        let target = unsafe { target.as_mut() };
        with(open(&self.slot, "receiver")?, "receiver", |state| {
            let message = state.current.take().ok_or_else(|| closed("message"))?;
            let (start, len) = payload(&message);
            let target = target
                .get_mut(..len)
                .ok_or_else(|| Error::from_reason("internal\u{0}the target is too short"))?;
            // SAFETY: the message holds its slot until the end of this block,
            // and a JavaScript buffer never overlaps a mapped slot.
            unsafe { std::ptr::copy_nonoverlapping(start, target.as_mut_ptr(), len) };
            Ok(())
        })
    }

    /// Turns the message just taken into a view that holds its slot.
    #[napi]
    pub fn view(&self) -> Result<NativeView> {
        with(open(&self.slot, "receiver")?, "receiver", |state| {
            let message = state.current.take().ok_or_else(|| closed("message"))?;
            Ok(NativeView {
                message: Arc::new(Mutex::new(Some(message))),
            })
        })
    }

    #[napi]
    pub fn close(&mut self) {
        self.slot = None;
    }
}

/// A message whose payload JavaScript reads in place.
#[napi]
pub struct NativeView {
    message: Slot<Message>,
}

#[napi]
impl NativeView {
    /// The payload as an array buffer on shared memory, which is mapped read
    /// only: writing to it ends the process.
    #[napi]
    pub fn buffer<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        let keep = Arc::clone(&self.message);
        let (start, len) = with(&self.message, "message", |message| Ok(payload(message)))?;
        // SAFETY: the finalizer keeps the message, and so the slot, until the
        // array buffer is gone, unless `release` detaches it first.
        unsafe { ArrayBuffer::from_external(env, start.cast_mut(), len, keep, |_, _| ()) }
    }

    /// Detaches the buffer, so that nothing can read the slot, and gives the
    /// slot back.
    #[napi]
    pub fn release(&self, buffer: ArrayBuffer<'_>) -> Result<()> {
        buffer.detach()?;
        take(&self.message);
        Ok(())
    }
}
