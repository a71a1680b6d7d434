"""The accounts of a state under another commitment."""

import json

import pytest

import weakstate
from fixtures.make import GENESIS, PENDING
from tests.data import from_hex
from weakstate import Anchor, Chain, State, StoreError, Unreadable
from weakstate.trees.verkle import VerkleTree
from weakstate.trees.verkle.embedding import account_leaves, five_leaf_header, packed_header
from weakstate.witness.attributes import read_attributes

HEADERS = {"packed": packed_header, "five-leaf": five_leaf_header}


def chain_file(**changes):
    """The genesis file of the fixtures, with rules of its own."""
    file = json.loads(GENESIS.read_text())
    for name, value in changes.items():
        if value is None:
            del file["config"][name]
        else:
            file["config"][name] = value
    return json.dumps(file).encode()


def start(text, path=None):
    return State.from_genesis(Chain.from_genesis(text), text, path)


@pytest.fixture(scope="module")
def source():
    return start(GENESIS.read_bytes())


@pytest.mark.parametrize("embedding", HEADERS)
def test_the_root_is_that_of_a_chain_that_began_so_and_of_the_reference(source, embedding):
    made = source.rebuild(scheme="verkle", embedding=embedding)
    rules = {"scheme": "verkle", "embedding": embedding}
    assert made.root == start(chain_file(weakstate=rules)).root
    assert (made.chain.scheme, made.chain.embedding) == ("verkle", embedding)
    assert made.chain.forks == source.chain.forks
    tree = VerkleTree()
    for name, account in json.loads(GENESIS.read_text())["alloc"].items():
        slots = {int(k, 16): int(v, 16) for k, v in account.get("storage", {}).items()}
        nonce, balance = (int(account.get(key, "0x0"), 16) for key in ("nonce", "balance"))
        code = from_hex(account.get("code", "0x"))
        header = HEADERS[embedding]
        tree.update(account_leaves(from_hex(name), nonce, balance, code, slots, header))
    assert made.root == tree.root
    assert made.to_dict() == source.to_dict()


def test_the_header_is_the_old_one_with_the_new_root(source):
    made = source.rebuild()
    assert made.head.state_root == made.root != source.root
    assert made.head.hash != source.head.hash
    assert (made.head.number, made.head.timestamp) == (source.head.number, source.head.timestamp)
    assert made.head.parent_hash == source.head.parent_hash
    assert made.undoable == 0


def test_blocks_go_on_from_there(source, tmp_path):
    """They are built, verified from their witnesses and followed by their deltas."""
    made, follower = source.rebuild(tmp_path / "made"), source.rebuild()
    parent = made.head
    for number in (1, 2, 3):
        attributes, transactions = read_attributes((PENDING / f"{number}.json").read_bytes())
        built = weakstate.build(made.chain, made, attributes, transactions)
        anchor = Anchor.header(parent.rlp)
        verified = weakstate.verify(made.chain, anchor, built.block, built.witness)
        made.commit(built)
        follower.apply(built.delta, verified.header.rlp)
        parent = verified.header
        assert made.root == follower.root == verified.post_state_root
    assert made.check()["accounts"] == follower.check()["accounts"]


def test_what_is_interrupted_goes_on(source, tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    path = tmp_path / "made"
    with pytest.raises(KeyboardInterrupt):
        source.rebuild(path, progress=interrupt)
    with pytest.raises(StoreError) as caught:
        State.open(path)
    assert caught.value.code == "store_missing"
    assert source.rebuild(path).root == source.rebuild().root
    with pytest.raises(StoreError) as caught:
        source.rebuild(path)
    assert caught.value.code == "store_exists"


def test_other_schemes_and_older_rules_are_refused(source, tmp_path):
    for arguments in ({"scheme": "mpt"}, {"scheme": "oak"}, {"embedding": "oak"}):
        with pytest.raises(ValueError, match=r"mpt|oak"):
            source.rebuild(tmp_path / "made", **arguments)
    with pytest.raises(Unreadable) as caught:
        source.rebuild().rebuild(tmp_path / "made")
    assert caught.value.code == "missing_part"
    old = start(chain_file(cancunTime=None, pragueTime=None, osakaTime=None))
    with pytest.raises(Unreadable) as caught:
        old.rebuild(tmp_path / "old")
    assert caught.value.code == "unsupported_fork"
    assert not (tmp_path / "old").exists()
