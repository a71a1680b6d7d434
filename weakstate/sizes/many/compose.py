"""Real blocks composed to larger ones, in which keys that blocks share are counted once.

Blocks are taken in drawn order until they have the gas that is wanted; what they touch is united.
When all were taken they are taken again, with every *cold* key replaced by one that no other has:
those that only one of the given blocks touched. *Hot* keys, which two or more touched, stay. So a
key that is hot in truth but shared by no two of the blocks given counts more than once: of few
blocks the result is an upper bound, of one block that of no key shared at all.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from weakstate._native import keccak256_many
from weakstate.sizes.access import EMPTY_CODE, AccessedAccount, AccessedSlot, AccessSet
from weakstate.sizes.buckets import CODE, HEADER_STORAGE
from weakstate.sizes.case import Case
from weakstate.sizes.draws import Draws
from weakstate.sizes.population import OCCUPANCY, Population
from weakstate.sizes.predict import MODELS

MGAS = (15, 30, 60, 100, 200, 300)
MOST_BLOCKS = 20_000  # of 21,000 gas each these are 420 Mgas
HEADER_SLOTS = CODE - HEADER_STORAGE  # these stand beside the account: there are no others


class Point(NamedTuple):
    """A composed block over one scheme; ``blocks`` were composed, some of them more than once."""

    gas: int
    blocks: int
    accounts: int
    slots: int
    total: float
    without_code: float


class Composed(NamedTuple):
    """How one scheme's witness grows with the block, in bytes."""

    scheme: str
    points: tuple[Point, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"scheme": self.scheme, "points": [point._asdict() for point in self.points]}


class Larger(NamedTuple):
    """A composed block, and how many it was composed of."""

    access: AccessSet
    blocks: int


def grow(
    scheme: str, larger: Sequence[Larger], population: Population | None = None, seed: int = 0
) -> Composed:
    """How one scheme's witness grows, drawn once a point. Raises: KeyError if it has no model."""
    points = []
    for access, blocks in larger:
        case = Case(access, occupancy=OCCUPANCY)
        state = population or Population.at(access.number)
        parts = MODELS[scheme](case, state, Draws(seed))
        total = sum(parts.values())
        code = parts["code"]
        points.append(
            Point(access.gas, blocks, len(access.accounts), access.slots, total, total - code)
        )
    return Composed(scheme, tuple(points))


def compose(
    given: Sequence[AccessSet], mgas: Sequence[int] = MGAS, seed: int = 0
) -> Iterator[Larger]:
    """Blocks with as much gas as is wanted, or just above; none if no block used any.

    What would take too many blocks is left out.
    """
    distinct = {(each.number, each.gas, each.transactions, each.keys): each for each in given}
    blocks = [access for access in distinct.values() if access.gas]
    if not blocks:
        return
    hot = _Hot(blocks)
    union = _Union(max(access.number for access in blocks))
    drawn = _drawn(blocks, random.Random(seed))
    for limit in mgas:
        if union.gas >= limit * 1_000_000:  # the block before went past it
            continue
        while union.gas < limit * 1_000_000:
            if union.blocks == MOST_BLOCKS:
                return
            access, turn = next(drawn)
            union.add(access if turn == 0 else hot.renamed(access, turn))
        yield Larger(union.access(f"{limit} Mgas"), union.blocks)


def _drawn(blocks: Sequence[AccessSet], source: random.Random) -> Iterator[tuple[AccessSet, int]]:
    """Blocks without end, each with how often it came before."""
    turn = 0
    while True:
        for access in source.sample(blocks, len(blocks)):
            yield access, turn
        turn += 1


class _Hot:
    """Accounts, slots and codes that two or more blocks touched."""

    def __init__(self, blocks: Sequence[AccessSet]) -> None:
        accounts: Counter[bytes] = Counter()
        slots: Counter[tuple[bytes, int]] = Counter()
        codes: Counter[bytes] = Counter()
        for access in blocks:
            accounts.update(account.address for account in access.accounts)
            slots.update((a.address, slot) for a in access.accounts for slot in a.slots)
            codes.update({account.code_hash for account in access.accounts})
        self._accounts = {address for address, blocks in accounts.items() if blocks > 1}
        self._slots = {slot for slot, blocks in slots.items() if blocks > 1}
        self._codes = {code for code, blocks in codes.items() if blocks > 1} | {EMPTY_CODE}

    def renamed(self, access: AccessSet, turn: int) -> AccessSet:
        """The same block with its cold keys replaced by others."""
        return replace(
            access, accounts=tuple(self._account(account, turn) for account in access.accounts)
        )

    def _account(self, account: AccessedAccount, turn: int) -> AccessedAccount:
        if account.address in self._accounts:
            stays = [
                slot < HEADER_SLOTS or (account.address, slot) in self._slots
                for slot in account.slots
            ]
            others = _hashes(turn, [account.address + slot.to_bytes(32) for slot in account.slots])
            slots = {
                slot if stay else int.from_bytes(other): values
                for stay, other, (slot, values) in zip(
                    stays, others, account.slots.items(), strict=True
                )
            }
            return replace(account, slots=slots)
        code_hash, created_hash = account.code_hash, account.created_hash
        address, code, created = _hashes(turn, [account.address, code_hash, created_hash])
        return replace(
            account,
            address=address[12:],
            code_hash=code_hash if code_hash in self._codes else code,
            created_hash=created_hash if created_hash in self._codes else created,
        )


class _Union:
    """What blocks touch together, each thing once."""

    def __init__(self, number: int) -> None:
        self.gas = self.blocks = self._transactions = 0
        self._number = number
        self._accounts: dict[bytes, AccessedAccount] = {}

    def add(self, access: AccessSet) -> None:
        """Unite with another block, which is taken to be the later one."""
        self.gas += access.gas
        self.blocks += 1
        self._transactions += access.transactions
        # Storage is put at the composed block's height, as the model would have it grow.
        heights = [Population.at(number).accounts for number in (self._number, access.number)]
        growth = heights[0] / heights[1]
        for account in access.accounts:
            unseen = account.unseen_slots and account.unseen_slots * growth
            grown = replace(account, unseen_slots=unseen)
            known = self._accounts.get(account.address)
            self._accounts[account.address] = grown if known is None else _both(known, grown)

    def access(self, name: str) -> AccessSet:
        """All of it as one block."""
        accounts = tuple(self._accounts.values())
        return AccessSet(name, self._number, self._transactions, self.gas, accounts)


def _both(first: AccessedAccount, second: AccessedAccount) -> AccessedAccount:
    """An account of two blocks: as the first found it, as the second left it."""
    slots = dict(first.slots)
    for slot, values in second.slots.items():
        before = slots[slot].before if slot in slots else values.before
        slots[slot] = AccessedSlot(before, values.after)
    code = max(first, second, key=lambda account: account.code)
    created = max(first, second, key=lambda account: account.created)
    sizes = [a.unseen_slots for a in (first, second) if a.unseen_slots is not None]
    return AccessedAccount(
        first.address,
        first.trie_value,
        second.stays,
        code.code_hash,
        code.code,
        created.created_hash,
        created.created,
        slots,
        max(sizes, default=None),
    )


def _hashes(turn: int, names: Sequence[bytes]) -> list[bytes]:
    return keccak256_many([turn.to_bytes(8) + name for name in names])
