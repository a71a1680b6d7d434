"""Access lists are read strictly: one order, one encoding, nothing twice, within a budget."""

import pytest
import rlp

from weakstate import Budget, BudgetExceeded, Changes, Touches, Unreadable

ADA, BOB = b"\x01" * 20, b"\x02" * 20


def account(address=ADA, changes=(), reads=(), balances=(), nonces=(), codes=()):
    return [address, list(changes), list(reads), list(balances), list(nonces), list(codes)]


GOOD = [
    account(
        changes=[[b"\x05", [[b"", b"\x07"], [b"\x02", b""]]], [b"\x06", [[b"\x01", b"\x01"]]]],
        reads=[b"", b"\x04", b"\xff" * 32],
        balances=[[b"", b"\x09"], [b"\x03", b"\x08"]],
        nonces=[[b"\x01", b"\x02"]],
        codes=[[b"\x01", b"\x60\x00"], [b"\x02", b""]],
    ),
    account(BOB),
]

WHOLE = rlp.encode(GOOD)


def test_a_list_is_what_it_says():
    touches = Touches.from_access_list(WHOLE, [BOB], 7)
    assert touches.accounts == [ADA, BOB]
    slots = [0, 4, 5, 6, (1 << 256) - 1]
    assert touches.slots == [(ADA, slot) for slot in slots]
    assert (touches.codes, touches.oldest_hash) == ([BOB], 7)
    changes = Changes.from_access_list(WHOLE)
    assert changes.accounts == 1
    assert list(changes.codes.values()) == [b"\x60\x00"]
    empty = rlp.encode([])
    assert Touches.from_access_list(empty) == Touches([], [])
    assert Changes.from_access_list(empty) == Changes({})


BAD = {
    "no account twice": [account(), account()],
    "accounts ascend": [account(BOB), account(ADA)],
    "changed slots ascend": [account(changes=[[b"\x06", [[b"", b""]]], [b"\x05", [[b"", b""]]]])],
    "no changed slot twice": [account(changes=[[b"\x06", [[b"", b""]]]] * 2)],
    "a changed slot has changes": [account(changes=[[b"\x06", []]])],
    "read slots ascend": [account(reads=[b"\x02", b"\x01"])],
    "no read slot twice": [account(reads=[b"\x02", b"\x02"])],
    "no slot read and changed": [account(changes=[[b"\x06", [[b"", b""]]]], reads=[b"\x06"])],
    "steps of slots ascend": [account(changes=[[b"\x06", [[b"\x01", b""], [b"", b""]]]])],
    "steps of balances ascend": [account(balances=[[b"\x02", b""], [b"\x01", b""]])],
    "no step twice": [account(nonces=[[b"\x02", b"\x01"], [b"\x02", b"\x02"]])],
    "steps of codes ascend": [account(codes=[[b"\x02", b""], [b"\x01", b""]])],
    "a step has 32 bits": [account(balances=[[b"\x01\x00\x00\x00\x00", b""]])],
    "a nonce has 64 bits": [account(nonces=[[b"\x01", b"\x01" * 9]])],
    "a balance has 256 bits": [account(balances=[[b"\x01", b"\x01" * 33]])],
    "a slot has 256 bits": [account(reads=[b"\x01" * 33])],
    "no leading zeros": [account(reads=[b"\x00\x01"])],
    "zero is no byte": [account(reads=[b"\x00"])],
    "an address has 20 bytes": [account(b"\x01" * 21)],
    "an account has six parts": [account()[:5]],
    "and no more": [[*account(), []]],
    "a change is a pair": [account(nonces=[[b"\x01", b"\x01", b"\x01"]])],
    "a slot is no list": [account(reads=[[]])],
    "nothing lies deeper": [account(changes=[[b"\x06", [[[b"\x01"], b""]]]])],
}


@pytest.mark.parametrize("rule", BAD)
def test_what_breaks_a_rule_is_refused(rule):
    for reader in (Touches.from_access_list, Changes.from_access_list):
        with pytest.raises(Unreadable) as caught:
            reader(rlp.encode(BAD[rule]))
        assert caught.value.code == "malformed_access_list"
        assert caught.value.expected or caught.value.actual


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\x01", b"\xc1", b"\xf8\x00", WHOLE + b"\xc0", WHOLE[:-1]]
)
def test_what_is_no_list_is_refused(data):
    with pytest.raises(Unreadable, match="malformed_access_list"):
        Changes.from_access_list(data)


def test_a_budget_bounds_what_is_read():
    data = rlp.encode([account(reads=[bytes([index]) for index in range(1, 100)])])
    Touches.from_access_list(data, budget=Budget(nodes=100))
    with pytest.raises(BudgetExceeded) as caught:
        Touches.from_access_list(data, budget=Budget(nodes=10))
    assert caught.value.code == "too_many_changes"
    assert caught.value.expected == "at most 10 accounts, slots and changes"
    nested = b"\xc0"
    for _ in range(1000):
        nested = rlp.codec.length_prefix(len(nested), 0xC0) + nested
    with pytest.raises(Unreadable, match="malformed_access_list"):
        Changes.from_access_list(nested)
