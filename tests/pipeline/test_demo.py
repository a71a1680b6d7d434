"""The demo runs, and fails where something that it expects does not happen."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = (ROOT / "docs" / "demo.sh").read_text()


def run_demo(tmp_path, text):
    """The demo's exit code and what it printed, with this `weakstate` first on the path."""
    command = tmp_path / "weakstate"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m weakstate "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run(
        ["bash", "-c", text],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout


def test_the_demo_shows_what_it_promises(tmp_path):
    code, out = run_demo(tmp_path, DEMO)
    assert code == 0
    roots = dict(map(reversed, re.findall(r"^(0x[0-9a-f]{64})  (\w+)$", out, re.M)))
    assert list(roots) == ["sequencer", "verifier", "replica"]
    assert len(set(roots.values())) == 1
    assert "account_not_witnessed" in out
    assert "exit code 3, as it must be" in out
    assert "delta_wrong_post_state" in out
    assert "exit code 4, as it must be" in out
    [page] = re.findall(r"^The whole report, with charts: (.*)$", out, re.M)
    assert "<h1>What 8 blocks would take over each tree</h1>" in Path(page).read_text()


@pytest.mark.parametrize("place", ["5.witness 600", "5.delta 519"])
def test_it_fails_where_nothing_is_refused(tmp_path, place):
    assert f"expect 0 tamper {place}\n" in DEMO
    code, out = run_demo(tmp_path, DEMO.replace(f"expect 0 tamper {place}\n", ""))
    assert code == 1
    assert out.splitlines()[-1].endswith("the demo fails")
