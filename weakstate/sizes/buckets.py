"""A block's accesses as stems: groups of up to 256 leaves that share all of their key but a byte.

Sources: EIP-6800 and EIP-7864 for stems, EIP-8297 for zones. How near to each other the keys are
that a block touches is part of what its witness takes, so binary trees have the keys that they
really have. With 256 ways a node it hardly matters: stems of Verkle trees are Keccak-256 hashes
here.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from weakstate._native import binary_keys, keccak256_many
from weakstate.sizes.access import AccessedAccount, AccessSet
from weakstate.sizes.draws import Draws

BASIC_DATA, CODE_HASH = 0, 1
HEADER_STORAGE, CODE, GROUP = 64, 128, 256
CHUNK_CODE = 31
ACCOUNT, CODES, STORAGE = 0x00, 0x01, 0xFF
KINDS = (ACCOUNT, STORAGE, CODES)
NO_ADDRESS, NO_HASH = bytes(20), bytes(32)

# Share of a code's chunks that a block reads, by the code's size in KiB; the last is for all above.
# hackmd.io/@weiihann/code-chunk-analysis, 100,898 mainnet blocks 15,537,394 to 22,000,000: means of
# the share of bytes by size, times 29.6 / 22.8, the means over all sizes of chunks and of bytes.
SHARES = ((1, 0.817), (5, 0.280), (10, 0.195), (20, 0.214), (24, 0.209))
RUN = 4  # chunks that are read in a row: a guess; it moves hashes between chunks, no more


@dataclass
class Bucket:
    """Leaves of a stem: those touched and whether they were there; those there beside them.

    ``cleared`` are touched ones that end as zero.
    """

    touched: dict[int, bool] = field(default_factory=dict)
    beside: set[int] = field(default_factory=set)
    cleared: set[int] = field(default_factory=set)

    @property
    def present(self) -> bool:
        """Whether the stem was there."""
        return bool(self.beside) or any(self.touched.values())


class Place(NamedTuple):
    """Which stem: its zone, what it is of, and its number there."""

    zone: int
    owner: bytes  # address; or, for code that accounts share, its hash
    group: int


Buckets = dict[Place, Bucket]


def whole_code(_: int) -> float:
    """Every chunk: the upper bound."""
    return 1.0


def usual_code(length: int) -> float:
    """The share of chunks that a block reads of a code of this length, on average."""
    kibibytes = length / 1024
    return next((share for limit, share in SHARES if kibibytes < limit), SHARES[-1][1])


class Embedding:
    """How accounts become stems: with ``zones`` as in EIP-8297, else as in EIP-6800 and 7864."""

    def __init__(self, *, zones: bool, usual: bool, occupancy: float, draws: Draws) -> None:
        self._zones = zones
        self._share = usual_code if usual else whole_code
        self._occupancy = occupancy
        self._draws = draws

    def buckets(self, access: AccessSet) -> Buckets:
        """All stems that the accesses are in."""
        found: Buckets = {}
        for account in access.accounts:
            self._add_header(found, account)
            self._add_code(found, account)
            for slot, values in account.slots.items():
                place, suffix = self._slot_place(account.address, slot)
                bucket = found.setdefault(place, Bucket())
                bucket.touched[suffix] = bool(values.before)
                if values.before and not values.after:
                    bucket.cleared.add(suffix)
        for place, bucket in found.items():
            if place.zone == STORAGE:
                self._add_neighbours(bucket)
        for bucket in found.values():
            bucket.beside.difference_update(bucket.touched)
        return found

    def _add_header(self, found: Buckets, account: AccessedAccount) -> None:
        bucket = found.setdefault(Place(ACCOUNT, account.address, 0), Bucket())
        # Where gas rules do not tell fields apart, an account is read in whole.
        for suffix in (BASIC_DATA, CODE_HASH):
            bucket.touched[suffix] = account.present

    def _add_code(self, found: Buckets, account: AccessedAccount) -> None:
        codes = (
            (account.code, account.code_hash, True),
            (account.created, account.created_hash, False),
        )
        for length, code_hash, is_there in codes:
            count = -(-length // CHUNK_CODE)
            read: Collection[int]
            if is_there and account.chunks is not None:
                read = account.chunks
            else:
                read = self._chosen(count, self._share(length) if is_there else 1.0)
            owner = code_hash if self._zones else account.address
            for chunk in read:
                place, suffix = self._chunk_place(owner, chunk)
                found.setdefault(place, Bucket()).touched.setdefault(suffix, is_there)
            for chunk in range(count if is_there else 0):
                place, suffix = self._chunk_place(owner, chunk)
                if place in found:
                    found[place].beside.add(suffix)

    def _chosen(self, count: int, share: float) -> Collection[int]:
        """Chunks that are read: from the first on, then runs wherever they fall."""
        wanted = min(count, round(count * share) or 1)
        if wanted == count:
            return set(range(count))
        read = set(range(min(RUN, wanted)))
        while len(read) < wanted:
            start = self._draws.below(count)
            read.update(range(start, min(start + RUN, count, start + wanted - len(read))))
        return read

    def _chunk_place(self, owner: bytes, chunk: int) -> tuple[Place, int]:
        if self._zones:
            return Place(CODES, owner, chunk // GROUP), chunk % GROUP
        index, suffix = divmod(CODE + chunk, GROUP)
        return Place(CODES if index else ACCOUNT, owner, index), suffix

    def _slot_place(self, address: bytes, slot: int) -> tuple[Place, int]:
        if slot < CODE - HEADER_STORAGE:
            return Place(ACCOUNT, address, 0), HEADER_STORAGE + slot
        return Place(STORAGE, address, slot // GROUP), slot % GROUP

    def _add_neighbours(self, bucket: Bucket) -> None:
        """Slots that share a stem of storage with one that is there: those that follow it."""
        there = [suffix for suffix, present in bucket.touched.items() if present]
        if there:
            more = self._draws.run(self._occupancy) - len(there)
            bucket.beside.update(suffix for suffix in range(there[0] + 1, there[0] + 1 + more))
            bucket.beside.intersection_update(range(GROUP))


def stem_keys(buckets: Buckets) -> Iterator[tuple[bytes, Bucket]]:
    """Stems of 31 bytes, ascending, with what is touched of them."""
    places = list(buckets)
    hashed = keccak256_many(
        [bytes([place.zone]) + place.owner + place.group.to_bytes(32) for place in places]
    )
    yield from sorted(
        ((key[:31], buckets[place]) for key, place in zip(hashed, places, strict=True)),
        key=lambda pair: pair[0],
    )


def binary_stem_keys(buckets: Buckets, profile: str) -> list[tuple[bytes, Bucket]]:
    """Keys of a binary tree without their last byte, ascending, with what is touched of them."""
    zones = profile == "binary-8297"
    places = sorted(buckets, key=lambda place: KINDS.index(place.zone))
    headers, slots, chunks = ([place for place in places if place.zone == zone] for zone in KINDS)
    keys = binary_keys(
        profile,
        [(place.owner, BASIC_DATA) for place in headers],
        # The last of a group: of the first group some stand in the header.
        [(place.owner, (place.group * GROUP + GROUP - 1).to_bytes(32)) for place in slots],
        [
            (NO_ADDRESS, place.owner, place.group * GROUP)
            if zones
            else (place.owner, NO_HASH, place.group * GROUP - CODE)
            for place in chunks
        ],
        little_endian=profile == "binary-7864",
    )
    found = ((key[:-1], buckets[place]) for key, place in zip(keys, places, strict=True))
    return sorted(found, key=lambda pair: pair[0])


def binary_owners(addresses: Sequence[bytes]) -> list[bytes]:
    """The hash by which EIP-8297 groups the storage of each account."""
    keys = binary_keys("binary-8297", [(address, BASIC_DATA) for address in addresses], [], [])
    return [key[1:-1] for key in keys]


def zone_keys(buckets: Buckets) -> Iterator[tuple[bytes, Bucket]]:
    """Keys of EIP-8297 without their last byte, ascending, with what is touched."""
    places = list(buckets)
    groups = keccak256_many([place.owner + place.group.to_bytes(32) for place in places])
    owners = keccak256_many([place.owner for place in places])
    found = []
    for place, group, owner in zip(places, groups, owners, strict=True):
        key = {ACCOUNT: owner, CODES: group, STORAGE: owner + group}[place.zone]
        found.append((bytes([place.zone]) + key, buckets[place]))
    yield from sorted(found, key=lambda pair: pair[0])
