//! How long messages were on their way, counted where they arrive.
//!
//! The counts lie in the control file, so that the service sees those of a
//! connection between two other processes too, and after either has died.

use crate::sync::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Buckets per doubling of the time: a figure is right within an eighth.
const STEP_BITS: u32 = 3;
const STEPS: u64 = 1 << STEP_BITS;
/// Times are counted in units of 256 ns; the last bucket is above four minutes.
const UNIT_BITS: u32 = 8;
const BUCKETS: usize = 224;

/// Counts of one edge. Only its receiver writes.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct LatencyBlock {
    max_ns: AtomicU64,
    buckets: [AtomicU32; BUCKETS],
}

/// What was counted, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// Messages counted.
    pub count: u64,
    /// Half of the messages took at most this long.
    pub p50_ns: u64,
    /// 99 of 100 messages took at most this long.
    pub p99_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

impl Default for LatencyBlock {
    fn default() -> Self {
        Self {
            max_ns: AtomicU64::new(0),
            buckets: [const { AtomicU32::new(0) }; BUCKETS],
        }
    }
}

impl LatencyBlock {
    /// Counts one message.
    pub(crate) fn record(&self, ns: u64) {
        // One writer: a load and a store are enough.
        let bucket = &self.buckets[bucket_of(ns)];
        bucket.store(bucket.load(Relaxed).wrapping_add(1), Relaxed);
        if ns > self.max_ns.load(Relaxed) {
            self.max_ns.store(ns, Relaxed);
        }
    }

    /// What has been counted so far.
    pub(crate) fn read(&self) -> Latency {
        let counts: Vec<u64> = self
            .buckets
            .iter()
            .map(|bucket| u64::from(bucket.load(Relaxed)))
            .collect();
        let count: u64 = counts.iter().sum();
        let max_ns = self.max_ns.load(Relaxed);
        let quantile = |percent: u64| {
            let rank = (count * percent).div_ceil(100).max(1);
            let mut seen = 0;
            let found = counts.iter().position(|bucket| {
                seen += bucket;
                seen >= rank
            });
            found.map_or(0, |bucket| upper_ns(bucket).min(max_ns))
        };
        Latency {
            count,
            p50_ns: quantile(50),
            p99_ns: quantile(99),
            max_ns,
        }
    }
}

/// Below twice the steps a unit has a bucket of its own; above, the leading
/// bits choose it.
fn bucket_of(ns: u64) -> usize {
    let units = ns >> UNIT_BITS;
    if units < 2 * STEPS {
        return units as usize;
    }
    let shift = units.ilog2() - STEP_BITS;
    let bucket = u64::from(shift) * STEPS + (units >> shift);
    (bucket as usize).min(BUCKETS - 1)
}

/// The smallest time above the bucket.
fn upper_ns(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 2 * STEPS {
        return (bucket + 1) << UNIT_BITS;
    }
    let shift = bucket / STEPS - 1;
    (bucket - shift * STEPS + 1) << (shift + u64::from(UNIT_BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_lies_in_its_bucket_and_the_buckets_are_narrow() {
        for exponent in 0..37 {
            for part in 0..8 {
                let ns = (1_u64 << exponent) + part * (1 << exponent) / 8;
                let bucket = bucket_of(ns);
                assert!(ns < upper_ns(bucket), "{ns}");
                assert!(upper_ns(bucket) <= ns + ns / 4 + 512, "{ns}");
                assert!(bucket == 0 || ns >= upper_ns(bucket - 1), "{ns}");
            }
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_counted() {
        let block = LatencyBlock::default();
        assert_eq!(block.read(), Latency::default());
        for ns in 1..=1000 {
            block.record(ns * 1000);
        }
        let read = block.read();
        assert_eq!((read.count, read.max_ns), (1000, 1_000_000));
        assert!((500_000..570_000).contains(&read.p50_ns), "{read:?}");
        assert!((990_000..=1_000_000).contains(&read.p99_ns), "{read:?}");
    }
}
