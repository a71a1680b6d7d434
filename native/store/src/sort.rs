//! Sorts more entries than fit in memory: in runs, which go to a file and are merged.
//!
//! The runs are as long as the memory that they may take, so that it does not matter how the keys
//! are spread. Entries that fit in it never reach a file.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::vec::IntoIter;

use crate::Result;
use crate::disk::of_io;
use crate::kv::{Entry, MAX_KEY, Store};

/// Bytes of each buffer between memory and file, at most.
const BUFFER: usize = 1 << 20;

/// Bytes before an entry: length of key and value.
const HEAD: usize = 2 + 4;

/// First bytes of a key, which mostly decide, and where its entry starts.
type Place = (u64, usize);

/// Takes entries in any order.
pub struct Sorter<'s> {
    store: &'s dyn Store,
    room: usize,
    /// The entries of the run that is gathered, one after the other.
    bytes: Vec<u8>,
    places: Vec<Place>,
    file: Option<File>,
    runs: Vec<Range<u64>>,
}

impl std::fmt::Debug for Sorter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sorter").field("runs", &self.runs.len()).finish_non_exhaustive()
    }
}

impl<'s> Sorter<'s> {
    /// Takes about `room` bytes of memory and, where they do not do, a file beside the store;
    /// beside a store in memory, as much memory as needed.
    pub fn new(store: &'s dyn Store, room: usize) -> Self {
        Self { store, room, bytes: vec![], places: vec![], file: None, runs: vec![] }
    }

    /// Whether there is no entry yet.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.runs.is_empty()
    }

    /// Adds an entry. The key has at most [`MAX_KEY`] bytes, the value less than 4 GiB.
    ///
    /// # Errors
    /// `store_full` and what else a file may say.
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        debug_assert!(key.len() <= MAX_KEY && u32::try_from(value.len()).is_ok());
        self.places.push((prefix(key), self.bytes.len()));
        self.bytes.extend_from_slice(&(key.len() as u16).to_le_bytes());
        self.bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        if self.bytes.len() + self.places.len() * size_of::<Place>() >= self.room {
            self.spill()?;
        }
        Ok(())
    }

    /// All entries in ascending order of key; of equal keys the one that was added first, first.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn sorted(mut self) -> Result<Sorted> {
        let mut runs = BinaryHeap::new();
        if !self.runs.is_empty() {
            self.spill()?;
            self.bytes = Vec::new();
        }
        let file = self.file.map(Arc::new);
        let buffer = (self.room / self.runs.len().max(1)).clamp(HEAD + MAX_KEY, BUFFER);
        for (number, range) in self.runs.into_iter().enumerate() {
            let Some(file) = file.clone() else { break };
            let part = BufReader::with_capacity(buffer, Part { file, range });
            let mut run = Run { number, part, key: vec![], value: vec![] };
            if run.advance()? {
                runs.push(run);
            }
        }
        sort(&mut self.places, &self.bytes);
        Ok(Sorted { bytes: self.bytes, places: self.places.into_iter(), runs, given: false })
    }

    /// Writes what was gathered behind the other runs.
    fn spill(&mut self) -> Result<()> {
        if self.file.is_none() {
            self.file = self.store.scratch()?;
        }
        let Some(file) = &self.file else { return Ok(()) };
        sort(&mut self.places, &self.bytes);
        let start = self.runs.last().map_or(0, |run| run.end);
        let mut out = BufWriter::with_capacity(BUFFER, file);
        for &(_, place) in &self.places {
            out.write_all(raw_at(&self.bytes, place)).map_err(|error| failed(&error))?;
        }
        out.flush().map_err(|error| failed(&error))?;
        drop(out);
        self.runs.push(start..start + self.bytes.len() as u64);
        self.bytes.clear();
        self.places.clear();
        Ok(())
    }
}

/// Entries in ascending order of key.
pub struct Sorted {
    bytes: Vec<u8>,
    places: IntoIter<Place>,
    /// The run whose next entry comes first is on top.
    runs: BinaryHeap<Run>,
    /// Whether the entry on top was given.
    given: bool,
}

impl std::fmt::Debug for Sorted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sorted").field("runs", &self.runs.len()).finish_non_exhaustive()
    }
}

impl Sorted {
    /// The next entry.
    ///
    /// # Errors
    /// What a file may say.
    #[expect(clippy::should_implement_trait, reason = "what it gives lasts until the next call")]
    pub fn next(&mut self) -> Result<Option<Entry<'_>>> {
        if self.runs.is_empty() {
            return Ok(self.places.next().map(|(_, place)| entry_at(&self.bytes, place)));
        }
        if self.given
            && let Some(mut top) = self.runs.peek_mut()
            && !top.advance()?
        {
            PeekMut::pop(top);
        }
        self.given = true;
        Ok(self.runs.peek().map(|run| (run.key.as_slice(), run.value.as_slice())))
    }
}

/// A run that is read, at one of its entries.
struct Run {
    number: usize,
    part: BufReader<Part>,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Run {
    /// Goes to the next entry; whether there is one.
    fn advance(&mut self) -> Result<bool> {
        let mut read = || {
            if self.part.buffer().is_empty() && self.part.get_ref().range.is_empty() {
                return Ok(false);
            }
            let (mut key, mut value) = ([0; 2], [0; 4]);
            self.part.read_exact(&mut key)?;
            self.part.read_exact(&mut value)?;
            self.key.resize(usize::from(u16::from_le_bytes(key)), 0);
            self.value.resize(u32::from_le_bytes(value) as usize, 0);
            self.part.read_exact(&mut self.key)?;
            self.part.read_exact(&mut self.value)?;
            Ok(true)
        };
        read().map_err(|error| failed(&error))
    }
}

impl Ord for Run {
    /// The greatest comes first, so the least key and then the first run are the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Run {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Run {}

/// A part of a file that others read as well.
struct Part {
    file: Arc<File>,
    range: Range<u64>,
}

impl Read for Part {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX);
        let len = room.len().min(left);
        self.file.seek(SeekFrom::Start(self.range.start))?;
        let read = self.file.read(room.get_mut(..len).unwrap_or_default())?;
        self.range.start += read as u64;
        Ok(read)
    }
}

fn sort(places: &mut [Place], bytes: &[u8]) {
    places.sort_unstable_by(|a, b| {
        let keys = || entry_at(bytes, a.1).0.cmp(entry_at(bytes, b.1).0);
        a.0.cmp(&b.0).then_with(keys).then(a.1.cmp(&b.1))
    });
}

fn prefix(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.iter_mut().zip(key).for_each(|(byte, part)| *byte = *part);
    u64::from_be_bytes(first)
}

/// The entry that starts at `place`, as it stands there.
fn raw_at(bytes: &[u8], place: usize) -> &[u8] {
    let (key, value) = entry_at(bytes, place);
    bytes.get(place..place + HEAD + key.len() + value.len()).unwrap_or_default()
}

fn entry_at(bytes: &[u8], place: usize) -> Entry<'_> {
    let read = || {
        let (key, rest) = bytes.get(place..)?.split_first_chunk()?;
        let (value, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*key)))?;
        Some((key, rest.get(..u32::from_le_bytes(*value) as usize)?))
    };
    read().unwrap_or_default()
}

fn failed(error: &io::Error) -> Box<weakstate_codec::Error> {
    of_io(error, Path::new("scratch"))
}
