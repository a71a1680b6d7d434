"""What a block's witness would take over each tree, in a state of a given size."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from weakstate._native import keccak256_many
from weakstate.sizes.access import AccessedAccount, AccessSet
from weakstate.sizes.binary import BinaryShape, Unseen, stems_of
from weakstate.sizes.buckets import (
    ACCOUNT,
    CODE,
    CODES,
    STORAGE,
    Buckets,
    Embedding,
    Place,
    stem_keys,
    zone_keys,
)
from weakstate.sizes.draws import Draws
from weakstate.sizes.mpt import TrieKey, TrieShape
from weakstate.sizes.population import Population
from weakstate.sizes.verkle import IPA, KZG, ProofKind, VerkleShape

# Bytes of a value in a trie that is met where an absent key would be: plain accounts hold two
# hashes, a nonce and a balance; slots are numbers or addresses as often as not.
TYPICAL_ACCOUNT, TYPICAL_SLOT = 78, 15
# Slots of a contract of which nothing is known: those that blocks touch are far above the mean.
UNKNOWN_STORAGE = 10_000

SEEDS = 8
NORMAL_95 = 1.96

Parts = dict[str, int]


class Question(NamedTuple):
    """What is asked of a model: a block, a state, and whether code is read whole or as usual."""

    access: AccessSet
    population: Population
    usual_code: bool
    draws: Draws

    @property
    def growth(self) -> float:
        """How much larger than the block's own state this one is."""
        return self.population.accounts / Population.at(self.access.number).accounts

    def unseen_slots(self, account: AccessedAccount) -> int:
        """Slots of an account beside those touched."""
        if not account.present or not account.slots:
            return 0
        known = UNKNOWN_STORAGE if account.unseen_slots is None else account.unseen_slots
        return round(known * self.growth)

    def buckets(self, *, zones: bool) -> Buckets:
        """The accesses as stems."""
        occupancy = self.population.occupancy
        embedding = Embedding(
            zones=zones, usual=self.usual_code, occupancy=occupancy, draws=self.draws
        )
        return embedding.buckets(self.access)


def account_keys(access: AccessSet) -> list[TrieKey]:
    """The keys of the accounts' trie that were touched."""
    hashed = keccak256_many([account.address for account in access.accounts])
    return [
        TrieKey(key, account.trie_value, account.stays)
        for key, account in zip(hashed, access.accounts, strict=True)
    ]


def slot_keys(account: AccessedAccount) -> list[TrieKey]:
    """The keys of an account's storage trie that were touched."""
    hashed = keccak256_many([slot.to_bytes(32) for slot in account.slots])
    return [
        TrieKey(key, slot.trie_value, slot.after > 0)
        for key, slot in zip(hashed, account.slots.values(), strict=True)
    ]


def mpt(question: Question) -> Parts:
    """Nodes of all tries, and codes as they are."""
    access = question.access
    keys = account_keys(access)
    there = sum(key.value is not None for key in keys)
    unseen = max(0, question.population.accounts - there)
    sizes = [TrieShape(keys, unseen, TYPICAL_ACCOUNT, question.draws).size]
    for account in access.accounts:
        if account.present and account.slots:
            slots = question.unseen_slots(account)
            shape = TrieShape(slot_keys(account), slots, TYPICAL_SLOT, question.draws)
            sizes.append(shape.size)
    codes = {account.code_hash: account.code for account in access.accounts}
    return {
        "inner nodes": sum(size.branches + size.extensions for size in sizes),
        "values": sum(size.leaves for size in sizes),
        "code": sum(codes.values()),
    }


def verkle(question: Question, kind: ProofKind = IPA) -> Parts:
    """A Verkle tree's commitments, keys, values and proof; chunks of code."""
    buckets = question.buckets(zones=False)
    there = sum(bucket.present for bucket in buckets.values())
    unseen = max(0, question.population.stems - there)
    parts = VerkleShape(stem_keys(buckets), unseen, question.draws).parts(kind)
    # A chunk is a value and a suffix; what is written where no code was has the suffix alone.
    read, written = _chunks(buckets)
    parts["values"] -= 32 * read
    parts["keys"] -= read + written
    return parts | {"code": 33 * read + written}


def verkle_kzg(question: Question) -> Parts:
    """The same shape with KZG commitments."""
    return verkle(question, KZG)


def binary_7864(question: Question) -> Parts:
    """A binary tree with stems."""
    buckets = question.buckets(zones=False)
    there = sum(bucket.present for bucket in buckets.values())
    population = question.population
    unseen = Unseen(
        stems=max(0, population.stems - there),
        headers=population.accounts / max(1, population.stems),
    )
    stems = stems_of(stem_keys(buckets), zones=False)
    return _binary(buckets, BinaryShape(stems, unseen, question.draws))


def binary_8297(question: Question) -> Parts:
    """A binary tree with zones, in which storage is grouped by contract."""
    buckets = question.buckets(zones=True)
    population = question.population
    there: dict[int, int] = defaultdict(int)
    for place, bucket in buckets.items():
        there[place.zone] += bucket.present
    owners = {place.owner for place in buckets if place.zone == STORAGE}
    zones = {
        ACCOUNT: max(0, population.accounts - there[ACCOUNT]),
        CODES: max(0, population.code_groups - there[CODES]),
        STORAGE: max(0, population.contracts - len(owners)),
    }
    with_storage = [account for account in question.access.accounts if account.address in owners]
    hashed = keccak256_many([account.address for account in with_storage])
    within = {
        key: round(question.unseen_slots(account) / population.occupancy)
        for key, account in zip(hashed, with_storage, strict=True)
    }
    unseen = Unseen(zones=zones, within=within)
    stems = stems_of(zone_keys(buckets), zones=True)
    return _binary(buckets, BinaryShape(stems, unseen, question.draws))


Model = Callable[[Question], Parts]

MODELS: dict[str, Model] = {
    "mpt": mpt,
    "verkle": verkle,
    "verkle-kzg": verkle_kzg,
    "binary-7864": binary_7864,
    "binary-8297": binary_8297,
}


class Prediction(NamedTuple):
    """Means over seeds; ``deviation`` is that of the total of one tree, drawn with one seed."""

    scheme: str
    parts: dict[str, float]
    deviation: float

    @property
    def total(self) -> float:
        """All bytes but the ancestor headers, which every scheme needs alike."""
        return sum(self.parts.values())

    @property
    def interval(self) -> tuple[float, float]:
        """Where a tree of this size has its bytes in 95 of 100 cases."""
        return self.total - NORMAL_95 * self.deviation, self.total + NORMAL_95 * self.deviation


def predict(
    scheme: str,
    access: AccessSet,
    population: Population,
    *,
    usual_code: bool = True,
    seeds: Sequence[int] = range(SEEDS),
) -> Prediction:
    """Model the witness of a block. Raises: KeyError for a scheme that has no model."""
    model = MODELS[scheme]
    drawn = [model(Question(access, population, usual_code, Draws(seed))) for seed in seeds]
    parts = {name: statistics.fmean(parts[name] for parts in drawn) for name in drawn[0]}
    totals = [sum(parts.values()) for parts in drawn]
    deviation = statistics.stdev(totals) if len(totals) > 1 else math.nan
    return Prediction(scheme, parts, deviation)


def _binary(buckets: Buckets, shape: BinaryShape) -> Parts:
    parts = shape.parts
    read, _ = _chunks(buckets)
    parts["values"] -= 32 * read
    return parts | {"code": 32 * read}


def _chunks(buckets: Buckets) -> tuple[int, int]:
    """Chunks of code that are read, and that the block writes."""
    touched = [
        present
        for place, bucket in buckets.items()
        for suffix, present in bucket.touched.items()
        if _is_code(place, suffix)
    ]
    return sum(touched), len(touched) - sum(touched)


def _is_code(place: Place, suffix: int) -> bool:
    return place.zone == CODES or (place.zone == ACCOUNT and suffix >= CODE)
