"""Commitments to 256 scalars in the first group of BLS12-381, and what stands for them.

Source: Kate, Zaverucha, Goldberg, "Constant-Size Commitments to Polynomials and Their
Applications" (2010); Ethereum's ceremony of 2023 for the setup.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

from py_ecc.bls.point_compression import compress_G1, decompress_G1, decompress_G2
from py_ecc.bls.typing import G1Compressed, G2Compressed
from py_ecc.fields import optimized_bls12_381_FQ as FQ
from py_ecc.fields import optimized_bls12_381_FQ2 as FQ2
from py_ecc.optimized_bls12_381.optimized_curve import (
    G1,
    Z1,
    add,
    curve_order,
    is_inf,
    multiply,
)

Point: TypeAlias = tuple[FQ, FQ, FQ]
SecondPoint: TypeAlias = tuple[FQ2, FQ2, FQ2]

R: Final = curve_order
WIDTH: Final = 256
ROOT_OF_UNITY: Final = pow(7, (R - 1) // WIDTH, R)
PLACES: Final = [pow(ROOT_OF_UNITY, i, R) for i in range(WIDTH)]

POINT_BYTES = 48
FILE = Path(__file__).with_name("setup.bin")
"""The elements for the values at the 256 places, then `[τ]` of the second group, compressed: what
`from_ceremony` made of the file `trusted_setup.txt` that Ethereum's clients ship."""


@cache
def setup() -> tuple[Sequence[Point], SecondPoint]:
    """The commitments to one at each place and zero at the others; `[τ]` of the second group."""
    content = FILE.read_bytes()
    end = WIDTH * POINT_BYTES
    parts = [content[at : at + POINT_BYTES] for at in range(0, end, POINT_BYTES)]
    return [_decompressed(part) for part in parts], _second(content[end:])


def from_ceremony(text: str) -> bytes:
    """The content of the file.

    The ceremony's text is two counts, as many elements of the first group for values of another
    domain, elements of the second for powers of τ, and of the first for powers of τ.
    """
    values, powers, *words = text.split()
    second = words[int(values) : int(values) + int(powers)]
    first = words[int(values) + int(powers) :][:WIDTH]
    points = _transformed(
        [_decompressed(bytes.fromhex(word)) for word in first], pow(ROOT_OF_UNITY, -1, R)
    )
    scale = pow(WIDTH, -1, R)
    return b"".join(encode(multiply(point, scale)) for point in points) + bytes.fromhex(second[1])


def _transformed(points: Sequence[Point], root: int) -> list[Point]:
    """For each i the sum of root^(i·j) times the point j: the fast Fourier transform."""
    if len(points) == 1:
        return list(points)
    even, odd = (_transformed(points[start::2], root * root % R) for start in (0, 1))
    turned = [multiply(point, pow(root, i, R)) for i, point in enumerate(odd)]
    minus = [multiply(point, R - 1) for point in turned]
    low = [add(left, right) for left, right in zip(even, turned, strict=True)]
    return low + [add(left, right) for left, right in zip(even, minus, strict=True)]


def commit(scalars: Mapping[int, int]) -> Point:
    """The commitment to these scalars at their places, and to zero at the others."""
    points, _ = setup()
    return weighted_sum((scalar, points[place]) for place, scalar in scalars.items())


def weighted_sum(terms: Iterable[tuple[int, Point]]) -> Point:
    """The sum of multiples of points."""
    total = Z1
    for scalar, point in terms:
        total = add(total, multiply(point, scalar % R))
    return total


def encode(point: Point) -> bytes:
    """48 bytes: the first coordinate, and three bits in front."""
    return compress_G1(point).to_bytes(POINT_BYTES)


def decode(encoded: bytes) -> Point:
    """The point, in the group. Raises: ValueError."""
    if len(encoded) != POINT_BYTES:
        raise ValueError(f"expected {POINT_BYTES} bytes, not {len(encoded)}")
    point = _decompressed(encoded)
    if not is_inf(multiply(point, R)):
        raise ValueError("the point is outside the group")
    return point


def root_hash(encoded: bytes) -> bytes:
    """What a header has of the root's commitment: its hash, and zeros for that of nothing."""
    if encoded == encode(Z1):
        return bytes(32)
    return sha256(encoded).digest()


def scalar_of(encoded: bytes) -> int:
    """What stands for a commitment where a scalar is wanted."""
    return int.from_bytes(root_hash(encoded), "little") % R


def generator() -> Point:
    """The generator of the first group: the commitment to one at every place."""
    return G1


def _decompressed(encoded: bytes) -> Point:
    return decompress_G1(G1Compressed(int.from_bytes(encoded)))


def _second(encoded: bytes) -> SecondPoint:
    halves = (int.from_bytes(encoded[:POINT_BYTES]), int.from_bytes(encoded[POINT_BYTES:]))
    return decompress_G2(G2Compressed(halves))
