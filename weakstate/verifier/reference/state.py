"""The pre-state as far as the witness proves it, and what a block writes over it (steps 4 to 7).

EELS keeps a state in dictionaries: address → account, and address → slot → value. Ours have the
same shape, but load an entry from the proven tree when it is first asked for.
Source: Yellow Paper 4.1 (world state), appendix D; names with ``_`` are those of EELS' ``State``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, Generic, NamedTuple, TypeVar

import rlp  # type: ignore[import-untyped]  # ships no types
from eth_hash.auto import keccak
from ethereum_types.numeric import U256, Uint

from weakstate.errors import InvalidWitness, NotWitnessed
from weakstate.trees.mpt import EMPTY_ROOT, MerklePatriciaTree, Nodes
from weakstate.verifier.reference.code import EMPTY_CODE_HASH, Code, hash_of_code
from weakstate.verifier.reference.forks import Rules
from weakstate.verifier.reference.types import EelsAccount, EelsTrie

Key = TypeVar("Key")
Value = TypeVar("Value")


class AccountLeaf(NamedTuple):
    """What the state tree says of one account."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


class Overlay(Generic[Key, Value]):
    """A dictionary: what was written, over what loads at first touch.

    ``None`` in ``written`` marks a deleted key: it must not load again. A load that gives
    ``None`` proves that the key is absent.
    """

    def __init__(
        self, load: Callable[[Key], Value | None], written: dict[Key, Value | None] | None = None
    ) -> None:
        self.load = load
        self.written = {} if written is None else written

    def get(self, key: Key, default: Value | None = None) -> Value | None:
        """Read one entry."""
        value = self.written[key] if key in self.written else self.load(key)
        return default if value is None else value

    def __contains__(self, key: Key) -> bool:
        return self.get(key) is not None

    def __setitem__(self, key: Key, value: Value) -> None:
        self.written[key] = value

    def __delitem__(self, key: Key) -> None:
        self.written[key] = None

    def __copy__(self) -> "Overlay[Key, Value]":
        return Overlay(self.load, dict(self.written))


class Storages:
    """A dictionary: address → storage, which is an EELS ``Trie``.

    A storage that began before the block holds an ``Overlay``. One that is new, or that the block
    destroyed, holds a plain dictionary: nothing of the pre-state shows through.
    """

    def __init__(self, load: Callable[[bytes], EelsTrie], new: Callable[[], EelsTrie]) -> None:
        self._load = load
        self._new = new
        self._tries: dict[bytes, EelsTrie] = {}

    def get(self, address: bytes) -> EelsTrie:
        """Find the storage of an account, be it empty."""
        if address not in self._tries:
            self._tries[address] = self._load(address)
        return self._tries[address]

    def __contains__(self, address: bytes) -> bool:
        storage = self.get(address)._data
        # An old storage of which all was deleted counts as there; EELS asks for accounts only
        # that have no code (EIP-7610), and those cannot have deleted anything.
        return isinstance(storage, Overlay) or bool(storage)

    def __setitem__(self, address: bytes, trie: EelsTrie) -> None:
        self._tries[address] = trie

    def __delitem__(self, address: bytes) -> None:
        self._tries[address] = self._new()

    def items(self) -> Iterator[tuple[bytes, EelsTrie]]:
        """Return what may differ from the pre-state; the rest loads again when asked for."""
        for address, trie in self._tries.items():
            if not isinstance(trie._data, Overlay) or trie._data.written:
                yield address, trie

    def replaced(self, tries: Iterable[tuple[bytes, EelsTrie]]) -> "Storages":
        """Return other writes over the same pre-state."""
        other = Storages(self._load, self._new)
        other._tries = dict(tries)
        return other


class Snapshots(list[tuple[EelsTrie, Storages]]):
    """EELS pushes copies here before each call; its copy of the storages gets back its kind."""

    def __init__(self, storages: Storages) -> None:
        super().__init__()
        self._storages = storages

    def append(self, snapshot: tuple[EelsTrie, Any]) -> None:
        """Push accounts and storages."""
        accounts, tries = snapshot
        super().append((accounts, self._storages.replaced(tries.items())))


class PartialState:
    """What EELS takes for its ``State``: reads come from proven nodes only.

    Raises ``NotWitnessed`` where the witness does not say what is asked.
    """

    def __init__(
        self, rules: Rules, root: bytes, nodes: Nodes, codes: Mapping[bytes, bytes]
    ) -> None:
        self.used_codes: set[bytes] = set()
        self.new_nodes: dict[bytes, bytes] = {}
        self._rules = rules
        self._root = root
        self._nodes = nodes
        self._codes = codes
        self._leaf = cache(self._read_leaf)
        self._slots = cache(lambda address: cache(partial(self._read_slot, address)))
        self._code = cache(lambda hash_: Code(hash_, self._look_up_code))

        storages = Storages(self._load_storage, self._new_storage)
        self._main_trie = rules.trie.Trie(True, None, Overlay(cache(self._load_account)))
        self._storage_tries = storages
        self._snapshots = Snapshots(storages)
        self.created_accounts: set[bytes] = set()

    def root(self) -> bytes:
        """Write everything over the pre-state and compute the root. Raises: NotWitnessed."""
        accounts = self._main_trie._data
        storages = dict(self._storage_tries.items())
        changes: dict[bytes, bytes | None] = {}
        for address in sorted({*accounts.written, *storages}):
            account = accounts.get(address)
            leaf = account and self._encode(account, self._storage_root(address, storages))
            changes[keccak(address)] = leaf
        with placed("state tree"):
            return self._write(self._root, "account", changes)

    @property
    def new_codes(self) -> list[bytes]:
        """The codes that the block put into accounts, in the order of their addresses."""
        accounts = sorted(self._main_trie._data.written.items())
        codes = (account.code for _, account in accounts if account is not None)
        return [bytes(code) for code in codes if code and not isinstance(code, Code)]

    def _storage_root(self, address: bytes, storages: Mapping[bytes, EelsTrie]) -> bytes:
        before = self._leaf(address)
        root = before.storage_root if before else EMPTY_ROOT
        if address not in storages:
            return root
        data = storages[address]._data
        if isinstance(data, Overlay):
            changes = data.written
        else:
            root, changes = EMPTY_ROOT, data
        with placed(f"storage of 0x{address.hex()}"):
            encoded = {
                keccak(slot): None if value is None else rlp.encode(int(value))
                for slot, value in changes.items()
            }
            return self._write(root, "slot", encoded)

    def _write(self, root: bytes, holds: str, changes: Mapping[bytes, bytes | None]) -> bytes:
        """Return the root that ``changes`` lead to; the next write reads the witness alone."""
        new_root = self._tree(root, holds).update(changes.items())
        self.new_nodes |= self._nodes.made
        self._nodes.made.clear()
        return new_root

    def _encode(self, account: EelsAccount, storage_root: bytes) -> bytes:
        code_hash = bytes(hash_of_code(account.code))
        fields = [int(account.nonce), int(account.balance), storage_root, code_hash]
        return bytes(rlp.encode(fields))

    def _tree(self, root: bytes, holds: str) -> MerklePatriciaTree:
        return MerklePatriciaTree(root, self._nodes, holds)

    def _read_leaf(self, address: bytes) -> AccountLeaf | None:
        with placed(f"account 0x{address.hex()}"):
            encoded = self._tree(self._root, "account").get(keccak(address))
            return None if encoded is None else decode_account(encoded)

    def _read_slot(self, address: bytes, slot: bytes) -> U256 | None:
        leaf = self._leaf(address)
        if leaf is None:
            return None
        with placed(f"slot 0x{slot.hex()} of 0x{address.hex()}"):
            encoded = self._tree(leaf.storage_root, "slot").get(keccak(slot))
            return None if encoded is None else U256(decode_number(encoded, size=32))

    def _load_account(self, address: bytes) -> EelsAccount:
        leaf = self._leaf(address)
        if leaf is None:
            return None
        code = b"" if leaf.code_hash == EMPTY_CODE_HASH else self._code(leaf.code_hash)
        return self._rules.types.Account(Uint(leaf.nonce), U256(leaf.balance), code)

    def _load_storage(self, address: bytes) -> EelsTrie:
        leaf = self._leaf(address)
        if leaf is None or leaf.storage_root == EMPTY_ROOT:
            return self._new_storage()
        return self._rules.trie.Trie(True, U256(0), Overlay(self._slots(address)))

    def _new_storage(self) -> EelsTrie:
        return self._rules.trie.Trie(True, U256(0), {})

    def _look_up_code(self, hash_: bytes) -> bytes:
        if hash_ not in self._codes:
            raise NotWitnessed("code_not_witnessed", at=f"code 0x{hash_.hex()}")
        self.used_codes.add(hash_)
        return self._codes[hash_]


def decode_account(encoded: bytes) -> AccountLeaf:
    """Read an account of the state tree. Raises: InvalidWitness."""
    try:
        nonce, balance, storage_root, code_hash = rlp.decode(encoded)
        if not all(isinstance(h, bytes) and len(h) == 32 for h in (storage_root, code_hash)):
            raise ValueError("a hash that is not 32 bytes long")
        return AccountLeaf(_number(nonce, 8), _number(balance, 32), storage_root, code_hash)
    except (rlp.DecodingError, TypeError, ValueError) as reason:
        raise InvalidWitness("malformed_node", actual=f"account: {reason}") from reason


def decode_number(encoded: bytes, size: int) -> int:
    """Read a storage value. Raises: InvalidWitness."""
    try:
        return _number(rlp.decode(encoded), size)
    except (rlp.DecodingError, TypeError, ValueError) as reason:
        raise InvalidWitness("malformed_node", actual=f"value: {reason}") from reason


def _number(digits: bytes, size: int) -> int:
    if not isinstance(digits, bytes) or len(digits) > size or digits[:1] == b"\0":
        raise ValueError(f"not a number of at most {size} bytes")
    return int.from_bytes(digits, "big")


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Say in an error of the tree to what it belongs."""
    try:
        yield
    except InvalidWitness as error:
        at = f"{place}, {error.at}" if error.at else place
        raise type(error)(error.code, error.expected, error.actual, at) from error
