"""What a block is verified against: the rules and the anchor, and who chose them."""

import os
from typing import Literal, NamedTuple

import click

from weakstate._native import Anchor, Block, Budget, Chain, Header
from weakstate.cli.pairing import Entry
from weakstate.errors import Unreadable, WeakstateError
from weakstate.verifier.lineage import Lineage
from weakstate.verifier.many import Task
from weakstate.witness.files import read_stream
from weakstate.witness.parts import read_parts

ChosenBy = Literal["caller", "file"]


class Plan(NamedTuple):
    """An entry with what it is verified against; or why it cannot be."""

    entry: Entry
    chain: Chain | None
    task: Task | WeakstateError
    block: Block | None = None


def choose_chain(value: str) -> Chain:
    """The chain of `--chain`: a built-in name or id, or a genesis file."""
    names = Chain.builtin_names()
    if value in names:
        return Chain.builtin(value)
    if os.path.isfile(value):
        with open(value, "rb") as stream:
            return Chain.from_genesis(read_stream(stream, Budget()))
    if value.isdecimal():
        return Chain.builtin(int(value))
    raise ValueError(f"no built-in chain ({', '.join(names)}) and no file")


def first_header(value: str | None, chain: Chain | None) -> Header | None:
    """The header of block 0, if `--chain` is a genesis file that allocates accounts.

    Merkle Patricia witnesses bring the parent's header themselves.
    """
    if value is None or chain is None or chain.scheme == "mpt":
        return None
    with open(value, "rb") as stream:
        text = read_stream(stream, Budget())
    return chain.genesis_header(text) if b'"alloc"' in text else None


def choose_anchor(value: str) -> Anchor:
    """The anchor of `--parent`: a block hash, or a file with the parent or its header."""
    if (digits := _unhex(value)) is not None and len(digits) == 32:
        return Anchor.hash(digits)
    if not os.path.isfile(value):
        raise ValueError("neither a block hash (32 bytes in hexadecimal) nor a file")
    return Anchor.header(choose_header(value).rlp)


def choose_header(value: str) -> Header:
    """The header that a file holds, alone or with the rest of its block."""
    headers = [part.header for part in read_parts(value) if part.header is not None]
    if len(headers) != 1:
        raise ValueError(f"expected one block or one header, got {len(headers)} blocks")
    return headers[0]


class Planner:
    """Makes plans, in the order of the entries."""

    def __init__(self, chain: Chain | None, lineage: Lineage) -> None:
        self._chain = chain
        self._lineage = lineage
        self._builtin: dict[int, Chain] = {}

    def plan(self, entry: Entry) -> Plan:
        """The plan for an entry. Raises: click.UsageError if nothing says which chain it is."""
        chain = self._chain
        block = None
        try:
            if entry.error is not None:
                raise entry.error
            chain = self._chain_of(entry)
            block = Block.from_rlp(entry.block)
            assert entry.witness is not None
            footing = self._lineage.place(block, _claimed(entry))
            return Plan(entry, chain, Task(chain, footing, block, entry.witness), block)
        except WeakstateError as error:
            return Plan(entry, chain, error, block)

    @property
    def chosen_by(self) -> ChosenBy:
        """Who chose the chains of this run."""
        return "file" if self._chain is None else "caller"

    def _chain_of(self, entry: Entry) -> Chain:
        stated = entry.chain_id
        if self._chain is not None:
            if stated is not None and stated != self._chain.chain_id:
                expected = f"{self._chain.chain_id}, as --chain says"
                raise Unreadable("malformed_field", expected, str(stated), "chainId")
            return self._chain
        if stated is None:
            raise click.UsageError(
                f"{entry.file} does not say which chain it is of: "
                f"add --chain, with {', '.join(Chain.builtin_names())} or a genesis file."
            )
        if stated not in self._builtin:
            try:
                self._builtin[stated] = Chain.builtin(stated)
            except ValueError:
                expected = "the id of a built-in chain, or --chain genesis.json"
                raise Unreadable("malformed_field", expected, str(stated), "chainId") from None
        return self._builtin[stated]


def _claimed(entry: Entry) -> Anchor | None:
    """The pre-state root that a file claims, where its witness has no header to prove one."""
    assert entry.witness is not None
    if entry.pre_state_root is None or entry.witness.headers:
        return None
    return Anchor.state_root(entry.pre_state_root, entry.block_hashes)


def _unhex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        return None
