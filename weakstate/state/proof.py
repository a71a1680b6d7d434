"""Proofs of an account and its slots, in the form of `eth_getProof`, held against a state root.

Source: EIP-1186.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from weakstate._native import keccak256_many, open_proof
from weakstate.errors import InvalidWitness
from weakstate.fields import Fields

EMPTY_CODE_HASH = keccak256_many([b""])[0]

Value = TypeVar("Value", int, bytes)


def verify_proof(root: bytes, proof: Mapping[str, Any]) -> None:
    """Check all that a proof says of its account and slots, absence included.

    Nothing but ``root``, the 32 bytes of a state root, is trusted. Whether it is about the account
    that the caller asked for, ``proof["address"]`` says. Nodes that are not needed are passed over.
    Raises: InvalidWitness (`wrong_proof` where the nodes prove another value, `malformed_node`);
    NotWitnessed (`account_not_witnessed`, `slot_not_witnessed`) where a node is not there or not
    the one that is committed to; Unreadable where this is no such proof; ValueError for a root
    that is none.
    """
    fields = Fields(proof)
    slots = fields.objects("storageProof")
    stated = [slot.quantity("value") for slot in slots]
    account, storage_root, values = open_proof(
        root,
        fields.data("address", 20),
        fields.data_list("accountProof"),
        [(slot.quantity("key"), slot.data_list("proof")) for slot in slots],
    )
    code_hash, storage_hash = fields.data("codeHash", 32), fields.data("storageHash", 32)
    if account is None:
        # Some nodes say of an absent account that its hashes are zero.
        account = {"nonce": 0, "balance": 0, "code_hash": EMPTY_CODE_HASH}
        code_hash = code_hash if any(code_hash) else EMPTY_CODE_HASH
        storage_hash = storage_hash if any(storage_hash) else storage_root
    _same("nonce", account["nonce"], fields.quantity("nonce"), hex)
    _same("balance", account["balance"], fields.quantity("balance"), hex)
    _same("codeHash", account["code_hash"], code_hash, _hexadecimal)
    _same("storageHash", storage_root, storage_hash, _hexadecimal)
    for index, (proven, value) in enumerate(zip(values, stated, strict=True)):
        _same(f"storageProof[{index}].value", proven, value, hex)


def _same(at: str, proven: Value, stated: Value, show: Callable[[Value], str]) -> None:
    if proven != stated:
        raise InvalidWitness("wrong_proof", show(proven), show(stated), at)


def _hexadecimal(value: bytes) -> str:
    return f"0x{value.hex()}"
