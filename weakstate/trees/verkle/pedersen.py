"""Commitments to up to 256 scalars: one point, which can be updated without what it commits to.

Source: EIP-6800, "Pedersen commitment"; crate-crypto/rust-verkle, ipa-multipoint, for the seed.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256

from weakstate.trees.verkle.banderwagon import P, Point, weighted_sum

WIDTH = 256
SEED = b"eth_verkle_oct_2021"


@cache
def generators() -> tuple[Point, ...]:
    """The 256 points that scalars are put on. Nobody knows how one is a multiple of another.

    Each is the point whose x is the next hash of the seed and a counter, if there is one.
    """
    found: list[Point] = []
    counter = 0
    while len(found) < WIDTH:
        hash_ = sha256(SEED + counter.to_bytes(8)).digest()
        counter += 1
        try:
            found.append(Point.decode((int.from_bytes(hash_) % P).to_bytes(32)))
        except ValueError:
            continue
    return tuple(found)


def commit(scalars: Mapping[int, int]) -> Point:
    """The commitment to these scalars at their indices, and to zero at the others.

    It is linear: the commitment to a difference is the difference of the commitments.
    """
    return weighted_sum((scalar, generators()[index]) for index, scalar in scalars.items())
