"""Whatever is pending, a built block is valid, and is what executing it makes."""

import json
import random

import pytest
import rlp

import weakstate
from tests.conformance.classes import TRANSACTION
from tests.conformance.state import WholeState
from tests.property.engines import both
from tests.property.pending import FORKS, Pending, genesis
from weakstate import Anchor, Attributes, Chain, InvalidBlock, State
from weakstate.trees.mpt import ordered_root
from weakstate.verifier.reference import verify_reference

BLOCKS = 3
COUNTS = range(0, 16)
# What building finds before other faults of the same transaction, or words more narrowly.
FOUND_FIRST = {"malformed_block", "block_gas_exhausted", "sender_not_eoa"}


def attributes(network, head, randomly):
    forks = list(FORKS)
    since = lambda fork: forks.index(network) >= forks.index(fork)  # noqa: E731
    return Attributes(
        timestamp=head.timestamp + randomly.randint(1, 20),
        fee_recipient=randomly.choice([bytes(20), bytes(19) + b"\x01", b"\x77" * 20]),
        gas_limit_target=randomly.choice([None, 10**6, 10**7]),
        extra_data=randomly.randbytes(randomly.randint(0, 32)),
        prev_randao=randomly.randbytes(32),
        withdrawals=[(5, 6, b"\x99" * 20, 3)] if since("Shanghai") else [],
        parent_beacon_block_root=randomly.randbytes(32) if since("Cancun") else None,
    )


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(1, 10))]
)
@pytest.mark.parametrize("network", FORKS)
def test_both_engines_accept_what_was_built(network, seed):
    randomly = random.Random(f"{network} {seed}")
    text = genesis(network)
    chain = Chain.from_genesis(text)
    state = State.from_genesis(chain, text)
    pending = Pending(network, randomly)
    for _ in range(BLOCKS):
        pending.follow(state)
        transactions = pending.transactions(randomly.choice(COUNTS))
        head = state.head
        wanted = attributes(network, head, randomly)
        built = weakstate.build(chain, state, wanted, transactions, access_list=True)
        refused = {index for index, _, _ in built.refused}
        taken = [raw for index, raw in enumerate(transactions) if index not in refused]
        assert built.block.transactions == len(taken)

        verified = both(chain, Anchor.hash(head.hash), built.block.rlp, built.witness)
        assert all(verified.node_use)
        assert all(verified.code_use)
        assert verified.receipts == built.receipts

        again = weakstate.build(chain, state, wanted, taken, access_list=True)
        produced = weakstate.produce(chain, state, built.block, access_list=True)
        for other in (again.produced, produced):
            assert other.header.rlp == built.header.rlp
            assert other.witness == built.witness
            assert other.delta == built.delta
            assert other.access_list == built.produced.access_list
        assert not again.refused
        state.commit(built)
        assert state.root == verified.post_state_root


@pytest.mark.parametrize(
    ("network", "count"),
    [
        *((network, 12) for network in ("Frontier", "Istanbul", "London", "Prague")),
        *(pytest.param(network, 60, marks=pytest.mark.full) for network in FORKS),
    ],
)
def test_the_reference_engine_refuses_what_was_refused(network, count):
    randomly = random.Random(f"{network} {count}")
    text = genesis(network)
    chain = Chain.from_genesis(text)
    state = State.from_genesis(chain, text)
    alloc = json.loads(text)["alloc"]
    _, witness = WholeState.from_json(alloc).witness([state.head.rlp])
    transactions = Pending(network, randomly).transactions(count)
    built = weakstate.build(chain, state, attributes(network, state.head, randomly), transactions)
    assert built.block.transactions > 0
    before = 0
    refused = {index: code for index, code, _ in built.refused}
    for index, transaction in enumerate(transactions):
        if index not in refused:
            before += 1
            continue
        block = with_transaction(built.block.rlp, before, transaction)
        with pytest.raises(InvalidBlock) as refusal:
            verify_reference(chain, Anchor.hash(state.head.hash), block, witness)
        assert refusal.value.code in TRANSACTION
        if refused[index] not in FOUND_FIRST:
            assert refusal.value.code == refused[index]


def with_transaction(block, before, transaction):
    """The block with a transaction after so many others, and a header that names them."""
    header, transactions, *rest = rlp.decode(block)
    items = [item if isinstance(item, bytes) else rlp.encode(item) for item in transactions]
    items.insert(before, transaction)
    header[4] = ordered_root(items)
    try:
        transactions.insert(before, rlp.decode(transaction))
    except rlp.DecodingError:
        transactions.insert(before, transaction)
    return rlp.encode([header, transactions, *rest])
