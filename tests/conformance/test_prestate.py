"""Blocks with a flat pre-state and no trie: gas, bloom and receipts root must come out.

What the file does not list is absent here, so the state root cannot be the header's: that it
is the first thing to differ says that every check before it held.
"""

import gzip
import json

import pytest

from tests.conformance.state import WholeState, unhex
from tests.data import data_folder
from weakstate import Anchor, Chain, InvalidBlock
from weakstate._native import Witness, keccak256_many, verify

WITHOUT_OMMERS = "5283152-pevm.json.gz"
FOLDER = data_folder()
FILES = sorted((FOLDER / "blocks" / "prestate").glob("*.json.gz")) if FOLDER else []


def flat_state(file):
    codes = [unhex(code) for code in file["codes"]]
    by_hash = dict(zip(keccak256_many(codes), codes, strict=True))
    entries = {
        address: {
            **entry,
            "code": "0x" + by_hash.get(unhex(entry.get("codeHash", "0x")), b"").hex(),
            "storage": entry.get("storage") or {},
        }
        for address, entry in file["preState"].items()
    }
    return WholeState.from_json(entries), list(by_hash.values())


def refusal(block, witness, root):
    with pytest.raises(InvalidBlock) as caught:
        verify(Chain.builtin("mainnet"), Anchor.state_root(root), block, witness)
    return caught.value


@pytest.mark.parametrize("path", FILES or [None], ids=[path.name for path in FILES] or ["none"])
def test_receipts_of_a_flat_state(path, data_dir):
    file = json.loads(gzip.decompress(path.read_bytes()))
    state, codes = flat_state(file)
    root, witness = state.witness([])
    witness = Witness(witness.nodes, codes, [])
    block = unhex(file["blockRlp"])
    error = refusal(block, witness, root)
    if path.name == WITHOUT_OMMERS:
        # Its two ommers are not in the file; they change balances, not receipts.
        assert error.code == "wrong_ommers_hash"
        block = block.replace(unhex(error.expected), unhex(error.actual))
        error = refusal(block, witness, root)
    assert error.code == "wrong_state_root"


def test_there_are_eleven(data_dir):
    assert len(FILES) == 11
