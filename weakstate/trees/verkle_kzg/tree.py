"""From all values of a tree to its root.

Source: ``docs/verkle/kzg.md``; EIP-6800, "Tree structure".
"""

from collections import defaultdict
from collections.abc import Mapping

from weakstate.trees.verkle.nodes import HALVES, MARK, STEM, STEM_BYTES, Stem, half_of, scalars
from weakstate.trees.verkle_kzg.commitments import commit, encode, root_hash, scalar_of

Stems = Mapping[Stem, Mapping[int, bytes]]


def root_of(values: Mapping[bytes, bytes]) -> bytes:
    """The root of the tree that holds these values under keys of 32 bytes."""
    stems: dict[Stem, dict[int, bytes]] = defaultdict(dict)
    for key, value in values.items():
        stems[key[:STEM_BYTES]][key[STEM_BYTES]] = value
    return root_hash(_inner(stems, 0))


def _inner(stems: Stems, depth: int) -> bytes:
    """The commitment of the inner node above all these stems, encoded."""
    below: dict[int, dict[Stem, Mapping[int, bytes]]] = defaultdict(dict)
    for stem, suffixes in stems.items():
        below[stem[depth]][stem] = suffixes
    return encode(commit({slot: scalar_of(_node(part, depth + 1)) for slot, part in below.items()}))


def _node(stems: Stems, depth: int) -> bytes:
    """The commitment of a stem where it is alone, else of an inner node."""
    if len(stems) > 1:
        return _inner(stems, depth)
    [(stem, suffixes)] = stems.items()
    halves: dict[int, dict[int, int]] = {half: {} for half in HALVES}
    for suffix, value in suffixes.items():
        halves[half_of(suffix)] |= scalars(suffix, value)
    own = {half: scalar_of(encode(commit(held))) for half, held in halves.items()}
    return encode(commit({MARK: 1, STEM: int.from_bytes(stem, "little"), **own}))
