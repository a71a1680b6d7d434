"""A generated state of any size, with mainnet's proportions, and the stores that hold it.

Everything follows from the seed. Addresses are random, and so are the places of slots, in runs of
neighbours. How many slots contracts have is as unequal as in practice (Zipf's law), lengths of
code likewise: three in four are short proxies. Each contract has code of its own.
"""

import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import rlp

from weakstate import Chain, Header, State, StoreError
from weakstate.errors import WeakstateError
from weakstate.sizes.population import DATED_AT, OCCUPANCY, Population

PROXY_BYTES = 45
LONGEST_CODE = 24_576
SPREAD = 1.2  # of the logarithm of other codes' lengths
PROXIES = 0.75
TOGETHER = 5000  # slots a line of the dump
ROOT, NUMBER = 3, 8  # places in a header


@dataclass(frozen=True)
class Plan:
    """How many accounts, and slots of contracts that are there by name."""

    accounts: int
    seed: int = 1
    storage: Mapping[bytes, int] = field(default_factory=dict)

    @property
    def wanted(self) -> Population:
        """Mainnet's proportions."""
        whole = Population.at(DATED_AT)
        return whole.scaled(self.accounts / whole.accounts)


class Contract(NamedTuple):
    """A contract that is to be written."""

    address: bytes
    code: bytes
    slots: int


def write_dump(plan: Plan, path: Path) -> Population:
    """Write all accounts; return what they are."""
    rng = random.Random(plan.seed)
    wanted = plan.wanted
    named = [Contract(address, b"", count) for address, count in sorted(plan.storage.items())]
    contracts = named + list(_contracts(rng, wanted, sum(plan.storage.values())))
    stems = 0
    with path.open("w") as out:
        for contract in contracts:
            stems += _write_contract(out, rng, contract)
        for _ in range(plan.accounts - len(contracts)):
            account = {"nonce": rng.randrange(100), "balance": str(_balance(rng))}
            out.write(json.dumps({"address": _hex(rng.randbytes(20))} | account) + "\n")
    slots = sum(contract.slots for contract in contracts)
    return Population(
        accounts=plan.accounts,
        contracts=len(contracts),
        slots=slots,
        code_bytes=sum(len(contract.code) for contract in contracts),
        occupancy=slots / stems,
    )


def _contracts(rng: random.Random, wanted: Population, taken: int) -> Iterator[Contract]:
    """Those that no block names, with the slots that are left."""
    count = wanted.contracts
    weights = [1 / (rank + 1) for rank in range(count)]
    slots = [0] * count
    left = max(0, wanted.slots - taken)
    for owner in rng.choices(range(count), cum_weights=list(accumulate(weights)), k=left):
        slots[owner] += 1
    mean = (wanted.code_bytes / count - PROXIES * PROXY_BYTES) / (1 - PROXIES)
    middle = math.log(mean) - SPREAD**2 / 2
    for number in slots:
        length = PROXY_BYTES
        if rng.random() >= PROXIES:
            length = min(LONGEST_CODE, round(rng.lognormvariate(middle, SPREAD)) + PROXY_BYTES)
        yield Contract(rng.randbytes(20), rng.randbytes(length), number)


def _write_contract(out: Any, rng: random.Random, contract: Contract) -> int:  # noqa: ANN401
    """Write a contract's lines; return in how many runs its slots stand."""
    entry: dict[str, Any] = {"address": _hex(contract.address), "nonce": 1}
    entry["balance"] = str(_balance(rng))
    if contract.code:
        entry["code"] = _hex(contract.code)
    left, runs = contract.slots, 0
    while True:
        storage: dict[str, str] = {}
        while left and len(storage) < TOGETHER:
            start = rng.getrandbits(256)
            length = min(left, _run(rng), 256 - start % 256)
            storage.update((hex(start + step), hex(_value(rng))) for step in range(length))
            left -= length
            runs += 1
        out.write(json.dumps(entry | {"storage": storage}) + "\n")
        if not left:
            return runs
        entry = {"address": entry["address"]}


def _run(rng: random.Random) -> int:
    """Slots side by side, their mean as the model has it."""
    return 1 + int(math.log(1 - rng.random()) / math.log(1 - 1 / OCCUPANCY))


def _value(rng: random.Random) -> int:
    """An address as often as an amount."""
    return rng.getrandbits(160 if rng.random() < 0.5 else 64) | 1


def _balance(rng: random.Random) -> int:
    return rng.getrandbits(62) | 1


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"


def import_dump(chain: Chain, dump: Path, parents: Sequence[Header], store: Path) -> State:
    """The state of a dump in a new store, before the blocks that have these parents.

    Its header is the latest parent's with a number before all: blocks are put over it, whichever
    comes first, and by its time its rules are known to every scheme. The root of the dump is not
    known before: the first attempt says it, the second goes on there.
    """
    header = rlp.decode(max(parents, key=attrgetter("timestamp")).rlp)
    number = min(parent.number for parent in parents) - 1
    header[NUMBER] = rlp.sedes.big_endian_int.serialize(number)
    try:
        with dump.open("rb") as lines:
            return State.import_(chain, lines, rlp.encode(header), store)
    except WeakstateError as error:
        if error.code != "wrong_dump":
            raise
        header[ROOT] = bytes.fromhex(str(error.actual).removeprefix("0x"))
    with dump.open("rb") as lines:
        return State.import_(chain, lines, rlp.encode(header), store)


def rebuilt(source: State, store: Path, scheme: str) -> State:
    """The same state by another scheme, made if it is not there."""
    try:
        return State.open(store)
    except StoreError as error:
        if error.code != "store_missing":
            raise
    return source.rebuild(store, scheme)
