//! A block read from its RLP, with the bytes of every part that is hashed.

use std::collections::BTreeSet;

use alloy_consensus::transaction::TxEip4844;
use alloy_consensus::{EthereumTxEnvelope, Header, Transaction as _};
use alloy_eips::eip2718::Decodable2718;
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, keccak256};
use alloy_rlp::{Decodable, Header as Prefix};
use weakstate_codec::rlp;
use weakstate_codec::{Code, Error};

use crate::Result;

/// A signed transaction without blobs.
pub type Transaction = EthereumTxEnvelope<TxEip4844>;

/// A header and the hash of its bytes.
#[derive(Clone, Debug)]
pub struct SealedHeader {
    /// The header's fields.
    pub header: Header,
    /// Keccak-256 of its RLP.
    pub hash: B256,
    /// The RLP itself.
    pub rlp: Vec<u8>,
}

impl SealedHeader {
    /// A header with these fields.
    pub fn new(header: Header) -> Self {
        let rlp = alloy_rlp::encode(&header);
        Self { hash: keccak256(&rlp), header, rlp }
    }

    /// The same header over a state with another root, and so with another hash.
    #[must_use]
    pub fn with_state_root(&self, state_root: B256) -> Self {
        Self::new(Header { state_root, ..self.header.clone() })
    }

    /// Reads a header from its RLP; `None` if the bytes are anything else.
    pub fn decode(rlp: &[u8]) -> Option<Self> {
        let mut rest = rlp;
        let header = Header::decode(&mut rest).ok()?;
        // Canonical bytes only: what is hashed must be what was read.
        let exact = rest.is_empty() && alloy_rlp::encode(&header) == rlp;
        exact.then(|| Self { header, hash: keccak256(rlp), rlp: rlp.to_vec() })
    }
}

/// A block's parts.
#[derive(Debug)]
pub struct Block<'a> {
    /// The header.
    pub sealed: SealedHeader,
    /// Transactions, and each one's canonical encoding.
    pub transactions: Vec<Transaction>,
    /// The encodings of the transactions.
    pub raw_transactions: Vec<&'a [u8]>,
    /// The headers of the ommers.
    pub ommers: Vec<SealedHeader>,
    /// The RLP of the list of ommers.
    pub raw_ommers: &'a [u8],
    /// Withdrawals, from Shanghai on.
    pub withdrawals: Option<Vec<Withdrawal>>,
    /// The encodings of the withdrawals.
    pub raw_withdrawals: Vec<&'a [u8]>,
    /// Length of the block's RLP.
    pub size: usize,
}

impl<'a> Block<'a> {
    /// The header's fields.
    pub fn header(&self) -> &Header {
        &self.sealed.header
    }

    /// Every address that stands in the block. Senders do not: they are recovered.
    pub fn addresses(&self) -> BTreeSet<Address> {
        let ommers = self.ommers.iter().map(|ommer| ommer.header.beneficiary);
        let withdrawals = self.withdrawals.iter().flatten().map(|withdrawal| withdrawal.address);
        let mut addresses: BTreeSet<Address> = ommers.chain(withdrawals).collect();
        addresses.insert(self.header().beneficiary);
        for transaction in &self.transactions {
            addresses.extend(transaction.to());
            let listed = transaction.access_list().into_iter().flat_map(|list| list.iter());
            addresses.extend(listed.map(|item| item.address));
            let delegates = transaction.authorization_list().into_iter().flatten();
            addresses.extend(delegates.map(|authorization| authorization.address));
        }
        addresses
    }

    /// Reads a block.
    ///
    /// # Errors
    /// `malformed_block`, with the part that is malformed.
    pub fn decode(bytes: &'a [u8]) -> Result<Self> {
        let (payload, rest) = rlp::list(bytes).ok_or_else(|| malformed("block"))?;
        if !rest.is_empty() {
            return Err(malformed("bytes after the block"));
        }
        let (header, rest) = rlp::item(payload).ok_or_else(|| malformed("header"))?;
        let (transactions, rest) = rlp::list(rest).ok_or_else(|| malformed("transactions"))?;
        let (raw_ommers, rest) = rlp::item(rest).ok_or_else(|| malformed("ommers"))?;
        let (ommers, _) = rlp::list(raw_ommers).ok_or_else(|| malformed("ommers"))?;
        let sealed = SealedHeader::decode(header).ok_or_else(|| malformed("header"))?;
        let (transactions, raw_transactions) = decode_transactions(transactions)?;
        let ommers = items(ommers, "ommers")
            .enumerate()
            .map(|(index, raw)| {
                SealedHeader::decode(raw?).ok_or_else(|| malformed(format_args!("ommer {index}")))
            })
            .collect::<Result<_>>()?;
        let (withdrawals, raw_withdrawals) = decode_withdrawals(rest)?;
        Ok(Self {
            sealed,
            transactions,
            raw_transactions,
            ommers,
            raw_ommers,
            withdrawals,
            raw_withdrawals,
            size: bytes.len(),
        })
    }
}

/// The RLP of the same block as a child of another parent, with another state root. All that its
/// header says beside stays, and so does its body.
///
/// # Errors
/// As [`Block::decode`].
pub fn resealed(block: &[u8], parent_hash: B256, state_root: B256) -> Result<Vec<u8>> {
    let header = Block::decode(block)?.sealed.header;
    let (payload, _) = rlp::list(block).ok_or_else(|| malformed("block"))?;
    let (_, body) = rlp::item(payload).ok_or_else(|| malformed("header"))?;
    let header = alloy_rlp::encode(&Header { parent_hash, state_root, ..header });
    let payload_length = header.len() + body.len();
    let mut out = Vec::with_capacity(payload_length);
    Prefix { list: true, payload_length }.encode(&mut out);
    out.extend_from_slice(&header);
    out.extend_from_slice(body);
    Ok(out)
}

fn decode_transactions(list: &[u8]) -> Result<(Vec<Transaction>, Vec<&[u8]>)> {
    let mut transactions = Vec::new();
    let mut raws = Vec::new();
    for (index, item) in items(list, "transactions").enumerate() {
        let item = item?;
        let place = |error| at_transaction(error, index);
        // A legacy transaction is a list; a typed one stands in a byte string.
        let legacy = is_list(item);
        let raw = if legacy { item } else { rlp::string(item).ok_or_else(|| place(other()))?.0 };
        let transaction = decode_transaction(raw).map_err(place)?;
        if transaction.is_legacy() != legacy {
            return Err(place(other()));
        }
        transactions.push(transaction);
        raws.push(raw);
    }
    Ok((transactions, raws))
}

/// Reads a transaction from its canonical encoding: the RLP of a legacy one, or the type and
/// then the RLP (EIP-2718).
pub(crate) fn decode_transaction(raw: &[u8]) -> Result<Transaction> {
    let mut rest = raw;
    let transaction = Transaction::decode_2718(&mut rest)
        .map_err(|error| Box::new(Error { actual: error.to_string(), ..*other() }))?;
    if !rest.is_empty() || transaction.is_legacy() != is_list(raw) {
        return Err(other());
    }
    Ok(transaction)
}

/// Whether the first item of an RLP is a list.
pub(crate) fn is_list(rlp: &[u8]) -> bool {
    rlp.first().is_some_and(|&head| head >= 0xc0)
}

/// Says which transaction a refusal is of, unless it names another place.
pub(crate) fn at_transaction(mut error: Box<Error>, index: usize) -> Box<Error> {
    if error.at.is_empty() {
        error.at = format!("transaction {index}");
    }
    error
}

/// Withdrawals, if the block has any such list, and the encodings of each.
type Withdrawals<'a> = (Option<Vec<Withdrawal>>, Vec<&'a [u8]>);

fn decode_withdrawals(rest: &[u8]) -> Result<Withdrawals<'_>> {
    if rest.is_empty() {
        return Ok((None, Vec::new()));
    }
    let (list, rest) = rlp::list(rest).ok_or_else(|| malformed("withdrawals"))?;
    if !rest.is_empty() {
        return Err(malformed("more than four parts"));
    }
    let mut withdrawals = Vec::new();
    let mut raws = Vec::new();
    for (index, raw) in items(list, "withdrawals").enumerate() {
        let raw = raw?;
        let mut rest = raw;
        let withdrawal = Withdrawal::decode(&mut rest).ok().filter(|_| rest.is_empty());
        withdrawals.push(withdrawal.ok_or_else(|| malformed(format_args!("withdrawal {index}")))?);
        raws.push(raw);
    }
    Ok((Some(withdrawals), raws))
}

/// The items of a list's payload, each with its prefix.
fn items<'a>(payload: &'a [u8], at: &'static str) -> impl Iterator<Item = Result<&'a [u8]>> {
    rlp::items(payload).map(move |item| item.map_err(|_| malformed(at)))
}

fn malformed(at: impl std::fmt::Display) -> Box<Error> {
    let mut error = other();
    error.at = at.to_string();
    error
}

/// What is no canonical RLP.
fn other() -> Box<Error> {
    Box::new(Error::new(Code::MalformedBlock).expected("canonical RLP"))
}
