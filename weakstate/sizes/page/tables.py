"""The page's tables: all schemes over all blocks, all blocks, and one block in full."""

import re
import statistics
from collections.abc import Iterator
from html import escape

from weakstate.sizes.figures import BlockFigures, per
from weakstate.sizes.forms import LINKS, SECONDS_A_SLOT, SLOTS_A_DAY
from weakstate.sizes.page.numbers import GIGA, digits, kilobytes, millions, size
from weakstate.sizes.page.palette import part_colours
from weakstate.sizes.page.view import Blocks, of_scheme, power, schemes_of
from weakstate.sizes.report import Report

BASELINE = "mpt"
NONE = "-"
TAIL = "</tbody></table></div>\n"


def overview(blocks: Blocks) -> Iterator[str]:
    """A row a scheme: of the one block, or of all of them together."""
    several = len(blocks) > 1
    what = "median witness" if several else "witness"
    yield _head(
        "Tree",
        f"{what}, kB",
        "largest, kB" if several else "±, kB",
        "of Merkle Patricia",
        "codes cached, kB",
        "whole codes, kB",
        "kB a Mgas",
        "B a key",
        "GB a day",
        "Mbit/s",
    )
    looks = schemes_of(blocks)
    longest = max(_median(blocks, name) for name in looks)
    base = _median(blocks, BASELINE) if BASELINE in looks else None
    for name, found in looks.items():
        schemes = of_scheme(blocks, name)
        totals = [scheme.prediction.total for scheme in schemes]
        median = statistics.median(totals)
        fill = f'<i class="{slug(name)}" style="width:{_share(median, longest)}"></i>'
        margin = max(totals) if several else schemes[0].prediction.margin
        access = [block.access for block in blocks]
        yield _row(
            f'{escape(found.label)}<span class="bar">{fill}</span>',
            f"<strong>{kilobytes(median)}</strong>",
            _kilobytes(margin),
            NONE if not base else f"{median / base:.0%}",
            kilobytes(statistics.median(scheme.with_code_cache for scheme in schemes)),
            kilobytes(statistics.median(scheme.whole_code for scheme in schemes)),
            _kilobytes(per(sum(totals), sum(one.gas for one in access) / 1e6)),
            _plain(per(sum(totals), sum(one.keys for one in access))),
            digits(statistics.fmean(totals) * SLOTS_A_DAY / GIGA),
            digits(statistics.fmean(totals) * 8 / 1e6 / SECONDS_A_SLOT),
        )
    yield TAIL


def constant(blocks: Blocks) -> str:
    """What of a witness is of fixed size, where anything is."""
    proofs = {
        found.label: max(scheme.constant for scheme in of_scheme(blocks, name))
        for name, found in schemes_of(blocks).items()
    }
    known = [f"{bytes_:.0f} B ({escape(name)})" for name, bytes_ in proofs.items() if bytes_]
    if not known:
        return ""
    return (
        f'<p class="note">Of fixed size is a proof alone: {" or ".join(known)}. Commitments, keys, '
        "values and code grow with what a block touches.</p>\n"
    )


def of_blocks(blocks: Blocks) -> Iterator[str]:
    """A row a block."""
    looks = schemes_of(blocks)
    names = [f"{escape(found.label)}, kB" for found in looks.values()]
    yield _head("Block", "Mgas", "transactions", "keys", *names)
    for index, block in enumerate(blocks):
        access = block.access
        yield _row(
            f'<a href="#block-{index + 1}">{escape(access.name)}</a>',
            digits(access.gas / 1e6),
            f"{access.transactions:,}",
            f"{access.keys:,}",
            *(kilobytes(scheme.prediction.total) for scheme in block.schemes),
        )
    yield TAIL


def of_block(block: BlockFigures) -> Iterator[str]:
    """Parts of each witness, as bars and as numbers."""
    looks = schemes_of([block])
    colours = part_colours(
        part
        for scheme in block.schemes
        for part, bytes_ in scheme.prediction.parts.items()
        if bytes_
    )
    yield '<p class="key">'
    yield "".join(f'<span><i class="{slug(part)}"></i>{escape(part)}</span>' for part in colours)
    yield "</p>\n"
    longest = max(scheme.prediction.total for scheme in block.schemes)
    yield _head("kB", "all", "±", *colours)
    for scheme in block.schemes:
        found = scheme.prediction
        bar = "".join(
            f'<i class="{slug(part)}" style="width:{_share(bytes_, longest)}"></i>'
            for part in colours
            if (bytes_ := found.parts.get(part, 0.0))
        )
        yield _row(
            f'{escape(looks[found.scheme].label)}<span class="bar">{bar}</span>',
            f"<strong>{kilobytes(found.total)}</strong>",
            _kilobytes(found.margin),
            *(_kilobytes(found.parts.get(part) or None) for part in colours),
        )
    yield TAIL


def growth(block: BlockFigures) -> Iterator[str]:
    """What the block takes in states of other sizes."""
    looks = schemes_of([block])
    sizes = [state for state, _ in block.schemes[0].growth]
    yield _head("kB in a state of", *map(power, sizes))
    for scheme in block.schemes:
        totals = (kilobytes(total) for _, total in scheme.growth)
        yield _row(escape(looks[scheme.prediction.scheme].label), *totals)
    yield TAIL


def forms(block: BlockFigures) -> Iterator[str]:
    """The same witness in other forms, and what it takes of a link."""
    looks = schemes_of([block])
    yield _head(
        "kB",
        "one after the other",
        "with zstd",
        "structural",
        "structural, zstd",
        "constant, B",
        *(f"of {mbit} Mbit/s" for mbit in LINKS),
        f"Mgas/s over {LINKS[1]} Mbit/s",
    )
    for scheme in block.schemes:
        links = scheme.links(block.access)
        rate = links[1].mgas_per_second
        yield _row(
            escape(looks[scheme.prediction.scheme].label),
            *map(_kilobytes, scheme.forms),
            _plain(scheme.constant),
            *(f"{100 * link.share:.3g}%" for link in links),
            NONE if rate is None else digits(rate),
        )
    yield TAIL


def timings(block: BlockFigures) -> Iterator[str]:
    """How long real proofs took; nothing where none were made."""
    looks = schemes_of([block])
    if not any(scheme.timing for scheme in block.schemes):
        return
    yield _head("Real proofs", "make, ms", "verify, ms", "kB", "keys", "keys of the state")
    for scheme in block.schemes:
        if time := scheme.timing:
            yield _row(
                escape(looks[scheme.prediction.scheme].label),
                digits(time.make_ms),
                digits(time.verify_ms),
                kilobytes(time.bytes),
                f"{time.keys:,}",
                f"{time.state_keys:,}",
            )
    yield TAIL


def spread(report: Report) -> Iterator[str]:
    """How totals are spread over the blocks, and what they go with."""
    looks = schemes_of(report.blocks)
    first = report.spread[0]
    others = [f"with {name.replace('_', ' ')}" for name in first.correlation]
    percents = [f"{at}% below" for at, _ in first.percentiles]
    yield _head("kB; correlation", "least", *percents, "most", "mean", *others)
    for found in report.spread:
        yield _row(
            escape(looks[found.scheme].label),
            kilobytes(found.least),
            *(kilobytes(total) for _, total in found.percentiles),
            kilobytes(found.most),
            kilobytes(found.mean),
            *(NONE if r is None else f"{r:+.2f}" for r in found.correlation.values()),
        )
    yield TAIL


def of_real(block: BlockFigures) -> dict[str, str]:
    """What the block is, what it really takes, and the state that it is put into."""
    access, state, recorded = block.access, block.population, block.recorded
    found = {
        "block": f"{access.number:,}",
        "transactions": f"{access.transactions:,}",
        "Mgas": digits(access.gas / 1e6),
        "accounts touched": f"{len(access.accounts):,}",
        "slots touched": f"{access.slots:,}",
        "code looked at": size(access.code_bytes),
        "accounts of the state": millions(state.accounts),
        "slots of the state": millions(state.slots),
    }
    sizes = {
        "Merkle Patricia, really needed": access.measured and sum(access.measured),
        "nodes as recorded": recorded and recorded.nodes and recorded.nodes.list,
        "the block itself": recorded and recorded.block,
        "ancestors' headers": recorded and recorded.headers,
        "delta": recorded and recorded.delta,
        "delta, zstd": recorded and recorded.delta_zstd,
        "access list": recorded and recorded.access_list,
        "access list, zstd": recorded and recorded.access_list_zstd,
    }
    return found | {name: size(bytes_) for name, bytes_ in sizes.items() if bytes_}


def answer(blocks: Blocks) -> str:
    """The report in a sentence: the smallest witness beside today's."""
    looks = schemes_of(blocks)
    medians = {name: _median(blocks, name) for name in looks}
    least = min(medians, key=lambda name: medians[name])
    subject = "The median witness of these blocks" if len(blocks) > 1 else "Its witness"
    smallest = f"<strong>{size(medians[least])} over {escape(looks[least].label)}</strong>"
    if BASELINE not in medians or not medians[least] or least == BASELINE:
        return f"{subject} takes {smallest}."
    times = medians[BASELINE] / medians[least]
    return (
        f"{subject} takes <strong>{size(medians[BASELINE])} over Merkle Patricia</strong> and "
        f"{smallest}, {digits(times) if times < 10 else f'{times:.0f}'} times less."
    )


def _median(blocks: Blocks, name: str) -> float:
    return statistics.median(scheme.prediction.total for scheme in of_scheme(blocks, name))


def _share(bytes_: float, longest: float) -> str:
    """How wide a bar is."""
    return f"{bytes_ / longest:.2%}" if longest else "0"


def _kilobytes(count: float | None) -> str:
    return NONE if count is None else kilobytes(count)


def _plain(number: float | None) -> str:
    return NONE if number is None else f"{number:,.0f}"


def _head(*names: str) -> str:
    cells = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{cells}</tr></thead><tbody>\n'


def _row(name: str, *cells: str) -> str:
    rest = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{name}</th>{rest}</tr>\n'


def slug(name: str) -> str:
    """A name as a class of its own, whatever it was."""
    return "c-" + re.sub(r"[^a-z0-9]+", "-", name.lower())
