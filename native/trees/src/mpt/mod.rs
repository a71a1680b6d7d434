//! The Merkle Patricia trie with keys of 32 bytes, as the state uses it.
//!
//! Source: Yellow Paper, appendix D. Reads and writes work over a partial trie: a node that
//! the source lacks is a [`Miss`], never an absence.

mod commit;
mod forest;
mod insert;
mod node;
mod ordered;
mod remove;
mod view;
mod walk;

pub use forest::{EMPTY_ROOT, Forest, Miss};
pub use insert::Write;
pub use node::Trie;
pub use ordered::ordered_root;
pub use view::{Link, View};
pub use walk::{Walk, Walker, walk};
