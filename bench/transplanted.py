"""A real block in a generated state of every scheme: executed, verified, measured, predicted."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import zstandard

from bench.generated import Plan
from weakstate import Anchor, Block, Header, Produced, State, Verified, Witness, verify
from weakstate._native import survey_proof
from weakstate.sizes.access import EMPTY_CODE, AccessSet
from weakstate.sizes.case import Case
from weakstate.sizes.draws import Draws
from weakstate.sizes.population import Population
from weakstate.sizes.predict import predict
from weakstate.sizes.transplant import Graft
from weakstate.sizes.verkle import VerkleShape

SCHEMES = ("mpt", "verkle", "verkle-kzg", "binary-7864", "binary-geth", "binary-8297")
ZSTANDARD_LEVEL = 3
CHUNK = 32  # bytes of a chunk of code in a witness, and of any other leaf's value

Result = TypeVar("Result")


class OtherOutcomeError(Exception):
    """A block came to something else than on mainnet."""


@dataclass(frozen=True)
class Row:
    """A block under a scheme. Times are CPU milliseconds, medians.

    ``witness`` are all bytes, which ``parts`` takes apart; ``proven`` those that are predicted:
    without ancestor headers, nodes of Merkle Patricia tries as a plain list, a proof of leaves with
    the frame of its format.
    """

    block: int
    scheme: str
    witness: int
    packed: int
    code: int
    proven: int
    predicted: float
    produce: float
    verify: float
    parts: Mapping[str, int]

    @property
    def error(self) -> float:
        """In per cent."""
        return 100 * (self.predicted / self.proven - 1)


class Made(NamedTuple):
    """What became of a block under a scheme."""

    parent_root: bytes
    produced: Produced
    verified: Verified
    witness: bytes
    produce: float
    verify: float


def plan_for(grafts: Iterable[Graft], accounts: int, seed: int) -> Plan:
    """A state with the storage of contracts that blocks touch, scaled down with the state.

    A contract that is not there before one of the blocks has none.
    """
    storage: dict[bytes, int] = {}
    absent = set()
    for graft in grafts:
        scale = accounts / Population.at(graft.block.number).accounts
        for account in graft.access.accounts:
            if not account.present:
                absent.add(account.address)
            elif count := round((account.unseen_slots or 0) * scale):
                storage[account.address] = max(count, storage.get(account.address, 0))
    there = {address: count for address, count in storage.items() if address not in absent}
    return Plan(accounts, seed, there)


def measure(
    graft: Graft, states: Mapping[str, State], plan: Plan, population: Population, rounds: int
) -> Iterator[Row]:
    """Execute a block in the state of every scheme. The states are afterwards as they were.

    Raises: OtherOutcomeError; WeakstateError where a block or witness is refused.
    """
    made = {scheme: _made(graft, state, rounds) for scheme, state in states.items()}
    read = {}
    for scheme, found in made.items():
        expect_same(graft, scheme, found)
        if scheme != "mpt":
            read[scheme] = found.produced.code_chunks
    chunks = next(iter(read.values()), [])
    if any(other != chunks for other in read.values()):
        raise OtherOutcomeError(f"block {graft.block.number} reads other code under some schemes")
    access = accesses(graft, chunks, plan, population)
    for scheme, found in made.items():
        yield _row(graft, scheme, found, predicted(scheme, access, population))


def _made(graft: Graft, state: State, rounds: int) -> Made:
    base = state.head.number
    block = graft.into(state)
    parent, chain = state.head, state.chain
    try:
        produced, produce_ms = timed(rounds, lambda: state.produce(chain, block.rlp, check=False))
    finally:
        state.revert(parent.number - base)
    witness = produced.witness.to_bytes()
    verified, verify_ms = timed(rounds, lambda: _verified(state, parent, block, witness))
    return Made(parent.state_root, produced, verified, witness, produce_ms, verify_ms)


def _verified(state: State, parent: Header, block: Block, witness: bytes) -> Verified:
    """From bytes, as a verifier gets them."""
    return verify(state.chain, Anchor.header(parent.rlp), block, Witness.from_bytes(witness))


def timed(rounds: int, work: Callable[[], Result]) -> tuple[Result, float]:
    """What the work gives, and its CPU time in milliseconds: the median."""
    times = []
    for _ in range(rounds):
        start = time.process_time_ns()
        found = work()
        times.append((time.process_time_ns() - start) / 1e6)
    return found, statistics.median(times)


def expect_same(graft: Graft, scheme: str, made: Made) -> None:
    """Gas, receipts, logs and all values after the block must be those of mainnet.

    Two things may differ: hashes of codes that no witness brought, and the parent's hash, which
    the history contract keeps.
    """
    real, here = graft.verified, made.verified
    stated = [
        (header["gas_used"], header["receipts_root"], header["logs_bloom"])
        for header in (real.header.to_dict(), here.header.to_dict())
    ]
    unknown = {
        address
        for address, values in graft.accounts.items()
        if values["account"] is not None and values["account"]["code_hash"] == EMPTY_CODE
    }
    parents = [int.from_bytes(verified.header.parent_hash) for verified in (real, here)]
    changes = [
        {
            address: _comparable(change, hashed=address not in unknown, parent=parent)
            for address, change in verified.changes.items()
        }
        for verified, parent in zip((real, here), parents, strict=True)
    ]
    if stated[0] != stated[1] or real.receipts != here.receipts or changes[0] != changes[1]:
        raise OtherOutcomeError(f"block {graft.block.number} comes to something else: {scheme}")
    if made.produced.changes != here.changes:
        raise OtherOutcomeError(f"sequencer and verifier of {graft.block.number}: {scheme}")


def _comparable(change: Mapping[str, Any], *, hashed: bool, parent: int) -> dict[str, Any]:
    account = change["account"]
    if account is not None and not hashed:
        account = {name: value for name, value in account.items() if name != "code_hash"}
    slots = {
        slot: "parent" if value == parent else value for slot, value in change["slots"].items()
    }
    return {"account": account, "slots": slots}


def accesses(
    graft: Graft, chunks: list[tuple[bytes, int]], plan: Plan, population: Population
) -> AccessSet:
    """What the model is given: accounts, slots and chunks, and the storage that was generated."""
    # The model scales what it takes to be the storage on mainnet.
    scale = Population.at(graft.block.number).accounts / population.accounts
    access = graft.with_chunks(chunks)
    accounts = (
        replace(account, unseen_slots=plan.storage.get(account.address, 0) * scale)
        for account in access.accounts
    )
    return replace(access, accounts=tuple(accounts))


def predicted(scheme: str, access: AccessSet, population: Population) -> float:
    """Bytes of ``Row.proven``. Of slots that were put there none has others beside it."""
    case = Case(access, occupancy=1.0)
    total = predict(scheme, case, population).total
    if scheme.startswith("verkle"):
        total += VerkleShape(case.stems.keyed("verkle"), 0, Draws(0)).frame
    return total


def chunk_bytes(graft: Graft, scheme: str, made: Made) -> int:
    """Bytes of the chunks of code in a witness. With zones accounts of equal code share them."""
    chunks: Iterable[tuple[bytes, int]] = made.produced.code_chunks
    if scheme == "binary-8297":
        hashes = {
            address: values["account"]["code_hash"]
            for address, values in graft.accounts.items()
            if values["account"] is not None
        }
        chunks = {(hashes[address], chunk) for address, chunk in chunks}
    return CHUNK * len(list(chunks))


def parts_of(graft: Graft, scheme: str, made: Made) -> dict[str, int]:
    """Bytes of a witness by part, the last what a format puts around the others."""
    witness, chunks = made.produced.witness, chunk_bytes(graft, scheme, made)
    parts = {"headers": sum(map(len, witness.headers))}
    if scheme == "mpt":
        bare = Witness(witness.nodes, [], []).to_bytes(made.parent_root)
        parts |= {"nodes": len(bare), "code": witness.code_bytes}
    elif survey := survey_proof(witness):
        size = {name: size for name, _, size in survey.parts}
        parts |= {"values": CHUNK * survey.present - chunks, "code": chunks}
        if scheme.startswith("verkle"):
            keys = sum(size[name] for name in ("stems", "other stems", "suffixes", "extensions"))
            parts |= {"commitments": size["commitments"], "multiproof": size["multiproof"]}
        else:
            keys = size["shape"] + size["paths"]
            parts |= {"siblings": size["siblings"] + size["closed"]}
        parts |= {"keys": keys}
    return parts | {"frame": len(made.witness) - sum(parts.values())}


def _row(graft: Graft, scheme: str, made: Made, total: float) -> Row:
    parts = made.produced.witness
    is_mpt = scheme == "mpt"
    return Row(
        graft.block.number,
        scheme,
        len(made.witness),
        len(zstandard.compress(made.witness, ZSTANDARD_LEVEL)),
        parts.code_bytes if is_mpt else chunk_bytes(graft, scheme, made),
        parts.node_bytes + parts.code_bytes if is_mpt else len(parts.proof),
        total,
        made.produce,
        made.verify,
        parts_of(graft, scheme, made),
    )
