//! The service's own ends of a new domain's edges.
//!
//! Opening a port makes files and maps memory, so all of inbox 0 are opened
//! where the domain is created, off the main thread, and handed out later.

use remotemedia_channel::{ChannelError, Domain, EdgeSpec, Receiver, Sender};
use std::collections::HashMap;

/// Ports that are open and that JavaScript has not asked for yet.
#[derive(Default)]
pub struct Ends {
    senders: HashMap<u32, Sender>,
    receivers: HashMap<u32, Receiver>,
}

impl Ends {
    /// Opens the ends that lie in inbox 0, which is the creator's.
    pub(crate) fn open(domain: &Domain, edges: &[EdgeSpec]) -> Result<Self, ChannelError> {
        let mut ends = Self::default();
        for (edge, spec) in (0..).zip(edges) {
            if spec.from == 0 {
                ends.senders
                    .insert(edge, domain.open_sender(edge as usize)?);
            }
            if spec.to == 0 {
                ends.receivers
                    .insert(edge, domain.open_receiver(edge as usize)?);
            }
        }
        Ok(ends)
    }

    /// `None`: it was handed out before, or is not in inbox 0.
    pub(crate) fn sender(&mut self, edge: u32) -> Option<Sender> {
        self.senders.remove(&edge)
    }

    /// `None`: it was handed out before, or is not in inbox 0.
    pub(crate) fn receiver(&mut self, edge: u32) -> Option<Receiver> {
        self.receivers.remove(&edge)
    }
}
