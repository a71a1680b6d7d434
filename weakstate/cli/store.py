"""State stores on the command line: where they are, what they are after, and their refusals."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from weakstate._native import Chain, Header, Item, State
from weakstate.cli.options import option
from weakstate.cli.output import STDOUT
from weakstate.cli.plan import choose_chain
from weakstate.cli.refusal import explain, refusal_to_dict
from weakstate.cli.text import clean, hexadecimal, say, short_hash, styled
from weakstate.errors import Unreadable, WeakstateError

# Any path: what is wrong with it is for the store to say.
directory_argument = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
rows_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a block.")
chain_option = click.option(
    "--chain",
    metavar="NAME|FILE",
    help="Rules other than those that the state was made with, such as a genesis file that "
    "schedules a later fork; of the same chain id.",
)


def refusing(command: Callable[..., int | None]) -> Callable[..., int]:
    """Let a command say in one line, or one object, why it is refused, and exit with its code.

    That goes to standard error where standard output is for something else.
    """

    @wraps(command)
    def run(**arguments: Any) -> int:
        try:
            return command(**arguments) or 0
        except WeakstateError as error:
            as_json = arguments.get("as_json", False)
            for_data = "as_json" not in arguments or arguments.get("output") == STDOUT
            row = {"outcome": "refused", "error": refusal_to_dict(error)}
            line = f"{styled(f'{error.verdict:<15}', fg='yellow')} {explain(error)}"
            say(json.dumps(row) if as_json else line, stderr=for_data)
            return error.exit_code

    return run


def choose_rules(state: State, chain: str | None) -> Chain:
    """The rules by which blocks are executed over a state: its own, or those of `--chain`."""
    own = state.chain
    if chain is None:
        return own
    chosen = option("--chain", choose_chain, chain)
    if chosen.chain_id != own.chain_id:
        said = f"its chain id is {chosen.chain_id}, and the state's {own.chain_id}"
        raise click.BadParameter(said, param_hint="--chain")
    return chosen


def expect_chain(item: Item, chain: Chain) -> None:
    """Refuse what says that it is of another chain. Raises: Unreadable."""
    if item.chain_id is not None and item.chain_id != chain.chain_id:
        expected = f"{chain.chain_id}, as the state says"
        raise Unreadable("malformed_field", expected, str(item.chain_id), "chainId")


def is_past(state: State, header: Header) -> bool:
    """Whether this block lies behind the state already.

    Of blocks whose headers are no longer kept only the number can be held against it.
    """
    if header.number > state.head.number:
        return False
    kept = state.header(header.number)
    return kept is None or kept.hash == header.hash


def describe(state: State) -> dict[str, Any]:
    """Where a state is, whose it is, and which block it is after, for programs."""
    chain, head, size = state.chain, state.head, state.size()
    return {
        "directory": str(state.path),
        "chain": {"name": chain.name, "id": chain.chain_id, "scheme": chain.scheme},
        **after_to_dict(state),
        "timestamp": head.timestamp,
        "accounts": size["accounts"],
        "slots": size["slots"],
        "bytes": size["bytes"],
        "undoable": state.undoable,
        "error": None,
    }


def made_line(state: State) -> str:
    """What was made, for people."""
    size = state.size()
    return (
        f"{styled('made', fg='green')}  {clean(str(state.path))}, the state of "
        f"{clean(state.chain.name)} {after(state)}; {size['accounts']:,} accounts, "
        f"{size['slots']:,} slots"
    )


def after(state: State) -> str:
    """Which block a state is after, for people."""
    head = state.head
    return f"after block {head.number} {short_hash(head.hash)}, root {hexadecimal(state.root)}"


def after_to_dict(state: State) -> dict[str, Any]:
    """The same for programs."""
    head = state.head
    return {
        "number": head.number,
        "hash": hexadecimal(head.hash),
        "state_root": hexadecimal(state.root),
    }
