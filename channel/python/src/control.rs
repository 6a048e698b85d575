//! The control pipe for Python.

use crate::to_py;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use remotemedia_channel::{Call, ControlPipe};

/// The control connection, watched by a native thread that needs no GIL.
#[pyclass(name = "Control", module = "remotemedia._channel", frozen)]
pub(crate) struct PyControl(ControlPipe);

#[pymethods]
impl PyControl {
    #[new]
    #[pyo3(signature = (fd, /))]
    fn new(fd: i32) -> PyResult<Self> {
        ControlPipe::start(fd).map(Self).map_err(to_py)
    }

    /// Readable when there are lines to take.
    fn fileno(&self) -> i32 {
        self.0.fd()
    }

    /// The lines that came since the last call, without their newlines.
    fn take<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.0
            .take()
            .iter()
            .map(|line| PyBytes::new(py, line))
            .collect()
    }

    /// The node is in `process` with the message of this sequence from now on, or in `flush` for None: answers to pings
    /// tell so, and for how long.
    #[pyo3(signature = (sequence, /))]
    fn begin_work(&self, sequence: Option<u64>) {
        self.0
            .begin_work(sequence.map_or(Call::Flush, Call::Process));
    }

    /// The node is in neither.
    fn end_work(&self) {
        self.0.end_work();
    }

    /// Sends one line; the newline is added.
    #[pyo3(signature = (line, /))]
    fn send(&self, py: Python<'_>, line: &[u8]) -> PyResult<()> {
        py.detach(|| self.0.send(line)).map_err(to_py)
    }
}
