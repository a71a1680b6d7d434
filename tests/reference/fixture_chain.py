"""The chain in fixtures/, as its files say."""

import json
from dataclasses import dataclass, replace
from functools import cache

import rlp

from fixtures.make import CHAIN, Osaka
from tests.data import from_hex
from weakstate.trees.mpt import ordered_root
from weakstate.verifier.reference import ReferenceAnchor, ReferenceWitness, verify_reference
from weakstate.verifier.reference.body import RawBlock


@dataclass(frozen=True)
class Sample:
    """A block with its witness."""

    encoded: bytes
    witness: ReferenceWitness
    post_state_root: bytes

    @property
    def header(self):
        return RawBlock.from_rlp(self.encoded).header

    @property
    def anchor(self):
        """What a caller trusts who follows the chain."""
        return ReferenceAnchor("hash", self.header.parent_hash)

    def edited(self, transactions=None, **fields):
        """The block's RLP with another header or body; other transactions have their root."""
        raw = RawBlock.from_rlp(self.encoded)
        body = [raw.transactions if transactions is None else transactions, [], raw.withdrawals]
        if transactions is not None:
            items = [tx if isinstance(tx, bytes) else rlp.encode(tx) for tx in transactions]
            fields = {"transactions_root": ordered_root(items)} | fields
        return rlp.encode([replace(raw.header, **fields).items(), *body])

    def verify(self, encoded=None, chain=None, anchor=None, **parts):
        """Verify this block, or another, with parts of the witness replaced."""
        return verify_reference(
            chain or Osaka(),
            anchor or self.anchor,
            self.encoded if encoded is None else encoded,
            replace(self.witness, **parts),
        )


@cache
def samples():
    """The chain's blocks with their witnesses, from the first."""
    numbers = sorted(int(path.stem) for path in CHAIN.glob("[0-9]*.json"))
    return [read(CHAIN / f"{number}.json") for number in numbers]


def read(path):
    content = json.loads(path.read_text())
    parts = ([from_hex(v) for v in content["witness"][p]] for p in ("state", "codes", "headers"))
    return Sample(
        from_hex(content["blockRlp"]),
        ReferenceWitness(*parts),
        from_hex(content["postStateRoot"]),
    )
