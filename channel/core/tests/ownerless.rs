//! Shared memory whose instance has no directory any more.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used)]

use remotemedia_channel::edge_block::Limits;
use remotemedia_channel::{
    Domain, DomainSpec, EdgeSpec, Instance, find_ownerless, remove_ownerless,
};
use std::fs::{File, create_dir, read_dir, remove_dir_all, remove_file, write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

const OLD: Duration = Duration::from_secs(61);
const SHARED_MEMORY_DIR: &str = "/dev/shm";

/// What is ownerless is so for the whole machine: one test would remove what another
/// has just made.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn base_of(test: &str) -> PathBuf {
    PathBuf::from(format!("/dev/shm/rmtest-{test}-{}", std::process::id()))
}

fn one_edge() -> DomainSpec {
    let limits = Limits {
        capacity: 4,
        max_bytes: 1 << 20,
        lossless: true,
    };
    DomainSpec {
        inboxes: 2,
        edges: vec![EdgeSpec {
            from: 0,
            to: 1,
            limits,
        }],
        safety_check: true,
    }
}

/// The claim of an instance and its objects.
fn objects_of(id: &str) -> Vec<PathBuf> {
    read_dir(SHARED_MEMORY_DIR)
        .unwrap()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            name.to_str().unwrap().starts_with(&format!("rm_{id}"))
        })
        .map(|entry| entry.path())
        .collect()
}

fn make_older(id: &str) {
    for path in objects_of(id) {
        let file = File::open(path).unwrap();
        file.set_modified(SystemTime::now() - OLD).unwrap();
    }
}

#[test]
fn it_is_ownerless_once_its_service_is_dead_and_goes_when_no_child_uses_it() {
    let _alone = alone();
    let base = base_of("ownerless");
    let instance = Instance::open(&base).unwrap();
    let id = instance.id().to_owned();
    let is_ownerless = |base: &PathBuf| find_ownerless(base).contains(&id);
    let ours = instance.create_domain(&one_edge()).unwrap();
    let theirs = Domain::open(ours.root(), ours.prefix(), 1).unwrap();
    make_older(&id);
    let elsewhere = base_of("elsewhere");
    assert!(!is_ownerless(&elsewhere), "the service lives elsewhere");
    remove_dir_all(&base).unwrap();
    assert!(!is_ownerless(&base), "the service lives without directory");

    // A file in the place of the directory: the instance ends, and removes nothing.
    write(&base, "").unwrap();
    drop((ours, instance));
    remove_file(&base).unwrap();
    let object = PathBuf::from(format!("{SHARED_MEMORY_DIR}/rm_{id}_0_object"));
    write(&object, "x").unwrap();
    make_older(&id);
    assert!(is_ownerless(&base));
    assert!(!remove_ownerless(&base).contains(&id), "a child lives");
    assert!(object.exists());
    drop(theirs);

    write(&object, "y").unwrap();
    assert!(!is_ownerless(&base), "it was just made");
    make_older(&id);
    create_dir(&base).unwrap();
    create_dir(base.join(&id)).unwrap();
    assert!(!is_ownerless(&base), "a start will sweep it");
    assert!(is_ownerless(&elsewhere), "but not in another directory");
    remove_dir_all(&base).unwrap();

    assert!(remove_ownerless(&base).contains(&id));
    assert_eq!(objects_of(&id), Vec::<PathBuf>::new());
}

#[test]
fn what_nobody_claims_is_left_alone() {
    let _alone = alone();
    let id = format!("{:08x}", std::process::id());
    let object = PathBuf::from(format!("{SHARED_MEMORY_DIR}/rm_{id}_0_object"));
    write(&object, "x").unwrap();
    make_older(&id);
    let base = base_of("unclaimed");
    assert!(!remove_ownerless(&base).contains(&id));
    assert!(object.exists());
    remove_file(object).unwrap();
}

#[test]
fn a_service_claims_again_what_a_cleaner_took_the_claim_from() {
    let _alone = alone();
    let base = base_of("claimed");
    let instance = Instance::open(&base).unwrap();
    let claim = PathBuf::from(format!("{SHARED_MEMORY_DIR}/rm_{}", instance.id()));
    let first = instance.create_domain(&one_edge()).unwrap();
    remove_file(&claim).unwrap();
    let second = instance.create_domain(&one_edge()).unwrap();
    let lock = File::open(&claim).unwrap();
    assert!(lock.try_lock().is_err(), "the new file is locked");
    first.remove();
    second.remove();
    drop(instance);
    assert!(!claim.exists());
}
