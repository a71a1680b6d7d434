//! The challenges of a proof: hashes of all that was said before.
//!
//! Prover and verifier append the same things in the same order; nothing else in this module tree
//! hashes for a challenge. Each thing goes in behind a label of its own, and a challenge takes the
//! place of all that led to it. Source: the Fiat-Shamir heuristic, as EIP-6800's reference
//! implementations apply it.

use std::marker::PhantomData;

use sha2::{Digest, Sha256};

use super::field::{Field, Prime, ScalarPrime};

/// Bytes that are gathered before they are hashed.
const GATHERED: usize = 4096;

/// All that was said since the last challenge, where scalars are integers modulo a prime.
#[derive(Clone, Debug)]
pub struct Transcript<P: Prime = ScalarPrime> {
    hash: Sha256,
    pending: Vec<u8>,
    scalars: PhantomData<P>,
}

impl<P: Prime> Transcript<P> {
    /// A transcript of the protocol with this label.
    #[must_use]
    pub fn new(protocol: &[u8]) -> Self {
        let pending = Vec::with_capacity(GATHERED + 256);
        let mut transcript = Self { hash: Sha256::new(), pending, scalars: PhantomData };
        transcript.append(protocol);
        transcript
    }

    fn append(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= GATHERED {
            self.hash.update(&self.pending);
            self.pending.clear();
        }
    }

    /// Separates what follows from what was before.
    pub fn domain(&mut self, label: &[u8]) {
        self.append(label);
    }

    /// Appends an element by its encoding.
    pub fn point(&mut self, label: &[u8], encoding: &[u8]) {
        self.append(label);
        self.append(encoding);
    }

    /// Appends a scalar.
    pub fn scalar(&mut self, label: &[u8], scalar: Field<P>) {
        self.append(label);
        self.append(&scalar.to_le_bytes());
    }

    /// Appends a place of the domain, which is a scalar.
    pub fn place(&mut self, label: &[u8], place: u8) {
        let mut bytes = [0; 32];
        bytes[0] = place;
        self.append(label);
        self.append(&bytes);
    }

    /// The next challenge.
    #[must_use]
    pub fn challenge(&mut self, label: &[u8]) -> Field<P> {
        self.append(label);
        self.hash.update(&self.pending);
        self.pending.clear();
        let digest = self.hash.finalize_reset().into();
        let challenge = Field::from_le_bytes_reduced(&digest);
        self.scalar(label, challenge);
        challenge
    }
}
