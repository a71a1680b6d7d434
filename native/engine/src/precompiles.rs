//! Back-ends of precompiled contracts, each chosen by measuring; the interpreter's own
//! serve for the rest. None of them needs set-up before its first call.

use std::cell::Cell;
use std::sync::Once;

use ethrex_crypto::{Crypto as _, NativeCrypto};
use revm::precompile::{Crypto, DefaultCrypto, PrecompileHalt, install_crypto};

/// The back-ends that differ from the interpreter's own.
#[derive(Debug)]
struct Backends;

impl Crypto for Backends {
    fn bn254_g1_add(&self, p1: &[u8], p2: &[u8]) -> Result<[u8; 64], PrecompileHalt> {
        NativeCrypto.bn254_g1_add(p1, p2).map_err(|_| PrecompileHalt::Bn254AffineGFailedToCreate)
    }

    fn bn254_g1_mul(&self, point: &[u8], scalar: &[u8]) -> Result<[u8; 64], PrecompileHalt> {
        let product = NativeCrypto.bn254_g1_mul(point, scalar);
        product.map_err(|_| PrecompileHalt::Bn254AffineGFailedToCreate)
    }

    fn modexp(
        &self,
        base: &[u8],
        exponent: &[u8],
        modulus: &[u8],
    ) -> Result<Vec<u8>, PrecompileHalt> {
        if modexp_steps(base, exponent, modulus) > MODEXP_STEPS {
            REFUSED.set(true);
            return Err(PrecompileHalt::OutOfGas);
        }
        DefaultCrypto.modexp(base, exponent, modulus)
    }

    /// About a quarter faster than the interpreter's own pairing.
    fn bn254_pairing_check(&self, pairs: &[(&[u8], &[u8])]) -> Result<bool, PrecompileHalt> {
        let check = NativeCrypto.bn254_pairing_check(pairs);
        check.map_err(|_| PrecompileHalt::Bn254AffineGFailedToCreate)
    }
}

/// More steps than any block's gas has ever paid for: some minutes of work.
const MODEXP_STEPS: u128 = 1 << 40;

thread_local! {
    static REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a call was refused, on this thread, because it would have taken too long.
pub fn take_refused() -> bool {
    REFUSED.take()
}

/// Multiplications of words that a modular exponentiation takes.
fn modexp_steps(base: &[u8], exponent: &[u8], modulus: &[u8]) -> u128 {
    let words = base.len().max(modulus.len()).div_ceil(8) as u128;
    let bits = (exponent.len() as u128).saturating_mul(8);
    words.saturating_mul(words).saturating_mul(bits)
}

/// Puts the back-ends in place, once for the process.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // Whoever was first keeps its back-ends; their answers are the same.
        install_crypto(Backends);
    });
}
