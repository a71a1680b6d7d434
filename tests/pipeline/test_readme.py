"""The README's example of a sequencer runs as it stands there."""

import re
import shutil
from pathlib import Path

import weakstate
from tests.pipeline.test_produce import BLOCKS, FIXTURES

README = Path(__file__).parents[2] / "README.md"


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
