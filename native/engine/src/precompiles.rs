//! Back-ends of precompiled contracts, each chosen by measuring; the interpreter's own
//! serve for the rest. None of them needs set-up before its first call.

use std::sync::Once;

use ethrex_crypto::{Crypto as _, NativeCrypto};
use revm::precompile::{Crypto, PrecompileHalt, install_crypto};

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

    /// About twice as fast as the interpreter's own pairing.
    fn bn254_pairing_check(&self, pairs: &[(&[u8], &[u8])]) -> Result<bool, PrecompileHalt> {
        let check = NativeCrypto.bn254_pairing_check(pairs);
        check.map_err(|_| PrecompileHalt::Bn254AffineGFailedToCreate)
    }
}

/// Puts the back-ends in place, once for the process.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // Whoever was first keeps its back-ends; their answers are the same.
        install_crypto(Backends);
    });
}
