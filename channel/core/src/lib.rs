//! The shared-memory channel of RemoteMedia.
//!
//! iceoryx2 carries the payloads, a control block in a small mapped file carries
//! the counts, and a Unix datagram socket per inbox wakes whoever waits.
//!
//! A [`Instance`] is one running service. It owns a directory with a lock that
//! the kernel frees when the service dies. Each session has a [`Domain`] inside
//! it: an iceoryx2 prefix and root of its own, one control block per edge and
//! one doorbell per inbox. A [`Sender`] and a [`Receiver`] are the two ends of
//! one edge; both are non-blocking and tell their caller when to wait.
//!
//! All channel logic stands here once; the bindings for Node and Python only
//! translate types.

pub mod edge_block;
mod sync;

#[cfg(not(loom))]
pub use self::native::*;

#[cfg(not(loom))]
mod claim;
#[cfg(not(loom))]
mod commit;
#[cfg(not(loom))]
mod control_file;
#[cfg(not(loom))]
mod domain;
#[cfg(not(loom))]
mod doorbell;
#[cfg(not(loom))]
mod error;
#[cfg(not(loom))]
mod frame;
#[cfg(not(loom))]
mod hangup;
#[cfg(not(loom))]
mod instance;
#[cfg(not(loom))]
mod latency;
#[cfg(not(loom))]
mod marked;
#[cfg(not(loom))]
mod receiver;
#[cfg(not(loom))]
mod safety;
#[cfg(not(loom))]
mod sender;
#[cfg(not(loom))]
mod slots;
#[cfg(not(loom))]
mod window;

#[cfg(not(loom))]
mod native {
    pub use crate::claim::{find_ownerless, remove_ownerless};
    pub use crate::control_file::EdgeSpec;
    pub use crate::domain::{Domain, DomainSpec, EdgeStats};
    pub use crate::doorbell::Doorbell;
    pub use crate::error::{ChannelError, ErrorCode, Shortage};
    pub use crate::frame::{
        FRAME_VERSION, FrameHeader, KIND_END, MAX_SAFE_INTEGER, monotonic_ns, padded_len,
    };
    pub use crate::hangup::{Call, ControlPipe};
    pub use crate::instance::{Instance, default_base_dir};
    pub use crate::latency::Latency;
    pub use crate::marked::{MARK_VARIABLE, Marked, kill_marked, mark_of};
    pub use crate::receiver::{Message, Receiver};
    pub use crate::sender::{Loan, SendStatus, Sender};
}

/// Fingerprint of this crate's sources: bindings with the same one fit.
pub const BUILD: &str = env!("CHANNEL_BUILD");
/// Version of iceoryx2, as Cargo.toml pins it.
pub const ICEORYX2_VERSION: &str = "0.10.0";
