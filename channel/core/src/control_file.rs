//! The mapped file that holds every control block of a domain.
//!
//! One file per session keeps a session at one descriptor-free mapping per
//! process however many edges it has. The file also carries the limits and the
//! two inboxes of each edge, so that a child needs only an edge's number.

use crate::commit::shortage;
use crate::edge_block::{EdgeBlock, Limits};
use crate::error::{ChannelError, ErrorCode, system};
use crate::latency::LatencyBlock;
use std::fs::{File, OpenOptions};
use std::mem::{align_of, size_of};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr::NonNull;

const MAGIC: u64 = u64::from_le_bytes(*b"rmchan02");
/// More edges than any admitted manifest has; bounds the mapping.
const MAX_EDGES: usize = 65_536;

/// One edge of a domain: who sends, who receives, within which limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeSpec {
    /// Inbox of the sender.
    pub from: u32,
    /// Inbox of the receiver.
    pub to: u32,
    /// Capacity, byte budget and whether a sender waits.
    pub limits: Limits,
}

#[repr(C, align(64))]
struct FileHeader {
    magic: u64,
    inboxes: u32,
    edges: u32,
    safety_check: u32,
}

#[repr(C, align(64))]
struct EdgeRecord {
    from: u32,
    to: u32,
    lossless: u32,
    capacity: u64,
    max_bytes: u64,
    block: EdgeBlock,
    latency: LatencyBlock,
}

/// The control blocks of one domain, mapped into this process.
#[derive(Debug)]
pub(crate) struct ControlFile {
    base: NonNull<u8>,
    len: usize,
    edges: Vec<EdgeSpec>,
    inboxes: u32,
    safety_check: bool,
}

// SAFETY: the mapping lives as long as the value, and all that is reached
// through it after creation are atomics.
unsafe impl Send for ControlFile {}
// SAFETY: as above.
unsafe impl Sync for ControlFile {}

impl ControlFile {
    /// Creates and fills the file at `path`.
    pub(crate) fn create(
        path: &Path,
        inboxes: u32,
        edges: &[EdgeSpec],
        safety_check: bool,
    ) -> Result<Self, ChannelError> {
        let len = file_len(edges.len());
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(system(format_args!("create {}", path.display())))?;
        // SAFETY: the descriptor is open for writing.
        let status = unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, len as libc::off_t) };
        if status != 0 {
            return Err(match status {
                libc::ENOSPC | libc::ENOMEM => shortage(&"the control blocks", len as u64),
                _ => {
                    system("reserve the control blocks")(std::io::Error::from_raw_os_error(status))
                }
            });
        }
        let base = map(&file, len)?;
        // SAFETY: the mapping is `len` bytes, page aligned and ours alone until
        // this function returns; records follow the header as `file_len` says.
        unsafe {
            for (index, edge) in edges.iter().enumerate() {
                record_at(base, index).write(EdgeRecord {
                    from: edge.from,
                    to: edge.to,
                    lossless: u32::from(edge.limits.lossless),
                    capacity: edge.limits.capacity,
                    max_bytes: edge.limits.max_bytes,
                    block: EdgeBlock::default(),
                    latency: LatencyBlock::default(),
                });
            }
            base.cast::<FileHeader>().write(FileHeader {
                magic: MAGIC,
                inboxes,
                edges: edges.len() as u32,
                safety_check: u32::from(safety_check),
            });
        }
        Ok(Self {
            base,
            len,
            edges: edges.to_vec(),
            inboxes,
            safety_check,
        })
    }

    /// Maps the file that a service has created.
    pub(crate) fn open(path: &Path) -> Result<Self, ChannelError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(system(format_args!("open {}", path.display())))?;
        let len = file
            .metadata()
            .map_err(system("measure the control file"))?
            .len() as usize;
        let refused = || {
            ChannelError::new(
                ErrorCode::Internal,
                format!("{} is not a control file of this version", path.display()),
            )
        };
        if len < size_of::<FileHeader>() || len > file_len(MAX_EDGES) {
            return Err(refused());
        }
        let base = map(&file, len)?;
        // From here on the mapping is freed by drop, whatever is refused.
        let mut this = Self {
            base,
            len,
            edges: Vec::new(),
            inboxes: 0,
            safety_check: true,
        };
        // SAFETY: the mapping holds at least a header.
        let header = unsafe { base.cast::<FileHeader>().as_ref() };
        let count = header.edges as usize;
        if header.magic != MAGIC || count > MAX_EDGES || len != file_len(count) {
            return Err(refused());
        }
        this.inboxes = header.inboxes;
        this.safety_check = header.safety_check != 0;
        this.edges = (0..count)
            .map(|index| {
                // SAFETY: `len` has room for `count` records.
                let record = unsafe { record_at(base, index).as_ref() };
                EdgeSpec {
                    from: record.from,
                    to: record.to,
                    limits: Limits {
                        capacity: record.capacity,
                        max_bytes: record.max_bytes,
                        lossless: record.lossless != 0,
                    },
                }
            })
            .collect();
        Ok(this)
    }

    pub(crate) fn inboxes(&self) -> u32 {
        self.inboxes
    }

    pub(crate) fn safety_check(&self) -> bool {
        self.safety_check
    }

    pub(crate) fn edges(&self) -> &[EdgeSpec] {
        &self.edges
    }

    /// The spec of an edge that a caller named by number.
    pub(crate) fn edge(&self, edge: usize) -> Result<EdgeSpec, ChannelError> {
        self.edges.get(edge).copied().ok_or_else(|| {
            ChannelError::new(
                ErrorCode::Internal,
                format!("there is no edge {edge}, only {}", self.edges.len()),
            )
        })
    }

    /// The control block of an edge below `edges().len()`.
    pub(crate) fn block(&self, edge: usize) -> &EdgeBlock {
        &self.record(edge).block
    }

    /// How long messages of an edge below `edges().len()` took.
    pub(crate) fn latency(&self, edge: usize) -> &LatencyBlock {
        &self.record(edge).latency
    }

    fn record(&self, edge: usize) -> &EdgeRecord {
        assert!(
            edge < self.edges.len(),
            "edge number was checked on opening"
        );
        // SAFETY: checked above; the mapping outlives the borrow of self.
        unsafe { record_at(self.base, edge).as_ref() }
    }
}

impl Drop for ControlFile {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `map` with this length.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

fn file_len(edges: usize) -> usize {
    size_of::<FileHeader>() + edges * size_of::<EdgeRecord>()
}

/// # Safety
/// The mapping at `base` must have room for record number `index`.
unsafe fn record_at(base: NonNull<u8>, index: usize) -> NonNull<EdgeRecord> {
    const { assert!(size_of::<FileHeader>().is_multiple_of(align_of::<EdgeRecord>())) };
    // SAFETY: the caller vouches for the room; alignment is asserted above.
    unsafe {
        base.add(size_of::<FileHeader>())
            .cast::<EdgeRecord>()
            .add(index)
    }
}

fn map(file: &File, len: usize) -> Result<NonNull<u8>, ChannelError> {
    // SAFETY: a fresh shared mapping of an open file; the kernel picks the place.
    let address = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            len,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            file.as_raw_fd(),
            0,
        )
    };
    if address == libc::MAP_FAILED {
        return Err(system("map the control file")(
            std::io::Error::last_os_error(),
        ));
    }
    NonNull::new(address.cast())
        .ok_or_else(|| ChannelError::new(ErrorCode::System, "the control file was mapped at zero"))
}
