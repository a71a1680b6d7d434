"""Which refusals answer to which exception names of the official suites.

The suites' names are grouped into classes by ``eftests/exceptions.tsv``. A block may break
two rules at once, and clients check in different orders: the classes that a name stands for
say which of our codes are right answers to it.
"""

import csv
import functools
import os
from pathlib import Path

TRANSACTION = {
    "malformed_block",
    "transaction_type_not_active",
    "invalid_signature",
    "wrong_chain_id",
    "transaction_gas",
    "block_gas_exhausted",
    "wrong_transaction_nonce",
    "sender_not_eoa",
    "insufficient_funds",
    "transaction_fee",
    "init_code_too_large",
    "invalid_blobs",
    "invalid_authorizations",
    "invalid_transaction",
}
HEADER = {
    "wrong_number",
    "wrong_timestamp",
    "wrong_gas_limit",
    "gas_used_above_limit",
    "wrong_base_fee",
    "wrong_excess_blob_gas",
    "wrong_blob_gas_used",
    "wrong_difficulty",
    "wrong_nonce",
    "wrong_extra_data",
    "header_field_missing",
    "header_field_unexpected",
    "wrong_ommers_hash",
    "wrong_parent",
}
BODY = {
    "block_too_large",
    "block_gas_exhausted",
    "wrong_transactions_root",
    "wrong_withdrawals_root",
    "wrong_gas_used",
    "wrong_receipts_root",
    "wrong_logs_bloom",
    "gas_used_above_limit",
}
REQUESTS = {
    "system_contract_missing",
    "system_call_failed",
    "malformed_deposit",
    "wrong_requests_hash",
}
ANSWERS = {
    "decode": TRANSACTION | {"header_field_missing", "header_field_unexpected"},
    "tx": TRANSACTION,
    "tx-type-not-active (decode or tx)": TRANSACTION,
    "header": HEADER,
    "header (DAO extra data)": {"wrong_extra_data"},
    "header-parent": {"wrong_timestamp", "wrong_parent", "wrong_number"},
    "header-blob": {"wrong_excess_blob_gas", "wrong_blob_gas_used", "invalid_blobs"},
    "header-format-for-fork (decode or header)": HEADER | {"malformed_block"},
    "body/execution-commitment": BODY | {"wrong_ommers_hash"},
    "ommers": {"invalid_ommer", "wrong_ommers_hash"},
    "state-root": {"wrong_state_root"},
    "requests/system-call": REQUESTS,
}


@functools.cache
def classes() -> dict[str, str]:
    """The class of each exception name, as the data folder gives it."""
    folder = os.environ.get("WEAKSTATE_DATA")
    if folder is None:
        return {}
    with (Path(folder) / "eftests" / "exceptions.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {row["exception"]: row["proposed_class"] for row in rows}


# Seals are not checked: such blocks are refused for another rule that they break as well.
SEAL = {"InvalidBlockNonce"}


def accepts(names: str, code: str) -> bool:
    """Whether ``code`` is a right answer to any of the names that a test gives."""
    if names in SEAL:
        return True
    table = classes()
    found = [table[name] for name in [names, *names.split("|")] if name in table]
    if not found or "unspecified" in found:
        return True
    return any(code in ANSWERS[name] for name in found)
