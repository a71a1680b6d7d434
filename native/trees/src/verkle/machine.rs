//! What an operation may use of the machine: threads, and instructions.
//!
//! Results are the same whatever is used; only the time differs.

use std::num::NonZeroUsize;
use std::ops::Range;
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
}
