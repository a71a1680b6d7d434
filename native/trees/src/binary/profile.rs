//! Which of the trees it is.

use super::hash::Function;
use super::{Change, Key, Value};

/// Which of the binary trees it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// `binary-7864`: stems, BLAKE3.
    Eip7864,
    /// `binary-geth`: stems, SHA-256.
    Geth,
    /// `binary-8297`: zones, BLAKE3, zeros are removed.
    Eip8297,
}

/// How many bits of a key choose among stems.
pub(super) const STEM_BITS: usize = 248;

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Eip7864, Self::Geth, Self::Eip8297];

    /// The name of the scheme.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eip7864 => "binary-7864",
            Self::Geth => "binary-geth",
            Self::Eip8297 => "binary-8297",
        }
    }

    /// The profile of a scheme's name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// The hash function of nodes and keys.
    #[must_use]
    pub const fn function(self) -> Function {
        match self {
            Self::Geth => Function::Sha256,
            Self::Eip7864 | Self::Eip8297 => Function::Blake3,
        }
    }

    /// Whether keys are stems with 256 values each.
    #[must_use]
    pub const fn has_stems(self) -> bool {
        !matches!(self, Self::Eip8297)
    }

    /// How many bytes the keys have that begin with this byte; `None` if there are none.
    #[must_use]
    pub const fn key_bytes(self, first: u8) -> Option<usize> {
        match (self, first) {
            (Self::Eip7864 | Self::Geth, _) => Some(32),
            (Self::Eip8297, zone::ACCOUNT | zone::CODE) => Some(34),
            (Self::Eip8297, zone::STORAGE) => Some(66),
            (Self::Eip8297, _) => None,
        }
    }

    /// The key that these bytes are; `None` if this tree has no such key.
    #[must_use]
    pub fn key(self, bytes: &[u8]) -> Option<Key> {
        let length = self.key_bytes(*bytes.first()?)?;
        (length == bytes.len()).then(|| Key::from_parts(&[bytes]))
    }

    /// The change that makes a value of the state the value under a key: zeros are no value in
    /// EIP-8297, whatever they stand for, and are one in the other trees.
    #[must_use]
    pub fn change(self, key: Key, value: Value) -> Change {
        (key, (self.has_stems() || value != [0; 32]).then_some(value))
    }

    pub(super) const fn tag(self) -> u8 {
        match self {
            Self::Eip7864 => 0,
            Self::Geth => 1,
            Self::Eip8297 => 2,
        }
    }
}

/// First bytes of keys in EIP-8297.
pub(super) mod zone {
    pub(crate) const ACCOUNT: u8 = 0x00;
    pub(crate) const CODE: u8 = 0x01;
    pub(crate) const STORAGE: u8 = 0xff;
}
