"""Blocks that are taken into a generated state of every scheme, and what is predicted of them."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bench.blocks import block_file
from bench.generated import import_dump, write_dump
from bench.transplanted import SCHEMES, OtherOutcomeError, expect_same, measure, plan_for
from tests.cli.helpers import BLOCKS, GENESIS
from tests.data import data_folder
from weakstate import Chain, InvalidBlock, NotWitnessed, read
from weakstate._native import verify_touching
from weakstate.sizes import Population
from weakstate.sizes.transplant import Graft

# With KZG commitments a tree takes 2 ms a stem, so that tests make a small one.
LARGE = [scheme for scheme in SCHEMES if scheme != "verkle-kzg"]
SMALL = ["mpt", "verkle", "verkle-kzg"]
BOUND = 3  # per cent


def graft_of(path, chain):
    [item] = read(path)
    return Graft.from_item(path.stem, chain, item)


class Generated:
    """A generated state by some schemes, and blocks to be taken there."""

    def __init__(self, path, chain, grafts, accounts, schemes):
        self.grafts = grafts
        self.plan = plan_for(grafts, accounts, seed=1)
        self.population = write_dump(self.plan, path / "dump")
        parents = [graft.parent for graft in grafts]
        source = import_dump(chain, path / "dump", parents, path / "mpt")
        self.states = {
            scheme: source if scheme == "mpt" else source.rebuild(path / scheme, scheme)
            for scheme in schemes
        }

    def rows(self, graft):
        return list(measure(graft, self.states, self.plan, self.population, rounds=1))

    def roots(self):
        return {scheme: (state.root, state.head.hash) for scheme, state in self.states.items()}


@pytest.fixture(scope="module")
def chain():
    return Chain.from_genesis(GENESIS.read_bytes())


@pytest.fixture(scope="module")
def own(chain):
    """Blocks of the fixtures' chain, with calls, creations and changes of storage."""
    return [graft_of(BLOCKS[number - 1], chain) for number in (3, 7)]


@pytest.fixture(scope="module")
def small(tmp_path_factory, chain, own):
    return Generated(tmp_path_factory.mktemp("small"), chain, own, 1000, SMALL)


@pytest.fixture(scope="module")
def large(tmp_path_factory, chain, own):
    return Generated(tmp_path_factory.mktemp("large"), chain, own, 10_000, LARGE)


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("size", ["small", "large"])
def test_a_block_comes_to_the_same_by_every_scheme(size, index, request):
    """Gas, receipts and values are held against the block's own; bytes against the prediction."""
    generated = request.getfixturevalue(size)
    before = generated.roots()
    rows = generated.rows(generated.grafts[index])
    assert [row.scheme for row in rows] == list(generated.states)
    assert generated.roots() == before, "the states are afterwards as they were"
    for row in rows:
        assert abs(row.error) < 2 * BOUND, f"{row.scheme}: {row.proven}, not {row.predicted}"
        assert sum(row.parts.values()) == row.witness
        assert min(row.parts.values()) >= 0
    assert abs(sum(row.error for row in rows)) / len(rows) < BOUND


def test_the_state_has_what_was_planned(large):
    found = large.states["mpt"].check()
    assert found["accounts"] == large.population.accounts == 10_000
    assert found["slots"] == large.population.slots
    mainnet = Population.of_size(10**9)
    assert large.population.slots / 10_000 == pytest.approx(
        mainnet.slots / mainnet.accounts, rel=0.01
    )


def test_a_value_that_is_not_the_blocks_is_noticed(large, own):
    """The account that pays most has less: its transaction is refused, or something differs."""
    graft = own[0]
    accounts = dict(graft.accounts)
    richest = max(
        (address for address, values in accounts.items() if values["account"]),
        key=lambda address: accounts[address]["account"]["balance"],
    )
    poor = {**accounts[richest]["account"], "balance": 1}
    accounts[richest] = {**accounts[richest], "account": poor}
    before = large.roots()
    with pytest.raises(InvalidBlock):
        replace(graft, accounts=accounts).into(large.states["mpt"])
    assert large.roots() == before


def test_another_outcome_is_noticed(large, own):
    state = large.states["verkle"]
    base = state.head.number
    block = own[0].into(state)
    produced = state.produce(state.chain, block.rlp)
    state.revert(state.head.number - base)

    class Made:
        verified = own[1].verified

    Made.produced = produced
    with pytest.raises(OtherOutcomeError):
        expect_same(own[0], "verkle", Made)


def test_blocks_that_need_more_than_their_parent_are_refused(chain):
    with pytest.raises(ValueError, match="before its parent"):
        graft_of(BLOCKS[5], chain)


def test_the_header_before_is_no_ancestor(tmp_path, chain, monkeypatch):
    """The state was after a block with the number of the parent's parent, and another hash."""

    def touching(*arguments):
        verified, touched = verify_touching(*arguments)
        return verified, SimpleNamespace(accounts=touched.accounts, need_header=lambda *_: False)

    monkeypatch.setattr("weakstate.sizes.transplant.verify_touching", touching)
    graft = graft_of(BLOCKS[5], chain)
    state = Generated(tmp_path, chain, [graft], 1000, ["mpt"]).states["mpt"]
    assert state.head.number == graft.parent.number - 1
    with pytest.raises(NotWitnessed) as caught:
        graft.into(state)
    assert caught.value.code == "block_hash_not_witnessed"


def expect_predicted(number, schemes, folder):
    chain = Chain.builtin("mainnet")
    graft = graft_of(block_file("ethereum", number), chain)
    for row in Generated(folder, chain, [graft], 10_000, schemes).rows(graft):
        assert abs(row.error) < BOUND, f"{row.scheme}: {row.proven}, not {row.predicted}"


@pytest.mark.skipif(data_folder() is None, reason="needs the data folder")
def test_a_real_block(tmp_path):
    expect_predicted(21688509, LARGE, tmp_path)


@pytest.mark.full
@pytest.mark.skipif(data_folder() is None, reason="needs the data folder")
def test_a_real_block_with_kzg_commitments(tmp_path):
    expect_predicted(20612842, SMALL, tmp_path)
