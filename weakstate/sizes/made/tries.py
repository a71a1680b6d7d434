"""Merkle Patricia tries in memory that hold what a block touched, and a sequencer over them."""

import json
import random
from typing import Any

from weakstate._native import (
    Attributes,
    Chain,
    Changes,
    State,
    Touches,
    Witness,
    keccak256_many,
    survey,
)
from weakstate.sizes.access import AccessedAccount, AccessSet

ACCOUNTS_BESIDE = 1 << 14
SLOTS_BESIDE = 256  # of each contract whose storage was touched, at most
# Up to Paris: no system contract is called, so that an empty block leaves the state as it is.
FORKS = (
    "homestead",
    "eip150",
    "eip155",
    "eip158",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
    "muirGlacier",
    "berlin",
    "london",
    "arrowGlacier",
    "grayGlacier",
)
CONFIG = {"chainId": 1, "terminalTotalDifficulty": 0} | {f"{fork}Block": 0 for fork in FORKS}
HEADER = {"difficulty": "0x0", "gasLimit": "0x1c9c380", "timestamp": "0x1", "baseFeePerGas": "0x7"}


class MadeTries:
    """A state with what is touched, and accounts and slots beside; values and codes are random."""

    def __init__(self, access: AccessSet) -> None:
        rng = random.Random(0)
        self.keys = 0
        alloc = {a.address.hex(): self._account(a, rng) for a in access.accounts if a.present}
        for _ in range(ACCOUNTS_BESIDE):
            alloc[rng.randbytes(20).hex()] = {"balance": hex(rng.getrandbits(70) | 1)}
        self.keys += len(alloc)
        text = json.dumps(HEADER | {"config": CONFIG, "alloc": alloc}).encode()
        self._chain = Chain.from_genesis(text)
        self._state = State.from_genesis(self._chain, text)
        with_code = [a.address for a in access.accounts if a.present and a.code]
        slots = [(a.address, slot) for a in access.accounts for slot in a.slots]
        self._touches = Touches([a.address for a in access.accounts], slots, with_code)
        attributes = Attributes(timestamp=2, fee_recipient=bytes(20))
        self._empty = self._state.build(self._chain, attributes, []).block.rlp

    def witness(self) -> Witness:
        """What a verifier needs, as for a block that touches all of it and changes nothing."""
        made = self._state.produce_from(self._chain, self._empty, self._touches, Changes({}))
        return made.witness

    def check(self, witness: Witness) -> None:
        """Hash every node and code, and find every node on the way from the root.

        Raises: ValueError where one is not.
        """
        keccak256_many(witness.codes)
        if survey(witness, self._state.root).unreachable != (0, 0):
            raise ValueError("a witness of nodes that its root does not lead to")

    def _account(self, account: AccessedAccount, rng: random.Random) -> dict[str, Any]:
        slots = {slot: values.before for slot, values in account.slots.items() if values.before}
        if slots:
            unseen = account.unseen_slots
            beside = SLOTS_BESIDE if unseen is None else min(SLOTS_BESIDE, round(unseen))
            slots |= {rng.getrandbits(200): rng.getrandbits(96) | 1 for _ in range(beside)}
        self.keys += len(slots)
        # A code may not begin with 0xef once London's rules hold.
        code = b"\0" + rng.randbytes(account.code - 1) if account.code else b""
        return {
            "balance": "0x1",
            "nonce": "0x1",
            "code": f"0x{code.hex()}",
            "storage": {hex(slot): hex(value) for slot, value in slots.items()},
        }
