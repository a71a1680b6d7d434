"""Each way to refuse a block or witness has its code, and the blame falls on the right party."""

from dataclasses import dataclass, replace

import pytest
import rlp
from eth_hash.auto import keccak

from fixtures.make import Osaka
from fixtures.story import ALMANAC
from fixtures.wallet import ACCESS_LIST, BLOB, LEGACY, SET_CODE, Wallet
from tests.reference.fixture_chain import samples
from weakstate.errors import InvalidBlock, InvalidWitness, NotWitnessed
from weakstate.trees.mpt import MerklePatriciaTree
from weakstate.verifier.reference import ReferenceAnchor

FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, LAST = samples()
WRONG = b"\x77" * 32


def refused(error, code, sample, *args, **kwargs):
    with pytest.raises(error) as refusal:
        sample.verify(*args, **kwargs)
    assert type(refusal.value) is error
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("header_field_missing", {"requests_hash": None}),
        ("header_field_unexpected", {"block_access_list_hash": WRONG}),
        ("wrong_number", {"number": 9}),
        ("wrong_timestamp", {"timestamp": FIRST.header.timestamp - 12}),
        ("wrong_gas_limit", {"gas_limit": 2**63}),
        ("wrong_gas_limit", {"gas_limit": FIRST.header.gas_limit * 2}),
        ("gas_used_above_limit", {"gas_used": 30_000_001}),
        ("wrong_base_fee", {"base_fee_per_gas": 1}),
        ("wrong_excess_blob_gas", {"excess_blob_gas": 1}),
        ("wrong_blob_gas_used", {"blob_gas_used": 10 * 2**17}),
        ("wrong_blob_gas_used", {"blob_gas_used": 1}),
        ("wrong_difficulty", {"difficulty": 1}),
        ("wrong_nonce", {"nonce": bytes(7) + b"\x01"}),
        ("wrong_extra_data", {"extra_data": bytes(33)}),
        ("wrong_ommers_hash", {"ommers_hash": WRONG}),
        ("wrong_transactions_root", {"transactions_root": WRONG}),
        ("wrong_withdrawals_root", {"withdrawals_root": WRONG}),
        ("wrong_gas_used", {"gas_used": 63_001}),
        ("wrong_receipts_root", {"receipts_root": WRONG}),
        ("wrong_logs_bloom", {"logs_bloom": b"\x01" * 256}),
        ("wrong_requests_hash", {"requests_hash": WRONG}),
        ("wrong_state_root", {"state_root": WRONG}),
    ],
)
def test_a_header_that_lies(code, fields):
    refused(InvalidBlock, code, FIRST, FIRST.edited(**fields))


def transaction(**terms):
    return lambda: Wallet("ada").sign(**{"to": bytes(20), "gas": 21_000} | terms)


def nonce_too_high():
    ada = Wallet("ada")
    ada.nonce = 5
    return ada.sign(to=bytes(20), gas=21_000)


def for_another_chain():
    fields = rlp.decode(Wallet("ada").sign(to=bytes(20))[1:])
    return b"\x02" + rlp.encode([7, *fields[1:]])


def with_high_s():
    fields = rlp.decode(Wallet("ada").sign(to=bytes(20))[1:])
    return b"\x02" + rlp.encode([*fields[:-1], b"\xff" * 32])


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("malformed_block", lambda: b""),
        ("malformed_block", lambda: b"\x02\xc0"),
        ("transaction_type_not_active", lambda: b"\x05\xc0"),
        ("invalid_signature", with_high_s),
        ("wrong_chain_id", for_another_chain),
        ("transaction_gas", transaction(gas=20_999)),
        ("transaction_gas", transaction(gas=2**24 + 1)),
        ("wrong_transaction_nonce", nonce_too_high),
        ("insufficient_funds", transaction(value=10**24)),
        ("init_code_too_large", transaction(to=b"", data=bytes(49_153), gas=10**6)),
        ("invalid_blobs", transaction(kind=BLOB)),
        ("invalid_blobs", transaction(kind=BLOB, blobs=[WRONG])),
        ("invalid_authorizations", transaction(kind=SET_CODE, gas=50_000)),
    ],
)
def test_a_transaction_that_breaks_a_rule(code, make):
    refused(InvalidBlock, code, FIRST, FIRST.edited(transactions=[make()]))


@dataclass(frozen=True)
class Prague(Osaka):
    name: str = "Prague"


def test_more_gas_than_the_block_has():
    """Before Osaka no other cap on a transaction's gas comes first."""
    greedy = FIRST.edited(transactions=[transaction(gas=30_000_001)()])
    refused(InvalidBlock, "block_gas_exhausted", FIRST, greedy, chain=Prague())


def test_a_fee_below_the_base_fee():
    for kind in (LEGACY, ACCESS_LIST):
        cheap = Wallet("ada").sign(kind, to=bytes(20), gas=21_000, most_fee=10**8)
        refused(InvalidBlock, "transaction_fee", FIRST, FIRST.edited(transactions=[cheap]))
    cheap = Wallet("ada").sign(to=bytes(20), gas=21_000, most_fee=10**8)
    refused(InvalidBlock, "transaction_fee", FIRST, FIRST.edited(transactions=[cheap]))


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x80",
        b"\x83abc",
        b"\xc0",
        b"\xc3abc",
        b"\xff" * 9,
        FIRST.encoded[:-1],
        FIRST.encoded + b"\x00",
    ],
)
def test_bytes_that_are_no_block(encoded):
    refused(InvalidBlock, "malformed_block", FIRST, encoded)


def test_a_list_too_few_or_too_many():
    header, *body = rlp.decode(FIRST.encoded)
    refused(InvalidBlock, "malformed_block", FIRST, rlp.encode([header, *body[:2]]))
    refused(InvalidBlock, "malformed_block", FIRST, rlp.encode([header, *body, []]))


def test_what_no_sender_could_send_is_the_blocks_fault_whatever_the_witness_holds():
    cheap = Wallet("nobody that the witness knows").sign(to=bytes(20), gas=21_000, most_fee=10**8)
    refused(InvalidBlock, "transaction_fee", LAST, LAST.edited(transactions=[cheap]))
    fair = Wallet("nobody that the witness knows").sign(to=bytes(20), gas=21_000)
    refused(NotWitnessed, "account_not_witnessed", LAST, LAST.edited(transactions=[fair]))


def test_a_fee_or_gas_that_does_not_fit_its_type():
    for terms in ({"gas": 2**64}, {"gas": 2**256}):
        refused(
            InvalidBlock,
            "malformed_block",
            FIRST,
            FIRST.edited(transactions=[transaction(**terms)()]),
        )


def test_a_block_larger_than_its_fork_allows():
    big = FIRST.edited(transactions=[bytes([2]) + bytes(9_000_000)])
    refused(InvalidBlock, "block_too_large", FIRST, big)


@dataclass(frozen=True)
class Amsterdam(Osaka):
    name: str = "Amsterdam"


def test_rules_that_this_engine_lacks():
    refused(InvalidBlock, "unsupported_fork", FIRST, chain=Amsterdam())


@dataclass(frozen=True)
class FewBlobs(Osaka):
    blobs: tuple = (1, 1, 5007716)


def test_the_chains_own_blob_schedule_counts():
    refused(InvalidBlock, "wrong_blob_gas_used", SIXTH, chain=FewBlobs())
    SIXTH.verify()


def test_a_block_that_does_not_extend_the_anchor():
    parent = SECOND.witness.headers[-1]
    SECOND.verify(anchor=ReferenceAnchor("header", parent))
    SECOND.verify(anchor=ReferenceAnchor("header", parent), headers=[])
    root = ReferenceAnchor("state_root", FIRST.post_state_root)
    SECOND.verify(anchor=root)
    SECOND.verify(anchor=root, headers=[])

    for anchor in (
        ReferenceAnchor("header", THIRD.witness.headers[-1]),
        ReferenceAnchor("hash", WRONG),
        ReferenceAnchor("state_root", WRONG),
        ReferenceAnchor("state_root", FIRST.post_state_root, [WRONG]),
    ):
        refused(InvalidBlock, "wrong_parent", SECOND, anchor=anchor)


def test_ancestors_that_do_not_lead_to_the_parent():
    headers = SIXTH.witness.headers
    SIXTH.verify(headers=headers[::-1])
    refused(InvalidWitness, "missing_parent", SIXTH, headers=[])
    refused(InvalidWitness, "broken_ancestry", SIXTH, headers=headers[:-1])
    refused(InvalidWitness, "broken_ancestry", SIXTH, headers=[headers[0], headers[2]])
    refused(InvalidWitness, "malformed_ancestor", SIXTH, headers=[*headers, b"\xc0"])
    refused(InvalidWitness, "malformed_ancestor", SIXTH, headers=[*headers, headers[0] + b"\0"])
    refused(InvalidWitness, "too_many_ancestors", SIXTH, headers=headers * 86)


def test_the_hash_of_an_ancestor_that_no_header_tells():
    refused(NotWitnessed, "block_hash_not_witnessed", SIXTH, headers=SIXTH.witness.headers[1:])
    hashes = [keccak(header) for header in SIXTH.witness.headers[::-1]]
    root = ReferenceAnchor("state_root", FIFTH.post_state_root, hashes)
    refused(NotWitnessed, "block_hash_not_witnessed", SIXTH, anchor=root, headers=[])
    oldest = rlp.decode(SIXTH.witness.headers[0])[0]
    verified = SIXTH.verify(anchor=replace(root, block_hashes=[*hashes, oldest]), headers=[])
    statuses = {check.name: check.status for check in verified.checks}
    assert statuses["block_hashes"] == "trusted"


def test_code_that_is_not_there_or_is_another():
    codes = [code for code in SIXTH.witness.codes if code != ALMANAC]
    assert len(codes) == len(SIXTH.witness.codes) - 1
    refused(NotWitnessed, "code_not_witnessed", SIXTH, codes=codes)
    refused(NotWitnessed, "code_not_witnessed", SIXTH, codes=[*codes, ALMANAC + b"\x00"])


def test_a_state_that_is_not_there():
    refused(NotWitnessed, "account_not_witnessed", FIRST, nodes=[])
    slots = set()
    for index in range(len(FOURTH.witness.nodes)):
        nodes = FOURTH.witness.nodes[:index] + FOURTH.witness.nodes[index + 1 :]
        with pytest.raises(NotWitnessed) as refusal:
            FOURTH.verify(nodes=nodes)
        slots.add(refusal.value.code)
    assert slots == {"account_not_witnessed", "slot_not_witnessed", "sibling_not_witnessed"}


def test_surplus_and_order_do_not_matter():
    witness = LAST.witness
    nodes = [b"\x80", b"junk", *witness.nodes[::-1], witness.nodes[0]]
    verified = LAST.verify(nodes=nodes, codes=[b"\x00", *witness.codes[::-1]])
    assert verified.needed_nodes == LAST.verify().needed_nodes


@pytest.mark.parametrize(
    "account",
    [
        b"\x01",
        rlp.encode([1, 2, WRONG]),
        rlp.encode([1, 2, WRONG, WRONG[:31]]),
        rlp.encode([1, 2, WRONG, [b""] * 32]),
        rlp.encode([b"\x00", 2, WRONG, WRONG]),
        rlp.encode([1, 2**256, WRONG, WRONG]),
    ],
)
def test_a_trusted_root_over_what_is_no_account(account):
    """Only a caller who trusts a bare root can come to this."""
    system_contract = bytes.fromhex("000f3df6d732807ef1319fb7b8bb8522d0beac02")
    tree = MerklePatriciaTree.from_items([(keccak(system_contract), account)])
    anchor = ReferenceAnchor("state_root", tree.root)
    refused(
        InvalidWitness,
        "malformed_node",
        LAST,
        anchor=anchor,
        headers=[],
        nodes=list(tree.all_nodes()),
    )


def test_an_unusable_anchor_is_the_callers_mistake():
    with pytest.raises(ValueError, match="unknown kind"):
        FIRST.verify(anchor=ReferenceAnchor("faith", WRONG))
    with pytest.raises(ValueError, match="list"):
        FIRST.verify(anchor=ReferenceAnchor("header", b"\x80"))
