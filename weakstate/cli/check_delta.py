"""`weakstate check-delta`: whether deltas lead to their blocks' state roots, without executing."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from weakstate._native import Anchor, Budget, Consistent, Delta, Header, Witness, check_delta
from weakstate.cli.exits import first_exit
from weakstate.cli.options import PATH, budget_options, option
from weakstate.cli.plan import choose_anchor
from weakstate.cli.refusal import explain, refusal_to_dict
from weakstate.cli.sources import Source, expand, load_parts
from weakstate.cli.text import clean, hexadecimal, say, short_hash, size, styled
from weakstate.errors import Unreadable, WeakstateError
from weakstate.witness.parts import Parts

EPILOG = """\b
Examples:
  weakstate check-delta bundle.zst
  weakstate check-delta header.rlp witness.bin delta.bin
  weakstate check-delta bundles/ --parent 0x5a5c…e3 --json | jq .verdict

\b
Exit code, over all deltas the first of these that occurred:
  1 invalid block     what should be the block cannot be one
  4 invalid delta     it does not lead from the anchor to the header: fetch it again
  3 invalid witness   or one that omits something: ask another source
  5 over budget       raise --max-bytes or --max-nodes
  2 unreadable        no known form, or a part is not there; or wrong usage
  0 every delta is consistent, which is not valid: nothing was executed"""

BASES = {
    "caller": "extends the anchor",
    "run": "extends a block whose delta was consistent",
    "delta": "relative to the parent that it names",
}


class Claim(NamedTuple):
    """A delta, the header that it should lead to, and a witness of the state before."""

    file: str
    header: Header
    witness: Witness
    delta: Delta


class Judged(NamedTuple):
    """What became of a claim, or of a file in which none was found."""

    file: str
    claim: Claim | None
    result: Consistent | WeakstateError
    basis: str | None = None
    anchor: Anchor | None = None


@click.command("check-delta", epilog=EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PATH)
@click.option(
    "--parent",
    metavar="HASH|FILE",
    help="What to trust: the hash of the first delta's parent, or a file with that block or its "
    "header. Each consistent delta then anchors the next. Without it, a delta is judged "
    "relative to the parent that it names.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a delta.")
@click.option("-q", "--quiet", is_flag=True, help="Print only deltas that are refused.")
@budget_options("bytes", "nodes")
def command(
    paths: tuple[str, ...],
    parent: str | None,
    as_json: bool,
    quiet: bool,
    budget: Budget,
) -> int:
    """Apply deltas to what witnesses prove and compare the state roots. Nothing is executed.

    PATH is a bundle, or files that hold a header (or its block), a witness and a delta, in any
    order and known form; a folder is read by the numbers in its names. A delta that leads from
    the anchored state root to the header's is consistent, which is not valid: only executing
    the block (weakstate verify) tells whether it may change the state so.
    """
    anchor = None if parent is None else option("--parent", choose_anchor, parent)
    sources = expand(paths, without=[] if parent is None else [parent])
    exits = set()
    for judged in _judge(sources, anchor, budget):
        refusal = judged.result if isinstance(judged.result, WeakstateError) else None
        exits.add(refusal.exit_code if refusal else 0)
        if as_json:
            say(json.dumps(_to_dict(judged)))
        elif refusal or not quiet:
            say(_line(judged))
    return first_exit(exits)


def _judge(sources: Sequence[Source], anchor: Anchor | None, budget: Budget) -> Iterator[Judged]:
    """Each claim in order; a consistent one anchors the next that names it."""
    last: Header | None = None
    for found in _claims(sources, budget):
        if isinstance(found, Judged):
            yield found
            continue
        _, header, witness, delta = found
        if last is not None and last.hash == delta.parent_hash:
            basis, footing = "run", Anchor.header(last.rlp)
        elif anchor is not None:
            basis, footing = "caller", anchor
        else:
            basis, footing = "delta", Anchor.hash(delta.parent_hash)
        try:
            result = check_delta(footing, witness, delta, header.rlp, budget)
        except WeakstateError as error:
            yield Judged(found.file, found, error, basis, footing)
        else:
            last = header
            yield Judged(found.file, found, result, basis, footing)


def _claims(sources: Sequence[Source], budget: Budget) -> Iterator[Claim | Judged]:
    """Claims, each once its three parts were found, and what could not be read."""
    gathered, whole = Parts(), True
    for file, _ in sources:
        try:
            for parts in load_parts(file, budget):
                gathered = _join(gathered, parts)
                header, witness, delta = gathered
                if header is not None and witness is not None and delta is not None:
                    yield Claim(file, header, witness, delta)
                    gathered = Parts()
        except WeakstateError as error:
            yield Judged(file, None, error)
            gathered, whole = Parts(), False
    # What is left beside a file that could not be read is no news.
    if whole and gathered != Parts():
        yield Judged(file, None, _incomplete(gathered))


def _join(gathered: Parts, parts: Parts) -> Parts:
    """Both together. Raises: Unreadable if both have the same part."""
    if any(a is not None and b is not None for a, b in zip(gathered, parts, strict=True)):
        raise _incomplete(gathered)
    return Parts(
        gathered.header or parts.header,
        gathered.witness or parts.witness,
        gathered.delta or parts.delta,
    )


def _incomplete(gathered: Parts) -> Unreadable:
    names = [name for name, part in gathered._asdict().items() if part is not None]
    expected = "a header or block, a witness and a delta"
    return Unreadable("missing_part", expected, " and ".join(names) + " alone")


def _to_dict(judged: Judged) -> dict[str, Any]:
    """The object that `--json` prints; what is not known is null."""
    claim, result = judged.claim, judged.result
    refusal = result if isinstance(result, WeakstateError) else None
    consistent = None if isinstance(result, WeakstateError) else result
    return {
        "file": judged.file,
        "verdict": refusal.verdict if refusal else "consistent",
        "code": refusal and refusal.code,
        "meaning": consistent and consistent.meaning,
        "number": claim and claim.header.number,
        "hash": hexadecimal(claim and claim.header.hash),
        "blocks": claim and claim.delta.blocks,
        "pre_state_root": hexadecimal(consistent and consistent.pre_state_root),
        "post_state_root": hexadecimal(consistent and consistent.post_state_root),
        "accounts": claim and claim.delta.accounts,
        "nodes": claim and claim.witness.node_count,
        "nodes_used": consistent and consistent.nodes_used,
        "witness_bytes": claim and claim.witness.bytes,
        "checks": {
            check.name: {"status": check.status, "reason": check.reason}
            for check in (consistent.checks if consistent else ())
        },
        "anchor": judged.anchor and {"kind": judged.anchor.kind, "chosen_by": judged.basis},
        "error": refusal and refusal_to_dict(refusal),
    }


def _line(judged: Judged) -> str:
    """One line for a person."""
    claim, result = judged.claim, judged.result
    number = claim.header.number if claim else "-"
    block = f"{number:>9} {short_hash(claim and claim.header.hash):<15}"
    if isinstance(result, WeakstateError):
        verdict = styled(f"{result.verdict:<15}", fg="red", bold=True)
        return f"{verdict} {block} {clean(judged.file)}: {explain(result)}"
    assert claim is not None
    assert judged.basis is not None
    return (
        f"{styled('consistent', fg='yellow')}, which is not valid: {block} "
        f"{claim.delta.accounts:>5,} accounts {claim.witness.node_count:>7,} nodes "
        f"{size(claim.witness.bytes):>9}  nothing was executed; {BASES[judged.basis]}"
    )
