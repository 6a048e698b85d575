//! Senders, receivers and messages for Python.

use crate::buffer::{Bytes, fill_view};
use crate::loan::PyLoan;
use crate::{closed, to_py};
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use remotemedia_channel::{MAX_SAFE_INTEGER, Message, Receiver, SendStatus, Sender};
use std::ffi::c_int;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// To write at least this many bytes lets other Python threads run meanwhile.
const DETACH_BYTES: usize = 256 * 1024;

/// A number of a message, refused where the node's author sees it.
fn check_number(name: &str, number: u64) -> PyResult<()> {
    if number <= MAX_SAFE_INTEGER {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "{name} must be from 0 to 2^53 - 1, not {number}"
    )))
}

pub(crate) fn lock<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does what writes `len` bytes, detached from the interpreter if they are many.
fn detached<T: Send>(py: Python<'_>, len: usize, act: impl FnOnce() -> T + Send) -> T {
    if len < DETACH_BYTES {
        act()
    } else {
        py.detach(act)
    }
}

/// The sending end of one edge.
#[pyclass(name = "Sender", module = "remotemedia._channel", frozen)]
pub(crate) struct PySender(Mutex<Option<Sender>>);

impl PySender {
    pub(crate) fn new(sender: Sender) -> Self {
        Self(Mutex::new(Some(sender)))
    }
}

#[pymethods]
impl PySender {
    /// Sends one message; False when the edge is full.
    #[pyo3(signature = (kind, sequence, timestamp_us, body, meta, /))]
    fn try_send(
        &self,
        py: Python<'_>,
        kind: u8,
        sequence: u64,
        timestamp_us: u64,
        body: &Bound<'_, PyAny>,
        meta: &[u8],
    ) -> PyResult<bool> {
        check_number("sequence", sequence)?;
        check_number("timestamp_us", timestamp_us)?;
        let sent = if let Ok(pieces) = body.cast::<PyList>() {
            let held = pieces
                .iter()
                .map(|piece| Bytes::of(&piece))
                .collect::<PyResult<Vec<_>>>()?;
            let pieces: Vec<&[u8]> = held.iter().map(Bytes::as_slice).collect();
            self.send(py, kind, sequence, timestamp_us, &pieces, meta)
        } else {
            let held = Bytes::of(body)?;
            self.send(py, kind, sequence, timestamp_us, &[held.as_slice()], meta)
        };
        sent.map(|status| status == SendStatus::Sent)
    }

    /// Takes a slot to write a body of `body_len` bytes into; None when the
    /// edge is full or another loan of it is out.
    #[pyo3(signature = (body_len, meta_len, /))]
    fn loan(&self, py: Python<'_>, body_len: usize, meta_len: usize) -> PyResult<Option<PyLoan>> {
        let reserve = || {
            let mut sender = lock(&self.0);
            sender
                .as_mut()
                .map(|sender| sender.reserve(body_len, meta_len))
        };
        // The first use of a large slot makes its pages.
        let loan = detached(py, body_len, reserve).ok_or_else(|| closed("sender"))?;
        Ok(loan.map_err(to_py)?.map(PyLoan::new))
    }

    /// Sends a slot that was loaned from this sender. False: what was sent
    /// since then has taken its room.
    #[pyo3(signature = (loan, kind, sequence, timestamp_us, meta, /))]
    fn commit(
        &self,
        loan: &PyLoan,
        kind: u8,
        sequence: u64,
        timestamp_us: u64,
        meta: &[u8],
    ) -> PyResult<bool> {
        check_number("sequence", sequence)?;
        check_number("timestamp_us", timestamp_us)?;
        let mut sender = lock(&self.0);
        let sender = sender.as_mut().ok_or_else(|| closed("sender"))?;
        let admitted = |loan: &_| sender.admits(loan).map_err(to_py);
        let Some(mut loan) = loan.take_if(meta.len(), admitted)? else {
            return Ok(false);
        };
        let (_, target) = loan.parts_mut();
        target.copy_from_slice(meta);
        sender
            .commit(loan, kind, sequence, timestamp_us)
            .map_err(to_py)?;
        Ok(true)
    }

    /// Whether the other end took everything; when not, the doorbell rings.
    fn all_taken(&self) -> PyResult<bool> {
        let sender = lock(&self.0);
        let sender = sender.as_ref().ok_or_else(|| closed("sender"))?;
        sender.all_taken().map_err(to_py)
    }

    fn close(&self) {
        lock(&self.0).take();
    }
}

impl PySender {
    fn send(
        &self,
        py: Python<'_>,
        kind: u8,
        sequence: u64,
        timestamp_us: u64,
        body: &[&[u8]],
        meta: &[u8],
    ) -> PyResult<SendStatus> {
        let act = || {
            let mut sender = lock(&self.0);
            let Some(sender) = sender.as_mut() else {
                return Ok(None);
            };
            sender
                .try_send(kind, sequence, timestamp_us, body, meta)
                .map(Some)
        };
        let len = body.iter().map(|piece| piece.len()).sum();
        detached(py, len, act)
            .map_err(to_py)?
            .ok_or_else(|| closed("sender"))
    }
}

/// The receiving end of one edge.
#[pyclass(name = "Receiver", module = "remotemedia._channel", frozen)]
pub(crate) struct PyReceiver(Mutex<Option<Receiver>>);

impl PyReceiver {
    pub(crate) fn new(receiver: Receiver) -> Self {
        Self(Mutex::new(Some(receiver)))
    }
}

#[pymethods]
impl PyReceiver {
    /// Takes the next message; None when there is none, and then the doorbell rings.
    fn try_receive(&self) -> PyResult<Option<PyMessage>> {
        let mut receiver = lock(&self.0);
        let receiver = receiver.as_mut().ok_or_else(|| closed("receiver"))?;
        Ok(receiver.try_receive().map_err(to_py)?.map(PyMessage))
    }

    fn close(&self) {
        lock(&self.0).take();
    }
}

/// One frame. Its buffer is its body, read-only, and holds the slot.
#[pyclass(name = "Message", module = "remotemedia._channel", frozen)]
pub(crate) struct PyMessage(Message);

#[pymethods]
impl PyMessage {
    #[getter]
    fn kind(&self) -> u8 {
        self.0.header().kind
    }

    #[getter]
    fn edge_seq(&self) -> u64 {
        self.0.header().edge_seq
    }

    #[getter]
    fn sequence(&self) -> u64 {
        self.0.header().sequence
    }

    #[getter]
    fn timestamp_us(&self) -> u64 {
        self.0.header().timestamp_us
    }

    #[getter]
    fn sent_ns(&self) -> u64 {
        self.0.header().sent_ns
    }

    #[getter]
    fn dropped(&self) -> u64 {
        self.0.dropped()
    }

    #[getter]
    fn scarce(&self) -> bool {
        self.0.scarce()
    }

    /// Kind, sequence, timestamp, scarce and meta in one call.
    #[getter]
    fn head<'py>(&self, py: Python<'py>) -> (u8, u64, u64, bool, Bound<'py, PyBytes>) {
        let header = self.0.header();
        let meta = PyBytes::new(py, self.0.meta());
        (
            header.kind,
            header.sequence,
            header.timestamp_us,
            self.0.scarce(),
            meta,
        )
    }

    #[getter]
    fn body_len(&self) -> usize {
        self.0.body().len()
    }

    #[getter]
    fn meta<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.meta())
    }

    /// # Safety
    /// Called by the interpreter with a valid view.
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        let body = slf.get().0.body();
        let (start, len) = (body.as_ptr(), body.len());
        // SAFETY: the message holds the slot, and the view holds the message.
        unsafe { fill_view(slf.as_any(), view, start, len, flags, false) }
    }
}
