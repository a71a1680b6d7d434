"""Challenges that depend on all that was said before, so that no verifier need choose them.

Source: crate-crypto/verkle-trie-ref, ipa/transcript.py, as EIP-6800 deployments use it.
"""

from hashlib import sha256

from weakstate.trees.verkle.banderwagon import Point, R


class Transcript:
    """What prover and verifier have both seen. Each entry has a label, each use its own start."""

    def __init__(self, label: bytes) -> None:
        self._state = bytearray(label)

    def domain(self, label: bytes) -> None:
        """Say that another protocol starts."""
        self._state += label

    def point(self, label: bytes, point: Point) -> None:
        """Add a point."""
        self._state += label + point.encode()

    def scalar(self, label: bytes, scalar: int) -> None:
        """Add a scalar."""
        self._state += label + (scalar % R).to_bytes(32, "little")

    def challenge(self, label: bytes) -> int:
        """A scalar that nobody could know before; what was said so far goes into it, and it on."""
        self._state += label
        challenge = int.from_bytes(sha256(self._state).digest(), "little") % R
        self._state.clear()
        self.scalar(label, challenge)
        return challenge
