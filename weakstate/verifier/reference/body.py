"""A block's body: its exact form, and that it hashes to the header's roots (steps 1 and 3).

Source: Yellow Paper 4.4 (the block), 4.4.2 (holistic validity); EIP-2718 (typed transactions),
EIP-4895 (withdrawals), EIP-7934 (block size).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import rlp  # type: ignore[import-untyped]  # ships no types

from weakstate.errors import InvalidBlock
from weakstate.trees.mpt import Structure, ordered_root
from weakstate.verifier.reference.blame import require
from weakstate.verifier.reference.forks import REFUSALS, Rules
from weakstate.verifier.reference.header import Header, hash_ommers
from weakstate.verifier.reference.transactions import check_type, decode, recover_sender
from weakstate.verifier.reference.types import ChainRules, EelsBlock


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

    block = _decode(raw, rules)
    transactions = [
        item if isinstance(item, bytes) else rlp.encode(item) for item in raw.transactions
    ]
    require("wrong_transactions_root", header.transactions_root, ordered_root(transactions))
    require("wrong_ommers_hash", header.ommers_hash, hash_ommers(raw.ommers))
    if rules.has("withdrawals_root"):
        withdrawals = [rlp.encode(item) for item in raw.withdrawals or ()]
        require("wrong_withdrawals_root", header.withdrawals_root, ordered_root(withdrawals))
    for index, transaction in enumerate(block.transactions):
        place = f"transaction {index}"
        recover_sender(chain, decode(transaction, rules, place), rules, place)
    return block


def _decode(raw: RawBlock, rules: Rules) -> EelsBlock:
    """Read every item of the lists in the form of the block's fork."""
    for index, item in enumerate(raw.transactions):
        check_type(item, rules, f"transaction {index}")
    try:
        block = rules.block(raw.header, raw.transactions, raw.withdrawals)
    except (*REFUSALS, RecursionError) as reason:
        raise InvalidBlock("malformed_block", actual=str(reason)) from reason
    for index, transaction in enumerate(block.transactions):
        decode(transaction, rules, f"transaction {index}")
    return block
