"""The report's page in a real browser: drawn in full, silent, and asking nobody for anything."""

import json
import struct

import pytest

pytest.importorskip("matplotlib")

from tests.browser.chromium import DESK, PHONE, PROGRAM, chromium
from tests.cli.helpers import BLOCKS, GENESIS, run

if PROGRAM is None:
    pytest.skip("needs Chromium: apt-get install chromium", allow_module_level=True)

CHARTS = ("parts", "growth", "composed", "beside", "timing", "spread", "gas", "constant")
# Contrast of text against the ground below it, as WCAG 2 has it; 4.5 is what its level AA wants.
CONTRAST = """
(() => {
  const channel = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const found = numbers(getComputedStyle(node).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const contrast = node => {
    const style = getComputedStyle(node);
    const text = light(numbers(node instanceof SVGElement ? style.fill : style.color));
    const below = light(ground(node));
    return (Math.max(text, below) + .05) / (Math.min(text, below) + .05);
  };
  const all = [...document.querySelectorAll('body :not(style)')].filter(
    node => [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()));
  return JSON.stringify(all.map(node => [contrast(node), node.textContent]));
})()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    ran = run("report", "--chain", GENESIS, *BLOCKS, "-o", folder)
    assert ran.code == 0
    return folder


@pytest.fixture
def page(browser, report):
    """The page at a width and in a scheme, and then all that it asked for and complained of."""

    def open_(width=DESK, scheme="light", name="report.html"):
        browser.open(report / name, width=width, scheme=scheme)
        return browser

    yield open_
    asked = [event["request"]["url"] for event in browser.said("Network.requestWillBeSent")]
    assert asked, "the page itself is asked for"
    assert all(url.startswith((report.as_uri(), "data:")) for url in asked), asked
    complaints = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
    assert browser.said(*complaints) == []


def test_the_watch_can_fail(browser, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text('<img src="https://example.invalid/a.png"><script>console.error("no")</script>')
    browser.open(bad)
    asked = [event["request"]["url"] for event in browser.said("Network.requestWillBeSent")]
    assert "https://example.invalid/a.png" in asked
    assert browser.said("Runtime.consoleAPICalled")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_charts_are_there_and_nothing_sticks_out(page, width, scheme):
    shown = page(width, scheme)
    boxes = json.loads(
        shown.value(
            "JSON.stringify([...document.querySelectorAll('figure > svg')].map(svg => {"
            "const { left, right, width, height } = svg.getBoundingClientRect();"
            "return [left, right, width, height, svg.getAttribute('aria-label')] }))"
        )
    )
    assert len(boxes) == len(CHARTS)
    for left, right, across, down, meaning in boxes:
        assert left >= 0
        assert right <= width
        assert across > 300
        assert down > 100
        assert meaning
    assert shown.value("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(page, scheme):
    shown = page(scheme=scheme)
    shown.value("document.querySelectorAll('details').forEach(node => node.open = true)")
    found = json.loads(shown.value(CONTRAST))
    assert len(found) > 100
    assert [text for contrast, text in found if contrast < 4.5] == []


def test_text_of_charts_can_be_read_on_a_phone(page):
    shown = page(PHONE)
    heights = json.loads(
        shown.value(
            "JSON.stringify([...document.querySelectorAll('figure svg text')].map("
            "text => text.getBoundingClientRect().height))"
        )
    )
    assert len(heights) > 50
    assert min(heights) > 9


def test_a_link_opens_its_block(page):
    shown = page()
    seen = "document.querySelector('#block-2').checkVisibility()"
    assert not shown.value(seen)
    shown.value("document.querySelector('a[href=\"#block-2\"]').click()")
    assert shown.value(f"new Promise(done => setTimeout(() => done({seen}), 100))")


def test_it_prints_folded_tables_too_and_on_white(page):
    shown = page(scheme="dark")
    assert shown.pdf().startswith(b"%PDF")
    assert shown.value("document.querySelector('#block-1').checkVisibility()")
    assert shown.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(("scheme", "light"), [("light", True), ("dark", False)])
@pytest.mark.parametrize("name", CHARTS)
def test_each_chart_is_a_file_on_a_ground_of_its_own(page, report, name, scheme, light):
    shown = page(scheme=scheme, name=f"{name}.svg")
    ground = shown.value("getComputedStyle(document.querySelector('rect')).fill")
    ink = shown.value("getComputedStyle(document.querySelector('text')).fill")
    bright = [sum(map(int, colour[4:-1].split(","))) > 3 * 128 for colour in (ground, ink)]
    assert bright == [light, not light]
    width, height = struct.unpack(">II", report.joinpath(f"{name}.png").read_bytes()[16:24])
    assert min(width, height) > 300
