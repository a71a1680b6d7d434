"""Runs an official blockchain test statelessly: each block from a witness, no state kept by it.

The whole pre-state becomes tries; the verifier is given all of their nodes, and once more only
those that it said it needed. Which block is valid, the test's file says.
"""

from dataclasses import dataclass, field

import rlp
from eth_hash.auto import keccak

from tests.data import from_hex
from tests.reference.reference_chain import OfficialChain
from weakstate.errors import InvalidBlock, InvalidWitness, WeakstateError
from weakstate.trees.mpt import EMPTY_ROOT, MerklePatriciaTree, Nodes
from weakstate.verifier.reference import ReferenceAnchor, ReferenceWitness, verify_reference

NO_PARENT = {"missing_parent", "broken_ancestry"}


def state_of(accounts):
    """Root, nodes and codes of a state as the tests write it."""
    nodes, codes, leaves = Nodes(), {}, {}
    for address, account in accounts.items():
        slots = ((int(key, 16), int(value, 16)) for key, value in account["storage"].items())
        storage = MerklePatriciaTree(EMPTY_ROOT, nodes)
        storage.update(
            (keccak(key.to_bytes(32)), rlp.encode(value)) for key, value in slots if value
        )
        code = from_hex(account["code"])
        codes[keccak(code)] = code
        numbers = [int(account[name], 16) for name in ("nonce", "balance")]
        leaves[keccak(from_hex(address))] = rlp.encode([*numbers, storage.root, keccak(code)])
    root = MerklePatriciaTree(EMPTY_ROOT, nodes).update(leaves.items())
    return root, nodes.made, codes


@dataclass
class Imported:
    """A block that was found valid, or the genesis block."""

    header: bytes
    parent_hash: bytes | None
    state_root: bytes
    generation: bytes  # RLP of header and ommers


@dataclass
class OfficialCase:
    """One test: `run` returns what went other than the file says, as lines."""

    content: dict
    blocks: dict = field(default_factory=dict)
    nodes: dict = field(default_factory=dict)
    codes: dict = field(default_factory=dict)

    def run(self):
        root, self.nodes, self.codes = state_of(self.content["pre"])
        genesis = rlp.decode(from_hex(self.content["genesisRLP"]))
        self._import(genesis, root)
        wrong = []
        for index, block in enumerate(self.content["blocks"]):
            outcome = self._outcome(from_hex(block["rlp"]), "blockHeader" in block)
            if outcome:
                wrong.append(f"block {index}: {outcome}")
        return wrong or self._end()

    def _end(self):
        last = self.blocks.get(from_hex(self.content["lastblockhash"]))
        if last is None:
            return ["the last block was not found valid"]
        if "postState" in self.content:
            root, _, _ = state_of(self.content["postState"])
            return [] if root == last.state_root else ["other post-state"]
        return []

    def _import(self, items, state_root):
        header, ommers = items[0], items[2]
        encoded = rlp.encode(header)
        generation = rlp.encode([header, ommers])
        self.blocks[keccak(encoded)] = Imported(encoded, header[0], state_root, generation)

    def _outcome(self, encoded, valid):
        """What is wrong with the verdict on one block; None if it is right."""
        chain = OfficialChain(self.content["network"], self.content.get("config", {}))
        lineage = self._lineage(encoded)
        anchor = ReferenceAnchor("hash", keccak(lineage[0].header) if lineage else bytes(32))
        headers = [block.header for block in lineage]
        ancestry = [block.generation for block in lineage[:7]]
        full = ReferenceWitness([*self.nodes.values()], [*self.codes.values()], headers)
        try:
            verified = verify_reference(chain, anchor, encoded, full, ancestry)
        except InvalidBlock as refusal:
            return f"refused: {refusal}" if valid else None
        except InvalidWitness as refusal:
            return None if not valid and refusal.code in NO_PARENT else f"not judged: {refusal}"
        if not valid:
            return "accepted"

        minimal = ReferenceWitness(
            [self.nodes[hash_] for hash_ in verified.needed_nodes],
            [self.codes[hash_] for hash_ in verified.needed_codes],
            [header for header in headers if keccak(header) in verified.needed_headers],
        )
        try:
            verify_reference(chain, anchor, encoded, minimal, ancestry)
        except WeakstateError as refusal:
            return f"what it needs does not suffice: {refusal}"
        self.nodes.update((keccak(node), node) for node in verified.new_nodes)
        self.codes.update((keccak(code), code) for code in verified.new_codes)
        self._import(rlp.decode(encoded), verified.post_state_root)
        return None

    def _lineage(self, encoded):
        """The block's ancestors that were found valid, from the parent back."""
        try:
            parent_hash = rlp.decode(encoded)[0][0]
        except (rlp.DecodingError, IndexError):
            return []
        found = []
        while isinstance(parent_hash, bytes) and parent_hash in self.blocks and len(found) < 256:
            found.append(self.blocks[parent_hash])
            parent_hash = found[-1].parent_hash
        return found
