"""Witness of a Verkle tree over KZG commitments: its bytes, and the values that it proves.

Source: ``docs/verkle/kzg.md``, for the bytes; SSZ (ethereum/consensus-specs, ssz/simple-serialize).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from weakstate.errors import InvalidWitness
from weakstate.trees.verkle.nodes import STEM_BYTES, VALUE_BYTES, Stem
from weakstate.trees.verkle.proof import claims_of, openings_of
from weakstate.trees.verkle_kzg.commitments import POINT_BYTES, R, root_hash, scalar_of
from weakstate.trees.verkle_kzg.multiproof import MultiProof, Opening, verify

T = TypeVar("T")

OFFSET = 4


@dataclass(frozen=True)
class KzgWitness:
    """What another needs, beside the root, to read some keys. Nothing in it is checked.

    ``values`` has None where there is none. ``other_stems`` and ``endings`` are as in
    `VerkleWitness`. ``root`` and ``commitments`` are encoded points: the root's, and those of all
    other nodes on the paths, by path.
    """

    values: Mapping[Stem, Mapping[int, bytes | None]]
    other_stems: tuple[Stem, ...]
    endings: bytes
    commitments: tuple[bytes, ...]
    root: bytes
    proof: MultiProof

    @classmethod
    def decode(cls, data: bytes) -> "KzgWitness":
        """Read a witness. Raises: InvalidWitness (`malformed_proof`)."""
        try:
            return _witness(data)
        except ValueError as error:
            raise InvalidWitness("malformed_proof", actual=str(error)) from None


def open_witness(root: bytes, witness: KzgWitness) -> dict[bytes, bytes | None]:
    """The values that a witness proves to stand under a root, by key; None is proven absence.

    Raises: InvalidWitness (`malformed_proof`, `wrong_proof`).
    """
    if root_hash(witness.root) != root:
        expected, actual = root.hex(), root_hash(witness.root).hex()
        raise InvalidWitness("wrong_proof", expected, actual, at="root")
    opened = openings_of(claims_of(witness.values, witness.other_stems, witness.endings))
    if len(opened) - 1 != len(witness.commitments):
        expected, actual = f"{len(opened) - 1} commitments", str(len(witness.commitments))
        raise InvalidWitness("malformed_proof", expected, actual)
    encoded = dict(zip(opened, (witness.root, *witness.commitments), strict=True))
    asked = []
    for path, node in opened.items():
        for place, scalar in sorted(node.scalars.items()):
            value = scalar_of(encoded[path + bytes([place])]) if scalar is None else scalar
            asked.append(Opening(encoded[path], place, value))
    verify(asked, witness.proof)
    return {
        stem + bytes([suffix]): value
        for stem, suffixes in witness.values.items()
        for suffix, value in suffixes.items()
    }


def _witness(data: bytes) -> KzgWitness:
    _, stems, proof = _parts(data, b"", 2)
    values: dict[Stem, dict[int, bytes | None]] = {}
    for stem, suffixes in _list(stems, _stem):
        if values and stem <= max(values):
            raise ValueError("the stems are not ascending")
        values[stem] = suffixes
    fixed = bytes(3 * POINT_BYTES + 32)
    last, others, endings, commitments = _parts(proof, fixed, 3)
    root, d, rest = last[:POINT_BYTES], last[POINT_BYTES : 2 * POINT_BYTES], last[2 * POINT_BYTES :]
    y = int.from_bytes(rest[:32], "little")
    if y >= R:
        raise ValueError("a scalar is not below the order of the group")
    return KzgWitness(
        values,
        tuple(_words(others, STEM_BYTES)),
        endings,
        tuple(_words(commitments, POINT_BYTES)),
        root,
        MultiProof(d, y, rest[32:]),
    )


def _stem(data: bytes) -> tuple[Stem, dict[int, bytes | None]]:
    stem, suffixes = _parts(data, b"", 1, before=STEM_BYTES)
    found: dict[int, bytes | None] = {}
    for suffix, value in _list(suffixes, _suffix):
        if found and suffix <= max(found):
            raise ValueError("the suffixes are not ascending")
        found[suffix] = value
    return stem, found


def _suffix(data: bytes) -> tuple[int, bytes | None]:
    suffix, value, after = _parts(data, b"", 2, before=1)
    if after:
        raise ValueError("a value of after the block")
    if value and (value[0] != 1 or len(value) != 1 + VALUE_BYTES):
        raise ValueError("expected nothing, or a one and a value")
    return suffix[0], value[1:] or None


def _parts(data: bytes, after: bytes, count: int, before: int = 0) -> list[bytes]:
    """The fixed part of a container, then the others.

    What is fixed stands before and after where the others begin. Raises: ValueError unless the
    others follow one behind the other to the end.
    """
    start = before + count * OFFSET + len(after)
    if len(data) < start:
        raise ValueError(f"expected {start} bytes, not {len(data)}")
    offsets = [int.from_bytes(data[before + i * OFFSET :][:OFFSET], "little") for i in range(count)]
    if offsets[0] != start or sorted([*offsets, len(data)]) != [*offsets, len(data)]:
        raise ValueError("parts that do not stand one behind the other")
    fixed = data[:before] + data[start - len(after) : start]
    return [fixed, *(data[i:j] for i, j in zip(offsets, [*offsets[1:], len(data)], strict=True))]


def _list(data: bytes, read: Callable[[bytes], T]) -> list[T]:
    """A list of elements that are not of fixed length. Raises: ValueError."""
    if not data:
        return []
    first = int.from_bytes(data[:OFFSET], "little")
    if first == 0 or first % OFFSET:
        raise ValueError("a list that does not say where its elements begin")
    _, *elements = _parts(data, b"", first // OFFSET)
    return [read(element) for element in elements]


def _words(data: bytes, length: int) -> list[bytes]:
    if len(data) % length:
        raise ValueError(f"expected elements of {length} bytes")
    return [data[at : at + length] for at in range(0, len(data), length)]
