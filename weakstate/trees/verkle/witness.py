"""Witness of a Verkle tree: the values at some keys, their changes, and the proof of the former.

Source: ethereum/consensus-specs, specs/_features/eip6800; the JSON is that of go-verkle, which
the Kaustinen testnets ran with.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weakstate import bounded_json
from weakstate.errors import InvalidWitness
from weakstate.trees.verkle.banderwagon import Point
from weakstate.trees.verkle.ipa import IpaProof, decode_scalar
from weakstate.trees.verkle.multiproof import MultiProof
from weakstate.trees.verkle.nodes import STEM_BYTES, VALUE_BYTES, Stem


@dataclass(frozen=True)
class Change:
    """A value before, None where there is none; and the one written, None where none is."""

    current: bytes | None
    new: bytes | None = None


@dataclass(frozen=True)
class VerkleWitness:
    """What another needs, beside the root, to read some keys. Nothing in it is checked.

    ``other_stems`` are those found in the place of absent ones, ``endings`` say for each stem, in
    their order, how many bytes its path has (times 8) and what is there: 0 nothing, 1 another
    stem, 2 the stem. ``commitments`` are those of all nodes on the paths but the root, by path.
    """

    changes: Mapping[Stem, Mapping[int, Change]]
    other_stems: tuple[Stem, ...]
    endings: bytes
    commitments: tuple[Point, ...]
    proof: MultiProof

    @property
    def new_values(self) -> dict[bytes, bytes]:
        """What is written, by key."""
        return {
            stem + bytes([suffix]): change.new
            for stem, suffixes in self.changes.items()
            for suffix, change in suffixes.items()
            if change.new is not None
        }

    def to_json(self) -> bytes:
        """The witness as nodes write it."""
        argument = self.proof.ipa
        return json.dumps(
            {
                "stateDiff": [
                    {"stem": _hex(stem), "suffixDiffs": _suffixes_to_list(suffixes)}
                    for stem, suffixes in self.changes.items()
                ],
                "verkleProof": {
                    "otherStems": [_hex(stem) for stem in self.other_stems],
                    "depthExtensionPresent": _hex(self.endings),
                    "commitmentsByPath": [_hex(point.encode()) for point in self.commitments],
                    "d": _hex(self.proof.d.encode()),
                    "ipaProof": {
                        "cl": [_hex(point.encode()) for point in argument.left],
                        "cr": [_hex(point.encode()) for point in argument.right],
                        "finalEvaluation": _hex(argument.last.to_bytes(32)),
                    },
                },
            },
            separators=(",", ":"),
        ).encode()

    @classmethod
    def from_json(cls, data: bytes | str) -> "VerkleWitness":
        """Read a witness. Raises: InvalidWitness (`malformed_proof`)."""
        try:
            text = data.encode() if isinstance(data, str) else data
            return cls.from_object(bounded_json.loads(text))
        except (ValueError, RecursionError) as error:
            raise InvalidWitness("malformed_proof", actual=str(error)) from None

    @classmethod
    def from_object(cls, content: Any) -> "VerkleWitness":  # noqa: ANN401  # JSON is anything
        """Read a witness from decoded JSON, its names in either of the ways nodes write them.

        Raises: InvalidWitness (`malformed_proof`).
        """
        try:
            proof = _member(content, "verkleProof", "verkle_proof")
            argument = _member(proof, "ipaProof", "ipa_proof")
            left, right = (tuple(map(_point, _list(argument[side]))) for side in ("cl", "cr"))
            last = decode_scalar(_bytes(_member(argument, "finalEvaluation", "final_evaluation")))
            stems = _list(_member(proof, "otherStems", "other_stems"))
            endings = _member(proof, "depthExtensionPresent", "depth_extension_present")
            points = _list(_member(proof, "commitmentsByPath", "commitments_by_path"))
            return cls(
                _changes(_list(_member(content, "stateDiff", "state_diff"))),
                tuple(_bytes(stem, STEM_BYTES) for stem in stems),
                _bytes(endings, None),
                tuple(map(_point, points)),
                MultiProof(_point(proof["d"]), IpaProof(left, right, last)),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidWitness("malformed_proof", actual=str(error)) from None


def _changes(diffs: Sequence[Any]) -> dict[Stem, dict[int, Change]]:
    found: dict[Stem, dict[int, Change]] = {}
    for diff in diffs:
        stem = _bytes(diff["stem"], STEM_BYTES)
        if found and stem <= max(found):
            raise ValueError("the stems are not ascending")
        suffixes = found[stem] = {}
        for entry in _list(_member(diff, "suffixDiffs", "suffix_diffs")):
            suffix = int(entry["suffix"])
            if suffix not in range(256) or suffix in suffixes:
                raise ValueError(f"suffix {suffix} is out of range or there twice")
            current = _member(entry, "currentValue", "current_value")
            new = _member(entry, "newValue", "new_value")
            suffixes[suffix] = Change(_value(current), _value(new))
    return found


def _suffixes_to_list(suffixes: Mapping[int, Change]) -> list[dict[str, object]]:
    return [
        {
            "suffix": suffix,
            "currentValue": change.current and _hex(change.current),
            "newValue": change.new and _hex(change.new),
        }
        for suffix, change in suffixes.items()
    ]


def _member(content: Any, *names: str) -> Any:  # noqa: ANN401
    """A member under any of its names; a list or value that is left out is None."""
    return next((content[name] for name in names if name in content), None)


def _list(content: Any) -> list[Any]:  # noqa: ANN401
    if content is None:
        return []
    if not isinstance(content, list):
        raise TypeError(f"expected a list, not {type(content).__name__}")
    return content


def _value(content: Any) -> bytes | None:  # noqa: ANN401
    return None if content is None else _bytes(content, VALUE_BYTES)


def _point(content: Any) -> Point:  # noqa: ANN401
    return Point.decode(_bytes(content))


def _bytes(content: Any, length: int | None = 32) -> bytes:  # noqa: ANN401
    """Bytes from hexadecimal; official fixtures leave out zeros that lead."""
    if not isinstance(content, str):
        raise TypeError(f"expected hexadecimal text, not {type(content).__name__}")
    digits = content.removeprefix("0x")
    digits = digits.rjust(len(digits) + len(digits) % 2 if length is None else 2 * length, "0")
    found = bytes.fromhex(digits)
    if length is not None and len(found) != length:
        raise ValueError(f"expected {length} bytes, not {len(found)}")
    return found


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"
