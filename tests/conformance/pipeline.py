"""An official test through the pipeline: sequencer, witness, verifier, delta, replica.

What crosses from one to the next is bytes. A block that is refused is refused by the verifier
as well, by the witness of the refusal and by the parent's header alone, and leaves every state
as it was. Branches are gone back to and forward again by deltas.
"""

import functools
import json
from functools import reduce

from tests.conformance.case import Case, Failed, Known
from tests.conformance.follower import Follower, Step, follow
from tests.conformance.record import expect_same_from_record
from tests.conformance.state import Accounts, WholeState, build
from weakstate import (
    Anchor,
    Chain,
    Delta,
    Header,
    NotWitnessed,
    PartialState,
    Produced,
    Refusal,
    State,
    Verified,
    WeakstateError,
    Witness,
    check_delta,
)
from weakstate._native import verify


class Pipeline(Case):
    """Runs one test with a sequencer's state and a replica's."""

    def start(self) -> None:
        header = self.known[self.genesis].header
        try:
            states = [self.allocated(header) for _ in range(2)]
        except WeakstateError as error:
            raise Failed(f"the genesis state is not its header's: {error}") from None
        self.steps: dict[bytes, Step] = {}
        self.sequencer, self.replica = (Follower(state, self.steps) for state in states)

    def allocated(self, header: Header) -> State:
        """The state that the test starts with. Raises: WeakstateError if the root is another."""
        text = json.dumps({"alloc": self.test["pre"]}).encode()
        return State.from_allocation(rules(self.scheme), text, header.rlp)

    def judge(self, chain: Chain, parent: Known, rlp: bytes) -> Header:
        self.sequencer.go_to(parent.header.hash)
        self.replica.go_to(parent.header.hash)
        before = self.everything()
        attempt = self.sequencer.state.attempt(
            chain, rlp, self.ancestry(parent), self.budget, check=False, access_list=True
        )
        if isinstance(attempt, Refusal):
            self.expect_verifier_to_refuse(chain, parent, rlp, attempt)
        else:
            self.expect_verifier_to_agree(chain, parent, rlp, attempt)
            self.expect_same_elsewhere(chain, parent, rlp, attempt)
        if self.everything() != before:
            raise Failed("a state has changed")
        if isinstance(attempt, Refusal):
            raise attempt.error
        self.follow(attempt)
        return attempt.header

    def verify(self, chain: Chain, parent: Known, rlp: bytes, witness: Witness) -> Verified:
        """A verifier's verdict; it trusts the parent's hash alone."""
        anchor = Anchor.hash(parent.header.hash)
        return verify(chain, anchor, rlp, witness, self.ancestry(parent), self.budget)

    def expect_verifier_to_agree(
        self, chain: Chain, parent: Known, rlp: bytes, produced: Produced
    ) -> None:
        """The witness's bytes prove the block, and hold nothing else."""
        witness = Witness.from_bytes(produced.witness.to_bytes())
        if sorted(witness.nodes) != produced.witness.nodes:
            raise Failed("the witness's bytes do not hold its nodes")
        anchor, header = Anchor.hash(parent.header.hash), produced.header
        try:
            verified = self.verify(chain, parent, rlp, witness)
            check_delta(anchor, witness, produced.delta, header.rlp, self.budget, chain)
        except WeakstateError as error:
            raise Failed(f"the verifier refuses what was produced: {error}") from None
        if verified.post_state_root != produced.header.state_root:
            raise Failed("sequencer and verifier came to other roots")
        if verified.changes != produced.changes:
            raise Failed("sequencer and verifier saw other changes")
        if not all(verified.node_use) or not all(verified.code_use):
            raise Failed("the witness holds more than the block needs")

    def expect_same_elsewhere(
        self, chain: Chain, parent: Known, rlp: bytes, produced: Produced
    ) -> None:
        """Over its own witness a block gives the same, and so does the record of its execution."""
        witness = Witness.from_bytes(produced.witness.to_bytes())
        state = PartialState.open(Anchor.hash(parent.header.hash), witness)
        try:
            again = state.produce(chain, rlp, self.ancestry(parent), self.budget)
        except WeakstateError as error:
            raise Failed(f"refused over its own witness: {error}") from None
        if (again.witness, again.delta) != (produced.witness, produced.delta):
            raise Failed("over its own witness the block gives another witness or delta")
        expect_same_from_record(self.sequencer.state, chain, rlp, produced)

    def expect_verifier_to_refuse(
        self, chain: Chain, parent: Known, rlp: bytes, refusal: Refusal
    ) -> None:
        """By what was read until the refusal a verifier refuses the block for the same reason.

        By the parent's header alone it may lack what it takes to say so, and then says that.
        """
        error, recorded = refusal.error, refusal.witness
        parent_only = Witness([], [], [parent.header.rlp])
        for witness in (recorded, parent_only):
            try:
                self.verify(chain, parent, rlp, witness)
            except WeakstateError as verdict:
                if self.lacks(verdict) and witness is not recorded and self.proves(recorded):
                    continue
                if verdict.args != error.args:
                    raise Failed(f"refused with {error}, by the verifier: {verdict}") from None
            else:
                raise Failed(f"the verifier finds valid what is refused with {error}")

    def lacks(self, verdict: WeakstateError) -> bool:
        """Whether this is what a verifier says that has the parent's header alone."""
        return isinstance(verdict, NotWitnessed)

    def proves(self, witness: Witness) -> bool:
        """Whether anything of the state is in a witness."""
        return witness.node_count > 0

    def follow(self, produced: Produced) -> None:
        """Sequencer and replica go on, the one by what it produced, the other by the delta."""
        header = produced.header
        delta = Delta.from_bytes(produced.delta.to_bytes())
        if delta != produced.delta:
            raise Failed("the delta's bytes are another delta")
        step = self.steps[header.hash] = Step(header, delta)
        self.sequencer.forward(header, lambda state: state.commit(produced))
        self.replica.forward(header, lambda state: follow(state, step))
        roots = {self.sequencer.state.root, self.replica.state.root}
        if roots != {header.state_root}:
            raise Failed("sequencer or replica has another root than the header's")
        if self.sequencer.state.to_dict() != self.replica.state.to_dict():
            raise Failed("sequencer and replica have other states")

    def everything(self) -> list[object]:
        """All that is in both states."""
        states = [self.sequencer.state, self.replica.state]
        return [(state.root, state.head.hash, state.to_dict()) for state in states]

    def check_end(self, last: Known) -> None:
        self.expect_joined_deltas_to_lead(last)
        for follower in (self.sequencer, self.replica):
            follower.go_to(last.header.hash)
            accounts = follower.state.to_dict()
            self.expect_root(accounts, last.header.state_root)
            if "postState" in self.test:
                self.expect_accounts(accounts)

    def expect_root(self, accounts: Accounts, root: bytes) -> None:
        """The root is that of all accounts and slots."""
        if build(accounts)[0] != root:
            raise Failed("accounts and slots do not hash to the root")

    def expect_joined_deltas_to_lead(self, last: Known) -> None:
        """All deltas in one lead where one after the other does, however they were joined."""
        deltas, block = [], last.header.hash
        while block != self.genesis:
            deltas.append(self.steps[block].delta)
            block = self.steps[block].header.parent_hash
        if not deltas:
            return
        chain = rules(self.scheme)
        right = reduce(lambda after, before: before.then(after, chain), deltas)
        left = reduce(lambda before, after: before.then(after, chain), reversed(deltas))
        if left != right or left.blocks != len(deltas):
            raise Failed("it matters in which order deltas are joined")
        self.replica.go_to(self.genesis)
        joined = self.replica.state.copy()
        joined.apply(Delta.from_bytes(left.to_bytes()), last.header.rlp)
        self.sequencer.go_to(last.header.hash)
        if joined.to_dict() != self.sequencer.state.to_dict():
            raise Failed("deltas in one lead to another state than one after the other")

    def expect_accounts(self, accounts: Accounts) -> None:
        """What the test does not list must not be there, above all what it started with."""
        stated = self.stated_accounts()
        for address in stated.keys() | accounts.keys():
            got, expected = accounts.get(address), stated.get(address)
            if got != expected:
                raise Failed(f"account 0x{address.hex()}: got {got}, expected {expected}")

    def stated_accounts(self) -> Accounts:
        """The post-state of the test."""
        return WholeState.from_json(self.test["postState"]).accounts


@functools.cache
def rules(scheme: str) -> Chain:
    """What a state remembers of its chain; each block is produced by the rules of its case."""
    if scheme == "mpt":
        return Chain.builtin("mainnet")
    config = {"chainId": 1, "weakstate": {"scheme": scheme}}
    return Chain.from_genesis(json.dumps({"config": config}).encode())
