//! A transaction in the form that the interpreter takes, and its refusals in ours.

use alloy_consensus::{Transaction as _, Typed2718};
use alloy_primitives::Address;
use revm::context::TxEnv;
use revm::context_interface::result::InvalidTransaction as Refusal;
use weakstate_codec::{Code, Error};

use crate::block::Transaction;
use crate::sender;

/// The interpreter's form of a transaction.
pub fn environment(transaction: &Transaction, caller: Address) -> TxEnv {
    TxEnv {
        tx_type: transaction.ty(),
        caller,
        gas_limit: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
        kind: transaction.kind(),
        value: transaction.value(),
        data: transaction.input().clone(),
        nonce: transaction.nonce(),
        chain_id: transaction.chain_id(),
        access_list: transaction.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: transaction.max_priority_fee_per_gas(),
        blob_hashes: transaction.blob_versioned_hashes().unwrap_or_default().to_vec(),
        max_fee_per_blob_gas: transaction.max_fee_per_blob_gas().unwrap_or_default(),
        authorization_list: transaction
            .authorization_list()
            .map(sender::authorizations)
            .unwrap_or_default(),
    }
}

/// Our name for the interpreter's refusal of a transaction.
pub fn refusal(refusal: &Refusal) -> Box<Error> {
    let code = match refusal {
        Refusal::PriorityFeeGreaterThanMaxFee
        | Refusal::GasPriceLessThanBasefee
        | Refusal::BlobGasPriceGreaterThanMax { .. } => Code::TransactionFee,
        Refusal::CallerGasLimitMoreThanBlock => Code::BlockGasExhausted,
        Refusal::CallGasCostMoreThanGasLimit { .. }
        | Refusal::GasFloorMoreThanGasLimit { .. }
        | Refusal::TxGasLimitGreaterThanCap { .. } => Code::TransactionGas,
        Refusal::RejectCallerWithCode => Code::SenderNotEoa,
        Refusal::LackOfFundForMaxFee { .. } | Refusal::OverflowPaymentInTransaction => {
            Code::InsufficientFunds
        }
        Refusal::NonceTooHigh { .. } | Refusal::NonceTooLow { .. } => Code::WrongTransactionNonce,
        Refusal::CreateInitCodeSizeLimit => Code::InitCodeTooLarge,
        Refusal::InvalidChainId | Refusal::MissingChainId => Code::WrongChainId,
        Refusal::EmptyBlobs
        | Refusal::BlobCreateTransaction
        | Refusal::TooManyBlobs { .. }
        | Refusal::BlobVersionNotSupported => Code::InvalidBlobs,
        Refusal::AuthorizationListInvalidFields | Refusal::EmptyAuthorizationList => {
            Code::InvalidAuthorizations
        }
        Refusal::AccessListNotSupported
        | Refusal::Eip2930NotSupported
        | Refusal::Eip1559NotSupported
        | Refusal::Eip4844NotSupported
        | Refusal::Eip7702NotSupported => Code::TransactionTypeNotActive,
        // The highest nonce there is, and what no fork so far can come to.
        _ => Code::InvalidTransaction,
    };
    Box::new(Error::new(code).actual(refusal))
}
