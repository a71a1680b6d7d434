"""Witness and delta of a block that another EVM has executed."""

from weakstate._native import Block, Chain, Changes, Produced, State, Touches


def produce_from(
    chain: Chain, state: State, block: bytes | Block, touches: Touches, changes: Changes
) -> Produced:
    """Make witness and delta of ``block`` (RLP) over ``state`` from the record of its execution.

    Nothing is executed: of the block its parent and its state root are judged, nothing else.
    A read that ``touches`` omit is missing from the witness, and whoever verifies finds it not
    witnessed. ``state`` stays as it is; ``state.commit`` takes what comes out.

    Raises: InvalidDelta if ``changes`` do not lead to the header's state root or name a code
    that is nowhere; InvalidBlock if the block is malformed or extends another than the state's;
    Unreadable for a code that the state does not hold, for the list of a longer block, and
    before Byzantium, when receipts hold state roots; NotWitnessed if the header after the
    oldest block whose hash was read is not known; StoreError.
    """
    rlp = block.rlp if isinstance(block, Block) else block
    return state.produce_from(chain, rlp, touches, changes)
