"""A real block taken into another state: what it touched goes there, and it is executed there.

Of the block nothing changes but two fields of its header: the parent's hash, since the parent's
state root is that of the other state, and its own state root. Transactions, withdrawals, gas,
receipts, logs and requests stay, and are judged as ever. What contracts see of it is the parent's
hash: `BLOCKHASH`, and the history contract (EIP-2935).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from weakstate._native import (
    Anchor,
    Block,
    Chain,
    Changes,
    Header,
    Item,
    Refusal,
    State,
    Verified,
    keccak256_many,
    verify_touching,
)
from weakstate.sizes.access import EMPTY_CODE, AccessSet
from weakstate.sizes.tries import WitnessTries, decode_list

# A root that no state has: what it should have been, executing says.
NO_ROOT = b"\xff" * 32


@dataclass(frozen=True)
class Graft:
    """A verified block, its parent's header, and all that it touched as it was before.

    ``accounts`` has, by address, ``account`` (nonce, balance and code hash; None if it was not
    there) and ``slots``, absent ones as zero. A code that the block did not look at is in no
    witness: such an account stands here without code.
    """

    block: Block
    parent: Header
    accounts: Mapping[bytes, Mapping[str, Any]]
    codes: tuple[bytes, ...]
    access: AccessSet
    verified: Verified

    @classmethod
    def from_item(cls, name: str, chain: Chain, item: Item) -> Self:
        """Take a block out of its state. What is taken is what its witness proves.

        Raises: ValueError if the witness does not bring the parent's header, or if the block asks
        for hashes of blocks before that; WeakstateError if it does not hold.
        """
        if item.block is None or item.witness is None or item.witness.parent_state_root is None:
            raise ValueError(f"{name} has no witness with the header of the block's parent")
        block = Block.from_rlp(item.block)
        anchor = Anchor.hash(block.header.parent_hash)
        verified, touched = verify_touching(chain, anchor, item.block, item.witness)
        if block.number > 1 and touched.need_header(block.number - 2, block.number):
            raise ValueError(f"{name} asks for hashes of blocks before its parent")
        access = AccessSet.from_verified(name, item.witness, verified, touched)
        tries = WitnessTries(item.witness.nodes)
        codes = dict(zip(keccak256_many(item.witness.codes), item.witness.codes, strict=True))
        hashed = keccak256_many([account.address for account in access.accounts])
        accounts = {}
        for account, key in zip(access.accounts, hashed, strict=True):
            value = tries.walk(verified.pre_state_root, key).value
            accounts[account.address] = {
                "account": None if value is None else _fields(value, codes),
                "slots": {slot: values.before for slot, values in account.slots.items()},
            }
        header = next(
            header
            for header in map(Header.from_rlp, item.witness.headers)
            if header.hash == block.header.parent_hash
        )
        return cls(block, header, accounts, tuple(codes.values()), access, verified)

    def into(self, state: State) -> Block:
        """Put what the block touched into ``state``, which is then that after the parent.

        Returns the block as a child of that parent, with the state root that it comes to.
        ``state.revert`` takes it all back, by as many blocks as the numbers are apart. Raises, and
        leaves the state as it was: ValueError if it is after a block with the parent's number or a
        greater one; InvalidBlock if the block does not hold there, as when its gas or receipts are
        others; StoreError.
        """
        base = state.head.number
        parent = state.plant(Changes(dict(self.accounts), list(self.codes)), self.parent.rlp)
        block = self.block.resealed(parent.hash, NO_ROOT)
        attempt = state.attempt(state.chain, block.rlp, check=False)
        assert isinstance(attempt, Refusal), "no state has this root"
        # The state root is judged last: by then all else was found to be the header's.
        if attempt.error.code != "wrong_state_root":
            state.revert(parent.number - base)
            raise attempt.error
        root = bytes.fromhex(str(attempt.error.actual).removeprefix("0x"))
        return block.resealed(parent.hash, root)

    def with_chunks(self, chunks: list[tuple[bytes, int]]) -> AccessSet:
        """The accesses, once it is known which chunks of code they read (`Produced.code_chunks`).

        Which these are depends on the block alone, not on the tree or the rest of the state.
        """
        read: dict[bytes, set[int]] = {}
        for address, chunk in chunks:
            read.setdefault(address, set()).add(chunk)
        accounts = (
            replace(account, chunks=frozenset(read.get(account.address, ())))
            for account in self.access.accounts
        )
        return replace(self.access, accounts=tuple(accounts))


def _fields(value: bytes, codes: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Nonce, balance and code hash, from an account's RLP."""
    nonce, balance, _, code_hash = decode_list(value)
    assert isinstance(nonce, bytes)
    assert isinstance(balance, bytes)
    assert isinstance(code_hash, bytes)
    return {
        "nonce": int.from_bytes(nonce),
        "balance": int.from_bytes(balance),
        "code_hash": code_hash if code_hash in codes else EMPTY_CODE,
    }
