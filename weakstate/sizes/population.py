"""How large the state is that a block's witness is modelled in: dated counts, and how they scale.

Source: stateless.fyi, "tree-shape": mainnet at block 22,284,325.
"""

from dataclasses import dataclass, replace
from typing import Self

OCCUPANCY = 1.5
CHUNK_CODE = 31
GROUP = 256
HEADER_CHUNKS = 128  # chunks of code beside an account's header, in trees with stems


@dataclass(frozen=True)
class Population:
    """Counts of a whole state.

    ``occupancy`` is how many slots, on average, stand in a stem that holds some. It follows from
    how contracts lay out their storage and is not published: reports show a range.
    """

    accounts: int
    contracts: int
    slots: int
    code_bytes: int
    occupancy: float = OCCUPANCY

    @classmethod
    def at(cls, number: int) -> Self:
        """Mainnet's at a block: the dated counts, scaled in proportion to the height."""
        return cls(**_DATED).scaled(number / DATED_AT)

    @classmethod
    def of_size(cls, keys: int) -> Self:
        """Mainnet's proportions, with so many accounts and slots together."""
        return cls(**_DATED).scaled(keys / (_DATED["accounts"] + _DATED["slots"]))

    def scaled(self, factor: float) -> Self:
        """All counts times a factor, at least one account."""
        return type(self)(
            max(1, round(self.accounts * factor)),
            round(self.contracts * factor),
            round(self.slots * factor),
            round(self.code_bytes * factor),
            self.occupancy,
        )

    def packed(self, occupancy: float) -> Self:
        """The same with so many slots in a stem."""
        return replace(self, occupancy=occupancy)

    @property
    def keys(self) -> int:
        """Accounts and slots: what `--state-size` counts."""
        return self.accounts + self.slots

    @property
    def code_stems(self) -> int:
        """Stems of code beyond what stands beside the headers, if codes were all equally long."""
        chunks = self.code_bytes / CHUNK_CODE
        return round(max(0.0, chunks - HEADER_CHUNKS * self.contracts) / GROUP)

    @property
    def code_groups(self) -> int:
        """Stems of code where none stands beside the header, one code a contract."""
        return max(self.contracts, round(self.code_bytes / CHUNK_CODE / GROUP))

    @property
    def slot_stems(self) -> int:
        """Stems of storage. That the first 64 slots stand in the header is left out."""
        return round(self.slots / self.occupancy)

    @property
    def shared(self) -> float:
        """The share of stems of storage that hold several slots, if each more is as likely."""
        return 1 - 1 / self.occupancy

    @property
    def stems(self) -> int:
        """Stems of a Verkle tree or a binary tree with stems."""
        return self.accounts + self.code_stems + self.slot_stems


DATED_AT = 22_284_325
_DATED = {
    "accounts": 288_900_000,
    "contracts": 48_000_000,
    "slots": 1_288_000_000,
    "code_bytes": 32_500_000_000,
}
