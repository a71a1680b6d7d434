"""Access sets of one's own: read from JSON, or from a block access list (EIP-7928)."""

from typing import Any

from weakstate import bounded_json
from weakstate._native import Touches
from weakstate.errors import Unreadable
from weakstate.sizes.access import EMPTY_CODE, AccessedAccount, AccessedSlot, AccessSet

FORMAT = "weakstate-access-set"
VERSION = 1
# RLP of an account with an ordinary balance, and a slot's ordinary value, where neither is known.
ACCOUNT_VALUE = 78
SLOT_VALUE = 1 << 100


def to_dict(access: AccessSet) -> dict[str, Any]:
    """The access set as JSON has it."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": access.name,
        "number": access.number,
        "transactions": access.transactions,
        "gas": access.gas,
        "accounts": [
            {
                "address": _hex(account.address),
                "rlp_bytes": account.trie_value,
                "stays": account.stays,
                "code_hash": _hex(account.code_hash),
                "code_bytes": account.code,
                "created_hash": _hex(account.created_hash),
                "created_bytes": account.created,
                "slots": {
                    hex(slot): [hex(values.before), hex(values.after)]
                    for slot, values in account.slots.items()
                },
                "other_slots": account.unseen_slots,
            }
            for account in access.accounts
        ],
    }


def from_json(data: bytes) -> AccessSet:
    """Read an access set. Raises: Unreadable.

    Of an account only the address is required: it is then one that is there, without code.
    """
    try:
        return from_dict(bounded_json.loads(data))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreadable("malformed_field", actual=f"{type(error).__name__}: {error}") from None


def from_dict(content: dict[str, Any]) -> AccessSet:
    """An access set that JSON had. Raises: ValueError, TypeError, KeyError, AttributeError."""
    if (content["format"], content["version"]) != (FORMAT, VERSION):
        raise ValueError(f"no {FORMAT} of version {VERSION}")
    return AccessSet(
        str(content.get("name", "access set")),
        int(content.get("number", 0)),
        int(content.get("transactions", 0)),
        int(content.get("gas", 0)),
        tuple(map(_account, content["accounts"])),
    )


def from_access_list(name: str, data: bytes, number: int) -> AccessSet:
    """What a block access list names, each as if it were there and no code were read.

    A list says neither what was absent nor how long codes are. Raises: WeakstateError.
    """
    touches = Touches.from_access_list(data)
    slots: dict[bytes, dict[int, AccessedSlot]] = {address: {} for address in touches.accounts}
    for address, slot in touches.slots:
        slots[address][slot] = AccessedSlot(SLOT_VALUE, SLOT_VALUE)
    accounts = (
        AccessedAccount(address, ACCOUNT_VALUE, True, slots=found)
        for address, found in slots.items()
    )
    return AccessSet(name, number, 0, 0, tuple(accounts))


def _account(content: dict[str, Any]) -> AccessedAccount:
    value = content.get("rlp_bytes", ACCOUNT_VALUE)
    others = content.get("other_slots")
    return AccessedAccount(
        _bytes(content["address"], 20),
        None if value is None else int(value),
        bool(content.get("stays", True)),
        _bytes(content.get("code_hash", _hex(EMPTY_CODE)), 32),
        _count(content.get("code_bytes", 0)),
        _bytes(content.get("created_hash", _hex(EMPTY_CODE)), 32),
        _count(content.get("created_bytes", 0)),
        {
            int(slot, 16): AccessedSlot(int(before, 16), int(after, 16))
            for slot, (before, after) in content.get("slots", {}).items()
        },
        None if others is None else float(others),
    )


def _count(value: Any) -> int:  # noqa: ANN401  # JSON is anything
    count = int(value)
    if not 0 <= count <= 1 << 24:
        raise ValueError(f"a code of {count} bytes")
    return count


def _bytes(text: str, length: int) -> bytes:
    found = bytes.fromhex(text.removeprefix("0x"))
    if len(found) != length:
        raise ValueError(f"expected {length} bytes, not {len(found)}")
    return found


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"
