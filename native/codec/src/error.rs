//! What can be wrong with an input or with the state store, and who must act on it.
//!
//! Every refusal carries a stable [`Code`]; the code alone decides the [`Blame`].

use std::fmt;

/// By whom a refusal must be acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The block breaks a rule or its header lies: reject it.
    InvalidBlock,
    /// The witness proves nothing about this parent's state: ask another source.
    InvalidWitness,
    /// Execution needs what the witness omits: ask another source.
    NotWitnessed,
    /// The delta does not lead from our state to the block's: fetch it again.
    InvalidDelta,
    /// Larger or slower than the caller allows.
    BudgetExceeded,
    /// The state store is damaged, foreign, locked or full: repair it. Nothing was changed.
    StoreError,
    /// No known form of block or witness.
    Unreadable,
    /// The node is out of reach, refuses, or answers something else: ask again, or another one.
    NodeError,
}

impl Blame {
    /// The word for this blame in machine-readable output.
    pub const fn verdict(self) -> &'static str {
        match self {
            Self::InvalidBlock => "invalid_block",
            Self::InvalidWitness => "invalid_witness",
            Self::NotWitnessed => "not_witnessed",
            Self::InvalidDelta => "invalid_delta",
            Self::BudgetExceeded => "budget_exceeded",
            Self::StoreError => "store_error",
            Self::Unreadable => "unreadable",
            Self::NodeError => "node_error",
        }
    }
}

macro_rules! codes {
    ($($blame:ident { $($name:ident $slug:literal $meaning:literal;)* })*) => {
        /// Stable name of one way to refuse an input.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $meaning] $name,)*)* }

        impl Code {
            /// Every code, in the order in which the checks run.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            /// The stable identifier that users and machines see.
            pub const fn slug(self) -> &'static str {
                match self { $($(Self::$name => $slug,)*)* }
            }

            /// One sentence that says what the code means.
            pub const fn meaning(self) -> &'static str {
                match self { $($(Self::$name => $meaning,)*)* }
            }

            /// Who must act on it.
            pub const fn blame(self) -> Blame {
                match self { $($(Self::$name => Blame::$blame,)*)* }
            }
        }
    };
}

codes! {
    Unreadable {
        Empty "empty" "The input holds no bytes.";
        UnknownForm "unknown_form" "The input is no known form of block or witness.";
        MalformedJson "malformed_json" "The input starts as JSON but breaks its grammar or is cut short.";
        MalformedHex "malformed_hex" "A hexadecimal string has an odd length or a foreign character.";
        MalformedField "malformed_field" "A field has the wrong type, length or value, or is given twice.";
        MissingField "missing_field" "A field that this form needs is not there.";
        MalformedRlp "malformed_rlp" "A witness or header in RLP breaks the encoding's rules.";
        MalformedWitness "malformed_witness" "A witness in weakstate's own bytes breaks their rules or is cut short.";
        MalformedAccessList "malformed_access_list" "A block access list breaks the encoding's rules, or its order, or is of another block.";
        MalformedBundle "malformed_bundle" "A bundle is no map of the parts that it must have, or has bytes after it.";
        MalformedCompression "malformed_compression" "A compressed input is damaged or cut short.";
        MalformedDump "malformed_dump" "A line of a dump of accounts is no account, code or header.";
        WrongDump "wrong_dump" "The accounts of a dump do not hash to the state root that is trusted.";
        MissingPart "missing_part" "A part that is wanted is not there, such as the witness of a block.";
        UnsupportedFork "unsupported_fork" "The chain's rules at this block are not known to this engine.";
    }
    BudgetExceeded {
        InputTooLarge "input_too_large" "The input, once decompressed, is larger than the budget allows.";
        TooManyNodes "too_many_nodes" "The witness holds more nodes, codes or headers than the budget allows.";
        TooManyChanges "too_many_changes" "The delta holds more accounts, slots and codes than the budget allows.";
        TooMuchMemory "too_much_memory" "Execution uses more memory than the budget allows.";
        TooSlow "too_slow" "Verification took longer than the budget allows.";
    }
    InvalidWitness {
        TooManyAncestors "too_many_ancestors" "The witness holds more than 256 ancestor headers.";
        MalformedAncestor "malformed_ancestor" "An ancestor header is not the RLP of a block header.";
        BrokenAncestry "broken_ancestry" "The ancestor headers do not chain by hash up to the block's parent.";
        MissingParent "missing_parent" "Neither the witness nor the caller gives the header of the block's parent.";
        MalformedProof "malformed_proof" "The parts of a Verkle or binary proof are at odds with each other or with its keys, or are no points.";
        WrongProof "wrong_proof" "A proof states other values than the state root commits to.";
        MalformedNode "malformed_node" "A node that the state root commits to is not a Merkle Patricia node of a state.";
    }
    InvalidBlock {
        MalformedBlock "malformed_block" "The block's RLP breaks the encoding's rules or a field does not fit its type.";
        WrongParent "wrong_parent" "The block does not extend the anchor that the caller trusts.";
        HeaderFieldMissing "header_field_missing" "The header lacks a field that the fork requires.";
        HeaderFieldUnexpected "header_field_unexpected" "The header carries a field that the fork does not know.";
        WrongNumber "wrong_number" "The block's number is not its parent's plus one.";
        WrongTimestamp "wrong_timestamp" "The block is not younger than its parent.";
        WrongGasLimit "wrong_gas_limit" "The gas limit moved too far from the parent's or is out of bounds.";
        GasUsedAboveLimit "gas_used_above_limit" "The header's gas used exceeds its gas limit.";
        WrongBaseFee "wrong_base_fee" "The base fee does not follow from the parent.";
        WrongExcessBlobGas "wrong_excess_blob_gas" "The excess blob gas does not follow from the parent.";
        WrongBlobGasUsed "wrong_blob_gas_used" "The header's blob gas is not what its transactions use, or is above the limit.";
        WrongDifficulty "wrong_difficulty" "The difficulty does not follow from the parent, or is not zero after the merge.";
        WrongNonce "wrong_nonce" "The header's nonce is not zero after the merge.";
        WrongExtraData "wrong_extra_data" "The extra data is longer than 32 bytes or lacks the DAO fork's mark.";
        WrongOmmersHash "wrong_ommers_hash" "The ommers do not hash to the header's ommers hash, or there are some after the merge.";
        InvalidOmmer "invalid_ommer" "An ommer is no recent, unused, valid sibling of an ancestor.";
        BlockTooLarge "block_too_large" "The block's RLP is longer than the fork allows.";
        WrongTransactionsRoot "wrong_transactions_root" "The transactions do not hash to the header's root.";
        WrongWithdrawalsRoot "wrong_withdrawals_root" "The withdrawals do not hash to the header's root.";
        TransactionTypeNotActive "transaction_type_not_active" "A transaction's type is not active at this fork.";
        InvalidSignature "invalid_signature" "A transaction's signature recovers to no sender, or breaks the fork's bounds.";
        WrongChainId "wrong_chain_id" "A transaction is signed for another chain.";
        TransactionGas "transaction_gas" "A transaction's gas limit is below its intrinsic cost or above the fork's cap.";
        BlockGasExhausted "block_gas_exhausted" "A transaction asks for more gas than is left in the block.";
        WrongTransactionNonce "wrong_transaction_nonce" "A transaction's nonce is not its sender's.";
        SenderNotEoa "sender_not_eoa" "A transaction's sender is a contract.";
        InsufficientFunds "insufficient_funds" "A sender cannot pay for gas and value.";
        TransactionFee "transaction_fee" "A transaction's fee is below the base fee, or its tip above its fee.";
        InitCodeTooLarge "init_code_too_large" "A creating transaction's init code is larger than the fork allows.";
        InvalidBlobs "invalid_blobs" "A blob transaction has no blobs, too many, a wrong version, or creates a contract.";
        InvalidAuthorizations "invalid_authorizations" "A set-code transaction has no authorizations, or creates a contract.";
        InvalidTransaction "invalid_transaction" "A transaction breaks another rule of its fork.";
        SystemContractMissing "system_contract_missing" "A system contract that the fork calls has no code.";
        SystemCallFailed "system_call_failed" "A call to a system contract failed.";
        MalformedDeposit "malformed_deposit" "A deposit log does not have the deposit contract's layout.";
        WrongGasUsed "wrong_gas_used" "Execution used other gas than the header says.";
        WrongReceiptsRoot "wrong_receipts_root" "The receipts do not hash to the header's root.";
        WrongLogsBloom "wrong_logs_bloom" "The logs' bloom filter is not the header's.";
        WrongRequestsHash "wrong_requests_hash" "The requests do not hash to the header's hash.";
        WrongStateRoot "wrong_state_root" "The state after the block does not hash to the header's root.";
    }
    NotWitnessed {
        AccountNotWitnessed "account_not_witnessed" "Execution reads an account on whose path a node is not in the witness.";
        SlotNotWitnessed "slot_not_witnessed" "Execution reads a storage slot on whose path a node is not in the witness.";
        CodeNotWitnessed "code_not_witnessed" "Execution reads a code that is not in the witness.";
        BlockHashNotWitnessed "block_hash_not_witnessed" "Execution reads an ancestor's hash that the witness does not prove.";
        LeafNotWitnessed "leaf_not_witnessed" "A value of a Verkle or binary tree is asked for that the proof does not open.";
        SiblingNotWitnessed "sibling_not_witnessed" "A write needs a node beside its path that is not in the witness.";
    }
    StoreError {
        StoreMissing "store_missing" "There is no state store in the directory.";
        StoreExists "store_exists" "There is a state store in the directory already.";
        StoreForeign "store_foreign" "The directory holds something that is not a state store.";
        StoreOldFormat "store_old_format" "The state store is in an older format: upgrade it.";
        StoreNewFormat "store_new_format" "The state store is in a newer format than this release knows.";
        StoreLocked "store_locked" "Another process, or another part of this one, holds the state store.";
        StoreReadOnly "store_read_only" "The state store, or its directory, may not be written to.";
        StoreFull "store_full" "The disk is full, or the state store has reached its size limit.";
        StoreDamaged "store_damaged" "The state store's files do not hold what was written to them.";
        StoreMissingNode "store_missing_node" "The state store lacks a node, code or header that its head commits to.";
        StoreMissingUndo "store_missing_undo" "The state store does not keep what takes those blocks back.";
        StoreFailed "store_failed" "The system refused to read or write the state store's files.";
    }
    NodeError {
        NodeUnreachable "node_unreachable" "The node gave no whole answer in time, however often it was asked.";
        NodeRefused "node_refused" "The node answers with an error: it lacks the method, the block or its state, or denies access.";
        WrongAnswer "wrong_answer" "The node answered something else than it was asked for.";
    }
    InvalidDelta {
        MalformedDelta "malformed_delta" "A delta's bytes break their rules or are cut short.";
        DeltaWrongParent "delta_wrong_parent" "The delta does not start at the block that it is applied to.";
        DeltaWrongBlock "delta_wrong_block" "The delta does not end at the block whose header is given.";
        DeltaWrongPreState "delta_wrong_pre_state" "The delta starts from another state than the one it is applied to.";
        DeltaMissingCode "delta_missing_code" "The delta gives an account a code that neither it nor the state holds.";
        DeltaWrongPostState "delta_wrong_post_state" "The delta does not lead to the state root of the block's header.";
    }
}

/// A refusal: what is wrong, what was expected and found, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Which refusal this is.
    pub code: Code,
    /// What the rule asks for; empty where the meaning says it all.
    pub expected: String,
    /// What was found instead.
    pub actual: String,
    /// Place in the input or state: a field, an index, an address, a path.
    pub at: String,
}

impl Error {
    /// A refusal with nothing but its code.
    pub fn new(code: Code) -> Self {
        Self { code, expected: String::new(), actual: String::new(), at: String::new() }
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl fmt::Display) -> Self {
        self.expected = expected.to_string();
        self
    }

    /// Says what was found.
    #[must_use]
    pub fn actual(mut self, actual: impl fmt::Display) -> Self {
        self.actual = actual.to_string();
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, at: impl fmt::Display) -> Self {
        self.at = at.to_string();
        self
    }

    /// Who must act on it.
    pub fn blame(&self) -> Blame {
        self.code.blame()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code.slug())?;
        if !self.expected.is_empty() {
            write!(f, ": expected {}", self.expected)?;
        }
        if !self.actual.is_empty() {
            write!(f, "{} got {}", if self.expected.is_empty() { ":" } else { "," }, self.actual)?;
        }
        if !self.at.is_empty() {
            write!(f, " (at {})", self.at)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
