"""A block's accesses as each tree has them: what does not depend on the rest of the state."""

from functools import cached_property

from weakstate._native import keccak256_many
from weakstate.sizes.access import AccessedAccount, AccessSet
from weakstate.sizes.binary import Stem, stems_of
from weakstate.sizes.buckets import Bucket, Buckets, Embedding, binary_stem_keys, stem_keys
from weakstate.sizes.draws import Draws
from weakstate.sizes.mpt import TrieKey
from weakstate.sizes.population import Population

# Slots of a contract of which nothing is known: those that blocks touch are far above the mean.
UNKNOWN_STORAGE = 10_000


class Case:
    """A block, laid out for every tree.

    Where it is not known which chunks of code were executed, ``usual_code`` takes the share that
    blocks read on average, else all: the truth is between. ``occupancy`` as in Population.
    """

    def __init__(self, access: AccessSet, *, usual_code: bool = True, occupancy: float) -> None:
        self.access = access
        self.with_storage = [a for a in access.accounts if a.present and a.slots]
        self._usual_code = usual_code
        self._occupancy = occupancy
        self._binary: dict[str, list[Stem]] = {}

    @cached_property
    def account_keys(self) -> list[TrieKey]:
        """Keys of the accounts' trie."""
        return account_keys(self.access)

    @cached_property
    def slot_keys(self) -> list[list[TrieKey]]:
        """Keys of the storage tries of ``with_storage``."""
        return [slot_keys(account) for account in self.with_storage]

    @cached_property
    def stems(self) -> Buckets:
        """Stems of the trees without zones."""
        return self._buckets(zones=False)

    @cached_property
    def zones(self) -> Buckets:
        """Stems of the tree with zones."""
        return self._buckets(zones=True)

    @cached_property
    def verkle_stems(self) -> list[tuple[bytes, Bucket]]:
        """Stems by key."""
        return list(stem_keys(self.stems))

    def binary_stems(self, profile: str) -> list[Stem]:
        """Stems by key, as a binary tree shows them."""
        if profile not in self._binary:
            zones = profile == "binary-8297"
            keys = binary_stem_keys(self.zones if zones else self.stems, profile)
            self._binary[profile] = stems_of(keys, zones=zones)
        return self._binary[profile]

    def unseen_slots(self, account: AccessedAccount, population: Population) -> int:
        """Slots of an account beside those touched, if storage grows as the whole state does."""
        known = UNKNOWN_STORAGE if account.unseen_slots is None else account.unseen_slots
        return round(known * population.accounts / Population.at(self.access.number).accounts)

    def _buckets(self, *, zones: bool) -> Buckets:
        embedding = Embedding(
            zones=zones,
            usual=self._usual_code,
            occupancy=self._occupancy,
            draws=Draws(0),  # which chunks are read is no property of the tree
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
