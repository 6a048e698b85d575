//! The errors of the channel.

use crate::commit;
use std::fmt;

/// A file of shared memory has at least one page.
const SMALLEST_BYTES: u64 = 4096;

/// What kind of failure a [`ChannelError`] is. The names reach users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// One message is larger than the edge may ever hold.
    MessageSize,
    /// Shared memory could not be had.
    SharedMemory,
    /// What came is no frame: its sender scribbled over shared memory.
    Frame,
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
            Self::Frame => "frame.invalid",
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
    /// The numbers of [`ErrorCode::SharedMemory`], where they are known.
    pub shortage: Option<Shortage>,
}

/// How much shared memory was missing, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// What was asked for.
    pub asked: u64,
    /// What was there.
    pub available: u64,
}

impl ChannelError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            shortage: None,
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
    move |error| match error.raw_os_error() {
        Some(libc::ENOSPC | libc::ENOMEM) => {
            commit::shortage(&format_args!("what it takes to {what}"), SMALLEST_BYTES)
        }
        _ => ChannelError::new(ErrorCode::System, format!("{what}: {error}")),
    }
}

/// The counts of an edge are not what its end here knows: a node has written
/// over them, and to wait for what they say could be for ever.
pub(crate) fn overwritten(edge: usize) -> ChannelError {
    ChannelError::new(
        ErrorCode::Frame,
        format!("the counts of edge {edge} were overwritten"),
    )
}
