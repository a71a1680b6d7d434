"""Refusing a block, and what a refusal by the execution specification means in our codes."""

from weakstate.errors import InvalidBlock

_CODES = {
    "InvalidSignatureError": "invalid_signature",
    "TransactionTypeError": "transaction_type_not_active",
    "InsufficientTransactionGasError": "transaction_gas",
    "TransactionGasLimitExceededError": "transaction_gas",
    "GasUsedExceedsLimitError": "block_gas_exhausted",
    "NonceMismatchError": "wrong_transaction_nonce",
    "NonceOverflowError": "wrong_transaction_nonce",
    "InvalidSenderError": "sender_not_eoa",
    "InsufficientBalanceError": "insufficient_funds",
    "PriorityFeeGreaterThanMaxFeeError": "transaction_fee",
    "InsufficientMaxFeePerGasError": "transaction_fee",
    "InsufficientMaxFeePerBlobGasError": "transaction_fee",
    "InitCodeTooLargeError": "init_code_too_large",
    "BlobGasLimitExceededError": "invalid_blobs",
    "BlobCountExceededError": "invalid_blobs",
    "NoBlobDataError": "invalid_blobs",
    "InvalidBlobVersionedHashError": "invalid_blobs",
    "EmptyAuthorizationListError": "invalid_authorizations",
}

_CODES_BY_MESSAGE = {
    "does not contain code": "system_contract_missing",
    "call failed": "system_call_failed",
    "deposit": "malformed_deposit",
}


def require(code: str, expected: object, actual: object, *, holds: bool | None = None) -> None:
    """Refuse the block unless ``holds``; by default, unless the two are equal."""
    if not (expected == actual if holds is None else holds):
        raise InvalidBlock(code, _show(expected), _show(actual))


def _show(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def blame(reason: Exception, at: str = "") -> InvalidBlock:
    """Name the rule that EELS found broken; unknown ones are ``invalid_transaction``."""
    message = str(reason)
    return InvalidBlock(_code(reason, message), actual=message, at=at)


def _code(reason: Exception, message: str) -> str:
    name = type(reason).__name__
    if name == "InvalidBlock":
        for part, code in _CODES_BY_MESSAGE.items():
            if part in message:
                return code
        return "transaction_fee"  # the one rule on transactions that EELS raises without a name
    if name == "TransactionTypeContractCreationError":
        return "invalid_blobs" if "Blob" in message else "invalid_authorizations"
    return _CODES.get(name, "invalid_transaction")
