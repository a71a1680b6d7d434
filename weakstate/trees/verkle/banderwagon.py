"""The group that commitments live in: prime order, 32 bytes a point.

Sources: Masson, Sanso, Zhang, "Bandersnatch" (ePrint 2021/1152) for the curve; EIP-6800 and
crate-crypto/rust-verkle, banderwagon/docs, for the quotient and its encoding.

Bandersnatch is the twisted Edwards curve a·x² + y² = 1 + d·x²·y². Its group has order 4r.
Banderwagon takes the points with 1 - a·x² a square, and (x, y) and (-x, -y) for one element: what
is left has the prime order r.
"""

from collections.abc import Iterable
from typing import Final

# The field of coordinates: the scalar field of BLS12-381.
P: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
# The order of the group, and so the field of scalars.
R: Final = 0x1CFB69D4CA675F520CCE760202687600FF8F87007419047174FD06B52876E7E1

A: Final = -5
D: Final = 45022363124591815672509500913686876175488063829319466900776701791074614335719

TWO_ADICITY = 32  # P - 1 is an odd number times 2^32
NON_SQUARE = 5  # the least


class Point:
    """An element of the group, in extended coordinates: x = X/Z, y = Y/Z, x·y = T/Z."""

    __slots__ = ("t", "x", "y", "z")

    def __init__(self, x: int, y: int, z: int = 1, t: int | None = None) -> None:
        self.x = x
        self.y = y
        self.z = z
        self.t = x * y % P if t is None else t

    def __add__(self, other: "Point") -> "Point":
        """The sum. One formula for all: there are no exceptions to it in this group.

        Source: Hisil, Wong, Carter, Dawson, "Twisted Edwards Curves Revisited", section 3.1.
        """
        a = self.x * other.x % P
        b = self.y * other.y % P
        c = D * self.t * other.t % P
        d = self.z * other.z % P
        e = ((self.x + self.y) * (other.x + other.y) - a - b) % P
        f, g, h = d - c, d + c, b - A * a
        return Point(e * f % P, g * h % P, f * g % P, e * h % P)

    def __neg__(self) -> "Point":
        return Point(-self.x % P, self.y, self.z, -self.t % P)

    def __sub__(self, other: "Point") -> "Point":
        return self + -other

    def __mul__(self, scalar: int) -> "Point":
        return weighted_sum([(scalar, self)])

    def __eq__(self, other: object) -> bool:
        """Whether they are the same element: x/y is alike for (x, y) and (-x, -y)."""
        if not isinstance(other, Point):
            return NotImplemented
        return (self.x * other.y - other.x * self.y) % P == 0

    __hash__ = None  # type: ignore[assignment]  # equal elements have many coordinates

    def __repr__(self) -> str:
        return f"<Point {self.encode().hex()}>"

    def to_scalar(self) -> int:
        """The element as a scalar, so that a commitment can be committed to: x/y, mod R.

        Not injective, as P > R; nobody can make use of that without a discrete logarithm.
        """
        return self.x * pow(self.y, -1, P) % P % R

    def encode(self) -> bytes:
        """32 bytes, big-endian: x of the one of (x, y), (-x, -y) whose y is the larger."""
        inverse = pow(self.z, -1, P)
        x, y = self.x * inverse % P, self.y * inverse % P
        return (x if _is_larger(y) else -x % P).to_bytes(32)

    @classmethod
    def decode(cls, encoded: bytes) -> "Point":
        """The element of an encoding. Raises: ValueError if it is none."""
        if len(encoded) != 32:
            raise ValueError(f"a point has 32 bytes, not {len(encoded)}")
        x = int.from_bytes(encoded)
        if x >= P:
            raise ValueError("x is not below the field's prime")
        numerator = (1 - A * x * x) % P
        y = square_root(numerator * pow(1 - D * x * x, -1, P) % P)
        if y is None:
            raise ValueError("no point of the curve has this x")
        if not is_square(numerator):
            raise ValueError("the point is not in the group")
        return cls(x, y if _is_larger(y) else P - y)


IDENTITY: Final = Point(0, 1)
GENERATOR: Final = Point(
    18886178867200960497001835917649091219057080094937609519140440539760939937304,
    19188667384257783945677642223292697773471335439753913231509108946878080696678,
)


def weighted_sum(terms: Iterable[tuple[int, Point]]) -> Point:
    """Σ scalar · point, by windows of the scalars' bits with a bucket for each value (Pippenger).

    With one point the window is one bit, and this is doubling and adding.
    """
    pairs = [(scalar % R, point) for scalar, point in terms if scalar % R]
    width = max(1, len(pairs).bit_length() - 2)
    longest = max((scalar.bit_length() for scalar, _ in pairs), default=0)
    total = IDENTITY
    for start in reversed(range(0, longest, width)):
        for _ in range(width):
            total += total
        buckets: dict[int, Point] = {}
        for scalar, point in pairs:
            digit = scalar >> start & (1 << width) - 1
            if digit:
                buckets[digit] = buckets[digit] + point if digit in buckets else point
        # Σ digit · bucket, as the sum over d of all buckets from d upwards.
        from_here = IDENTITY
        for digit in range(max(buckets, default=0), 0, -1):
            if digit in buckets:
                from_here += buckets[digit]
            total += from_here
    return total


def is_square(value: int) -> bool:
    """Whether the value has a square root modulo P (Euler's criterion); zero has."""
    return pow(value, (P - 1) // 2, P) in (0, 1)


def square_root(value: int) -> int | None:
    """Either root modulo P, or None (Tonelli and Shanks)."""
    if not is_square(value):
        return None
    odd = (P - 1) >> TWO_ADICITY
    root = pow(value, (odd + 1) // 2, P)
    error = pow(value, odd, P)  # root² = value · error, and error is a power of `twist`
    twist = pow(NON_SQUARE, odd, P)
    order = TWO_ADICITY
    while error not in (0, 1):
        squared, steps = error, 0
        while squared != 1:
            squared = squared * squared % P
            steps += 1
        factor = pow(twist, 1 << (order - steps - 1), P)
        root = root * factor % P
        twist = factor * factor % P
        error = error * twist % P
        order = steps
    return root


def _is_larger(y: int) -> bool:
    return y > P - y
