//! The tables of a store.

/// A table: byte strings under byte strings, in ascending order of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Address → account.
    Accounts,
    /// Address ‖ slot → value.
    Slots,
    /// Hash → code.
    Codes,
    /// Place in a tree → node.
    Nodes,
    /// Block number ‖ index → what to put back.
    Undo,
    /// Block number → header.
    Headers,
    /// What the store is: format, scheme, chain, head.
    Meta,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 7] = [
        Self::Accounts,
        Self::Slots,
        Self::Codes,
        Self::Nodes,
        Self::Undo,
        Self::Headers,
        Self::Meta,
    ];

    /// Its name, on disk too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Slots => "slots",
            Self::Codes => "codes",
            Self::Nodes => "nodes",
            Self::Undo => "undo",
            Self::Headers => "headers",
            Self::Meta => "meta",
        }
    }
}

/// One thing for each table.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PerTable<T> {
    accounts: T,
    slots: T,
    codes: T,
    nodes: T,
    undo: T,
    headers: T,
    meta: T,
}

impl<T> PerTable<T> {
    /// Makes the thing for each table, in the order of [`Table::ALL`].
    pub(crate) fn try_new<E>(mut make: impl FnMut(Table) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self {
            accounts: make(Table::Accounts)?,
            slots: make(Table::Slots)?,
            codes: make(Table::Codes)?,
            nodes: make(Table::Nodes)?,
            undo: make(Table::Undo)?,
            headers: make(Table::Headers)?,
            meta: make(Table::Meta)?,
        })
    }

    pub(crate) fn map<U>(self, mut to: impl FnMut(T) -> U) -> PerTable<U> {
        PerTable {
            accounts: to(self.accounts),
            slots: to(self.slots),
            codes: to(self.codes),
            nodes: to(self.nodes),
            undo: to(self.undo),
            headers: to(self.headers),
            meta: to(self.meta),
        }
    }

    pub(crate) const fn of(&self, table: Table) -> &T {
        match table {
            Table::Accounts => &self.accounts,
            Table::Slots => &self.slots,
            Table::Codes => &self.codes,
            Table::Nodes => &self.nodes,
            Table::Undo => &self.undo,
            Table::Headers => &self.headers,
            Table::Meta => &self.meta,
        }
    }

    pub(crate) const fn of_mut(&mut self, table: Table) -> &mut T {
        match table {
            Table::Accounts => &mut self.accounts,
            Table::Slots => &mut self.slots,
            Table::Codes => &mut self.codes,
            Table::Nodes => &mut self.nodes,
            Table::Undo => &mut self.undo,
            Table::Headers => &mut self.headers,
            Table::Meta => &mut self.meta,
        }
    }
}
