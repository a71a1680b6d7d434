"""Blocks, headers and transactions as the JSON-RPC API of a node gives them.

Source: ethereum/execution-apis, src/schemas/{block,transaction}.yaml.
"""

import rlp
from eth_hash.auto import keccak

DATA = {
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "extraData",
    "mixHash",
    "nonce",
    "withdrawalsRoot",
    "parentBeaconBlockRoot",
    "requestsHash",
    "blockAccessListHash",
}
HEADER = [
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
    "blockAccessListHash",
    "slotNumber",
]
LEGACY = ["nonce", "gasPrice", "gas", "to", "value", "input"]
PRICED = ["nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input"]


def typed(fields, *more):
    return ["chainId", *fields, "accessList", *more, "yParity", "r", "s"]


TRANSACTIONS = {
    0: [*LEGACY, "v", "r", "s"],
    1: typed(LEGACY),
    2: typed(PRICED),
    3: typed(PRICED, "maxFeePerBlobGas", "blobVersionedHashes"),
    4: typed(PRICED, "authorizationList"),
}


def data(value):
    return f"0x{value.hex()}"


def quantity(value):
    return hex(int.from_bytes(value))


def header_object(encoded):
    """A header as geth writes it: what its fork lacks is null."""
    items = rlp.decode(encoded)
    fields = dict.fromkeys(HEADER)
    for name, item in zip(HEADER, items, strict=False):
        fields[name] = data(item) if name in DATA else quantity(item)
    return {**fields, "hash": data(keccak(encoded))}


def block_object(encoded):
    """A block with its transactions in full."""
    header, transactions, ommers, *withdrawals = rlp.decode(encoded)
    found = header_object(rlp.encode(header))
    found = {key: value for key, value in found.items() if value is not None}
    for index, transaction in enumerate(transactions):
        placed = {
            "blockHash": found["hash"],
            "blockNumber": found["number"],
            "transactionIndex": hex(index),
        }
        found.setdefault("transactions", []).append(transaction_object(transaction) | placed)
    return {
        "transactions": [],
        **found,
        "size": hex(len(encoded)),
        "uncles": [data(keccak(rlp.encode(ommer))) for ommer in ommers],
        **(
            {"withdrawals": [withdrawal_object(item) for item in withdrawals[0]]}
            if withdrawals
            else {}
        ),
    }


def withdrawal_object(items):
    index, validator, address, amount = items
    return {
        "index": quantity(index),
        "validatorIndex": quantity(validator),
        "address": data(address),
        "amount": quantity(amount),
    }


def transaction_object(item):
    """A transaction in full, but for its sender, which is nobody's word to take."""
    legacy = not isinstance(item, bytes)
    kind = 0 if legacy else item[0]
    items = item if legacy else rlp.decode(item[1:])
    found = {"type": hex(kind), "hash": data(keccak(rlp.encode(item) if legacy else item))}
    for name, value in zip(TRANSACTIONS[kind], items, strict=True):
        found[name] = _field(name, value)
    if legacy and int(found["v"], 16) >= 35:
        found["chainId"] = hex((int(found["v"], 16) - 35) // 2)
    if kind:
        found["v"] = found["yParity"]
    if kind > 1:
        found["gasPrice"] = found["maxFeePerGas"]
    return found


def _field(name, value):
    match name:
        case "to":
            return data(value) if value else None
        case "input":
            return data(value)
        case "accessList":
            return [
                {"address": data(address), "storageKeys": [data(key) for key in keys]}
                for address, keys in value
            ]
        case "blobVersionedHashes":
            return [data(hash_) for hash_ in value]
        case "authorizationList":
            return [_authorization(*terms) for terms in value]
        case _:
            return quantity(value)


def _authorization(chain_id, address, nonce, parity, r, s):
    return {
        "chainId": quantity(chain_id),
        "address": data(address),
        "nonce": quantity(nonce),
        "yParity": quantity(parity),
        "r": quantity(r),
        "s": quantity(s),
    }
