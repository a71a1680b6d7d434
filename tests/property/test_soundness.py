"""No part of a witness that a block needs can be left out, and nothing else is needed.

What is needed the reference engine says; the native engine must refuse the block without any
one of those parts, and verify it to the same root without any one of the others.
"""

import pytest

from tests.data import real_blocks
from tests.property.engines import hashes
from tests.property.test_engines_agree import read
from weakstate import InvalidWitness, Witness
from weakstate._native import keccak256_many, verify
from weakstate.verifier.reference import verify_reference

ERAS = {
    "Frontier": "ethereum/1017395-nimbus",
    "Homestead": "ethereum/1317742-nimbus",
    "DAO": "ethereum/1927662-nimbus",
    "Spurious Dragon": "ethereum/2675000-nimbus",
    "Byzantium": "ethereum/4370000-zeth",
    "Paris": "ethereum/15537394-zeth",
    "Cancun": "ethereum/20612842-raiko",
    "Prague": "hoodi/1265656-ethrex-replay",
    "BPO2": "ethereum/24628607-zisk",
}
SLOW = {"Byzantium", "Paris", "BPO2"}


@pytest.mark.parametrize(
    "era", [pytest.param(era, marks=[pytest.mark.full] if era in SLOW else []) for era in ERAS]
)
def test_each_part_is_needed_exactly_if_the_reference_engine_says_so(era, data_dir):
    [block] = [block for block in real_blocks() if block.name == ERAS[era]]
    chain, anchor, rlp, witness = read(block)
    reference = verify_reference(chain, anchor, rlp, witness)
    parts = [witness.nodes, witness.codes, witness.headers]
    needed = [reference.needed_nodes, reference.needed_codes, reference.needed_headers]
    root = verify(chain, anchor, rlp, witness).post_state_root
    surplus = 0
    for which, (items, wanted) in enumerate(zip(parts, needed, strict=True)):
        for index, item_hash in enumerate(keccak256_many(items)):
            fewer = list(parts)
            fewer[which] = items[:index] + items[index + 1 :]
            if item_hash in wanted and item_hash not in hashes(
                fewer[which], [True] * len(fewer[which])
            ):
                with pytest.raises(InvalidWitness):
                    verify(chain, anchor, rlp, Witness(*fewer))
            else:
                surplus += 1
                assert verify(chain, anchor, rlp, Witness(*fewer)).post_state_root == root
    total = sum(len(items) for items in parts)
    assert surplus == total - sum(len(wanted) for wanted in needed)
