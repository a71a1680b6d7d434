"""`weakstate check-delta`: parts in any files, one line a delta, and what it does not say."""

import json

import pytest

import weakstate
from tests.cli.helpers import GENESIS, run
from weakstate.witness.bundle import write_bundle

SENTENCE = "consistent, which is not valid: "


@pytest.fixture(scope="module")
def produced(samples):
    chain = weakstate.Chain.from_genesis(GENESIS.read_bytes())
    state = weakstate.State.from_genesis(chain, GENESIS.read_bytes())
    blocks = []
    for sample in samples:
        blocks.append(state.produce(chain, sample.block.rlp))
        state.commit(blocks[-1])
    return blocks


@pytest.fixture(scope="module")
def bundles(samples, produced, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    for sample, block in zip(samples, produced, strict=True):
        parts = sample.block.rlp, block.witness.to_bytes(), block.delta.to_bytes()
        (folder / f"{sample.block.number}.zst").write_bytes(write_bundle(*parts, 1337))
    return folder


def write(folder, **parts):
    for name, data in parts.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in parts]


def test_a_bundle_holds_all_that_is_needed(bundles, produced):
    ran = run("check-delta", bundles / "1.zst")
    assert ran.code == 0
    [line] = ran.lines
    assert line.startswith(SENTENCE)
    assert "nothing was executed; relative to the parent that it names" in line
    [found] = run("check-delta", bundles / "1.zst", "--json").objects
    header = produced[0].header
    assert found["verdict"] == "consistent"
    assert found["meaning"].startswith(SENTENCE)
    assert found["hash"] == f"0x{header.hash.hex()}"
    assert found["post_state_root"] == f"0x{header.state_root.hex()}"
    assert found["accounts"] == produced[0].delta.accounts
    assert found["checks"]["execution"]["status"] == "skipped"
    assert found["anchor"] == {"kind": "hash", "chosen_by": "delta"}
    assert found["error"] is None


def test_each_consistent_delta_anchors_the_next(bundles, parent, produced):
    ran = run("check-delta", bundles, "--parent", parent, "--json")
    assert ran.code == 0
    assert [found["number"] for found in ran.objects] == list(range(1, len(produced) + 1))
    chosen = [found["anchor"]["chosen_by"] for found in ran.objects]
    assert chosen == ["caller", *["run"] * (len(produced) - 1)]


def test_the_first_delta_must_start_at_the_parent(bundles, parent):
    ran = run("check-delta", bundles / "2.zst", "--parent", parent, "--json")
    assert ran.code == 4
    assert ran.objects[0]["code"] == "delta_wrong_parent"
    ran = run("check-delta", bundles / "2.zst", "--parent", bundles / "1.zst", "--json")
    assert ran.objects[0]["verdict"] == "consistent"
    assert ran.objects[0]["anchor"] == {"kind": "header", "chosen_by": "caller"}


@pytest.mark.parametrize("form", ["block", "header", "hex"])
def test_the_parts_may_lie_in_any_files(tmp_path, samples, produced, form):
    rlp = produced[0].header.rlp
    head = {"block": samples[0].block.rlp, "header": rlp, "hex": f"0x{rlp.hex()}\n".encode()}[form]
    parts = {
        "d": produced[0].delta.to_bytes(),
        "h": head,
        "w": produced[0].witness.to_bytes(),
    }
    files = write(tmp_path, **parts)
    for order in (files, files[::-1], files[1:] + files[:1]):
        ran = run("check-delta", *order)
        assert (ran.code, len(ran.lines)) == (0, 1)
        assert ran.out.startswith(SENTENCE)
    ran = run("check-delta", files[0], "-", files[2], data=head)
    assert ran.code == 0


def test_block_and_witness_may_lie_in_one_file_and_deltas_beside(tmp_path, samples, produced):
    args = []
    for sample, block in zip(samples, produced, strict=True):
        name = f"{sample.block.number}.delta"
        args += [sample.path, *write(tmp_path, **{name: block.delta.to_bytes()})]
    ran = run("check-delta", *args, "--json")
    assert ran.code == 0
    assert ran.verdicts == ["consistent"] * len(samples)


def test_what_is_not_there_is_named(tmp_path, samples, produced):
    [delta] = write(tmp_path, delta=produced[0].delta.to_bytes())
    ran = run("check-delta", delta, "--json")
    assert ran.code == 2
    assert ran.objects[0]["code"] == "missing_part"
    assert ran.objects[0]["error"]["actual"] == "delta alone"
    ran = run("check-delta", samples[0].path, samples[1].path, delta, "--json")
    assert ran.code == 2
    assert ran.objects[0]["error"]["actual"] == "header and witness alone"
    bundle = write_bundle(samples[0].block.rlp, produced[0].witness.to_bytes(), None, 1)
    ran = run("check-delta", *write(tmp_path, bundle=bundle), "--json")
    assert ran.objects[0]["code"] == "missing_part"


def test_a_witness_that_omits_a_node_leaves_the_delta_unjudged(tmp_path, samples, produced):
    witness = samples[0].witness_json
    [delta] = write(tmp_path, delta=produced[0].delta.to_bytes())
    codes = set()
    for index in range(len(witness["state"])):
        fewer = witness | {"state": witness["state"][:index] + witness["state"][index + 1 :]}
        sample = samples[0].write(tmp_path, "fewer.json", witness=fewer)
        ran = run("check-delta", sample, delta, "--json")
        assert (ran.code, ran.verdicts[0]) in {(3, "not_witnessed"), (0, "consistent")}
        codes.add(ran.code)
    assert codes == {0, 3}


def test_what_is_damaged_is_told_once(tmp_path, samples, produced, bundles):
    data = produced[0].delta.to_bytes()
    [delta] = write(tmp_path, delta=data[:-1])
    ran = run("check-delta", delta, samples[0].path, "--json")
    assert ran.code == 4
    assert [found["code"] for found in ran.objects] == ["malformed_delta"]
    ran = run("check-delta", delta, bundles / "1.zst", "-q")
    assert (ran.code, len(ran.lines)) == (4, 1)
    assert "malformed_delta" in ran.out
    [block] = write(tmp_path, block=json.dumps({"block": "0xc0c0c0"}).encode())
    assert run("check-delta", block, "--json").objects[0]["verdict"] == "invalid_block"


def test_a_parent_that_is_nothing_is_wrong_usage(bundles):
    ran = run("check-delta", bundles / "1.zst", "--parent", "0x12")
    assert ran.code == 2
    assert "--parent" in ran.err
