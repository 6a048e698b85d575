//! One session's share of the machine: an iceoryx2 prefix and root, the control
//! blocks of its edges and one doorbell per inbox.
//!
//! The service creates a domain before it spawns; children only open it. The
//! three automatic clean-ups of iceoryx2 are off: they race with processes that
//! are just starting. Whoever created the domain removes prefix and root when
//! the last process of the session is reaped.

use crate::claim;
use crate::commit::{self, SHARED_MEMORY_DIR};
use crate::control_file::{ControlFile, EdgeSpec};
use crate::doorbell::{Bell, Doorbell};
use crate::edge_block::LARGE_QUEUE;
use crate::error::{ChannelError, ErrorCode, system};
use crate::frame::FrameHeader;
use crate::instance;
use crate::latency::Latency;
use crate::receiver::Receiver;
use crate::safety;
use crate::sender::Sender;
use crate::sync::{AtomicU64, Ordering::SeqCst};
use iceoryx2::config::Config;
use iceoryx2::prelude::{
    FileName, Node, NodeBuilder, Path as IoxPath, SemanticString, ServiceName, SignalHandlingMode,
    ZeroCopySend,
};
use iceoryx2::service::ipc_threadsafe::Service;
use iceoryx2::service::port_factory::publish_subscribe::PortFactory;
use std::fs::File;
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Messages up to this many payload bytes go by the small lane.
pub(crate) const SMALL_SLOT_BYTES: usize = 64 * 1024;
/// Small slots that a reader may hold at once.
pub(crate) const SMALL_HOLD: usize = 16;
/// Large slots that a reader may hold at once.
pub(crate) const LARGE_HOLD: usize = 3;
/// The slot that a receiver looks at before it is that message's turn.
pub(crate) const PEEKED: usize = 1;
/// Slots that a sender may write at once: one on loan, and one to send by
/// meanwhile.
pub(crate) const LOANS: usize = 2;

/// What slots consist of. Numpy and typed arrays read a payload in place when it
/// starts on a cache line; a slice of single bytes with this alignment would get
/// a cache line for each.
#[derive(Clone, Copy, Debug, ZeroCopySend)]
#[repr(C)]
#[repr(align(64))]
pub(crate) struct Block([u8; BLOCK_BYTES]);

pub(crate) const BLOCK_BYTES: usize = 64;

const CONTROL_FILE: &str = "control";

pub(crate) type LaneService = PortFactory<Service, [Block], FrameHeader>;

/// The two lanes of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Small,
    Large,
}

/// What a domain consists of. Inbox 0 is the creator's.
#[derive(Clone, Debug)]
pub struct DomainSpec {
    /// Number of inboxes, the creator's included.
    pub inboxes: u32,
    /// The edges; an edge's number is its place here.
    pub edges: Vec<EdgeSpec>,
    /// False only in tests that prove no wake-up needs rescuing.
    pub safety_check: bool,
}

/// Counts of one edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeStats {
    /// Messages sent, the end frame included.
    pub sent: u64,
    /// Watermark of messages taken.
    pub taken: u64,
    /// Messages sent, the end frame not included.
    pub messages_sent: u64,
    /// Messages delivered, the end frame not included. Once an edge is over,
    /// all others of `messages_sent` are lost: dropped, or never taken.
    pub received: u64,
    /// Bytes that wait or that the receiver holds.
    pub bytes_in_flight: u64,
    /// Messages that gave way to newer ones, as far as the receiver has come.
    pub dropped: u64,
    /// From being sent to being taken, time in the queue included.
    pub latency: Latency,
}

/// What the ports of one domain share within this process.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) control: ControlFile,
    pub(crate) doorbell: Doorbell,
    pub(crate) inbox: u32,
    pub(crate) rescues: AtomicU64,
    pub(crate) last_check: Mutex<Vec<safety::Stuck>>,
    bells: Vec<Bell>,
}

impl Shared {
    pub(crate) fn ring(&self, inbox: u32) {
        if let Some(bell) = self.bells.get(inbox as usize) {
            bell.ring();
        }
    }
}

/// A session's domain, seen from one inbox.
#[derive(Debug)]
pub struct Domain {
    // The order of fields is the order of dropping: services before the node.
    services: Vec<[Arc<LaneService>; 2]>,
    node: Node<Service>,
    shared: Arc<Shared>,
    root: PathBuf,
    prefix: String,
    /// A child's marks on the instance and on its shared memory, which keep those
    /// away who would remove them.
    _joined: Option<(File, Option<File>)>,
}

impl Domain {
    /// Creates the domain in `root`, a directory that must not exist yet.
    pub(crate) fn create(
        root: &Path,
        prefix: &str,
        spec: &DomainSpec,
    ) -> Result<Self, ChannelError> {
        std::fs::create_dir(root).map_err(system(format_args!("create {}", root.display())))?;
        let created = Self::create_in(root, prefix, spec);
        if created.is_err() {
            remove(root, prefix);
        }
        created
    }

    fn create_in(root: &Path, prefix: &str, spec: &DomainSpec) -> Result<Self, ChannelError> {
        for edge in &spec.edges {
            let limits = &edge.limits;
            if edge.from >= spec.inboxes || edge.to >= spec.inboxes {
                return Err(ChannelError::internal("edge", "names no inbox"));
            }
            if limits.capacity == 0 || limits.max_bytes == 0 {
                return Err(ChannelError::internal("edge", "has no room"));
            }
        }
        let control = ControlFile::create(
            &root.join(CONTROL_FILE),
            spec.inboxes,
            &spec.edges,
            spec.safety_check,
        )?;
        let mut domain = Self::assemble(root, prefix, 0, control)?;
        domain.services = (0..spec.edges.len())
            .map(|edge| {
                Ok([
                    domain.create_lane(edge, Lane::Small)?,
                    domain.create_lane(edge, Lane::Large)?,
                ])
            })
            .collect::<Result<_, ChannelError>>()?;
        if !spec.edges.is_empty() && !commit::is_linked() {
            return Err(ChannelError::internal(
                "build",
                "this program lacks the linker flag of commit.rs",
            ));
        }
        Ok(domain)
    }

    /// Opens a domain that a service created, as the owner of `inbox`.
    pub fn open(root: &Path, prefix: &str, inbox: u32) -> Result<Self, ChannelError> {
        let joined = (instance::join(root)?, claim::join(prefix)?);
        let control = ControlFile::open(&root.join(CONTROL_FILE))?;
        let domain = Self::assemble(root, prefix, inbox, control)?;
        Ok(Self {
            _joined: Some(joined),
            ..domain
        })
    }

    fn assemble(
        root: &Path,
        prefix: &str,
        inbox: u32,
        control: ControlFile,
    ) -> Result<Self, ChannelError> {
        if inbox >= control.inboxes() {
            return Err(ChannelError::internal("inbox", "is not in the domain"));
        }
        let bells = (0..control.inboxes())
            .map(|index| Bell::new(bell_path(root, index)))
            .collect();
        let shared = Arc::new(Shared {
            doorbell: Doorbell::bind(&bell_path(root, inbox))?,
            last_check: Mutex::new(Vec::new()),
            control,
            inbox,
            rescues: AtomicU64::new(0),
            bells,
        });
        let config = iceoryx_config(root, prefix)?;
        let node = commit::creating("a session", || {
            NodeBuilder::new()
                .config(&config)
                .signal_handling_mode(SignalHandlingMode::Disabled)
                .create::<Service>()
                .map_err(|error| ChannelError::internal("create an iceoryx2 node", error))
        })?;
        if shared.control.safety_check() {
            safety::watch(&shared);
        }
        Ok(Self {
            services: Vec::new(),
            node,
            shared,
            root: root.to_path_buf(),
            prefix: prefix.to_owned(),
            _joined: None,
        })
    }

    /// Opens the sending end of an edge that starts in this inbox.
    pub fn open_sender(&self, edge: usize) -> Result<Sender, ChannelError> {
        let spec = self.shared.control.edge(edge)?;
        self.check_owner(edge, spec.from)?;
        let [small, large] = self.lanes(edge)?;
        Sender::open(Arc::clone(&self.shared), edge, spec, &small, large)
    }

    /// Opens the receiving end of an edge that ends in this inbox.
    pub fn open_receiver(&self, edge: usize) -> Result<Receiver, ChannelError> {
        let spec = self.shared.control.edge(edge)?;
        self.check_owner(edge, spec.to)?;
        let [small, large] = self.lanes(edge)?;
        Receiver::open(Arc::clone(&self.shared), edge, spec, &small, &large)
    }

    /// The descriptor that becomes readable when a port should be looked at.
    pub fn fd(&self) -> RawFd {
        self.shared.doorbell.fd()
    }

    /// The doorbell under a descriptor of its own, for an event loop that may
    /// let go of it later than the domain ends.
    pub fn doorbell(&self) -> Result<Doorbell, ChannelError> {
        self.shared.doorbell.try_clone()
    }

    /// Empties the doorbell. Look at every waiting port after this.
    pub fn drain(&self) {
        self.shared.doorbell.drain();
    }

    /// Wake-ups that the safety check had to make up for. Must stay 0.
    pub fn rescues(&self) -> u64 {
        self.shared.rescues.load(SeqCst)
    }

    /// The directory of this domain.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The prefix of this domain's shared-memory objects.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Counts of an edge, whoever its ends are.
    pub fn stats(&self, edge: usize) -> Result<EdgeStats, ChannelError> {
        self.shared.control.edge(edge)?;
        let block = self.shared.control.block(edge);
        let counts = block.counts();
        Ok(EdgeStats {
            sent: counts.sent,
            taken: counts.taken,
            messages_sent: counts.messages_sent,
            received: counts.received,
            bytes_in_flight: block.bytes_in_use(),
            dropped: counts.dropped,
            latency: self.shared.control.latency(edge).read(),
        })
    }

    /// Ends the domain and removes everything it left on the machine.
    ///
    /// Ports must be closed and child processes reaped before. Takes a few
    /// milliseconds, so it belongs on a thread of its own.
    pub fn remove(self) {
        let (root, prefix) = (self.root.clone(), self.prefix.clone());
        drop(self);
        remove(&root, &prefix);
    }

    fn check_owner(&self, edge: usize, owner: u32) -> Result<(), ChannelError> {
        if owner == self.shared.inbox {
            return Ok(());
        }
        Err(ChannelError::internal(
            "edge",
            format_args!(
                "{edge} has its end in inbox {owner}, this is {}",
                self.shared.inbox
            ),
        ))
    }

    fn lanes(&self, edge: usize) -> Result<[Arc<LaneService>; 2], ChannelError> {
        match self.services.get(edge) {
            Some(lanes) => Ok(lanes.clone()),
            None => Ok([
                self.open_lane(edge, Lane::Small)?,
                self.open_lane(edge, Lane::Large)?,
            ]),
        }
    }

    fn create_lane(&self, edge: usize, lane: Lane) -> Result<Arc<LaneService>, ChannelError> {
        let limits = self.shared.control.edge(edge)?.limits;
        let (queue, hold) = match lane {
            Lane::Small => (limits.capacity as usize, SMALL_HOLD),
            Lane::Large => (LARGE_QUEUE as usize, LARGE_HOLD),
        };
        let builder = self
            .node
            .service_builder(&lane_name(edge, lane)?)
            .publish_subscribe::<[Block]>()
            .user_header::<FrameHeader>()
            .max_publishers(1)
            .max_subscribers(1)
            .max_nodes(4)
            .history_size(0)
            .subscriber_max_buffer_size(queue)
            .subscriber_max_borrowed_samples(hold + PEEKED)
            .enable_safe_overflow(!limits.lossless);
        commit::creating("a connection", || {
            builder
                .create()
                .map(Arc::new)
                .map_err(|error| ChannelError::internal("create an iceoryx2 service", error))
        })
    }

    fn open_lane(&self, edge: usize, lane: Lane) -> Result<Arc<LaneService>, ChannelError> {
        let builder = self
            .node
            .service_builder(&lane_name(edge, lane)?)
            .publish_subscribe::<[Block]>()
            .user_header::<FrameHeader>();
        commit::creating("a connection", || {
            builder
                .open()
                .map(Arc::new)
                .map_err(|error| ChannelError::internal("open an iceoryx2 service", error))
        })
    }
}

fn lane_name(edge: usize, lane: Lane) -> Result<ServiceName, ChannelError> {
    let suffix = match lane {
        Lane::Small => "s",
        Lane::Large => "l",
    };
    ServiceName::new(&format!("{edge}{suffix}"))
        .map_err(|error| ChannelError::internal("name an iceoryx2 service", error))
}

fn bell_path(root: &Path, inbox: u32) -> PathBuf {
    root.join(format!("{inbox}.bell"))
}

/// A configuration that reads no file: a stray one would change behaviour.
fn iceoryx_config(root: &Path, prefix: &str) -> Result<Config, ChannelError> {
    let refused = |error| ChannelError::new(ErrorCode::Internal, format!("{error:?}"));
    let mut config = Config::default();
    config.global.prefix =
        FileName::new(prefix.as_bytes()).map_err(|error| refused(format!("{error:?}")))?;
    let root = IoxPath::new(root.as_os_str().as_encoded_bytes())
        .map_err(|error| refused(format!("{error:?}")))?;
    config.global.set_root_path(&root);
    config.global.service.cleanup_dead_nodes_on_open = false;
    config.global.node.cleanup_dead_nodes_on_creation = false;
    config.global.node.cleanup_dead_nodes_on_destruction = false;
    Ok(config)
}

/// Unlinks the shared memory of a prefix, then its root.
///
/// In this order: a root that is still there tells the next start what to look
/// for. What is gone already is what was wanted.
pub(crate) fn remove(root: &Path, prefix: &str) {
    unlink_shared_memory(prefix);
    let _ = std::fs::remove_dir_all(root);
}

/// Unlinks every shared-memory object whose name starts with `prefix`.
pub(crate) fn unlink_shared_memory(prefix: &str) {
    if prefix.is_empty() {
        return;
    }
    let Ok(entries) = std::fs::read_dir(SHARED_MEMORY_DIR) else {
        return;
    };
    for entry in entries.flatten() {
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(prefix.as_bytes())
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
