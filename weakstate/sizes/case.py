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
    binary_stem_keys,
    is_code,
    no_code,
    stem_keys,
    usual_code,
    whole_code,
    with_neighbours,
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


BINARY = ("binary-7864", "binary-geth", "binary-8297")
ZONED = ("binary-8297",)

# Stems by tree: the key without its last byte, ascending, and what it is of.
Keys: TypeAlias = dict[str, list[tuple[bytes, Place]]]


class Chunks(NamedTuple):
    """Chunks of code that are read, and that the block writes."""

    read: int
    written: int


class Stems:
    """Accesses as stems: by place, and by the keys that each tree has for them."""

    def __init__(self, buckets: Buckets, keys: Keys | None = None) -> None:
        self.buckets = buckets
        self._keys: Keys = {} if keys is None else keys
        self._binary: dict[str, list[Stem]] = {}

    def keyed(self, scheme: str) -> list[tuple[bytes, Bucket]]:
        """Stems by key without its last byte, ascending."""
        tree = scheme if scheme in BINARY else "verkle"
        if tree not in self._keys:
            binary = tree in BINARY
            self._keys[tree] = (
                binary_stem_keys(self.buckets, tree) if binary else stem_keys(self.buckets)
            )
        return [(key, self.buckets[place]) for key, place in self._keys[tree]]

    def binary(self, scheme: str) -> list[Stem]:
        """The same, as a binary tree shows them."""
        if scheme not in self._binary:
            self._binary[scheme] = stems_of(self.keyed(scheme), zones=scheme in ZONED)
        return self._binary[scheme]

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
        # What is beside a stem's leaves is no part of its key.
        return type(self)(with_neighbours(self.buckets, occupancy, Draws(0)), self._keys)


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
        return Stems(embedding.buckets(self.access))


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
            self._verkle[drawn] = VerkleShape(self.stems.keyed("verkle"), unseen, draws)
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
