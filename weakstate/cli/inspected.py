"""What `weakstate inspect` found in a file, and the object that `--json` prints of it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from weakstate._native import (
    Block,
    Delta,
    Item,
    Level,
    Part,
    ProofSurvey,
    Verified,
    survey_delta,
)
from weakstate.cli.plan import Plan
from weakstate.cli.refusal import refusal_to_dict
from weakstate.cli.text import hexadecimal
from weakstate.errors import WeakstateError
from weakstate.witness.report import Account, WitnessReport


class Judged(NamedTuple):
    """What became of a block under the chain that the caller named."""

    plan: Plan
    result: Verified | WeakstateError


class Inspected(NamedTuple):
    """One thing that a file holds, taken apart; an error stands for what could not be."""

    file: str
    position: int
    item: Item
    block: Block | WeakstateError | None
    witness: WitnessReport | None
    delta: Delta | WeakstateError | None
    judged: Judged | None


def to_dict(found: Inspected) -> dict[str, Any]:
    """All that is known; what is not there or not known is null."""
    item = found.item
    return {
        "file": found.file,
        "item": found.position,
        "block": None if found.block is None else _block(found.block, item.block or b""),
        "witness": found.witness and _witness(found.witness),
        "delta": None if found.delta is None else _delta(found.delta, item.delta or b""),
        "claims": {
            "chain_id": item.chain_id,
            "pre_state_root": hexadecimal(item.pre_state_root),
            "block_hashes": len(item.block_hashes),
        },
        "verification": found.judged and _judged(found.judged),
        "error": None,
    }


def refused_to_dict(file: str, error: WeakstateError) -> dict[str, Any]:
    """The same for a file that could not be read."""
    nothing = dict.fromkeys(("block", "witness", "delta", "claims", "verification"))
    return {"file": file, "item": 0, **nothing, "error": refusal_to_dict(error)}


def _block(block: Block | WeakstateError, data: bytes) -> dict[str, Any]:
    if isinstance(block, WeakstateError):
        return {"bytes": len(data), "error": refusal_to_dict(block)}
    return {
        "bytes": len(data),
        "number": block.number,
        "hash": hexadecimal(block.hash),
        "parent_hash": hexadecimal(block.header.parent_hash),
        "transactions": block.transactions,
        "error": None,
    }


def _delta(delta: Delta | WeakstateError, data: bytes) -> dict[str, Any]:
    if isinstance(delta, WeakstateError):
        return {"bytes": len(data), "error": refusal_to_dict(delta)}
    found = survey_delta(delta)
    return {
        "bytes": len(data),
        "number": delta.number,
        "blocks": delta.blocks,
        "block_hash": hexadecimal(delta.block_hash),
        "parent_hash": hexadecimal(delta.parent_hash),
        "pre_state_root": hexadecimal(delta.pre_state_root),
        "post_state_root": hexadecimal(delta.post_state_root),
        "accounts": {
            "number": found.accounts,
            "bytes": found.account_bytes,
            "created": found.created,
            "destroyed": found.destroyed,
            "storage_cleared": found.cleared,
        },
        "slots": {"number": found.slots, "bytes": found.slot_bytes},
        "codes": {"number": found.codes, "bytes": found.code_bytes},
        "error": None,
    }


def _judged(judged: Judged) -> dict[str, Any]:
    plan, result = judged
    refusal = result if isinstance(result, WeakstateError) else None
    task = None if isinstance(plan.task, WeakstateError) else plan.task
    return {
        "verdict": refusal.verdict if refusal else "valid",
        "code": refusal and refusal.code,
        "chain": plan.chain and {"name": plan.chain.name, "id": plan.chain.chain_id},
        "anchor": task and {"kind": task.footing.anchor.kind, "chosen_by": task.footing.basis},
        "error": refusal and refusal_to_dict(refusal),
    }


def _witness(report: WitnessReport) -> dict[str, Any]:
    found, used = report.survey, report.surplus is not None
    return {
        "bytes": report.total_bytes,
        "parts": {name: _part(part, report.total_bytes) for name, part in report.parts.items()},
        "proof": report.proof and _proof(report.proof, len(report.witness.proof)),
        "node_bytes": report.sizes._asdict(),
        "root": hexadecimal(report.root),
        "root_from": report.root_from,
        "reached": report.reached._asdict(),
        "unreachable": report.unreachable._asdict(),
        "malformed": report.malformed._asdict(),
        "surplus": report.surplus and report.surplus._asdict(),
        "holes": found.holes,
        "levels": [_level(level, used) for level in found.levels],
        "accounts": [_account(account) for account in report.accounts()],
        "codes": [
            {"hash": hexadecimal(code.hash), "bytes": code.bytes, "used": code.used}
            for code in report.codes()
        ],
        "ancestors": [
            {
                "number": ancestor.number,
                "hash": hexadecimal(ancestor.hash),
                "bytes": ancestor.bytes,
                "needed": ancestor.needed,
            }
            for ancestor in report.ancestors()
        ],
    }


def _proof(proof: ProofSurvey | WeakstateError, length: int) -> dict[str, Any]:
    if isinstance(proof, WeakstateError):
        return {"bytes": length, "error": refusal_to_dict(proof)}
    return {
        "bytes": length,
        "parts": {
            name.replace(" ", "_"): {"number": number, "bytes": count, "share": count / length}
            for name, number, count in proof.parts
        },
        "keys": {"present": proof.present, "absent": proof.absent},
        "levels": [{"depth": depth, **dict(counts)} for depth, counts in proof.levels],
        "error": None,
    }


def _part(part: Part, total: int) -> dict[str, Any]:
    return {
        "number": part.number,
        "bytes": part.bytes,
        "share": part.bytes / total if total else 0.0,
        "largest": part.largest,
        "duplicates": part.duplicates,
        "unsorted": part.unsorted,
        "empty": part.empty,
    }


def _level(level: Level, used: bool) -> dict[str, Any]:
    return {
        "trie": level.trie,
        "depth": level.depth,
        "kind": level.kind,
        "nodes": level.nodes,
        "bytes": level.bytes,
        "used_nodes": level.used_nodes if used else None,
        "used_bytes": level.used_bytes if used else None,
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "key": hexadecimal(account.key),
        "address": hexadecimal(account.address),
        "present": account.present,
        "touched": account.touched,
        "storage_nodes": account.storage_nodes,
        "storage_bytes": account.storage_bytes,
        "slots": account.slots,
        "touched_slots": _hex_slots(account.touched_slots),
        "code_hash": hexadecimal(account.code_hash),
    }


def _hex_slots(slots: Sequence[int] | None) -> list[str] | None:
    return None if slots is None else [hex(slot) for slot in slots]
