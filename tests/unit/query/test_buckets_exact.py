"""Buckets of what a real store holds, in blocks, groups and log, against all of its points: none is lost, counted twice or told wrong."""

import math
import tempfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import attempts, curves, rows
from yoloscope.curves import supersede
from yoloscope.query import bucketing, elapsed, series
from yoloscope.records import ids, row
from yoloscope.store import open as opening
from yoloscope.store import ports, ports_view
from yoloscope.store.series import axes, grouping, payload, rollup

SECOND = 1_000_000_000
REF = row.RunRef(rows.RUN, rows.PROJECT, "first", 1)
NAMES = (rows.LOSS, "system/cpu_percent")
EXAMPLES = 25  # each opens a store of its own
AXES = ("step", "epoch", "time", "elapsed")


class Begun(msgspec.Struct, frozen=True):
    """An attempt of a case, of a process of its own: from where on it takes the place of others, and of which rank it is."""

    start_step: int | None
    start_epoch: float | None
    rank: int


class Logged(msgspec.Struct, frozen=True):
    """Rows that one append brings: how many, of which attempt, from which step on, and how wild they are."""

    attempt: int
    count: int
    first: int
    both: bool
    noise: float
    then: str


class Case(msgspec.Struct, frozen=True):
    """What is stored, and with what random numbers."""

    begun: list[Begun]
    logged: list[Logged]
    seed: int


BEGUN = st.builds(
    Begun,
    start_step=st.none() | st.integers(0, 300),
    start_epoch=st.none() | st.integers(0, 30).map(lambda tenth: tenth / 10),
    rank=st.sampled_from([0, 0, 0, 1]),
)
LOGGED = st.builds(
    Logged,
    attempt=st.integers(0, 2),
    count=st.integers(1, 90),
    first=st.integers(0, 300),
    both=st.booleans(),
    noise=st.sampled_from([0.0, 0.0, 0.02, 0.3]),
    then=st.sampled_from(["go on", "go on", "seal", "compact"]),
)
CASES = st.builds(
    Case,
    begun=st.lists(BEGUN, min_size=3, max_size=3),
    logged=st.lists(LOGGED, min_size=1, max_size=9),
    seed=st.integers(0, 2**31),
)
ASKED = st.fixed_dictionaries(
    {
        "x": st.sampled_from(AXES),
        "buckets": st.sampled_from([1, 2, 3, 7, 20, 60]),
        "which": st.sampled_from(["kept", "kept", "superseded", "all"]),
        "attempt": st.sampled_from([None, None, 1, 2]),
        "edges": st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    }
)


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks and groups so small that some rows fill many, and let groups be used wherever there are any."""
    for module in (ports_view, rollup, grouping, axes):
        monkeypatch.setattr(module, "GROUP_ROWS", 5)
    monkeypatch.setattr(payload, "BLOCK_ROWS", 30)
    monkeypatch.setattr(bucketing, "GROUPS_PER_BUCKET", 0.2)


def _matrix(one: Logged, random: np.random.Generator) -> row.Matrix:
    """Return rows a step and a second apart, each going wrong in any way as often as the noise says."""
    count = one.count

    def wild() -> np.ndarray:
        return random.random(count) < one.noise

    step = one.first + np.arange(count)
    epoch = np.floor(step / 30) if random.random() < 0.3 else step / 100
    times = SECOND * step + 1000 * SECOND
    step[wild()] -= random.integers(0, 20)
    step = np.where(wild(), step[0], step)
    step[wild()] = row.NO_STEP
    epoch[wild()] = math.nan
    epoch[wild() & wild()] = math.inf
    mono = np.where(wild(), times[0], times)
    wall = np.where(wild(), times - 50 * SECOND, times)
    values = np.round(random.normal(size=(count, 2)), 3)
    values[wild()] = math.nan
    values[wild() & wild()] = math.inf
    values[wild() & wild()] = -math.inf
    values[wild() & wild()] = 1.7e308
    names = NAMES if one.both else NAMES[:1]
    return row.Matrix(
        names=names,
        step=step.astype(np.int64).tobytes(),
        epoch=epoch.tobytes(),
        wall_ns=wall.astype(np.int64).tobytes(),
        mono_ns=mono.astype(np.int64).tobytes(),
        values=np.ascontiguousarray(values[:, : len(names)]).tobytes(),
    )


def _stored(stores: opening.Stores, case: Case) -> dict[str, ports.Points]:
    """Store the rows of a case; return what was sent of each series in that order."""
    stores.catalog.open_run(REF)
    numbers: list[int] = []
    for at, begun in enumerate(case.begun):
        ref = row.AttemptRef(
            0,
            wall_ns=(1100 + 100 * at) * SECOND,
            mono_ns=900 * SECOND,
            start_epoch=begun.start_epoch,
            start_step=begun.start_step,
        )
        numbers.append(attempts.begin(stores, ref, writer=ids.WriterId(f"{at:032x}"), rank=begun.rank))
    random = np.random.default_rng(case.seed)
    sent: dict[str, list[tuple[np.ndarray, ...]]] = {}
    for one in case.logged:
        matrix = _matrix(one, random)
        lane = rows.lane(
            matrix, attempt=numbers[one.attempt], writer=ids.WriterId(f"{one.attempt:032x}"), first_seq=None
        )
        stores.series.append(rows.PROJECT, [lane]).result()
        columns = [np.frombuffer(getattr(matrix, field), np.int64) for field in ("step", "wall_ns", "mono_ns")]
        columns.insert(1, np.frombuffer(matrix.epoch))
        values = np.reshape(np.frombuffer(matrix.values), (one.count, -1))
        for at, name in enumerate(matrix.names):
            own = np.full(one.count, numbers[one.attempt], np.int32)
            sent.setdefault(name, []).append((*columns, own, values[:, at]))
        if one.then in {"seal", "compact"}:
            stores.series.seal(rows.PROJECT, rows.RUN)
        if one.then == "compact":
            stores.series.compact(rows.PROJECT, rows.RUN)
    return {name: ports.Points(*map(np.concatenate, zip(*parts, strict=True))) for name, parts in sent.items()}


class Expected(msgspec.Struct, frozen=True):
    """All asked points of a series as they were logged, where they lie on an axis."""

    x: np.ndarray
    y: np.ndarray


def _expected(of: ports.Points, stores: opening.Stores, *, name: str, window: series.Window) -> Expected:
    """Return the points on the axis of a window, wherever they lie, each looked at by itself."""
    info = stores.catalog.run(rows.RUN)
    age_of = {one.number: age for age, one in enumerate(info.attempts)}
    age = np.array([age_of[number] for number in of.attempt.tolist()])
    columns = {field: getattr(of, field) for field in ("attempt", "step", "epoch", "wall_ns")}
    hidden = supersede.superseded(name, **columns, starts=[one.start for one in info.attempts])
    asked = {"kept": ~hidden, "superseded": hidden, "all": np.ones_like(hidden)}[window.which]
    if window.attempt is not None:
        number_of = series.selection.attempt_queries.number_of(info.attempts)
        asked = asked & np.array([number_of[number] == window.attempt for number in of.attempt.tolist()])
    order = np.lexsort((np.arange(len(age)), of.mono_ns, age))
    order = order[asked[order]]
    offset_s = elapsed.offsets_s(info.attempts, stat=stores.series.run_stats(rows.PROJECT, [rows.RUN])[rows.RUN])
    x = {
        "step": np.where(of.step == row.NO_STEP, np.nan, of.step),
        "epoch": of.epoch,
        "time": of.wall_ns / 1e9,
        "elapsed": (of.mono_ns - 900 * SECOND) / 1e9
        + np.array([offset_s.get(one, 0.0) for one in of.attempt.tolist()]),
    }[window.x]
    return Expected(x[order], of.value[order])


def _check(
    stores: opening.Stores, sent: dict[str, ports.Points], window: series.Window, edges: tuple[float, float] | None
) -> None:
    for name, of in sent.items():
        every = _expected(of, stores, name=name, window=window)
        placed = np.isfinite(every.x)
        of_name = window
        if edges is not None and placed.any():
            low, high = np.quantile(every.x[placed], sorted(edges)).tolist()
            of_name = msgspec.structs.replace(window, lo=low, hi=high)
        inside = placed.copy()
        inside[placed] &= (of_name.lo is None or every.x[placed] >= of_name.lo) & (
            of_name.hi is None or every.x[placed] <= of_name.hi
        )
        for buckets in (0, window.buckets):
            (found,) = series.series_columns(
                stores.series,
                stores.catalog,
                runs=[rows.RUN],
                names=[name],
                window=msgspec.structs.replace(of_name, buckets=buckets),
            )
            assert (found.total, found.without_x) == (int(inside.sum()), int((~placed).sum()))
            if buckets:
                assert len(found.x) <= buckets
                curves.check(found, every.x[inside].tolist(), every.y[inside].tolist())
            else:
                np.testing.assert_array_equal(found.x, every.x[inside])
                np.testing.assert_array_equal(found.y, every.y[inside])


def _run(case: Case, asked: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as directory, opening.open_stores(Path(directory)) as stores:
        sent = _stored(stores, case)
        for one in asked:
            edges = one["edges"]
            window = series.Window(**{key: value for key, value in one.items() if key != "edges"})
            _check(stores, sent, window, edges)


@pytest.mark.slow
@pytest.mark.usefixtures("_small")
@given(case=CASES, asked=st.lists(ASKED, min_size=4, max_size=8))
@settings(max_examples=EXAMPLES, deadline=None)
def test_every_point_of_a_real_store_is_told_once_and_rightly(case: Case, asked: list[dict[str, object]]) -> None:
    _run(case, asked)
