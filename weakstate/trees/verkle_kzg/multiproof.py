"""Many openings of many commitments, at places of the domain, in one proof of 128 bytes.

Source: Feist, "PCS multiproofs using random evaluation" (2021-06-18); ``docs/verkle/kzg.md`` for
what is hashed.

All f_i(w^z_i) = y_i hold, save with negligible chance, if g(X) = Σ rⁱ · (f_i(X) - y_i)/(X - w^z_i)
is a polynomial. D commits to it before t is known. At t it must be h(t) - Σ rⁱ · y_i/(t - w^z_i),
where h(X) = Σ rⁱ · f_i(X)/(t - w^z_i), whose commitment E follows from those that are opened. One
more challenge proves the values of h and g at t together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from py_ecc.optimized_bls12_381.optimized_curve import G2
from py_ecc.optimized_bls12_381.optimized_pairing import pairing

from weakstate.errors import InvalidWitness
from weakstate.trees.verkle_kzg.commitments import (
    PLACES,
    R,
    decode,
    encode,
    generator,
    setup,
    weighted_sum,
)


@dataclass(frozen=True)
class Opening:
    """The polynomial of a commitment, given by its bytes, has a value at a place."""

    commitment: bytes
    place: int
    value: int


@dataclass(frozen=True)
class MultiProof:
    """The commitment D, the value y of h at t, and the proof of both values at t."""

    d: bytes
    y: int
    sigma: bytes


class Transcript:
    """What prover and verifier have both seen since the last challenge."""

    def __init__(self) -> None:
        self._said = b"weakstate-verkle-kzg"

    def point(self, label: bytes, encoded: bytes) -> None:
        """Say a point."""
        self._said += label + encoded

    def scalar(self, label: bytes, scalar: int) -> None:
        """Say a scalar."""
        self._said += label + scalar.to_bytes(32, "little")

    def challenge(self, label: bytes) -> int:
        """A scalar that nobody could know before."""
        digest = sha256(self._said + label).digest()
        challenge = int.from_bytes(digest, "little") % R
        self._said = b""
        self.scalar(label, challenge)
        return challenge


def verify(openings: Sequence[Opening], proof: MultiProof) -> None:
    """Check that all openings hold.

    Raises: InvalidWitness (`malformed_proof` for what is no point, `wrong_proof`).
    """
    try:
        points = {opening.commitment: decode(opening.commitment) for opening in openings}
        d, sigma = decode(proof.d), decode(proof.sigma)
    except ValueError as error:
        raise InvalidWitness("malformed_proof", "a point of the group", str(error)) from None
    transcript = Transcript()
    for opening in openings:
        transcript.point(b"C", opening.commitment)
        transcript.scalar(b"z", opening.place)
        transcript.scalar(b"y", opening.value)
    r = transcript.challenge(b"r")
    transcript.point(b"D", proof.d)
    t = transcript.challenge(b"t")
    if t in PLACES:
        raise InvalidWitness("wrong_proof", "a challenge outside the domain")

    weights = dict.fromkeys(points, 0)
    known = 0
    for power, opening in enumerate(openings):
        weight = pow(r, power, R) * pow(t - PLACES[opening.place], -1, R) % R
        weights[opening.commitment] += weight
        known += weight * opening.value
    e = weighted_sum((weights[encoded], point) for encoded, point in points.items())
    h, g = proof.y, (proof.y - known) % R
    transcript.point(b"E", encode(e))
    transcript.scalar(b"h", h)
    transcript.scalar(b"g", g)
    q = transcript.challenge(b"q")

    _, tau = setup()
    one = generator()
    left = weighted_sum([(1, e), (q, d), (-(h + q * g), one), (t, sigma)])
    if pairing(G2, left) != pairing(tau, sigma):
        raise InvalidWitness("wrong_proof")
