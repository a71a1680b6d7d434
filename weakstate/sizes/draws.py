"""Random numbers that a tree's unseen part is drawn with, the same for the same seed."""

import math
import random
from collections.abc import Collection, Iterable

# Above these means the normal curve is as good as counting.
COIN_TOSSES = 4096
NORMAL_MEAN = 64
# Above this count halves differ by less than a thousandth.
EVEN = 1 << 20
HEX = 16
# With this mean in each of 16 ways none is empty, but for one time in 10^7.
FULL = 20


class Draws:
    """A seeded source of draws."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random = random.Random(seed)

    def half_of(self, count: int) -> int:
        """How many of ``count`` fall on one side of two."""
        if count <= COIN_TOSSES:
            return self._random.getrandbits(count).bit_count() if count else 0
        if count > EVEN:
            return count // 2
        return self._normal(count, 0.5)

    def share_of(self, count: int, ways: int) -> int:
        """How many of ``count`` fall into one of so many ways."""
        if ways == 2:
            return self.half_of(count)
        if count == 0 or ways == 1:
            return count
        if count > EVEN * ways:
            return count // ways
        part = 1 / ways
        if count * part > NORMAL_MEAN:
            return self._normal(count, part)
        # Inversion: add up the probabilities of 0, 1, 2 … until they pass a uniform draw.
        odds = part / (1 - part)
        chance = math.exp(count * math.log1p(-part))
        left = self._random.random() - chance
        found = 0
        while left > 0 and found < count:
            chance *= odds * (count - found) / (found + 1)
            found += 1
            left -= chance
        return found

    def deal(self, count: int, ways: int, wanted: Iterable[int]) -> dict[int, int]:
        """How many of ``count`` fall into each way that is wanted; zeros are left out."""
        found = {}
        for taken, way in enumerate(wanted):
            if not count:
                break
            if here := self.share_of(count, ways - taken):
                found[way] = here
                count -= here
        return found

    def spread(self, count: int, first: Collection[int] = ()) -> dict[int, int]:
        """How many of ``count`` fall into each of 16 ways; zeros are left out.

        Where so many fall that no way is empty, only those named first are drawn.
        """
        if count > HEX * FULL:
            found = self.deal(count, HEX, first)
            others = set(range(HEX)).difference(first)
            share = (count - sum(found.values())) // (len(others) or 1)
            return found | dict.fromkeys(others, share)
        if not count:
            return {}
        digits = f"{self._random.getrandbits(4 * count):0{count}x}"
        return {int(digit, HEX): digits.count(digit) for digit in sorted(set(digits))}

    def thinned(self, count: int, halvings: int) -> int:
        """How many of ``count`` are left once it is halved so often; at least 64, on average."""
        if count >> halvings > EVEN:
            return count >> halvings
        return self._normal(count, 0.5**halvings)

    def run(self, mean: float) -> int:
        """A count of at least one with this mean, each more as likely as the one before."""
        if mean <= 1:
            return 1
        return 1 + int(math.log(1 - self._random.random()) / math.log(1 - 1 / mean))

    def below(self, limit: int) -> int:
        """A number from zero on, below the limit."""
        return self._random.randrange(limit)

    def _normal(self, count: int, part: float) -> int:
        deviation = math.sqrt(count * part * (1 - part))
        return min(count, max(0, round(self._random.gauss(count * part, deviation))))
