"""What a block touched, whatever the tree: the input of the shape model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from weakstate._native import Touched, Verified, Witness, keccak256_many, survey
from weakstate.sizes.tries import EMPTY_ROOT, WitnessTries, decode_list

EMPTY_CODE = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")


@dataclass(frozen=True)
class AccessedSlot:
    """A slot's value before, zero where there is none, and after the block."""

    before: int
    after: int

    @property
    def trie_value(self) -> int | None:
        """Bytes of its value in a Merkle Patricia trie, where it is RLP; None if it is absent."""
        if not self.before:
            return None
        length = (self.before.bit_length() + 7) // 8
        return length if length == 1 and self.before < 0x80 else length + 1


@dataclass(frozen=True)
class AccessedAccount:
    """An account that a block touched.

    ``trie_value`` is the length of its RLP before, None if it was not there. ``code`` is the length
    of its code, zero if the block did not look at it; ``created`` that of the code that the block
    gave it. ``unseen_slots`` is how many slots its storage must have beside those touched, None
    where nothing tells; ``chunks`` which chunks of its code were read, None where nothing tells.
    """

    address: bytes
    trie_value: int | None
    stays: bool
    code_hash: bytes = EMPTY_CODE
    code: int = 0
    created_hash: bytes = EMPTY_CODE
    created: int = 0
    slots: Mapping[int, AccessedSlot] = field(default_factory=dict)
    unseen_slots: float | None = None
    chunks: frozenset[int] | None = None

    @property
    def present(self) -> bool:
        """Whether it was there before the block."""
        return self.trie_value is not None


class MptBytes(NamedTuple):
    """What the block's real witness takes: nodes that were needed, codes that were used."""

    account_nodes: int
    storage_nodes: int
    codes: int


@dataclass(frozen=True)
class AccessSet:
    """Everything that a block touched, and what is known of the block."""

    name: str
    number: int
    transactions: int
    gas: int
    accounts: tuple[AccessedAccount, ...]
    header_bytes: int = 0
    measured: MptBytes | None = None

    @property
    def slots(self) -> int:
        """Slots touched."""
        return sum(len(account.slots) for account in self.accounts)

    @property
    def code_bytes(self) -> int:
        """Bytes of the codes that the block looked at, each once."""
        codes = {account.code_hash: account.code for account in self.accounts}
        return sum(codes.values())

    @property
    def keys(self) -> int:
        """Accounts and slots touched."""
        return len(self.accounts) + self.slots

    @classmethod
    def from_verified(
        cls, name: str, witness: Witness, verified: Verified, touched: Touched
    ) -> Self:
        """What a block touched, once it was verified; sizes of storage from its tries' shape."""
        tries = WitnessTries(witness.nodes)
        root = verified.pre_state_root
        used = [code for code, use in zip(witness.codes, verified.code_use, strict=True) if use]
        codes = dict(zip(keccak256_many(used), used, strict=True))
        accounts = _accounts(tries, root, codes, verified, touched)
        nodes, storage = _needed(root, witness, verified)
        headers = sum(map(len, witness.headers))
        return cls(
            name,
            verified.header.number,
            verified.transactions,
            verified.gas_used,
            tuple(accounts),
            headers,
            MptBytes(nodes, storage, sum(map(len, used))),
        )


def _accounts(
    tries: WitnessTries,
    root: bytes,
    codes: Mapping[bytes, bytes],
    verified: Verified,
    touched: Touched,
) -> list[AccessedAccount]:
    addresses = list(touched.accounts)
    changes, created = verified.changes, verified.created_codes
    found = []
    for address, key in zip(addresses, keccak256_many(addresses), strict=True):
        value = tries.walk(root, key).value
        storage_root, code_hash = EMPTY_ROOT, EMPTY_CODE
        if value is not None:
            fields = decode_list(value)
            assert isinstance(fields[2], bytes)
            assert isinstance(fields[3], bytes)
            storage_root, code_hash = fields[2], fields[3]
        change = changes.get(address)
        account_after = value if change is None else change["account"]
        hash_after = change["account"]["code_hash"] if change and change["account"] else code_hash
        slots, unseen = _slots(tries, storage_root, touched.accounts[address], change)
        found.append(
            AccessedAccount(
                address,
                None if value is None else len(value),
                account_after is not None,
                code_hash,
                len(codes.get(code_hash, b"")),
                hash_after,
                len(created.get(hash_after, b"")) if hash_after != code_hash else 0,
                slots,
                unseen,
            )
        )
    return found


def _slots(
    tries: WitnessTries, root: bytes, numbers: list[int], change: dict[str, object] | None
) -> tuple[dict[int, AccessedSlot], float]:
    """The slots that were touched, and how many there must be beside."""
    after: Mapping[int, int] = {}
    cleared = False
    if change is not None:
        assert isinstance(change["slots"], dict)
        after, cleared = change["slots"], bool(change["storage_cleared"])
    keys = keccak256_many([number.to_bytes(32) for number in numbers])
    slots = {}
    known = []
    for number, key in zip(numbers, keys, strict=True):
        try:
            value = tries.walk(root, key).value
        except KeyError:  # a slot of storage that the block itself cleared or made
            value = None
        else:
            known.append(key)
        before = 0 if value is None else int.from_bytes(_unwrapped(value))
        slots[number] = AccessedSlot(before, after.get(number, 0 if cleared else before))
    unseen = tries.cells(root, known).likely_keys() if known else 0.0
    return slots, unseen


def _unwrapped(value: bytes) -> bytes:
    """The bytes of an integer in RLP."""
    return value if value[0] < 0x80 else value[1:]


def _needed(root: bytes, witness: Witness, verified: Verified) -> tuple[int, int]:
    """Bytes of needed nodes: of the accounts' trie, and of all storage."""
    levels = survey(witness, root, verified.node_use).levels
    by_trie = {"accounts": 0, "storage": 0}
    for level in levels:
        by_trie[level.trie] += level.used_bytes
    return by_trie["accounts"], by_trie["storage"]
