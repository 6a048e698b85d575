//! Makes shared memory exist before anyone writes to it.
//!
//! A file in /dev/shm is a promise: its pages are found when they are first
//! touched, and when there are none left the kernel kills the process with
//! SIGBUS. iceoryx2 creates a segment, sets its length and writes to it in one
//! call, so nothing outside of that call can get in between. The linker does:
//! it sends every `ftruncate` of this library to [`__wrap_ftruncate`], which
//! also allocates what iceoryx2 is about to write. A full /dev/shm is then an
//! error of the call that creates the segment. The rest of a data segment, its
//! slots, is allocated by [`Slots`](crate::slots::Slots) as they are used.

use crate::error::{ChannelError, ErrorCode, Shortage};
use crate::sync::{AtomicU64, Ordering::Relaxed};
use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::fmt::Display;
use std::fs::OpenOptions;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStringExt;

/// Where Linux shows POSIX shared memory.
pub(crate) const SHARED_MEMORY_DIR: &str = "/dev/shm";

const PAGE: usize = 4096;
/// iceoryx2 describes a data segment in its first page, where the first slot
/// begins too, and keeps the list of its free slots behind the last slot.
const HEAD_BYTES: u64 = 4096;
/// With less left than this, a creation that failed without a reason failed for
/// want of memory.
const NEARLY_FULL_BYTES: u64 = 64 * 1024;

static CREATED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Bytes that a creation in this thread asked for in vain.
    static REFUSED: Cell<Option<u64>> = const { Cell::new(None) };
    /// Upper bound of what iceoryx2 keeps behind the slots of a data segment.
    static TAIL_BYTES: Cell<u64> = const { Cell::new(4096) };
}

/// What the linker puts in the place of `ftruncate` (see `build.rs`).
#[unsafe(no_mangle)]
extern "C" fn __wrap_ftruncate(fd: libc::c_int, len: libc::off_t) -> libc::c_int {
    // SAFETY: the same call with the same arguments.
    let status = unsafe { libc::syscall(libc::SYS_ftruncate, fd, len) };
    if status != 0 || len <= 0 {
        return status as libc::c_int;
    }
    let Some(path) = shared_memory_path(fd) else {
        return 0;
    };
    CREATED.fetch_add(1, Relaxed);
    let Err(asked) = allocate_start(fd, path.as_bytes(), len as u64) else {
        return 0;
    };
    REFUSED.set(Some(asked));
    // Without its length the file would keep others waiting for its content.
    // SAFETY: a path that the kernel gave us, ending in NUL.
    unsafe {
        libc::unlink(path.as_ptr());
        *libc::__errno_location() = libc::ENOSPC;
    }
    -1
}

/// Allocates what is written when a segment is created. `Err`: the bytes asked.
fn allocate_start(fd: RawFd, path: &[u8], len: u64) -> Result<(), u64> {
    let tail = TAIL_BYTES.get();
    if !path.ends_with(b".data") || len <= HEAD_BYTES + tail {
        return allocate(fd, 0, len).map_err(|_| len);
    }
    allocate(fd, 0, HEAD_BYTES)
        .and_then(|()| allocate(fd, len - tail, tail))
        .map_err(|_| HEAD_BYTES + tail)
}

fn allocate(fd: RawFd, start: u64, len: u64) -> std::io::Result<()> {
    loop {
        // SAFETY: plain numbers; a bad descriptor is reported.
        let status = unsafe { libc::posix_fallocate(fd, start as libc::off_t, len as libc::off_t) };
        match status {
            0 => return Ok(()),
            libc::EINTR => {}
            other => return Err(std::io::Error::from_raw_os_error(other)),
        }
    }
}

/// The path of an open file below /dev/shm.
fn shared_memory_path(fd: RawFd) -> Option<CString> {
    let path = std::fs::read_link(format!("/proc/self/fd/{fd}")).ok()?;
    if !path.starts_with(SHARED_MEMORY_DIR) {
        return None;
    }
    CString::new(path.into_os_string().into_vec()).ok()
}

/// True once a segment was created through [`__wrap_ftruncate`].
pub(crate) fn is_linked() -> bool {
    CREATED.load(Relaxed) > 0
}

/// Runs something that creates segments; if they did not fit, that is its error,
/// even if iceoryx2 let it pass with a warning.
pub(crate) fn creating<T>(
    what: impl Display,
    create: impl FnOnce() -> Result<T, ChannelError>,
) -> Result<T, ChannelError> {
    REFUSED.set(None);
    let created = create();
    match created {
        Ok(value) if REFUSED.get().is_none() => Ok(value),
        Ok(_) => Err(refused(what).unwrap_or_else(|| shortage(&"a segment", 0))),
        Err(error) if error.code == ErrorCode::Internal => Err(explain(what, error)),
        Err(error) => Err(error),
    }
}

/// As [`creating`], for a data segment of this many slots.
pub(crate) fn creating_slots<T>(
    what: impl Display,
    slots: usize,
    create: impl FnOnce() -> Result<T, ChannelError>,
) -> Result<T, ChannelError> {
    let before = TAIL_BYTES.replace(4 * slots as u64 + 4096);
    let created = creating(what, create);
    TAIL_BYTES.set(before);
    created
}

/// The error of something that failed: want of memory, if it was that.
pub(crate) fn explain(what: impl Display, error: ChannelError) -> ChannelError {
    if let Some(refused) = refused(&what) {
        return refused;
    }
    // Small files are written, and iceoryx2 does not say why that failed.
    match Room::now() {
        Some(room) if room.available < NEARLY_FULL_BYTES => shortage(&what, PAGE as u64),
        _ => error,
    }
}

/// The error of a creation that was refused in this thread, if there was one.
fn refused(what: impl Display) -> Option<ChannelError> {
    REFUSED.take().map(|asked| shortage(&what, asked))
}

/// The error of `what`, which would have needed `asked` more bytes.
pub(crate) fn shortage(what: &dyn Display, asked: u64) -> ChannelError {
    let room = Room::now().unwrap_or_default();
    let (available, total) = (room.available, room.total);
    ChannelError {
        code: ErrorCode::SharedMemory,
        message: format!(
            "{SHARED_MEMORY_DIR} has no room for {what}: {asked} bytes asked, {available} of \
             {total} available"
        ),
        shortage: Some(Shortage { asked, available }),
    }
}

/// How much shared memory the machine has.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    available: u64,
    total: u64,
}

impl Room {
    fn now() -> Option<Self> {
        const DIR: &CStr = c"/dev/shm";
        // SAFETY: the structure is plain numbers, and the path ends in NUL.
        let stat = unsafe {
            let mut stat: libc::statvfs = std::mem::zeroed();
            if libc::statvfs(DIR.as_ptr(), &mut stat) != 0 {
                return None;
            }
            stat
        };
        Some(Self {
            available: stat.f_bavail * stat.f_frsize,
            total: stat.f_blocks * stat.f_frsize,
        })
    }
}

/// Makes the pages of a mapped range exist, so that a full /dev/shm is an error
/// here and not a SIGBUS in whoever writes.
pub(crate) fn populate(start: usize, len: usize) -> Result<(), ChannelError> {
    let first = start & !(PAGE - 1);
    let bytes = (start + len).next_multiple_of(PAGE) - first;
    // SAFETY: the range lies in a mapped data segment.
    let status =
        unsafe { libc::madvise(first as *mut libc::c_void, bytes, libc::MADV_POPULATE_WRITE) };
    if status == 0 {
        return Ok(());
    }
    let error = std::io::Error::last_os_error();
    match error.raw_os_error() {
        // A kernel before 5.14 does not know the advice.
        Some(libc::EINVAL) => allocate_mapped(first, bytes),
        _ => Err(()),
    }
    .map_err(|()| shortage(&format_args!("a message of {len} bytes"), bytes as u64))
}

/// Does the same through the file behind the mapping.
fn allocate_mapped(start: usize, bytes: usize) -> Result<(), ()> {
    let maps = std::fs::read_to_string("/proc/self/maps").map_err(drop)?;
    let (path, offset) = maps
        .lines()
        .find_map(|line| file_at(line, start))
        .ok_or(())?;
    let file = OpenOptions::new().write(true).open(path).map_err(drop)?;
    allocate(file.as_raw_fd(), offset, bytes as u64).map_err(drop)
}

/// The file and the offset in it of an address, if this line of the maps has it.
fn file_at(line: &str, address: usize) -> Option<(&str, u64)> {
    let mut fields = line.split_ascii_whitespace();
    let (from, to) = fields.next()?.split_once('-')?;
    let from = usize::from_str_radix(from, 16).ok()?;
    let to = usize::from_str_radix(to, 16).ok()?;
    let offset = u64::from_str_radix(fields.nth(1)?, 16).ok()?;
    let path = fields.nth(2)?;
    (from..to)
        .contains(&address)
        .then(|| (path, offset + (address - from) as u64))
}

const _: () = assert!(size_of::<libc::off_t>() == 8);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn what_an_old_kernel_cannot_populate_is_allocated_through_its_file() {
        let path = format!("{SHARED_MEMORY_DIR}/rm_test_{}", std::process::id());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .unwrap();
        file.set_len(16 * PAGE as u64).unwrap();
        // SAFETY: a fresh mapping of an open file.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                16 * PAGE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        assert_ne!(base, libc::MAP_FAILED);
        assert_eq!(file.metadata().unwrap().blocks(), 0);
        let allocated = allocate_mapped(base as usize + 5 * PAGE, 3 * PAGE);
        let blocks = file.metadata().unwrap().blocks();
        // SAFETY: the mapping made above.
        unsafe { libc::munmap(base, 16 * PAGE) };
        std::fs::remove_file(&path).unwrap();
        assert_eq!(allocated, Ok(()));
        assert_eq!(blocks * 512, 3 * PAGE as u64);
    }
}
