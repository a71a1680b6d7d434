//! Which tree a chain commits to its state by, how accounts are laid out in it, and what gas is
//! charged for: three properties, apart from each other.

pub use weakstate_trees::state::{Embedding, Named, Scheme};

/// By which rules gas is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gas {
    /// Those of the chain's forks.
    #[default]
    Ethereum,
    /// Access events as on the Kaustinen-6 test network: EIP-4762 as its clients had it.
    Kaustinen6,
}

impl Named for Gas {
    const NAMES: &'static [(&'static str, Self)] =
        &[("ethereum", Self::Ethereum), ("kaustinen6", Self::Kaustinen6)];
}
