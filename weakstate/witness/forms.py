"""The forms in which a block, its witness and its delta are written, and what each can hold.

All of a witness (nodes, codes, proof, headers, keys) is in each of its forms, save where said so;
nodes and codes come out sorted, each once. `docs/formats.md` has the forms that are read.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from weakstate._native import Item, Witness
from weakstate.errors import Unreadable
from weakstate.witness.bundle import write_bundle

# What an item may hold, by the names that people read.
PARTS = ("block", "witness", "keys", "proof", "delta", "chain id", "pre-state root", "block hashes")

WITNESS = frozenset({"witness", "keys", "proof"})
# Of a Merkle Patricia chain: what others write has no place for leaves and their proof.
NODES = frozenset({"witness", "keys"})


class Form(NamedTuple):
    """A form: what it can hold, what it cannot be without, and how it is written."""

    about: str
    suffix: str
    holds: frozenset[str]
    needs: frozenset[str]
    write: Callable[[Item], bytes]


class Lossy(ValueError):
    """A form cannot hold all of an item; ``lost`` names the rest."""

    def __init__(self, form: str, lost: tuple[str, ...]) -> None:
        self.form = form
        self.lost = lost
        super().__init__(f"{form} holds no {', '.join(lost)}")


def convert(item: Item, form: str, *, lossy: bool = False) -> bytes:
    """The item in another form of `FORMS`.

    Raises: Lossy if that cannot hold all of it and ``lossy`` is not set; Unreadable if the item
    lacks what the form needs; InvalidWitness for a header that the form cannot hold; KeyError.
    """
    chosen = FORMS[form]
    lost = left_out(item, form)
    if lost and not lossy:
        raise Lossy(form, lost)
    there = parts(item)
    for part in PARTS:
        if part in chosen.needs and part not in there:
            raise Unreadable("missing_part", f"a {part}, which {form} must have", "none")
    return chosen.write(item)


def holding(item: Item) -> tuple[str, ...]:
    """Forms that can hold all of the item."""
    there = frozenset(parts(item))
    return tuple(
        name for name, form in FORMS.items() if form.needs <= there and not left_out(item, name)
    )


def left_out(item: Item, form: str) -> tuple[str, ...]:
    """What the form cannot hold of the item.

    A pre-state root that the parent's header states as well is not lost with the claim.
    """
    holds = FORMS[form].holds
    if "witness" in holds and item.witness is not None:
        proven = item.pre_state_root == item.witness.parent_state_root
        holds |= {"pre-state root"} if proven else set()
    return tuple(part for part in parts(item) if part not in holds)


def parts(item: Item) -> tuple[str, ...]:
    """Names of what the item holds, in the order of `PARTS`."""
    return tuple(_parts(item))


def _parts(item: Item) -> Iterator[str]:
    if item.block is not None:
        yield "block"
    if item.witness is not None:
        yield "witness"
        if item.witness.keys:
            yield "keys"
        if item.witness.proof:
            yield "proof"
    if item.delta is not None:
        yield "delta"
    if item.chain_id is not None:
        yield "chain id"
    if item.pre_state_root is not None:
        yield "pre-state root"
    if item.block_hashes:
        yield "block hashes"


def _block(item: Item) -> bytes:
    assert item.block is not None
    return item.block


def _witness(item: Item) -> Witness:
    assert item.witness is not None
    return item.witness


def _delta(item: Item) -> bytes:
    assert item.delta is not None
    return item.delta


def _bytes(item: Item) -> bytes:
    """Nested below the root that the parent states, or the one that the file claims."""
    return _witness(item).to_bytes(item.pre_state_root)


def _bundle(item: Item) -> bytes:
    assert item.chain_id is not None
    return write_bundle(_block(item), _bytes(item), item.delta, item.chain_id)


def _text(json: str) -> bytes:
    return f"{json}\n".encode("ascii")


FORMS = {
    "bytes": Form(
        "a witness, its nodes inside each other: the smallest",
        ".witness",
        holds=WITNESS,
        needs=frozenset({"witness"}),
        write=_bytes,
    ),
    "json": Form(
        "a witness as debug_executionWitness of reth and most others",
        ".json",
        holds=WITNESS,
        needs=frozenset({"witness"}),
        write=lambda item: _text(_witness(item).to_json()),
    ),
    "geth-json": Form(
        "a witness as debug_executionWitness of geth: headers as fields",
        ".json",
        holds=NODES,
        needs=frozenset({"witness"}),
        write=lambda item: _text(_witness(item).to_geth_json()),
    ),
    "rlp": Form(
        "a witness as RLP of geth up to 1.17: with a list of keys",
        ".rlp",
        holds=NODES,
        needs=frozenset({"witness"}),
        write=lambda item: _witness(item).to_rlp(),
    ),
    "rlp-3": Form(
        "a witness as RLP of later geth: without keys",
        ".rlp",
        holds=NODES - {"keys"},
        needs=frozenset({"witness"}),
        write=lambda item: _witness(item).to_rlp(keys=False),
    ),
    "verkle-json": Form(
        "leaves and their proof, as Verkle test networks have them",
        ".json",
        holds=frozenset({"witness", "proof"}),
        needs=frozenset({"witness", "proof"}),
        write=lambda item: _text(_witness(item).to_verkle_json()),
    ),
    "bundle": Form(
        "block, witness, delta and chain id in one file, compressed",
        ".bundle",
        holds=WITNESS | {"block", "delta", "chain id"},
        needs=frozenset({"block", "witness", "chain id"}),
        write=_bundle,
    ),
    "block-json": Form(
        "all that a file holds in one JSON object",
        ".json",
        holds=frozenset(PARTS),
        needs=frozenset({"block", "witness"}),
        write=lambda item: _text(item.to_json()),
    ),
    "block": Form(
        "the block alone, in RLP",
        ".rlp",
        holds=frozenset({"block"}),
        needs=frozenset({"block"}),
        write=_block,
    ),
    "delta": Form(
        "the delta alone",
        ".delta",
        holds=frozenset({"delta"}),
        needs=frozenset({"delta"}),
        write=_delta,
    ),
}
