"""Witness of a binary tree: the bytes of a partial tree, and the partial tree of such bytes.

``docs/formats.md`` describes the bytes. Every partial tree has one encoding.
"""

from weakstate.errors import InvalidWitness
from weakstate.trees.binary.nodes import (
    EMPTY,
    Bits,
    Branch,
    Closed,
    Hole,
    Leaf,
    Node,
    bits_of,
    bytes_of,
    hash_at,
    leaves,
)
from weakstate.trees.binary.profile import STEM_BITS, Profile
from weakstate.trees.binary.proof import is_doubtful
from weakstate.trees.binary.tree import BinaryTree

LENGTH_BITS = 10
ADDRESS_PADDING = bytes(12)


def encode(profile: Profile, top: Node | None) -> bytes:
    """The bytes of a partial tree."""
    shape: list[Bits] = []
    paths: list[Bits] = []
    words: list[bytes] = []

    def add(node: Node, depth: int) -> None:
        if isinstance(node, Hole):
            shape.append("0")
            words.append(node.hash)
            return
        way = node.prefix[depth:]
        length = f"{len(way) - 1:0{LENGTH_BITS}b}" if way else ""
        if isinstance(node, Leaf):
            shape.append("110")
            paths.append(way)
            words.append(node.value)
        elif isinstance(node, Closed):
            shape.append("1111")
            paths.append(length + way)
            words.append(node.inner)
        else:
            shape.append("1110" if way else "10")
            paths.append(length + way)
            for child in node.children:
                add(child, len(node.prefix) + 1)

    if top is not None:
        add(top, 0)
    columns = [bytes_of("".join(shape)), bytes_of("".join(paths))]
    lengths = [len(column).to_bytes(4, "little") for column in columns]
    return b"".join([bytes([profile.tag]), *lengths, *columns, *words])


def open_witness(profile: Profile, root: bytes, data: bytes) -> BinaryTree:
    """The partial tree that a witness opens.

    Raises: InvalidWitness (`malformed_proof`, or `wrong_proof` if it does not hash to the root).
    """
    tree = BinaryTree(profile, _Reader(profile, data).read())
    if tree.root != root:
        raise InvalidWitness("wrong_proof", expected=_hex(root), actual=_hex(tree.root))
    _check_left_children(profile, tree.top)
    return tree


class _Reader:
    """Reads the columns of a witness, from their beginning."""

    def __init__(self, profile: Profile, data: bytes) -> None:
        self.profile = profile
        if not data or data[0] != profile.tag or len(data) < 9:
            raise _malformed(f"a witness of {profile.name}")
        shape = 9 + int.from_bytes(data[1:5], "little")
        paths = shape + int.from_bytes(data[5:9], "little")
        if len(data) < paths or (len(data) - paths) % 32:
            raise _malformed("the columns that are announced")
        self.shape, self.paths = bits_of(data[9:shape]), bits_of(data[shape:paths])
        self.words = [data[start : start + 32] for start in range(paths, len(data), 32)]
        # What is read next of each.
        self.at_shape = self.at_path = self.at_word = 0

    def read(self) -> Node | None:
        """The whole."""
        top = self.node("") if self.shape else None
        rests = (self.shape[self.at_shape :], self.paths[self.at_path :])
        if any(len(rest) >= 8 or "1" in rest for rest in rests) or self.at_word < len(self.words):
            raise _malformed("no more than is used")
        if self.profile.has_stems and top is not None and _is_bare(top):
            raise _malformed("a branch of which something is shown")
        return top

    def node(self, path: Bits) -> Node:
        """What hangs at the end of a path."""
        kind = next(kind for kind in ("0", "10", "110", "1110", "1111") if self.is_next(kind))
        if kind == "0":
            return Hole(self.hash())
        if kind == "10":
            return self.branch(path, path)
        if kind == "110":
            if len(path) < 8:
                path += self.bits(8 - len(path))
            return Leaf(path + self.bits(self.key_bits(path) - len(path)), self.word())
        way = path + self.bits(int(self.bits(LENGTH_BITS), 2) + 1)
        if len(way) > self.key_bits(way):
            raise _malformed("a path no longer than a key")
        if kind == "1110":
            return self.branch(path, way)
        if not self.profile.has_stems or len(path) <= STEM_BITS <= len(way):
            raise _malformed("a path that may be closed")
        return Closed(way, self.hash())

    def branch(self, path: Bits, prefix: Bits) -> Branch:
        """A branch that hangs at the end of a path."""
        if len(prefix) >= self.key_bits(prefix):
            raise _malformed("a path no longer than a key")
        node = Branch(prefix, (self.node(prefix + "0"), self.node(prefix + "1")))
        if self.profile.has_stems:
            if len(path) <= STEM_BITS <= len(prefix) and not leaves(node):
                raise _malformed("a value of the stem")
            low = len(prefix) >= STEM_BITS
            left, right = node.children
            if _is_bare(right) or (low and (_is_bare(node) or _is_bare(left))):
                raise _malformed("a branch of which something is shown")
        return node

    def is_next(self, kind: Bits) -> bool:
        """Whether these bits of the shape are next; if so, goes past them."""
        if self.at_shape + len(kind) > len(self.shape):
            raise _malformed("the whole shape")
        found = self.shape.startswith(kind, self.at_shape)
        self.at_shape += len(kind) * found
        return found

    def bits(self, count: int) -> Bits:
        """The next bits of the paths."""
        start, self.at_path = self.at_path, self.at_path + count
        if count < 0 or self.at_path > len(self.paths):
            raise _malformed("all paths")
        return self.paths[start : self.at_path]

    def key_bits(self, path: Bits) -> int:
        """How many bits a key has that begins like this; the most, if that is not known yet."""
        if len(path) < 8:
            return self.profile.longest_key
        length = self.profile.key_bytes(int(path[:8], 2))
        if length is None:
            raise _malformed("a zone")
        return 8 * length

    def word(self) -> bytes:
        """The next word."""
        if self.at_word >= len(self.words):
            raise _malformed("all words")
        self.at_word += 1
        return self.words[self.at_word - 1]

    def hash(self) -> bytes:
        """A hash of something: neither zero, nor what stands where keys are hashed."""
        word = self.word()
        if word.startswith(ADDRESS_PADDING if self.profile.has_stems else EMPTY):
            raise _malformed("a hash")
        return word


def _check_left_children(profile: Profile, node: Node | None) -> None:
    """A left child is shown where its hash could be taken for a stem, and bare only there."""
    if not profile.has_stems or not isinstance(node, Branch):
        return
    left, right = node.children
    hashed = Hole(hash_at(profile, left, len(node.prefix) + 1))
    doubtful = is_doubtful(profile, hashed, node.prefix)
    if doubtful if isinstance(left, Hole) else _is_bare(left) and not doubtful:
        raise _malformed("what a hash is of where it could be a stem, and only there")
    _check_left_children(profile, left)
    _check_left_children(profile, right)


def _is_bare(node: Node) -> bool:
    return isinstance(node, Branch) and all(isinstance(child, Hole) for child in node.children)


def _malformed(expected: str) -> InvalidWitness:
    return InvalidWitness("malformed_proof", expected=expected)


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"
