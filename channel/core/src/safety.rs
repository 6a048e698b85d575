//! The safety check: counts wake-ups that did not come.
//!
//! Every two seconds one thread per process looks at each open domain. A port
//! that has waited since the last look while there was work for it is woken and
//! counted. The count must stay 0; it exists so that a mistake would be seen
//! and would cost two seconds instead of a session.

use crate::domain::Shared;
use crate::edge_block::NOT_WAITING;
use crate::sync::Ordering::SeqCst;
use std::sync::{Arc, Condvar, Mutex, Once, PoisonError, Weak};
use std::time::Duration;

const PERIOD: Duration = Duration::from_secs(2);

static WATCHED: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());
static CHANGED: Condvar = Condvar::new();
static THREAD: Once = Once::new();

/// One end of an edge that waits although it could go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    edge: usize,
    taken: u64,
    released: u64,
    receiving: bool,
}

/// Adds a domain to what the thread looks at until it is dropped.
pub(crate) fn watch(shared: &Arc<Shared>) {
    WATCHED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Arc::downgrade(shared));
    THREAD.call_once(|| {
        // Without the thread the channel still works; only the count is gone.
        let _ = std::thread::Builder::new()
            .name("rm-safety".into())
            .spawn(run);
    });
    CHANGED.notify_one();
}

fn run() {
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        watched.retain(|domain| domain.strong_count() > 0);
        if watched.is_empty() {
            watched = CHANGED
                .wait(watched)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let domains: Vec<_> = watched.iter().filter_map(Weak::upgrade).collect();
        drop(watched);
        for domain in &domains {
            check(domain);
        }
        drop(domains);
        std::thread::sleep(PERIOD);
        watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    }
}

/// Rings this inbox if the same port is found stuck twice in a row.
pub(crate) fn check(shared: &Shared) {
    let stuck = find_stuck(shared);
    let mut last = shared
        .last_check
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let rescued = stuck.iter().filter(|port| last.contains(port)).count();
    *last = stuck;
    if rescued > 0 {
        shared.rescues.fetch_add(rescued as u64, SeqCst);
        shared.ring(shared.inbox);
    }
}

fn find_stuck(shared: &Shared) -> Vec<Stuck> {
    let mut stuck = Vec::new();
    for (edge, spec) in shared.control.edges().iter().enumerate() {
        let block = shared.control.block(edge);
        let at = |receiving| Stuck {
            edge,
            taken: block.taken.load(SeqCst),
            released: block.bytes_released.load(SeqCst),
            receiving,
        };
        if spec.to == shared.inbox && block.receiver_idle.load(SeqCst) != 0 && block.pending() {
            stuck.push(at(true));
        }
        if spec.from == shared.inbox
            && block.sender_waiting.load(SeqCst) != NOT_WAITING
            && !block.pending()
            && block.bytes_in_flight() == 0
        {
            stuck.push(at(false));
        }
    }
    stuck
}
