"""What a state says: where it stands, accounts, slots and proofs of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from weakstate._native import State
from weakstate.cli import values
from weakstate.cli.store import after, describe, directory_argument, json_option, refusing
from weakstate.cli.text import clean, hexadecimal, say, size, styled

EXITS = """\b
Exit code:
  0 it was said
  6 store error       there is no state, or its store is damaged
  2 wrong usage"""

address_argument = click.argument("address", metavar="ADDRESS", type=values.address)


@click.command(
    "show",
    short_help="Whose state it is, after which block, how large.",
    epilog=f"\b\nExamples:\n  weakstate state show state\n  weakstate state show state --json"
    f"\n\n{EXITS}",
)
@directory_argument
@json_option
@refusing
def show(directory: Path, as_json: bool) -> None:
    """Say whose state it is, which block it is after, and how large it is."""
    state = State.open(directory, read_only=True)
    row = describe(state)
    say(json.dumps(row) if as_json else "\n".join(_shown(state, row)))


def _shown(state: State, row: dict[str, Any]) -> Iterator[str]:
    chain, head = state.chain, state.head
    fork = chain.fork_at(head.number, head.timestamp).name
    yield styled(clean(str(state.path)), bold=True)
    yield f"  chain     {clean(chain.name)}, id {chain.chain_id}, {chain.scheme}, {fork}"
    yield f"  block     {head.number}, {row['hash']}"
    yield f"  time      {_time(head.timestamp)}"
    yield f"  root      {row['state_root']}"
    yield f"  accounts  {row['accounts']:,}"
    yield f"  slots     {row['slots']:,}"
    yield f"  on disk   {size(row['bytes'])}"
    yield f"  revert    at most {row['undoable']} blocks"


def _time(timestamp: int) -> str:
    try:
        return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M:%S} ({timestamp})"
    except (ValueError, OverflowError, OSError):  # beyond the calendar
        return str(timestamp)


@click.command(
    "account",
    short_help="What an account holds.",
    epilog="\b\nExamples:\n  weakstate state account state 0x5a5c…e3\n"
    f"  weakstate state account state 0x5a5c…e3 --code\n\n{EXITS}",
)
@directory_argument
@address_argument
@click.option("--code", "with_code", is_flag=True, help="Print its code too.")
@json_option
@refusing
def account(directory: Path, address: bytes, with_code: bool, as_json: bool) -> None:
    """Say what an account holds. One that is absent is no error."""
    state = State.open(directory, read_only=True)
    found = state.account(address)
    code = state.code(address)
    row: dict[str, Any] = {
        "address": hexadecimal(address),
        "number": state.head.number,
        "exists": found is not None,
        "nonce": found and found["nonce"],
        "balance": found and hex(found["balance"]),
        "code_hash": found and hexadecimal(found["code_hash"]),
        "code_bytes": len(code) if found else None,
        "code": hexadecimal(code) if found and with_code else None,
        "error": None,
    }
    if as_json:
        say(json.dumps(row))
        return
    say(styled(f"{row['address']}, {after(state)}", bold=True))
    if found is None:
        say("  absent")
        return
    say(f"  nonce      {found['nonce']}")
    say(f"  balance    {found['balance']} wei")
    say(f"  code hash  {row['code_hash']}")
    say(f"  code       {row['code'] if with_code else size(len(code))}")


@click.command(
    "slot",
    short_help="The value of a slot.",
    epilog="\b\nExamples:\n  weakstate state slot state 0x5a5c…e3 0\n"
    f"  weakstate state slot state 0x5a5c…e3 0x1f --json\n\n{EXITS}",
)
@directory_argument
@address_argument
@click.argument("slot", metavar="SLOT", type=values.slot)
@json_option
@refusing
def slot(directory: Path, address: bytes, slot: int, as_json: bool) -> None:
    """Say the value of a slot, in hexadecimal; zero where there is none."""
    state = State.open(directory, read_only=True)
    value = hex(state.slot(address, slot))
    row = {
        "address": hexadecimal(address),
        "number": state.head.number,
        "slot": hex(slot),
        "value": value,
        "error": None,
    }
    say(json.dumps(row) if as_json else value)


@click.command(
    "proof",
    short_help="A proof of an account and slots of it.",
    epilog="\b\nExamples:\n  weakstate state proof state 0x5a5c…e3 > proof.json\n"
    f"  weakstate state proof state 0x5a5c…e3 0 1 0x1f | jq .storageProof\n\n{EXITS}",
)
@directory_argument
@address_argument
@click.argument("slots", metavar="[SLOT]...", nargs=-1, type=values.slot)
@refusing
def proof(directory: Path, address: bytes, slots: tuple[int, ...]) -> None:
    """Prove an account and slots of it, as `weakstate proof create` does, on standard output.

    Standard error says which root it is a proof against. `weakstate proof verify` holds it against
    one.
    """
    state = State.open(directory, read_only=True)
    say(json.dumps(state.proof(address, slots)))
    say(after(state), stderr=True)
