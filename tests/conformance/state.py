"""The whole state of a test as dictionaries, and the witness that holds all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weakstate._native import Witness, keccak256_many, whole_state

# By address: nonce, balance, code hash and slots, as `State.to_dict` gives them.
Accounts = Mapping[bytes, Mapping[str, Any]]


@dataclass(frozen=True)
class WholeState:
    """All accounts, and every code that any of them ever had."""

    accounts: Accounts
    codes: Mapping[bytes, bytes]

    @classmethod
    def from_json(cls, entries: Mapping[str, Any]) -> "WholeState":
        """Reads ``pre`` or ``postState`` of a test; slots of zero are no slots."""
        code_list = [unhex(entry["code"]) for entry in entries.values()]
        code_hashes = keccak256_many(code_list)
        accounts = {
            unhex(address): {
                "nonce": number(entry["nonce"]),
                "balance": number(entry["balance"]),
                "code_hash": code_hash,
                "slots": {number(k): number(v) for k, v in entry["storage"].items() if number(v)},
            }
            for (address, entry), code_hash in zip(entries.items(), code_hashes, strict=True)
        }
        return cls(accounts, dict(zip(code_hashes, code_list, strict=True)))

    def after(self, changes: Mapping[bytes, Any], codes: Mapping[bytes, bytes]) -> "WholeState":
        """This state with a block's changes, and the codes that it may have created."""
        accounts = dict(self.accounts)
        for address, change in changes.items():
            if change["account"] is None:
                accounts.pop(address, None)
                continue
            kept = (
                {} if change["storage_cleared"] else accounts.get(address, {"slots": {}})["slots"]
            )
            slots = {**kept, **change["slots"]}
            accounts[address] = {
                **change["account"],
                "slots": {slot: value for slot, value in slots.items() if value},
            }
        return WholeState(accounts, {**self.codes, **codes})

    def witness(self, headers: list[bytes]) -> tuple[bytes, Witness]:
        """The root, and a witness that holds every node and every code."""
        root, nodes = build(self.accounts)
        return root, Witness(nodes, [code for code in self.codes.values() if code], headers)


def build(accounts: Accounts) -> tuple[bytes, list[bytes]]:
    """The root of a state and all nodes of its tries."""
    return whole_state(
        [
            (address, (entry["nonce"], entry["balance"], entry["code_hash"], slots))
            for address, entry in accounts.items()
            for slots in [list(entry["slots"].items())]
        ]
    )


def unhex(text: str) -> bytes:
    """Bytes of a hexadecimal string."""
    return bytes.fromhex(text.removeprefix("0x"))


def number(text: str | int) -> int:
    """An integer, or that of a hexadecimal string."""
    if isinstance(text, int):
        return text
    return int(text, 16) if text not in {"", "0x"} else 0
