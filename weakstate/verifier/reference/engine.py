"""Verify one block statelessly: the eight steps, in the order in which blame can be told.

Source: docs of the project (trust model); execution by ``ethereum-execution`` 2.20.0 (EELS).
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import SupportsInt

from eth_hash.auto import keccak
from ethereum.forks.dao_fork.dao import apply_dao
from ethereum_types.bytes import Bytes32
from ethereum_types.numeric import U64

from weakstate.errors import InvalidWitness, NotWitnessed
from weakstate.trees.mpt import Nodes
from weakstate.verifier.reference.blame import blame, require
from weakstate.verifier.reference.body import RawBlock, check_body
from weakstate.verifier.reference.checks import tell_checks
from weakstate.verifier.reference.forks import REFUSALS, Rules, deep_calls, replaced, rules_at
from weakstate.verifier.reference.header import Header, hashes_by_depth, read_ancestors
from weakstate.verifier.reference.header_rules import check_header, is_dao_fork_block
from weakstate.verifier.reference.ommers import check_ommers
from weakstate.verifier.reference.state import PartialState
from weakstate.verifier.reference.transactions import stateless_rules_first
from weakstate.verifier.reference.types import (
    ChainRules,
    Check,
    EelsBlock,
    EelsBlockOutput,
    ReferenceVerified,
    Trusted,
    WitnessParts,
)


def verify_reference(
    chain: ChainRules,
    anchor: Trusted,
    block_rlp: bytes,
    witness: WitnessParts,
    ancestry: Sequence[bytes] | None = None,
) -> ReferenceVerified:
    """Re-execute a block from its witness; return what is then known of it.

    ``chain`` and ``anchor`` are trusted, all else is checked. ``ancestry`` holds up to seven
    ancestors, for ommers only: the RLP of blocks, or of pairs of header and ommers.

    Raises: InvalidBlock, InvalidWitness, NotWitnessed; ValueError for an unusable anchor.
    """
    # 1. The witness' ancestors chain by hash up to the parent, and the parent is the anchor.
    raw = RawBlock.from_rlp(block_rlp)
    lineage = read_ancestors(witness.headers, raw.header.parent_hash)
    parent = find_parent(anchor, raw.header, lineage)
    pre_state_root = anchor.value if parent is None else parent.state_root
    lineage = lineage or ([] if parent is None else [parent])
    trusted_hashes = anchor.block_hashes if anchor.kind == "state_root" else ()

    rules = rules_at(chain, raw.header.number, raw.header.timestamp)
    with rules.in_force(chain, raw.header):
        # 2. The header follows from the parent's.
        check_header(chain, raw.header, parent, rules)

        # 3. The body hashes to the header's roots, and every transaction has a sender.
        block = check_body(chain, raw, rules)
        ommers = check_ommers(chain, raw, rules, ancestry)

        # 4. The proof opens against the parent's state root; all that is read comes from it.
        nodes = Nodes(witness.nodes)
        codes = {keccak(code): code for code in witness.codes}
        state = PartialState(rules, pre_state_root, nodes, codes)

        # 5. Execute over the partial state.
        hashes = BlockHashes(raw.header, lineage, trusted_hashes)
        output = execute(chain, raw, block, hashes, state, rules)

        # 6. What execution gave is what the header says.
        receipts_root = check_output(raw.header, output, rules)

        # 7. Write the changes: updates and inserts first, then deletions.
        post_state_root = state.root()

        # 8. The root is the header's.
        require("wrong_state_root", raw.header.state_root, post_state_root)

    return ReferenceVerified(
        number=raw.header.number,
        block_hash=raw.hash,
        pre_state_root=pre_state_root,
        post_state_root=post_state_root,
        gas_used=raw.header.gas_used,
        receipts_root=receipts_root,
        requests_hash=raw.header.requests_hash,
        needed_nodes=frozenset(nodes.used),
        needed_codes=frozenset(state.used_codes),
        needed_headers=frozenset(header.hash for header in hashes.needed),
        new_nodes=tuple(state.new_nodes.values()),
        new_codes=state.new_codes,
        checks=tell_checks(anchor, parent, ommers, hashes.trust, rules),
    )


def find_parent(anchor: Trusted, header: Header, lineage: Sequence[Header]) -> Header | None:
    """Return the parent's header, proven by the anchor; ``None`` if only its root is known."""
    if anchor.kind == "state_root":
        parent = lineage[0] if lineage else None
        if parent is not None:
            require("wrong_parent", anchor.value, parent.state_root)
        if anchor.block_hashes:
            require("wrong_parent", anchor.block_hashes[0], header.parent_hash)
        return parent
    if anchor.kind == "header":
        parent = Header.from_rlp(anchor.value)
        require("wrong_parent", parent.hash, header.parent_hash)
        return parent
    if anchor.kind == "hash":
        require("wrong_parent", anchor.value, header.parent_hash)
        if not lineage:
            raise InvalidWitness("missing_parent", expected=f"header 0x{header.parent_hash.hex()}")
        return lineage[0]
    raise ValueError(f"unknown kind of anchor {anchor.kind!r}")


class BlockHashes:
    """The ancestors' hashes as EELS asks for them: by negative index, the parent's last."""

    def __init__(self, header: Header, lineage: Sequence[Header], trusted: Sequence[bytes]) -> None:
        self._number = header.number
        self._lineage = lineage
        self._known: Mapping[int, bytes] = hashes_by_depth(header, lineage, trusted)
        self.deepest = 0

    def __getitem__(self, index: SupportsInt) -> Bytes32:
        depth = -int(index)
        if depth not in self._known:
            raise NotWitnessed("block_hash_not_witnessed", at=f"block {self._number - depth}")
        self.deepest = max(self.deepest, depth)
        return Bytes32(self._known[depth])

    @property
    def needed(self) -> Sequence[Header]:
        """The parent, and the headers that tell the hashes read: each tells its own parent's."""
        return self._lineage[: max(1, self.deepest - 1)]

    @property
    def trust(self) -> Check:
        """Whether the hashes that were read are proven by headers, each by its child's."""
        if self.deepest == 0:
            return Check("block_hashes", "not_applicable", "the block reads none")
        if self.deepest > len(self._lineage) + 1:
            return Check("block_hashes", "trusted", "given by the caller")
        return Check("block_hashes", "proven")


def execute(
    chain: ChainRules,
    raw: RawBlock,
    block: EelsBlock,
    hashes: BlockHashes,
    state: PartialState,
    rules: Rules,
) -> EelsBlockOutput:
    """Run the block over ``state``; return EELS' ``BlockOutput``. Raises: InvalidBlock."""
    special = {
        "chain_id": U64(chain.chain_id),
        "state": state,
        "block_gas_limit": block.header.gas_limit,
        "block_hashes": hashes,
        "time": block.header.timestamp,
    }
    names = [field.name for field in fields(rules.vm.BlockEnvironment)]
    environment = rules.vm.BlockEnvironment(
        **{
            name: special[name] if name in special else getattr(block.header, name)
            for name in names
        }
    )
    arguments = [environment, block.transactions]
    if not rules.after_merge:
        arguments.append(tuple(map(rules.header, raw.ommers)))
    elif rules.has("withdrawals_root"):
        arguments.append(block.withdrawals)
    try:
        if is_dao_fork_block(chain, raw.header.number):
            apply_dao(state)  # type: ignore[arg-type]  # has what EELS uses of its State
        judge = stateless_rules_first(rules)
        with deep_calls(), replaced(iter([(rules.fork, "check_transaction", judge)])):
            return rules.fork.apply_body(*arguments)
    except REFUSALS as reason:
        raise blame(reason) from reason


def check_output(header: Header, output: EelsBlockOutput, rules: Rules) -> bytes:
    """Compare the results of execution with the header; return the receipts root."""
    receipts_root = bytes(rules.trie.root(output.receipts_trie))
    require("wrong_gas_used", header.gas_used, int(output.block_gas_used))
    require("wrong_receipts_root", header.receipts_root, receipts_root)
    bloom = bytes(rules.fork.logs_bloom(output.block_logs))
    require("wrong_logs_bloom", header.logs_bloom, bloom)
    if header.requests_hash is not None:
        requests_hash = rules.fork.compute_requests_hash(output.requests)
        require("wrong_requests_hash", header.requests_hash, requests_hash)
    if header.blob_gas_used is not None:
        require("wrong_blob_gas_used", header.blob_gas_used, int(output.blob_gas_used))
    return receipts_root
