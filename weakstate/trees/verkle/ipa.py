"""The inner product argument: what a committed polynomial is at a point, in sixteen points.

Source: Feist, "Inner product arguments" (2021-07-27), in the form of crate-crypto/go-ipa.

Who knows vectors a, b and says y = ⟨a, b⟩ for C = ⟨a, G⟩ can halve them: with a challenge x, the
halves fold to a = a_L + x·a_R, b = b_L + b_R/x, G = G_L + G_R/x, and C + y·Q becomes
L·x + C + y·Q + R/x, where L and R are what the cross terms amount to. After eight halvings there
is one scalar left, which is told. Here b are the Lagrange values at the point.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from weakstate.errors import InvalidWitness
from weakstate.trees.verkle.banderwagon import GENERATOR, IDENTITY, Point, R, weighted_sum
from weakstate.trees.verkle.pedersen import WIDTH, generators
from weakstate.trees.verkle.polynomial import inner, invert, lagrange_at
from weakstate.trees.verkle.transcript import Transcript

ROUNDS = WIDTH.bit_length() - 1


@dataclass(frozen=True)
class IpaProof:
    """A point L and a point R for each halving, and the scalar that is left of a."""

    left: tuple[Point, ...]
    right: tuple[Point, ...]
    last: int

    def encode(self) -> bytes:
        """544 bytes: the points L, the points R, the scalar little-endian."""
        points = b"".join(point.encode() for point in (*self.left, *self.right))
        return points + self.last.to_bytes(32, "little")

    @classmethod
    def decode(cls, encoded: bytes) -> "IpaProof":
        """Raises: ValueError."""
        if len(encoded) != 32 * (2 * ROUNDS + 1):
            raise ValueError(f"an opening has {32 * (2 * ROUNDS + 1)} bytes, not {len(encoded)}")
        *words, last = (encoded[start : start + 32] for start in range(0, len(encoded), 32))
        points = tuple(map(Point.decode, words))
        return cls(points[:ROUNDS], points[ROUNDS:], decode_scalar(last[::-1]))


def decode_scalar(encoded: bytes) -> int:
    """A scalar from 32 bytes, big-endian. Raises: ValueError if it is not below the order."""
    scalar = int.from_bytes(encoded)
    if len(encoded) != 32 or scalar >= R:
        raise ValueError("a scalar is 32 bytes and below the group's order")
    return scalar


def prove(transcript: Transcript, commitment: Point, values: Sequence[int], point: int) -> IpaProof:
    """Prove what the committed polynomial of these values is at a point."""
    a, b, g = list(values), lagrange_at(point), list(generators())
    q = _start(transcript, commitment, point, inner(a, b))
    left: list[Point] = []
    right: list[Point] = []
    while (half := len(a) // 2) > 0:
        a_l, b_l, g_l = a[:half], b[:half], g[:half]
        a_r, b_r, g_r = a[half:], b[half:], g[half:]
        left.append(weighted_sum([*zip(a_r, g_l, strict=True), (inner(a_r, b_l), q)]))
        right.append(weighted_sum([*zip(a_l, g_r, strict=True), (inner(a_l, b_r), q)]))
        x = _challenge(transcript, left[-1], right[-1])
        over_x = invert(x)
        a = [(low + x * high) % R for low, high in zip(a_l, a_r, strict=True)]
        b = [(low + over_x * high) % R for low, high in zip(b_l, b_r, strict=True)]
        g = [low + high * over_x for low, high in zip(g_l, g_r, strict=True)]
    return IpaProof(tuple(left), tuple(right), a[0])


def verify(
    transcript: Transcript, commitment: Point, point: int, value: int, proof: IpaProof
) -> None:
    """Check that the committed polynomial has this value at a point.

    Raises: InvalidWitness (`wrong_proof`).
    """
    if len(proof.left) != ROUNDS or len(proof.right) != ROUNDS:
        raise InvalidWitness("wrong_proof", f"{ROUNDS} points of each side")
    q = _start(transcript, commitment, point, value)
    xs = [_challenge(transcript, *pair) for pair in zip(proof.left, proof.right, strict=True)]
    over_xs = [invert(x) for x in xs]
    # How often each first element is in the one that the foldings leave: 1/x for each round in
    # which it was in the right half. The first round's half is the highest bit of its index.
    shares = [1]
    for over_x in over_xs:
        shares = [share * factor % R for share in shares for factor in (1, over_x)]
    b_last = inner(lagrange_at(point), shares)
    # With all at once: Σ x·L + Σ R/x + C + y·Q = a·(G folded) + a·b·Q, all on one side.
    rest = weighted_sum(
        [
            *zip(xs, proof.left, strict=True),
            *zip(over_xs, proof.right, strict=True),
            (1, commitment),
            (value - proof.last * b_last, q),
            *((-proof.last * share, g) for share, g in zip(shares, generators(), strict=True)),
        ]
    )
    if rest != IDENTITY:
        raise InvalidWitness("wrong_proof", "an opening of the commitments to the values")


def _start(transcript: Transcript, commitment: Point, point: int, value: int) -> Point:
    """Say what is proven; the point Q that the inner product is put on."""
    transcript.domain(b"ipa")
    transcript.point(b"C", commitment)
    transcript.scalar(b"input point", point)
    transcript.scalar(b"output point", value)
    return GENERATOR * transcript.challenge(b"w")


def _challenge(transcript: Transcript, left: Point, right: Point) -> int:
    transcript.point(b"L", left)
    transcript.point(b"R", right)
    return transcript.challenge(b"x")
