//! Which tree a chain commits to its state by, how accounts are laid out in it, and what gas is
//! charged for: three properties, apart from each other.

pub use weakstate_trees::state::{Embedding, Scheme};

/// By which rules gas is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gas {
    /// Those of the chain's forks.
    #[default]
    Ethereum,
    /// Access events as on the Kaustinen-6 test network: EIP-4762 as its clients had it.
    Kaustinen6,
}

/// A property's values by the names that they have in files.
pub(super) trait Named: Copy + PartialEq + Sized + 'static {
    const NAMES: &'static [(&'static str, Self)];

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }

    /// All names, for a message.
    fn names() -> String {
        let names: Vec<&str> = Self::NAMES.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

impl Named for Scheme {
    const NAMES: &'static [(&'static str, Self)] = &[("mpt", Self::Mpt), ("verkle", Self::Verkle)];
}

impl Named for Embedding {
    const NAMES: &'static [(&'static str, Self)] =
        &[("packed", Self::Packed), ("five-leaf", Self::FiveLeaf)];
}

impl Named for Gas {
    const NAMES: &'static [(&'static str, Self)] =
        &[("ethereum", Self::Ethereum), ("kaustinen6", Self::Kaustinen6)];
}

/// The name of a scheme.
pub fn scheme_name(scheme: Scheme) -> &'static str {
    scheme.as_str()
}

impl Gas {
    /// The name of the rules.
    pub fn name(self) -> &'static str {
        self.as_str()
    }
}

/// The name of an embedding.
pub fn embedding_name(embedding: Embedding) -> &'static str {
    embedding.as_str()
}
