"""How much of the spread of values goes with each of several columns of codes, and how sure that is; pure.

Called by `query.importance`. A column holds a code for each value: which group it belongs to, such as one setting's values. Blocks are groups
that are known to differ, such as data sets: everything is looked at within blocks, so that a column that only changes with the
block explains nothing. All arrays have shape (n,); codes and blocks count from 0.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

DRAWS = 999
"""Permutations: the smallest p is 1 / 1,000."""
LEAST_LEFT = 3
"""Degrees of freedom left beside a column, below which its share is no more than a memory of single values."""
_SEED = 20261121
_CHUNK_VALUES = 2_000_000  # of permuted values at a time: 16 MB
_PENALTIES = np.logspace(-3, 4, 43)
_RANK = 1e-9  # relative: an eigenvalue below is a direction that is not there
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Share(msgspec.Struct, frozen=True):
    """Which share of the spread within blocks one column explains alone, 0 to 1, corrected for its number of groups.

    ``p`` is the chance that any of all columns would look so strong if none mattered. Both are None where the column changes only with the blocks, or
    too few values are left beside its groups.
    """

    share: float | None
    p: float | None


class Together(msgspec.Struct, frozen=True):
    """What all columns explain together of values that were not used to fit, and by how much less without each one, 0 to 1."""

    share: float
    unique: list[float]


class _Column(msgspec.Struct, frozen=True):
    """One column made ready: the pseudo-inverse of its Gram matrix within blocks, and the degrees of freedom of both sides."""

    start: int
    groups: int
    inverse: Floats
    rank: int
    left: int


def shares(values: Floats, columns: Sequence[Ints], *, blocks: Ints, draws: int = DRAWS) -> list[Share]:
    """Return the share of each column; the values are shuffled within blocks to learn what chance does.

    Cost: `draws` * n * groups of all columns. The same input gives the same answer.

    Source: the shares are epsilon squared (Kelley 1935); F ratios are made comparable by the cube root of Paulson 1942; p by the single-step maxT
    permutation method of Westfall and Young 1993, which keeps the chance of any false finding.
    """
    centred = values - _means(values, blocks)[blocks]
    total = float(centred @ centred)
    if not columns or total <= 0:
        return [Share(None, None)] * len(columns)
    ready = _ready(columns, blocks=blocks)
    onehot = _onehot(columns)
    usable = [column.rank > 0 and column.left >= LEAST_LEFT for column in ready]
    real = _strength(centred[None, :] @ onehot, ready, total=total, usable=usable)[0]
    beaten = np.ones(len(columns))
    if any(usable):
        for shuffled in _shuffled(centred, blocks=blocks, draws=draws):
            greatest = _strength(shuffled @ onehot, ready, total=total, usable=usable).max(axis=1)
            beaten += (greatest[:, None] >= real[None, :]).sum(axis=0)
    explained = _explained(centred[None, :] @ onehot, ready)[0]
    return [
        Share(_corrected(float(explained[at]) / total, column), float(beaten[at]) / (draws + 1))
        if usable[at]
        else Share(None, None)
        for at, column in enumerate(ready)
    ]


def together(values: Floats, columns: Sequence[Ints], *, blocks: Ints) -> Together | None:
    """Return what a ridge regression on all columns explains; None where there are not twice as many values as groups.

    The penalty is that of the least generalised cross-validation error (Golub, Heath and Wahba 1979), which also stands for values not used to fit.
    """
    groups = sum(int(column.max()) + 1 for column in columns)
    left = len(values) - int(blocks.max(initial=0)) - 1
    if not columns or left < 2 * groups:
        return None
    onehot = _onehot(columns).astype(np.float64)
    for block in range(int(blocks.max()) + 1):
        onehot[blocks == block] -= onehot[blocks == block].mean(axis=0)
    centred = values - _means(values, blocks)[blocks]
    bounds = np.cumsum([0, *(int(column.max()) + 1 for column in columns)])
    for low, high in pairwise(bounds.tolist()):
        size = float(np.sqrt((onehot[:, low:high] ** 2).sum()))
        onehot[:, low:high] /= size or 1.0
    gram, answer, total = (
        np.matmul(np.transpose(onehot), onehot),
        np.matmul(np.transpose(onehot), centred),
        float(centred @ centred),
    )
    if total <= 0:
        return None
    errors = _errors(gram, answer, total=total, left=left, penalties=_PENALTIES)
    best = int(errors.argmin())
    nothing = total / left
    unique: list[float] = []
    for low, high in pairwise(bounds.tolist()):
        rest = np.r_[0:low, high : len(gram)]
        without = _errors(
            gram[np.ix_(rest, rest)], answer[rest], total=total, left=left, penalties=_PENALTIES[best : best + 1]
        )
        worse = min(nothing, float(without[0])) - float(
            errors[best]
        )  # what explains nothing cannot do harm by being there
        unique.append(max(0.0, worse / nothing))
    return Together(max(0.0, 1 - float(errors[best]) / nothing), unique)


def association(one: Ints, other: Ints) -> float:
    """Return how far two columns tell the same, 0 to 1 if one follows from the other both ways: Cramér's V squared, corrected for chance.

    Source: Bergsma 2013, "A bias-correction for Cramér's V and Tschuprow's T". 0 for a column of one group, and for fewer than three values.
    """
    n, rows, columns = len(one), int(one.max(initial=0)) + 1, int(other.max(initial=0)) + 1
    if n < 3:
        return 0.0
    counts = np.bincount(one * columns + other, minlength=rows * columns)
    table = np.reshape(counts, (rows, columns)).astype(np.float64)
    table = table[table.any(axis=1)][:, table.any(axis=0)]
    rows, columns = table.shape
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    phi = float(((table - expected) ** 2 / expected).sum()) / n
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    least = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return min(1.0, phi / least) if least > 0 else 0.0


def same_groups(one: Ints, other: Ints) -> bool:
    """Tell whether two columns part the values in the same way, whatever the groups are called."""
    if len(one) != len(other):
        return False
    pairs = np.unique(one * (int(other.max(initial=0)) + 1) + other)
    return len(pairs) == len(np.unique(one)) == len(np.unique(other))


def _means(values: Floats, groups: Ints) -> Floats:
    counts = np.maximum(np.bincount(groups), 1)
    return np.bincount(groups, weights=values) / counts


def _onehot(columns: Sequence[Ints]) -> NDArray[np.float32]:
    """Return shape (n, groups of all columns): 1 where a value belongs to a group. Single precision: sums of groups are compared, not kept."""
    starts = np.cumsum([0, *(int(column.max()) + 1 for column in columns)])
    found = np.zeros((len(columns[0]), int(starts[-1])), np.float32)
    for start, column in zip(starts.tolist(), columns, strict=False):
        found[np.arange(len(column)), start + column] = 1
    return found


def _ready(columns: Sequence[Ints], *, blocks: Ints) -> list[_Column]:
    ready: list[_Column] = []
    start, free = 0, len(blocks) - len(np.unique(blocks))
    for column in columns:
        groups = int(column.max()) + 1
        counts = np.bincount(blocks * groups + column, minlength=(int(blocks.max()) + 1) * groups)
        table = np.reshape(counts, (-1, groups))
        table = table[table.any(axis=1)].astype(np.float64)
        gram = np.identity(groups) * table.sum(axis=0) - (table / table.sum(axis=1, keepdims=True)).T @ table
        sizes, directions = np.linalg.eigh(gram)
        real = sizes > _RANK * max(1.0, float(sizes.max()))
        inverse = np.matmul(directions[:, real] / sizes[real], np.transpose(directions[:, real]))
        rank = int(np.count_nonzero(real))
        ready.append(_Column(start, groups, inverse, rank, free - rank))
        start += groups
    return ready


def _explained(sums: NDArray[np.floating], ready: Sequence[_Column]) -> Floats:
    """Return the sum of squares that each column explains, shape (draws, columns), from sums of groups of shape (draws, groups)."""
    found = np.empty((len(sums), len(ready)))
    for at, column in enumerate(ready):
        own = sums[:, column.start : column.start + column.groups].astype(np.float64)
        found[:, at] = ((own @ column.inverse) * own).sum(axis=1)
    return found


def _strength(sums: NDArray[np.floating], ready: Sequence[_Column], *, total: float, usable: Sequence[bool]) -> Floats:
    """Return F ratios as nearly normal numbers, so that columns of few and of many groups can be compared; -inf for those of no use."""
    explained = np.minimum(_explained(sums, ready), total * (1 - 1e-9))
    rank = np.array([max(1, column.rank) for column in ready])
    left = np.array([max(1, column.left) for column in ready])
    root = np.cbrt(explained / rank / ((total - explained) / left))
    strength = ((1 - 2 / (9 * left)) * root - (1 - 2 / (9 * rank))) / np.sqrt(2 / (9 * left) * root**2 + 2 / (9 * rank))
    return np.where(
        np.array(usable), np.round(strength, 4), -np.inf
    )  # rounded: equal draws must not differ by rounding


def _shuffled(values: Floats, *, blocks: Ints, draws: int) -> Iterator[NDArray[np.float32]]:
    """Yield the values shuffled within blocks, some draws at a time, shape (draws, n)."""
    random = np.random.default_rng(_SEED)
    order = np.argsort(blocks, kind="stable")
    edges = np.flatnonzero(np.diff(blocks[order], prepend=-1, append=-1)).tolist()
    each = max(1, _CHUNK_VALUES // len(values))
    for start in range(0, draws, each):
        drawn = np.tile(values.astype(np.float32), (min(each, draws - start), 1))
        for low, high in pairwise(edges):
            at = order[low:high]
            drawn[:, at] = random.permuted(drawn[:, at], axis=1)
        yield drawn


def _corrected(share: float, column: _Column) -> float:
    return max(0.0, 1 - (1 - share) * (column.rank + column.left) / column.left)


def _errors(gram: Floats, answer: Floats, *, total: float, left: int, penalties: Floats) -> Floats:
    """Return the generalised cross-validation error of ridge regressions, a value for each penalty."""
    if not len(gram):
        return np.full(len(penalties), total / left)
    sizes, directions = np.linalg.eigh(gram)
    sizes = np.maximum(sizes, 0.0)
    weight = np.matmul(np.transpose(directions), answer) ** 2
    kept = sizes + penalties[:, None]
    residual = total - (weight * (sizes + 2 * penalties[:, None]) / kept**2).sum(axis=1)
    used = (sizes / kept).sum(axis=1)
    return residual / left / (1 - used / left) ** 2
