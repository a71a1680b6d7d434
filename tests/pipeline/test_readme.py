"""The README's example of a sequencer runs as it stands there; its figures are the documents'."""

import re
import shutil
from pathlib import Path

import weakstate
from tests.pipeline.test_produce import BLOCKS, FIXTURES

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SCHEMES = 5


def test_the_example_of_a_sequencer(monkeypatch, tmp_path):
    [example] = re.findall(
        r"```python\n(from pathlib import Path\n\nimport weakstate\n\ngenesis = .*?)```",
        README.read_text(),
        re.S,
    )
    assert len([line for line in example.splitlines() if line.strip()]) <= 20
    shutil.copy(FIXTURES / "genesis.json", tmp_path)
    monkeypatch.chdir(tmp_path)
    names = {"blocks": [weakstate.read(path)[0].block for path in BLOCKS]}
    exec(compile(example, str(README), "exec"), names)
    last = weakstate.Block.from_rlp(names["blocks"][-1])
    assert names["replica"].root == last.header.state_root


def rows(path):
    """Cells of the lines of tables that begin with a recorded block's number."""
    lines = re.findall(r"^\| (\d{8} \|.*) \|$", path.read_text(), re.M)
    return [line.split(" | ") for line in lines]


def test_witness_sizes_are_those_of_their_page():
    documented = [
        [number, mgas, *(cell.split()[0] for cell in cells[:SCHEMES])]
        for number, mgas, _keys, *cells in rows(ROOT / "docs" / "witness-sizes.md")
        if "(" in cells[0]
    ]
    assert len(documented) == 7
    assert rows(README) == documented
