"""Polynomials of degree below 256, as their values at 0, 1, …, 255.

Source: Feist, "PCS multiproofs using random evaluation" (2021-06-18), for dividing in this form.
"""

from collections.abc import Sequence
from functools import cache
from math import prod

from weakstate.trees.verkle.banderwagon import R
from weakstate.trees.verkle.pedersen import WIDTH

DOMAIN = range(WIDTH)


@cache
def derivatives() -> tuple[int, ...]:
    """A'(i) for each i of the domain, where A(X) = Π (X - i): the product over all other j."""
    return tuple(prod(i - j for j in DOMAIN if j != i) % R for i in DOMAIN)


def lagrange_at(point: int) -> list[int]:
    """The values L_i(point): a polynomial's value there is their inner product with its values."""
    if point in DOMAIN:
        return [int(i == point) for i in DOMAIN]
    whole = prod(point - i for i in DOMAIN) % R
    return [whole * invert(derivatives()[i] * (point - i)) % R for i in DOMAIN]


def inner(left: Sequence[int], right: Sequence[int]) -> int:
    """Σ left · right. Raises: ValueError if they are not of one length."""
    return sum(a * b for a, b in zip(left, right, strict=True)) % R


def quotient(values: Sequence[int], point: int) -> list[int]:
    """The values of (f(X) - f(point)) / (X - point), for a point of the domain.

    The value at the point itself would be 0/0. But the quotient has a degree below 255, so that
    its coefficient of X²⁵⁵, Σ q_i / A'(i), is zero, which gives the one from the others.
    """
    found = [0] * WIDTH
    for i in DOMAIN:
        if i != point:
            found[i] = (values[i] - values[point]) * invert(i - point) % R
            found[point] -= found[i] * invert(derivatives()[i])
    found[point] = found[point] * derivatives()[point] % R
    return found


def invert(scalar: int) -> int:
    """1 / scalar. Raises: ValueError for zero."""
    return pow(scalar, -1, R)
