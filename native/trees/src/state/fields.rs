//! Sets of an account's fields.

/// A set of fields of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields(u8);

impl Fields {
    /// No field.
    pub const NONE: Self = Self(0);
    /// The nonce.
    pub const NONCE: Self = Self(1);
    /// The balance.
    pub const BALANCE: Self = Self(2);
    /// The hash of the code.
    pub const CODE_HASH: Self = Self(4);
    /// The length of the code.
    pub const CODE_SIZE: Self = Self(8);

    /// The fields of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set holds any of `fields`.
    pub const fn intersects(self, fields: Self) -> bool {
        self.0 & fields.0 != 0
    }

    /// Whether the set holds nothing.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
