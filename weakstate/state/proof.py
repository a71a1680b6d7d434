"""Proofs of an account and its slots, in the form of `eth_getProof`, held against a state root.

Source: EIP-1186.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from weakstate._native import keccak256_many, open_proof
from weakstate.errors import InvalidWitness, Unreadable

EMPTY_CODE_HASH = keccak256_many([b""])[0]

Value = TypeVar("Value", int, bytes)


def verify_proof(root: bytes, proof: Mapping[str, Any]) -> None:
    """Check all that a proof says of an account and its slots, absence included.

    Nothing but ``root``, the 32 bytes of a state root, is trusted. Nodes that are not needed are
    passed over.
    Raises: InvalidWitness (`wrong_proof` where the nodes prove another value, `malformed_node`);
    NotWitnessed (`account_not_witnessed`, `slot_not_witnessed`) where a node is not there or not
    the one that is committed to; Unreadable where this is no such proof.
    """
    slots = [
        (_integer(slot, "key", at), _nodes(slot, "proof", at), _integer(slot, "value", at))
        for at, slot in _slots(proof)
    ]
    opened = open_proof(
        root,
        _bytes(proof, "address", 20),
        _nodes(proof, "accountProof"),
        [(slot, nodes) for slot, nodes, _ in slots],
    )
    account, storage_root, values = opened
    code_hash, storage_hash = (_bytes(proof, name, 32) for name in ("codeHash", "storageHash"))
    if account is None:
        # Some nodes say of an absent account that its hashes are zero.
        account = {"nonce": 0, "balance": 0, "code_hash": EMPTY_CODE_HASH}
        code_hash = code_hash if any(code_hash) else EMPTY_CODE_HASH
        storage_hash = storage_hash if any(storage_hash) else storage_root
    _same("nonce", account["nonce"], _integer(proof, "nonce"), hex)
    _same("balance", account["balance"], _integer(proof, "balance"), hex)
    _same("codeHash", account["code_hash"], code_hash, _hexadecimal)
    _same("storageHash", storage_root, storage_hash, _hexadecimal)
    for index, ((_, _, stated), value) in enumerate(zip(slots, values, strict=True)):
        _same(f"storageProof[{index}].value", value, stated, hex)


def _same(at: str, proven: Value, stated: Value, show: Callable[[Value], str]) -> None:
    if proven != stated:
        raise InvalidWitness("wrong_proof", show(proven), show(stated), at)


def _slots(proof: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    listed = _field(proof, "storageProof")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise _malformed("a list", listed, "storageProof")
    slots = []
    for index, slot in enumerate(listed):
        at = f"storageProof[{index}]."
        if not isinstance(slot, Mapping):
            raise _malformed("an object", slot, at[:-1])
        slots.append((at, slot))
    return slots


def _field(fields: Mapping[str, Any], name: str, at: str = "") -> object:
    if name not in fields:
        raise Unreadable("missing_field", name, at=f"{at}{name}")
    return fields[name]


def _integer(fields: Mapping[str, Any], name: str, at: str = "") -> int:
    text = _field(fields, name, at)
    digits = text.removeprefix("0x") if isinstance(text, str) else ""
    if not (0 < len(digits) <= 64 and digits.isascii() and digits.isalnum()):
        raise _malformed("an integer below 2^256 in hexadecimal", text, f"{at}{name}")
    try:
        return int(digits, 16)
    except ValueError:
        raise _malformed("an integer in hexadecimal", text, f"{at}{name}") from None


def _bytes(fields: Mapping[str, Any], name: str, length: int) -> bytes:
    data = _unhex(_field(fields, name), name)
    if len(data) != length:
        raise _malformed(f"{length} bytes", fields[name], name)
    return data


def _nodes(fields: Mapping[str, Any], name: str, at: str = "") -> list[bytes]:
    listed = _field(fields, name, at)
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise _malformed("a list", listed, f"{at}{name}")
    return [_unhex(node, f"{at}{name}[{index}]") for index, node in enumerate(listed)]


def _unhex(text: object, at: str) -> bytes:
    try:
        if not isinstance(text, str):
            raise ValueError
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise _malformed("bytes in hexadecimal", text, at) from None


def _malformed(expected: str, actual: object, at: str) -> Unreadable:
    return Unreadable("malformed_field", expected, _show(actual), at)


def _show(value: object) -> str:
    return repr(value)[:80]


def _hexadecimal(value: bytes) -> str:
    return f"0x{value.hex()}"
