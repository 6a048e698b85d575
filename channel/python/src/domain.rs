//! Domains for Python.

use crate::ports::{PyReceiver, PySender};
use crate::{closed, to_py};
use pyo3::prelude::*;
use remotemedia_channel::edge_block::Limits;
use remotemedia_channel::{Domain, DomainSpec, EdgeSpec, Instance, default_base_dir};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A domain, and the instance it belongs to when Python created it.
struct Open {
    domain: Domain,
    instance: Option<Instance>,
}

/// One session's shared memory, seen from one inbox.
#[pyclass(name = "Domain", module = "remotemedia._channel", frozen)]
pub(crate) struct PyDomain {
    open: Mutex<Option<Open>>,
    root: String,
    prefix: String,
    fd: i32,
}

impl PyDomain {
    fn new(domain: Domain, instance: Option<Instance>) -> Self {
        Self {
            root: domain.root().to_string_lossy().into_owned(),
            prefix: domain.prefix().to_owned(),
            fd: domain.fd(),
            open: Mutex::new(Some(Open { domain, instance })),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(
        &self,
        act: impl FnOnce(&Domain) -> Result<T, remotemedia_channel::ChannelError>,
    ) -> PyResult<T> {
        let open = self.lock();
        let open = open.as_ref().ok_or_else(|| closed("domain"))?;
        act(&open.domain).map_err(to_py)
    }
}

#[pymethods]
impl PyDomain {
    /// Opens a domain that a service created.
    #[staticmethod]
    #[pyo3(signature = (root, prefix, inbox, /))]
    fn open(py: Python<'_>, root: &str, prefix: &str, inbox: u32) -> PyResult<Self> {
        let domain = py
            .detach(|| Domain::open(Path::new(root), prefix, inbox))
            .map_err(to_py)?;
        Ok(Self::new(domain, None))
    }

    /// Makes a domain in an instance of its own and opens inbox 0 of it.
    #[staticmethod]
    #[pyo3(signature = (base_dir, inboxes, edges, /))]
    fn create(
        py: Python<'_>,
        base_dir: Option<&str>,
        inboxes: u32,
        edges: Vec<(u32, u32, u64, u64, bool)>,
    ) -> PyResult<Self> {
        let base = base_dir.map_or_else(default_base_dir, PathBuf::from);
        let spec = DomainSpec {
            inboxes,
            edges: edges
                .into_iter()
                .map(|(from, to, capacity, max_bytes, lossless)| EdgeSpec {
                    from,
                    to,
                    limits: Limits {
                        capacity,
                        max_bytes,
                        lossless,
                    },
                })
                .collect(),
            safety_check: true,
        };
        let (domain, instance) = py
            .detach(|| {
                let instance = Instance::open(&base)?;
                let domain = instance.create_domain(&spec)?;
                Ok((domain, instance))
            })
            .map_err(to_py)?;
        Ok(Self::new(domain, Some(instance)))
    }

    #[getter]
    fn root(&self) -> &str {
        &self.root
    }

    #[getter]
    fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The doorbell, readable when there is something to look at.
    fn fileno(&self) -> i32 {
        self.fd
    }

    /// Silences the doorbell. Look for work after this, not before.
    fn drain(&self) -> PyResult<()> {
        self.with(|domain| {
            domain.drain();
            Ok(())
        })
    }

    #[pyo3(signature = (edge, /))]
    fn open_sender(&self, edge: usize) -> PyResult<PySender> {
        self.with(|domain| domain.open_sender(edge))
            .map(PySender::new)
    }

    #[pyo3(signature = (edge, /))]
    fn open_receiver(&self, edge: usize) -> PyResult<PyReceiver> {
        self.with(|domain| domain.open_receiver(edge))
            .map(PyReceiver::new)
    }

    /// Wake-ups that the safety check had to make up for.
    fn rescues(&self) -> PyResult<u64> {
        self.with(|domain| Ok(domain.rescues()))
    }

    /// Ends this end of the domain; whoever created it removes it. Close the
    /// ports first.
    fn close(&self, py: Python<'_>) {
        let Some(open) = self.lock().take() else {
            return;
        };
        py.detach(|| match open.instance {
            Some(instance) => {
                open.domain.remove();
                drop(instance);
            }
            None => drop(open.domain),
        });
    }
}
