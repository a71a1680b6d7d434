//! A sorted list of keys and values: what a delta's bytes hold, held true by its type.

/// Keys and values in strictly ascending order of the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ascending<K, V>(Vec<(K, V)>);

impl<K, V> Default for Ascending<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Ascending<K, V> {
    /// Appends an entry, if its key is above all others. Returns whether it was.
    #[must_use = "an entry that is out of order is left out"]
    pub fn push(&mut self, key: K, value: V) -> bool {
        let above = self.0.last().is_none_or(|(last, _)| *last < key);
        if above {
            self.0.push((key, value));
        }
        above
    }

    /// The value under `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        let index = self.0.binary_search_by(|(other, _)| other.cmp(key)).ok()?;
        self.0.get(index).map(|(_, value)| value)
    }

    /// Both lists in one: `join` makes the value of each key, or leaves it out.
    pub(super) fn merge<U, W, E>(
        &self,
        other: &Ascending<K, U>,
        mut join: impl FnMut(&K, Option<&V>, Option<&U>) -> Result<Option<W>, E>,
    ) -> Result<Ascending<K, W>, E>
    where
        K: Clone,
    {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut merged = Vec::with_capacity(self.0.len().max(other.0.len()));
        loop {
            let key = match (left.peek(), right.peek()) {
                (Some((a, _)), Some((b, _))) => a.min(b),
                (Some((key, _)), None) | (None, Some((key, _))) => key,
                (None, None) => return Ok(Ascending(merged)),
            };
            let first = left.next_if(|(other, _)| other == key).map(|(_, value)| value);
            let second = right.next_if(|(other, _)| other == key).map(|(_, value)| value);
            if let Some(value) = join(key, first, second)? {
                merged.push((key.clone(), value));
            }
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Ascending<K, V> {
    /// Sorts the entries; the last of those with one key stays.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<(K, V)> = entries.into_iter().collect();
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            // The later of two equal keys comes to stand in the earlier's place.
            entries.dedup_by(|later, earlier| {
                let equal = later.0 == earlier.0;
                if equal {
                    std::mem::swap(later, earlier);
                }
                equal
            });
        }
        Self(entries)
    }
}

impl<K, V> std::ops::Deref for Ascending<K, V> {
    type Target = [(K, V)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K, V> IntoIterator for Ascending<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Ascending<K, V> {
    type Item = &'a (K, V);
    type IntoIter = std::slice::Iter<'a, (K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
