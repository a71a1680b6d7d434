"""Which blocks of a run extend what the caller trusts."""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeVar

from weakstate._native import Anchor, Block, Header
from weakstate.errors import InvalidBlock

Value = TypeVar("Value")

# Blocks of a run that are kept as possible parents of later ones: more than
# any reorganisation has undone, in about 6 MB.
REMEMBERED_BLOCKS = 8192

# Where a block's anchor came from: from the caller; a verified block of the same run; the
# parent hash in the block itself; what its file claims.
Basis = Literal["caller", "run", "block", "file"]


class Footing(NamedTuple):
    """The anchor that a block is executed on, and where it came from."""

    anchor: Anchor
    basis: Basis


class Lineage:
    """Anchors of the blocks of one run: each verified block anchors the next that names it.

    ``place`` runs before a block is executed and may run ahead; ``settle`` after it, in order.
    With no anchor, every block is judged relative to the parent that it names.
    """

    def __init__(
        self, anchor: Anchor | None, genesis: Callable[[], Header | None] = lambda: None
    ) -> None:
        self._anchor = anchor
        self._genesis = genesis
        self._trusted = None if anchor is None else _block_hash(anchor)
        self._headers: dict[bytes, bytes] = {}
        self._verified: dict[bytes, None] = {}

    def place(self, block: Block, claimed: Anchor | None = None) -> Footing:
        """The footing of ``block``; ``claimed`` is used if it would rest on itself alone.

        Raises: InvalidBlock if it extends neither the anchor nor an earlier block.
        """
        parent = block.header.parent_hash
        header = self._headers.get(parent)
        if header is None and block.header.number == 1:
            header = self._first(parent)
        _remember(self._headers, block.hash, block.header.rlp)
        if self._anchor is not None and parent == self._trusted:
            return Footing(self._anchor, "caller")
        if header is not None:
            return Footing(Anchor.header(header), "run")
        if self._anchor is None:
            if claimed is not None:
                return Footing(claimed, "file")
            return Footing(Anchor.hash(parent), "block")
        if self._trusted is None:
            return Footing(self._anchor, "caller")
        raise self._stranger(block)

    def settle(self, block: Block, footing: Footing, verified: bool) -> Footing:
        """The footing that ``block`` has in the end; remembers it if it was verified.

        Raises: InvalidBlock if it extends an earlier block that was refused.
        """
        if footing.basis == "run" and block.header.parent_hash not in self._verified:
            if self._anchor is not None:
                raise self._stranger(block)
            footing = Footing(footing.anchor, "block")
        if verified:
            _remember(self._verified, block.hash, None)
        return footing

    def _first(self, block_hash: bytes) -> bytes | None:
        """The chain's own first header, which nobody has to verify, if it has this hash."""
        genesis = self._genesis()
        if genesis is None or genesis.hash != block_hash:
            return None
        self._headers[block_hash] = genesis.rlp
        if self._anchor is None:
            self._verified[block_hash] = None
        return genesis.rlp

    def _stranger(self, block: Block) -> InvalidBlock:
        trusted = f"0x{self._trusted.hex()} or a" if self._trusted else "a"
        return InvalidBlock(
            "wrong_parent",
            expected=f"{trusted} block verified before",
            actual=f"0x{block.header.parent_hash.hex()}",
            at="header.parent_hash",
        )


def _block_hash(anchor: Anchor) -> bytes | None:
    """Hash of the block that the anchor is; ``None`` if it is a bare state root."""
    if anchor.kind == "header":
        return Header.from_rlp(anchor.value).hash
    return anchor.value if anchor.kind == "hash" else None


def _remember(memory: dict[bytes, Value], key: bytes, value: Value) -> None:
    memory[key] = value
    if len(memory) > REMEMBERED_BLOCKS:
        del memory[next(iter(memory))]
