//! Borrowing the bytes of any Python object that offers a C-contiguous buffer.

use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::c_int;
use std::ptr;

/// A buffer held for the length of one call.
pub(crate) struct Bytes {
    // Boxed: an exporter may remember where the view lies.
    view: Box<ffi::Py_buffer>,
}

// SAFETY: a held buffer may be read from any thread; it is taken and given back
// only while the interpreter is attached.
unsafe impl Send for Bytes {}
// SAFETY: as above.
unsafe impl Sync for Bytes {}

impl Bytes {
    /// Asks for plain bytes, whatever the element type is. A buffer that is not
    /// C-contiguous is refused by its exporter.
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut view = Box::new(ffi::Py_buffer::new());
        // SAFETY: both pointers are valid and the interpreter is attached.
        let status =
            unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), &mut *view, ffi::PyBUF_SIMPLE) };
        if status != 0 {
            return Err(PyErr::fetch(object.py()));
        }
        Ok(Self { view })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        if self.view.len == 0 || self.view.buf.is_null() {
            return &[];
        }
        // SAFETY: the exporter keeps `len` bytes at `buf` while the view is held.
        unsafe { std::slice::from_raw_parts(self.view.buf.cast::<u8>(), self.view.len as usize) }
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        Python::attach(|_py| {
            // SAFETY: the view was filled by PyObject_GetBuffer and not yet released.
            unsafe { ffi::PyBuffer_Release(&mut *self.view) }
        });
    }
}

/// Fills a view on `len` bytes at `start` that `owner` keeps alive.
///
/// # Safety
/// `view` must be valid, and the bytes must live as long as `owner`.
pub(crate) unsafe fn fill_view(
    owner: &Bound<'_, PyAny>,
    view: *mut ffi::Py_buffer,
    start: *const u8,
    len: usize,
    flags: c_int,
    writable: bool,
) -> PyResult<()> {
    if view.is_null() {
        return Err(PyBufferError::new_err("no view to fill"));
    }
    // SAFETY: as the caller promises.
    unsafe {
        (*view).obj = ptr::null_mut();
        let status = ffi::PyBuffer_FillInfo(
            view,
            owner.as_ptr(),
            start.cast_mut().cast(),
            len as ffi::Py_ssize_t,
            c_int::from(!writable),
            flags,
        );
        if status != 0 {
            return Err(PyErr::fetch(owner.py()));
        }
    }
    Ok(())
}
