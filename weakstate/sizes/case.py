"""A block's accesses as each tree has them: what does not depend on the rest of the state."""

from functools import cached_property
from typing import Literal, NamedTuple, Self, TypeAlias

from weakstate._native import keccak256_many
from weakstate.sizes.access import AccessedAccount, AccessSet
from weakstate.sizes.binary import Stem, stems_of
from weakstate.sizes.buckets import (
    STORAGE,
    Bucket,
    Buckets,
    Embedding,
    Place,
    Share,
    is_code,
    no_code,
    stem_keys,
    usual_code,
    whole_code,
    with_neighbours,
    zone_keys,
)
from weakstate.sizes.draws import Draws
from weakstate.sizes.mpt import TrieKey
from weakstate.sizes.population import Population
from weakstate.sizes.verkle import VerkleShape

# Slots of a contract of which nothing is known: those that blocks touch are far above the mean.
UNKNOWN_STORAGE = 10_000

# How much of its codes a block reads: the usual share of their chunks, all, or, where the verifier
# has them, none.
CodeRead: TypeAlias = Literal["usual", "whole", "cached"]
SHARES: dict[CodeRead, Share] = {"usual": usual_code, "whole": whole_code, "cached": no_code}


class Chunks(NamedTuple):
    """Chunks of code that are read, and that the block writes."""

    read: int
    written: int


class Stems:
    """Accesses as stems: by place, and by key in ascending order."""

    def __init__(self, buckets: Buckets, *, zones: bool) -> None:
        self.buckets = buckets
        self._zones = zones

    @cached_property
    def places(self) -> list[tuple[bytes, Place]]:
        """Keys without their last byte, ascending, and what they are of."""
        return (zone_keys if self._zones else stem_keys)(self.buckets)

    @cached_property
    def keyed(self) -> list[tuple[bytes, Bucket]]:
        """Stems by key."""
        return [(key, self.buckets[place]) for key, place in self.places]

    @cached_property
    def binary(self) -> list[Stem]:
        """The same, as a binary tree shows them."""
        return stems_of(self.keyed, zones=self._zones)

    @cached_property
    def chunks(self) -> Chunks:
        """Chunks of code among them."""
        touched = [
            present
            for place, bucket in self.buckets.items()
            if place.zone != STORAGE
            for suffix, present in bucket.touched.items()
            if is_code(place, suffix)
        ]
        return Chunks(sum(touched), len(touched) - sum(touched))

    @cached_property
    def there(self) -> dict[int, int]:
        """How many were there before, by zone."""
        found: dict[int, int] = {}
        for place, bucket in self.buckets.items():
            found[place.zone] = found.get(place.zone, 0) + bucket.present
        return found

    def packed(self, occupancy: float) -> Self:
        """The same with so many slots, on average, in a stem of storage."""
        stems = type(self)(with_neighbours(self.buckets, occupancy, Draws(0)), zones=self._zones)
        stems.places = self.places
        return stems


class Layout:
    """A block, laid out for every tree but for what stands beside slots in their stems."""

    def __init__(self, access: AccessSet, code: CodeRead = "usual") -> None:
        self.access = access
        self.code_bytes = 0 if code == "cached" else access.code_bytes
        self._share = SHARES[code]

    @cached_property
    def stems(self) -> Stems:
        """Stems of the trees without zones."""
        return self._stems(zones=False)

    @cached_property
    def zones(self) -> Stems:
        """Stems of the tree with zones."""
        return self._stems(zones=True)

    def _stems(self, *, zones: bool) -> Stems:
        # Which chunks are read is no property of the tree: it is drawn alike for all.
        embedding = Embedding(zones=zones, share=self._share, draws=Draws(0))
        return Stems(embedding.buckets(self.access), zones=zones)


class Case:
    """A block, laid out for every tree; ``occupancy`` as in Population.

    Where it is not known which chunks of code were executed, a layout takes the share that blocks
    read on average, or all: the truth is between.
    """

    def __init__(
        self,
        access: AccessSet,
        *,
        occupancy: float,
        code: CodeRead = "usual",
        layout: Layout | None = None,
    ) -> None:
        self.access = access
        self.with_storage = [a for a in access.accounts if a.present and a.slots]
        self._layout = layout or Layout(access, code)
        self._occupancy = occupancy
        self._verkle: dict[tuple[int, int], VerkleShape] = {}

    @property
    def code_bytes(self) -> int:
        """Bytes of the codes that a witness has whole."""
        return self._layout.code_bytes

    @cached_property
    def account_keys(self) -> list[TrieKey]:
        """Keys of the accounts' trie."""
        return account_keys(self.access)

    @cached_property
    def slot_keys(self) -> list[list[TrieKey]]:
        """Keys of the storage tries of ``with_storage``."""
        return [slot_keys(account) for account in self.with_storage]

    @cached_property
    def stems(self) -> Stems:
        """Stems of the trees without zones."""
        return self._layout.stems.packed(self._occupancy)

    @cached_property
    def zones(self) -> Stems:
        """Stems of the tree with zones."""
        return self._layout.zones.packed(self._occupancy)

    def verkle_shape(self, unseen: int, draws: Draws) -> VerkleShape:
        """The shape of a Verkle tree, the same whatever it commits with."""
        drawn = (unseen, draws.seed)
        if drawn not in self._verkle:
            self._verkle[drawn] = VerkleShape(self.stems.keyed, unseen, draws)
        return self._verkle[drawn]

    def unseen_slots(self, account: AccessedAccount, population: Population) -> int:
        """Slots of an account beside those touched, if storage grows as the whole state does."""
        known = UNKNOWN_STORAGE if account.unseen_slots is None else account.unseen_slots
        return round(known * population.accounts / Population.at(self.access.number).accounts)


class Cases:
    """The cases of one block; what they share is laid out once."""

    def __init__(self, access: AccessSet) -> None:
        self.access = access
        self._layouts: dict[CodeRead, Layout] = {}
        self._cases: dict[tuple[float, CodeRead], Case] = {}

    def case(self, occupancy: float, code: CodeRead = "usual") -> Case:
        """The case with so many slots in a stem and so much code read."""
        layout = self._layouts.setdefault(code, Layout(self.access, code))
        which = (occupancy, code)
        if which not in self._cases:
            self._cases[which] = Case(self.access, occupancy=occupancy, layout=layout)
        return self._cases[which]


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
