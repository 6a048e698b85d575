//! Whose the objects in /dev/shm are, said where they are.
//!
//! The lock in an instance's directory tells nothing once somebody has removed
//! that directory. A look at processes would not do: they may be in another
//! container that shares /dev/shm, or not be readable. So `rm_<id>` lies beside
//! the objects `rm_<id>_*`. The service locks it from its start to its end;
//! without that lock the service is dead. Every process that opens one of its
//! domains has a lock of another kind on it, which knows nothing of the first, so
//! that orphans can be told from a service. Objects without it are left alone.

use crate::commit::SHARED_MEMORY_DIR;
use crate::domain::unlink_shared_memory;
use crate::error::{ChannelError, ErrorCode};
use crate::instance::is_id;
use crate::marked::{Marked, kill_marked, mark_of};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Who has just made a claim may not have locked it yet.
const LEAST_AGE: Duration = Duration::from_secs(60);

/// Claims the objects of an instance, unless `held` does so already. A cleaner may
/// have removed the file meanwhile, and a lock on such a file says nothing.
///
/// A claim that cannot be made is no error: no object could be made either, and
/// that is one, with all that is known about it.
pub(crate) fn claim(id: &str, held: &mut Option<File>) {
    let path = path_of(id);
    while !held.as_ref().is_some_and(|file| is_at(file, &path)) {
        let opened = options().write(true).create(true).mode(0o600).open(&path);
        // Waits at most for somebody who has just taken the file to remove it.
        *held = opened.ok().filter(|file| lock(file, libc::LOCK_EX));
        if held.is_none() {
            return;
        }
    }
}

/// Joins the claim on the objects with this prefix. It goes with the returned file.
/// None: a cleaner has removed it, and the service makes it anew with its next session.
pub(crate) fn join(prefix: &str) -> Result<Option<File>, ChannelError> {
    let id = mark_of(prefix).split('_').next().unwrap_or_default();
    let Ok(file) = options().open(path_of(id)) else {
        return Ok(None);
    };
    if try_child_lock(&file, libc::F_RDLCK) {
        return Ok(Some(file));
    }
    Err(ChannelError::new(
        ErrorCode::Closed,
        "the service is gone and its shared memory is being removed",
    ))
}

/// Removes the objects of an instance. The claim goes last: whoever is interrupted
/// leaves behind what can be told and done again.
pub(crate) fn remove(id: &str) {
    unlink_shared_memory(&format!("rm_{id}_"));
    let _ = std::fs::remove_file(path_of(id));
}

/// Instances whose service is dead and that have objects but no directory in `base`,
/// so that no start there sweeps them. Changes nothing.
pub fn find_ownerless(base: &Path) -> Vec<String> {
    ownerless(base).into_iter().map(|(id, _)| id).collect()
}

/// Kills who still carries the mark of such an instance, then removes its objects,
/// unless somebody who could not be killed uses them. Returns the removed instances.
pub fn remove_ownerless(base: &Path) -> Vec<String> {
    // Held until they are gone, so that of two who remove one comes too late. No service
    // can come meanwhile: ids are given once. So the wait is for those who only look.
    let is_ours =
        |(id, file): &(String, File)| lock(file, libc::LOCK_EX) && is_at(file, &path_of(id));
    let taken: Vec<(String, File)> = ownerless(base).into_iter().filter(is_ours).collect();
    let ids: Vec<&str> = taken.iter().map(|(id, _)| id.as_str()).collect();
    if !ids.is_empty() {
        kill_marked(Marked::Instances(&ids));
    }
    let is_unused = |(_, file): &(String, File)| try_child_lock(file, libc::F_WRLCK);
    taken
        .into_iter()
        .filter(is_unused)
        .map(|(id, _held)| {
            remove(&id);
            id
        })
        .collect()
}

/// Ownerless instances, each with a lock on its claim that all who look can share.
fn ownerless(base: &Path) -> Vec<(String, File)> {
    let now = SystemTime::now();
    youngest_objects()
        .into_iter()
        .filter(|(_, made)| now.duration_since(*made).is_ok_and(|age| age >= LEAST_AGE))
        // What has a directory is the sweep's.
        .filter(|(id, _)| is_missing(&base.join(id)))
        .filter_map(|(id, _)| {
            let file = options().write(true).open(path_of(&id)).ok()?;
            let is_own = file.metadata().is_ok_and(|meta| meta.uid() == user());
            (is_own && lock(&file, libc::LOCK_SH | libc::LOCK_NB)).then_some((id, file))
        })
        .collect()
}

/// When the youngest object of each instance was made, of those of this user.
fn youngest_objects() -> BTreeMap<String, SystemTime> {
    let mut youngest = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(SHARED_MEMORY_DIR) else {
        return youngest;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(instance_of) else {
            continue;
        };
        let Ok(meta) = entry.metadata() else {
            continue;
        };
        // Who writes into mapped memory does not change this time.
        let Ok(made) = meta.modified() else {
            continue;
        };
        if meta.is_file() && meta.uid() == user() {
            let known = youngest.entry(id.to_owned()).or_insert(made);
            *known = made.max(*known);
        }
    }
    youngest
}

/// The instance in the name of an object, or of a claim.
fn instance_of(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("rm_")?;
    let id = rest.split('_').next()?;
    is_id(id).then_some(id)
}

fn path_of(id: &str) -> PathBuf {
    Path::new(SHARED_MEMORY_DIR).join(format!("rm_{id}"))
}

/// /dev/shm is open to all, so a link there may be anybody's.
fn options() -> OpenOptions {
    let mut options = File::options();
    options.read(true).custom_flags(libc::O_NOFOLLOW);
    options
}

fn lock(file: &File, how: libc::c_int) -> bool {
    loop {
        // SAFETY: the descriptor is open.
        if unsafe { libc::flock(file.as_raw_fd(), how) } == 0 {
            return true;
        }
        if std::io::Error::last_os_error().kind() != ErrorKind::Interrupted {
            return false;
        }
    }
}

/// A lock on the contents, which belongs to the open file as that of flock does.
fn try_child_lock(file: &File, kind: libc::c_int) -> bool {
    // SAFETY: plain numbers; 0 as start and length means all of it.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    // SAFETY: the descriptor is open, and the structure lives as long as the call.
    unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw mut lock) == 0 }
}

fn is_at(file: &File, path: &Path) -> bool {
    let there = std::fs::symlink_metadata(path).map(|meta| (meta.dev(), meta.ino()));
    let held = file.metadata().map(|meta| (meta.dev(), meta.ino()));
    matches!((there, held), (Ok(there), Ok(held)) if there == held)
}

fn is_missing(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

fn user() -> u32 {
    // SAFETY: geteuid cannot fail.
    unsafe { libc::geteuid() }
}

#[cfg(test)]
mod tests {
    use super::instance_of;

    #[test]
    fn only_names_of_this_channel_have_an_instance() {
        assert_eq!(instance_of("rm_0123abcd"), Some("0123abcd"));
        assert_eq!(instance_of("rm_0123abcd_7_x.data"), Some("0123abcd"));
        for other in [
            "rm_0123abc",
            "rm_0123abcde_7_x",
            "rm_0123abcd.x",
            "0123abcd",
            "rm_",
        ] {
            assert_eq!(instance_of(other), None, "{other}");
        }
    }
}
