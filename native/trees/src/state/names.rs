//! The names that schemes and layouts have in files and stores.

use std::fmt;
use std::str::FromStr;

use super::leaves::Existence;
use super::{Embedding, Layout, Scheme, Witnessed};
use crate::binary::Profile;

/// A property whose values have names.
pub trait Named: Copy + PartialEq + Sized + 'static {
    /// All values and their names.
    const NAMES: &'static [(&'static str, Self)];

    /// The value with this name.
    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The value's name.
    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }

    /// All names, for a message.
    fn names() -> String {
        let names: Vec<&str> = Self::NAMES.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

impl Named for Scheme {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("mpt", Self::Mpt),
        ("verkle", Self::Verkle),
        ("verkle-kzg", Self::VerkleKzg),
        ("binary-7864", Self::Binary(Profile::Eip7864)),
        ("binary-geth", Self::Binary(Profile::Geth)),
        ("binary-8297", Self::Binary(Profile::Eip8297)),
    ];
}

impl Named for Embedding {
    const NAMES: &'static [(&'static str, Self)] =
        &[("packed", Self::Packed), ("five-leaf", Self::FiveLeaf), ("zoned", Self::Zoned)];
}

impl Named for Existence {
    const NAMES: &'static [(&'static str, Self)] =
        &[("not-empty", Self::NotEmpty), ("any-leaf", Self::AnyLeaf)];
}

impl Named for Witnessed {
    const NAMES: &'static [(&'static str, Self)] =
        &[("read", Self::Read), ("charged", Self::Charged)];
}

/// The scheme alone where the rest says nothing, else all four.
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scheme.name())?;
        if self.scheme == Scheme::Mpt {
            return Ok(());
        }
        let Self { embedding, existence, witnessed, .. } = self;
        write!(f, " {} {} {}", embedding.name(), existence.name(), witnessed.name())
    }
}

/// The text is the name of no layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLayout;

impl FromStr for Layout {
    type Err = UnknownLayout;

    fn from_str(text: &str) -> Result<Self, UnknownLayout> {
        let mut words = text.split(' ');
        let scheme = words.next().and_then(Scheme::named).ok_or(UnknownLayout)?;
        let layout = match (words.next(), words.next(), words.next(), words.next()) {
            (None, ..) if scheme == Scheme::Mpt => Some(Self::default()),
            (Some(embedding), Some(existence), Some(witnessed), None) => (|| {
                let (embedding, existence) = (Named::named(embedding)?, Named::named(existence)?);
                Some(Self { scheme, embedding, existence, witnessed: Named::named(witnessed)? })
            })(),
            _ => None,
        };
        layout.ok_or(UnknownLayout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_read_from_its_name() {
        for &(_, scheme) in Scheme::NAMES.iter().filter(|(name, _)| *name != "mpt") {
            for &(_, embedding) in Embedding::NAMES {
                let (existence, witnessed) = (Existence::AnyLeaf, Witnessed::Charged);
                let layout = Layout { scheme, embedding, existence, witnessed };
                assert_eq!(layout.to_string().parse(), Ok(layout));
            }
        }
        assert_eq!("mpt".parse(), Ok(Layout::default()));
        for wrong in ["", "verkle", "mpt packed", "verkle packed not-empty read more"] {
            assert_eq!(wrong.parse::<Layout>(), Err(UnknownLayout), "{wrong}");
        }
    }
}
