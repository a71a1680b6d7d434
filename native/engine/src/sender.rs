//! Who signed a transaction or an authorization. Recovered here, never accepted.
//!
//! Sources: Yellow Paper appendix F; EIP-2, EIP-155, EIP-7702.

use alloy_consensus::{SignableTransaction, Typed2718};
use alloy_primitives::{Address, B256, Signature, U256, uint};
use revm::context_interface::either::Either;
use revm::context_interface::transaction::{
    RecoveredAuthority, RecoveredAuthorization, SignedAuthorization,
};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, SECP256K1};
use weakstate_codec::{Code, Error};
use weakstate_trees::keccak;

use crate::Result;
use crate::block::{Transaction, at_transaction};
use crate::chain::{Fork, Rules};

/// Half of the curve's order: signatures above it were banned by EIP-2.
const HALF_ORDER: U256 =
    uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);

/// The senders of `transactions`.
///
/// # Errors
/// `transaction_type_not_active`, `wrong_chain_id` or `invalid_signature`.
pub fn senders(transactions: &[Transaction], chain: u64, rules: &Rules) -> Result<Vec<Address>> {
    for (index, transaction) in transactions.iter().enumerate() {
        check_signed_for(transaction, chain, rules)
            .map_err(|error| at_transaction(error, index))?;
    }
    let mut payloads = Vec::new();
    let mut ends = Vec::with_capacity(transactions.len());
    for transaction in transactions {
        encode_for_signing(transaction, &mut payloads);
        ends.push(payloads.len());
    }
    let mut start = 0;
    let signed: Vec<&[u8]> = ends
        .iter()
        .map(|&end| payloads.get(std::mem::replace(&mut start, end)..end).unwrap_or_default())
        .collect();
    let hashes = keccak::hash_all(&signed);
    let mut keys = Vec::with_capacity(transactions.len());
    for (index, (transaction, hash)) in transactions.iter().zip(hashes).enumerate() {
        let key = recover_key(transaction.signature(), &hash)
            .ok_or_else(|| at_transaction(Box::new(Error::new(Code::InvalidSignature)), index))?;
        keys.push(key);
    }
    Ok(addresses(&keys))
}

/// The sender of one transaction.
///
/// # Errors
/// As [`senders`].
pub fn sender(transaction: &Transaction, chain: u64, rules: &Rules) -> Result<Address> {
    let one = senders(std::slice::from_ref(transaction), chain, rules)?;
    one.first().copied().ok_or_else(|| Box::new(Error::new(Code::InvalidSignature)))
}

/// Authorizations with the accounts that signed them.
pub fn authorizations(
    list: &[SignedAuthorization],
) -> Vec<Either<SignedAuthorization, RecoveredAuthorization>> {
    let recover = |signed: &SignedAuthorization| {
        let authority = authority(signed);
        let recovered = authority.map_or(RecoveredAuthority::Invalid, RecoveredAuthority::Valid);
        Either::Right(RecoveredAuthorization::new_unchecked(signed.inner().clone(), recovered))
    };
    list.iter().map(recover).collect()
}

fn authority(signed: &SignedAuthorization) -> Option<Address> {
    let parity = match signed.y_parity() {
        0 => false,
        1 => true,
        _ => return None,
    };
    if signed.s() > HALF_ORDER {
        return None;
    }
    let signature = Signature::new(signed.r(), signed.s(), parity);
    let key = recover_key(&signature, &signed.inner().signature_hash())?;
    addresses(&[key]).first().copied()
}

fn check_signed_for(transaction: &Transaction, chain: u64, rules: &Rules) -> Result<()> {
    let since = match transaction.ty() {
        0 => Fork::Frontier,
        1 => Fork::Berlin,
        2 => Fork::London,
        3 => Fork::Cancun,
        _ => Fork::Prague,
    };
    if !rules.since(since) {
        let error = Error::new(Code::TransactionTypeNotActive).actual(transaction.ty());
        return Err(Box::new(
            error.expected(format_args!("a type active at {}", rules.fork.name())),
        ));
    }
    let signature = transaction.signature();
    if rules.since(Fork::Homestead) && signature.s() > HALF_ORDER {
        let error = Error::new(Code::InvalidSignature).expected("s in the lower half");
        return Err(Box::new(error.actual(signature.s())));
    }
    match alloy_consensus::Transaction::chain_id(transaction) {
        Some(_) if transaction.is_legacy() && !rules.since(Fork::SpuriousDragon) => {
            Err(Box::new(Error::new(Code::InvalidSignature).expected("v of 27 or 28")))
        }
        Some(id) if id != chain => {
            Err(Box::new(Error::new(Code::WrongChainId).expected(chain).actual(id)))
        }
        _ => Ok(()),
    }
}

fn encode_for_signing(transaction: &Transaction, out: &mut Vec<u8>) {
    match transaction {
        Transaction::Legacy(signed) => signed.tx().encode_for_signing(out),
        Transaction::Eip2930(signed) => signed.tx().encode_for_signing(out),
        Transaction::Eip1559(signed) => signed.tx().encode_for_signing(out),
        Transaction::Eip4844(signed) => signed.tx().encode_for_signing(out),
        Transaction::Eip7702(signed) => signed.tx().encode_for_signing(out),
    }
}

/// The 64 bytes of the public key that signed `hash`.
fn recover_key(signature: &Signature, hash: &B256) -> Option<[u8; 64]> {
    let mut compact = [0; 64];
    let (r, s) = compact.split_at_mut(32);
    r.copy_from_slice(&signature.r().to_be_bytes::<32>());
    s.copy_from_slice(&signature.s().to_be_bytes::<32>());
    let id = if signature.v() { RecoveryId::One } else { RecoveryId::Zero };
    let signature = RecoverableSignature::from_compact(&compact, id).ok()?;
    let key = SECP256K1.recover_ecdsa(Message::from_digest(hash.0), &signature).ok()?;
    key.serialize_uncompressed().get(1..)?.try_into().ok()
}

/// The addresses of public keys.
fn addresses(keys: &[[u8; 64]]) -> Vec<Address> {
    let keys: Vec<&[u8]> = keys.iter().map(<[u8; 64]>::as_slice).collect();
    keccak::hash_all(&keys).iter().map(|hash| Address::from_word(*hash)).collect()
}
