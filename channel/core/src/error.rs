//! The errors of the channel.

use std::fmt;

/// What kind of failure a [`ChannelError`] is. The names reach users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// One message is larger than the edge may ever hold.
    MessageSize,
    /// Shared memory could not be had.
    SharedMemory,
    /// The port or its domain is closed.
    Closed,
    /// The operating system refused something.
    System,
    /// A rule of this library was broken: a bug.
    Internal,
}

impl ErrorCode {
    /// The code as the error table of the project spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageSize => "limit.message_size",
            Self::SharedMemory => "limit.shared_memory",
            Self::Closed => "channel.closed",
            Self::System => "channel.system",
            Self::Internal => "internal",
        }
    }
}

/// An error of the channel: what failed and with which facts.
#[derive(Clone, Debug)]
pub struct ChannelError {
    /// The kind of failure.
    pub code: ErrorCode,
    /// What failed.
    pub message: String,
}

impl ChannelError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn internal(what: &str, why: impl fmt::Debug) -> Self {
        Self::new(ErrorCode::Internal, format!("{what}: {why:?}"))
    }
}

impl fmt::Display for ChannelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ChannelError {}

/// Puts what was being done in front of an operating system error.
pub(crate) fn system(what: impl fmt::Display) -> impl FnOnce(std::io::Error) -> ChannelError {
    move |error| {
        let code = match error.raw_os_error() {
            Some(libc::ENOSPC | libc::ENOMEM) => ErrorCode::SharedMemory,
            _ => ErrorCode::System,
        };
        ChannelError::new(code, format!("{what}: {error}"))
    }
}
