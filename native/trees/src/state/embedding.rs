//! How accounts and codes are laid out as values of 32 bytes.

/// How an account's fields are laid out in a tree of stems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Embedding {
    /// Two leaves: version, code size, nonce and balance in the first, the code's hash in the
    /// second (EIP-6800).
    #[default]
    Packed,
    /// A leaf for each of version, balance, nonce, hash of the code and size of the code, as the
    /// test networks up to Kaustinen-6 had it.
    FiveLeaf,
}
