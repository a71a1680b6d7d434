"""What `weakstate inspect` says to people: lines and small tables."""

from collections import Counter
from collections.abc import Iterator
from heapq import nlargest

from weakstate._native import Block, Delta, Part, ProofSurvey, survey_delta
from weakstate.cli.inspected import Inspected, Judged
from weakstate.cli.refusal import explain
from weakstate.cli.text import clean, hexadecimal, size, styled, table
from weakstate.cli.verdict import BASES
from weakstate.errors import WeakstateError
from weakstate.witness.report import Account, WitnessReport

MOST_ACCOUNTS = 10  # JSON has them all
KINDS = ("branch", "extension", "leaf")
INDENT = "             "
# What stands where stems of a Verkle tree lead.
LEVELS = {"other": "another there", "empty": "nothing there"}


def lines(found: Inspected) -> Iterator[str]:
    """What is known of one item."""
    item = found.item
    yield styled(f"{clean(found.file)}, item {found.position}", bold=True)
    if found.block is not None:
        yield f"  block      {_block(found.block, len(item.block or b''))}"
    if found.judged is not None:
        yield f"  verdict    {_verdict(found.judged)}"
    if item.chain_id is not None or item.pre_state_root is not None or item.block_hashes:
        yield (
            f"  claims     chain id {item.chain_id}, pre-state root "
            f"{hexadecimal(item.pre_state_root)}, {len(item.block_hashes)} block hashes"
        )
    if found.witness is not None:
        yield from _witness(found.witness)
    if found.delta is not None:
        yield from _delta(found.delta, len(item.delta or b""))


def _block(block: Block | WeakstateError, length: int) -> str:
    if isinstance(block, WeakstateError):
        return f"{size(length)}: {explain(block)}"
    transactions = f"{block.transactions} transactions"
    return f"{block.number}, {hexadecimal(block.hash)}, {transactions}, {size(length)}"


def _verdict(judged: Judged) -> str:
    plan, result = judged
    if isinstance(result, WeakstateError):
        return f"{result.verdict}: {explain(result)}"
    assert not isinstance(plan.task, WeakstateError)
    return f"valid, {BASES[plan.task.footing.basis]}"


def _witness(report: WitnessReport) -> Iterator[str]:
    yield f"  witness    {size(report.total_bytes)}"
    rows = [
        (
            name,
            part.number,
            size(part.bytes),
            f"{_percent(part.bytes, report.total_bytes)} %",
            _odd(part),
        )
        for name, part in report.parts.items()
    ]
    if report.proof is not None:
        length = len(report.witness.proof)
        share = f"{_percent(length, report.total_bytes)} %"
        rows = [row for row in rows if row[1]] + [("leaves, proof", 1, size(length), share, "")]
    yield from _indented(table(("", "number", "bytes", "share", ""), rows))
    if report.proof is not None:
        yield from _proof(report.proof, len(report.witness.proof))
    else:
        yield from _nodes(report)
        yield from _tries(report)
    yield from _accounts(report)
    yield from _rest(report)


def _proof(proof: ProofSurvey | WeakstateError, length: int) -> Iterator[str]:
    """The leaves and their proof, by part and by depth."""
    if isinstance(proof, WeakstateError):
        yield f"  proof      {size(length)}: {explain(proof)}"
        return
    without = "others" if proof.absent is None else f"{proof.absent:,}"
    yield f"  proof      of {proof.present:,} keys with a value and {without} without"
    rows = [
        (name, number, size(count), f"{_percent(count, length)} %")
        for name, number, count in proof.parts
    ]
    yield from _indented(table(("", "number", "bytes", "share"), rows))
    names = [LEVELS.get(name, name) for name, _ in proof.levels[0][1]] if proof.levels else []
    levels: list[list[str | int]] = [
        [str(depth), *(number for _, number in found)] for depth, found in proof.levels
    ]
    yield from _indented(table(("at depth", *names), levels))


def _odd(part: Part) -> str:
    """What a list that we write has none of."""
    counts = {"duplicates": part.duplicates, "unsorted": part.unsorted, "empty": part.empty}
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)


def _nodes(report: WitnessReport) -> Iterator[str]:
    plain, nested, plain_zstd, nested_zstd = report.sizes
    yield (
        f"  nodes      {size(plain)} as a list, {size(nested)} nested, "
        f"{_percent(plain - nested, plain)} % less; after zstd {size(plain_zstd)}, "
        f"{size(nested_zstd)}, {_percent(plain_zstd - nested_zstd, plain_zstd)} % less"
    )
    if report.root is None:
        yield f"{INDENT}no header or claim says below which state root they hang"
        return
    who = "the parent states" if report.root_from == "parent" else "the file claims"
    yield f"{INDENT}seen from {hexadecimal(report.root)}, which {who}:"
    kinds = {
        "reached": report.reached,
        "of them not needed": report.surplus,
        "unreachable": report.unreachable,
        "malformed": report.malformed,
    }
    said = [
        f"{found.number:,} {name} ({size(found.bytes)})"
        for name, found in kinds.items()
        if found is not None and (found.number or name == "reached")
    ]
    yield f"{INDENT}{', '.join(said)}; {report.survey.holes:,} hashes of what is not here"


def _tries(report: WitnessReport) -> Iterator[str]:
    """A row for each trie and depth."""
    counts: dict[tuple[str, int], Counter[str]] = {}
    for level in report.survey.levels:
        row = counts.setdefault((level.trie, level.depth), Counter())
        row += Counter({level.kind: level.nodes, "bytes": level.bytes, "used": level.used_nodes})
    head = ["trie", "depth", "branches", "extensions", "leaves", "bytes"]
    rows: list[list[str | int]] = [
        [trie, depth, *(row[kind] for kind in KINDS), size(row["bytes"])]
        for (trie, depth), row in counts.items()
    ]
    if report.surplus is not None:
        head.append("not needed")
        for row, cells in zip(counts.values(), rows, strict=True):
            cells.append(sum(row[kind] for kind in KINDS) - row["used"])
    if rows:
        yield from _indented(table(head, rows))


def _accounts(report: WitnessReport) -> Iterator[str]:
    accounts = list(report.accounts())
    present = [account for account in accounts if account.present]
    said = f"{len(present):,} present with {sum(a.slots for a in present):,} slots"
    if report.touched is not None:
        touched = [slots for slots in report.touched.values()]
        said += f"; {len(touched):,} touched with {sum(map(len, touched)):,} slots"
    yield f"  accounts   {said}"
    most = [
        a
        for a in nlargest(MOST_ACCOUNTS, accounts, key=lambda a: a.storage_bytes)
        if a.storage_bytes
    ]
    if most:
        head = ("largest storage", "nodes", "bytes", "slots", "touched")
        yield from _indented(table(head, map(_account, most)))


def _account(account: Account) -> tuple[str | int, ...]:
    name = f"key {hexadecimal(account.key)}"
    if account.address is not None:
        name = f"0x{account.address.hex()}"
    touched = "" if account.touched_slots is None else len(account.touched_slots)
    return name, account.storage_nodes, size(account.storage_bytes), account.slots, touched


def _rest(report: WitnessReport) -> Iterator[str]:
    codes = list(report.codes())
    ancestors = list(report.ancestors())
    unused = [code.bytes for code in codes if code.used is False]
    needless = [ancestor for ancestor in ancestors if ancestor.needed is False]
    numbers = [ancestor.number for ancestor in ancestors if ancestor.number is not None]
    said = (
        f"  codes      {len(codes):,}",
        f"  ancestors  {len(ancestors):,}"
        + (f", {min(numbers)} to {max(numbers)}" if numbers else ""),
    )
    if report.surplus is None:
        yield from said
        return
    yield f"{said[0]}; not needed: {len(unused):,} ({size(sum(unused))})"
    yield f"{said[1]}; not needed: {len(needless):,}"


def _delta(delta: Delta | WeakstateError, length: int) -> Iterator[str]:
    if isinstance(delta, WeakstateError):
        yield f"  delta      {size(length)}: {explain(delta)}"
        return
    found = survey_delta(delta)
    first = delta.number - delta.blocks + 1
    blocks = f"block {delta.number}" if delta.blocks == 1 else f"blocks {first} to {delta.number}"
    yield f"  delta      {size(length)}, {blocks}, to {hexadecimal(delta.block_hash)}"
    created = f"{found.created:,} created, {found.destroyed:,} destroyed"
    rows = [
        ("accounts", found.accounts, size(found.account_bytes), created),
        ("slots", found.slots, size(found.slot_bytes), f"{found.cleared:,} storages cleared"),
        ("codes", found.codes, size(found.code_bytes), ""),
    ]
    yield from _indented(table(("", "number", "bytes", ""), rows))


def _indented(rows: Iterator[str]) -> Iterator[str]:
    return (f"{INDENT}{row}".rstrip() for row in rows)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.1f}"
