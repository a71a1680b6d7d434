"""`weakstate report`: its figures agree with each other, and its examples run."""

import csv
import html
import json
import re
import sys
from html.parser import HTMLParser

import pytest

from tests.cli.helpers import BLOCKS, GENESIS, run
from weakstate.cli.report import EPILOG

BLOCK = BLOCKS[-1]


def report(*args):
    return run("report", "--chain", GENESIS, "--no-timing", *args)


def test_parts_add_up(tmp_path):
    found = report(BLOCK, "-o", tmp_path, "--json")
    assert found.code == 0, found.err
    content = json.loads(found.out)
    assert content == json.loads((tmp_path / "report.json").read_text())
    assert (content["format"], content["version"]) == ("weakstate-report", 2)
    [block] = content["blocks"]
    schemes = [scheme["scheme"] for scheme in block["schemes"]]
    assert schemes == ["mpt", "verkle", "verkle-kzg", "binary-7864", "binary-8297"]
    for scheme in block["schemes"]:
        assert sum(scheme["parts"].values()) == pytest.approx(scheme["total"])
        assert scheme["without_code"] == pytest.approx(scheme["total"] - scheme["parts"]["code"])
        sizes = [point["total"] for point in scheme["growth"]]
        assert sizes[0] < sizes[-1]
    parts = list(csv.DictReader((tmp_path / "parts.csv").read_text().splitlines()))
    assert {row["scheme"] for row in parts} == set(schemes)
    assert "| verkle |" in (tmp_path / "report.md").read_text()
    assert len((tmp_path / "growth.csv").read_text().splitlines()) == 1 + 5 * 6


class Page(HTMLParser):
    """Tags of a page, and the addresses that it would ask for."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.asked = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.asked += [value for name, value in attrs if name in ("src", "href", "xlink:href")]


def test_the_page_asks_nobody(tmp_path):
    pytest.importorskip("matplotlib")
    assert report(BLOCK, "-o", tmp_path).code == 0
    text = (tmp_path / "report.html").read_text()
    page = Page(text)
    charts = sorted(path.stem for path in tmp_path.glob("*.svg"))
    assert charts == ["beside", "growth", "parts"]
    assert page.tags.count("svg") == len(charts)
    assert "script" not in page.tags
    assert all(address.startswith(("#", "data:")) for address in page.asked)
    assert not re.search(r"url\((?!#)|@import", text)
    for name in charts:
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        asked = Page((tmp_path / f"{name}.svg").read_text()).asked
        assert all(address.startswith("#") for address in asked)


def test_names_are_only_text(tmp_path):
    pytest.importorskip("matplotlib")
    name = '<script src="https://example.invalid">&'
    account = {"address": "0x" + "11" * 20}
    accesses = {"format": "weakstate-access-set", "version": 1, "name": name, "accounts": [account]}
    (tmp_path / "set.json").write_text(json.dumps(accesses))
    found = run("report", "--access-set", tmp_path / "set.json", "--no-timing", "-o", tmp_path)
    assert found.code == 0
    text = (tmp_path / "report.html").read_text()
    assert "script" not in Page(text).tags
    assert f"What {html.escape(name)} would take" in text


@pytest.mark.parametrize("blocks", [1, 3])
def test_a_page_of_nothing_touched(tmp_path, blocks):
    pytest.importorskip("matplotlib")
    accesses = {"format": "weakstate-access-set", "version": 1, "accounts": []}
    (tmp_path / "set.json").write_text(json.dumps(accesses))
    sets = ["--access-set", tmp_path / "set.json"] * blocks
    assert run("report", *sets, "--no-timing", "-o", tmp_path).code == 0
    assert Page((tmp_path / "report.html").read_text()).tags.count("svg") == 2


def test_without_charts(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("weakstate.cli.reporting.files.find_spec", lambda _: None)
    found = report(BLOCK, "-o", tmp_path)
    assert (found.code, "weakstate[report]" in found.err) == (0, True)
    assert (tmp_path / "report.json").exists()
    assert not (tmp_path / "report.html").exists()


def test_the_same_seed_says_the_same():
    first, again = (report(BLOCK, "--schemes", "binary-7864", "--json").out for _ in range(2))
    assert first == again
    assert first != report(BLOCK, "--schemes", "binary-7864", "--seed", 9, "--json").out


def test_bars():
    found = report(BLOCK, "--schemes", "mpt,verkle", "--state-size", 10**9)
    assert found.code == 0
    assert "really needed under mpt" in found.out
    assert "iii" in found.out


def test_what_cannot_be_modelled(tmp_path):
    assert report(BLOCK, "--schemes", "mpt,merkle").code == 2
    assert run("report").code == 2
    (tmp_path / "set.json").write_text("{}")
    assert run("report", "--access-set", tmp_path / "set.json").code == 2


def test_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blocks").mkdir()
    for name in ("block.json", "blocks/1.json"):
        (tmp_path / name).write_bytes(BLOCK.read_bytes())
    lines = [line.split("|")[0] for line in EPILOG.splitlines() if line.startswith("  weakstate")]
    assert len(lines) == 3
    for line in lines:
        _, _, *args = line.replace("block.json.gz", "block.json").split()
        assert run("report", "--chain", GENESIS, *args).code == 0, line
