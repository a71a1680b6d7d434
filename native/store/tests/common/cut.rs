//! What a power cut leaves of a file.
#![expect(clippy::unwrap_used, reason = "tests")]

use crate::disk::Event;

const SECTOR: usize = 512;

/// A store's file before, and what then happened to it.
pub struct Run {
    pub before: Vec<u8>,
    pub events: Vec<Event>,
}

/// The file as a power cut after `count` events may leave it. Of what was not synced a sector is
/// there with a chance of `kept` in 16, whatever came before or after it.
pub fn after_power_cut(
    run: &Run,
    count: usize,
    kept: usize,
    below: &mut impl FnMut(usize) -> usize,
) -> Vec<u8> {
    let events = run.events.get(..count).unwrap();
    let synced = events.iter().rposition(|event| matches!(event, Event::Sync)).unwrap_or(0);
    let mut file = run.before.clone();
    for (index, event) in events.iter().enumerate() {
        let (at, bytes, through) = match event {
            Event::Write { at, bytes, through } => (*at, bytes, *through),
            Event::Length(len) if index < synced => {
                file.resize(*len, 0);
                continue;
            }
            _ => continue,
        };
        // What is written through has arrived when the call returns, which the last did not.
        let whole = index < synced || (through && index + 1 < count);
        for (sector, bytes) in bytes.chunks(SECTOR).enumerate() {
            if whole || below(16) < kept {
                let at = at + sector * SECTOR;
                file.resize(file.len().max(at + bytes.len()), 0);
                file.get_mut(at..at + bytes.len()).unwrap().copy_from_slice(bytes);
            }
        }
    }
    file
}
