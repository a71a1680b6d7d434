"""The files that `weakstate report -o` writes."""

import json
from importlib.util import find_spec
from pathlib import Path

from weakstate.cli.output import CannotWrite
from weakstate.cli.text import say
from weakstate.sizes.markdown import markdown
from weakstate.sizes.report import Report
from weakstate.sizes.tables import tables


def write_report(folder: Path, report: Report, command_line: str) -> None:
    """Write JSON, Markdown, CSV and, where matplotlib is, a page with charts.

    Raises: CannotWrite.
    """
    try:
        _write(folder, report, command_line)
    except OSError as error:
        raise CannotWrite(error.filename or str(folder), error.strerror) from None


def _write(folder: Path, report: Report, command_line: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("report.json", json.dumps(report.to_dict(), indent=1) + "\n"),
        ("report.md", markdown(report)),
        *tables(report),
    ):
        folder.joinpath(name).write_text(text, encoding="utf-8")
    if find_spec("matplotlib") is None:
        say("no page and no charts: pip install 'weakstate[report]'", stderr=True)
        return
    from weakstate.sizes.page import write

    write(folder, report, command_line)
