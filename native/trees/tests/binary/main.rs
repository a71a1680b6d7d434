//! Binary trees against the vectors of other implementations, a model, and themselves.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod data;
mod hostile;
mod keys;
mod model;
mod partial;
mod roots;
mod stored;
