"""An official test whose blocks are built anew from their transactions and attributes.

A valid block must come out to the byte. Of a block that is invalid for one of its transactions
that transaction is refused, and the rest makes a valid block.
"""

import json
from collections import Counter
from functools import partial

import rlp

from tests.conformance.case import Case, Failed, expected
from tests.conformance.classes import HEADER, TRANSACTION, accepts, classes
from tests.conformance.follower import Follower, Step
from tests.conformance.pipeline import rules
from tests.conformance.state import unhex
from weakstate import (
    Anchor,
    Attributes,
    Block,
    InvalidBlock,
    State,
    build,
    produce,
    verify,
)

EMPTY_OMMERS = bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347")
# Classes of exceptions that a transaction is to blame for.
OF_TRANSACTIONS = {"tx", "tx-type-not-active (decode or tx)"}


def transactions_of(block):
    """The encodings of a block's transactions."""
    items = rlp.decode(block)[1]
    return [rlp.encode(item) if isinstance(item, list) else item for item in items]


def withdrawals_of(block):
    """The withdrawals of a block, if it has any."""
    parts = rlp.decode(block)
    number = partial(int.from_bytes, byteorder="big")
    return [
        (number(index), number(validator), address, number(amount))
        for index, validator, address, amount in (parts[3] if len(parts) > 3 else [])
    ]


def attributes_of(block):
    """What of a block's header does not follow from its parent or its transactions."""
    header = Block.from_rlp(block).header.to_dict()
    return Attributes(
        timestamp=header["timestamp"],
        fee_recipient=header["beneficiary"],
        gas_limit=header["gas_limit"],
        extra_data=header["extra_data"],
        prev_randao=header["mix_hash"],
        nonce=header["nonce"],
        withdrawals=withdrawals_of(block),
        parent_beacon_block_root=header["parent_beacon_block_root"],
    )


class Rebuild(Case):
    """Runs one test and counts its blocks.

    Those that are ``rebuilt`` came out to the byte, those that are ``mended`` came out valid
    without their invalid transactions or wrong commitments; no block has the attributes of
    those that are ``hopeless``.
    """

    def __init__(self, test):
        super().__init__(test)
        self.counts = Counter()

    def start(self):
        text = json.dumps({"alloc": self.test["pre"]}).encode()
        header = self.known[self.genesis].header
        self.steps = {}
        self.sequencer = Follower(State.from_allocation(rules("mpt"), text, header.rlp), self.steps)

    def run_block(self, entry):
        super().run_block(entry)
        if "blockHeader" not in entry:
            self.mend(entry)

    def judge(self, chain, parent, rlp):
        """Produces the block, builds it, and holds one against the other."""
        self.sequencer.go_to(parent.header.hash)
        produced = self.produce(chain, rlp, self.ancestry(parent))
        header = produced.header
        made = produced
        if header.to_dict()["ommers_hash"] == EMPTY_OMMERS:
            made = self.rebuild(chain, rlp, produced)
        else:
            self.counts["with ommers"] += 1
        self.steps[header.hash] = Step(header, made.delta)
        self.sequencer.forward(header, lambda state: state.commit(made))
        return header

    def produce(self, chain, rlp, ancestry=None):
        return produce(
            chain,
            self.sequencer.state,
            rlp,
            ancestry=ancestry,
            budget=self.budget,
            check=False,
            access_list=True,
        )

    def build(self, chain, rlp):
        return build(
            chain,
            self.sequencer.state,
            attributes_of(rlp),
            transactions_of(rlp),
            budget=self.budget,
            check=False,
            access_list=True,
        )

    def rebuild(self, chain, rlp, produced):
        built = self.build(chain, rlp)
        if built.refused:
            raise Failed(f"building refuses {built.refused}")
        if built.block.rlp != rlp:
            raise Failed("another block than the test's was built")
        expect_same(built, produced)
        self.counts["rebuilt"] += 1
        return built

    def mend(self, entry):
        """Builds from the transactions of a block that is invalid for one of them."""
        names = expected(entry)
        try:
            block = unhex(entry["rlp"])
            parent = self.known[Block.from_rlp(block).header.parent_hash]
        except (ValueError, InvalidBlock, KeyError):
            return
        chain = self.chain(Block.from_rlp(block), parent)
        self.sequencer.go_to(parent.header.hash)
        try:
            built = self.build(chain, block)
        except InvalidBlock as error:
            if error.code not in HEADER and not accepts(names, error.code):
                raise Failed(f"building fails with {error}, expected {names}") from None
            self.counts["hopeless"] += 1
            return
        expect_same(built, self.produce(chain, built.block))
        verified = verify(
            chain,
            Anchor.hash(parent.header.hash),
            built.block,
            built.witness,
            budget=self.budget,
        )
        if not all(verified.node_use) or not all(verified.code_use):
            raise Failed("the witness holds more than the block needs")
        codes = {code for _, code, _ in built.refused} & TRANSACTION
        of_transaction = {classes().get(name) for name in names.split("|")} <= OF_TRANSACTIONS
        if of_transaction and not any(accepts(names, code) for code in codes):
            raise Failed(f"building refuses {built.refused}, expected {names}")
        self.counts["mended"] += 1

    def check_end(self, last):
        """The states' roots have been held against the headers."""


def expect_same(built, produced):
    """What was built is what executing the finished block makes."""
    if built.header.rlp != produced.header.rlp or built.witness != produced.witness:
        raise Failed("building gives another witness than executing")
    if built.delta != produced.delta or built.produced.changes != produced.changes:
        raise Failed("building gives another delta than executing")
    if built.produced.access_list != produced.access_list:
        raise Failed("building gives another access list than executing")
