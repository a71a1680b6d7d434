"""Blocks of a chain that charges gas by access events, run by the model that lies with the data.

The model holds the rules of one frame and below (`reference/verkle_evm.py` beside the data
folder; it reproduced 32,145 transactions of the Kaustinen-6 network). What a transaction and a
block do around it is here.
"""

import collections
import importlib
import sys

import pytest
import rlp
from eth_hash.auto import keccak

from tests.data import data_folder

HISTORY = b"\xff" * 19 + b"\xfe"
EMPTY = keccak(b"")


class Wrapped(Exception):
    """A transaction ends with more gas than it began with: each call that fails for want of its
    value brings a stipend that nobody paid. The network's clients report a gas of nearly 2⁶⁴."""


class Steps(collections.Counter):
    """Counts the instructions that run. So many run only where gas was gained as above."""

    MOST = 200_000

    def __init__(self):
        super().__init__()
        self.left = self.MOST

    def __setitem__(self, key, value):
        self.left -= 1
        if not self.left:
            raise Wrapped


class Counters(collections.Counter):
    """The model's counters. One tells that a chunk costs more than the gas that is left: the
    network's clients let the gas wrap around, we say that it is out."""

    def __init__(self, out_of_gas):
        super().__init__()
        self.out_of_gas = out_of_gas

    def __setitem__(self, key, value):
        if key.startswith("chunk_underflow"):
            raise self.out_of_gas
        super().__setitem__(key, value)


def load_model():
    """The model's module; the test is skipped where it is not there."""
    folder = data_folder()
    path = folder.parent / "reference" if folder else None
    if path is None or not (path / "verkle_evm.py").exists():
        pytest.skip("needs the model beside the data folder")
    sys.path.insert(0, str(path))
    try:
        model = importlib.import_module("verkle_evm")
    finally:
        sys.path.remove(str(path))
    model.STAT = Counters(model.OOG)
    # A call within a call takes three of Python's.
    sys.setrecursionlimit(20_000)
    return model


class Leaves:
    """The leaves of a genesis allocation, as the model looks them up."""

    def __init__(self, model, alloc):
        self.alloc = alloc
        self.slots = {
            (address, *model.slotkey(slot)): value.to_bytes(32)
            for address, account in alloc.items()
            for slot, value in account["storage"].items()
        }

    def present(self, address):
        return address in self.alloc

    def __call__(self, address, index, suffix):
        account = self.alloc.get(address)
        if index or suffix >= 5 or account is None:
            return self.slots.get((address, index, suffix))
        code = account["code"]
        return [
            bytes(32),
            account["balance"].to_bytes(32, "little"),
            account["nonce"].to_bytes(32, "little"),
            keccak(code),
            len(code).to_bytes(32, "little") if code else None,
        ][suffix]

    def chunks(self, address):
        code = self.alloc[address]["code"]
        for chunk in range(-(-len(code) // 31)):
            yield chunk, b"\0" + code[31 * chunk : 31 * chunk + 31].ljust(31, b"\0")


class Touched:
    """Told which accounts a value of zero goes to: clients make an object of each."""

    def __init__(self, state):
        self.state = state

    def add(self, address):
        if self.state.load(address)["exist"] is False:
            self.state.set(address, exist=True)


class ModelBlock:
    """A block under way in the model."""

    def __init__(self, model, alloc, environment):
        self.model = model
        self.state = model.WState(Leaves(model, alloc))
        self.state.logs, self.state.orig = [], {}
        self.environment = environment
        self.touched = {}
        number = environment["number"]
        slot = (number - 1) % 8192
        self.touched[HISTORY, *model.slotkey(slot)] = True
        self.state.sstore(HISTORY, slot, int.from_bytes(environment["parent"]))

    def transact(self, sender, transaction):
        """Run a transaction, a dict of its fields. Returns its success and the gas it used."""
        model, state = self.model, self.state
        to, value, data = (transaction[name] for name in ("to", "value", "data"))
        state.created, state.sd, state.j = set(), set(), []
        evm = model.EVM(state, self.environment, None)
        evm.acc, evm.touched, evm.ops = model.Acc(), Touched(state), Steps()
        evm.origin, evm.gasprice = sender, transaction["price"]
        evm.acc.full(sender, 0)
        evm.acc.t(sender, 0, 1, 1), evm.acc.t(sender, 0, 2, 1)
        if to:
            evm.acc.full(to, 0)
            if value:
                evm.acc.t(to, 0, 1, 1)

        account = state.load(sender)
        nonce, price = account["nonce"], transaction["price"]
        state.set(sender, bal=account["bal"] - transaction["gas"] * price)
        gas = transaction["gas"] - intrinsic_gas(to, data, transaction["access"])
        if to:
            state.set(sender, nonce=nonce + 1)
            success, _, left = evm.call(sender, to, data, gas, value, False, 0)
        else:
            created = keccak(rlp.encode([sender, nonce]))[12:]
            success, _, left, _ = evm.create(sender, data, gas, value, created, 0)
        used = transaction["gas"] - left
        if used < 0:
            raise Wrapped
        state.set(sender, bal=state.get(sender, "bal") + left * price)
        tip = (price - self.environment["basefee"]) * used
        if tip:
            coinbase = self.environment["coinbase"]
            evm.acc.full(coinbase, 1)
            state.set(coinbase, bal=state.get(coinbase, "bal") + tip, exist=True)
        self._finish(evm)
        return success, used

    def withdraw(self, address, amount):
        self.touched |= {(address, 0, suffix): True for suffix in range(5)}
        if amount:
            balance = self.state.get(address, "bal")
            self.state.set(address, bal=balance + amount, exist=True)

    def _finish(self, evm):
        state = self.state
        for address in state.sd:
            state.codefull.pop(address, None)
            state.sto = {key: value for key, value in state.sto.items() if key[0] != address}
        for address, account in list(state.acc.items()):
            gone = address in state.sd or (state.empty(address) and address != HISTORY)
            if gone and account["exist"]:
                none = {"exist": False, "bal": 0, "nonce": 0, "ch": EMPTY, "cs": 0}
                state.acc[address] = {**none, "dirty": False}
        for leaf, written in evm.acc.c.items():
            self.touched[leaf] = self.touched.get(leaf, False) or bool(written)


def intrinsic_gas(to, data, access):
    zeros = data.count(0)
    gas = 21_000 + 4 * zeros + 16 * (len(data) - zeros)
    gas += sum(2400 + 1900 * len(keys) for _, keys in access)
    return gas if to else gas + 32_000 + 2 * -(-len(data) // 32)
