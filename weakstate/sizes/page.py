"""A size report as one HTML page that asks nobody for anything."""

from collections.abc import Iterator, Sequence
from html import escape

from weakstate.sizes.charts import growth_chart, parts_chart, to_svg
from weakstate.sizes.figures import BlockFigures, per
from weakstate.sizes.report import METHOD

STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #222; background: #fff; }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #16181c; } }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
figure { margin: 1.5rem 0; } figure svg { width: 100%; height: auto; }
figure svg text { fill: currentColor !important; }
figcaption { font-size: .85rem; opacity: .8; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line); }
td:first-child, th:first-child { text-align: left; }
code { font-size: .85rem; overflow-wrap: anywhere; }
@media print { body { color: #000; background: #fff; max-width: none; }
  h2, figure, table { break-inside: avoid; } }
"""
HEAD = ("scheme", "kB", "±", "without code", "whole code", "kB a Mgas", "B a key", "MB a day")


def page(blocks: Sequence[BlockFigures], command: str) -> str:
    """The page; ``command`` is what made it."""
    return "".join(_page(blocks, command))


def _page(blocks: Sequence[BlockFigures], command: str) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<link rel="icon" href="data:,">\n'
    yield f"<title>Witness sizes</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    yield f"<h1>Witness sizes</h1>\n<p>{METHOD}</p>\n"
    yield f"<p>Made by <code>{escape(command)}</code>.</p>\n"
    for index, block in enumerate(blocks):
        yield from _block(block, str(index))
    yield "</body>\n</html>\n"


def _block(block: BlockFigures, salt: str) -> Iterator[str]:
    access = block.access
    yield f"<h2>{escape(access.name)}</h2>\n<p>Block {access.number}: {access.transactions} "
    yield f"transactions, {access.gas / 1e6:.2f} Mgas; {len(access.accounts)} accounts and "
    yield f"{access.slots} slots touched, {access.code_bytes / 1e3:.1f} kB of code looked at.</p>\n"
    yield _figure(
        to_svg(parts_chart(block), f"parts-{salt}"),
        f"Bytes by part, in a state of {block.population.accounts:,} accounts and "
        f"{block.population.slots:,} slots.",
    )
    yield '<div class="wide"><table>\n<tr>'
    yield "".join(f"<th>{name}</th>" for name in HEAD) + "</tr>\n"
    for row in _rows(block):
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n"
    yield "</table></div>\n"
    if access.measured is not None:
        needed = sum(access.measured) / 1e3
        yield f"<p>Really needed of its Merkle Patricia witness: {needed:,.1f} kB.</p>\n"
    yield _figure(
        to_svg(growth_chart(block), f"growth-{salt}"),
        "As the state grows in mainnet's proportions. A Verkle proof is always 576 bytes (128 with "
        "KZG commitments); commitments, keys and values are what grows.",
    )


def _rows(block: BlockFigures) -> Iterator[list[str]]:
    for scheme in block.schemes:
        found = scheme.to_dict(block.access)
        mgas = per(found["total"] / 1e3, block.access.gas / 1e6)
        numbers = (
            found["total"] / 1e3,
            None if found["margin_95"] is None else found["margin_95"] / 1e3,
            found["without_code"] / 1e3,
            found["whole_code"] / 1e3,
            mgas,
            found["per_key"],
            found["per_day"] / 1e6,
        )
        cells = ["-" if number is None else f"{number:,.1f}" for number in numbers]
        yield [found["scheme"], *cells]


def _figure(drawing: str, caption: str) -> str:
    return f"<figure>\n{drawing}\n<figcaption>{caption}</figcaption>\n</figure>\n"
