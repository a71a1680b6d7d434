"""A size report for a person at a terminal."""

from collections.abc import Iterator

from weakstate.cli.text import clean, size, styled
from weakstate.sizes.figures import BlockFigures, SchemeFigures
from weakstate.sizes.many.compose import Composed
from weakstate.sizes.many.spread import Spread
from weakstate.sizes.recorded import Recorded

BAR = 40  # columns
# One letter a part, in bars; the legend names those that are there.
LETTERS = {
    "inner nodes": "i",
    "stem nodes": "m",
    "siblings": "s",
    "keys": "k",
    "values": "v",
    "shape": "h",
    "proof": "p",
    "witness": "w",
    "code": "c",
}
COLOURS = {
    "i": "blue",
    "m": "cyan",
    "s": "blue",
    "v": "green",
    "c": "yellow",
    "p": "magenta",
    "w": "blue",
}
MIDDLE = 50


def block_lines(block: BlockFigures) -> Iterator[str]:
    """One block: a bar a scheme, and what the real block takes."""
    access, state = block.access, block.population
    yield styled(clean(access.name), bold=True) + (
        f"  block {access.number}, {access.transactions} txs, {access.gas / 1e6:.2f} Mgas, "
        f"{len(access.accounts)} accounts, {access.slots} slots, {size(access.code_bytes)} of code"
    )
    millions = [f"{count / 1e6:,.1f} M" for count in (state.accounts, state.slots)]
    yield f"  in a state of {millions[0]} accounts, {millions[1]} slots"
    longest = max(scheme.prediction.total for scheme in block.schemes) or 1
    for scheme in block.schemes:
        yield _scheme_line(scheme, access.gas, BAR / longest)
    there = {part for scheme in block.schemes for part in scheme.prediction.parts}
    yield "  " + ", ".join(f"{LETTERS[part]} {part}" for part in LETTERS if part in there)
    yield from _timings(block)
    if access.measured is not None:
        yield f"  really needed under mpt: {size(sum(access.measured))}"
    if block.recorded is not None:
        yield from _recorded(block.recorded)
    yield ""


def spread_lines(spread: tuple[Spread, ...]) -> Iterator[str]:
    """How sizes are spread over all blocks."""
    if not spread:
        return
    yield styled(f"{spread[0].blocks} blocks", bold=True) + "  least, median, most; correlation"
    for found in spread:
        median = dict(found.percentiles)[MIDDLE]
        sizes = (f"{size(round(total)):>10}" for total in (found.least, median, found.most))
        related = (
            f"{other.replace('_', ' ')} {value:+.2f}"
            for other, value in found.correlation.items()
            if value is not None
        )
        yield f"  {found.scheme:<12} {' '.join(sizes)}  {', '.join(related)}"
    worst = spread[0].worst[0]
    yield f"  largest under {spread[0].scheme}: {clean(worst.name)}"
    yield ""


def composed_lines(composed: tuple[Composed, ...]) -> Iterator[str]:
    """How sizes grow with the block."""
    if not composed:
        return
    gas = (f"{point.gas / 1e6:>5,.0f} Mgas" for point in composed[0].points)
    yield styled(f"{'composed blocks':<14}", bold=True) + f"{' '.join(gas)}"
    for scheme in composed:
        sizes = (f"{size(round(point.total)):>10}" for point in scheme.points)
        yield f"  {scheme.scheme:<12} {' '.join(sizes)}"
    yield ""


def _scheme_line(scheme: SchemeFigures, gas: int, scale: float) -> str:
    found = scheme.prediction
    margin = f"± {found.margin / found.total:4.1%}" if found.margin and found.total else ""
    rate = f"{found.total / gas * 1e3:8.1f} kB/Mgas" if gas else ""
    return (
        f"  {clean(found.scheme):<12} {size(round(found.total)):>10} {margin:<7} {rate}  "
        f"{_bar(found.parts, scale)}"
    )


def _timings(block: BlockFigures) -> Iterator[str]:
    timed = [(scheme, scheme.timing) for scheme in block.schemes if scheme.timing is not None]
    if not timed:
        return
    yield "  real proofs over a small state, made and verified on this machine:"
    for scheme, timing in timed:
        yield (
            f"  {clean(scheme.prediction.scheme):<12} {size(timing.bytes):>10}  "
            f"{timing.make_ms:8.1f} ms {timing.verify_ms:8.1f} ms"
        )


def _recorded(recorded: Recorded) -> Iterator[str]:
    if (nodes := recorded.nodes) is not None:
        yield (
            f"  recorded nodes: {size(nodes.list)}, nested {size(nodes.nested)}, "
            f"nested and zstd {size(nodes.nested_zstd)}"
        )
    beside = (
        ("block", recorded.block),
        ("delta", recorded.delta),
        ("access list", recorded.access_list),
    )
    known = (f"{name} {size(bytes_)}" for name, bytes_ in beside if bytes_ is not None)
    yield f"  beside it: {', '.join(known)}"


def _bar(parts: dict[str, float], scale: float) -> str:
    """Parts side by side; each ends where the sum so far does, so that none is lost to rounding."""
    bar, total, drawn = "", 0.0, 0
    for part, letter in LETTERS.items():
        total += parts.get(part, 0.0)
        columns = round(total * scale) - drawn
        drawn += columns
        bar += styled(letter * columns, fg=COLOURS.get(letter))
    return bar
