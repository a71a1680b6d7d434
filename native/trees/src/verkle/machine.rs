//! What an operation may use of the machine: threads, and instructions.
//!
//! Results are the same whatever is used; only the time differs.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How the arithmetic of many points is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Method {
    /// Eight points at once.
    #[cfg(target_arch = "x86_64")]
    Eight(super::lanes::Ifma),
    /// One point after the other, on every machine.
    One,
}

impl Method {
    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(instructions) = super::lanes::Ifma::detect() {
            return Self::Eight(instructions);
        }
        Self::One
    }
}

/// How many threads an operation may use, and which instructions.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    threads: NonZeroUsize,
    method: Method,
}

impl Machine {
    /// This many threads, the caller's own among them, and the fastest instructions there are.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
        Self { threads, method: Method::best() }
    }

    /// As many threads as the machine runs at once.
    #[must_use]
    pub fn available() -> Self {
        Self::new(thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }

    /// The same with nothing but instructions that every machine has. For tests and measurements.
    #[must_use]
    pub fn portable(self) -> Self {
        Self { method: Method::One, ..self }
    }

    /// The same with these instructions.
    #[must_use]
    pub(crate) fn with_method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn method(self) -> Method {
        self.method
    }

    /// How many sums of points are worked on at the same time.
    pub(crate) fn at_once(self) -> usize {
        match self.method {
            #[cfg(target_arch = "x86_64")]
            Method::Eight(_) => 8 * self.threads.get(),
            Method::One => self.threads.get(),
        }
    }

    /// No more threads than so much work keeps busy, at `least` for each.
    #[must_use]
    pub(crate) fn for_work(self, work: usize, least: usize) -> Self {
        let threads = NonZeroUsize::new(work / least.max(1)).unwrap_or(NonZeroUsize::MIN);
        Self { threads: self.threads.min(threads), ..self }
    }

    /// The results of `map` on ranges that cover `0..count`, joined in order.
    ///
    /// A panic of `map` goes on in the caller.
    pub(crate) fn map_ranges<T: Send>(
        self,
        count: usize,
        map: impl Fn(Range<usize>) -> Vec<T> + Sync,
    ) -> Vec<T> {
        let threads = self.threads.get();
        if threads == 1 {
            return map(0..count);
        }
        let range = |index: usize| index * count / threads..(index + 1) * count / threads;
        thread::scope(|scope| {
            let map = &map;
            let others: Vec<_> =
                (1..threads).map(|index| scope.spawn(move || map(range(index)))).collect();
            let mut results = map(range(0));
            for other in others {
                match other.join() {
                    Ok(more) => results.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            results
        })
    }

    /// What `beside` gives, and the results of `map` on ranges of `each` that cover `0..count`, in
    /// order. The caller does `beside` first, while others begin with the ranges; if it fails, they
    /// leave the rest.
    ///
    /// # Errors
    /// Of `beside`, or of the first range of which `map` fails.
    ///
    /// A panic of `map` goes on in the caller.
    pub(crate) fn map_beside<B, T: Send, E: Send>(
        self,
        count: usize,
        each: usize,
        beside: impl FnOnce() -> Result<B, E>,
        map: impl Fn(Range<usize>) -> Result<T, E> + Sync,
    ) -> Result<(B, Vec<T>), E> {
        let each = if self.threads == NonZeroUsize::MIN { count } else { each }.max(1);
        let next = AtomicUsize::new(0);
        let take_ranges = || {
            let mut results = Vec::new();
            loop {
                let start = next.fetch_add(each, Ordering::Relaxed);
                if start >= count {
                    return results;
                }
                let result = map(start..count.min(start + each));
                if result.is_err() {
                    next.store(count, Ordering::Relaxed);
                }
                results.push((start, result));
            }
        };
        thread::scope(|scope| {
            let threads = self.threads.get().min(count.div_ceil(each));
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(take_ranges)).collect();
            let made = beside();
            if made.is_err() {
                next.store(count, Ordering::Relaxed);
            }
            let mut results = take_ranges();
            for other in others {
                match other.join() {
                    Ok(more) => results.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            let made = made?;
            results.sort_unstable_by_key(|(start, _)| *start);
            let results: Result<Vec<T>, E> =
                results.into_iter().map(|(_, result)| result).collect();
            Ok((made, results?))
        })
    }
}
