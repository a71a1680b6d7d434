"""Keys, chunks and headers of accounts agree with other implementations."""

import pytest

from tests.data import from_hex
from tests.reference.verkle_data import load
from weakstate.trees.verkle.embedding import (
    BASIC_DATA,
    CODE_HASH,
    chunks,
    code_key,
    five_leaf_header,
    key_of,
    packed_header,
    stem_of,
    storage_key,
)

BESU = "besu-verkle-trie/key_and_tree_vectors.json"
OVERFLOW = 0xFF0D54412868AB2569622781556C0B41264D9DAE313826ADAD7B60DA4B441E67


def test_keys_of_besu_s_tests():
    data = load(BESU)
    address = from_hex(data["address20"])
    assert key_of(address, BASIC_DATA) == from_hex(data["basic_data"])
    assert key_of(address, CODE_HASH) == from_hex(data["code_hash"])
    assert storage_key(address, 32) == from_hex(data["storage_slot_32"])
    assert storage_key(address, 64) == from_hex(data["storage_slot_64"])
    assert storage_key(address, OVERFLOW) == from_hex(data[f"storage_slot_0x{OVERFLOW:x}_overflow"])
    assert code_key(address, 24) == from_hex(data["code_chunk_24"])
    [(name, key)] = [(k, v) for k, v in data.items() if k.startswith("code_chunk_128_of_")]
    assert code_key(from_hex(name.removeprefix("code_chunk_128_of_")), 128) == from_hex(key)


def test_stems_of_whole_words():
    data = load(BESU)["stem_hasher"]
    assert stem_of(from_hex(data["address32"]), 2**129 + 3) == from_hex(data["stem"])
    data = load("rust-verkle/ffi_vectors.json")
    assert stem_of(bytes(32), 0) == from_hex(data["get_tree_key_hash"]["hash"])[:31]
    words = data["get_tree_key"]
    index = int(words["tree_index_le_reversed_input"], 16)
    stem = stem_of(from_hex(words["address"]), index)
    assert stem + bytes([words["sub_index"]]) == from_hex(words["key"])


def test_stems_of_addresses():
    data = load("ethereumjs/util_vectors.json")
    assert stem_of(bytes(20), 0) == from_hex(data["stem_zero_address"])
    address = from_hex("71562b71999873DB5b286dF957af199Ec94617f7")
    assert stem_of(address, 0) == from_hex(data["stem_0x71562b71999873DB5b286dF957af199Ec94617f7"])


@pytest.mark.parametrize("name", ["chunkifyCode", "chukifyCodePush32on31stByte"])
def test_chunks_of_besu_s_tests(name):
    for case in load(f"besu-verkle-trie/{name}.json"):
        assert chunks(from_hex(case["bytecode"])) == [from_hex(chunk) for chunk in case["chunks"]]


def test_chunks_of_ethereumjs():
    for case in load("ethereumjs/util_vectors.json")["chunkify"]:
        assert chunks(from_hex(case["code"])) == [from_hex(chunk) for chunk in case["chunks"]]


def test_code_of_a_contract_by_key():
    for case in load("besu-verkle-trie/contractCode.json"):
        found = chunks(from_hex(case["bytecode"]))
        assert [
            (code_key(from_hex(case["address"]), index), chunk) for index, chunk in enumerate(found)
        ] == [(from_hex(chunk["key"]), from_hex(chunk["value"])) for chunk in case["chunks"]]


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        (b"", []),
        (b"\0", [0]),
        (bytes(31), [0]),
        (bytes(32), [0, 0]),
        (bytes(30) + b"\x60", [0]),  # its data would come after the code's end
        (bytes(30) + b"\x60" + b"\xff", [0, 1]),
        (bytes(30) + b"\x7f" + b"\x60" * 32 + bytes(31), [0, 31, 1, 0]),
        (bytes(29) + b"\x7f" + b"\x60" * 32 + bytes(31), [0, 31, 0]),
        (b"\x5f" * 40, [0, 0]),  # PUSH0 has no data
        (b"\x60\x60" * 40, [0, 1, 0]),
    ],
)
def test_chunks_count_the_data_that_they_start_with(code, counts):
    found = chunks(code)
    assert [chunk[0] for chunk in found] == counts
    assert b"".join(chunk[1:] for chunk in found)[: len(code)] == code
    assert {len(chunk) for chunk in found} <= {32}


def test_slots_change_place_after_the_header():
    address = bytes(range(20))
    assert storage_key(address, 0) == key_of(address, 64)
    assert storage_key(address, 63) == key_of(address, 127)
    assert storage_key(address, 64)[31] == 64
    assert storage_key(address, 64)[:31] != key_of(address, 0)[:31]
    assert storage_key(address, 255)[:31] == storage_key(address, 64)[:31]
    assert storage_key(address, 256)[:31] != storage_key(address, 64)[:31]
    assert code_key(address, 127)[:31] == key_of(address, 0)[:31]
    assert code_key(address, 128) == key_of(address, 256)


def test_headers_lay_out_an_account():
    packed = packed_header(0x0102, 0x0304, b"\0" * 0x0506)
    assert packed[BASIC_DATA].hex() == (
        "0000000000000506000000000000010200000000000000000000000000000304"
    )
    assert set(packed) == {0, 1}
    leaves = five_leaf_header(0x0102, 0x0304, b"\0" * 0x0506)
    assert {suffix: int.from_bytes(leaves[suffix], "little") for suffix in (0, 1, 2, 4)} == {
        0: 0,
        1: 0x0304,
        2: 0x0102,
        4: 0x0506,
    }
    assert leaves[3] == packed[CODE_HASH]
    assert set(five_leaf_header(1, 2, b"")) == {0, 1, 2, 3}
