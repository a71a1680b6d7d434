"""Writes the page and each of its charts."""

from pathlib import Path

from weakstate.sizes.page.charts import charts
from weakstate.sizes.page.drawing import embedded, standalone, to_png, to_svg
from weakstate.sizes.page.html import Drawn, page
from weakstate.sizes.report import Report


def write(folder: Path, report: Report, command: str) -> None:
    """`report.html`, and SVG and PNG of each chart; ``command`` is what made them."""
    drawn = []
    for chart, figure in charts(report):
        svg = to_svg(figure, chart.name)
        figure.set_layout_engine("none")  # it stays as it was laid out
        folder.joinpath(f"{chart.name}.svg").write_text(standalone(svg), encoding="utf-8")
        folder.joinpath(f"{chart.name}.png").write_bytes(to_png(figure))
        drawn.append(Drawn(chart.title, chart.method, embedded(svg, chart.title)))
    text = page(report, drawn, command)
    folder.joinpath("report.html").write_text(text, encoding="utf-8")
