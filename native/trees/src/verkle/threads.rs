//! Work split over threads.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::thread;

/// How many threads an operation may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(NonZeroUsize);

impl Threads {
    /// The caller's own thread only.
    pub const ONE: Self = Self(NonZeroUsize::MIN);

    /// This many threads; zero counts as one.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        NonZeroUsize::new(threads).map_or(Self::ONE, Self)
    }

    /// As many threads as the machine runs at once.
    #[must_use]
    pub fn available() -> Self {
        thread::available_parallelism().map_or(Self::ONE, Self)
    }

    /// No more threads than so much work keeps busy, at `least` for each.
    #[must_use]
    pub(crate) fn for_work(self, work: usize, least: usize) -> Self {
        Self::new(self.0.get().min(work / least.max(1)))
    }

    /// The results of `map` on ranges that cover `0..count`, joined in order.
    ///
    /// A panic of `map` goes on in the caller.
    pub(crate) fn map_ranges<T: Send>(
        self,
        count: usize,
        map: impl Fn(Range<usize>) -> Vec<T> + Sync,
    ) -> Vec<T> {
        let mut ranges = self.ranges(count);
        let Some(first) = ranges.next() else { return map(0..count) };
        if self == Self::ONE {
            return map(0..count);
        }
        thread::scope(|scope| {
            let map = &map;
            let others: Vec<_> = ranges.map(|range| scope.spawn(move || map(range))).collect();
            let mut results = map(first);
            for other in others {
                match other.join() {
                    Ok(more) => results.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            results
        })
    }

    fn ranges(self, count: usize) -> impl Iterator<Item = Range<usize>> {
        let threads = self.0.get();
        (0..threads).map(move |index| index * count / threads..(index + 1) * count / threads)
    }
}
