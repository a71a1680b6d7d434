"""Fork schedules: of the built-in chains, and read from geth-style genesis files."""

import json

import pytest

from weakstate import Chain, Unreadable

BLOCKS = [
    "homesteadBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock",
    "constantinopleBlock", "petersburgBlock", "istanbulBlock", "berlinBlock", "londonBlock",
]  # fmt: skip


def genesis(**config):
    return Chain.from_genesis(json.dumps({"config": config}).encode())


@pytest.mark.parametrize(
    ("chain", "number", "timestamp", "fork"),
    [
        ("mainnet", 0, 0, "Frontier"),
        ("mainnet", 1_149_999, 0, "Frontier"),
        ("mainnet", 1_150_000, 0, "Homestead"),
        ("mainnet", 1_920_000, 0, "DAO"),
        ("mainnet", 7_280_000, 0, "Petersburg"),
        ("mainnet", 15_537_393, 1_663_224_100, "Gray Glacier"),
        ("mainnet", 15_537_394, 1_663_224_179, "Paris"),
        ("mainnet", 17_034_870, 1_681_338_455, "Shanghai"),
        ("mainnet", 23_935_694, 1_764_798_551, "Osaka"),
        ("mainnet", 24_628_607, 1_767_747_671, "BPO2"),
        ("sepolia", 1_450_409, 0, "Paris"),
        ("sepolia", 11_856_337, 1_791_294_816, "Amsterdam"),
        ("holesky", 1, 0, "Paris"),
        ("hoodi", 1, 0, "Cancun"),
        ("hoodi", 60_412, 1_742_999_832, "Prague"),
    ],
)
def test_the_fork_of_a_block(chain, number, timestamp, fork):
    assert Chain.builtin(chain).fork_at(number, timestamp).name == fork


def test_a_chain_that_was_never_mined():
    chain = genesis(chainId=7, terminalTotalDifficulty=0, shanghaiTime=0, cancunTime=10)
    assert chain.fork_at(0, 0).name == "Shanghai"
    assert chain.fork_at(1, 10).name == "Cancun"
    assert chain.fork_at(1, 10).blobs == (3, 6, 3_338_477)


def test_the_published_genesis_of_a_mined_chain():
    blocks = dict.fromkeys(BLOCKS, 0)
    # As geth writes it: above 2^64, and without the block of the merge.
    total = 58_750_000_000_000_000_000_000
    chain = genesis(chainId=1, **blocks, terminalTotalDifficulty=total, shanghaiTime=1_681_338_455)
    assert chain.fork_at(15_537_393, 0).name == "London"
    assert chain.fork_at(15_537_394, 0).name == "Paris"
    sepolia = genesis(chainId=11_155_111, **blocks, terminalTotalDifficulty="0x3c6568f12e8000",
                      mergeNetsplitBlock=1_735_371)  # fmt: skip
    assert sepolia.fork_at(1_450_409, 0).name == "Paris"


def test_blob_parameters_come_from_the_file():
    schedule = {"bpo1": {"target": 1, "max": 2, "baseFeeUpdateFraction": 3}}
    chain = genesis(
        chainId=7, terminalTotalDifficulty=0, osakaTime=0, bpo1Time=5, bpo2Time=9,
        blobSchedule=schedule,
    )  # fmt: skip
    assert chain.fork_at(0, 0).blobs == (6, 9, 5_007_716)
    assert chain.fork_at(0, 5).blobs == (1, 2, 3)
    assert chain.fork_at(0, 9).blobs == (14, 21, 11_684_671)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "malformed_json"),
        (b"[]", "missing_field"),
        (b"{}", "missing_field"),
        (b'{"chainId": 1, "number": 2}', "missing_field"),
        (b'{"config": {}}', "missing_field"),
        (b'{"config": {"chainId": "x"}}', "malformed_field"),
        (b'{"config": {"chainId": 1, "londonBlock": -1}}', "malformed_field"),
        (b'{"config": {"chainId": 1, "depositContractAddress": "0x1"}}', "malformed_field"),
        (b'{"config": {"chainId": 1, "cancunTime": 0, "blobSchedule": {"cancun": {}}}}',
         "missing_field"),
    ],
)  # fmt: skip
def test_what_is_no_genesis_file(text, code):
    with pytest.raises(Unreadable) as refusal:
        Chain.from_genesis(text)
    assert refusal.value.code == code
