"""An official test over another scheme than the one that its headers hold roots of.

The headers of the official suites hold Merkle Patricia roots. So each block is sealed anew: it
names the parent as that is here, and the state root that executing it comes to. That is reported
only after gas, receipts, bloom and requests were found to be the header's. Then the pipeline
judges the block as it judges any other. Hashes of blocks are others than in the suite, and so
is what contracts make of them.
"""

from collections.abc import Mapping
from typing import Any

import rlp

from tests.conformance import minimal, minimal_binary
from tests.conformance.case import Failed, Known, expected
from tests.conformance.classes import classes
from tests.conformance.pipeline import Pipeline
from tests.conformance.state import Accounts, unhex
from weakstate import (
    Anchor,
    Block,
    Chain,
    Changes,
    Header,
    InvalidBlock,
    InvalidWitness,
    PartialState,
    Produced,
    Refusal,
    Unreadable,
    WeakstateError,
    Witness,
    produce_from,
)
from weakstate._native import keccak256_many
from weakstate.trees.binary import PROFILES

PARENT_HASH, STATE_ROOT = 0, 3
EMPTY = {"nonce": 0, "balance": 0, "code_hash": keccak256_many([b""])[0], "slots": {}}


class Resealed(Pipeline):
    """Runs one test over a scheme whose tree holds leaves alone.

    Of each witness ``drops`` leaves are dropped in turn to see whether it is minimal; None drops
    every leaf.
    """

    def __init__(self, test: Mapping[str, Any], scheme: str, drops: int | None = 1) -> None:
        self.drops = drops
        self.hashes: dict[bytes, bytes] = {}
        super().__init__(test, scheme)

    def hash_here(self, stated: bytes) -> bytes:
        return self.hashes.get(stated, stated)

    def genesis_header(self) -> Header:
        original = super().genesis_header()
        try:
            self.allocated(original)
        except WeakstateError as error:
            if error.code != "wrong_dump":
                raise Failed(f"the genesis state is refused: {error}", error.code) from None
            root = unhex(error.actual)
        else:
            raise Failed("the genesis state has the root that its header has by another scheme")
        header = with_root(original.rlp, root)
        self.hashes[original.hash] = header.hash
        return header

    def sealed(self, entry: Mapping[str, Any], rlp_bytes: bytes) -> bytes:
        """The block as a child of its parent here, with the root that it comes to.

        What is no block, or the child of none, stays as it is; of a block that is refused for
        something else the root is never looked at.
        """
        try:
            block = rlp.decode(rlp_bytes)
            parent = self.known.get(self.hash_here(block[0][PARENT_HASH]))
        except (rlp.DecodingError, TypeError, IndexError):
            return rlp_bytes
        if parent is None:
            return rlp_bytes
        block[0][PARENT_HASH] = parent.header.hash
        self.put_root(entry, block, parent)
        sealed = rlp.encode(block)
        if "blockHeader" in entry:
            self.hashes[unhex(entry["blockHeader"]["hash"])] = Block.from_rlp(sealed).header.hash
        return sealed

    def put_root(self, entry: Mapping[str, Any], block: list[Any], parent: Known) -> None:
        """Puts the state root that a block comes to in its header, unless it is refused before."""
        sealed = rlp.encode(block)
        try:
            chain = self.chain(Block.from_rlp(sealed), parent)
        except InvalidBlock:
            return
        self.sequencer.go_to(parent.header.hash)
        attempt = self.sequencer.state.attempt(
            chain, sealed, self.ancestry(parent), self.budget, check=False
        )
        if isinstance(attempt, Refusal) and attempt.error.code == "wrong_state_root":
            root = bytearray(unhex(attempt.error.actual))
            if classes().get(expected(entry)) == "state-root":
                root[-1] ^= 1
            block[0][STATE_ROOT] = bytes(root)

    def expect_verifier_to_agree(
        self, chain: Chain, parent: Known, rlp: bytes, produced: Produced
    ) -> None:
        super().expect_verifier_to_agree(chain, parent, rlp, produced)
        if Witness.from_bytes(produced.witness.to_bytes()).proof != produced.witness.proof:
            raise Failed("the witness's bytes do not hold its proof")

        def verify(witness: Witness) -> None:
            self.verify(chain, parent, rlp, witness)

        if profile := PROFILES.get(self.scheme):
            minimal_binary.expect_minimal(profile, produced.witness, verify, self.drops)
        else:
            minimal.expect_minimal(self.sequencer.state, produced.witness, verify, self.drops)

    def expect_same_elsewhere(
        self, chain: Chain, parent: Known, rlp: bytes, produced: Produced
    ) -> None:
        """Neither a witness nor the record of an execution says which leaves a block needs."""
        partial = PartialState.open(Anchor.hash(parent.header.hash), produced.witness)
        record = (
            produced.touches,
            Changes(produced.changes, list(produced.created_codes.values())),
        )
        for refused in (
            lambda: partial.produce(chain, rlp),
            lambda: produce_from(chain, self.sequencer.state, rlp, *record),
        ):
            try:
                refused()
            except Unreadable as error:
                if error.code != "missing_part":
                    raise Failed(f"refused with {error}") from None
            else:
                raise Failed("a witness was made of what does not say what is in it")

    def lacks(self, verdict: WeakstateError) -> bool:
        return isinstance(verdict, InvalidWitness) and verdict.code == "malformed_proof"

    def proves(self, witness: Witness) -> bool:
        return bool(witness.proof)

    def follow(self, produced: Produced) -> None:
        """As ever; then either state goes back, and forward again."""
        before = self.everything()
        super().follow(produced)
        after = self.everything()
        parent, child = produced.header.parent_hash, produced.header.hash
        for target, state in ((parent, before), (child, after)):
            self.sequencer.go_to(target)
            self.replica.go_to(target)
            if self.everything() != state:
                raise Failed("a block taken back, or taken again, leaves another state")

    def check_root(self, last: Known) -> None:
        """The test's is that of another tree."""

    def expect_root(self, accounts: Accounts, root: bytes) -> None:
        """Every leaf and every commitment is what accounts and slots come to."""
        for follower in (self.sequencer, self.replica):
            if follower.state.root == root:
                follower.state.check()

    def expect_accounts(self, accounts: Accounts) -> None:
        super().expect_accounts(without_nothing(accounts))

    def stated_accounts(self) -> Accounts:
        """The post-state of the test, where hashes of its blocks are those of the blocks here."""
        numbers = {int.from_bytes(old): int.from_bytes(new) for old, new in self.hashes.items()}
        stated = {
            address: {
                **account,
                "slots": {slot: numbers.get(v, v) for slot, v in account["slots"].items()},
            }
            for address, account in super().stated_accounts().items()
        }
        return without_nothing(stated)


def without_nothing(accounts: Accounts) -> Accounts:
    """Accounts but those that are empty, with slots but those that are zero."""
    cleaned = {
        address: {**account, "slots": {slot: v for slot, v in account["slots"].items() if v}}
        for address, account in accounts.items()
    }
    return {address: account for address, account in cleaned.items() if account != EMPTY}


def with_root(header: bytes, root: bytes) -> Header:
    """A header in RLP with another state root."""
    fields = rlp.decode(header)
    fields[STATE_ROOT] = root
    return Header.from_rlp(rlp.encode(fields))
