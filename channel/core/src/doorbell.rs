//! The doorbell: one Unix datagram socket per inbox.
//!
//! iceoryx2's own events are not used. Their drain can swallow the byte of a
//! later notification when the listener polls the file descriptor, and the
//! waiter then sleeps for ever. Here a ringer publishes first and rings after,
//! and a waiter drains first and looks after, so a byte is never the message.

use crate::error::{ChannelError, system};
use std::io::ErrorKind;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The receiving end of an inbox's doorbell.
#[derive(Debug)]
pub struct Doorbell {
    socket: UnixDatagram,
}

impl Doorbell {
    /// Binds the doorbell at `path`, which must not exist.
    pub fn bind(path: &Path) -> Result<Self, ChannelError> {
        let socket = UnixDatagram::bind(path)
            .map_err(system(format_args!("bind doorbell {}", path.display())))?;
        socket
            .set_nonblocking(true)
            .map_err(system("make the doorbell non-blocking"))?;
        Ok(Self { socket })
    }

    pub(crate) fn try_clone(&self) -> Result<Self, ChannelError> {
        let socket = self
            .socket
            .try_clone()
            .map_err(system("copy the doorbell's descriptor"))?;
        Ok(Self { socket })
    }

    /// The descriptor to poll for readability.
    pub fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// Answers one ring. Look for work after this, not before. Rings that are
    /// left keep the descriptor readable and cost one look too many; asking
    /// whether there are any would cost a system call every time.
    pub fn drain(&self) {
        let _ = self.socket.recv(&mut [0; 1]);
    }
}

/// The ringing end, connected on first use: the inbox may open later.
#[derive(Debug)]
pub(crate) struct Bell {
    path: PathBuf,
    socket: OnceLock<UnixDatagram>,
}

impl Bell {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            socket: OnceLock::new(),
        }
    }

    /// Rings without blocking.
    ///
    /// A full socket means that a wake-up is due already. A missing or refused
    /// socket means that the inbox is gone; whoever watches its process says so.
    pub(crate) fn ring(&self) {
        if let Some(socket) = self.socket.get() {
            let _ = socket.send(&[1]);
        } else if let Ok(socket) = self.connect() {
            let _ = socket.send(&[1]);
            let _ = self.socket.set(socket);
        }
    }

    fn connect(&self) -> std::io::Result<UnixDatagram> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        socket.connect(&self.path)?;
        Ok(socket)
    }
}

/// Waits until `fd` is readable or the time is over. True: readable.
pub fn wait_readable(fd: RawFd, timeout_ms: i32) -> std::io::Result<bool> {
    let mut poll = libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    loop {
        // SAFETY: `poll` is one valid pollfd.
        let ready = unsafe { libc::poll(&mut poll, 1, timeout_ms) };
        if ready >= 0 {
            return Ok(ready > 0);
        }
        let error = std::io::Error::last_os_error();
        if error.kind() != ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
