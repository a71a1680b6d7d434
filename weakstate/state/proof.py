"""Proofs of an account and its slots, held against a state root.

Of Merkle Patricia tries they are in the form of `eth_getProof`; of a tree that holds leaves alone
they are the leaves in an execution witness, as Verkle test networks have it.
Sources: EIP-1186; EIP-6800, `ExecutionWitness` of the consensus specification.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from weakstate._native import Chain, keccak256_many, open_leaf_proof, open_proof
from weakstate.errors import InvalidWitness
from weakstate.fields import Fields

EMPTY_CODE_HASH = keccak256_many([b""])[0]
NOTHING: Mapping[str, Any] = {
    "nonce": 0,
    "balance": 0,
    "code_hash": EMPTY_CODE_HASH,
    "code_size": 0,
}

Value = TypeVar("Value")


class Proven(NamedTuple):
    """What a proof says that holds.

    ``account`` has ``nonce``, ``balance`` and ``code_hash``, and ``storage_root`` or ``code_size``
    as the scheme has one; None is proven absence. So it is among ``leaves``, by key.
    """

    address: bytes | None
    account: Mapping[str, Any] | None
    slots: Mapping[int, int]
    leaves: Mapping[bytes, bytes | None]


def verify_proof(root: bytes, proof: Mapping[str, Any], chain: Chain | None = None) -> Proven:
    """Check all that a proof says of its account and slots, absence included; return it.

    Nothing but ``root``, the 32 bytes of a state root, and the scheme of ``chain``, Merkle
    Patricia tries unless it is given, is trusted. Whether it is about the account that the caller
    asked for, ``address`` says. Nodes that are not needed are passed over.
    Raises: InvalidWitness (`wrong_proof` where another value is proven, `malformed_node`,
    `malformed_proof`); NotWitnessed (`account_not_witnessed`, `slot_not_witnessed`,
    `leaf_not_witnessed`) where a node is not there or not the one that is committed to, or a leaf
    is not opened; Unreadable where this is no such proof; ValueError for a root that is none.
    """
    fields = Fields(proof)
    if chain is not None and chain.scheme != "mpt":
        return _verify_leaves(root, fields, chain)
    slots = fields.objects("storageProof")
    numbers = [slot.quantity("key") for slot in slots]
    stated = [slot.quantity("value") for slot in slots]
    address = fields.data("address", 20)
    account, storage_root, values = open_proof(
        root,
        address,
        fields.data_list("accountProof"),
        [(number, slot.data_list("proof")) for number, slot in zip(numbers, slots, strict=True)],
    )
    code_hash, storage_hash = fields.data("codeHash", 32), fields.data("storageHash", 32)
    if account is None:
        # Some nodes say of an absent account that its hashes are zero.
        code_hash = code_hash if any(code_hash) else EMPTY_CODE_HASH
        storage_hash = storage_hash if any(storage_hash) else storage_root
    found = NOTHING if account is None else account
    _same("nonce", found["nonce"], fields.quantity("nonce"), hex)
    _same("balance", found["balance"], fields.quantity("balance"), hex)
    _same("codeHash", found["code_hash"], code_hash, _hexadecimal)
    _same("storageHash", storage_root, storage_hash, _hexadecimal)
    for index, (proven, value) in enumerate(zip(values, stated, strict=True)):
        _same(f"storageProof[{index}].value", proven, value, hex)
    known = None if account is None else {**account, "storage_root": storage_root}
    return Proven(address, known, dict(zip(numbers, values, strict=True)), {})


def _verify_leaves(root: bytes, fields: Fields, chain: Chain) -> Proven:
    address = fields.data("address", 20) if fields.has("address") else None
    slots = fields.objects("storage") if address is not None else []
    leaves = fields.objects("leaves") if fields.has("leaves") else []
    numbers = [slot.quantity("key") for slot in slots]
    keys = [leaf.data("key") for leaf in leaves]
    if fields.is_text("executionWitness"):
        witness = fields.data("executionWitness")
    else:
        witness = json.dumps(fields.mapping("executionWitness")).encode()
    account, values, found = open_leaf_proof(chain, root, witness, address, numbers, keys)
    if address is not None:
        is_there = NOTHING if account is None else account
        for name in ("nonce", "balance"):
            _same(name, is_there[name], fields.quantity(name), hex)
        _same("codeHash", is_there["code_hash"], fields.data("codeHash", 32), _hexadecimal)
        _same("codeSize", is_there["code_size"], fields.quantity("codeSize"), hex)
    for index, (slot, number) in enumerate(zip(slots, values, strict=True)):
        _same(f"storage[{index}].value", number, slot.quantity("value"), hex)
    for index, (leaf, value) in enumerate(zip(leaves, found, strict=True)):
        stated = leaf.data("value", 32) if leaf.has("value") else None
        _same(f"leaves[{index}].value", value, stated, _hexadecimal)
    by_slot, by_key = zip(numbers, values, strict=True), zip(keys, found, strict=True)
    return Proven(address, account, dict(by_slot), dict(by_key))


def _same(at: str, proven: Value, stated: Value, show: Callable[[Value], str]) -> None:
    if proven != stated:
        raise InvalidWitness("wrong_proof", show(proven), show(stated), at)


def _hexadecimal(value: bytes | None) -> str:
    return "absent" if value is None else f"0x{value.hex()}"
