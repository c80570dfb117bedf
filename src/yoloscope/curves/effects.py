"""The difference that a change makes, from few runs: matched comparison, its interval, and what is left of it among many comparisons.

Called by `query.learnt`. Pure: values and group numbers in, numbers out. Two runs are comparable if they stand in the same stratum, that is,
are equal in everything else; a stratum with one side only says nothing of the difference and is left out.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import tails

LEVEL = 0.95
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
_SAME = 1e-12  # relative: a leverage this near 1, or a spread this near 0, is one but for rounding


class Difference(msgspec.Struct, frozen=True):
    """How far the values of one side lie above those of the other, in their unit, with an interval of probability `LEVEL`.

    ``n_from`` and ``n_to`` count the values in strata that hold both sides, ``strata`` these strata. ``p`` is two-sided.
    """

    mean: float
    low: float
    high: float
    p: float
    df: float
    n_from: int
    n_to: int
    strata: int


def matched(strata: Ints, *, is_to: Bools) -> Bools:
    """Return which values lie in a stratum that holds both sides; all arguments and the answer have shape (n,)."""
    _, numbers = np.unique(strata, return_inverse=True)
    on_to = np.bincount(numbers, weights=is_to)
    on_from = np.bincount(numbers, weights=~is_to)
    return ((on_to > 0) & (on_from > 0))[numbers]


def difference(values: Floats, *, is_to: Bools, strata: Ints) -> Difference | None:
    """Return the mean difference to - from within strata, None where values do not tell how sure it is.

    Arguments have shape (n,), values are finite. The estimate is that of least squares with one level for each stratum: strata
    weigh by n_from * n_to / (n_from + n_to). With one stratum and equal sides it is Student's t test, with pairs the paired one; unequal spread of
    the sides is allowed for. None: no stratum holds both sides, a side has a single value in the only stratum, or values do
    not scatter at all although the sides differ.

    Source: HC2 variance (MacKinnon and White 1985) with the degrees of freedom of Bell and McCaffrey 2002, as in Imbens and
    Kolesár 2016, "Robust standard errors in small samples", section II; written out for one effect and strata.
    """
    used = matched(strata, is_to=is_to)
    y, to = values[used], is_to[used]
    _, stratum = np.unique(strata[used], return_inverse=True)
    if not len(y):
        return None
    size = np.bincount(stratum).astype(np.float64)
    share = np.bincount(stratum, weights=to) / size
    x = to - share[stratum]
    total = float(x @ x)
    level = np.bincount(stratum, weights=y) / size
    mean = float(x @ y) / total
    residual = y - level[stratum] - mean * x
    free = 1 - 1 / size[stratum] - x * x / total
    if bool((free < _SAME).any()):
        return None
    weight = x * x / free
    spread = math.sqrt(float(weight @ (residual * residual))) / total
    df = _degrees(x, weight=weight, stratum=stratum, size=size)
    counts = int(np.count_nonzero(~to)), int(np.count_nonzero(to)), len(size)
    if spread <= _SAME * float(np.abs(y).max()):
        is_level = abs(mean) <= _SAME * float(np.abs(y).max())
        return Difference(0.0, 0.0, 0.0, 1.0, df, *counts) if is_level else None
    reach = tails.t_quantile(LEVEL, df=df) * spread
    p = tails.two_sided(mean / spread, df=df)
    return Difference(mean, mean - reach, mean + reach, p, df, *counts)


def holm(p: Sequence[float]) -> list[float]:
    """Return p values that keep the chance of any false finding among all of them below the level they are held against.

    Source: Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    adjusted = [1.0] * len(p)
    least = 0.0
    for rank, at in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        least = max(least, min(1.0, (len(p) - rank) * p[at]))
        adjusted[at] = least
    return adjusted


def _degrees(x: Floats, *, weight: Floats, stratum: Ints, size: Floats) -> float:
    """Return tr(M)² / tr(M²) for M = diag(a) (I - H) diag(a) with a² = `weight`, without making a matrix.

    Off the diagonal I - H is -(x_i x_j / total + 1 / size within a stratum); its diagonal times ``weight`` is x².
    """
    total = float(x @ x)
    across = float(weight @ (x * x)) ** 2 / total**2
    mixed = np.bincount(stratum, weights=weight * x) ** 2 * 2 / (size * total)
    within = np.bincount(stratum, weights=weight) ** 2 / size**2
    own = weight**2 * (x * x / total + 1 / size[stratum]) ** 2
    squares = float((x**4).sum()) + across + float((mixed + within).sum()) - float(own.sum())
    return total**2 / squares
