"""Chains for the sequencer's benchmarks: a state of any size, and blocks that geth's miner built.

    python -m bench.chain make --accounts N --blocks N [--kind mixed|transfers] [-o FOLDER]
    python -m bench.chain check FOLDER

``make`` runs geth's harness (bench/peers/geth) where something is missing. Everything follows
from the seed. ``check`` imports the state and takes the blocks through sequencer, verifier and
replica.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench.contestants import GETH_CHAIN, OUT, is_built
from weakstate import Anchor, Chain, Delta, State, Witness, verify

KINDS = ["mixed", "transfers"]


class NoChainError(Exception):
    """A chain is not there, or cannot be made."""


@dataclass(frozen=True)
class Folder:
    """What ``make`` leaves: a state, block 0 over it, and blocks after that."""

    path: Path

    @property
    def accounts(self) -> Path:
        """The state: the dump's root, then one account a line."""
        return self.path / "accounts.jsonl"

    @property
    def geth_database(self) -> Path:
        """What geth has made of state and block 0. To be copied before it is used."""
        return self.path / "geth"

    @property
    def genesis(self) -> bytes:
        """A genesis file without accounts."""
        return self.path.joinpath("genesis.json").read_bytes()

    @property
    def header(self) -> bytes:
        """The header of block 0, in RLP."""
        return self.path.joinpath("genesis.rlp").read_bytes()

    @property
    def described(self) -> dict[str, Any]:
        """Seed and size of the state; nothing if it has not been made."""
        return self._json("state.json")

    def made(self, kind: str) -> dict[str, Any]:
        """What is in the blocks of one kind; nothing if they have not been made."""
        return self._json(f"{kind}.json")

    def blocks_file(self, kind: str) -> Path:
        """The RLP of all blocks of one kind, one after the other."""
        return self.path / f"{kind}.rlp"

    def deltas_file(self, kind: str) -> Path:
        """The delta and header of each block of one kind, as bench.roles records them."""
        return self.path / f"{kind}.deltas"

    def blocks(self, kind: str) -> list[bytes]:
        """The RLP of each block of one kind. Raises: NoChainError."""
        if not self.made(kind):
            raise NoChainError(f"{self.path} has no blocks of kind {kind}: run bench.chain make")
        return list(items(self.blocks_file(kind).read_bytes()))

    def _json(self, name: str) -> dict[str, Any]:
        file = self.path / name
        content: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        return content


def items(data: bytes) -> Iterator[bytes]:
    """The RLP lists that stand one after the other in ``data``."""
    start = 0
    while start < len(data):
        size = data[start] - 0xC0
        head = 1
        if size > 55:
            head += size - 55
            size = int.from_bytes(data[start + 1 : start + head])
        yield data[start : start + head + size]
        start += head + size


def make(folder: Folder, accounts: int, seed: int, kind: str, blocks: int) -> None:
    """Have geth make what is missing. Raises: NoChainError, CalledProcessError."""
    if not is_built(GETH_CHAIN):
        raise NoChainError("chains are made by geth's harness, which is not built")
    wanted = {"seed": seed, "accounts": accounts}
    if not folder.described:
        _geth("state", "--accounts", str(accounts), "--seed", str(seed), str(folder.path))
    elif folder.described != wanted:
        raise NoChainError(f"{folder.path} has another state: {folder.described}")
    if folder.made(kind).get("blocks", 0) < blocks:
        _geth("blocks", "--blocks", str(blocks), "--kind", kind, str(folder.path))


def _geth(*arguments: str) -> None:
    subprocess.run([str(GETH_CHAIN.program), *arguments], check=True)


def import_state(folder: Folder, store: Path) -> State:
    """The state after block 0, from the dump, in a new store."""
    with folder.accounts.open("rb") as dump:
        return State.import_(Chain.from_genesis(folder.genesis), dump, folder.header, store)


def check(folder: Folder, kind: str, stores: Path) -> int:
    """Take all blocks through sequencer, verifier and replica; returns how many there are.

    Raises: NoChainError, WeakstateError where one of them does not agree with geth's headers.
    """
    state = import_state(folder, stores / "sequencer")
    state.backup(stores / "replica")
    state.backup(stores / "full")
    chain, replica, full = state.chain, State.open(stores / "replica"), State.open(stores / "full")
    blocks = folder.blocks(kind)
    for block in blocks:
        produced = state.produce(chain, block, check=False)
        witness = Witness.from_bytes(produced.witness.to_bytes())
        verify(chain, Anchor.header(state.head.rlp), block, witness)
        state.commit(produced)
        replica.apply(Delta.from_bytes(produced.delta.to_bytes()), produced.header.rlp)
        full.advance(chain, block)
    if state.head.hash.hex() != folder.made(kind)["head"].removeprefix("0x"):
        raise NoChainError("the last block is not the one that geth made")
    return len(blocks)


@click.group()
def main() -> None:
    """Make and check chains."""


KIND = click.option("--kind", default="mixed", show_default=True, type=click.Choice(KINDS))


@main.command("make")
@click.option("--accounts", required=True, type=click.IntRange(min=1))
@click.option("--blocks", required=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True)
@KIND
@click.option("-o", "--output", type=click.Path(path_type=Path), help="bench/out/chain-ACCOUNTS")
def make_command(accounts: int, blocks: int, seed: int, kind: str, output: Path | None) -> None:
    """Make a chain in a folder of its own."""
    made = Folder(output or OUT / f"chain-{accounts}")
    try:
        make(made, accounts, seed, kind, blocks)
    except NoChainError as error:
        sys.exit(str(error))
    print(json.dumps({"folder": str(made.path)} | made.described | made.made(kind), indent=1))


@main.command("check")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@KIND
def check_command(folder: Path, kind: str) -> None:
    """Take the blocks in FOLDER through sequencer, verifier and replica."""
    try:
        with tempfile.TemporaryDirectory() as stores:
            print(f"{check(Folder(folder), kind, Path(stores))} blocks agree")
    except NoChainError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
