"""An official test through a verifier that is given every node and code of the state."""

from collections.abc import Callable

from tests.conformance.case import Case, Failed
from tests.conformance.state import WholeState
from weakstate import Anchor


class WholeWitness(Case):
    """Runs one test. ``engine`` judges each block; it takes what the native ``verify`` takes."""

    def __init__(self, test, engine: Callable) -> None:
        super().__init__(test)
        self.engine = engine

    def start(self):
        state = WholeState.from_json(self.test["pre"])
        root, _ = state.witness([])
        if root != self.known[self.genesis].header.state_root:
            raise Failed("the pre-state does not hash to the genesis header's root")
        self.states = {self.genesis: state}

    def judge(self, chain, parent, rlp):
        state = self.states[parent.header.hash]
        headers = [known.header.rlp for known in reversed(self.ancestors(parent))]
        _, witness = state.witness(headers)
        anchor = Anchor.header(parent.header.rlp)
        ancestry = self.ancestry(parent)
        verified = self.engine(chain, anchor, rlp, witness, ancestry, self.budget)
        header = verified.header
        self.states[header.hash] = state.after(verified.changes, verified.created_codes)
        return header

    def check_end(self, last):
        if "postState" in self.test:
            stated = WholeState.from_json(self.test["postState"])
            if self.states[last.header.hash].accounts != stated.accounts:
                raise Failed("another post-state than the test's")
