//! Witnesses as bytes, in Simple Serialize (SSZ).
//!
//! A container is the bytes of its parts of fixed length and, in the place of each other part, four
//! bytes that say where it begins; these parts follow in order, without gaps. So does a list whose
//! elements are not of fixed length. An optional value is nothing, or a one and the value. Each
//! witness has one encoding, and no other bytes are read.
//!
//! Source: EIP-6800, `ExecutionWitness` of the consensus specification; EIP-6475 for optional values.

use weakstate_codec::{Code, Error};

use super::Value;
use super::vector::VectorCommitment;
use super::witness::{Proof, StateDiff, StemDiff, SuffixDiff};
use crate::verkle::crs::WIDTH;

/// The most stems that a witness may name, and commitments that it may need for each.
const MAX_STEMS: usize = 1 << 16;
const MAX_COMMITMENTS_PER_STEM: usize = 33;
/// Bytes of an offset.
const OFFSET: usize = 4;

type Result<T> = std::result::Result<T, Error>;

/// Reads a state diff and its proof.
///
/// # Errors
///
/// [`Code::MalformedProof`], if the bytes are not a witness's one encoding.
pub fn decode<V: VectorCommitment>(bytes: &[u8]) -> Result<(StateDiff, Proof<V>)> {
    let mut parts = Parts::new(bytes, "witness");
    let diff = parts.offset()?;
    let proof = parts.offset()?;
    let [diff, proof] = parts.variable([diff, proof])?;
    Ok((list(diff, MAX_STEMS, "state diff", stem_diff)?, decode_proof(proof)?))
}

fn stem_diff(bytes: &[u8]) -> Result<StemDiff> {
    let mut parts = Parts::new(bytes, "stem diff");
    let stem = parts.array()?;
    let suffixes = parts.offset()?;
    let [suffixes] = parts.variable([suffixes])?;
    Ok(StemDiff { stem, suffixes: list(suffixes, WIDTH, "suffix diffs", suffix_diff)? })
}

fn suffix_diff(bytes: &[u8]) -> Result<SuffixDiff> {
    let mut parts = Parts::new(bytes, "suffix diff");
    let [suffix] = parts.array()?;
    let current = parts.offset()?;
    let new = parts.offset()?;
    let [current, new] = parts.variable([current, new])?;
    Ok(SuffixDiff { suffix, current: optional(current)?, new: optional(new)? })
}

fn optional(bytes: &[u8]) -> Result<Option<Value>> {
    match bytes {
        [] => Ok(None),
        [1, value @ ..] => {
            value.try_into().map(Some).map_err(|_| malformed("a value of 32 bytes", "suffix diff"))
        }
        _ => Err(malformed("nothing, or a one and a value", "suffix diff")),
    }
}

fn decode_proof<V: VectorCommitment>(bytes: &[u8]) -> Result<Proof<V>> {
    let mut parts = Parts::new(bytes, "proof");
    let others = parts.offset()?;
    let extensions = parts.offset()?;
    let commitments = parts.offset()?;
    let multiproof = V::take_multiproof(parts.bytes(V::MULTIPROOF_BYTES)?)?;
    let [others, extensions, commitments] = parts.variable([others, extensions, commitments])?;
    if extensions.len() > MAX_STEMS {
        return Err(malformed(format_args!("at most {MAX_STEMS} extensions"), "proof"));
    }
    Ok(Proof {
        other_stems: words(others, MAX_STEMS, "other stems")?,
        depth_extension_present: extensions.to_vec(),
        commitments_by_path: words(
            commitments,
            MAX_STEMS * MAX_COMMITMENTS_PER_STEM,
            "commitments",
        )?,
        multiproof,
    })
}

/// A list of elements that are arrays of bytes.
fn words<W: for<'a> TryFrom<&'a [u8]>>(bytes: &[u8], most: usize, at: &str) -> Result<Vec<W>> {
    let length = size_of::<W>();
    let words = bytes.chunks(length).take(most + 1).map(|word| W::try_from(word).ok());
    match words.collect::<Option<Vec<W>>>() {
        Some(words) if words.len() <= most => Ok(words),
        _ => {
            let expected = format_args!("at most {most} elements of {length} bytes");
            Err(malformed(expected, at).actual(format_args!("{} bytes", bytes.len())))
        }
    }
}

/// A list of elements that are not of fixed length: where each begins, then the elements.
fn list<T>(
    bytes: &[u8],
    most: usize,
    at: &'static str,
    read: impl Fn(&[u8]) -> Result<T>,
) -> Result<Vec<T>> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let first = Parts::new(bytes, at).offset()?;
    let count = first / OFFSET;
    if count == 0 || count > most || !first.is_multiple_of(OFFSET) || first > bytes.len() {
        let expected = format_args!("where 1 to {most} elements begin");
        return Err(malformed(expected, at).actual(first));
    }
    let mut parts = Parts::new(bytes, at);
    let mut starts = Vec::with_capacity(count);
    for _ in 0..count {
        starts.push(parts.offset()?);
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let element = |(start, end): (&usize, usize)| {
        let element = bytes.get(*start..end);
        read(element.ok_or_else(|| malformed("elements one behind the other", at))?)
    };
    starts.iter().zip(ends).map(element).collect()
}

/// The parts of a container, read from its beginning.
struct Parts<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
    at: &'static str,
}

impl<'a> Parts<'a> {
    fn new(bytes: &'a [u8], at: &'static str) -> Self {
        Self { bytes, rest: bytes, at }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self
            .rest
            .split_first_chunk()
            .ok_or_else(|| malformed(format_args!("{N} bytes"), self.at).actual(self.rest.len()))?;
        self.rest = rest;
        Ok(*array)
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or_else(|| {
            malformed(format_args!("{count} bytes"), self.at).actual(self.rest.len())
        })?;
        self.rest = rest;
        Ok(bytes)
    }

    fn offset(&mut self) -> Result<usize> {
        self.array().map(|bytes| u32::from_le_bytes(bytes) as usize)
    }

    /// The parts of no fixed length, given where they begin. They follow what was read so far.
    fn variable<const N: usize>(self, starts: [usize; N]) -> Result<[&'a [u8]; N]> {
        let fixed = self.bytes.len() - self.rest.len();
        if starts.first() != Some(&fixed) {
            let error = malformed(format_args!("the first part at {fixed}"), self.at);
            return Err(error.actual(starts.first().copied().unwrap_or_default()));
        }
        let mut parts = [&[][..]; N];
        let ends = starts.iter().skip(1).copied().chain([self.bytes.len()]);
        for ((part, start), end) in parts.iter_mut().zip(starts).zip(ends) {
            let found = self.bytes.get(start..end);
            *part = found.ok_or_else(|| malformed("parts one behind the other", self.at))?;
        }
        Ok(parts)
    }
}

fn malformed(expected: impl std::fmt::Display, at: &str) -> Error {
    Error::new(Code::MalformedProof).expected(expected).at(at)
}

/// The bytes of a state diff and its proof.
#[must_use]
pub fn encode<V: VectorCommitment>(diff: &[StemDiff], proof: &Proof<V>) -> Vec<u8> {
    let diff = encode_list(diff, |stem| {
        let suffixes = encode_list(&stem.suffixes, |suffix| {
            let [current, new] = [suffix.current, suffix.new]
                .map(|value| value.map_or_else(Vec::new, |value| [&[1][..], &value].concat()));
            container(&[
                Part::Fixed(&[suffix.suffix]),
                Part::Variable(&current),
                Part::Variable(&new),
            ])
        });
        container(&[Part::Fixed(&stem.stem), Part::Variable(&suffixes)])
    });
    let commitments: Vec<&[u8]> = proof.commitments_by_path.iter().map(AsRef::as_ref).collect();
    let mut multiproof = Vec::with_capacity(V::MULTIPROOF_BYTES);
    V::put_multiproof(&proof.multiproof, &mut multiproof);
    let proof = container(&[
        Part::Variable(proof.other_stems.as_flattened()),
        Part::Variable(&proof.depth_extension_present),
        Part::Variable(&commitments.concat()),
        Part::Fixed(&multiproof),
    ]);
    container(&[Part::Variable(&diff), Part::Variable(&proof)])
}

enum Part<'a> {
    Fixed(&'a [u8]),
    Variable(&'a [u8]),
}

fn container(parts: &[Part<'_>]) -> Vec<u8> {
    let fixed: usize = parts
        .iter()
        .map(|part| match part {
            Part::Fixed(bytes) => bytes.len(),
            Part::Variable(_) => OFFSET,
        })
        .sum();
    let mut bytes = Vec::with_capacity(fixed);
    let mut variable = Vec::new();
    for part in parts {
        match part {
            Part::Fixed(part) => bytes.extend_from_slice(part),
            Part::Variable(part) => {
                bytes.extend_from_slice(&((fixed + variable.len()) as u32).to_le_bytes());
                variable.extend_from_slice(part);
            }
        }
    }
    bytes.append(&mut variable);
    bytes
}

fn encode_list<T>(elements: &[T], encode: impl Fn(&T) -> Vec<u8>) -> Vec<u8> {
    let elements: Vec<Vec<u8>> = elements.iter().map(encode).collect();
    let parts: Vec<Part<'_>> = elements.iter().map(|element| Part::Variable(element)).collect();
    container(&parts)
}
