"""Handing out what was made of a block: its file first, and only then the state goes on."""

import os
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import click

from weakstate._native import Block, Built, Chain, Item, Produced, State
from weakstate.cli.exits import DISAGREEMENT
from weakstate.cli.output import write_once
from weakstate.cli.text import clean, hexadecimal, size
from weakstate.witness.forms import FORMS, convert


class Defect(click.ClickException):
    """Our own output is refused by our own verifier."""

    exit_code = DISAGREEMENT


class HandOut(NamedTuple):
    """Where what others need of a block goes, and whether the state goes on.

    ``check`` says whether our own verifier must have accepted it before.
    """

    folder: str | None
    form: str
    force: bool
    dry_run: bool
    check: bool

    def path(self, number: int) -> str | None:
        """The file of the block of this number."""
        if self.folder is None:
            return None
        return os.path.join(self.folder, f"{number}{FORMS[self.form].suffix}")

    def give(
        self, state: State, chain: Chain, block: Block, made: Produced | Built, started: float
    ) -> dict[str, Any]:
        """Write the block's file, then commit it; what `--json` says of that.

        Raises: CannotWrite, Defect, StoreError. The state has not gone on then.
        """
        try:
            witness, delta = made.witness, made.delta.to_bytes()
        except RuntimeError as error:  # our own verifier's refusal
            raise Defect(str(error)) from None
        item = Item(block=block.rlp, witness=witness, delta=delta, chain_id=chain.chain_id)
        data = convert(item, self.form, lossy=True)
        path = self.path(block.number)
        if path is not None:
            write_once(path, data, force=self.force)
        if not self.dry_run:
            state.commit(made)
        return {
            "written": path,
            "bytes": len(data),
            "committed": not self.dry_run,
            "state_root": hexadecimal(block.header.state_root),
            "transactions": block.transactions,
            "gas": block.header.gas_used,
            "nodes": witness.node_count,
            "codes": witness.code_count,
            "witness_bytes": witness.bytes,
            "delta_bytes": len(delta),
            "ms": (time.perf_counter() - started) * 1e3,
        }


def said(row: dict[str, Any]) -> str:
    """The same for people."""
    return (
        f"{row['transactions']:>4} txs {row['gas'] / 1e6:>7.2f} Mgas {row['nodes']:>7,} nodes "
        f"{size(row['witness_bytes']):>9} witness {size(row['delta_bytes']):>9} delta "
        f"{row['ms']:>9.1f} ms  {clean(row['written'] or 'not written')}"
    )


OPTIONS = (
    click.option(
        "-o",
        "--output",
        type=click.Path(file_okay=False),
        metavar="FOLDER",
        help="Where each block gets a file, named by its number.",
    ),
    click.option(
        "--form",
        type=click.Choice([name for name, form in FORMS.items() if form.holds - {"block"}]),
        default="bundle",
        show_default=True,
        help="What the file holds, as in `weakstate convert`.",
    ),
    click.option("--force", is_flag=True, help="Write over files that hold something else."),
    click.option(
        "--dry-run",
        is_flag=True,
        help="Leave the state as it is, and stop after one block. Without -o nothing is written.",
    ),
    click.option(
        "--no-check",
        is_flag=True,
        help="Hand out what was made before our own verifier has accepted it.",
    ),
)


def handing_out(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of a `HandOut`, which it gets as ``hand_out``."""

    @wraps(command)
    def run(
        *,
        output: str | None,
        form: str,
        force: bool,
        dry_run: bool,
        no_check: bool,
        **others: Any,
    ) -> int:
        if output is None and not dry_run:
            raise click.UsageError(
                "Missing option '-o': the state would go on without its witnesses."
            )
        return command(hand_out=HandOut(output, form, force, dry_run, not no_check), **others)

    found: Callable[..., int] = run
    for option in reversed(OPTIONS):
        found = option(found)
    return found
