//! Instances and domains. What touches the file system runs off the main thread.

use crate::ends::Ends;
use crate::poll::Poll;
use crate::ports::{ClosedPort, NativeReceiver, NativeSender, PortSlot};
use crate::{closed, to_js};
use napi::bindgen_prelude::*;
use napi::{Env, Task};
use napi_derive::napi;
use remotemedia_channel::edge_block::Limits;
use remotemedia_channel::{
    Domain, DomainSpec, EdgeSpec, Instance, Marked, default_base_dir, find_ownerless, kill_marked,
    mark_of, remove_ownerless,
};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// One edge of a domain, as JavaScript describes it.
#[napi(object)]
pub struct NativeEdge {
    pub from: u32,
    pub to: u32,
    pub capacity: u32,
    pub max_bytes: i64,
    pub lossless: bool,
}

/// Opens an instance off the main thread.
pub struct OpenInstance(PathBuf);

#[napi]
impl Task for OpenInstance {
    type Output = Instance;
    type JsValue = NativeInstance;

    fn compute(&mut self) -> Result<Instance> {
        Instance::open(&self.0).map_err(to_js)
    }

    fn resolve(&mut self, _env: Env, instance: Instance) -> Result<NativeInstance> {
        Ok(NativeInstance {
            id: instance.id().to_owned(),
            dir: instance.dir().to_string_lossy().into_owned(),
            swept: instance.swept() as u32,
            inner: Some(Arc::new(instance)),
        })
    }
}

/// Looks for ownerless shared memory off the main thread, or removes it.
pub struct Ownerless(PathBuf, fn(&Path) -> Vec<String>);

#[napi]
impl Task for Ownerless {
    type Output = Vec<String>;
    type JsValue = Vec<String>;

    fn compute(&mut self) -> Result<Vec<String>> {
        Ok((self.1)(&self.0))
    }

    fn resolve(&mut self, _env: Env, ids: Vec<String>) -> Result<Vec<String>> {
        Ok(ids)
    }
}

fn base_of(base_dir: Option<String>) -> PathBuf {
    base_dir.map_or_else(default_base_dir, PathBuf::from)
}

/// Drops something whose end takes time off the main thread.
pub struct Discard<T: Send + 'static>(Option<T>, fn(T));

impl<T: Send + 'static> Task for Discard<T> {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        if let Some(value) = self.0.take() {
            (self.1)(value);
        }
        Ok(())
    }

    fn resolve(&mut self, _env: Env, _output: ()) -> Result<()> {
        Ok(())
    }
}

/// A running service's claim on the machine.
#[napi]
pub struct NativeInstance {
    inner: Option<Arc<Instance>>,
    id: String,
    dir: String,
    swept: u32,
}

#[napi]
impl NativeInstance {
    #[napi]
    pub fn open(base_dir: Option<String>) -> AsyncTask<OpenInstance> {
        AsyncTask::new(OpenInstance(base_of(base_dir)))
    }

    #[napi]
    pub fn find_ownerless(base_dir: Option<String>) -> AsyncTask<Ownerless> {
        AsyncTask::new(Ownerless(base_of(base_dir), find_ownerless))
    }

    #[napi]
    pub fn remove_ownerless(base_dir: Option<String>) -> AsyncTask<Ownerless> {
        AsyncTask::new(Ownerless(base_of(base_dir), remove_ownerless))
    }

    #[napi(getter)]
    pub fn id(&self) -> String {
        self.id.clone()
    }

    #[napi(getter)]
    pub fn dir(&self) -> String {
        self.dir.clone()
    }

    #[napi(getter)]
    pub fn swept(&self) -> u32 {
        self.swept
    }

    #[napi]
    pub fn create_domain(
        &self,
        inboxes: u32,
        edges: Vec<NativeEdge>,
        safety_check: bool,
    ) -> Result<AsyncTask<CreateDomain>> {
        let instance = self.inner.clone().ok_or_else(|| closed("instance"))?;
        let spec = DomainSpec {
            inboxes,
            edges: edges
                .into_iter()
                .map(|edge| EdgeSpec {
                    from: edge.from,
                    to: edge.to,
                    limits: Limits {
                        capacity: edge.capacity.into(),
                        max_bytes: edge.max_bytes.max(0) as u64,
                        lossless: edge.lossless,
                    },
                })
                .collect(),
            safety_check,
        };
        Ok(AsyncTask::new(CreateDomain { instance, spec }))
    }

    #[napi]
    pub fn close(&mut self) -> AsyncTask<Discard<Arc<Instance>>> {
        AsyncTask::new(Discard(self.inner.take(), drop))
    }
}

/// Creates a session's domain and opens this service's ports of it, off the
/// main thread.
pub struct CreateDomain {
    instance: Arc<Instance>,
    spec: DomainSpec,
}

#[napi]
impl Task for CreateDomain {
    type Output = (Ends, Domain);
    type JsValue = NativeDomain;

    fn compute(&mut self) -> Result<(Ends, Domain)> {
        let domain = self.instance.create_domain(&self.spec).map_err(to_js)?;
        match Ends::open(&domain, &self.spec.edges) {
            Ok(ends) => Ok((ends, domain)),
            Err(error) => {
                domain.remove();
                Err(to_js(error))
            }
        }
    }

    fn resolve(&mut self, _env: Env, (ends, domain): (Ends, Domain)) -> Result<NativeDomain> {
        Ok(NativeDomain {
            root: domain.root().to_string_lossy().into_owned(),
            prefix: domain.prefix().to_owned(),
            ends,
            inner: Some(domain),
            poll: None,
            ports: Mutex::default(),
        })
    }
}

fn no_end(which: &str, edge: u32) -> Error {
    Error::from_reason(format!(
        "internal\u{0}edge {edge} does not {which} in inbox 0, or was opened before"
    ))
}

/// A session's domain, seen from the service.
#[napi]
pub struct NativeDomain {
    // Before the domain: ports must not outlive it when JavaScript drops this
    // without closing it.
    ends: Ends,
    inner: Option<Domain>,
    poll: Option<Poll>,
    ports: Mutex<Vec<PortSlot>>,
    root: String,
    prefix: String,
}

/// Ports and domain on their way out, in the order they must go.
struct ClosingDomain {
    ends: Ends,
    ports: Vec<ClosedPort>,
    domain: Domain,
}

/// Ends a session's domain off the main thread: who still runs with its mark,
/// its ports, its files. None when it was closed before.
pub struct CloseDomain(Option<ClosingDomain>);

#[napi]
impl Task for CloseDomain {
    type Output = u32;
    type JsValue = u32;

    fn compute(&mut self) -> Result<u32> {
        let Some(ClosingDomain {
            ends,
            ports,
            domain,
        }) = self.0.take()
        else {
            return Ok(0);
        };
        let killed = kill_marked(Marked::Session(mark_of(domain.prefix())));
        drop((ends, ports));
        domain.remove();
        Ok(killed as u32)
    }

    fn resolve(&mut self, _env: Env, killed: u32) -> Result<u32> {
        Ok(killed)
    }
}

/// Counts of one edge.
#[napi(object)]
pub struct NativeStats {
    pub sent: f64,
    pub taken: f64,
    pub messages_sent: f64,
    pub received: f64,
    pub bytes_in_flight: f64,
    pub dropped: f64,
    pub latency_count: f64,
    pub latency_p50_ms: f64,
    pub latency_p99_ms: f64,
    pub latency_max_ms: f64,
}

#[napi]
impl NativeDomain {
    #[napi(getter)]
    pub fn root(&self) -> String {
        self.root.clone()
    }

    #[napi(getter)]
    pub fn prefix(&self) -> String {
        self.prefix.clone()
    }

    /// Hands out the port that was opened with the domain, once.
    #[napi]
    pub fn open_sender(&mut self, edge: u32) -> Result<NativeSender> {
        self.domain()?;
        let sender = self
            .ends
            .sender(edge)
            .ok_or_else(|| no_end("start", edge))?;
        let (port, slot) = NativeSender::new(sender);
        self.keep(slot);
        Ok(port)
    }

    /// Hands out the port that was opened with the domain, once.
    #[napi]
    pub fn open_receiver(&mut self, edge: u32) -> Result<NativeReceiver> {
        self.domain()?;
        let receiver = self
            .ends
            .receiver(edge)
            .ok_or_else(|| no_end("end", edge))?;
        let (port, slot) = NativeReceiver::new(receiver);
        self.keep(slot);
        Ok(port)
    }

    /// Calls back on the main thread after the doorbell was rung and drained.
    #[napi]
    pub fn listen(&mut self, env: &Env, on_wake: Function<'_, (), ()>) -> Result<()> {
        let doorbell = self.domain()?.doorbell().map_err(to_js)?;
        self.poll = Some(Poll::start(env, doorbell, &on_wake)?);
        Ok(())
    }

    #[napi]
    pub fn stats(&self, edge: u32) -> Result<NativeStats> {
        let stats = self.domain()?.stats(edge as usize).map_err(to_js)?;
        Ok(NativeStats {
            sent: stats.sent as f64,
            taken: stats.taken as f64,
            messages_sent: stats.messages_sent as f64,
            received: stats.received as f64,
            bytes_in_flight: stats.bytes_in_flight as f64,
            dropped: stats.dropped as f64,
            latency_count: stats.latency.count as f64,
            latency_p50_ms: stats.latency.p50_ns as f64 / 1e6,
            latency_p99_ms: stats.latency.p99_ns as f64 / 1e6,
            latency_max_ms: stats.latency.max_ns as f64 / 1e6,
        })
    }

    #[napi]
    pub fn rescues(&self) -> Result<f64> {
        Ok(self.domain()?.rescues() as f64)
    }

    /// Stops the watch and closes the ports now; kills who was left behind and
    /// removes the rest off the main thread.
    #[napi]
    pub fn close(&mut self) -> AsyncTask<CloseDomain> {
        self.poll = None;
        let ports = std::mem::take(&mut *self.ports.lock().unwrap_or_else(PoisonError::into_inner));
        let ends = std::mem::take(&mut self.ends);
        let closing = self.inner.take().map(|domain| ClosingDomain {
            ends,
            ports: ports.into_iter().filter_map(PortSlot::take).collect(),
            domain,
        });
        AsyncTask::new(CloseDomain(closing))
    }

    fn domain(&self) -> Result<&Domain> {
        self.inner.as_ref().ok_or_else(|| closed("domain"))
    }

    fn keep(&self, slot: PortSlot) {
        self.ports
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(slot);
    }
}
