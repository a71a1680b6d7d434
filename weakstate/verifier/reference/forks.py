"""The rules of each fork: its package of the execution specification, with our chain's numbers.

Source: ``ethereum-execution`` 2.20.0 (EELS), one package ``ethereum.forks.<fork>`` each.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from importlib import import_module
from inspect import signature
from operator import methodcaller
from threading import RLock
from types import ModuleType
from typing import Any

import rlp  # type: ignore[import-untyped]  # ships no types
from ethereum.exceptions import EthereumException
from ethereum_rlp.exceptions import RLPException
from ethereum_rlp.rlp import decode_to
from ethereum_types.bytes import Bytes20
from ethereum_types.numeric import U64, Uint

from weakstate.errors import InvalidBlock
from weakstate.trees.mpt import Structure
from weakstate.verifier.reference.code import hash_of_code
from weakstate.verifier.reference.header import Header
from weakstate.verifier.reference.types import (
    ChainRules,
    EelsBlock,
    EelsHeader,
    EelsTransaction,
)

_PACKAGES = {
    "Frontier": "frontier",
    "Homestead": "homestead",
    "DAO": "dao_fork",
    "Tangerine Whistle": "tangerine_whistle",
    "Spurious Dragon": "spurious_dragon",
    "Byzantium": "byzantium",
    "Petersburg": "constantinople",  # EELS' Constantinople is without EIP-1283, as Petersburg
    "Istanbul": "istanbul",
    "Muir Glacier": "muir_glacier",
    "Berlin": "berlin",
    "London": "london",
    "Arrow Glacier": "arrow_glacier",
    "Gray Glacier": "gray_glacier",
    "Paris": "paris",
    "Shanghai": "shanghai",
    "Cancun": "cancun",
    "Prague": "prague",
    "Osaka": "osaka",
    "BPO1": "bpo1",
    "BPO2": "bpo2",
    "BPO3": "bpo2",  # from here on only the blob schedule differs
    "BPO4": "bpo2",
    "BPO5": "bpo2",
}

_DEPOSIT_CONTRACTS = {
    17000: "4242424242424242424242424242424242424242",
    11155111: "7f02c3e3c98b133055b8b348b2ac625669ed295d",
}
"""Where deposits are made (EIP-6110) on chains that do not use mainnet's address."""

REFUSALS = (EthereumException, RLPException, OverflowError)
"""What EELS raises where a block breaks a rule."""

_SPECIFICATION = RLock()


class Rules:
    """One fork's package; modules and types are EELS' own and keep its names."""

    def __init__(self, name: str) -> None:
        self.name = name
        package = f"ethereum.forks.{_PACKAGES[name]}"
        self.fork: Any = import_module(f"{package}.fork")
        self.blocks: Any = import_module(f"{package}.blocks")
        self.transactions: Any = import_module(f"{package}.transactions")
        self.types: Any = import_module(f"{package}.fork_types")
        self.trie: Any = import_module(f"{package}.trie")
        self.vm: Any = import_module(f"{package}.vm")
        self.gas: Any = import_module(f"{package}.vm.gas")
        self._interpreter: Any = import_module(f"{package}.vm.interpreter")
        self._environment: Any = import_module(f"{package}.vm.instructions.environment")
        self._header_fields = [field.name for field in fields(self.blocks.Header)]

    @property
    def header_length(self) -> int:
        """Count of fields in a header."""
        return len(self._header_fields)

    @property
    def after_merge(self) -> bool:
        """Whether blocks are sealed by proof of stake (EIP-3675)."""
        return not hasattr(self.fork, "calculate_block_difficulty")

    @property
    def difficulty_counts_ommers(self) -> bool:
        """Whether a parent with ommers raises the difficulty (EIP-100, since Byzantium)."""
        return len(signature(self.fork.calculate_block_difficulty).parameters) == 5

    def has(self, header_field: str) -> bool:
        """Whether headers have this field."""
        return header_field in self._header_fields

    def header(self, header: Header) -> EelsHeader:
        """Return ``header`` in this fork's form; fields that it lacks are blank.

        EELS asks by type whether a parent belongs to an earlier fork, and then ignores its blob
        gas; with the parent in the child's form, the first block of a fork is as any other.
        """
        items: list[Any] = header.items()[: self.header_length]
        for name in self._header_fields[len(items) :]:
            items.append(bytes(32) if name.endswith(("root", "hash")) else 0)
        return decode_to(self.blocks.Header, rlp.encode(items))

    def block(
        self,
        header: Header,
        transactions: Sequence[Structure],
        withdrawals: Sequence[Structure] | None,
    ) -> EelsBlock:
        """Return a block, without its ommers, in this fork's form. Raises: one of ``REFUSALS``."""
        items = [header.items(), transactions, []]
        if withdrawals is not None:
            items.append(withdrawals)
        return decode_to(self.blocks.Block, rlp.encode(items))

    def recover_sender(self, chain_id: int, transaction: EelsTransaction) -> bytes:
        """Recover who signed. Raises: one of ``REFUSALS``."""
        recover = self.transactions.recover_sender
        with_chain = "chain_id" in signature(recover).parameters
        return bytes(recover(U64(chain_id), transaction) if with_chain else recover(transaction))

    @contextmanager
    def in_force(self, chain: ChainRules, header: Header) -> Iterator[None]:
        """Give EELS our chain's numbers for a while.

        They are constants of its modules, so only one block is verified at a time.
        """
        blobs = chain.fork_at(header.number, header.timestamp).blobs
        with _SPECIFICATION, replaced(self._changes(chain, blobs)):
            yield

    def _changes(self, chain: ChainRules, blobs: Sequence[int] | None) -> "Changes":
        # Found once for each code rather than at each call: the same answer, much sooner.
        find_jumps = self._interpreter.get_valid_jump_destinations
        yield self._interpreter, "get_valid_jump_destinations", cache(find_jumps)
        # EXTCODEHASH: the account says the hash, so the code need not be there.
        if hasattr(self._environment, "keccak256"):
            yield self._environment, "keccak256", hash_of_code

        # Until Byzantium each receipt holds the state root after its transaction.
        yield self.fork, "state_root", methodcaller("root")

        deposits = getattr(chain, "deposit_contract", None)
        if deposits is None and chain.chain_id in _DEPOSIT_CONTRACTS:
            deposits = bytes.fromhex(_DEPOSIT_CONTRACTS[chain.chain_id])
        if deposits is not None and self.has("requests_hash"):
            requests = import_module(f"{self.fork.__package__}.requests")
            yield requests, "DEPOSIT_CONTRACT_ADDRESS", Bytes20(deposits)

        if blobs is not None and self.has("excess_blob_gas"):
            target, most, fraction = blobs
            each = self.gas.GAS_PER_BLOB
            yield self.gas, "TARGET_BLOB_GAS_PER_BLOCK", each * U64(target)
            yield self.gas, "BLOB_BASE_FEE_UPDATE_FRACTION", Uint(fraction)
            yield self.fork, "MAX_BLOB_GAS_PER_BLOCK", each * U64(most)
            if hasattr(self.gas, "BLOB_SCHEDULE_MAX"):
                yield self.gas, "BLOB_SCHEDULE_TARGET", U64(target)
                yield self.gas, "BLOB_SCHEDULE_MAX", U64(most)


Changes = Iterator[tuple[ModuleType, str, object]]


@contextmanager
def replaced(changes: Changes) -> Iterator[None]:
    """Set attributes of modules, and put back what was there."""
    before = []
    try:
        for module, name, value in changes:
            before.append((module, name, getattr(module, name)))
            setattr(module, name, value)
        yield
    finally:
        for module, name, value in reversed(before):
            setattr(module, name, value)


@contextmanager
def deep_calls() -> Iterator[None]:
    """Let Python nest as deep as the EVM: 1,024 calls, each of a handful of functions."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 20_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def rules_at(chain: ChainRules, number: int, timestamp: int) -> Rules:
    """Find the rules of a block. Raises: InvalidBlock if EELS does not know its fork."""
    name = chain.fork_at(number, timestamp).name
    if name not in _PACKAGES:
        raise InvalidBlock("unsupported_fork", actual=name, at=f"block {number}")
    return _load(name)


@cache
def _load(name: str) -> Rules:
    return Rules(name)
