"""Gas by access events: random programs cost, do and touch what the model says."""

import contextlib
import json
import random

import pytest
import rlp

import weakstate
from fixtures.wallet import ACCESS_LIST, CHAIN_ID, FEE_MARKET, LEGACY, Wallet
from tests.property.access_gas import HISTORY, ModelBlock, Wrapped, intrinsic_gas, load_model
from tests.property.programs import SLOTS, Programmer
from weakstate import Attributes, Chain, State

ETHER = 10**18
BASE_FEE = 7
SENDERS = ("ada", "bob")
COINBASES = [b"\xc0" * 20, b"\xa0" + bytes(18) + b"\x01"]
PRECOMPILES = [bytes(19) + bytes([number]) for number in range(1, 10)]
PARENT = 1000
CONFIG = {
    "chainId": CHAIN_ID,
    "londonBlock": 0,
    "shanghaiTime": 0,
    "terminalTotalDifficulty": 0,
    "weakstate": {"gas": "kaustinen6"},
}


class World:
    """Accounts and contracts at random, and a chain that begins with them."""

    def __init__(self, model, seed):
        self.model, self.random = model, random.Random(seed)
        wallets = [Wallet(name) for name in SENDERS]
        contracts = [b"\xcc" * 19 + bytes([number]) for number in range(16)]
        absent = [b"\xab" * 19 + bytes([number]) for number in range(4)]
        poor = b"\xee" * 20
        self.targets = [*contracts * 4, *absent, *PRECOMPILES, poor, HISTORY]
        self.targets += [*COINBASES, *(wallet.address for wallet in wallets)]
        self.programmer = Programmer(self.random, self.targets, PARENT + 1)
        self.alloc = {wallet.address: account(balance=10**6 * ETHER) for wallet in wallets}
        self.alloc[poor] = account(balance=1)
        self.alloc[COINBASES[0]] = account(balance=1)
        self.alloc |= {address: account(balance=1) for address in PRECOMPILES[:5]}
        self.alloc[HISTORY] = account(storage={slot: 2**250 + slot for slot in range(740, 1000)})
        for address in contracts:
            self.alloc[address] = account(
                balance=self.random.choice([0, 3, ETHER]),
                nonce=1,
                code=self.code(self.random.choice([20, 60, 200, 900])),
                storage={slot: 1 + slot % 9 for slot in SLOTS if self.random.random() < 0.4},
            )
        self.genesis = self.file()
        self.chain = Chain.from_genesis(self.genesis)
        self.state = State.from_genesis(self.chain, self.genesis)

    def code(self, size):
        return self.programmer.program(size, [self.init_code() for _ in range(2)])[:24_000]

    def init_code(self):
        """Code that does something and leaves some of itself behind."""
        before = self.programmer.program(self.random.choice([0, 12, 40]))
        length = self.random.choice([0, 1, 31, 32, 100, 600, 4200])
        offset = self.random.choice([0, 0, 3, 40])
        copy = b"\x61" + length.to_bytes(2) + b"\x61" + offset.to_bytes(2) + b"\x5f\x39"
        back = b"\x61" + length.to_bytes(2) + b"\x5f\xf3"
        return before + copy + back + self.programmer.program(20)

    def file(self):
        alloc = {
            "0x" + address.hex(): {
                "balance": hex(entry["balance"]),
                "nonce": hex(entry["nonce"]),
                "code": "0x" + entry["code"].hex(),
                "storage": {hex(slot): hex(value) for slot, value in entry["storage"].items()},
            }
            for address, entry in self.alloc.items()
        }
        header = {"gasLimit": hex(30_000_000), "timestamp": "0x3e8", "difficulty": "0x0"}
        header |= {"baseFeePerGas": hex(BASE_FEE), "number": hex(PARENT)}
        return json.dumps({"config": CONFIG, **header, "alloc": alloc}).encode()

    def transactions(self, count):
        """Signed transactions, and the fields that the model wants."""
        wallets = {name: Wallet(name) for name in SENDERS}
        return [self.transaction(self.random.choice([*wallets.values()])) for _ in range(count)]

    def transaction(self, wallet):
        randomly = self.random
        kind = randomly.choice([LEGACY, ACCESS_LIST, FEE_MARKET, FEE_MARKET])
        creates = randomly.random() < 0.2
        fields = {
            "to": b"" if creates else randomly.choice(self.targets),
            "value": randomly.choice([0, 0, 1, ETHER]),
            "data": randomly.choice([self.init_code(), self.code(60)])
            if creates
            else randomly.randbytes(randomly.choice([0, 4, 100])),
            "access": [(self.targets[0], [bytes(32)])]
            if kind != LEGACY and randomly.random() < 0.2
            else [],
        }
        least = intrinsic_gas(fields["to"], fields["data"], fields["access"])
        fields["gas"] = least + int(10 ** randomly.uniform(0, 6))
        price = BASE_FEE + randomly.choice([0, 0, 1])
        raw = wallet.sign(kind, most_fee=price, **fields)
        raw = raw if isinstance(raw, bytes) else rlp.encode(raw)
        return raw, wallet.address, {**fields, "price": price}

    def compare(self, signed):
        """Build a block of these transactions, and hold it against the model."""
        coinbase = self.random.choice(COINBASES)
        paid = [self.random.choice(self.targets)] if self.random.random() < 0.2 else []
        withdrawals = [(index, 0, address, index) for index, address in enumerate(paid * 2)]
        attributes = Attributes(
            timestamp=2000,
            fee_recipient=coinbase,
            gas_limit=30_000_000,
            prev_randao=bytes(32),
            withdrawals=withdrawals,
        )
        head = self.state.head
        environment = {"number": PARENT + 1, "coinbase": coinbase, "time": 2000, "rand": 0}
        environment |= {"limit": 30_000_000, "basefee": BASE_FEE, "parent": head.hash}
        block = ModelBlock(self.model, self.alloc, environment)
        outcomes = [block.transact(sender, fields) for _, sender, fields in signed]

        for _, _, address, gwei in withdrawals:
            block.withdraw(address, gwei * 10**9)

        pending = [raw for raw, _, _ in signed]
        built = weakstate.build(self.chain, self.state, attributes, pending)
        assert not built.refused
        gas = [0, *(receipt["cumulative_gas_used"] for receipt in built.receipts)]
        ours = [
            (receipt["success"], after - before)
            for receipt, before, after in zip(built.receipts, gas, gas[1:], strict=False)
        ]
        assert ours == outcomes
        touched = {
            (address, int.from_bytes(index, "little"), suffix): written
            for address, index, suffix, written in built.produced.access_events
        }
        assert touched == block.touched
        self.compare_changes(built.produced.changes, block.state)

    def compare_changes(self, changes, state):
        for address, change in changes.items():
            theirs, ours = state.load(address), change["account"]
            if ours is None:
                assert not theirs["exist"]
                continue
            assert (ours["balance"], ours["nonce"]) == (theirs["bal"], theirs["nonce"])
            for slot, value in change["slots"].items():
                assert state.sload(address, slot) == value


def account(balance=0, nonce=0, code=b"", storage=None):
    return {"balance": balance, "nonce": nonce, "code": code, "storage": storage or {}}


WORLDS = [8, pytest.param(150, marks=pytest.mark.full)]
BLOCKS = 60


@pytest.mark.parametrize("worlds", WORLDS)
def test_gas_outcome_and_leaves_are_those_of_the_model(worlds):
    model = load_model()
    for seed in range(worlds):
        world = World(model, seed)
        for _ in range(BLOCKS):
            signed = world.transactions(world.random.choice([1, 1, 3]))
            with contextlib.suppress(Wrapped):  # one in a thousand
                world.compare(signed)
