"""The files in fixtures/ are what fixtures/make.py makes, and no more than needed."""

import pytest

from fixtures.make import CHAIN, PENDING, write_chain, write_pending
from tests.reference.fixture_chain import samples
from weakstate.errors import InvalidWitness
from weakstate.verifier.reference.body import RawBlock


def test_the_same_files_come_out_byte_for_byte(tmp_path):
    write_chain(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in CHAIN.glob("[0-9]*.json")}
    assert made == kept
    assert sum(map(len, kept.values())) < 300_000


def test_what_blocks_are_built_from_comes_out_byte_for_byte(tmp_path):
    write_pending(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in PENDING.iterdir()}


def refusals_without_one_element(sample):
    """The code of the refusal for each element of the witness that is taken out."""
    for part in ("nodes", "codes", "headers"):
        elements = getattr(sample.witness, part)
        for index in range(len(elements)):
            with pytest.raises(InvalidWitness) as refusal:
                sample.verify(**{part: elements[:index] + elements[index + 1 :]})
            yield refusal.value.code


@pytest.mark.parametrize("number", range(1, 9))
def test_without_any_one_element_a_witness_proves_nothing(number):
    sample = samples()[number - 1]
    assert sample.verify().post_state_root == sample.post_state_root
    codes = set(refusals_without_one_element(sample))
    assert ("sibling_not_witnessed" in codes) == (number == 4)


def test_the_story_holds_what_it_promises():
    blocks = [RawBlock.from_rlp(sample.encoded) for sample in samples()]
    assert [len(block.withdrawals) for block in blocks] == [2, 0, 0, 0, 0, 0, 0, 0]
    assert [len(sample.witness.headers) for sample in samples()] == [1, 1, 1, 1, 1, 3, 1, 1]
    assert blocks[5].header.blob_gas_used == 2 * 2**17
    assert blocks[6].header.requests_hash != blocks[5].header.requests_hash
    assert blocks[7].transactions == []
    kinds = {item[0] for block in blocks for item in block.transactions if isinstance(item, bytes)}
    assert kinds == {1, 2, 3, 4}
