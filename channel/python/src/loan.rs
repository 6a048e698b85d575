//! Slots of shared memory that Python fills in place.

use crate::buffer::fill_view;
use crate::ports::lock;
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use remotemedia_channel::Loan;
use std::ffi::c_int;
use std::sync::Mutex;

/// A slot of shared memory that Python writes a body into.
///
/// It counts the views that there are of it. One that outlives the sending could
/// write into a message that its receiver reads, or into a later one, so a loan
/// with views is not sent.
#[pyclass(name = "Loan", module = "remotemedia._channel", frozen)]
pub(crate) struct PyLoan {
    state: Mutex<State>,
    start: usize,
    len: usize,
}

struct State {
    /// None once it was sent.
    loan: Option<Loan>,
    views: usize,
}

impl PyLoan {
    pub(crate) fn new(mut loan: Loan) -> Self {
        let (body, _) = loan.parts_mut();
        let (start, len) = (body.as_mut_ptr() as usize, body.len());
        let state = Mutex::new(State {
            loan: Some(loan),
            views: 0,
        });
        Self { state, start, len }
    }

    /// The loan, out of Python's hands, if nothing speaks against sending it
    /// and `admitted` agrees.
    pub(crate) fn take_if(
        &self,
        meta_len: usize,
        admitted: impl FnOnce(&Loan) -> PyResult<bool>,
    ) -> PyResult<Option<Loan>> {
        let mut state = lock(&self.state);
        let loan = state.loan.as_ref().ok_or_else(sent)?;
        if state.views > 0 {
            return Err(PyBufferError::new_err(format!(
                "a view of it is still alive ({} in all)",
                state.views
            )));
        }
        if loan.meta_len() != meta_len {
            return Err(PyBufferError::new_err(format!(
                "its meta has {meta_len} bytes, but was announced with {}",
                loan.meta_len()
            )));
        }
        Ok(if admitted(loan)? {
            state.loan.take()
        } else {
            None
        })
    }
}

#[pymethods]
impl PyLoan {
    /// # Safety
    /// Called by the interpreter with a valid view.
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        let this = slf.get();
        let mut state = lock(&this.state);
        if state.loan.is_none() {
            return Err(sent());
        }
        // SAFETY: the loan keeps the slot mapped, and is not sent while this
        // view is counted.
        unsafe {
            fill_view(
                slf.as_any(),
                view,
                this.start as *const u8,
                this.len,
                flags,
                true,
            )?;
        }
        state.views += 1;
        Ok(())
    }

    /// # Safety
    /// Called by the interpreter once for each view.
    unsafe fn __releasebuffer__(&self, _view: *mut ffi::Py_buffer) {
        lock(&self.state).views -= 1;
    }
}

fn sent() -> PyErr {
    PyBufferError::new_err("this loan was sent: its memory belongs to its receiver now")
}
