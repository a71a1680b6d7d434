"""Many openings of many commitments, at points of the domain, in one argument of 576 bytes.

Source: Feist, "PCS multiproofs using random evaluation" (2021-06-18), in the form of
crate-crypto/go-ipa.

All f_i(z_i) = y_i hold, save with negligible chance, if g(X) = Σ rⁱ · (f_i(X) - y_i)/(X - z_i) is a
polynomial. D commits to it before t is known. At t it must be h(t) - Σ rⁱ · y_i/(t - z_i), where
h(X) = Σ rⁱ · f_i(X)/(t - z_i), whose commitment E follows from those that are opened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from weakstate.trees.verkle import ipa
from weakstate.trees.verkle.banderwagon import Point, R, weighted_sum
from weakstate.trees.verkle.ipa import IpaProof
from weakstate.trees.verkle.pedersen import WIDTH, commit
from weakstate.trees.verkle.polynomial import DOMAIN, invert, quotient
from weakstate.trees.verkle.transcript import Transcript


@dataclass(frozen=True)
class Opening:
    """The polynomial of a commitment has a value at a point of the domain."""

    commitment: Point
    point: int
    value: int


@dataclass(frozen=True)
class MultiProof:
    """The commitment D, and the argument for E - D at t."""

    d: Point
    ipa: IpaProof

    def encode(self) -> bytes:
        """576 bytes."""
        return self.d.encode() + self.ipa.encode()

    @classmethod
    def decode(cls, encoded: bytes) -> "MultiProof":
        """Raises: ValueError."""
        return cls(Point.decode(encoded[:32]), IpaProof.decode(encoded[32:]))


def prove(
    transcript: Transcript, openings: Sequence[Opening], polynomials: Sequence[Sequence[int]]
) -> MultiProof:
    """Prove openings; each comes with its polynomial, as 256 values."""
    powers = _start(transcript, openings)
    # Openings at one point are one quotient.
    summed: dict[int, list[int]] = {}
    for power, opening, values in zip(powers, openings, polynomials, strict=True):
        sums = summed.setdefault(opening.point, [0] * WIDTH)
        for i in DOMAIN:
            sums[i] = (sums[i] + power * values[i]) % R
    g = _sum(quotient(sums, point) for point, sums in summed.items())
    d = commit(dict(enumerate(g)))
    t = _next(transcript, d)
    h = _sum([value * invert(t - point) % R for value in sums] for point, sums in summed.items())
    e = commit(dict(enumerate(h)))
    transcript.point(b"E", e)
    difference = [(ours - other) % R for ours, other in zip(h, g, strict=True)]
    return MultiProof(d, ipa.prove(transcript, e - d, difference, t))


def verify(transcript: Transcript, openings: Sequence[Opening], proof: MultiProof) -> None:
    """Check that all openings hold. Raises: InvalidWitness (`wrong_proof`)."""
    powers = _start(transcript, openings)
    t = _next(transcript, proof.d)
    weights = [
        power * invert(t - opening.point) % R
        for power, opening in zip(powers, openings, strict=True)
    ]
    e = weighted_sum(
        (weight, opening.commitment) for weight, opening in zip(weights, openings, strict=True)
    )
    transcript.point(b"E", e)
    value = sum(weight * opening.value for weight, opening in zip(weights, openings, strict=True))
    ipa.verify(transcript, e - proof.d, t, value % R, proof.ipa)


def _start(transcript: Transcript, openings: Sequence[Opening]) -> list[int]:
    """Say what is proven; the powers of r."""
    transcript.domain(b"multiproof")
    for opening in openings:
        transcript.point(b"C", opening.commitment)
        transcript.scalar(b"z", opening.point)
        transcript.scalar(b"y", opening.value)
    r = transcript.challenge(b"r")
    return [pow(r, i, R) for i in range(len(openings))]


def _next(transcript: Transcript, d: Point) -> int:
    transcript.point(b"D", d)
    return transcript.challenge(b"t")


def _sum(polynomials: Iterable[Sequence[int]]) -> list[int]:
    return [sum(values) % R for values in zip(*polynomials, strict=True)]
