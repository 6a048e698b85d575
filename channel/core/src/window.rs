//! What may still wait on a lossy edge, seen from its sender.
//!
//! The queue of a lane drops its oldest message when a new one comes and it is
//! full, without saying so. So the sender keeps the sizes of what can be in the
//! queue: the last messages that fit into it and were not taken.

use std::collections::VecDeque;

/// The queue of one lane.
#[derive(Debug)]
pub(crate) struct Window {
    /// Edge sequence and bytes of what is in the queue, the oldest first.
    frames: VecDeque<(u64, u64)>,
    capacity: usize,
    bytes: u64,
}

impl Window {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            frames: VecDeque::new(),
            capacity,
            bytes: 0,
        }
    }

    /// Forgets what was taken: everything below the watermark.
    pub(crate) fn settle(&mut self, taken: u64) {
        while let Some(&(edge_seq, bytes)) = self.frames.front()
            && edge_seq < taken
        {
            self.frames.pop_front();
            self.bytes -= bytes;
        }
    }

    /// Notes a frame that was put into the queue. One without bytes of its own
    /// counts as part of the message before it.
    pub(crate) fn push(&mut self, edge_seq: u64, bytes: u64) {
        if self.frames.len() == self.capacity
            && let Some((_, evicted)) = self.frames.pop_front()
        {
            self.bytes -= evicted;
        }
        self.frames.push_back((edge_seq, bytes));
        self.bytes += bytes;
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The oldest message that has bytes to give back.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.frames
            .iter()
            .find(|(_, bytes)| *bytes > 0)
            .map(|(edge_seq, _)| *edge_seq)
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn it_keeps_what_fits_and_was_not_taken() {
        let mut window = Window::new(3);
        for edge_seq in 0..5 {
            window.push(edge_seq, 10 + edge_seq);
        }
        assert_eq!(window.bytes(), 12 + 13 + 14);
        assert_eq!(window.oldest(), Some(2));
        window.settle(3);
        assert_eq!(window.bytes(), 13 + 14);
        window.push(4, 0);
        window.push(4, 0);
        assert_eq!((window.bytes(), window.oldest()), (14, Some(4)));
        window.settle(5);
        assert_eq!((window.bytes(), window.oldest()), (0, None));
    }
}
