"""A part of a lane parted in two: together they are the whole, and rows that stand in turns thin as well as those in a row."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yoloscope.records import row
from yoloscope.sidecar import thinning


def _matrix(first: int, rows: int, *, names: tuple[str, ...] = ("a",)) -> row.Matrix:
    steps = np.arange(first, first + rows)
    values = np.repeat(steps.astype(np.float64)[:, None], len(names), axis=1)
    column = steps.astype(np.int64).tobytes()
    return row.Matrix(names, column, values[:, 0].tobytes(), column, column, values.tobytes())


def _steps(entries: list[row.Entry]) -> list[int]:
    matrices = [entry for entry in entries if isinstance(entry, row.Matrix)]
    return [step for matrix in matrices for step in np.frombuffer(matrix.step, np.int64).tolist()]


ENTRIES = st.lists(
    st.one_of(
        st.integers(1, 5).map(lambda rows: ("rows", rows)),
        st.integers(1, 3).map(lambda count: ("skip", count)),
        st.just(("event", 1)),
    ),
    min_size=1,
    max_size=12,
)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_both_parts_together_are_the_whole(drawn, random) -> None:
    entries: list[row.Entry] = []
    flags: list[bool] = []
    first = 0
    for kind, count in drawn:
        if kind == "rows":
            entries.append(_matrix(first, count))
            flags += [random.random() < 0.5 for _ in range(count)]
            first += count
        else:
            entries.append(row.Skip(count) if kind == "skip" else row.Updated("progress", {}))
            flags += [True] * count
    wanted = np.array(flags)
    now, later = list(thinning.chosen(entries, wanted)), list(thinning.chosen(entries, ~wanted))
    for part in (now, later):
        assert sum(map(row.sequences_of, part)) == len(flags)
    assert sorted(_steps(now) + _steps(later)) == list(range(first))
    assert [one for one in now if isinstance(one, row.Updated)] == [
        one for one in entries if isinstance(one, row.Updated)
    ]
    assert not [one for one in later if isinstance(one, row.Updated)]
    skips = [isinstance(one, row.Skip) for one in later]
    assert not any(one and following for one, following in itertools.pairwise(skips))


def test_rows_that_stand_in_turns_are_thinned_as_well() -> None:
    entries = [_matrix(step, 1, names=("a",) if step % 2 else ("b",)) for step in range(4_000)]
    wanted = thinning.mask(entries)
    assert int(wanted.sum()) <= 2 * 8 * (2 + 2)
    assert _steps(list(thinning.chosen(entries, wanted)))[-1] == 3_999
