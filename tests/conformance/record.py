"""Who is told what an execution read and changed makes the same witness and delta of it."""

from tests.conformance.case import Failed
from weakstate import (
    Block,
    Chain,
    Changes,
    InvalidDelta,
    Produced,
    State,
    Touches,
    Unreadable,
    WeakstateError,
    produce_from,
)
from weakstate._native import keccak256_many

BEFORE_BYZANTIUM = ("Frontier", "Homestead", "DAO", "Tangerine Whistle", "Spurious Dragon")

EMPTY = {"nonce": 0, "balance": 0, "code_hash": keccak256_many([b""])[0]}


def expect_same_from_record(state: State, chain: Chain, rlp: bytes, produced: Produced) -> None:
    """Tells ``state`` of a block by touches and changes, and by the block's access list."""
    data, touches = produced.access_list, produced.touches
    assert data is not None
    changes = Changes(produced.changes, list(produced.created_codes.values()))
    listed = Touches.from_access_list(data, touches.codes, touches.oldest_hash)
    by_list = (listed, Changes.from_access_list(data))

    header = produced.header
    fork = chain.fork_at(header.number, header.timestamp).name
    if fork in BEFORE_BYZANTIUM and Block.from_rlp(rlp).transactions:
        expect_refusal(state, chain, rlp, (touches, changes), "unsupported_fork")
        return
    expect_same(state, chain, rlp, (touches, changes), produced)
    if list_says_all(state, produced):
        expect_same(state, chain, rlp, by_list, produced)
    else:
        expect_refusal(state, chain, rlp, by_list, "delta_wrong_post_state")


def expect_same(
    state: State, chain: Chain, rlp: bytes, record: tuple[Touches, Changes], produced: Produced
) -> None:
    """Raises Failed if a record leads elsewhere than the execution."""
    try:
        told = produce_from(chain, state, rlp, *record)
    except WeakstateError as error:
        raise Failed(f"the record of the execution is refused: {error}") from None
    if (told.witness, told.delta) != (produced.witness, produced.delta):
        raise Failed("another witness or delta from the record of the execution")


def expect_refusal(
    state: State, chain: Chain, rlp: bytes, record: tuple[Touches, Changes], code: str
) -> None:
    """Raises Failed unless a record that does not say all is refused with this code."""
    try:
        produce_from(chain, state, rlp, *record)
    except (InvalidDelta, Unreadable) as error:
        if error.code != code:
            raise Failed(f"a record that says too little is refused with {error}") from None
    else:
        raise Failed("a record that says too little is taken")


def list_says_all(state: State, produced: Produced) -> bool:
    """Whether no empty account was swept, and no account lost its storage and stayed.

    Of both an access list says nothing; since Cancun neither can happen on a public chain.
    """
    before = None
    for address, change in produced.changes.items():
        account = state.account(address)
        if change["account"] is None and account == EMPTY:
            return False
        if change["account"] is not None and change["storage_cleared"]:
            before = before or state.to_dict()
            if before.get(address, {}).get("slots"):
                return False
    return True
