"""`weakstate chains`: the built-in chains and when their rules change."""

import json
from datetime import UTC, datetime

import click

from weakstate._native import Chain, Fork
from weakstate.cli.text import say, styled


@click.command("chains", epilog="\b\nExamples:\n  weakstate chains\n  weakstate chains --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(as_json: bool) -> None:
    """List the built-in chains with their forks.

    Another chain is given to `weakstate verify --chain` as a genesis file in geth's form.
    """
    for index, name in enumerate(Chain.builtin_names()):
        chain = Chain.builtin(name)
        if as_json:
            forks = [_to_dict(fork) for fork in chain.forks]
            row = {"name": name, "id": chain.chain_id, "scheme": chain.scheme, "forks": forks}
            say(json.dumps(row))
            continue
        head = styled(f"{name}, id {chain.chain_id}, {chain.scheme}", bold=True)
        say(f"{'' if index == 0 else chr(10)}{head}")
        for fork in chain.forks:
            say(f"  {fork.name:<18} {_start(fork)}{_blobs(fork)}")


def _to_dict(fork: Fork) -> dict[str, object]:
    return {
        "name": fork.name,
        "block": fork.block,
        "timestamp": fork.timestamp,
        "blobs": fork.blobs
        and dict(zip(("target", "max", "update_fraction"), fork.blobs, strict=True)),
    }


def _start(fork: Fork) -> str:
    if fork.timestamp is None:
        return f"block {fork.block}"
    return f"{datetime.fromtimestamp(fork.timestamp, UTC):%Y-%m-%d %H:%M:%S} ({fork.timestamp})"


def _blobs(fork: Fork) -> str:
    if fork.blobs is None:
        return ""
    target, most, _ = fork.blobs
    return f", blobs: target {target}, at most {most}"
