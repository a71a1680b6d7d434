"""Plain chain rules for the reference engine: public chains, and those of official tests."""

from dataclasses import dataclass

CANCUN, PRAGUE = (3, 6, 3338477), (6, 9, 5007716)
BLOBS = {
    "Cancun": CANCUN,
    "Prague": PRAGUE,
    "Osaka": PRAGUE,
    "BPO1": (10, 15, 8346193),
    "BPO2": (14, 21, 11684671),
}

MINED = [
    (0, "Frontier"),
    (1_150_000, "Homestead"),
    (1_920_000, "DAO"),
    (2_463_000, "Tangerine Whistle"),
    (2_675_000, "Spurious Dragon"),
    (4_370_000, "Byzantium"),
    (7_280_000, "Petersburg"),
    (9_069_000, "Istanbul"),
    (9_200_000, "Muir Glacier"),
    (12_244_000, "Berlin"),
    (12_965_000, "London"),
    (13_773_000, "Arrow Glacier"),
    (15_050_000, "Gray Glacier"),
    (15_537_394, "Paris"),
]
TIMED = ("Shanghai", "Cancun", "Prague", "Osaka", "BPO1", "BPO2")

# Chain id → its mined forks, and when the timed ones began.
PUBLIC = {
    1: (MINED, (1681338455, 1710338135, 1746612311, 1764798551, 1765290071, 1767747671)),
    17000: (
        [(0, "Paris")],
        (1696000704, 1707305664, 1740434112, 1759308480, 1759800000, 1760389824),
    ),
    11155111: (
        [(0, "London"), (1735371, "Paris")],
        (1677557088, 1706655072, 1741159776, 1760427360, 1761017184, 1761607008),
    ),
    560048: ([(0, "Paris")], (0, 0, 1742999832, 1761677592, 1762365720, 1762955544)),
}


@dataclass(frozen=True)
class Fork:
    name: str
    blobs: tuple | None = None


class PublicChain:
    """A public chain, by its id."""

    def __init__(self, chain_id):
        self.chain_id = chain_id
        mined, times = PUBLIC[chain_id]
        self._mined = mined
        self._timed = list(zip(times, TIMED, strict=True))

    def fork_at(self, number, timestamp):
        names = [name for start, name in self._mined if start <= number]
        names += [name for start, name in self._timed if start <= timestamp and number > 0]
        return Fork(names[-1], BLOBS.get(names[-1]))


ALIASES = {
    "EIP150": "Tangerine Whistle",
    "EIP158": "Spurious Dragon",
    "ConstantinopleFix": "Petersburg",
    "Dao": "DAO",
}


class OfficialChain:
    """The chain of an official test: one fork, or a change such as `BerlinToLondonAt5`."""

    def __init__(self, network, config):
        self.chain_id = int(config.get("chainid", "0x1"), 16)
        self._blobs = dict(BLOBS)
        for fork, schedule in config.get("blobSchedule", {}).items():
            keys = ("target", "max", "baseFeeUpdateFraction")
            self._blobs[fork] = tuple(int(schedule[key], 16) for key in keys)
        before, _, after = network.partition("To")
        self._before = before
        self._after, _, self._when = (after or f"{before}At0").partition("At")

    def fork_at(self, number, timestamp):
        by_time = self._when == "Time15k"
        changed = timestamp >= 15_000 if by_time else number >= int(self._when)
        name = self._after if changed else self._before
        return Fork(ALIASES.get(name, name), self._blobs.get(name))
