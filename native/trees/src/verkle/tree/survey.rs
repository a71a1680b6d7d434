//! What a witness is made of, counted from its bytes. Nothing is checked.

use std::collections::BTreeMap;

use weakstate_codec::Error;

use super::vector::VectorCommitment;
use super::witness::Extension;
use super::{Ipa, ssz};
use crate::kzg::Kzg;
use crate::verkle::keys::Stem;

/// Stems whose path takes the same number of bytes, by what is at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Stems that are there.
    pub present: usize,
    /// Stems in whose place another stands.
    pub other: usize,
    /// Stems in whose place there is nothing.
    pub empty: usize,
}

/// How many there are of a part of a witness, and their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// How many of it.
    pub number: usize,
    /// Bytes of it.
    pub bytes: usize,
}

/// What a witness is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// All parts, in the order of the bytes; what says where they begin is last.
    pub parts: Vec<Part>,
    /// Stems, by how many bytes of them lead there.
    pub levels: BTreeMap<usize, Level>,
    /// Keys that have a value.
    pub present: usize,
    /// Keys that have none.
    pub absent: usize,
    /// For each stem, in ascending order, how many of its keys have a value and how many none.
    pub stems: Vec<(Stem, usize, usize)>,
}

/// Takes a witness in SSZ apart, whatever its tree commits with: the length of the proof that all
/// openings share tells.
///
/// # Errors
/// [`Code::MalformedProof`](weakstate_codec::Code::MalformedProof), if the bytes are not a
/// witness's one encoding.
pub fn survey(bytes: &[u8]) -> Result<Survey, Error> {
    survey_of::<Ipa>(bytes).or_else(|error| survey_of::<Kzg>(bytes).map_err(|_| error))
}

fn survey_of<V: VectorCommitment>(bytes: &[u8]) -> Result<Survey, Error> {
    let (diff, proof) = ssz::decode::<V>(bytes)?;
    let mut levels: BTreeMap<usize, Level> = BTreeMap::new();
    for byte in &proof.depth_extension_present {
        let Some((depth, extension)) = Extension::from_byte(*byte) else { continue };
        let level = levels.entry(depth).or_default();
        let count = match extension {
            Extension::Present => &mut level.present,
            Extension::Other => &mut level.other,
            Extension::Empty => &mut level.empty,
        };
        *count += 1;
    }
    let mut stems = Vec::with_capacity(diff.len());
    let mut written = 0;
    for stem in &diff {
        let present = stem.suffixes.iter().filter(|suffix| suffix.current.is_some()).count();
        written += stem.suffixes.iter().filter(|suffix| suffix.new.is_some()).count();
        stems.push((stem.stem, present, stem.suffixes.len() - present));
    }
    let (present, absent) =
        stems.iter().fold((0, 0), |(some, none), stem| (some + stem.1, none + stem.2));
    // A byte says that a value is there.
    let each = [
        ("stems", diff.len(), 31),
        ("suffixes", present + absent, 1),
        ("values", present, 33),
        ("new values", written, 33),
        ("other stems", proof.other_stems.len(), 31),
        ("extensions", proof.depth_extension_present.len(), 1),
        ("commitments", proof.commitments_by_path.len(), size_of::<V::Encoding>()),
        ("multiproof", 1, V::MULTIPROOF_BYTES),
    ];
    let mut parts: Vec<Part> = each
        .into_iter()
        .map(|(name, number, size)| Part { name, number, bytes: number * size })
        .collect();
    let rest = bytes.len().saturating_sub(parts.iter().map(|part| part.bytes).sum());
    parts.push(Part { name: "offsets", number: rest / 4, bytes: rest });
    Ok(Survey { parts, levels, present, absent, stems })
}
