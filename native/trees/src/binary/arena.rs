//! Nodes of one kind in one allocation; places of removed ones are used again.

/// Nodes by index.
#[derive(Clone, Debug)]
pub(super) struct Arena<T> {
    items: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { items: Vec::new(), free: Vec::new() }
    }
}

impl<T> Arena<T> {
    pub(super) fn reserve(&mut self, count: usize) {
        self.items.reserve(count);
    }

    pub(super) fn add(&mut self, item: T) -> u32 {
        if let Some(index) = self.free.pop() {
            *self.get_mut(index) = item;
            return index;
        }
        self.items.push(item);
        self.items.len() as u32 - 1
    }

    /// Gives the place free. Nothing must refer to it any more.
    pub(super) fn remove(&mut self, index: u32) {
        self.free.push(index);
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "indices come from `add` of this very arena")]
    pub(super) fn get(&self, index: u32) -> &T {
        &self.items[index as usize]
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "indices come from `add` of this very arena")]
    pub(super) fn get_mut(&mut self, index: u32) -> &mut T {
        &mut self.items[index as usize]
    }
}
