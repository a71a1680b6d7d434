"""A block's body: its exact form, and that it hashes to the header's roots (steps 1 and 3).

Source: Yellow Paper 4.4 (the block), 4.4.2 (holistic validity); EIP-2718 (typed transactions),
EIP-4895 (withdrawals), EIP-7934 (block size).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import rlp  # type: ignore[import-untyped]  # ships no types

from weakstate.errors import InvalidBlock
from weakstate.trees.mpt import Structure, ordered_root
from weakstate.verifier.reference.blame import blame, require
from weakstate.verifier.reference.forks import REFUSALS, Rules
from weakstate.verifier.reference.header import Header, hash_ommers
from weakstate.verifier.reference.types import ChainRules, EelsBlock, EelsTransaction


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A block before any rule is applied: its headers, and the items of its other lists."""

    encoded: bytes
    header: Header
    transactions: Sequence[Structure]
    ommers: Sequence[Header]
    withdrawals: Sequence[Structure] | None

    @classmethod
    def from_rlp(cls, encoded: bytes) -> "RawBlock":
        """Read a block's exact RLP. Raises: InvalidBlock."""
        try:
            items = rlp.decode(encoded)
            if isinstance(items, bytes) or len(items) not in (3, 4):
                raise ValueError("not a list of 3 or 4 items")
            if any(isinstance(item, bytes) for item in items):
                raise ValueError("an item that is no list")
            header = Header.from_items(items[0])
            ommers = [Header.from_items(ommer) for ommer in items[2]]
        except (rlp.DecodingError, RecursionError, ValueError) as reason:
            raise InvalidBlock("malformed_block", actual=str(reason)) from reason
        withdrawals = items[3] if len(items) == 4 else None
        return cls(encoded, header, items[1], ommers, withdrawals)

    @property
    def hash(self) -> bytes:
        """Keccak-256 of the header."""
        return self.header.hash


def check_body(chain: ChainRules, raw: RawBlock, rules: Rules) -> EelsBlock:
    """Check the body against its header; return the block in EELS' form. Raises: InvalidBlock."""
    header = raw.header
    most = getattr(rules.fork, "MAX_RLP_BLOCK_SIZE", len(raw.encoded))
    size = len(raw.encoded)
    require("block_too_large", f"at most {most} bytes", size, holds=size <= most)

    transactions = [
        item if isinstance(item, bytes) else rlp.encode(item) for item in raw.transactions
    ]
    require("wrong_transactions_root", header.transactions_root, ordered_root(transactions))
    require("wrong_ommers_hash", header.ommers_hash, hash_ommers(raw.ommers))
    if rules.has("withdrawals_root"):
        withdrawals = [rlp.encode(item) for item in raw.withdrawals or ()]
        require("wrong_withdrawals_root", header.withdrawals_root, ordered_root(withdrawals))

    for index, item in enumerate(raw.transactions):
        _check_type(item, rules, f"transaction {index}")
    try:
        block = rules.block(raw.header, raw.transactions, raw.withdrawals)
    except (*REFUSALS, RecursionError) as reason:
        raise InvalidBlock("malformed_block", actual=str(reason)) from reason
    for index, transaction in enumerate(block.transactions):
        _recover_sender(chain, transaction, rules, f"transaction {index}")
    return block


_TYPES = ("AccessListTransaction", "FeeMarketTransaction", "BlobTransaction", "SetCodeTransaction")


def _check_type(item: Structure, rules: Rules, at: str) -> None:
    """Refuse a typed transaction before its fork; EELS reads types only once they are active."""
    if not isinstance(item, bytes):
        return
    if not item:
        raise InvalidBlock("malformed_block", actual="an empty transaction", at=at)
    active = [kind for kind, name in enumerate(_TYPES, 1) if hasattr(rules.transactions, name)]
    if item[0] not in active:
        expected = f"legacy or one of {active}"
        raise InvalidBlock("transaction_type_not_active", expected, f"type {item[0]}", at)


def _recover_sender(chain: ChainRules, transaction: EelsTransaction, rules: Rules, at: str) -> None:
    """Require a signature for this chain: EELS itself does not compare a typed one's chain id."""
    try:
        if isinstance(transaction, bytes):
            transaction = rules.transactions.decode_transaction(transaction)
    except (*REFUSALS, RecursionError) as reason:
        raise InvalidBlock("malformed_block", actual=str(reason), at=at) from reason

    signed_for = getattr(transaction, "chain_id", None)
    if signed_for is None and hasattr(rules.transactions, "signing_hash_155"):
        v = int(transaction.v)
        signed_for = (v - 35) // 2 if v >= 35 else None
    if signed_for is not None and signed_for != chain.chain_id:
        raise InvalidBlock("wrong_chain_id", str(chain.chain_id), str(signed_for), at)
    try:
        rules.recover_sender(chain.chain_id, transaction)
    except REFUSALS as reason:
        raise blame(reason, at) from reason
