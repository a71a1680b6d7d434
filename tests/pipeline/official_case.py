"""An official test through sequencer, verifier and replica: what one hands out the others need.

Each block is produced over the state that its parent left, and verified from the witness that
this gave; a block that is refused leaves every state as it was.
"""

import json

from tests.conformance.case import Case, Failed
from weakstate import Anchor, Block, Chain, InvalidBlock
from weakstate._native import Delta, State, Witness, verify

# What a state remembers of its chain; each block is produced by the rules of its case.
RULES = Chain.builtin("mainnet")


class Pipeline(Case):
    """Runs one test. ``states`` holds the state after each valid block, by its hash."""

    def start(self):
        super().start()
        text = json.dumps({"alloc": self.test["pre"]}).encode()
        header = self.known[self.genesis].header
        self.states = {header.hash: State.from_allocation(RULES, text, header.rlp)}

    def verify(self, rlp):
        """As the whole state's witness has it, and then as the sequencer's does."""
        parent = Block.from_rlp(rlp).header.parent_hash
        state = self.states.get(parent, self.states[self.head])
        try:
            super().verify(rlp)
        except InvalidBlock as refusal:
            self.expect_no_witness(state, rlp, refusal)
            raise
        known = self.known[self.head]
        chain = self.chain(Block.from_rlp(rlp), self.known[parent])
        ancestry = self.ancestry(self.known[parent])
        produced = state.produce(chain, rlp, ancestry, self.budget, check=False)
        anchor = Anchor.hash(parent)
        witness = Witness.from_bytes(produced.witness.to_bytes())
        if sorted(witness.nodes) != produced.witness.nodes:
            raise Failed("the witness's bytes do not hold its nodes")
        verified = verify(chain, anchor, rlp, witness, ancestry, self.budget)
        if not all(verified.node_use) or not all(verified.code_use):
            raise Failed("the witness holds more than the block needs")
        if verified.changes != produced.changes:
            raise Failed("sequencer and verifier saw other changes")
        after = state.copy()
        after.commit(produced)
        if state.root != self.known[parent].header.state_root:
            raise Failed("producing has changed the state")
        if after.root != known.header.state_root:
            raise Failed("another root after commit than the header's")
        if {address: entry["slots"] for address, entry in after.to_dict().items()} != {
            address: dict(account.slots) for address, account in known.state.accounts.items()
        }:
            raise Failed("another state after commit than the verifier's changes make")
        self.expect_replica(state, after, produced, known.header)
        self.states[known.header.hash] = after

    def expect_replica(self, state, after, produced, header):
        """A replica that follows by the delta's bytes comes to the same state."""
        replica = state.copy()
        delta = Delta.from_bytes(produced.delta.to_bytes())
        if delta != produced.delta:
            raise Failed("the delta's bytes are another delta")
        replica.apply(delta, header.rlp)
        if replica.to_dict() != after.to_dict() or replica.root != after.root:
            raise Failed("the replica has another state")

    def expect_no_witness(self, state, rlp, refusal):
        """The sequencer refuses what the verifier refuses, and stays where it was."""
        block = Block.from_rlp(rlp)
        root = state.root
        chain = self.chain(block, self.known.get(block.header.parent_hash))
        ancestry = self.ancestry(self.known[state.head.hash])
        try:
            state.produce(chain, rlp, ancestry, self.budget)
        except InvalidBlock as error:
            if error.code != refusal.code:
                raise Failed(f"sequencer refuses with {error}, verifier with {refusal}") from None
        else:
            raise Failed(f"the sequencer takes what the verifier refuses with {refusal}")
        if state.root != root:
            raise Failed("a refused block has changed the state")
