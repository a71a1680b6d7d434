"""Figures of a size report beside the model: forms, links, composed blocks, spread, real proofs."""

import random
from dataclasses import replace

import pytest
from zstandard import ZstdCompressor

from tests.cli.helpers import BLOCKS, GENESIS
from weakstate import Chain, PartialState, State, read
from weakstate._native import Anchor, Budget, verify_touching
from weakstate.sizes.access import EMPTY_CODE, AccessedAccount, AccessedSlot, AccessSet
from weakstate.sizes.figures import figures
from weakstate.sizes.forms import LINKS, forms_of, links_of
from weakstate.sizes.made.own_tree import Fitted
from weakstate.sizes.made.timing import Provers
from weakstate.sizes.many.compose import compose, grow
from weakstate.sizes.many.spread import spread_of
from weakstate.sizes.recorded import Ratios, Recorded, ratios_of, recorded_of
from weakstate.witness.report import Sizes


def account(rng, slots=(), code=0):
    held = {slot: AccessedSlot(7, 8) for slot in slots}
    return AccessedAccount(
        rng.randbytes(20), 78, True, rng.randbytes(32) if code else EMPTY_CODE, code, slots=held
    )


def block(number, *accounts, gas=5_000_000):
    return AccessSet(str(number), number, 10, gas, accounts)


def test_forms():
    sizes = Sizes(list=1000, nested=800, list_zstd=900, nested_zstd=750)
    recorded = Recorded(1, 1, sizes, ratios=Ratios(codes=0.5, chunks=0.6, values=0.25))
    mpt = forms_of("mpt", {"inner nodes": 1500, "values": 500, "code": 400}, recorded)
    assert mpt == pytest.approx((2400, 2000, 2000, 1700))
    parts = {"siblings": 1000.0, "values": 400.0, "code": 100.0}
    assert forms_of("verkle", parts, recorded) == pytest.approx((1500, 1160, 1500, 1160))
    assert forms_of("verkle", parts, None) == (1500, None, 1500, None)
    assert forms_of("my:Tree", {"witness": 5.0, "code": 0.0}, recorded) == (5, None, None, None)


def test_ratios_are_those_of_the_block_itself():
    rng = random.Random(0)
    access = block(1, account(rng, range(100, 400)))
    codes = [bytes(5000), rng.randbytes(5000)]
    found = ratios_of(access, codes)
    packed = ZstdCompressor(level=19).compress(b"".join(codes))
    assert found.codes == pytest.approx(len(packed) / 10_000, rel=0.02)
    assert 0.3 < found.codes < 0.7
    assert found.values < 0.1, "three hundred times the same"
    assert ratios_of(block(1), []) == (None, None, None)


def test_links():
    # 1.5 MB every 12 seconds are 1 Mbit/s.
    found = links_of(1_500_000, 36_000_000)
    assert [link.mbit for link in found] == list(LINKS)
    assert [link.share for link in found] == pytest.approx([1, 0.1, 0.01])
    assert [link.mgas_per_second for link in found] == pytest.approx([3, 30, 300])
    assert links_of(1_500_000, 0)[0].mgas_per_second is None


def test_hot_keys_of_composed_blocks_count_once():
    rng = random.Random(1)
    hot = account(rng, [100, 200], code=1000)
    other = replace(hot, slots={100: AccessedSlot(8, 0), 300: AccessedSlot(1, 1)})
    cold = [account(rng, [5]), account(rng, code=50)]
    given = [block(10, hot, cold[0]), block(11, other, cold[1])]
    [first, fourth] = compose(given, (10, 20))
    assert (first.access.gas, first.blocks, fourth.blocks) == (10_000_000, 2, 4)
    # Both blocks once: the hot account with three slots, and two others.
    united = {found.address: found for found in first.access.accounts}
    assert set(united) == {hot.address, cold[0].address, cold[1].address}
    assert set(united[hot.address].slots) == {100, 200, 300}
    before_and_after = united[hot.address].slots[100]
    assert before_and_after in (AccessedSlot(7, 0), AccessedSlot(8, 8)), "in either order"
    # And once more: slot 100 is hot, the slots 200 and 300 and two accounts are others now.
    assert len(fourth.access.accounts) == 5
    again = {found.address: found for found in fourth.access.accounts}
    assert len(again[hot.address].slots) == 5
    assert {100, 200, 300} < set(again[hot.address].slots)
    assert fourth.access.code_bytes == 1000 + 50 * 2


def test_of_one_block_nothing_is_hot():
    rng = random.Random(2)
    one = block(10, account(rng, [100]), account(rng))
    [larger] = compose([one, replace(one, name="the same again")], (30,))
    assert len(larger.access.accounts) == 2 * larger.blocks == 12
    assert list(compose([replace(one, gas=0)])) == []
    points = grow("binary-7864", [larger]).points
    assert points[0].accounts == 12
    assert points[0].total == points[0].without_code > 0


def test_composed_blocks_are_as_large_as_is_wanted():
    rng = random.Random(8)
    big = block(10, account(rng), gas=40_000_000)
    gases = [larger.access.gas // 10**6 for larger in compose([big], (10, 30, 60, 100))]
    assert gases == [40, 80, 120], "one point stands for 10 and 30"
    tiny = replace(big, gas=1)
    assert list(compose([tiny], (30,))) == [], "what would take a million blocks is left out"


def test_spread():
    rng = random.Random(3)
    made = [
        figures(block(10**7, *(account(rng) for _ in range(count)), gas=count), ("verkle",))
        for count in (40, 10, 20, 30)
    ]
    [found] = spread_of(made)
    totals = sorted(each.schemes[0].prediction.total for each in made)
    assert dict(found.percentiles)[50] == pytest.approx((totals[1] + totals[2]) / 2)
    assert [worst.total for worst in found.worst] == totals[::-1]
    assert found.correlation["gas"] == pytest.approx(1, abs=0.01)
    assert found.correlation["transactions"] is None, "all have as many"
    assert spread_of(made[:1]) == []


def test_a_code_cache_saves_chunks_and_their_paths():
    rng = random.Random(4)
    access = block(10**7, *(account(rng, code=20_000) for _ in range(30)))
    for scheme in figures(access, ("mpt", "verkle", "binary-7864")).schemes:
        without = scheme.prediction.total - scheme.prediction.parts["code"]
        assert 0 < scheme.with_code_cache < 1.01 * without
        assert scheme.whole_code > (0.99 if "m" in scheme.prediction.scheme else 1.2) * without


def test_growth_of_a_tree_of_ones_own_is_a_line_over_the_logarithm():
    fitted = Fitted(((1 << 10, 1000), (1 << 11, 1100), (1 << 12, 1200)))
    assert fitted.at(1 << 20) == pytest.approx(2000)
    assert fitted.at(1) == 0


@pytest.fixture(scope="module")
def chain():
    return Chain.from_genesis(GENESIS.read_bytes())


def test_delta_and_access_list_are_those_of_a_sequencer(chain):
    state = State.from_genesis(chain, GENESIS.read_bytes())
    for path in BLOCKS[:3]:
        [item] = read(path)
        anchor = Anchor.header(item.witness.headers[-1])
        verified, touched = verify_touching(chain, anchor, item.block, item.witness)
        access = AccessSet.from_verified(path.stem, item.witness, verified, touched)
        found = recorded_of(chain, anchor, item.block, item.witness, access, verified, Budget())
        made = state.produce(chain, item.block, access_list=True)
        assert found.delta == len(made.delta.to_bytes())
        assert found.access_list == len(made.access_list)
        assert found.block == len(item.block)
        partial = PartialState.open(anchor, item.witness).produce(
            chain, item.block, access_list=True
        )
        assert partial.access_list == made.access_list
        state.commit(made)


def test_real_proofs_are_about_as_large_as_those_modelled():
    rng = random.Random(5)
    provers = Provers()
    access = block(10**7, *(account(rng, range(1000, 1030), code=3000) for _ in range(20)))
    for scheme in figures(
        access, ("mpt", "verkle", "verkle-kzg", "binary-7864", "binary-8297")
    ).schemes:
        name, total = scheme.prediction.scheme, scheme.prediction.total
        timing = provers.timed(name, access)
        # Paths are shorter in a small state; SSZ has a frame.
        assert 0.2 * total < timing.bytes < 1.5 * total, name
        assert timing.make_ms > 0 < timing.verify_ms
    assert provers.timed("mpt", block(1)) is None
    assert provers.timed("own:Tree", access) is None
