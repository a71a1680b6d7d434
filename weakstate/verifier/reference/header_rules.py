"""The rules by which a block's header follows from its parent's (step 2).

Source: Yellow Paper 4.4.4 (block header validity); EIP-779 (DAO), EIP-1559 (base fee), EIP-3675
(the merge), EIP-4844 and EIP-7918 (blobs). The formulas themselves are those of the execution
specification (EELS); the proof-of-work seal is not checked.
"""

from dataclasses import fields
from typing import Any

from ethereum_types.numeric import U256, Uint

from weakstate.errors import InvalidBlock
from weakstate.verifier.reference.blame import require
from weakstate.verifier.reference.forks import Rules
from weakstate.verifier.reference.header import EMPTY_OMMERS_HASH, Header
from weakstate.verifier.reference.types import ChainRules

INITIAL_BASE_FEE = 10**9
MAX_GAS_LIMIT = 2**63 - 1
DAO_EXTRA_DATA = b"dao-hard-fork"


def check_header(chain: ChainRules, header: Header, parent: Header | None, rules: Rules) -> None:
    """Check a header alone and, where the parent is known, against it. Raises: InvalidBlock."""
    _check_form(header, rules)
    _check_limits(header, rules)
    if rules.after_merge:
        require("wrong_difficulty", 0, header.difficulty)
        require("wrong_nonce", bytes(8), header.nonce)
        require("wrong_ommers_hash", EMPTY_OMMERS_HASH, header.ommers_hash)
    if any(is_dao_fork_block(chain, header.number - age) for age in range(10)):
        require("wrong_extra_data", DAO_EXTRA_DATA, header.extra_data)
    if parent is None:
        return

    require("wrong_number", parent.number + 1, header.number)
    later = header.timestamp > parent.timestamp
    require("wrong_timestamp", f"after {parent.timestamp}", header.timestamp, holds=later)
    _check_gas(header, parent, rules)
    if not rules.after_merge:
        require("wrong_difficulty", _difficulty(header, parent, rules), header.difficulty)


def _check_form(header: Header, rules: Rules) -> None:
    """Require the fields of the block's fork: no fewer, no more."""
    names = [field.name for field in fields(Header)]
    given, wanted = len(header.items()), rules.header_length
    if given < wanted:
        raise InvalidBlock("header_field_missing", expected=names[given], at=rules.name)
    if given > wanted:
        raise InvalidBlock("header_field_unexpected", actual=names[wanted], at=rules.name)


def _check_limits(header: Header, rules: Rules) -> None:
    limit = header.gas_limit
    require("wrong_gas_limit", "at most 2^63 - 1", limit, holds=limit <= MAX_GAS_LIMIT)
    fits = header.gas_used <= limit
    require("gas_used_above_limit", f"at most {limit}", header.gas_used, holds=fits)
    size = len(header.extra_data)
    require("wrong_extra_data", "at most 32 bytes", f"{size} bytes", holds=size <= 32)
    if header.blob_gas_used is not None:
        most = int(rules.fork.MAX_BLOB_GAS_PER_BLOCK)
        fits = header.blob_gas_used <= most
        require("wrong_blob_gas_used", f"at most {most}", header.blob_gas_used, holds=fits)


def _check_gas(header: Header, parent: Header, rules: Rules) -> None:
    """Gas limit, base fee and excess blob gas follow from the parent.

    The first block with a base fee may use twice the gas (EIP-1559). The first block of a fork
    counts blobs by its own schedule (EIP-7892).
    """
    limit, parent_limit = Uint(header.gas_limit), Uint(parent.gas_limit)
    if header.base_fee_per_gas is not None and parent.base_fee_per_gas is None:
        parent_limit *= Uint(2)
    near = rules.fork.check_gas_limit(limit, parent_limit)
    require("wrong_gas_limit", f"5000 or more, near {parent_limit}", limit, holds=near)

    if header.base_fee_per_gas is not None:
        base_fee = INITIAL_BASE_FEE
        if parent.base_fee_per_gas is not None:
            used, before = Uint(parent.gas_used), Uint(parent.base_fee_per_gas)
            base_fee = rules.fork.calculate_base_fee_per_gas(limit, parent_limit, used, before)
        require("wrong_base_fee", base_fee, header.base_fee_per_gas)
    if header.excess_blob_gas is not None:
        excess = rules.gas.calculate_excess_blob_gas(rules.header(parent))
        require("wrong_excess_blob_gas", excess, header.excess_blob_gas)


def _difficulty(header: Header, parent: Header, rules: Rules) -> int:
    arguments: list[Any] = [
        Uint(header.number),
        U256(header.timestamp),
        U256(parent.timestamp),
        Uint(parent.difficulty),
    ]
    if rules.difficulty_counts_ommers:
        arguments.append(parent.ommers_hash != EMPTY_OMMERS_HASH)
    return int(rules.fork.calculate_block_difficulty(*arguments))


def is_dao_fork_block(chain: ChainRules, number: int) -> bool:
    """Tell whether the DAO's ether moves at the start of this block (EIP-779)."""
    if number < 1:
        return False
    return chain.fork_at(number - 1, 0).name != "DAO" == chain.fork_at(number, 0).name
