//! Processes that carry a session's mark in their environment.
//!
//! A service sets `REMOTEMEDIA_PROCESS=<instance>_<n>` for the processes of
//! session n, and whatever those start inherits it. So a child that left its
//! process group, or became a daemon, is still found when its session ends. Out
//! of reach is only a program that was started with another environment.

use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::{Duration, Instant};

/// Name of the variable that holds the mark.
pub const MARK_VARIABLE: &str = "REMOTEMEDIA_PROCESS";

/// A killed process goes at once unless the kernel itself holds it.
const DEATH_TIMEOUT: Duration = Duration::from_secs(2);
/// To become another program takes some milliseconds, and tells nobody when it
/// is done.
const EXEC_PAUSE: Duration = Duration::from_millis(1);
/// `PF_EXITING` and `PF_KTHREAD` of the kernel, in field 9 of `/proc/PID/stat`.
const EXITING: u64 = 0x4;
const KERNEL_THREAD: u64 = 0x20_0000;
/// Nearly every environment is smaller.
const USUAL_ENVIRONMENT_BYTES: usize = 32 * 1024;
const MAX_ENVIRONMENT_BYTES: usize = 4 * 1024 * 1024;

/// Whose processes are meant.
#[derive(Clone, Copy, Debug)]
pub enum Marked<'a> {
    /// Those of one session: its mark.
    Session(&'a str),
    /// Those of all sessions of these instances.
    Instances(&'a [&'a str]),
}

impl Marked<'_> {
    fn covers(self, mark: &str) -> bool {
        match self {
            Marked::Session(own) => mark == own,
            Marked::Instances(ids) => mark
                .split_once('_')
                .is_some_and(|(id, _)| ids.contains(&id)),
        }
    }
}

/// The mark of the session whose shared memory has this prefix.
pub fn mark_of(prefix: &str) -> &str {
    prefix.trim_start_matches("rm_").trim_end_matches('_')
}

/// Kills every process of this user that carries such a mark, this one
/// excepted, and returns their number once they are gone. Looks again until
/// there is none, because one may fork just before it dies. Waits too for those
/// of this user that somebody else has killed: a process that dies has no
/// environment any more, so it cannot be told whose it was. So it is with one
/// that is just becoming another program, until it has become it.
pub fn kill_marked(marked: Marked<'_>) -> usize {
    let deadline = Instant::now() + DEATH_TIMEOUT;
    let mut killed = 0;
    loop {
        let found = find(marked);
        for victim in &found.alive {
            send_kill(victim);
        }
        for victim in found.alive.iter().chain(&found.dying) {
            wait_for_death(victim, deadline);
        }
        killed += found.alive.len();
        if found.is_none() || Instant::now() >= deadline {
            return killed;
        }
        if found.alive.is_empty() && found.is_any_starting {
            std::thread::sleep(EXEC_PAUSE);
        }
    }
}

/// Handles of processes: a number could be given to a stranger between the look
/// and the signal.
#[derive(Default)]
struct Found {
    alive: Vec<OwnedFd>,
    dying: Vec<OwnedFd>,
    is_any_starting: bool,
}

impl Found {
    fn is_none(&self) -> bool {
        self.alive.is_empty() && self.dying.is_empty() && !self.is_any_starting
    }
}

/// What one look at a process tells.
#[derive(PartialEq)]
enum Look {
    Marked,
    /// On its way out and not dead yet.
    Dying,
    /// Between two programs: its environment is not there yet.
    Starting,
    Other,
}

fn find(marked: Marked<'_>) -> Found {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Found::default();
    };
    let own = std::process::id();
    let mut environment = vec![0; USUAL_ENVIRONMENT_BYTES];
    let mut found = Found::default();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if pid == own || look(pid, marked, &mut environment) == Look::Other {
            continue;
        }
        let Some(handle) = open_process(pid) else {
            continue;
        };
        // The handle is opened after the look: is it still the same process?
        match look(pid, marked, &mut environment) {
            Look::Marked => found.alive.push(handle),
            Look::Dying => found.dying.push(handle),
            Look::Starting => found.is_any_starting = true,
            Look::Other => {}
        }
    }
    found
}

fn look(pid: u32, marked: Marked<'_>, buffer: &mut Vec<u8>) -> Look {
    // SAFETY: geteuid cannot fail.
    let user = unsafe { libc::geteuid() };
    // What belongs to others is not even looked at: root could read it.
    if !std::fs::metadata(format!("/proc/{pid}")).is_ok_and(|meta| meta.uid() == user) {
        return Look::Other;
    }
    let environment = read_environment(pid, buffer);
    let Some(environment) = environment.filter(|bytes| !bytes.is_empty()) else {
        return look_without_environment(pid, environment.is_some());
    };
    let is_marked = environment
        .split(|byte| *byte == 0)
        .filter_map(|setting| std::str::from_utf8(setting).ok())
        .filter_map(|setting| setting.strip_prefix(MARK_VARIABLE)?.strip_prefix('='))
        .any(|mark| marked.covers(mark));
    if is_marked { Look::Marked } else { Look::Other }
}

/// All in one call, which the kernel answers from one moment. In several, a
/// process that died in between had the beginning of an environment, and no
/// mark. None: it may not be read, or the process has no memory any more.
fn read_environment(pid: u32, buffer: &mut Vec<u8>) -> Option<&[u8]> {
    let file = File::open(format!("/proc/{pid}/environ")).ok()?;
    loop {
        let length = file.read_at(buffer, 0).ok()?;
        if length < buffer.len() || length >= MAX_ENVIRONMENT_BYTES {
            return Some(&buffer[..length]);
        }
        buffer.resize(buffer.len() * 2, 0);
    }
}

/// What a process is that has no environment to read: one on its way out has
/// none left, one that becomes another program none yet.
fn look_without_environment(pid: u32, is_readable: bool) -> Look {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return Look::Other;
    };
    // The second field is the name, which may have anything in it.
    let Some((_, fields)) = stat.rsplit_once(") ") else {
        return Look::Other;
    };
    let fields: Vec<&str> = fields.split_whitespace().collect();
    // Counted from 1 as in proc_pid_stat(5), which begins with the number and the name.
    let field = |number: usize| fields.get(number - 3).copied();
    let number = |of: usize| field(of).and_then(|text| text.parse::<u64>().ok());
    let flags = number(9).unwrap_or(0);
    if matches!(field(3), Some("Z" | "X")) || flags & KERNEL_THREAD != 0 {
        return Look::Other;
    }
    if flags & EXITING != 0 {
        return Look::Dying;
    }
    // The kernel notes where the code ends when all of a new program is in place. Of one
    // that was started without an environment, its beginning is its end.
    let is_in_place = number(27).is_some_and(|end_of_code| end_of_code != 0);
    let has_none = is_in_place && field(50) == field(51);
    if is_readable && !has_none {
        Look::Starting
    } else {
        Look::Other
    }
}

fn open_process(pid: u32) -> Option<OwnedFd> {
    // SAFETY: a plain system call; the result is checked.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    // SAFETY: the descriptor was just opened and belongs to nobody else.
    (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

fn send_kill(process: &OwnedFd) {
    let no_info = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: the descriptor is open. A process that is gone is what we want.
    unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            process.as_raw_fd(),
            libc::SIGKILL,
            no_info,
            0,
        )
    };
}

/// A process handle is readable once the process is dead.
fn wait_for_death(process: &OwnedFd, deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    let mut poll = libc::pollfd {
        fd: process.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one entry, as said. An early return leads to another look.
    unsafe { libc::poll(&mut poll, 1, left.as_millis() as i32) };
}

#[cfg(test)]
mod tests {
    use super::{DEATH_TIMEOUT, MARK_VARIABLE, Marked, kill_marked, mark_of};
    use std::io::Read;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Command, Stdio};
    use std::time::Instant;

    #[test]
    fn a_session_covers_its_own_mark_only() {
        assert_eq!(mark_of("rm_0123abcd_7_"), "0123abcd_7");
        assert!(Marked::Session("0123abcd_7").covers("0123abcd_7"));
        assert!(!Marked::Session("0123abcd_7").covers("0123abcd_77"));
        assert!(Marked::Instances(&["0123abcd"]).covers("0123abcd_77"));
        assert!(!Marked::Instances(&["0123abcd"]).covers("0123abce_7"));
    }

    #[test]
    fn who_was_killed_by_others_is_dead_too_when_it_returns() {
        let mark = format!("{:08x}_3", std::process::id());
        for _ in 0..5 {
            // Much memory, so that it takes its time to die.
            let mut child = Command::new("sh")
                .args(["-c", "head -c 200M /dev/zero | exec tail -n 1"])
                .env(MARK_VARIABLE, &mark)
                // Read in many steps, of which the mark is in the last: a process that
                // dies between two of them seemed to be one without a mark.
                .env("A", "a".repeat(100_000))
                .process_group(0)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .spawn()
                .expect("sh runs");
            let pid = child.id();
            let mut first = [1];
            let mut output = child.stdout.take().expect("a pipe");
            output.read_exact(&mut first).expect("tail has all");
            let members = members_of(pid);
            assert!(members.len() >= 2, "sh and tail");
            // SAFETY: the group of our own child, which is not reaped.
            unsafe { libc::kill(-(pid as i32), libc::SIGKILL) };
            kill_marked(Marked::Session(&mark));
            for member in members {
                assert!(!is_running(member), "{member} still runs");
            }
            child.wait().expect("a child");
        }
    }

    #[test]
    fn who_becomes_another_program_at_that_moment_dies_too() {
        let mark = format!("{:08x}_4", std::process::id());
        for _ in 0..200 {
            let mut child = Command::new("sh")
                .args(["-c", "exec sh -c \"$0\" \"$0\"", "exec sh -c \"$0\" \"$0\""])
                .env(MARK_VARIABLE, &mark)
                .stdin(Stdio::null())
                .spawn()
                .expect("sh runs");
            let killed = kill_marked(Marked::Session(&mark));
            let is_dead = child.try_wait().expect("a child").is_some();
            child.kill().expect("a child");
            child.wait().expect("a child");
            assert_eq!((killed, is_dead), (1, true));
        }
    }

    #[test]
    fn nobody_waits_for_who_has_no_environment_at_all() {
        let mut bare = Command::new("sleep")
            .arg("600")
            .env_clear()
            .spawn()
            .expect("sleep runs");
        let mark = format!("{:08x}_5", std::process::id());
        let begin = Instant::now();
        assert_eq!(kill_marked(Marked::Session(&mark)), 0);
        assert!(begin.elapsed() < DEATH_TIMEOUT);
        assert!(bare.try_wait().expect("a child").is_none());
        bare.kill().expect("a child");
        bare.wait().expect("a child");
    }

    fn members_of(group: u32) -> Vec<u32> {
        let entries = std::fs::read_dir("/proc").expect("/proc");
        entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
            // SAFETY: a plain system call.
            .filter(|pid| unsafe { libc::getpgid(*pid as i32) } == group as i32)
            .collect()
    }

    fn is_running(pid: u32) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
            let state = stat.rsplit_once(") ").expect("a name").1;
            !state.starts_with(['Z', 'X'])
        })
    }

    #[test]
    fn who_carries_the_mark_dies_and_nobody_else() {
        let mark = format!("{:08x}_1", std::process::id());
        let other = format!("{:08x}_2", std::process::id());
        let start = |mark: &str| {
            Command::new("sh")
                .args(["-c", "sleep 600 & exec setsid sleep 600"])
                .env(MARK_VARIABLE, mark)
                .stdin(Stdio::null())
                .spawn()
                .expect("sh runs")
        };
        let mut marked = start(&mark);
        let mut spared = start(&other);
        let mut killed = 0;
        // The shell may not have started its children at the first look.
        while marked.try_wait().expect("a child").is_none() {
            killed += kill_marked(Marked::Session(&mark));
        }
        assert!(killed >= 1);
        assert_eq!(
            marked.wait().expect("a child").signal(),
            Some(libc::SIGKILL)
        );
        assert!(spared.try_wait().expect("a child").is_none());
        kill_marked(Marked::Session(&other));
        assert_eq!(
            spared.wait().expect("a child").signal(),
            Some(libc::SIGKILL)
        );
        assert_eq!(kill_marked(Marked::Session(&mark)), 0);
    }
}
