"""`weakstate rebuild`: a state under another commitment, and what leads on from it."""

import pytest

from fixtures.make import PENDING
from tests.cli.helpers import run, stands

SAME = ("number", "timestamp", "accounts", "slots")


def rebuild(*args):
    return run("rebuild", *args)


@pytest.mark.parametrize("scheme", ["verkle", "binary-7864", "binary-geth", "binary-8297"])
def test_a_state_is_rebuilt_and_goes_on(state, tmp_path, scheme):
    new = tmp_path / "new"
    ran = rebuild(state, new, "--scheme", scheme)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"made  {new}, ")
    before, after = stands(state), stands(new)
    assert [after[field] for field in SAME] == [before[field] for field in SAME]
    assert after["chain"] == before["chain"] | {"scheme": scheme}
    assert after["state_root"] != before["state_root"]
    assert run("state", "check", new).code == 0
    assert run("build", new, PENDING, "-o", tmp_path / "out").code == 0
    assert stands(new)["number"] > before["number"]


def test_a_rebuilt_state_is_exported_and_imported(state, tmp_path):
    """Slots that blocks set to zero are among what is exported: they stay in the tree."""
    new, dump, again = tmp_path / "new", tmp_path / "dump", tmp_path / "again"
    assert rebuild(state, new, "--scheme", "verkle").code == 0
    out = tmp_path / "out"
    assert run("build", new, PENDING, "-o", out).code == 0
    assert run("export", new, "-o", dump).code == 0
    chain = tmp_path / "chain.json"
    chain.write_text(verkle_rules())
    head = max(out.iterdir(), key=lambda path: int(path.stem))
    ran = run("import", again, dump, "--header", head, "--chain", chain)
    assert (ran.code, ran.err) == (0, "")
    assert stands(again)["state_root"] == stands(new)["state_root"]
    assert run("state", "check", again).code == 0


def verkle_rules():
    import json

    from tests.cli.helpers import GENESIS

    file = json.loads(GENESIS.read_text())
    del file["alloc"]
    file["config"]["weakstate"] = {"scheme": "verkle"}
    return json.dumps(file)


def test_what_cannot_be_rebuilt_is_said(state, tmp_path):
    new = tmp_path / "new"
    [found] = rebuild(
        state, new, "--scheme", "verkle", "--embedding", "five-leaf", "--json"
    ).objects
    assert found["state_root"] == stands(new)["state_root"]
    ran = rebuild(state, new, "--scheme", "verkle")
    assert ran.code == 6
    assert "store_exists" in ran.out
    ran = rebuild(new, tmp_path / "other", "--scheme", "verkle")
    assert ran.code == 2
    assert "Merkle Patricia" in ran.out
    assert rebuild(tmp_path / "none", new, "--scheme", "verkle").code == 6


@pytest.mark.parametrize(
    "args", [[], ["--scheme", "mpt"], ["--scheme", "verkle", "--embedding", "x"]]
)
def test_wrong_usage(state, tmp_path, args):
    assert rebuild(state, tmp_path / "new", *args).code == 2
    assert not (tmp_path / "new").exists()
