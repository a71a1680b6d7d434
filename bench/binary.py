"""Binary trees beside go-ethereum's trie/bintrie: prints a table, and writes it as JSON.

    python -m bench.binary [--rounds N] [--keys N]

bintrie has the keys and hashes of ``binary-geth``: the roots must agree. It makes no proofs. In
each round everyone takes a turn, in processes of their own and in alternating order; figures are
medians over the rounds.
"""

import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import click

from bench import machine
from bench.contestants import OUT, ROOT, Contestant, is_built
from bench.table import table
from bench.verkle import build_example

FORMAT_VERSION = 1
SCHEMES = ("binary-7864", "binary-geth", "binary-8297")
LIKE_PEER = "binary-geth"
UPDATES = 10_000
BINTRIE = Contestant(
    "bintrie",
    [str(OUT / "bintrie"), "time"],
    [],
    ["go", "build", "-o", str(OUT / "bintrie"), "./bintrie"],
    ROOT / "bench" / "peers" / "geth",
)

Figures = dict[str, Any]


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=3, help="Turns of everyone.")
@click.option("--keys", type=click.IntRange(min=UPDATES), default=1_000_000, help="Of the tree.")
def main(rounds: int, keys: int) -> None:
    """Compare binary trees with go-ethereum's."""
    OUT.mkdir(exist_ok=True)
    ours = build_example("binary_timing")
    commands = {scheme: [ours, "tree", scheme, str(keys)] for scheme in SCHEMES}
    if is_built(BINTRIE):
        commands[BINTRIE.name] = [*BINTRIE.harness, str(keys)]
    turns = take_turns(commands, rounds)
    medians = {name: median(taken) for name, taken in turns.items()}
    peer = medians.get(BINTRIE.name)
    if peer and peer["root"] != medians[LIKE_PEER]["root"]:
        sys.exit(f"roots differ: {peer['root']}, {medians[LIKE_PEER]['root']}")
    print(f"Binary trees, {keys:,} keys, one a stem, {machine.cpu_model()}: CPU time\n")
    head = ["", "write, s", "update, keys/s", "memory, MB", "prove 5,000, ms", "open, ms", "kB"]
    head += ["prove 6,000, ms", "open, ms", "kB"]
    print(table(head, [row(name, keys, figures) for name, figures in medians.items()]))
    if peer:
        like = medians[LIKE_PEER]
        write, update = (peer[work] / like[work] for work in ("write", "update"))
        memory = peer["peak_bytes"] / like["peak_bytes"]
        print(
            f"\n{LIKE_PEER} over bintrie: {write:.1f} times in writing, {update:.1f} in updating, "
            f"with 1/{memory:.1f} of the memory"
        )
    content = {
        "format": "weakstate-bench-binary",
        "version": FORMAT_VERSION,
        "machine": machine.describe(),
        "keys": keys,
        "medians": medians,
        "turns": turns,
    }
    (OUT / "binary.json").write_text(json.dumps(content, indent=1) + "\n")


def take_turns(commands: dict[str, list[str]], rounds: int) -> dict[str, list[Figures]]:
    """What each program said in each round."""
    core = max(os.sched_getaffinity(0))
    turns: dict[str, list[Figures]] = defaultdict(list)
    with click.progressbar(length=rounds * len(commands), label="turns", file=sys.stderr) as bar:
        for number in range(rounds):
            for name in commands if number % 2 == 0 else reversed(commands):
                pinned = ["taskset", "-c", str(core), *commands[name]]
                done = subprocess.run(pinned, check=True, stdout=subprocess.PIPE)
                turns[name].append(json.loads(done.stdout))
                bar.update(1)
    return dict(turns)


def median(taken: Sequence[Figures]) -> Figures:
    """The median of each figure over the turns."""
    first = taken[0]
    figures: Figures = {}
    for name, value in first.items():
        if isinstance(value, int | float):
            figures[name] = statistics.median(turn[name] for turn in taken)
        elif isinstance(value, list):
            proofs = zip(*(turn[name] for turn in taken), strict=True)
            figures[name] = [median(of_a_size) for of_a_size in proofs]
        else:
            figures[name] = value
    return figures


def row(name: str, keys: int, figures: Figures) -> list[Any]:
    """A line of the table."""
    proofs = [
        cell
        for proof in figures.get("proofs", [{}, {}])
        for cell in (proof.get("prove"), proof.get("open"), proof and proof["bytes"] / 1e3)
    ]
    update = round(min(UPDATES, keys) / figures["update"] * 1e3)
    shown = [cell or None for cell in proofs]
    return [name, figures["write"] / 1e3, update, figures["peak_bytes"] / 1e6, *shown]


if __name__ == "__main__":
    main()
