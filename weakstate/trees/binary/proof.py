"""From a tree to the part of it that others need to read some keys and to make some changes.

Shown are the paths of the keys, and of what is beside them the hashes. Two things more:

* Where a removal leaves a branch with one child, that child takes the branch's place, and must be
  known, since the way to it is part of its hash (EIP-8297).
* ``H(stem ‖ 0 ‖ root)`` and ``H(left ‖ right)`` look alike, so a stem might pass for a branch and a
  branch for a stem. Hence a stem is shown with a value, since values are hashed alone; and a left
  hash that could be a stem's own bytes is shown with what it is the hash of.
"""

from collections.abc import Iterable, Mapping, Sequence

from weakstate.trees.binary.nodes import (
    Bits,
    Branch,
    Closed,
    Hole,
    Leaf,
    Node,
    bits_of,
    find,
    hash_at,
    inner_hash,
    leaves,
    not_witnessed,
    put,
    remove,
    risen,
    shared,
)
from weakstate.trees.binary.profile import STEM_BITS, Profile


def part_for(
    profile: Profile,
    top: Node | None,
    reads: Iterable[Bits],
    writes: Mapping[Bits, bytes | None],
) -> Node | None:
    """The part of a tree that shows these keys and lets all these changes be made at once.

    Raises: NotWitnessed.
    """
    touched = sorted({*reads, *writes})
    part = shown(profile, top, 0, touched)
    removed = [] if profile.has_stems else [key for key, value in writes.items() if value is None]
    return with_survivors(profile, part, top, 0, writes, removed)


def shown(profile: Profile, node: Node | None, depth: int, keys: Sequence[Bits]) -> Node | None:
    """What is shown of a node that hangs at ``depth``, given the keys that lead there."""
    if node is None:
        return None
    if not keys:
        return Hole(hash_at(profile, node, depth))
    if isinstance(node, Hole):
        raise not_witnessed(keys[0], "")
    if profile.has_stems and depth <= STEM_BITS <= len(node.prefix):
        known = leaves(node)
        if all(find(node, key) is None for key in keys):
            keys = sorted([*keys, known[0].prefix])
    through = [key for key in keys if key.startswith(node.prefix)]
    if not through and profile.has_stems:
        end = max(shared(key, node.prefix) for key in keys) + 1
        inner = risen(profile, inner_hash(profile, node), node.prefix, end)
        return Closed(node.prefix[:end], inner)
    if isinstance(node, Leaf):
        return node
    if isinstance(node, Closed):
        raise not_witnessed(through[0], node.prefix)
    below = len(node.prefix) + 1
    parts = [
        shown(profile, child, below, [key for key in through if key[below - 1] == side])
        for side, child in zip("01", node.children, strict=True)
    ]
    left, right = parts
    assert left is not None
    assert right is not None
    if through and is_doubtful(profile, left, node.prefix):
        left = revealed(profile, node.children[0], below)
    return Branch(node.prefix, (left, right))


def is_doubtful(profile: Profile, left: Node, prefix: Bits) -> bool:
    """Whether a left child's hash may be the bytes of a stem that hangs in its parent's place."""
    return (
        profile.has_stems
        and isinstance(left, Hole)
        and len(prefix) < STEM_BITS
        and left.hash.endswith(b"\0")
        and bits_of(left.hash).startswith(prefix)
    )


def revealed(profile: Profile, node: Node, depth: int) -> Node:
    """What a hash is of, and nothing more."""
    if isinstance(node, Hole):
        raise not_witnessed("", "")
    if len(node.prefix) >= STEM_BITS:
        found = shown(profile, node, depth, [leaves(node)[0].prefix])
        assert found is not None
        return found
    if not isinstance(node, Branch):
        return node
    bare = bare_branch(profile, node)
    if is_doubtful(profile, bare.children[0], node.prefix):
        left = revealed(profile, node.children[0], len(node.prefix) + 1)
        return Branch(bare.prefix, (left, bare.children[1]))
    return bare


def bare_branch(profile: Profile, node: Branch) -> Branch:
    """A branch and nothing below."""
    below = len(node.prefix) + 1
    left, right = (Hole(hash_at(profile, child, below)) for child in node.children)
    return Branch(node.prefix, (left, right))


def with_survivors(
    profile: Profile,
    part: Node | None,
    node: Node | None,
    depth: int,
    writes: Mapping[Bits, bytes | None],
    removed: Sequence[Bits],
) -> Node | None:
    """The part, with what moves when keys are removed shown as far as it must be."""
    if not removed or not isinstance(part, Branch) or not isinstance(node, Branch):
        return part
    below = len(node.prefix) + 1
    found, ends = [], []
    for side, piece, child in zip("01", part.children, node.children, strict=True):
        path = node.prefix + side
        here = [key for key in removed if key.startswith(path)]
        shown_piece = with_survivors(profile, piece, child, below, writes, here) or piece
        found.append(shown_piece)
        after: Node | None = shown_piece
        for key, value in writes.items():
            if key.startswith(path) and value is not None:
                after = put(after, key, value)
        for key in here:
            after = remove(after, key)
        ends.append(after is None)
    for index in (0, 1):
        if ends[1 - index] and not ends[index] and isinstance(found[index], Hole):
            child = node.children[index]
            found[index] = bare_branch(profile, child) if isinstance(child, Branch) else child
    left, right = found
    return Branch(node.prefix, (left, right))
