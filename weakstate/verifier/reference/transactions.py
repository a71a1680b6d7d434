"""Transactions: their form, their signatures, and the rules that ask nothing of the state.

Source: EIP-2718 (types), EIP-155 (chain id), EIP-2681 and geth (sizes of fields); all else is
the execution specification's own.
"""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

from ethereum_types.numeric import U256, Uint

from weakstate.errors import InvalidBlock
from weakstate.trees.mpt import Structure
from weakstate.verifier.reference.blame import blame
from weakstate.verifier.reference.forks import REFUSALS, Rules
from weakstate.verifier.reference.state import Overlay
from weakstate.verifier.reference.types import ChainRules, EelsTransaction

_TYPES = ("AccessListTransaction", "FeeMarketTransaction", "BlobTransaction", "SetCodeTransaction")
_BITS = {"gas": 64, "gas_price": 256, "max_fee_per_gas": 256, "max_priority_fee_per_gas": 256}
"""Sizes of the numbers that EELS reads without bound."""


def check_type(item: Structure, rules: Rules, at: str) -> None:
    """Refuse a typed transaction before its fork; EELS reads types only once they are active."""
    if not isinstance(item, bytes):
        return
    if not item:
        raise InvalidBlock("malformed_block", actual="an empty transaction", at=at)
    active = [kind for kind, name in enumerate(_TYPES, 1) if hasattr(rules.transactions, name)]
    if item[0] not in active:
        expected = f"legacy or one of {active}"
        raise InvalidBlock("transaction_type_not_active", expected, f"type {item[0]}", at)


def decode(transaction: EelsTransaction | bytes, rules: Rules, at: str) -> EelsTransaction:
    """Read a typed transaction; a legacy one has been read. Raises: InvalidBlock."""
    if isinstance(transaction, bytes):
        try:
            transaction = rules.transactions.decode_transaction(transaction)
        except (*REFUSALS, RecursionError) as reason:
            raise InvalidBlock("malformed_block", actual=str(reason), at=at) from reason
    for name, bits in _BITS.items():
        if int(getattr(transaction, name, 0)) >= 2**bits:
            raise InvalidBlock("malformed_block", f"{name} below 2^{bits}", at=at)
    return transaction


def recover_sender(chain: ChainRules, transaction: EelsTransaction, rules: Rules, at: str) -> bytes:
    """Recover who signed for this chain: EELS itself does not compare a typed one's chain id."""
    signed_for = getattr(transaction, "chain_id", None)
    if signed_for is None and hasattr(rules.transactions, "signing_hash_155"):
        v = int(transaction.v)
        signed_for = (v - 35) // 2 if v >= 35 else None
    if signed_for is not None and signed_for != chain.chain_id:
        raise InvalidBlock("wrong_chain_id", str(chain.chain_id), str(signed_for), at)
    try:
        return rules.recover_sender(chain.chain_id, transaction)
    except REFUSALS as reason:
        raise blame(reason, at) from reason


def stateless_rules_first(rules: Rules) -> Callable[..., object]:
    """Return EELS' ``check_transaction``, made to try each transaction on a perfect sender first.

    What no sender could send is the block's fault, whether or not the witness knows the sender.
    """
    check = rules.fork.check_transaction

    def check_transaction(block_env: object, block_output: object, tx: EelsTransaction) -> object:
        able = rules.types.Account(Uint(tx.nonce), U256.MAX_VALUE, b"")
        accounts = rules.trie.Trie(True, None, Overlay(lambda address: able))
        anyone = replace(block_env, state=SimpleNamespace(_main_trie=accounts))  # type: ignore[type-var]  # a dataclass, one in each fork
        check(block_env=anyone, block_output=block_output, tx=tx)
        return check(block_env=block_env, block_output=block_output, tx=tx)

    return check_transaction
