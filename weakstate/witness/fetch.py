"""Fetches a block and its witness from a node, as far as hashes tell those that were asked for.

Nodes differ in how they take a block and in what they leave out: `docs/fetch.md` says for which.
Source: ethereum/execution-apis, src/debug/getters.yaml, and the nodes' own sources.
"""

import json
from functools import cached_property
from typing import Any, Literal, NamedTuple

from weakstate._native import Block, Budget, Witness, keccak256_many
from weakstate.errors import NodeError
from weakstate.witness.files import read
from weakstate.witness.rpc import Node

WITNESS = "debug_executionWitness"
TAGS = ("latest", "safe", "finalized")

# Ways to ask for a witness, by hash or number, until the first that the node answers. A hash
# leaves no doubt which block is meant; older nodes have other names for that, or take none.
WAYS: tuple[tuple[str, Literal["hash", "number"]], ...] = (
    (WITNESS, "hash"),
    ("debug_executionWitnessByBlockHash", "hash"),
    ("debug_executionWitnessByHash", "hash"),
    (WITNESS, "number"),
)


class Fetched(NamedTuple):
    """A block and its witness. Nothing is verified, but that the witness is of this parent."""

    chain_id: int
    block: Block
    witness: Witness
    json: bytes  # both as one JSON object, the witness as the node gave it


def fetch(url: str, block: int | bytes | str, *, budget: Budget | None = None) -> Fetched:
    """The block of this number, hash or tag (latest, safe, finalized) with its witness.

    Raises: NodeError if the node does not give them; Unreadable and BudgetExceeded for what it
    gives; InvalidBlock if the block is none; ValueError for a URL or block that cannot be.
    """
    return Fetcher(Node(url, budget=budget)).fetch(block)


class Fetcher:
    """Fetches blocks of one node, and remembers how it takes to be asked."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._ways = WAYS

    @cached_property
    def chain_id(self) -> int:
        """The chain that the node says it follows."""
        return self._quantity(self._node.call("eth_chainId"), "eth_chainId")

    def number(self, tag: str) -> int:
        """The number of the block that a tag names now."""
        if tag not in TAGS:
            raise ValueError(f"expected one of {', '.join(TAGS)}, not {tag!r}")
        header = self._node.call("eth_getBlockByNumber", tag, False)
        number = header.get("number") if isinstance(header, dict) else None
        return self._quantity(number, "eth_getBlockByNumber")

    def fetch(self, block: int | bytes | str) -> Fetched:
        """See the function `fetch`."""
        return self.witnessed(self.block(self.number(block) if isinstance(block, str) else block))

    def block(self, which: int | bytes) -> Block:
        """The block of a number or hash, which is held against the block."""
        if isinstance(which, bytes) and len(which) != 32:
            raise ValueError(f"a block hash has 32 bytes, not {len(which)}")
        if isinstance(which, int) and which < 1:
            raise ValueError("there is no state before block 0 to verify it from")
        block = Block.from_rlp(self._rlp_of(which))
        if isinstance(which, bytes) and block.hash != which:
            raise self._wrong("debug_getRawBlock", _hex(which), _hex(block.hash))
        if isinstance(which, int) and block.number != which:
            raise self._wrong("debug_getRawBlock", f"block {which}", f"block {block.number}")
        return block

    def witnessed(self, block: Block) -> Fetched:
        """The block with its witness, whose youngest header is that of the block's parent."""
        answer = self._witness_of(block)
        if not isinstance(answer, dict):
            raise self._wrong(WITNESS, "an object", type(answer).__name__)
        content = {
            "chainId": self.chain_id,
            "number": block.number,
            "blockHash": _hex(block.hash),
            "blockRlp": _hex(block.rlp),
            "witness": answer,
        }
        encoded, witness = self._encoded(content)
        if not witness.headers:
            answer["headers"] = [self._header(block.header.parent_hash)]
            encoded, witness = self._encoded(content)
        [youngest] = keccak256_many(witness.headers[-1:])
        if youngest != block.header.parent_hash:
            expected = f"the parent of block {block.number}, {_hex(block.header.parent_hash)}"
            raise self._wrong(WITNESS, expected, f"{_hex(youngest)} as youngest header")
        return Fetched(self.chain_id, block, witness, encoded)

    def _rlp_of(self, which: int | bytes) -> bytes:
        """The block's RLP; of fields, if the node has nothing else to give."""
        name = _hex(which)
        try:
            found = self._node.call("debug_getRawBlock", name)
        except NodeError as refusal:
            if refusal.code != "node_refused":
                raise
            by = "Number" if isinstance(which, int) else "Hash"
            try:
                found = self._node.call(f"eth_getBlockBy{by}", name, True)
            except NodeError:
                raise refusal from None
        if found == "0x":  # geth's word for a number that it does not have
            place = f"debug_getRawBlock of {self._node.origin}"
            raise NodeError("node_refused", "a block", "none: the node does not have it", place)
        items = read(json.dumps(found).encode(), self._node.budget)
        if len(items) != 1 or items[0].block is None:
            raise self._wrong("debug_getRawBlock", "a block", "none")
        return items[0].block

    def _witness_of(self, block: Block) -> Any:  # noqa: ANN401  # JSON is anything
        """What the node answers, asked in the first way in which it does."""
        refusals = []
        for way in self._ways:
            method, by = way
            try:
                answer = self._node.call(method, _hex(getattr(block, by)))
            except NodeError as error:
                if error.code != "node_refused":
                    raise
                refusals.append(error)
                continue
            if by == "number" and self.block(block.number).hash != block.hash:
                raise self._wrong(method, f"block {_hex(block.hash)}", "another of its number")
            self._ways = (way,)
            return answer
        raise refusals[-1]

    def _encoded(self, content: dict[str, Any]) -> tuple[bytes, Witness]:
        """The content as JSON, and the witness that is then read from it."""
        encoded = json.dumps(content, separators=(",", ":")).encode() + b"\n"
        [item] = read(encoded, self._node.budget)
        assert item.witness is not None
        return encoded, item.witness

    def _header(self, hash_: bytes) -> str:
        """The header of this hash, in hexadecimal."""
        header = self._node.call("debug_getRawHeader", _hex(hash_))
        try:
            encoded = bytes.fromhex(str(header).removeprefix("0x"))
        except ValueError:
            encoded = b""
        if keccak256_many([encoded]) != [hash_]:
            raise self._wrong("debug_getRawHeader", f"the header of {_hex(hash_)}", "another")
        return _hex(encoded)

    def _quantity(self, value: object, method: str) -> int:
        """A number below 2^64, as JSON-RPC writes it."""
        try:
            number = int(value, 16) if isinstance(value, str) else -1
        except ValueError:
            number = -1
        if not 0 <= number < 1 << 64:
            raise self._wrong(method, "a number in hexadecimal", repr(value)[:40])
        return number

    def _wrong(self, method: str, expected: str, actual: str) -> NodeError:
        return NodeError("wrong_answer", expected, actual, f"{method} of {self._node.origin}")


def _hex(value: int | bytes) -> str:
    return hex(value) if isinstance(value, int) else f"0x{value.hex()}"
