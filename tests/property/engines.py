"""Both engines on the same input, and what it takes for them to agree."""

from weakstate import WeakstateError, _native
from weakstate._native import keccak256_many
from weakstate.verifier.reference import verify_reference


def attempt(engine, *arguments):
    """What an engine returns, or what it raises."""
    try:
        return engine(*arguments)
    except WeakstateError as error:
        return error


def hashes(items, used):
    """Keccak-256 of the items that were used."""
    return frozenset(keccak256_many([item for item, use in zip(items, used, strict=True) if use]))


def both(chain, anchor, block, witness, ancestry=None, budget=None, *, exact=True):
    """Runs both engines; returns or raises what the native one does once they agree.

    ``exact`` holds the nodes and codes that they needed against each other as well.
    """
    native = attempt(_native.verify, chain, anchor, block, witness, ancestry, budget)
    reference = attempt(verify_reference, chain, anchor, block, witness, ancestry)
    if isinstance(native, WeakstateError) or isinstance(reference, WeakstateError):
        same_class = type(native) is type(reference)
        assert same_class, f"native: {native!r}, reference: {reference!r}"
        raise native
    assert native.header.hash == reference.block_hash
    assert native.pre_state_root == reference.pre_state_root
    assert native.post_state_root == reference.post_state_root
    assert native.gas_used == reference.gas_used
    assert native.header.to_dict()["receipts_root"] == reference.receipts_root
    if exact:
        assert hashes(witness.nodes, native.node_use) == reference.needed_nodes
        assert hashes(witness.codes, native.code_use) == reference.needed_codes
    return native
