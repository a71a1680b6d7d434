"""A tree of one's own, written in Python against the Tree protocol, in a size report.

It is named `module:Class`. The class is called without arguments, gives an empty tree, and needs
two methods of `weakstate.trees.Tree`: ``update`` with keys of 32 bytes, and ``prove``. An account's
key is the Keccak-256 hash of its address and its value as long as its RLP; a slot's key is the hash
of address and slot, its value what a Merkle Patricia trie would hold. Codes are taken to be whole,
beside the tree. Where the class has ``get_many``, what it reads is held against what was written.
"""

import importlib
import math
import os
import random
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from weakstate._native import keccak256_many
from weakstate.sizes.access import AccessSet

# Keys beside those touched, in the states that a witness is measured in.
SAMPLES = (1 << 10, 1 << 11, 1 << 12, 1 << 13)
ACCOUNTS_SHARE = 0.2  # of those keys: mainnet's, about
ACCOUNT_VALUE, SLOT_VALUE = 78, 15


class OwnTreeError(ValueError):
    """A tree of one's own cannot be found, or errs."""


class OwnTree(Protocol):
    """What is asked of a tree."""

    def update(self, changes: Iterable[tuple[bytes, bytes | None]], /) -> bytes:
        """As `weakstate.trees.Tree.update`."""
        ...

    def prove(self, keys: Sequence[bytes], /) -> bytes | list[bytes]:
        """As `weakstate.trees.Tree.prove`; or all in one."""
        ...


class Fitted(NamedTuple):
    """Bytes of a witness by how many keys the state has: a straight line over its logarithm."""

    samples: tuple[tuple[int, int], ...]

    def at(self, keys: int) -> float:
        """In a state of so many keys: measured within the samples, an extrapolation beyond."""
        sizes = [math.log2(size) for size, _ in self.samples]
        slope, start = statistics.linear_regression(sizes, [bytes_ for _, bytes_ in self.samples])
        return max(0.0, start + slope * math.log2(max(keys, 1)))


@cache
def load_tree(name: str) -> Callable[[], OwnTree]:
    """The class that `module:Class` names; modules are looked for in the current folder too.

    Raises: OwnTreeError.
    """
    module, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # a module may raise anything
        raise _blame(name, error) from error
    for method in ("update", "prove"):
        if not callable(getattr(found, method, None)):
            raise OwnTreeError(f"{name} has no {method}")
    return found  # type: ignore[no-any-return]


def measured(name: str, access: AccessSet) -> Fitted:
    """A block's witness in states of some sizes. Raises: OwnTreeError."""
    tree = load_tree(name)
    try:
        return _measured(tree(), access)
    except Exception as error:  # so may its methods
        raise _blame(name, error) from error


def _blame(name: str, error: Exception) -> OwnTreeError:
    if isinstance(error, OwnTreeError):
        return error
    return OwnTreeError(f"{name}: {type(error).__name__}: {error}")


def _measured(state: OwnTree, access: AccessSet) -> Fitted:
    there, asked = _keys(access)
    samples = []
    rng = random.Random(0)
    state.update(there)
    beside = 0
    for sample in SAMPLES:
        state.update([_other(rng) for _ in range(sample - beside)])
        beside = sample
        samples.append((sample + len(there), _length(state.prove(asked))))
    _compare(state, there, asked)
    return Fitted(tuple(samples))


def _keys(access: AccessSet) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
    """What is there before the block, and all that it touches."""
    rng = random.Random(1)
    names, values = [], []
    for account in access.accounts:
        names.append(account.address)
        values.append(account.trie_value)
        for slot, held in account.slots.items():
            names.append(account.address + slot.to_bytes(32))
            values.append(held.trie_value)
    asked = keccak256_many(names)
    there = [
        (key, b"\1" + rng.randbytes(length - 1))
        for key, length in zip(asked, values, strict=True)
        if length is not None
    ]
    return there, asked


def _other(rng: random.Random) -> tuple[bytes, bytes]:
    is_account = rng.random() < ACCOUNTS_SHARE
    return rng.randbytes(32), b"\1" + rng.randbytes(ACCOUNT_VALUE if is_account else SLOT_VALUE)


def _length(witness: bytes | list[bytes]) -> int:
    return len(witness) if isinstance(witness, bytes) else sum(map(len, witness))


def _compare(tree: OwnTree, there: Sequence[tuple[bytes, bytes]], asked: Sequence[bytes]) -> None:
    read = getattr(tree, "get_many", None)
    if read is None:
        return
    written = dict(there)
    if read(asked) != [written.get(key) for key in asked]:
        raise OwnTreeError(f"{type(tree).__name__}.get_many reads other values than were written")
