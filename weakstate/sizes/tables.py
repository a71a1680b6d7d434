"""A size report as CSV, a file for each kind of row; all sizes in bytes."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from weakstate.sizes.figures import BlockFigures, SchemeFigures
from weakstate.sizes.recorded import Recorded
from weakstate.sizes.report import Report

Cell: TypeAlias = "str | int | float | None"

HEAD = ("block", "number", "transactions", "gas", "keys")
SCHEME = (
    "total",
    "margin_95",
    "constant",
    "without_code",
    "with_code_cache",
    "whole_code",
    "zstd",
    "structural",
    "structural_zstd",
    "per_transaction",
    "per_mgas",
    "per_key",
    "per_day",
    "proof_bytes",
)
TIMES = ("make_ms", "verify_ms")


def tables(report: Report) -> Iterator[tuple[str, str]]:
    """Names of files and what is in them."""
    blocks = report.blocks
    yield "blocks.csv", _csv((*HEAD, *RECORDED), map(_recorded, blocks))
    yield "schemes.csv", _csv((*HEAD, "scheme", *SCHEME, *TIMES), _schemes(blocks))
    yield "parts.csv", _csv((*HEAD, "scheme", "part", "bytes"), _parts(blocks))
    yield "growth.csv", _csv((*HEAD, "scheme", "state_size", "bytes"), _growth(blocks))
    head = ("scheme", "gas", "blocks", "accounts", "slots", "bytes", "without_code")
    yield "composed.csv", _csv(head, _composed(report))
    yield "spread.csv", _csv(("scheme", "what", "value"), _spread(report))


RECORDED = (
    "header_bytes",
    "block_bytes",
    "delta",
    "delta_zstd",
    "access_list",
    "access_list_zstd",
    "mpt_needed",
    "mpt_nodes",
    "mpt_nodes_zstd",
    "mpt_nodes_nested",
    "mpt_nodes_nested_zstd",
)


def _recorded(block: BlockFigures) -> tuple[Cell, ...]:
    measured = block.access.measured
    found = block.recorded or Recorded(0, 0)
    nodes = (None,) * 4 if found.nodes is None else found.nodes
    return (
        *_head(block),
        block.access.header_bytes,
        found.block or None,
        found.delta,
        found.delta_zstd,
        found.access_list,
        found.access_list_zstd,
        None if measured is None else sum(measured),
        nodes[0],
        nodes[2],
        nodes[1],
        nodes[3],
    )


def _schemes(blocks: Sequence[BlockFigures]) -> Iterator[tuple[Cell, ...]]:
    for block in blocks:
        for scheme in block.schemes:
            found = scheme.to_dict(block.access) | scheme.forms._asdict()
            timing = scheme.timing
            found["proof_bytes"] = timing and timing.bytes
            cells = (_rounded(found[name]) for name in SCHEME)
            times = (None, None) if timing is None else (timing.make_ms, timing.verify_ms)
            yield (*_scheme(block, scheme), *cells, *times)


def _parts(blocks: Sequence[BlockFigures]) -> Iterator[tuple[Cell, ...]]:
    for block in blocks:
        for scheme in block.schemes:
            for part, bytes_ in scheme.prediction.parts.items():
                yield (*_scheme(block, scheme), part, round(bytes_))


def _growth(blocks: Sequence[BlockFigures]) -> Iterator[tuple[Cell, ...]]:
    for block in blocks:
        for scheme in block.schemes:
            for size, bytes_ in scheme.growth:
                yield (*_scheme(block, scheme), size, round(bytes_))


def _composed(report: Report) -> Iterator[tuple[Cell, ...]]:
    for scheme in report.composed:
        for gas, blocks, accounts, slots, total, without_code in scheme.points:
            sizes = (round(total), round(without_code))
            yield (scheme.scheme, gas, blocks, accounts, slots, *sizes)


def _spread(report: Report) -> Iterator[tuple[Cell, ...]]:
    for spread in report.spread:
        for what, total in (
            ("least", spread.least),
            *((f"percentile {at}", total) for at, total in spread.percentiles),
            ("most", spread.most),
            ("mean", spread.mean),
        ):
            yield (spread.scheme, what, round(total))
        for what, value in spread.correlation.items():
            yield (spread.scheme, f"correlation with {what}", value)


def _head(block: BlockFigures) -> tuple[Cell, ...]:
    access = block.access
    return (access.name, access.number, access.transactions, access.gas, access.keys)


def _scheme(block: BlockFigures, scheme: SchemeFigures) -> tuple[Cell, ...]:
    return (*_head(block), scheme.prediction.scheme)


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)


def _csv(head: Sequence[str], rows: Iterable[tuple[Cell, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
