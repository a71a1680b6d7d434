"""The page: an answer, a table over all blocks, charts, blocks one by one, the method."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import NamedTuple

from weakstate.sizes.figures import BlockFigures
from weakstate.sizes.page import tables
from weakstate.sizes.page.drawing import SCREEN_DARK
from weakstate.sizes.page.numbers import digits, millions, size
from weakstate.sizes.page.palette import Colour, dark_rules, part_colours
from weakstate.sizes.page.view import schemes_of
from weakstate.sizes.predict import SEEDS
from weakstate.sizes.report import METHOD, Report

# What a person reads; all of them are in the files beside the page.
BLOCKS_IN_FULL = 60
KEYS = (
    "A key is an account or a slot. Codes cached: for a verifier that has all codes of before the "
    "block; whole codes: every chunk of those that it looked at. GB a day and Mbit/s are of"
)


class Drawn(NamedTuple):
    """A chart as an element of the page."""

    title: str
    method: str
    svg: str


def page(report: Report, drawn: Sequence[Drawn], command: str) -> str:
    """The page; ``command`` is what made it."""
    return "".join(_page(report, drawn, command))


def _page(report: Report, drawn: Sequence[Drawn], command: str) -> Iterator[str]:
    blocks = report.blocks
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
    yield f"<title>{_title(blocks)}</title>\n<style>\n{_style(blocks)}</style>\n</head>\n<body>\n"
    yield from _header(blocks)
    yield "<main>\n"
    if blocks:
        yield from _overview(blocks)
        yield from _charts(drawn, command)
        yield from _blocks(report)
    yield from _method(command)
    yield "</main>\n</body>\n</html>\n"


def _title(blocks: Sequence[BlockFigures]) -> str:
    if not blocks:
        return "Nothing could be modelled"
    if len(blocks) > 1:
        return f"What {len(blocks):,} blocks would take over each tree"
    [block] = blocks
    name = f"block {block.access.number:,}" if block.recorded else escape(block.access.name)
    return f"What {name} would take over each tree"


def _header(blocks: Sequence[BlockFigures]) -> Iterator[str]:
    yield f'<header>\n<p class="kicker">Witness sizes</p>\n<h1>{_title(blocks)}</h1>\n'
    if blocks:
        yield f'<p class="answer">{tables.answer(blocks)}</p>\n'
        yield from _facts(blocks)
        yield '<nav aria-label="On this page">'
        links = {"schemes": "Trees", "charts": "Charts", "blocks": "Blocks", "method": "Method"}
        yield "".join(f'<a href="#{place}">{name}</a>' for place, name in links.items())
        yield "</nav>\n"
    yield "</header>\n"


def _facts(blocks: Sequence[BlockFigures]) -> Iterator[str]:
    access = [block.access for block in blocks]
    gas = sum(one.gas for one in access) / 1e6
    facts = {
        "transactions": f"{sum(one.transactions for one in access):,}",
        "Mgas": digits(gas),
        "accounts touched": f"{sum(len(one.accounts) for one in access):,}",
        "slots touched": f"{sum(one.slots for one in access):,}",
        "of code looked at": size(sum(one.code_bytes for one in access)),
        "accounts and slots in the state": millions(
            statistics.median(block.population.keys for block in blocks)
        ),
    }
    yield from _pairs(facts, "facts")


def _overview(blocks: Sequence[BlockFigures]) -> Iterator[str]:
    yield '<section id="schemes">\n<h2>Which tree, and what it costs</h2>\n'
    yield from tables.overview(blocks)
    yield f'<p class="note">{KEYS} '
    yield f"{'the mean witness' if len(blocks) > 1 else 'such a witness'} in every slot of 12 s."
    if len(blocks) == 1:
        yield " ± holds for 95 of 100 drawn states."
    yield f"</p>\n{tables.constant(blocks)}</section>\n"


def _charts(drawn: Sequence[Drawn], command: str) -> Iterator[str]:
    yield '<section id="charts">\n<h2>Charts</h2>\n<div class="grid">\n'
    for title, method, svg in drawn:
        yield f"<figure>\n<h3>{title}</h3>\n{svg}\n<figcaption>{method}\n"
        yield f'<code class="command" title="{escape(command)}">{escape(command)}</code>'
        yield "</figcaption>\n</figure>\n"
    yield "</div>\n</section>\n"


def _blocks(report: Report) -> Iterator[str]:
    """Each block in full; of very many, those with the largest witnesses."""
    shown = blocks = report.blocks
    yield '<section id="blocks">\n'
    if len(blocks) > BLOCKS_IN_FULL:
        largest = sorted(blocks, key=lambda block: -block.schemes[0].prediction.total)
        shown = tuple(largest[:BLOCKS_IN_FULL])
        yield f"<h2>The {BLOCKS_IN_FULL} largest blocks</h2>\n"
        yield f'<p class="note">All {len(blocks):,} are in the files beside this page.</p>\n'
    else:
        yield f"<h2>{'Block by block' if len(blocks) > 1 else 'The block'}</h2>\n"
    if len(blocks) > 1:
        yield from tables.of_blocks(shown)
    if report.spread:
        yield "<details><summary>Percentiles and correlation</summary>\n<div>\n"
        yield from tables.spread(report)
        yield "</div>\n</details>\n"
    for index, block in enumerate(shown):
        yield f"<details{' open' if len(blocks) == 1 else ''}><summary>{escape(block.access.name)}"
        yield f'</summary>\n<div id="block-{index + 1}">\n'
        yield from _block(block)
        yield "</div>\n</details>\n"
    yield "</section>\n"


def _block(block: BlockFigures) -> Iterator[str]:
    yield from _pairs(tables.of_real(block), "facts small")
    for title, rows in (
        ("By part", tables.of_block(block)),
        ("As the state grows", tables.growth(block)),
        ("In other forms, and over a link", tables.forms(block)),
        ("Time to make and to verify", tables.timings(block)),
    ):
        if table := "".join(rows):
            yield f"<h3>{title}</h3>\n{table}"


def _pairs(pairs: Mapping[str, str], kind: str) -> Iterator[str]:
    yield f'<dl class="{kind}">'
    yield "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs.items())
    yield "</dl>\n"


def _method(command: str) -> Iterator[str]:
    yield '<section id="method">\n<h2>Method</h2>\n'
    yield f"<p>{METHOD} Means are over {SEEDS} drawn states.</p>\n"
    yield "<p>The figures of every block are in report.json and in the CSV files beside this page, "
    yield "each chart as SVG and PNG. All of them were made by</p>\n"
    yield f"<pre><code>{escape(command)}</code></pre>\n</section>\n"


def _style(blocks: Sequence[BlockFigures]) -> str:
    """The style sheet, with the colours of these schemes and parts."""
    colours: dict[str, Colour] = {}
    if blocks:
        colours = {name: found.colour for name, found in schemes_of(blocks).items()}
        colours |= part_colours(
            part for block in blocks for scheme in block.schemes for part in scheme.prediction.parts
        )
    light = [f".{tables.slug(name)} {{ background: {c.light}; }}" for name, c in colours.items()]
    dark = [f".{tables.slug(name)} {{ background: {c.dark}; }}" for name, c in colours.items()]
    style = files("weakstate.sizes.page").joinpath("style.css").read_text(encoding="utf-8")
    turned = "\n".join([*dark, dark_rules("figure")])
    return "\n".join([style, *light, f"{SCREEN_DARK} {{\n{turned}\n}}\n"])
