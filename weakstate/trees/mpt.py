"""Merkle Patricia tree, full or partial: every value comes from a node found by its own hash.

Source: Ethereum Yellow Paper (Shanghai version, 2024-05), appendices B, C and D.

Nodes are values that never change. A tree is no more than a root hash and the nodes that it may
look up, so an update builds new nodes and moves the root; older roots stay readable.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import rlp  # type: ignore[import-untyped]  # ships no types
from eth_hash.auto import keccak

from weakstate.errors import InvalidWitness, NotWitnessed

EMPTY_ROOT = keccak(rlp.encode(b""))

Hash: TypeAlias = bytes
Path: TypeAlias = bytes  # nibbles, one a byte


@dataclass(frozen=True, slots=True)
class Leaf:
    """The rest of a key, and its value."""

    path: Path
    value: bytes


@dataclass(frozen=True, slots=True)
class Extension:
    """Nibbles that all keys below share."""

    path: Path
    child: "Reference"


@dataclass(frozen=True, slots=True)
class Branch:
    """Sixteen ways on, and the value of the key that ends here (empty: none does)."""

    children: tuple["Reference", ...]
    value: bytes


Node: TypeAlias = Leaf | Extension | Branch

Reference: TypeAlias = Node | Hash | None
"""How a node names its child: nothing is there; by hash; or, if short, the child itself."""

Structure: TypeAlias = bytes | list["Structure"]
"""What RLP encodes: bytes, and lists of such."""


class Nodes:
    """Nodes by their own hash: ``given`` from outside, ``made`` by updates here.

    ``used`` holds the hashes of the given nodes that were looked at: what a witness must hold.
    """

    def __init__(self, given: Iterable[bytes] = ()) -> None:
        self.given = {keccak(encoded): encoded for encoded in given}
        self.made: dict[Hash, bytes] = {}
        self.used: set[Hash] = set()
        self._decoded: dict[Hash, Node] = {}

    def resolve(self, hash_: Hash, code: str, path: Path) -> Node:
        """Find the node behind ``hash_``; raise ``NotWitnessed(code)`` if it is a hole."""
        if hash_ not in self.made:
            if hash_ not in self.given:
                raise NotWitnessed(code, expected=f"node 0x{hash_.hex()}", at=_show(path))
            self.used.add(hash_)
        if hash_ not in self._decoded:
            self._decoded[hash_] = decode(self.encoded(hash_), at=_show(path))
        return self._decoded[hash_]

    def encoded(self, hash_: Hash) -> bytes:
        """Return the RLP of a node that is there."""
        return self.made[hash_] if hash_ in self.made else self.given[hash_]


class MerklePatriciaTree:
    """A map from byte strings to non-empty byte strings (``weakstate.trees.Tree``).

    ``nodes`` may lack any node: then ``get`` raises ``NotWitnessed`` where it would need it.
    ``holds`` names what the values are in that error's code: ``account`` or ``slot``.
    """

    def __init__(
        self, root: bytes = EMPTY_ROOT, nodes: Nodes | Iterable[bytes] = (), holds: str = "slot"
    ) -> None:
        self.root = root
        self.nodes = nodes if isinstance(nodes, Nodes) else Nodes(nodes)
        self._hole = f"{holds}_not_witnessed"

    @classmethod
    def from_items(cls, items: Iterable[tuple[bytes, bytes]]) -> "MerklePatriciaTree":
        """Build a full tree."""
        tree = cls()
        tree.update(items)
        return tree

    def get(self, key: bytes) -> bytes | None:
        """Read one value; ``None`` means that the nodes prove that there is none."""
        for _, node, rest in self._walk(to_nibbles(key)):
            if isinstance(node, Leaf) and node.path == rest:
                return node.value
            if isinstance(node, Branch) and not rest:
                return node.value or None
        return None

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Read the values at ``keys``, in their order."""
        return [self.get(key) for key in keys]

    def update(self, changes: Iterable[tuple[bytes, bytes | None]]) -> bytes:
        """Write all values, then delete where the value is ``None``; keys ascending, each once.

        With the writes first, the fewest branches collapse, so a witness needs the fewest
        siblings. Raises ``NotWitnessed("sibling_not_witnessed")`` where the only child left of
        a branch is a hole: its kind decides what takes the branch's place.
        """
        ordered = sorted(dict(changes).items())
        top = self._top()
        for key, value in ordered:
            if value is not None:
                top = self._insert(top, to_nibbles(key), value, b"")
        for key, value in ordered:
            if value is None:
                top = self._delete(top, to_nibbles(key), b"")
        self.root = self._commit(top)
        return self.root

    def prove(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return the nodes on the paths to ``keys``, each once, in the order of first use."""
        references = (reference for key in keys for reference, _, _ in self._walk(to_nibbles(key)))
        hashes = dict.fromkeys(hash_ for hash_ in references if isinstance(hash_, bytes))
        return [self.nodes.encoded(hash_) for hash_ in hashes]

    def all_nodes(self) -> Iterator[bytes]:
        """Walk a full tree and return each node that has a hash of its own."""
        waiting: list[Reference] = [self._top()]
        while waiting:
            reference = waiting.pop()
            if reference is None:
                continue
            if isinstance(reference, bytes):
                yield self.nodes.encoded(reference)
            node = self._load(reference, b"")
            if isinstance(node, Branch):
                waiting.extend(reversed(node.children))
            elif isinstance(node, Extension):
                waiting.append(node.child)

    def _top(self) -> Reference:
        return None if self.root == EMPTY_ROOT else self.root

    def _load(self, reference: Node | Hash, path: Path) -> Node:
        if isinstance(reference, bytes):
            return self.nodes.resolve(reference, self._hole, path)
        return reference

    def _walk(self, path: Path) -> Iterator[tuple[Node | Hash, Node, Path]]:
        """Follow ``path`` down; yield each reference, its node, what is left of the path there."""
        reference, rest = self._top(), path
        while reference is not None:
            node = self._load(reference, path[: len(path) - len(rest)])
            yield reference, node, rest
            reference, rest = _next(node, rest)

    # Both builders below take what stands at ``above`` and return what shall stand there instead.
    # What does not change is returned as it came: a hash stays a hash, a hole a hole.

    def _insert(self, reference: Reference, path: Path, value: bytes, above: Path) -> Node:
        if reference is None:
            return Leaf(path, value)
        node = self._load(reference, above)
        if isinstance(node, Branch):
            if not path:
                return replace(node, value=value)
            child = node.children[path[0]]
            child = self._insert(child, path[1:], value, above + path[:1])
            return _with_child(node, path[0], child)

        shared = _shared_prefix(node.path, path)
        if shared == node.path and isinstance(node, Extension):
            deeper = self._insert(node.child, path[len(shared) :], value, above + shared)
            return Extension(shared, deeper)
        if shared == node.path == path:
            return Leaf(path, value)
        fork = _put_below(Branch((None,) * 16, b""), node, node.path[len(shared) :])
        fork = _put_below(fork, Leaf(path, value), path[len(shared) :])
        return Extension(shared, fork) if shared else fork

    def _delete(self, reference: Reference, path: Path, above: Path) -> Reference:
        if reference is None:
            return None
        node = self._load(reference, above)
        if isinstance(node, Leaf) and node.path == path:
            return None
        if isinstance(node, Branch) and not path and node.value:
            return self._collapse(replace(node, value=b""), above)

        old, rest = _next(node, path)
        here = above + path[: len(path) - len(rest)]
        child = self._delete(old, rest, here)
        if child is old:
            return reference
        if isinstance(node, Branch):
            return self._collapse(_with_child(node, path[0], child), above)
        return self._join(node.path, child, here)

    def _collapse(self, branch: Branch, above: Path) -> Reference:
        """Keep a branch only while it parts two ways; else what is left takes its place."""
        left = [nibble for nibble, child in enumerate(branch.children) if child is not None]
        if len(left) + bool(branch.value) > 1:
            return branch
        if not left:
            return Leaf(b"", branch.value) if branch.value else None
        step = bytes(left)
        return self._join(step, branch.children[left[0]], above + step)

    def _join(self, path: Path, reference: Reference, above: Path) -> Reference:
        """Put ``path`` in front of a node: a leaf or extension takes it in, a branch cannot."""
        if reference is None:
            return None
        node = reference
        if isinstance(node, bytes):
            node = self.nodes.resolve(node, "sibling_not_witnessed", above)
        if isinstance(node, Branch):
            return Extension(path, reference)
        return replace(node, path=path + node.path)

    def _commit(self, top: Reference) -> Hash:
        """Hash the new nodes from below, keep them, and return the root."""
        if top is None:
            return EMPTY_ROOT
        if isinstance(top, bytes):
            return top
        return self._keep(rlp.encode(self._structure(top)))

    def _structure(self, node: Node) -> Structure:
        """Return what RLP encodes for ``node``; keep the nodes below that need a hash."""
        if isinstance(node, Leaf):
            return [hex_prefix(node.path, leaf=True), node.value]
        if isinstance(node, Extension):
            return [hex_prefix(node.path, leaf=False), self._child_structure(node.child)]
        return [*map(self._child_structure, node.children), node.value]

    def _child_structure(self, reference: Reference) -> Structure:
        if reference is None:
            return b""
        if isinstance(reference, bytes):
            return reference
        structure = self._structure(reference)
        encoded = rlp.encode(structure)
        return structure if len(encoded) < 32 else self._keep(encoded)

    def _keep(self, encoded: bytes) -> Hash:
        hash_: Hash = keccak(encoded)
        self.nodes.made[hash_] = encoded
        return hash_


def ordered_root(values: Sequence[bytes]) -> bytes:
    """Compute the root of a list whose keys are the RLP of each index (transactions, receipts).

    Source: Yellow Paper 4.4.2 (holistic validity).
    """
    return MerklePatriciaTree.from_items(
        (rlp.encode(index), value) for index, value in enumerate(values)
    ).root


def to_nibbles(key: bytes) -> Path:
    """Split each byte into its high and its low half."""
    return bytes(nibble for byte in key for nibble in (byte >> 4, byte & 15))


def hex_prefix(path: Path, *, leaf: bool) -> bytes:
    """Pack nibbles into bytes, with a flag for odd length and one for leaf (appendix C)."""
    flag = 2 * leaf + len(path) % 2
    nibbles = bytes([flag]) + path if len(path) % 2 else bytes([flag, 0]) + path
    return bytes(16 * high + low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True))


def decode(encoded: bytes, at: str = "") -> Node:
    """Read a node; raise ``InvalidWitness("malformed_node")`` if these bytes are none."""
    try:
        return _to_node(rlp.decode(encoded))
    except (rlp.DecodingError, RecursionError, ValueError) as reason:
        raise InvalidWitness("malformed_node", actual=str(reason), at=at) from reason


def _to_node(structure: Structure) -> Node:
    if isinstance(structure, bytes) or len(structure) not in (2, 17):
        raise ValueError("neither 2 nor 17 items")
    *fields, last = structure
    if len(fields) == 16:
        if not isinstance(last, bytes):
            raise ValueError("a branch's value is a list")
        return Branch(tuple(map(_to_reference, fields)), last)

    path, is_leaf = _from_hex_prefix(fields[0])
    if is_leaf:
        if not isinstance(last, bytes) or not last:
            raise ValueError("a leaf's value is empty or a list")
        return Leaf(path, last)
    child = _to_reference(last)
    if child is None or not path:
        raise ValueError("an extension without path or child")
    return Extension(path, child)


def _to_reference(structure: Structure) -> Reference:
    if isinstance(structure, bytes):
        if len(structure) not in (0, 32):
            raise ValueError(f"a reference of {len(structure)} bytes")
        return structure or None
    if len(rlp.encode(structure)) >= 32:
        raise ValueError("a node of 32 bytes or more inside another")
    return _to_node(structure)


def _from_hex_prefix(packed: Structure) -> tuple[Path, bool]:
    if not isinstance(packed, bytes) or not packed or packed[0] >= 0x40:
        raise ValueError("a path without its flag")
    nibbles = to_nibbles(packed)
    odd, is_leaf = nibbles[0] & 1, bool(nibbles[0] & 2)
    if not odd and nibbles[1] != 0:
        raise ValueError("a path padded by other than zero")
    return nibbles[2 - odd :], is_leaf


def _next(node: Node, path: Path) -> tuple[Reference, Path]:
    """Take one step down from ``node``; nothing is there once the path ends or parts."""
    if isinstance(node, Branch) and path:
        return node.children[path[0]], path[1:]
    if isinstance(node, Extension) and path.startswith(node.path):
        return node.child, path[len(node.path) :]
    return None, path


def _put_below(branch: Branch, node: Leaf | Extension, path: Path) -> Branch:
    """Hang ``node`` into ``branch``, where ``path`` is what is left of its path."""
    if not path:
        assert isinstance(node, Leaf), "an extension that ends here is no fork"
        return replace(branch, value=node.value)
    if isinstance(node, Extension) and len(path) == 1:
        return _with_child(branch, path[0], node.child)
    return _with_child(branch, path[0], replace(node, path=path[1:]))


def _with_child(branch: Branch, nibble: int, child: Reference) -> Branch:
    children = (*branch.children[:nibble], child, *branch.children[nibble + 1 :])
    return replace(branch, children=children)


def _shared_prefix(one: Path, other: Path) -> Path:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return one[:length]


def _show(path: Path) -> str:
    return "path 0x" + "".join(f"{nibble:x}" for nibble in path)
