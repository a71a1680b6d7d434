"""`weakstate report` over several blocks: processes, resumption, times, trees of one's own."""

import json
import sys

import pytest

from tests.cli.helpers import BLOCKS, GENESIS, run
from weakstate import Chain, State, read

BLOCK = BLOCKS[-1]
SCHEMES = ("mpt", "verkle", "verkle-kzg", "binary-7864", "binary-8297")

TREE = '''
class Flat:
    """Proves each key by as many hashes as a balanced tree has levels."""

    def __init__(self):
        self.leaves = {}

    def update(self, changes):
        self.leaves |= dict(changes)
        return bytes(32)

    def get_many(self, keys):
        return [self.leaves.get(key) for key in keys]

    def prove(self, keys):
        levels = len(self.leaves).bit_length()
        return [bytes(32 * levels) for _ in keys]


class Forgets(Flat):
    def get_many(self, keys):
        return [None] * len(keys)


class Breaks(Flat):
    def prove(self, keys):
        raise RuntimeError("no proof today")


class Mute:
    def update(self, changes):
        return bytes(32)
'''


@pytest.fixture(autouse=True)
def _without_charts(monkeypatch):
    monkeypatch.setattr("weakstate.cli.reporting.files.find_spec", lambda _: None)


def report(*args):
    return run("report", "--chain", GENESIS, "--no-timing", *args)


def content(*args):
    found = report("--json", *args)
    assert found.code == 0, found.err
    return json.loads(found.out)


def test_processes_find_what_one_finds_and_in_order():
    alone = content("--schemes", "mpt,verkle", "--jobs", 1, *BLOCKS)
    assert [block["number"] for block in alone["blocks"]] == [int(path.stem) for path in BLOCKS]
    assert content("--schemes", "mpt,verkle", "--jobs", 2, *BLOCKS) == alone


def test_what_blocks_have_together():
    given = BLOCKS[-3:]
    found = content(*given)
    totals = [block["schemes"][1]["total"] for block in found["blocks"]]
    verkle = found["spread"][1]
    assert (verkle["scheme"], verkle["blocks"]) == ("verkle", 3)
    assert (verkle["least"], verkle["most"]) == (min(totals), max(totals))
    assert [worst["total"] for worst in verkle["worst"]] == sorted(totals, reverse=True)
    composed = found["composed"][1]["points"]
    assert [point["gas"] // 10**6 for point in composed] == [15, 30, 60, 100, 200, 300]
    assert [p["total"] for p in composed] == sorted(p["total"] for p in composed)
    alone = content(BLOCK, "--schemes", "mpt")
    assert alone["spread"] == alone["composed"] == []
    lines = report(*given, "--schemes", "mpt").out
    assert "3 blocks" in lines
    assert "composed blocks" in lines


def test_finished_blocks_are_kept(tmp_path):
    args = ("--schemes", "verkle", "-o", tmp_path)
    first = content(*args, *BLOCKS[:2])
    files = sorted(tmp_path.glob("blocks/*.json"))
    assert len(files) == 2
    kept = json.loads(files[0].read_text())
    kept["schemes"][0]["whole_code"] = 12345
    files[0].write_text(json.dumps(kept))
    again = content(*args, *BLOCKS[:2])
    wholes = [block["schemes"][0]["whole_code"] for block in again["blocks"]]
    assert wholes.count(12345) == 1, "it was not made again"
    files[0].write_text("{}")
    assert content(*args, *BLOCKS[:2]) == first, "what is damaged is"
    assert sorted(tmp_path.glob("blocks/*.json")) == files
    content(*args, "--seed", 5, BLOCKS[0])
    assert len(list(tmp_path.glob("blocks/*.json"))) == 3, "other options are another file"


def test_times():
    found = run("report", "--chain", GENESIS, BLOCK, "--json")
    assert found.code == 0, found.err
    [block] = json.loads(found.out)["blocks"]
    for scheme in block["schemes"]:
        timing = scheme["timing"]
        assert min(timing.values()) > 0, scheme["scheme"]
        assert timing["state_keys"] > 4096
    lines = run("report", "--chain", GENESIS, BLOCK, "--schemes", "binary-8297").out
    assert "made and verified on this machine" in lines
    assert all(scheme["timing"] is None for scheme in content(BLOCK)["blocks"][0]["schemes"])


def test_times_are_kept(tmp_path):
    args = ("report", "--chain", GENESIS, BLOCK, "--schemes", "mpt", "-o", tmp_path, "--json")
    first = run(*args)
    assert first.code == 0, first.err
    assert run(*args).out == first.out


@pytest.fixture
def trees(tmp_path, monkeypatch):
    """A module with trees, in the current folder."""
    (tmp_path / "own_trees.py").write_text(TREE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("own_trees", None)


@pytest.mark.usefixtures("trees")
def test_a_tree_of_ones_own():
    [block] = content(BLOCK, "--schemes", "mpt,own_trees:Flat")["blocks"]
    mpt, own = block["schemes"]
    assert own["scheme"] == "own_trees:Flat"
    assert own["parts"]["code"] == mpt["parts"]["code"]
    keys = block["accounts"] + block["slots"]
    levels = own["parts"]["witness"] / 32 / keys
    state = block["state"]
    assert levels == pytest.approx((state["accounts"] + state["slots"]).bit_length(), abs=1)
    assert own["growth"][0]["total"] < own["growth"][-1]["total"]
    assert "w witness" in report(BLOCK, "--schemes", "own_trees:Flat").out


@pytest.mark.usefixtures("trees")
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("own_trees:Forgets", "other values than were written"),
        ("own_trees:Breaks", "RuntimeError: no proof today"),
        ("own_trees:Mute", "has no prove"),
        ("own_trees:Nothing", "no attribute"),
        ("no_such_module:Tree", "No module named"),
    ],
)
def test_a_tree_that_errs(name, why):
    found = report(BLOCK, "--schemes", name)
    assert found.code == 2
    assert why in found.err


def test_an_access_set_that_touches_nothing(tmp_path):
    nothing = {"format": "weakstate-access-set", "version": 1, "accounts": []}
    (tmp_path / "set.json").write_text(json.dumps(nothing))
    found = run("report", "--access-set", tmp_path / "set.json", "-o", tmp_path / "out")
    assert found.code == 0, found.err


@pytest.mark.usefixtures("trees")
def test_figures_of_trees_of_ones_own_are_not_kept(tmp_path):
    assert report(BLOCK, "--schemes", "own_trees:Flat", "-o", tmp_path / "out").code == 0
    assert not (tmp_path / "out" / "blocks").exists()


def test_accesses_among_blocks(tmp_path):
    text = {"format": "weakstate-access-set", "version": 1, "name": "mine", "accounts": []}
    (tmp_path / "1.json").write_text(json.dumps(text))
    (tmp_path / "2.json").write_bytes(BLOCK.read_bytes())
    chain = Chain.from_genesis(GENESIS.read_bytes())
    state = State.from_genesis(chain, GENESIS.read_bytes())
    [item] = read(BLOCKS[0])
    (tmp_path / "3.rlp").write_bytes(state.produce(chain, item.block, access_list=True).access_list)
    blocks = content("--schemes", "mpt", tmp_path)["blocks"]
    assert [block["name"] for block in blocks] == ["mine", "2", "3.rlp"]
    assert blocks[2]["accounts"] > 1
    (tmp_path / "4.rlp").write_bytes(b"\xc1\x80")
    assert report("--schemes", "mpt", tmp_path).code == 2
