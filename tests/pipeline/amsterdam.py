"""Official blocks that carry an access list, each over the state that it extends.

They are of Amsterdam, as of April 2026, whose rules this engine does not have. Applying a list
needs no rules, so the states follow from the lists; executing is done by the rules of Osaka.
"""

import json
from dataclasses import dataclass
from typing import Any

import rlp
from eth_hash.auto import keccak

from tests.conformance import suite
from tests.conformance.networks import genesis_config
from tests.conformance.state import unhex
from weakstate import Block, Chain, Changes, Header, State, Touches


@dataclass(frozen=True)
class Listed:
    """A block with its access list, and the state before it."""

    name: str
    chain: Chain
    state: State
    entry: Any

    @property
    def rlp(self):
        return unhex(self.entry["rlp"])

    @property
    def header(self):
        return Block.from_rlp(self.rlp).header.to_dict()

    @property
    def access_list(self):
        return encode(self.entry["blockAccessList"])

    @property
    def witness(self):
        """The witness that the test states, unless the test is about a wrong one."""
        mutated = "test_witness_validation" in self.name
        return None if mutated else self.entry.get("executionWitness")

    def produce(self):
        """What the official list leads to; codes and headers are told by the official witness."""
        codes, oldest = [], None
        if self.witness:
            codes = [keccak(unhex(code)) for code in self.witness["codes"]]
            first = Header.from_rlp(unhex(self.witness["headers"][0])).number
            oldest = first - 1 if len(self.witness["headers"]) > 1 else None
        touches = Touches.from_access_list(self.access_list, codes, oldest)
        changes = Changes.from_access_list(self.access_list)
        return self.state.produce_from(self.chain, self.rlp, touches, changes)


def listed_blocks(folder):
    """Every valid block with an access list in a suite."""
    for file in suite.files(folder):
        for name, test in suite.tests(file).items():
            if "Amsterdam" in test["network"]:
                yield from _blocks(name, test)


def _blocks(name, test):
    config = genesis_config(test["network"], test["config"])
    del config["amsterdamTime"]
    chain = Chain.from_genesis(json.dumps({"config": config}).encode())
    genesis = Block.from_rlp(unhex(test["genesisRLP"])).header.rlp
    state = State.from_allocation(chain, json.dumps({"alloc": test["pre"]}).encode(), genesis)
    for entry in test["blocks"]:
        if "blockHeader" not in entry:
            continue
        if "blockAccessList" not in entry:
            state.commit(state.produce(chain, unhex(entry["rlp"])))
            continue
        block = Listed(name, chain, state.copy(), entry)
        yield block
        state.commit(block.produce())


def encode(accounts):
    """RLP of a list as the tests state it in JSON."""
    return rlp.encode(
        [
            [
                unhex(account["address"]),
                [
                    [number(slot["slot"]), pairs(slot["slotChanges"], "postValue")]
                    for slot in account["storageChanges"]
                ],
                [number(slot) for slot in account["storageReads"]],
                pairs(account["balanceChanges"], "postBalance"),
                pairs(account["nonceChanges"], "postNonce"),
                [
                    [number(change["blockAccessIndex"]), unhex(change["newCode"])]
                    for change in account["codeChanges"]
                ],
            ]
            for account in accounts
        ]
    )


def pairs(changes, key):
    return [[number(change["blockAccessIndex"]), number(change[key])] for change in changes]


def number(text):
    return rlp.sedes.big_endian_int.serialize(int(text, 16))
