"""Blocks of Amsterdam under the rules of Osaka, for the execution witnesses that they bring.

The official suites give execution witnesses for Amsterdam alone, whose rules this engine does
not have. What a block reads is the same under Osaka's, wherever gas decides nothing. So the
fields that Amsterdam added are taken off the header, what the block comes to under Osaka is
written into it, and nothing else changes: the block names the parent that it named, and the
state goes on from the suite's own header, as long as that has the root that came out.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import rlp
from rlp.sedes import big_endian_int

from tests.conformance.case import Failed
from tests.conformance.networks import genesis_config
from tests.conformance.state import unhex
from weakstate import Block, Chain, Delta, Header, Produced, State, Witness

# Header fields up to Osaka, and parts of its blocks; Amsterdam's come after them.
FIELDS, PARTS = 21, 4
# Where a header says what executing the block comes to, by the refusal if it says otherwise.
OUTCOMES = {
    "wrong_gas_used": 10,
    "wrong_receipts_root": 5,
    "wrong_logs_bloom": 6,
    "wrong_requests_hash": 20,
    "wrong_state_root": 3,
}


@dataclass(frozen=True)
class Transplanted:
    """A block of Amsterdam that holds under Osaka's rules."""

    chain: Chain
    original: Header
    rlp: bytes
    produced: Produced
    stated: Witness  # the suite's
    stated_holds: bool  # whether the suite's verifier found the block valid by it

    @property
    def same_gas(self) -> bool:
        """Whether both forks' rules come to the same."""
        return self.produced.header.gas_used == self.original.gas_used


def transplant(test: Mapping[str, Any]) -> Iterator[Transplanted]:
    """Takes over the blocks of one test. Raises: Failed if one does not hold under Osaka."""
    chain = osaka(test["config"])
    genesis = rlp.encode(rlp.decode(unhex(test["genesisRLP"]))[0])
    state = State.from_allocation(chain, json.dumps({"alloc": test["pre"]}).encode(), genesis)
    for entry in test["blocks"]:
        original = unhex(entry["rlp"])
        header = Block.from_rlp(original).header
        block, produced = mend(chain, state, original)
        lists = [entry["executionWitness"][name] for name in ("state", "codes", "headers")]
        stated = Witness(*([unhex(item) for item in items] for items in lists))
        # The 32 bytes of a root come first, then whether the block was found valid.
        holds = unhex(entry["statelessOutputBytes"])[32] == 1
        yield Transplanted(chain, header, block, produced, stated, holds)
        if produced.header.state_root != header.state_root:
            return
        delta = produced.delta.to_bytes().replace(produced.header.hash, header.hash)
        state.apply(Delta.from_bytes(delta), header.rlp)


def osaka(config: Mapping[str, Any]) -> Chain:
    """Osaka's rules with the test's blob parameters."""
    schedule = {"Osaka": config["blobSchedule"]["Amsterdam"]}
    rules = genesis_config("Osaka", {"chainid": config["chainid"], "blobSchedule": schedule})
    return Chain.from_genesis(json.dumps({"config": rules}).encode())


def mend(chain: Chain, state: State, original: bytes) -> tuple[bytes, Produced]:
    """The block with what it comes to under ``chain``, and what producing it made."""
    header, *parts = rlp.decode(original)[:PARTS]
    header = header[:FIELDS]
    for _ in range(len(OUTCOMES) + 1):
        block = rlp.encode([header, *parts])
        attempt = state.attempt(chain, block)
        if isinstance(attempt, Produced):
            return block, attempt
        if attempt.error.code not in OUTCOMES:
            break
        header[OUTCOMES[attempt.error.code]] = field(attempt.error.actual)
    raise Failed(f"refused with {attempt.error}")


def field(text: str) -> bytes:
    """A header's field from the number or bytes that an error states."""
    return unhex(text) if text.startswith("0x") else big_endian_int.serialize(int(text))
