"""Shape model of a Verkle tree: what a proof of some stems holds in a tree of so many.

Source: EIP-6800; consensus-specs, specs/_features/eip6800, for what a witness holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from weakstate.sizes.buckets import Bucket
from weakstate.sizes.draws import Draws

WIDTH = 256
HALF = 128
STEM_BYTES, VALUE_BYTES = 31, 32


@dataclass(frozen=True)
class ProofKind:
    """Bytes of a commitment, of the one proof that opens them all, and of the root's commitment.

    The last is zero where the state root is that commitment.
    """

    commitment: int
    proof: int
    root: int


IPA = ProofKind(32, 576, 0)
KZG = ProofKind(48, 128, 48)  # docs/verkle/kzg.md


class VerkleShape:
    """One drawn shape: stems that are touched, and ``unseen`` others.

    ``commitments`` counts nodes on the paths without the root, ``other_stems`` those found in the
    place of an absent one.
    """

    def __init__(self, stems: Iterable[tuple[bytes, Bucket]], unseen: int, draws: Draws) -> None:
        self._stems = list(stems)  # ascending
        self._draws = draws
        self.inner = self.stem_nodes = self.halves = self.other_stems = 0
        self.suffixes = sum(len(bucket.touched) for _, bucket in self._stems)
        self.values = sum(sum(bucket.touched.values()) for _, bucket in self._stems)
        self._visit(0, len(self._stems), unseen, 0)

    @property
    def stems(self) -> int:
        """Stems that are touched."""
        return len(self._stems)

    @property
    def commitments(self) -> int:
        """Commitments of the proof."""
        return self.inner + self.stem_nodes + self.halves

    @property
    def frame(self) -> int:
        """Bytes that SSZ adds: offsets of four bytes, and one for each value that says it is there.

        Two offsets for each stem, three for each suffix and five for what holds them.
        """
        return 4 * (2 * self.stems + 3 * self.suffixes + 5) + self.values

    def parts(self, kind: ProofKind) -> dict[str, int]:
        """Bytes of what the witness holds, without the frame that a format puts around it."""
        return {
            "inner nodes": kind.commitment * self.inner + kind.root,
            "stem nodes": kind.commitment * (self.stem_nodes + self.halves),
            # A byte for each stem's depth and kind of end, another for each suffix.
            "keys": STEM_BYTES * (self.stems + self.other_stems) + self.stems + self.suffixes,
            "values": VALUE_BYTES * self.values,
            "proof": kind.proof,
        }

    def _visit(self, start: int, end: int, unseen: int, depth: int) -> None:
        """What stands where these stems, of which one at least is touched, share a path."""
        there = [bucket for _, bucket in self._stems[start:end] if bucket.present]
        total = len(there) + unseen
        if depth and total <= 1:
            self.stem_nodes += total
            self.other_stems += unseen
            for bucket in there:
                self.halves += len({suffix // HALF for suffix in bucket.touched})
            return
        self.inner += depth > 0
        ranges: dict[int, tuple[int, int]] = {}
        for index in range(start, end):
            byte = self._stems[index][0][depth]
            ranges[byte] = (ranges.get(byte, (index, 0))[0], index + 1)
        dealt = self._draws.deal(unseen, WIDTH, ranges)
        for byte, (first, last) in ranges.items():
            self._visit(first, last, dealt.get(byte, 0), depth + 1)
