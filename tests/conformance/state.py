"""The whole state of a test as a dictionary, and the witness that holds all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weakstate._native import Witness, keccak256_many, whole_state

EMPTY_CODE_HASH = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")


@dataclass(frozen=True)
class Account:
    """An account with all of its slots."""

    nonce: int
    balance: int
    code_hash: bytes = EMPTY_CODE_HASH
    slots: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class WholeState:
    """All accounts, and every code that any of them ever had."""

    accounts: Mapping[bytes, Account]
    codes: Mapping[bytes, bytes]

    @classmethod
    def from_json(cls, entries: Mapping[str, Any]) -> "WholeState":
        """Reads ``pre`` or ``postState`` of a test; slots of zero are no slots."""
        code_list = [unhex(entry["code"]) for entry in entries.values()]
        codes = dict(zip(keccak256_many(code_list), code_list, strict=True))
        hashes = {code: code_hash for code_hash, code in codes.items()}
        accounts = {}
        for (address, entry), code in zip(entries.items(), code_list, strict=True):
            slots = {number(k): number(v) for k, v in entry["storage"].items() if number(v)}
            accounts[unhex(address)] = Account(
                number(entry["nonce"]), number(entry["balance"]), hashes[code], slots
            )
        return cls(accounts, codes)

    def after(self, changes: Mapping[bytes, Any], codes: Mapping[bytes, bytes]) -> "WholeState":
        """This state with a block's changes, and the codes that it may have created."""
        accounts = dict(self.accounts)
        for address, change in changes.items():
            account = change["account"]
            if account is None:
                accounts.pop(address, None)
                continue
            known = accounts.get(address)
            slots = {} if change["storage_cleared"] or known is None else dict(known.slots)
            slots.update(change["slots"])
            accounts[address] = Account(
                account["nonce"],
                account["balance"],
                account["code_hash"],
                {slot: value for slot, value in slots.items() if value},
            )
        return WholeState(accounts, {**self.codes, **codes})

    def witness(self, headers: list[bytes]) -> tuple[bytes, Witness]:
        """The root, and a witness that holds every node and every code."""
        entries = [
            (address, (entry.nonce, entry.balance, entry.code_hash, list(entry.slots.items())))
            for address, entry in self.accounts.items()
        ]
        root, nodes = whole_state(entries)
        return root, Witness(nodes, [code for code in self.codes.values() if code], headers)


def unhex(text: str) -> bytes:
    """Bytes of a hexadecimal string."""
    return bytes.fromhex(text.removeprefix("0x"))


def number(text: str | int) -> int:
    """An integer, or that of a hexadecimal string."""
    if isinstance(text, int):
        return text
    return int(text, 16) if text not in {"", "0x"} else 0
