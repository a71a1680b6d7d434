"""A block's accesses as stems: groups of up to 256 leaves that share all of their key but a byte.

Sources: EIP-6800 and EIP-7864 for stems, EIP-8297 for zones. How near to each other the keys are
that a block touches is part of what its witness takes, so binary trees have the keys that they
really have. With 256 ways a node it hardly matters: stems of Verkle trees are Keccak-256 hashes
here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

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


# The share of its chunks that a block reads of a code of some length.
Share: TypeAlias = Callable[[int], float]


def whole_code(_: int) -> float:
    """Every chunk: the upper bound."""
    return 1.0


def no_code(_: int) -> float:
    """None: the verifier has the code, and its hash is proven."""
    return 0.0


def usual_code(length: int) -> float:
    """The share of chunks that a block reads of a code of this length, on average."""
    kibibytes = length / 1024
    return next((share for limit, share in SHARES if kibibytes < limit), SHARES[-1][1])


def chosen_chunks(count: int, share: float, draws: Draws) -> set[int]:
    """Chunks that are read of so many: from the first on, then runs wherever they fall."""
    if not share:
        return set()
    wanted = min(count, round(count * share) or 1)
    if wanted == count:
        return set(range(count))
    read = set(range(min(RUN, wanted)))
    while len(read) < wanted:
        start = draws.below(count)
        read.update(range(start, min(start + RUN, count, start + wanted - len(read))))
    return read


class Embedding:
    """How accounts become stems: with ``zones`` as in EIP-8297, else as in EIP-6800 and 7864."""

    def __init__(self, *, zones: bool, share: Share, draws: Draws) -> None:
        self._zones = zones
        self._share = share
        self._draws = draws

    def buckets(self, access: AccessSet) -> Buckets:
        """All stems that the accesses are in, as if no slots stood beside those touched."""
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
            share = self._share(length) if is_there else 1.0
            if is_there and self._share is usual_code and account.chunks is not None:
                read = set(account.chunks)
            else:
                read = chosen_chunks(count, share, self._draws)
            owner = code_hash if self._zones else account.address
            for first in range(-self._first_suffix, count, GROUP):
                self._add_chunks(found, owner, range(first, first + GROUP), count, read, is_there)

    def _add_chunks(
        self,
        found: Buckets,
        owner: bytes,
        group: range,
        count: int,
        read: set[int],
        is_there: bool,
    ) -> None:
        """Those chunks of a code that are in one stem."""
        chunks = range(max(0, group.start), min(count, group.stop))
        touched = [chunk - group.start for chunk in chunks if chunk in read]
        place = self._chunk_place(owner, group.start)
        if touched:
            bucket = found.setdefault(place, Bucket())
            for suffix in touched:
                bucket.touched.setdefault(suffix, is_there)
        elif place not in found:
            return
        if is_there:
            found[place].beside.update(chunk - group.start for chunk in chunks)

    @property
    def _first_suffix(self) -> int:
        """Where in its stem the first chunk of a code stands."""
        return 0 if self._zones else CODE

    def _chunk_place(self, owner: bytes, start: int) -> Place:
        group = (start + self._first_suffix) // GROUP
        return Place(CODES if group or self._zones else ACCOUNT, owner, group)

    def _slot_place(self, address: bytes, slot: int) -> tuple[Place, int]:
        if slot < CODE - HEADER_STORAGE:
            return Place(ACCOUNT, address, 0), HEADER_STORAGE + slot
        return Place(STORAGE, address, slot // GROUP), slot % GROUP


def with_neighbours(buckets: Buckets, occupancy: float, draws: Draws) -> Buckets:
    """The same with slots beside those that are there, which follow them in their stem."""
    found = dict(buckets)
    for place, bucket in buckets.items():
        first = next((s for s, present in bucket.touched.items() if present), None)
        if place.zone == STORAGE and first is not None:
            more = draws.run(occupancy) - sum(bucket.touched.values())
            beside = range(first + 1, min(GROUP, first + 1 + more))
            found[place] = replace(bucket, beside=set(beside).difference(bucket.touched))
    return found


def is_code(place: Place, suffix: int) -> bool:
    """Whether a leaf is a chunk of code."""
    return place.zone == CODES or (place.zone == ACCOUNT and suffix >= CODE)


def stem_keys(buckets: Buckets) -> list[tuple[bytes, Place]]:
    """Stems of 31 bytes, ascending, and what they are of."""
    places = list(buckets)
    hashed = keccak256_many(
        [bytes([place.zone]) + place.owner + place.group.to_bytes(32) for place in places]
    )
    return sorted((key[:31], place) for key, place in zip(hashed, places, strict=True))


def binary_stem_keys(buckets: Buckets, profile: str) -> list[tuple[bytes, Place]]:
    """Keys of a binary tree without their last byte, ascending, and what they are of."""
    zones = profile == "binary-8297"
    headers, slots, chunks = ([place for place in buckets if place.zone == zone] for zone in KINDS)
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
    # In the order in which the keys were asked for.
    places = [*headers, *slots, *chunks]
    return sorted((key[:-1], place) for key, place in zip(keys, places, strict=True))


def binary_owners(addresses: Sequence[bytes]) -> list[bytes]:
    """The hash by which EIP-8297 groups the storage of each account."""
    keys = binary_keys("binary-8297", [(address, BASIC_DATA) for address in addresses], [], [])
    return [key[1:-1] for key in keys]
