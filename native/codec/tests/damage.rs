//! Damaged input is refused or read, and never panics.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::*;
use serde_json::json;
use weakstate_codec::{Blame, Error};

fn inputs() -> Vec<Vec<u8>> {
    let mut objects = witness_json();
    objects["headers"] = json!([header_json(7), header_json(8)]);
    vec![
        combined_json().to_string().into_bytes(),
        answer(&block_json()).to_string().into_bytes(),
        answer(&objects).to_string().into_bytes(),
        json!([hex(block_rlp())]).to_string().into_bytes(),
        block_rlp(),
        witness_rlp(true),
        witness_rlp(false),
        gzip(combined_json().to_string()),
    ]
}

fn check(error: &Error) {
    assert!(matches!(error.blame(), Blame::Unreadable | Blame::BudgetExceeded), "{error}");
}

#[test]
fn an_input_cut_short_is_refused() {
    for input in inputs() {
        for step in 0..200 {
            let cut = &input[..input.len() * step / 200];
            check(&read(cut).expect_err("cut short"));
        }
    }
}

#[test]
fn a_flipped_bit_is_read_or_refused() {
    for input in inputs() {
        for bit in (0..input.len() * 8).step_by(7) {
            let mut damaged = input.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if let Err(error) = read(&damaged) {
                check(&error);
            }
        }
    }
}

#[test]
fn lengths_that_lie_are_refused() {
    for first in [0xbf, 0xff, 0xfb, 0xfa] {
        for fill in [0x00, 0x01, 0x7f, 0xff] {
            for len in 0..12 {
                let mut input = vec![first];
                input.resize(1 + len, fill);
                assert!(read(&input).is_err());
                assert!(read([&[0xc0 + input.len() as u8], input.as_slice()].concat()).is_err());
            }
        }
    }
}
