//! One running service on this machine, and the sweep of dead ones.
//!
//! `<base>/<id>/lock` is locked while the service lives; the kernel frees the
//! lock however the service ends. `<base>/<id>/children` is locked, shared, by
//! every process that has opened a domain: an orphan that lives on for a moment
//! could make a segment after the sweep, which nobody would ever remove.
//! `<base>/<id>/<n>` is the root of session n, and `rm_<id>_<n>_` the prefix of
//! its shared memory. So a start can tell what the dead left behind without any
//! pid, and two services never meet. `rm_<id>` tells it when the directory is
//! gone (see [`claim`](crate::claim)).

use crate::claim;
use crate::commit::SHARED_MEMORY_DIR;
use crate::domain::{Domain, DomainSpec};
use crate::error::{ChannelError, ErrorCode, system};
use crate::marked::{Marked, kill_marked};
use crate::sync::{AtomicU64, Ordering::SeqCst};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const LOCK: &str = "lock";
const CHILDREN: &str = "children";
const SWEEP_LOCK: &str = ".sweep";

/// A running service. Its lock is held until the value is dropped.
#[derive(Debug)]
pub struct Instance {
    base: PathBuf,
    dir: PathBuf,
    id: String,
    swept: usize,
    next_domain: AtomicU64,
    claim: Mutex<Option<File>>,
    _lock: File,
}

impl Instance {
    /// Sweeps what dead instances left in `base`, then starts a new one.
    ///
    /// # Errors
    /// `System` when `base` cannot be used, or belongs to another user.
    pub fn open(base: &Path) -> Result<Self, ChannelError> {
        let sweep_lock = lock_base(base)?;
        let swept = sweep(base)?;
        let id = random_id()?;
        let dir = base.join(&id);
        DirBuilder::new()
            .mode(0o700)
            .create(&dir)
            .map_err(system(format_args!("create {}", dir.display())))?;
        open_lock(&dir.join(CHILDREN))?;
        let lock = open_lock(&dir.join(LOCK))?;
        if !try_lock(&lock) {
            return Err(ChannelError::internal("instance lock", "taken at birth"));
        }
        drop(sweep_lock);
        // Now and not with the first session, whose descriptors are counted.
        let mut claimed = None;
        claim::claim(&id, &mut claimed);
        Ok(Self {
            base: base.to_path_buf(),
            dir,
            id,
            swept,
            next_domain: AtomicU64::new(0),
            claim: Mutex::new(claimed),
            _lock: lock,
        })
    }

    /// Short random name of this instance.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where this instance keeps the roots of its sessions.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Number of dead instances that the start swept away.
    pub fn swept(&self) -> usize {
        self.swept
    }

    /// Creates the domain of a new session.
    pub fn create_domain(&self, spec: &DomainSpec) -> Result<Domain, ChannelError> {
        claim::claim(
            &self.id,
            &mut self.claim.lock().unwrap_or_else(PoisonError::into_inner),
        );
        let number = self.next_domain.fetch_add(1, SeqCst);
        let root = self.dir.join(number.to_string());
        Domain::create(&root, &format!("rm_{}_{number}_", self.id), spec)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let Ok(_sweep_lock) = lock_base(&self.base) else {
            return;
        };
        remove_instance(&self.dir, &self.id);
        // The last one turns out the light; a directory in use stays.
        let alone = std::fs::read_dir(&self.base).is_ok_and(|entries| {
            entries
                .flatten()
                .all(|entry| entry.file_name() == SWEEP_LOCK)
        });
        if alone {
            let _ = std::fs::remove_file(self.base.join(SWEEP_LOCK));
            let _ = std::fs::remove_dir(&self.base);
        }
    }
}

/// Where instances live unless told otherwise: memory where there is such a
/// file system, since a session creates and removes some dozens of small files.
pub fn default_base_dir() -> PathBuf {
    // SAFETY: getuid cannot fail.
    let user = unsafe { libc::getuid() };
    let memory = Path::new(SHARED_MEMORY_DIR);
    let parent = if memory.is_dir() {
        memory.to_path_buf()
    } else {
        std::env::temp_dir()
    };
    parent.join(format!("remotemedia-{user}"))
}

/// Takes the lock under which instances are born, swept and removed.
fn lock_base(base: &Path) -> Result<File, ChannelError> {
    let path = base.join(SWEEP_LOCK);
    loop {
        DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(base)
            .map_err(system(format_args!("create {}", base.display())))?;
        check_owner(base)?;
        let file = match open_lock(&path) {
            Ok(file) => file,
            // The last instance removed the directory in between.
            Err(_) if !base.exists() => continue,
            Err(error) => return Err(error),
        };
        // SAFETY: the descriptor is open. The wait is for another start or end.
        while unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX) } != 0 {
            let error = std::io::Error::last_os_error();
            if error.raw_os_error() != Some(libc::EINTR) {
                return Err(system("lock the instances")(error));
            }
        }
        // A lock on a file that was unlinked meanwhile excludes nobody.
        let current = std::fs::metadata(&path).map(|meta| meta.ino()).ok();
        let locked = file.metadata().map(|meta| meta.ino()).ok();
        if current.is_some() && current == locked {
            return Ok(file);
        }
    }
}

/// A directory of another user, planted under our name, is not trusted.
fn check_owner(base: &Path) -> Result<(), ChannelError> {
    let meta = std::fs::symlink_metadata(base)
        .map_err(system(format_args!("look at {}", base.display())))?;
    // SAFETY: geteuid cannot fail.
    if meta.is_dir() && meta.uid() == unsafe { libc::geteuid() } {
        return Ok(());
    }
    Err(ChannelError::new(
        ErrorCode::System,
        format!(
            "{} is not a directory of this user; remove it or choose another runtime directory",
            base.display()
        ),
    ))
}

fn sweep(base: &Path) -> Result<usize, ChannelError> {
    let entries = std::fs::read_dir(base).map_err(system("list the instances"))?;
    // An instance without a lock file died before it had one: births happen
    // under the sweep lock, so none is under way now.
    let dead: Vec<(PathBuf, String)> = entries
        .flatten()
        .map(|entry| (entry.path(), entry.file_name()))
        .filter_map(|(dir, name)| Some((dir, name.into_string().ok()?)))
        .filter(|(dir, id)| is_id(id) && is_free(&dir.join(LOCK)))
        .collect();
    if !dead.is_empty() {
        let ids: Vec<&str> = dead.iter().map(|(_, id)| id.as_str()).collect();
        kill_marked(Marked::Instances(&ids));
    }
    let mut swept = 0;
    for (dir, id) in &dead {
        // What an orphan that could not be killed still uses is left to the
        // start after its death.
        if is_free(&dir.join(CHILDREN)) {
            remove_instance(dir, id);
            swept += 1;
        }
    }
    Ok(swept)
}

/// Marks this process as one that uses the instance above `root`. The mark goes
/// with the returned file, however the process ends.
pub(crate) fn join(root: &Path) -> Result<File, ChannelError> {
    let path = root.with_file_name(CHILDREN);
    let file = File::open(&path).map_err(system(format_args!("open {}", path.display())))?;
    // SAFETY: the descriptor is open. Only a sweep asks for the whole lock, and
    // it does not wait.
    if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_SH | libc::LOCK_NB) } != 0 {
        return Err(ChannelError::new(
            ErrorCode::Closed,
            "the service is gone and its session is being removed",
        ));
    }
    Ok(file)
}

/// True when nobody holds the lock, or it was never made.
fn is_free(path: &Path) -> bool {
    match File::open(path) {
        Ok(lock) => try_lock(&lock),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Shared memory first, the directory last: what is interrupted is done again.
fn remove_instance(dir: &Path, id: &str) {
    claim::remove(id);
    let _ = std::fs::remove_dir_all(dir);
}

fn open_lock(path: &Path) -> Result<File, ChannelError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(system(format_args!("open {}", path.display())))
}

fn try_lock(file: &File) -> bool {
    // SAFETY: the descriptor is open.
    unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) == 0 }
}

pub(crate) fn is_id(name: &str) -> bool {
    name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn random_id() -> Result<String, ChannelError> {
    let mut bytes = [0; 4];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(system("read random bytes"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
