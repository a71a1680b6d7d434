"""The forms in which others write blocks and witnesses, each made from a sample.

A sample is a block of the fixture chain, as ``tests.cli.helpers.load_samples`` gives it.
"""

import gzip
import json

import rlp
import zstandard
from eth_hash.auto import keccak

from tests.rpc_form import block_object, data, header_object


def dump(value, **options):
    return json.dumps(value, **options).encode()


def answer(result, number=1):
    """A node's answer to a call."""
    return {"jsonrpc": "2.0", "id": number, "result": result}


def by_hash(values):
    return {data(keccak(bytes.fromhex(value[2:]))): value for value in values}


def witness_rlp(witness, *keys):
    """geth's witness: headers as lists, codes, nodes and, in older ones, keys."""
    headers = [rlp.decode(header) for header in witness.headers]
    return rlp.encode([headers, witness.codes, witness.nodes, *keys])


# What holds a witness: each takes a sample and gives the object or bytes.

WITNESS_OBJECTS = {
    "reth, Nethermind": lambda s: s.witness_json | {"keys": [f"0x{'11' * 20}", f"0x{'22' * 32}"]},
    "unknown keys": lambda s: s.witness_json | {"keys": None, "more": [1, {"a": 1.5e9, "b": -1}]},
    "geth, parent last": lambda s: (
        s.witness_json | {"headers": [header_object(h) for h in s.witness.headers], "keys": None}
    ),
    "geth, parent first": lambda s: (
        s.witness_json | {"headers": [header_object(h) for h in s.witness.headers][::-1]}
    ),
    "headers in RLP, parent first": lambda s: (
        s.witness_json | {"headers": s.witness_json["headers"][::-1]}
    ),
    "without 0x": lambda s: {
        name: [value[2:] for value in values] for name, values in s.witness_json.items()
    },
    "capitals": lambda s: {
        name: [f"0x{value[2:].upper()}" for value in values]
        for name, values in s.witness_json.items()
    },
    "maps": lambda s: (
        s.witness_json | {name: by_hash(s.witness_json[name]) for name in ("state", "codes")}
    ),
    "maps whose keys lie": lambda s: (
        s.witness_json
        | {
            name: {str(index): value for index, value in enumerate(s.witness_json[name])}
            for name in ("state", "codes")
        }
    ),
    "in an answer": lambda s: answer(s.witness_json),
    "in a batch": lambda s: [answer(s.witness_json)],
    "engine, 3 parts": lambda s: answer(
        {"status": "VALID", "witness": data(witness_rlp(s.witness)), "latestValidHash": None}
    ),
    "engine, 4 parts": lambda s: {"witness": data(witness_rlp(s.witness, [b"\1" * 20]))},
    "RLP as a string": lambda s: data(witness_rlp(s.witness)),
    "RLP in an answer": lambda s: answer(data(witness_rlp(s.witness, []))),
}
WITNESS_FILES = {name: lambda s, form=form: dump(form(s)) for name, form in WITNESS_OBJECTS.items()}
WITNESS_FILES |= {
    "RLP, 3 parts": lambda s: witness_rlp(s.witness),
    "RLP, 4 parts": lambda s: witness_rlp(s.witness, [b"\1" * 32]),
    "RLP in hex": lambda s: data(witness_rlp(s.witness)).encode(),
    "weakstate's bytes": lambda s: s.witness.to_bytes(),
}

BLOCK_OBJECTS = {
    "RLP as a string": lambda s: data(s.block.rlp),
    "debug_getRawBlock": lambda s: answer(data(s.block.rlp)),
    "eth_getBlockByNumber": lambda s: answer(block_object(s.block.rlp)),
    "the same, bare": lambda s: block_object(s.block.rlp),
    "in a batch": lambda s: [answer(data(s.block.rlp))],
    "in an object": lambda s: {"block": block_object(s.block.rlp)},
    "blockRlp": lambda s: {"blockRlp": data(s.block.rlp)},
}
BLOCK_FILES = {name: lambda s, form=form: dump(form(s)) for name, form in BLOCK_OBJECTS.items()}
BLOCK_FILES |= {
    "RLP": lambda s: s.block.rlp,
    "RLP in hex": lambda s: data(s.block.rlp).encode() + b"\n",
    "RLP in hex without 0x": lambda s: s.block.rlp.hex().encode(),
    "RLP in capitals": lambda s: s.block.rlp.hex().upper().encode(),
}

WHOLE_OBJECTS = {
    "data folder": lambda s: {"blockRlp": data(s.block.rlp), "witness": s.witness_json},
    "test vectors": lambda s: {"rlp": data(s.block.rlp), "executionWitness": s.witness_json},
    "RPC block beside": lambda s: {"block": block_object(s.block.rlp), "witness": s.witness_json},
    "RPC block and RLP witness": lambda s: {
        "block": block_object(s.block.rlp),
        "witness": data(witness_rlp(s.witness)),
    },
    "RPC block with witness": lambda s: block_object(s.block.rlp) | {"witness": s.witness_json},
    "RLP with a flat witness": lambda s: {"block": data(s.block.rlp)} | s.witness_json,
    "in an answer": lambda s: answer({"blockRlp": data(s.block.rlp), "witness": s.witness_json}),
}

WRAPPINGS = {
    "gzip": gzip.compress,
    "gzip, twice": lambda data: gzip.compress(gzip.compress(data)),
    "gzip, in members": lambda data: gzip.compress(data[:99]) + gzip.compress(data[99:]),
    "zstd": zstandard.compress,
    "zstd, in frames": lambda data: zstandard.compress(data[:99]) + zstandard.compress(data[99:]),
    "zstd of gzip": lambda data: zstandard.compress(gzip.compress(data)),
}
TEXT_WRAPPINGS = WRAPPINGS | {
    "space": lambda text: b" \r\n\t" + text + b"\n\n",
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text,
    "indented": lambda text: dump(json.loads(text), indent=4),
    "escaped": lambda text: text.replace(b"0x", b"\\u0030x"),
}
