//! Many byte strings in one buffer.

use std::sync::Arc;

/// Zero bytes kept after each string, so that code can be executed in place: the longest
/// push reads 32 bytes past the end, and the next instruction is then `STOP`.
pub const PADDING: usize = 33;

/// An immutable list of byte strings that lie in one shared buffer, each followed by
/// [`PADDING`] zero bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blobs {
    buffer: Arc<Vec<u8>>,
    spans: Arc<Vec<(u32, u32)>>,
}

impl Blobs {
    /// Number of strings.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The string at `index`.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let (start, len) = self.span(index)?;
        self.buffer.get(start..start + len)
    }

    /// Offset and length of the string at `index` in [`Self::buffer`].
    pub fn span(&self, index: usize) -> Option<(usize, usize)> {
        self.spans.get(index).map(|&(start, len)| (start as usize, len as usize))
    }

    /// All strings in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
        self.spans.iter().map(|&(start, len)| {
            self.buffer.get(start as usize..(start + len) as usize).unwrap_or_default()
        })
    }

    /// The strings in ascending order, each once.
    pub fn sorted(&self) -> Vec<&[u8]> {
        let mut strings: Vec<&[u8]> = self.iter().collect();
        sort_unique(&mut strings);
        strings
    }

    /// The buffer that all strings share.
    pub fn buffer(&self) -> &Arc<Vec<u8>> {
        &self.buffer
    }

    /// Bytes of all strings together, padding left out.
    pub fn bytes(&self) -> usize {
        self.spans.iter().map(|&(_, len)| len as usize).sum()
    }
}

/// Puts strings in ascending order and removes what is there twice.
pub fn sort_unique(strings: &mut Vec<&[u8]>) {
    if !strings.is_sorted() {
        // Their first bytes beside them, most comparisons need not go where a string lies.
        let mut keyed: Vec<(u128, &[u8])> =
            strings.iter().map(|string| (first_bytes(string), *string)).collect();
        keyed.sort_unstable();
        strings.clear();
        strings.extend(keyed.into_iter().map(|(_, string)| string));
    }
    strings.dedup();
}

/// The first 16 bytes as a number, which is in the order of the strings; a shorter one ends in
/// zeros.
fn first_bytes(string: &[u8]) -> u128 {
    let mut first = [0; 16];
    for (to, from) in first.iter_mut().zip(string) {
        *to = *from;
    }
    u128::from_be_bytes(first)
}

/// Collects byte strings into [`Blobs`].
#[derive(Debug, Default)]
pub struct BlobsBuilder {
    buffer: Vec<u8>,
    spans: Vec<(u32, u32)>,
}

impl BlobsBuilder {
    /// An empty list.
    pub const fn new() -> Self {
        Self { buffer: Vec::new(), spans: Vec::new() }
    }

    /// An empty list with room for `bytes`.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { buffer: Vec::with_capacity(bytes), spans: Vec::new() }
    }

    /// Number of strings so far.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none so far.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Appends a copy of `bytes`. Returns `false`, and appends nothing, past 4 GiB in all.
    #[must_use]
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        let appended: Result<(), ()> = self.push_with(bytes.len(), |room| {
            room.copy_from_slice(bytes);
            Ok(())
        });
        appended.is_ok()
    }

    /// Appends a string of `len` bytes that `fill` writes in place. An error of `fill`, or
    /// more than 4 GiB in all (as `E::default()`), leaves the list as it was.
    pub fn push_with<E: Default>(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.buffer.len();
        let end = start.checked_add(len).and_then(|end| end.checked_add(PADDING));
        let Some(end) = end.filter(|&end| u32::try_from(end).is_ok()) else {
            return Err(E::default());
        };
        self.buffer.resize(end, 0);
        let filled = self.buffer.get_mut(start..start + len).map_or(Ok(()), fill);
        match filled {
            Ok(()) => self.spans.push((start as u32, len as u32)),
            Err(_) => self.buffer.truncate(start),
        }
        filled
    }

    /// The finished list.
    pub fn build(self) -> Blobs {
        Blobs { buffer: Arc::new(self.buffer), spans: Arc::new(self.spans) }
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for Blobs {
    /// Collects strings; those past 4 GiB in all are left out, so bound the input first.
    fn from_iter<I: IntoIterator<Item = T>>(strings: I) -> Self {
        let strings: Vec<T> = strings.into_iter().collect();
        let bytes = strings.iter().map(|string| string.as_ref().len() + PADDING).sum();
        let mut builder = BlobsBuilder::with_capacity(bytes);
        let _ = strings.iter().all(|string| builder.push(string.as_ref()));
        builder.build()
    }
}
