//! Hashes on ways without forks, several at once.
//!
//! A digest stays in its lane and is half of the next message, so that nothing is gathered from
//! memory between two steps.

use super::Climb;
use super::lanes::{Kernel, States};
use super::portable::START;
use crate::binary::Hash;

/// Replaces the hashes by the BLAKE3 digests that their ways end in.
pub(super) fn in_lanes<K: Kernel<L>, const L: usize>(
    kernel: &K,
    climbs: &[Climb],
    hashes: &mut [Hash],
) {
    for climbs in climbs.chunks(L) {
        let mut now = [[0; L]; 8];
        for (lane, climb) in climbs.iter().enumerate() {
            let hash = hashes.get(climb.index as usize).copied().unwrap_or_default();
            for (words, bytes) in now.iter_mut().zip(hash.as_chunks().0) {
                words.iter_mut().skip(lane).take(1).for_each(|to| *to = u32::from_le_bytes(*bytes));
            }
        }
        for step in 0..climbs.iter().map(|climb| climb.steps).max().unwrap_or_default() {
            now = step_up(kernel, climbs, step, &now);
        }
        for (lane, climb) in climbs.iter().enumerate() {
            let Some(hash) = hashes.get_mut(climb.index as usize) else { continue };
            for (words, bytes) in now.iter().zip(hash.as_chunks_mut().0) {
                *bytes = words.get(lane).copied().unwrap_or_default().to_le_bytes();
            }
        }
    }
}

/// One step in every lane that still has one to go.
#[inline]
fn step_up<K: Kernel<L>, const L: usize>(
    kernel: &K,
    climbs: &[Climb],
    step: u8,
    now: &[[u32; L]; 8],
) -> [[u32; L]; 8] {
    let (mut second, mut done) = ([0; L], [u32::MAX; L]);
    for ((second, done), climb) in second.iter_mut().zip(&mut done).zip(climbs) {
        *second = 0u32.wrapping_sub(u32::from(climb.sides >> (step % 8) & 1));
        *done = 0u32.wrapping_sub(u32::from(climb.steps <= step));
    }
    let mut words = [[0; L]; 16];
    let (low, high) = words.split_at_mut(8);
    for ((low, high), now) in low.iter_mut().zip(high).zip(now) {
        for (((low, high), now), second) in low.iter_mut().zip(high).zip(now).zip(&second) {
            (*low, *high) = (now & !second, now & second);
        }
    }
    let mut next = States(START.map(|word| [word; L]));
    kernel.blake3_pair(&mut next, &words);
    for (next, now) in next.0.iter_mut().zip(now) {
        for ((next, now), done) in next.iter_mut().zip(now).zip(&done) {
            *next = (*next & !done) | (now & done);
        }
    }
    next.0
}
