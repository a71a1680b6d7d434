"""From a tree to the proof of some keys, and from a root and a proof to a partial tree.

Source: ethereum/consensus-specs, specs/_features/eip6800; go-verkle, proof_ipa.go, for which
positions are opened and in what order.

Both sides go through the same claims, one for each stem, and the openings that follow from them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from weakstate.errors import InvalidWitness
from weakstate.trees.verkle import multiproof
from weakstate.trees.verkle.banderwagon import Point
from weakstate.trees.verkle.multiproof import MultiProof, Opening
from weakstate.trees.verkle.nodes import (
    HALVES,
    MARK,
    STEM,
    STEM_BYTES,
    InnerNode,
    Node,
    Stem,
    StemNode,
    half_of,
    scalars,
)
from weakstate.trees.verkle.pedersen import WIDTH
from weakstate.trees.verkle.transcript import Transcript
from weakstate.trees.verkle.tree import VerkleTree
from weakstate.trees.verkle.witness import Change, VerkleWitness

LABEL = b"vt"
NOTHING, ANOTHER, ITSELF = 0, 1, 2

Path: TypeAlias = bytes
"""Of an inner node or a stem, the bytes that lead there; of a half, its place after them."""


@dataclass(frozen=True)
class Claim:
    """Where the path of a stem ends, what stem is there, if any, and the values at suffixes."""

    stem: Stem
    depth: int
    there: Stem | None
    values: Mapping[int, bytes | None]

    @property
    def path(self) -> Path:
        """The path to its end."""
        return self.stem[: self.depth]

    @property
    def ending(self) -> int:
        """Depth and kind of its end, in a byte."""
        if self.there is None:
            return self.depth << 3 | NOTHING
        return self.depth << 3 | (ITSELF if self.there == self.stem else ANOTHER)


@dataclass
class Opened:
    """A node, which is an inner one, a stem or a half, and what is opened of it.

    By position: the scalar there, or None for that of the child's commitment.
    """

    kind: str
    scalars: dict[int, int | None] = field(default_factory=dict)


def openings_of(claims: Iterable[Claim]) -> dict[Path, Opened]:
    """What a proof of these claims must open, by path: the root comes first.

    Raises: InvalidWitness (`malformed_proof`) if they exclude each other.
    """
    found: dict[Path, Opened] = {}

    def add(kind: str, path: Path, position: int, scalar: int | None) -> None:
        node = found.setdefault(path, Opened(kind))
        if node.kind != kind or node.scalars.setdefault(position, scalar) != scalar:
            at = f"path 0x{path.hex()}"
            raise InvalidWitness("malformed_proof", actual="claims that exclude each other", at=at)

    for claim in claims:
        path, there = claim.path, claim.there
        for depth in range(claim.depth):
            is_empty = there is None and depth == claim.depth - 1
            add("inner", path[:depth], path[depth], 0 if is_empty else None)
        if there is None:
            continue
        add("stem", path, MARK, 1)
        add("stem", path, STEM, int.from_bytes(there, "little"))
        if there != claim.stem:
            continue
        for suffix, value in claim.values.items():
            half = half_of(suffix)
            add("stem", path, half, None)
            for place, scalar in scalars(suffix, value).items():
                add("half", path + bytes([half]), place, scalar)
    return {path: found[path] for path in sorted(found)}


def prove(
    tree: VerkleTree, keys: Iterable[bytes], new_values: Mapping[bytes, bytes] | None = None
) -> VerkleWitness:
    """The witness of keys, and what is written at some of them.

    Raises: ValueError if there is no key, or the tree is partial; NotWitnessed.
    """
    new = new_values or {}
    suffixes: dict[Stem, list[int]] = defaultdict(list)
    for key in sorted({*keys, *new}):
        suffixes[key[:STEM_BYTES]].append(key[STEM_BYTES])
    if not suffixes:
        raise ValueError("a proof is of one key at least")
    claims = [_claim(tree, stem, suffixes[stem]) for stem in suffixes]
    opened = openings_of(claims)
    nodes = _nodes(tree, opened)
    changes = {
        claim.stem: {
            suffix: Change(value, new.get(claim.stem + bytes([suffix])))
            for suffix, value in claim.values.items()
        }
        for claim in claims
    }
    return VerkleWitness(
        changes,
        _other_stems(claims),
        bytes(claim.ending for claim in claims),
        tuple(nodes[path][0] for path in list(opened)[1:]),
        _prove(opened, nodes),
    )


def open_witness(root: bytes, witness: VerkleWitness) -> VerkleTree:
    """The partial tree that a witness proves to stand under a root.

    Its values are those before the change: ``update(witness.new_values.items())`` gives the root
    after it. Raises: InvalidWitness (`malformed_proof`, `wrong_proof`).
    """
    values = {
        stem: {suffix: change.current for suffix, change in suffixes.items()}
        for stem, suffixes in witness.changes.items()
    }
    claims = claims_of(values, witness.other_stems, witness.endings)
    opened = openings_of(claims)
    if len(opened) - 1 != len(witness.commitments):
        expected, actual = len(opened) - 1, len(witness.commitments)
        raise InvalidWitness("malformed_proof", f"{expected} commitments", str(actual))
    try:
        top = Point.decode(root)
    except ValueError as error:
        raise InvalidWitness("malformed_proof", "a root", str(error)) from None
    points = dict(zip(opened, (top, *witness.commitments), strict=True))
    own = {path: point.to_scalar() for path, point in points.items()}
    asked = [
        Opening(points[path], position, own[path + bytes([position])] if scalar is None else scalar)
        for path, node in opened.items()
        for position, scalar in sorted(node.scalars.items())
    ]
    multiproof.verify(Transcript(LABEL), asked, witness.proof)
    return VerkleTree(_built_inner(b"", opened, points, claims))


def _claim(tree: VerkleTree, stem: Stem, suffixes: Sequence[int]) -> Claim:
    node, depth = tree.find(stem)
    there = None if node is None else node.stem
    known = node if there == stem else None
    values = {suffix: known.value(suffix) if known else None for suffix in suffixes}
    return Claim(stem, depth, there, values)


def claims_of(
    found: Mapping[Stem, Mapping[int, bytes | None]],
    other_stems: tuple[Stem, ...],
    endings: bytes,
) -> list[Claim]:
    """What a witness claims of each stem: its values, and how its path ends.

    Raises: InvalidWitness (`malformed_proof`).
    """
    stems = list(found)
    if not stems or len(stems) != len(endings):
        expected = f"as many endings as stems, {len(stems)}, and one at least"
        raise InvalidWitness("malformed_proof", expected, str(len(endings)))
    ends = {stem: (ending >> 3, ending & 7) for stem, ending in zip(stems, endings, strict=True)}
    # What stands at a path, where that is a stem: one that is asked for, or one of the others.
    standing = {stem[:depth]: stem for stem, (depth, kind) in ends.items() if kind == ITSELF}
    claims = []
    for stem, (depth, kind) in ends.items():
        values = found[stem]
        if not 1 <= depth <= STEM_BYTES or kind > ITSELF:
            raise _malformed("a depth and a kind", f"depth {depth}, kind {kind}", stem)
        if kind != ITSELF and any(value is not None for value in values.values()):
            raise _malformed("no values of an absent stem", "some", stem)
        there = stem if kind == ITSELF else None
        if kind == ANOTHER:
            there = _another(stem[:depth], standing, other_stems)
        claims.append(Claim(stem, depth, there, values))
    if _other_stems(claims) != other_stems:
        raise InvalidWitness("malformed_proof", "each other stem where it is used, in order")
    return claims


def _another(path: Path, standing: Mapping[Path, Stem], others: Iterable[Stem]) -> Stem:
    """The stem that stands where an absent one would."""
    if path in standing:
        return standing[path]
    for other in others:
        if other.startswith(path):
            return other
    raise InvalidWitness("malformed_proof", "the stem that is there", at=f"path 0x{path.hex()}")


def _other_stems(claims: Sequence[Claim]) -> tuple[Stem, ...]:
    """The stems that stand where others were looked for, and were not asked for themselves."""
    asked = {claim.stem for claim in claims}
    return tuple(sorted({claim.there for claim in claims if claim.there} - asked))


def _nodes(
    tree: VerkleTree, opened: Mapping[Path, Opened]
) -> dict[Path, tuple[Point, dict[int, int]]]:
    """Commitment and polynomial of each node that is opened."""
    found: dict[Path, tuple[Point, dict[int, int]]] = {}
    nodes: dict[Path, Node] = {b"": tree.top}
    for path in opened:
        above = nodes[path[:-1]] if path else None
        if isinstance(above, StemNode):
            found[path] = above.halves[path[-1]], above.half_polynomial(path[-1])
            continue
        if above is not None:
            child = above.child(path)
            assert child is not None
            nodes[path] = child
        if not nodes[path].whole:
            raise ValueError("a partial tree cannot prove what it was not told")
        found[path] = nodes[path].commitment, nodes[path].polynomial()
    return found


def _prove(
    opened: Mapping[Path, Opened], nodes: Mapping[Path, tuple[Point, Mapping[int, int]]]
) -> MultiProof:
    asked, polynomials = [], []
    for path, node in opened.items():
        commitment, known = nodes[path]
        values = [known.get(position, 0) for position in range(WIDTH)]
        for position in sorted(node.scalars):
            asked.append(Opening(commitment, position, values[position]))
            polynomials.append(values)
    return multiproof.prove(Transcript(LABEL), asked, polynomials)


def _built_inner(
    path: Path,
    opened: Mapping[Path, Opened],
    points: Mapping[Path, Point],
    claims: Sequence[Claim],
) -> InnerNode:
    """The inner node at a path, with what is proven below it."""
    children: dict[int, Node | None] = {}
    for position, scalar in opened[path].scalars.items():
        below = path + bytes([position])
        if scalar == 0:
            children[position] = None
        elif opened[below].kind == "inner":
            children[position] = _built_inner(below, opened, points, claims)
        else:
            ending = [claim for claim in claims if claim.path == below]
            children[position] = _built_stem(below, points, ending)
    return InnerNode(points[path], children, whole=False)


def _built_stem(path: Path, points: Mapping[Path, Point], ending: Iterable[Claim]) -> StemNode:
    """The stem at a path, with the values proven if it was asked for itself."""
    [stem] = {claim.there for claim in ending if claim.there is not None}
    values = {s: v for claim in ending if claim.stem == stem for s, v in claim.values.items()}
    halves = {half: points[below] for half in HALVES if (below := path + bytes([half])) in points}
    return StemNode(stem, points[path], halves, values, whole=False)


def _malformed(expected: str, actual: str, stem: Stem) -> InvalidWitness:
    return InvalidWitness("malformed_proof", expected, actual, f"stem 0x{stem.hex()}")
