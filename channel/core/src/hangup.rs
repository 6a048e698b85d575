//! The control pipe of a child: a thread that needs no GIL.
//!
//! It reads the pipe that the service holds the other end of. Lines are kept
//! for the event loop, pings are answered at once, with how long the call in
//! hand has taken by then, and when the service goes away the whole process
//! group is killed, and whoever left it with the session's mark: user code that
//! blocks the interpreter cannot keep a process alive that nobody owns.

use crate::doorbell::wait_readable;
use crate::error::{ChannelError, ErrorCode, system};
use crate::frame::monotonic_ns;
use crate::marked::{MARK_VARIABLE, Marked, kill_marked};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};

/// A longer line is a fault of the service and ends the process.
const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// The child's end of the control pipe.
#[derive(Debug)]
pub struct ControlPipe {
    queue: Arc<Mutex<VecDeque<Vec<u8>>>>,
    wake: Arc<OwnedFd>,
    out: Arc<Mutex<File>>,
    work: Arc<Mutex<Option<Work>>>,
}

/// A call of the node's own code whose time is limited.
#[derive(Clone, Copy, Debug)]
struct Work {
    call: Call,
    since_ns: u64,
}

/// Which call of the node's own code it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// `process` with the message that has this sequence.
    Process(u64),
    /// `flush`.
    Flush,
}

impl ControlPipe {
    /// Takes over `fd`, sets close-on-exec first of all and starts the thread.
    pub fn start(fd: RawFd) -> Result<Self, ChannelError> {
        // SAFETY: plain calls on a number; a bad one is reported below.
        let flags = unsafe {
            libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) | libc::fcntl(fd, libc::F_GETFL)
        };
        if flags < 0 {
            return Err(system(format_args!("use control pipe {fd}"))(
                std::io::Error::last_os_error(),
            ));
        }
        // SAFETY: eventfd has no preconditions.
        let wake = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if wake < 0 {
            return Err(system("create an event descriptor")(
                std::io::Error::last_os_error(),
            ));
        }
        // SAFETY: `wake` was just created; `fd` is handed over by the caller.
        let (wake, input) = unsafe { (OwnedFd::from_raw_fd(wake), File::from_raw_fd(fd)) };
        let output = input.try_clone().map_err(system("copy the control pipe"))?;
        let pipe = Self {
            queue: Arc::default(),
            wake: Arc::new(wake),
            out: Arc::new(Mutex::new(output)),
            work: Arc::default(),
        };
        let (queue, wake, out, work) = (
            Arc::clone(&pipe.queue),
            Arc::clone(&pipe.wake),
            Arc::clone(&pipe.out),
            Arc::clone(&pipe.work),
        );
        // A stopped process must go on for a moment to notice that the service
        // is gone. The signal means nothing to one that runs.
        // SAFETY: a plain call with a valid signal number.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGCONT) };
        std::thread::Builder::new()
            .name("rm-control".into())
            .spawn(move || {
                let end = read_lines(input, |line| match ping_id(line) {
                    Some(id) => write_line(&out, pong(id, &work).as_bytes()),
                    None => {
                        queue
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push_back(line.to_vec());
                        signal(&wake);
                        Ok(())
                    }
                });
                match end {
                    End::HangUp => kill_session(),
                    End::Lost => say_that_control_was_lost(),
                }
                kill_own_group();
            })
            .map_err(system("start the control thread"))?;
        Ok(pipe)
    }

    /// Readable while lines wait.
    pub fn fd(&self) -> RawFd {
        self.wake.as_raw_fd()
    }

    /// All lines that came since the last call, without their newline.
    pub fn take(&self) -> Vec<Vec<u8>> {
        let mut count = [0; 8];
        // SAFETY: an eventfd is read as eight bytes; an empty one says EAGAIN.
        unsafe { libc::read(self.wake.as_raw_fd(), count.as_mut_ptr().cast(), 8) };
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
            .collect()
    }

    /// The node is in this call from now on: the answers to pings tell for how
    /// long, whatever the interpreter does.
    pub fn begin_work(&self, call: Call) {
        let since_ns = monotonic_ns();
        *self.work.lock().unwrap_or_else(PoisonError::into_inner) = Some(Work { call, since_ns });
    }

    /// The node is in no call.
    pub fn end_work(&self) {
        *self.work.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Writes one line whole, whichever thread calls.
    pub fn send(&self, line: &[u8]) -> Result<(), ChannelError> {
        write_line(&self.out, line).map_err(|error| {
            if error.raw_os_error() == Some(libc::EBADF) {
                say_that_control_was_lost();
                kill_own_group();
            }
            ChannelError::new(ErrorCode::Closed, format!("write to the service: {error}"))
        })
    }
}

fn write_line(out: &Mutex<File>, line: &[u8]) -> std::io::Result<()> {
    let mut whole = Vec::with_capacity(line.len() + 1);
    whole.extend_from_slice(line);
    whole.push(b'\n');
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    out.write_all(&whole)
}

fn pong(id: &str, work: &Mutex<Option<Work>>) -> String {
    match *work.lock().unwrap_or_else(PoisonError::into_inner) {
        None => format!(r#"{{"type":"pong","id":{id}}}"#),
        Some(Work { call, since_ns }) => {
            let busy_ms = monotonic_ns().saturating_sub(since_ns) / 1_000_000;
            let call = match call {
                Call::Process(sequence) => format!(r#""phase":"process","sequence":{sequence}"#),
                Call::Flush => r#""phase":"flush""#.to_owned(),
            };
            format!(r#"{{"type":"pong","id":{id},"busy_ms":{busy_ms},{call}}}"#)
        }
    }
}

/// Why the control pipe is no more.
enum End {
    /// The service is gone, or said what it never says.
    HangUp,
    /// Code in this process has closed the descriptor.
    Lost,
}

/// Calls `each` for every line until the pipe ends or a line is a fault.
fn read_lines(mut input: File, mut each: impl FnMut(&[u8]) -> std::io::Result<()>) -> End {
    let mut pending = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let count = match wait_readable(input.as_raw_fd(), -1).and_then(|_| input.read(&mut chunk))
        {
            Ok(count) => count,
            Err(error) if error.raw_os_error() == Some(libc::EBADF) => return End::Lost,
            Err(_) => return End::HangUp,
        };
        if count == 0 || pending.len() > MAX_LINE_BYTES {
            return End::HangUp;
        }
        pending.extend_from_slice(&chunk[..count]);
        let mut start = 0;
        while let Some(len) = pending[start..].iter().position(|byte| *byte == b'\n') {
            match each(&pending[start..start + len]) {
                Ok(()) => {}
                Err(error) if error.raw_os_error() == Some(libc::EBADF) => return End::Lost,
                Err(_) => return End::HangUp,
            }
            start += len + 1;
        }
        pending.drain(..start);
    }
}

/// The id of a ping line in the one spelling that the service writes.
fn ping_id(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?;
    let id = line
        .strip_prefix(r#"{"type":"ping","id":"#)?
        .strip_suffix('}')?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

fn signal(wake: &OwnedFd) {
    let one = 1u64.to_ne_bytes();
    // SAFETY: eight bytes to an eventfd; a full counter is readable anyway.
    unsafe { libc::write(wake.as_raw_fd(), one.as_ptr().cast(), 8) };
}

/// Ends what the session started and this process no longer has in its group.
fn kill_session() {
    if let Ok(mark) = std::env::var(MARK_VARIABLE) {
        kill_marked(Marked::Session(&mark));
    }
}

/// The last words on standard error are in the service's error.
fn say_that_control_was_lost() {
    let text = "remotemedia: code in this process has closed a descriptor that it did not open: \
                the control connection is gone\n";
    // SAFETY: the text is as long as it says. Nobody may be there to read it.
    unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
}

/// Ends this process and what it started. A process that does not lead its
/// group, as in a test, ends only itself.
fn kill_own_group() {
    // SAFETY: plain calls without preconditions.
    unsafe {
        let own = libc::getpid();
        let target = if libc::getpgrp() == own { -own } else { own };
        libc::kill(target, libc::SIGKILL);
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Work, ping_id, pong};
    use std::sync::Mutex;

    #[test]
    fn only_the_exact_ping_line_is_answered_natively() {
        assert_eq!(ping_id(br#"{"type":"ping","id":42}"#), Some("42"));
        assert_eq!(ping_id(br#"{"type":"ping","id":}"#), None);
        assert_eq!(ping_id(br#"{"type":"ping","id":4x}"#), None);
        assert_eq!(ping_id(br#"{"type":"stop","mode":"normal"}"#), None);
    }

    #[test]
    fn the_answer_to_a_ping_names_the_call_in_hand() {
        let answer = |call| {
            // Later than now is a time of 0.
            let since_ns = u64::MAX;
            let work = Mutex::new(Some(Work { call, since_ns }));
            pong("7", &work)
        };
        assert_eq!(
            answer(Call::Process(41)),
            r#"{"type":"pong","id":7,"busy_ms":0,"phase":"process","sequence":41}"#
        );
        assert_eq!(
            answer(Call::Flush),
            r#"{"type":"pong","id":7,"busy_ms":0,"phase":"flush"}"#
        );
        assert_eq!(pong("7", &Mutex::new(None)), r#"{"type":"pong","id":7}"#);
    }
}
