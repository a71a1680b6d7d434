"""A state that goes to any block that it has been after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from weakstate import Delta, Header, State


@dataclass(frozen=True)
class Step:
    """How a state gets from a block's parent to the block without executing it."""

    header: Header
    delta: Delta


class Follower:
    """Goes back to a common ancestor, and forward from there by the deltas of the other branch.

    ``steps`` holds those of all blocks that were found valid, by their hash.
    """

    def __init__(self, state: State, steps: Mapping[bytes, Step]) -> None:
        self.state = state
        self.steps = steps
        self.line = [state.head.hash]

    def go_to(self, target: bytes) -> None:
        """Becomes the state after the block with this hash."""
        path = []
        while target not in self.line:
            path.append(self.steps[target])
            target = path[-1].header.parent_hash
        self.back(len(self.line) - 1 - self.line.index(target))
        for step in reversed(path):
            self.forward(step.header, lambda state, step=step: follow(state, step))

    def forward(self, header: Header, change: Callable[[State], None]) -> None:
        """Lets ``change`` bring the state to a child of the block that it is after."""
        change(self.state)
        self.line.append(header.hash)

    def back(self, blocks: int) -> None:
        """Becomes the state of this many blocks ago."""
        self.state.revert(blocks)
        del self.line[len(self.line) - blocks :]


def follow(state: State, step: Step) -> None:
    """Applies a step's delta."""
    state.apply(step.delta, step.header.rlp)
