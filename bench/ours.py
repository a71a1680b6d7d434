"""Times weakstate's verification of recorded blocks, as the harnesses in bench/peers do theirs.

    python -m bench.ours [--repeat N] [--cold] [--json] FILE...

Not timed: reading the file, undoing the hexadecimal digits, the chain, the anchor (the hash of
the parent that the block names) and a ``Witness`` of the byte strings, made anew for every
repetition. Timed: ``weakstate._native.verify``, its thread and the Python call included, and
freeing what it returns. CPU time is that of the whole process.
"""

import gzip
import json
import statistics
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import click

from tests.conformance.networks import genesis_config
from weakstate._native import Anchor, Block, Chain, Witness, __version__, verify
from weakstate.errors import WeakstateError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--repeat", default=10, show_default=True, type=click.IntRange(min=1))
@click.option("--cold", is_flag=True, help="The same as --repeat 1.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a block.")
def main(files: tuple[Path, ...], repeat: int, cold: bool, as_json: bool) -> None:
    """Time the verification of each block."""
    good = True
    for file in files:
        report = measure(file, 1 if cold else repeat)
        good = good and (report["ok"] or "skipped" in report)
        print(json.dumps(report) if as_json else line(report), flush=True)
    sys.exit(0 if good else 1)


def measure(file: Path, repeat: int) -> dict[str, Any]:
    """One block's report, of the form that the peers' harnesses print."""
    content = load(file)
    report: dict[str, Any] = {
        "peer": "weakstate",
        "version": __version__,
        "file": str(file),
        "name": content.get("name", ""),
        "number": content["number"],
        "ok": False,
        "gas": 0,
    }
    if not content["witness"]["headers"]:
        return report | {"skipped": "no parent header"}
    block = from_hex(content["blockRlp"])
    parts = [
        [from_hex(text) for text in content["witness"][member]]
        for member in ("state", "codes", "headers")
    ]
    chain = chain_of(content.get("network"), content["chainId"])
    del content
    anchor = Anchor.hash(Block.from_rlp(block).header.parent_hash)
    cpu, wall = [], []
    for _ in range(repeat):
        witness = Witness(*parts)
        wall_start, cpu_start = time.perf_counter_ns(), time.process_time_ns()
        try:
            verified = verify(chain, anchor, block, witness)
        except WeakstateError as error:
            return report | {"error": str(error)}
        report["gas"] = verified.gas_used
        del verified
        cpu_end, wall_end = time.process_time_ns(), time.perf_counter_ns()
        cpu.append((cpu_end - cpu_start) / 1e6)
        wall.append((wall_end - wall_start) / 1e6)
    return report | {
        "ok": True,
        "repeat": repeat,
        "cpu_ms": summary(cpu),
        "wall_ms": summary(wall),
    }


def load(file: Path) -> dict[str, Any]:
    """The JSON of a file of the data folder, or one that geth's harness dumped."""
    data = file.read_bytes()
    content: dict[str, Any] = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    return content


def from_hex(text: str) -> bytes:
    """The bytes of hexadecimal digits after 0x."""
    return bytes.fromhex(text.removeprefix("0x"))


@cache
def chain_of(network: str | None, chain_id: int) -> Chain:
    """A public chain, or one that has ``network``'s rules from its start on."""
    if network is None:
        return Chain.builtin(chain_id)
    config = genesis_config(network, {"chainid": hex(chain_id)})
    return Chain.from_genesis(json.dumps({"config": config}).encode())


def summary(samples: list[float]) -> dict[str, float]:
    """Best and median."""
    return {"best": min(samples), "median": statistics.median(samples)}


def line(report: dict[str, Any]) -> str:
    """A report for people."""
    label = f"{report['number']} {report['name']}".rstrip()
    if "skipped" in report:
        return f"{label}: skipped: {report['skipped']}"
    if not report["ok"]:
        return f"{label}: FAILED: {report['error']}"
    cpu, wall = report["cpu_ms"], report["wall_ms"]
    return (
        f"{label}: ok, {report['gas'] / 1e6:.2f} Mgas, CPU best {cpu['best']:.2f} ms, "
        f"median {cpu['median']:.2f} ms, wall best {wall['best']:.2f} ms"
    )


if __name__ == "__main__":
    main()
