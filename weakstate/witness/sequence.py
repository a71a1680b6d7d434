"""The sequencer's side: execute a block over the whole state, or build one from transactions.

Neither changes the state; ``state.commit`` takes over what either made.
"""

from collections.abc import Iterable, Sequence

from weakstate._native import Attributes, Block, Budget, Built, Chain, Produced, State


def produce(
    chain: Chain | str | int,
    state: State,
    block: bytes | Block,
    *,
    ancestry: Sequence[bytes] | None = None,
    budget: Budget | None = None,
    check: bool = True,
    access_list: bool = False,
) -> Produced:
    """Execute ``block`` (RLP) over ``state`` and return its witness and delta.

    ``ancestry`` holds up to seven blocks before it, in RLP, for the rules on ommers. Unless
    ``check`` is false, a verifier tries the witness on another core before it is handed out.
    With ``access_list`` the block's access list (EIP-7928) is recorded too.

    Raises: InvalidBlock, BudgetExceeded, StoreError; ValueError for an unknown chain.
    """
    rlp = block.rlp if isinstance(block, Block) else block
    return state.produce(_chain(chain), rlp, ancestry, budget, check, access_list)


def build(
    chain: Chain | str | int,
    state: State,
    attributes: Attributes,
    transactions: Iterable[bytes],
    *,
    budget: Budget | None = None,
    seconds: float | None = None,
    check: bool = True,
    access_list: bool = False,
) -> Built:
    """Build a valid block on the head of ``state`` and return it with its witness and delta.

    ``transactions`` are pending ones, each in its canonical encoding (EIP-2718, without
    blobs); they are tried in the order given. Those that are not valid when it is their turn,
    or do not fit, are in ``refused`` with their index, an error code and a message. Once
    ``seconds`` have passed no further ones are taken; ``budget`` bounds the whole. ``check`` and
    ``access_list`` are as in :func:`produce`.

    Raises: InvalidBlock if no block can have these ``attributes``; BudgetExceeded, StoreError;
    ValueError for an unknown chain.
    """
    rules = _chain(chain)
    pending = list(transactions)
    return state.build(rules, attributes, pending, budget, seconds, check, access_list)


def _chain(chain: Chain | str | int) -> Chain:
    return chain if isinstance(chain, Chain) else Chain.builtin(chain)
