//! Makes `src/kzg/setup.bin` from the file that Ethereum's ceremony published.
//!
//! `cargo run --release -p weakstate-trees --example kzg_setup trusted_setup.txt setup.bin`
#![expect(clippy::expect_used, reason = "a tool, not a library")]

use weakstate_trees::kzg::setup::from_ceremony;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut name = || arguments.next().expect("two names: what is read, and what is written");
    let text = std::fs::read_to_string(name()).expect("the ceremony's file");
    let file = from_ceremony(&text).expect("the ceremony's form");
    std::fs::write(name(), file).expect("the file to write");
}
