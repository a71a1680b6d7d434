"""What a block's witness would take over each tree, in a state of a given size."""

import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

from weakstate.sizes.binary import BinaryShape, Unseen
from weakstate.sizes.buckets import ACCOUNT, CODES, STORAGE, binary_owners
from weakstate.sizes.case import Case, Stems
from weakstate.sizes.draws import Draws
from weakstate.sizes.mpt import TrieShape
from weakstate.sizes.population import Population
from weakstate.sizes.verkle import IPA, KZG, ProofKind

# Bytes of a value in a trie that is met where an absent key would be: plain accounts hold two
# hashes, a nonce and a balance; slots are numbers or addresses as often as not.
TYPICAL_ACCOUNT, TYPICAL_SLOT = 78, 15

SEEDS = 8
NORMAL_95 = 1.96

Parts = dict[str, int]


def mpt(case: Case, population: Population, draws: Draws) -> Parts:
    """Nodes of all tries, and codes as they are."""
    keys = case.account_keys
    there = sum(key.value is not None for key in keys)
    unseen = max(0, population.accounts - there)
    sizes = [TrieShape(keys, unseen, TYPICAL_ACCOUNT, draws).size]
    for account, slots in zip(case.with_storage, case.slot_keys, strict=True):
        unseen = case.unseen_slots(account, population)
        sizes.append(TrieShape(slots, unseen, TYPICAL_SLOT, draws).size)
    return {
        "inner nodes": sum(size.branches + size.extensions for size in sizes),
        "values": sum(size.leaves for size in sizes),
        "code": case.code_bytes,
    }


def verkle(case: Case, population: Population, draws: Draws, kind: ProofKind = IPA) -> Parts:
    """A Verkle tree's commitments, keys, values and proof; chunks of code."""
    unseen = max(0, population.stems - sum(case.stems.there.values()))
    parts = case.verkle_shape(unseen, draws).parts(kind)
    # A chunk is a value and a suffix; what is written where no code was has the suffix alone.
    read, written = case.stems.chunks
    parts["values"] -= 32 * read
    parts["keys"] -= read + written
    return parts | {"code": 33 * read + written}


def verkle_kzg(case: Case, population: Population, draws: Draws) -> Parts:
    """The same shape with KZG commitments."""
    return verkle(case, population, draws, KZG)


def binary_7864(
    case: Case, population: Population, draws: Draws, profile: str = "binary-7864"
) -> Parts:
    """A binary tree with stems."""
    headers = population.accounts / population.stems
    unseen = Unseen(
        stems=max(0, population.stems - sum(case.stems.there.values())),
        headers=headers + (1 - headers) * population.shared,
    )
    return _binary(case.stems, BinaryShape(case.stems.binary(profile), unseen, draws))


def binary_geth(case: Case, population: Population, draws: Draws) -> Parts:
    """The same tree with other hashes, and so with other keys."""
    return binary_7864(case, population, draws, "binary-geth")


def binary_8297(case: Case, population: Population, draws: Draws) -> Parts:
    """A binary tree with zones, in which storage is grouped by contract."""
    owners = {place.owner for place in case.zones.buckets if place.zone == STORAGE}
    there = case.zones.there
    zones = {
        ACCOUNT: max(0, population.accounts - there.get(ACCOUNT, 0)),
        CODES: max(0, population.code_groups - there.get(CODES, 0)),
        STORAGE: max(0, population.contracts - len(owners)),
    }
    accounts = [account for account in case.with_storage if account.address in owners]
    hashed = binary_owners([account.address for account in accounts])
    within = {
        key: round(case.unseen_slots(account, population) / population.occupancy)
        for key, account in zip(hashed, accounts, strict=True)
    }
    unseen = Unseen(zones=zones, within=within, shared=population.shared)
    return _binary(case.zones, BinaryShape(case.zones.binary("binary-8297"), unseen, draws))


Model = Callable[[Case, Population, Draws], Parts]

MODELS: dict[str, Model] = {
    "mpt": mpt,
    "verkle": verkle,
    "verkle-kzg": verkle_kzg,
    "binary-7864": binary_7864,
    "binary-geth": binary_geth,
    "binary-8297": binary_8297,
}
# What is compared unless trees are named: ``binary-geth`` has the shape of ``binary-7864``.
COMPARED = tuple(scheme for scheme in MODELS if scheme != "binary-geth")


class Prediction(NamedTuple):
    """Means over seeds; ``deviation`` is that of the total of one tree, drawn with one seed."""

    scheme: str
    parts: dict[str, float]
    deviation: float | None

    @property
    def total(self) -> float:
        """All bytes but the ancestor headers, which every scheme needs alike."""
        return sum(self.parts.values())

    @property
    def margin(self) -> float | None:
        """By how much a tree of this size is off at most, in 95 of 100 cases."""
        return None if self.deviation is None else NORMAL_95 * self.deviation


def predict(
    scheme: str, case: Case, population: Population, seeds: Sequence[int] = range(SEEDS)
) -> Prediction:
    """Model the witness of a block. Raises: KeyError for a scheme that has no model."""
    drawn = [MODELS[scheme](case, population, Draws(seed)) for seed in seeds]
    parts = {name: statistics.fmean(parts[name] for parts in drawn) for name in drawn[0]}
    totals = [sum(parts.values()) for parts in drawn]
    deviation = statistics.stdev(totals) if len(totals) > 1 else None
    return Prediction(scheme, parts, deviation)


def _binary(stems: Stems, shape: BinaryShape) -> Parts:
    parts = shape.parts
    parts["values"] -= 32 * stems.chunks.read
    return parts | {"code": 32 * stems.chunks.read}
