"""Trees that are really built, and the bytes of the proofs that they make."""

import json
import random
import statistics
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.verkle import build_example
from weakstate._native import BinaryTree, keccak256_many
from weakstate.sizes.binary import BinaryShape, Stem, Unseen, stems_of
from weakstate.sizes.buckets import (
    ACCOUNT,
    CODES,
    STORAGE,
    Bucket,
    Buckets,
    Place,
    stem_keys,
)
from weakstate.sizes.draws import Draws
from weakstate.sizes.predict import SEEDS
from weakstate.sizes.verkle import IPA, KZG, ProofKind, VerkleShape

VALUE = b"\1" * 32
ASKED = 1000  # stems that are there, and a fifth as many that are not
HEADERS = 0.4  # share of stems
ROUNDS = 3

Row = tuple[str, float, float]


def scored(size: int) -> Iterator[Row]:
    """Bytes of really made proofs over trees of so many stems, and what is predicted."""
    state = _state(size, random.Random(size))
    asked = [_asked(state, random.Random(seed)) for seed in range(ROUNDS)]
    for scheme, score in (
        ("verkle", _verkle_ipa),
        ("binary-7864", _binary_7864),
        ("binary-8297", _binary_8297),
    ):
        for number, (true, predicted) in enumerate(score(state, asked)):
            yield f"{scheme} of {size:,} stems, proof {number + 1}", true, predicted


def scored_kzg(size: int) -> Iterator[Row]:
    """The same of a Verkle tree with KZG commitments: making one takes 2 ms a stem."""
    state = _state(size, random.Random(size))
    asked = [_asked(state, random.Random(seed)) for seed in range(ROUNDS)]
    for number, (true, predicted) in enumerate(_verkle(state, asked, "kzg", KZG)):
        yield f"verkle-kzg of {size:,} stems, proof {number + 1}", true, predicted


def _state(size: int, rng: random.Random) -> Buckets:
    """Accounts, and contracts whose storage is as unequal as it is in practice."""
    accounts = [rng.randbytes(20) for _ in range(round(size * HEADERS))]
    state = {Place(ACCOUNT, address, 0): Bucket(beside={0, 1}) for address in accounts}
    contracts = accounts[: len(accounts) // 10]
    weights = [1 / (rank + 1) for rank in range(len(contracts))]
    owners = rng.choices(contracts, weights, k=size - len(accounts))
    for owner in owners:
        state[Place(STORAGE, owner, rng.getrandbits(200))] = Bucket(beside={rng.randrange(256)})
    for owner in contracts:
        state[Place(CODES, owner, 0)] = Bucket(beside=set(range(20)))
    return state


def _asked(state: Buckets, rng: random.Random) -> Buckets:
    """Some that are there, some of them cleared; and some that are not."""
    asked = {}
    for place in rng.sample(list(state), ASKED):
        suffix = min(state[place].beside)
        bucket = Bucket({suffix: True}, state[place].beside - {suffix})
        if place.zone == STORAGE and rng.random() < 0.1:
            bucket.cleared.add(suffix)
        asked[place] = bucket
    owners = [place.owner for place in asked if place.zone == STORAGE]
    for index in range(ASKED // 5):
        owner = rng.choice(owners) if index % 2 else rng.randbytes(20)
        zone = STORAGE if index % 2 else ACCOUNT
        asked[Place(zone, owner, rng.getrandbits(200))] = Bucket({0: False})
    return asked


def _stems(buckets: Buckets) -> list[tuple[bytes, Bucket]]:
    """Stems by key: hashes, whatever the tree, since only their evenness is modelled."""
    return [(key, buckets[place]) for key, place in stem_keys(buckets)]


def _zoned(buckets: Buckets) -> list[tuple[bytes, Bucket]]:
    """The same by zone, storage by its owner."""
    places = list(buckets)
    groups = keccak256_many([place.owner + place.group.to_bytes(32) for place in places])
    owners = keccak256_many([place.owner for place in places])
    found = []
    for place, group, owner in zip(places, groups, owners, strict=True):
        key = {ACCOUNT: owner, CODES: group, STORAGE: owner + group}[place.zone]
        found.append((bytes([place.zone]) + key, buckets[place]))
    return sorted(found, key=lambda pair: pair[0])


def _keys(stems: Iterable[tuple[bytes, Bucket]], *, touched: bool) -> list[bytes]:
    return [
        stem + bytes([suffix])
        for stem, bucket in stems
        for suffix in (bucket.touched if touched else bucket.beside)
    ]


def _verkle_ipa(state: Buckets, rounds: Sequence[Buckets]) -> Iterator[tuple[float, float]]:
    return _verkle(state, rounds, "ipa", IPA)


def _verkle(
    state: Buckets, rounds: Sequence[Buckets], name: str, kind: ProofKind
) -> Iterator[tuple[float, float]]:
    keys = [_keys(_stems(state), touched=False)]
    keys += [_keys(_stems(asked), touched=True) for asked in rounds]
    with TemporaryDirectory() as folder:
        files = [Path(folder, str(index)) for index in range(len(keys))]
        for file, some in zip(files, keys, strict=True):
            file.write_bytes(b"".join(some))
        command = [build_example("verkle_size"), name, *map(str, files)]
        lines = subprocess.run(command, check=True, capture_output=True).stdout.splitlines()
    for asked, made in zip(rounds, map(json.loads, lines), strict=True):
        true = (
            made["multiproof"]
            + made["commitments"]
            + 31 * (made["stems"] + made["other_stems"])
            + made["stems"]
            + made["suffixes"]
            + 32 * made["values"]
        )
        there = sum(bucket.present for bucket in asked.values())
        if (made["stems"], made["values"]) != (len(asked), there):
            raise RuntimeError("the tree does not hold what was asked of it")
        unseen = len(state) - there
        shapes = (VerkleShape(_stems(asked), unseen, Draws(seed)) for seed in range(SEEDS))
        yield true, statistics.fmean(sum(shape.parts(kind).values()) for shape in shapes)


def _binary_7864(state: Buckets, rounds: Sequence[Buckets]) -> Iterator[tuple[float, float]]:
    tree = BinaryTree("binary-7864")
    tree.update([(key, VALUE) for key in _keys(_stems(state), touched=False)])
    for asked in rounds:
        true = len(tree.prove(_keys(_stems(asked), touched=True)))
        there = sum(bucket.present for bucket in asked.values())
        unseen = Unseen(stems=len(state) - there, headers=HEADERS)
        yield true, _mean(stems_of(_stems(asked), zones=False), unseen)


def _binary_8297(state: Buckets, rounds: Sequence[Buckets]) -> Iterator[tuple[float, float]]:
    tree = BinaryTree("binary-8297")
    tree.update([(key, VALUE) for key in _keys(_zoned(state), touched=False)])
    for asked in rounds:
        cleared = [
            (stem + bytes([suffix]), None)
            for stem, bucket in _zoned(asked)
            for suffix in bucket.cleared
        ]
        true = len(tree.prove(_keys(_zoned(asked), touched=True), cleared))
        yield (
            true,
            _mean(stems_of(_zoned(asked), zones=True), _unseen(state, asked)),
        )


def _mean(stems: Sequence[Stem], unseen: Unseen) -> float:
    shapes = (BinaryShape(stems, unseen, Draws(seed)) for seed in range(SEEDS))
    return statistics.fmean(sum(shape.parts.values()) for shape in shapes)


def _unseen(state: Buckets, asked: Buckets) -> Unseen:
    """What is not asked for, by zone; of contracts whose storage is asked for, by contract."""
    there = [place for place, bucket in asked.items() if bucket.present]
    zones = {
        zone: sum(place.zone == zone for place in state)
        - sum(place.zone == zone for place in there)
        for zone in (ACCOUNT, CODES)
    }
    groups: dict[bytes, int] = {}
    for place in state:
        if place.zone == STORAGE:
            groups[place.owner] = groups.get(place.owner, 0) + 1
    owners = {place.owner for place in asked if place.zone == STORAGE}
    within = {owner: groups.pop(owner, 0) for owner in owners}
    for place in there:
        if place.zone == STORAGE:
            within[place.owner] -= 1
    hashed = keccak256_many(list(within))
    zones[STORAGE] = len(groups)
    return Unseen(zones=zones, within=dict(zip(hashed, within.values(), strict=True)))
