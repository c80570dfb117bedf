"""Shares with the interval that so few runs allow."""

import math
from collections.abc import Sequence

import msgspec

Z95 = 1.959963984540054


class Share(msgspec.Struct, frozen=True):
    """So many of so many."""

    hits: int
    count: int

    @property
    def value(self) -> float:
        """The share itself, NaN of nothing."""
        return self.hits / self.count if self.count else math.nan

    def __str__(self) -> str:
        """Return the share with its counts and its interval."""
        if not self.count:
            return "–"
        low, high = wilson(self.hits, self.count)
        return f"{self.value:.2f} ({self.hits}/{self.count}, {low:.2f}–{high:.2f})"


def wilson(hits: int, count: int, *, z: float = Z95) -> tuple[float, float]:
    """Return the interval in which a share lies with 95 %; (0, 1) of nothing.

    Source: Wilson 1927, as in Brown, Cai and DasGupta 2001, eq. 4.
    """
    if not count:
        return 0.0, 1.0
    share, square = hits / count, z * z / count
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return (0.0 if hits == 0 else max(0.0, middle - half)), (1.0 if hits == count else min(1.0, middle + half))


def share(flags: Sequence[bool]) -> Share:
    """Return how many of some flags are set."""
    return Share(sum(flags), len(flags))


def median(values: Sequence[float]) -> float:
    """Return the median, NaN of nothing."""
    ordered = sorted(values)
    half, odd = divmod(len(ordered), 2)
    if not ordered:
        return math.nan
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2


def macro(shares: Sequence[Share]) -> float:
    """Return the mean of shares, each of the same weight; NaN of nothing."""
    told = [one.value for one in shares if one.count]
    return sum(told) / len(told) if told else math.nan
