"""A size report as Markdown: tables for a page or a paper."""

from collections.abc import Iterable, Iterator

from weakstate.sizes.figures import BlockFigures, SchemeFigures, per
from weakstate.sizes.forms import LINKS, SLOTS_A_DAY
from weakstate.sizes.report import METHOD, Report

SIZES = (
    "scheme",
    "total",
    "±",
    "code",
    "without code",
    "code cached",
    "whole code",
    "a Mgas",
    "B a key",
    "MB a day",
)
FORMS = ("scheme", "raw", "zstd", "structural", "structural, zstd", "constant")


def markdown(report: Report) -> str:
    """All tables."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    yield f"# Witness sizes\n\n{METHOD}\n"
    yield "Totals in kB of 1,000 bytes, means over the seeds; ± holds for 95 of 100 such states."
    if report.spread:
        yield from _spread(report)
    if report.composed:
        yield from _composed(report)
    for block in report.blocks:
        yield from _block(block)


def _block(block: BlockFigures) -> Iterator[str]:
    access = block.access
    yield f"\n## {_plain(access.name)}\n"
    yield (
        f"Block {access.number}: {access.transactions} transactions, "
        f"{access.gas / 1e6:.2f} Mgas, {len(access.accounts)} accounts and "
        f"{access.slots} slots touched; a state of "
        f"{block.population.accounts:,} accounts and {block.population.slots:,} slots.\n"
    )
    yield from _table(SIZES, (_sizes(block, scheme) for scheme in block.schemes))
    yield "\nIn other forms:\n"
    yield from _table(FORMS, (_forms(scheme) for scheme in block.schemes))
    yield "\nShare of a link that a block every 12 seconds takes, and Mgas a second over it:\n"
    head = ("scheme", *(f"{mbit} Mbit/s" for mbit in LINKS), *(f"Mgas/s over {m}" for m in LINKS))
    yield from _table(head, (_links(block, scheme) for scheme in block.schemes))
    if any(scheme.timing for scheme in block.schemes):
        yield "\nReal proofs of what is touched, over a small state, on this machine:\n"
        head = ("scheme", "make, ms", "verify, ms", "kB", "keys", "keys of the state")
        yield from _table(head, map(_timing, block.schemes))
    yield from _recorded(block)


def _recorded(block: BlockFigures) -> Iterator[str]:
    measured, recorded = block.access.measured, block.recorded
    if measured is not None:
        needed = sum(measured) / 1e3
        yield f"\nReally needed of the block's Merkle Patricia witness: {needed:.1f} kB."
    if recorded is None:
        return
    sizes = (
        ("block", recorded.block),
        ("ancestor headers", recorded.headers),
        ("delta", recorded.delta),
        ("delta, zstd", recorded.delta_zstd),
        ("access list", recorded.access_list),
        ("access list, zstd", recorded.access_list_zstd),
    )
    known = (f"{name} {size / 1e3:.1f}" for name, size in sizes if size is not None)
    yield f"\nBeside it, in kB: {', '.join(known)}."


def _spread(report: Report) -> Iterator[str]:
    percents = [at for at, _ in report.spread[0].percentiles]
    others = list(report.spread[0].correlation)
    yield f"\n## {report.spread[0].blocks} blocks\n"
    yield from _table(
        ("scheme", "least", *(f"{at} %" for at in percents), "most", "mean", "largest block"),
        (
            (
                spread.scheme,
                _kb(spread.least),
                *(_kb(total) for _, total in spread.percentiles),
                _kb(spread.most),
                _kb(spread.mean),
                _plain(spread.worst[0].name),
            )
            for spread in report.spread
        ),
    )
    yield "\nCorrelation of bytes with what a block has:\n"
    yield from _table(
        ("scheme", *(other.replace("_", " ") for other in others)),
        (
            (spread.scheme, *(_number(spread.correlation[other], ".2f") for other in others))
            for spread in report.spread
        ),
    )


def _composed(report: Report) -> Iterator[str]:
    yield "\n## Composed blocks\n"
    yield (
        "Blocks given, united, what two or more of them touch counted once; taken again and again "
        "with all else replaced, until they have so much gas.\n"
    )
    first = report.composed[0].points
    yield from _table(
        ("scheme", *(f"{point.gas / 1e6:.0f} Mgas" for point in first)),
        (
            (scheme.scheme, *(_kb(point.total) for point in scheme.points))
            for scheme in report.composed
        ),
    )


def _sizes(block: BlockFigures, scheme: SchemeFigures) -> tuple[str, ...]:
    found = scheme.prediction
    code = found.parts["code"]
    mgas = per(found.total, block.access.gas / 1e6)
    sizes = (
        found.total,
        found.margin,
        code,
        found.total - code,
        scheme.with_code_cache,
        scheme.whole_code,
        mgas,
    )
    key = per(found.total, block.access.keys)
    a_day = found.total * SLOTS_A_DAY / 1e6
    return (found.scheme, *map(_kb, sizes), _number(key, ".0f"), f"{a_day:,.0f}")


def _forms(scheme: SchemeFigures) -> tuple[str, ...]:
    constant = f"{scheme.constant:.0f} B"
    return (scheme.prediction.scheme, *map(_kb, scheme.forms), constant)


def _links(block: BlockFigures, scheme: SchemeFigures) -> tuple[str, ...]:
    links = scheme.links(block.access)
    shares = (f"{100 * link.share:.1f} %" for link in links)
    rates = (_number(link.mgas_per_second, ",.2f") for link in links)
    return (scheme.prediction.scheme, *shares, *rates)


def _timing(scheme: SchemeFigures) -> tuple[str, ...]:
    timing = scheme.timing
    name = scheme.prediction.scheme
    if timing is None:
        return (name, *"-----")
    return (
        name,
        f"{timing.make_ms:.1f}",
        f"{timing.verify_ms:.1f}",
        _kb(timing.bytes),
        str(timing.keys),
        str(timing.state_keys),
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _line(head)
    yield _line(("---", *["---:"] * (len(head) - 1)))
    yield from map(_line, rows)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _kb(size: float | None) -> str:
    return "-" if size is None else f"{size / 1e3:.1f}"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _plain(name: str) -> str:
    """A foreign name without what Markdown or a terminal would make something of."""
    return "".join(letter if letter.isalnum() or letter in " .-_/" else "?" for letter in name)
