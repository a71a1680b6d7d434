"""What a report says of a witness, held against a walk in plain Python and both engines."""

import functools
from collections import Counter

import pytest
import rlp
from eth_hash.auto import keccak

import weakstate
from tests.cli.helpers import GENESIS
from weakstate import Anchor, Chain, Witness
from weakstate._native import verify_touching
from weakstate.verifier.reference import verify_reference
from weakstate.verifier.reference.state import PartialState
from weakstate.witness.report import WitnessReport

CHAIN = Chain.from_genesis(GENESIS.read_bytes())
EMPTY_ROOT = keccak(rlp.encode(b""))


class Walk:
    """The nodes of a state that are there, each where it is met first, and each account's slots."""

    def __init__(self, root, nodes):
        self.nodes = {keccak(node): node for node in nodes}
        self.levels = Counter()
        self.holes = 0
        self.slots = {}
        self.seen = set()
        self.visit(root, (), "accounts", None, new=True)

    def visit(self, reference, path, trie, owner, *, new):
        """``new`` is whether the parent is met for the first time."""
        if isinstance(reference, list):
            node = reference
        elif reference not in self.nodes:
            self.holes += new
            return
        else:
            new = reference not in self.seen
            self.seen.add(reference)
            node = rlp.decode(self.nodes[reference])
            kind = {17: "branch"}.get(len(node)) or ("leaf" if node[0][0] & 0x20 else "extension")
            self.levels[trie, len(path), kind] += new
        if len(node) == 17:
            for nibble, child in enumerate(node[:16]):
                if child:
                    self.visit(child, (*path, nibble), trie, owner, new=new)
            return
        digits = node[0].hex()
        path += tuple(int(digit, 16) for digit in digits[1 if node[0][0] & 0x10 else 2 :])
        if not node[0][0] & 0x20:
            self.visit(node[1], path, trie, owner, new=new)
        elif trie == "storage":
            self.slots[owner] += 1
        else:
            key = bytes.fromhex("".join(f"{nibble:x}" for nibble in path))
            self.slots[key] = 0
            _, _, storage_root, _ = rlp.decode(node[1])
            if storage_root != EMPTY_ROOT:
                self.visit(storage_root, (), "storage", key, new=new)


def check_walk(witness, root):
    report, walk = WitnessReport(witness, root), Walk(root, witness.nodes)
    levels = {(level.trie, level.depth, level.kind): level.nodes for level in report.survey.levels}
    assert levels == +walk.levels
    assert report.survey.holes == walk.holes
    assert {account.key: account.slots for account in report.survey.accounts} == walk.slots
    assert report.reached.number == walk.levels.total()


def test_levels_are_those_of_a_walk_in_python(samples):
    for sample in samples:
        check_walk(sample.witness, sample.witness.parent_state_root)


def test_levels_of_real_blocks(real_block):
    [item] = weakstate.read(real_block.path)
    check_walk(item.witness, item.witness.parent_state_root or item.pre_state_root)


def test_parts_are_counted_as_they_stand(samples):
    witness = samples[0].witness
    nodes = sorted(witness.nodes)
    odd = Witness([*nodes, nodes[0], b"\x80", b"\xc0", b"\x80"], witness.codes, witness.headers)
    report = WitnessReport(odd)
    part = report.parts["nodes"]
    assert part.number == len(nodes) + 4
    assert part.bytes == sum(map(len, odd.nodes))
    assert (part.duplicates, part.empty) == (2, 2)
    assert part.unsorted == sum(a > b for a, b in zip(odd.nodes, odd.nodes[1:], strict=False))
    assert report.unreachable == (1, 1)
    assert report.reached.number == len(nodes)
    assert report.total_bytes == odd.bytes
    assert report.root_from == "parent"


def test_without_a_root_nothing_is_reached(samples):
    witness = samples[0].witness
    bare = Witness(witness.nodes, witness.codes, [])
    report = WitnessReport(bare)
    assert (report.root, report.root_from, report.reached) == (None, None, (0, 0))
    assert report.unreachable.number == len(set(witness.nodes))
    claimed = WitnessReport(bare, witness.parent_state_root)
    assert claimed.root_from == "claim"
    assert claimed.reached == WitnessReport(witness).reached
    assert claimed.sizes.nested < report.sizes.nested


def judged(chain, item):
    """The report on a block that was verified."""
    block = weakstate.Block.from_rlp(item.block)
    anchor = Anchor.hash(block.header.parent_hash)
    verified, touched = verify_touching(chain, anchor, item.block, item.witness)
    return WitnessReport(
        item.witness, item.pre_state_root, block.addresses, verified, touched
    ), verified


def test_what_is_touched_is_what_the_reference_engine_reads(samples, monkeypatch):
    accounts, slots = set(), set()

    def recording(read, seen):
        @functools.wraps(read)
        def recorded(self, *key):
            seen.add(key)
            return read(self, *key)

        return recorded

    for name, seen in (("_read_leaf", accounts), ("_read_slot", slots)):
        read = getattr(PartialState, name)
        monkeypatch.setattr(PartialState, name, recording(read, seen))
    for sample in samples:
        accounts.clear()
        slots.clear()
        anchor = Anchor.hash(sample.block.header.parent_hash)
        reference = verify_reference(CHAIN, anchor, sample.block.rlp, sample.witness)
        item = weakstate.Item(block=sample.block.rlp, witness=sample.witness)
        report, verified = judged(CHAIN, item)
        assert set(report.touched) == {address for (address,) in accounts}
        # It does not look for slots where there is no storage.
        stored = {a.key for a in report.survey.accounts if a.storage_root != EMPTY_ROOT}
        found = {(a, n.to_bytes(32)) for a, some in report.touched.items() for n in some}
        assert {slot for slot in found if keccak(slot[0]) in stored} == slots
        assert verified.post_state_root == reference.post_state_root
        # Nothing in these witnesses is surplus.
        assert report.surplus == (0, 0)
        assert all(code.used for code in report.codes())
        needed = {ancestor.hash for ancestor in report.ancestors() if ancestor.needed}
        assert needed == reference.needed_headers


def test_what_is_touched_is_what_a_node_says_of_a_real_block(data_dir):
    """This witness came with the addresses and slots that its maker saw being read."""
    path = data_dir / "blocks" / "ethereum" / "24628607-zisk.json.gz"
    [item] = weakstate.read(path)
    report, verified = judged(Chain.builtin(1), item)
    accounts = {key for key in item.witness.keys if len(key) == 20}
    slots = {key for key in item.witness.keys if len(key) == 32}
    assert set(report.touched) == accounts
    assert {n.to_bytes(32) for found in report.touched.values() for n in found} == slots
    listed = list(report.accounts())
    assert {account.address for account in listed if account.touched} == accounts
    assert sum(account.present for account in listed) == len(report.survey.accounts)
    assert report.surplus.number == verified.nodes - verified.nodes_used == 13


def test_ancestors_that_no_block_hash_needs_are_told_apart(samples):
    told = set()
    for sample in samples:
        witness = sample.witness
        first = weakstate.Header.from_rlp(witness.headers[0]).number
        older = [s.block.header.rlp for s in samples if s.block.number < first]
        more = Witness(witness.nodes, witness.codes, [*older, *witness.headers])
        report, _ = judged(CHAIN, weakstate.Item(block=sample.block.rlp, witness=more))
        needed = [ancestor.needed for ancestor in report.ancestors()]
        assert needed == [False] * len(older) + [True] * len(witness.headers)
        told.update(needed)
    assert told == {False, True}


def test_addresses_that_are_known_name_accounts(samples):
    known = set()
    for sample in samples:
        bare = list(WitnessReport(sample.witness).accounts())
        assert {account.address for account in bare} == {None}
        assert {account.touched for account in bare} == {None}
        assert sample.block.header.to_dict()["beneficiary"] in sample.block.addresses
        named = WitnessReport(sample.witness, addresses=sample.block.addresses).accounts()
        found = {account.address: account.key for account in named if account.address}
        assert found == {address: keccak(address) for address in found}
        for address in found:
            for key in (address, address + bytes(32)):
                parts = (sample.witness.nodes, [], sample.witness.headers, [key, b"none"])
                again = WitnessReport(Witness(*parts)).accounts()
                assert {account.address for account in again} == {None, address}
        known |= found.keys()
    assert len(known) > len(samples) / 2


def test_touching_refuses_as_verifying_does(samples):
    sample = samples[0]
    anchor = Anchor.hash(sample.block.header.parent_hash)
    witness = Witness([], sample.witness.codes, sample.witness.headers)
    with pytest.raises(weakstate.NotWitnessed):
        verify_touching(CHAIN, anchor, sample.block.rlp, witness)
    with pytest.raises(weakstate.BudgetExceeded):
        verify_touching(CHAIN, anchor, sample.block.rlp, sample.witness, weakstate.Budget(nodes=1))
