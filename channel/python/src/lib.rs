//! The Python binding of the channel: thin, no logic and no defaults of its own.
//!
//! Built for the stable ABI of Python 3.11 and later as `remotemedia._channel`.

mod buffer;
mod control;
mod domain;
mod loan;
mod ports;

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(
    remotemedia._channel,
    ChannelError,
    PyException,
    "What the channel refuses; `code` is one of the error table."
);

/// Turns an error of the core into the Python exception with its code.
pub(crate) fn to_py(error: remotemedia_channel::ChannelError) -> PyErr {
    raise(error.code.as_str(), &error.message)
}

/// The error of a port or domain that was closed.
pub(crate) fn closed(what: &str) -> PyErr {
    raise("channel.closed", &format!("the {what} is closed"))
}

fn raise(code: &str, message: &str) -> PyErr {
    Python::attach(|py| {
        let error = ChannelError::new_err(message.to_owned());
        let value = error.value(py);
        match value
            .setattr("code", code)
            .and_then(|()| value.setattr("message", message))
        {
            Ok(()) => error,
            Err(other) => other,
        }
    })
}

/// The module `remotemedia._channel`.
#[pymodule]
fn _channel(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("ChannelError", module.py().get_type::<ChannelError>())?;
    module.add("BUILD", remotemedia_channel::BUILD)?;
    module.add_class::<domain::PyDomain>()?;
    module.add_class::<ports::PySender>()?;
    module.add_class::<ports::PyReceiver>()?;
    module.add_class::<ports::PyMessage>()?;
    module.add_class::<loan::PyLoan>()?;
    module.add_class::<control::PyControl>()?;
    Ok(())
}
