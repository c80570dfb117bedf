"""What every series store says of its rows by parts and groups; part of `series_store`."""

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from contracts import rows
from yoloscope.records import ids, row
from yoloscope.store import ports, ports_view

OTHER = "val/box_loss"
COUNT = 3 * ports_view.GROUP_ROWS + 10
_AXES = ("step", "epoch", "wall_ns", "mono_ns")


def check(view: ports.View, name: str, points: ports.Points) -> None:
    """Compare all that a view tells of a series with what is in it, which must be `points` in the order of arrival."""
    parts = view.parts(name)
    numbers = parts.id.tolist()
    assert len(set(numbers)) == len(numbers)
    columns = [columns_of(view, name, [number]) for number in numbers]
    place = view.ints(name, numbers, "place")
    order = np.argsort(place, kind="stable")
    together = columns_of(view, name, numbers)
    for field in ("attempt", "step", "wall_ns", "mono_ns"):
        assert getattr(points, field).tolist() == together[field][order].tolist()
    assert points.epoch.tobytes() == together["epoch"][order].tobytes()
    assert points.value.tobytes() == view.values(name, numbers)[order].tobytes()
    _check_extents(parts, columns)
    assert [len(of["attempt"]) for of in columns] == parts.rows.tolist()
    assert view.ints(name, numbers, "row").tolist() == [at for count in parts.rows.tolist() for at in range(count)]
    assert [_number(of["attempt"]) for of in columns] == parts.attempt.tolist()
    for number in numbers:
        _check_ties(view, name, number)
    grouped = parts.id[parts.grouped].tolist()
    check_groups(view.groups(name, grouped), view, name, grouped)


def columns_of(view: ports.View, name: str, parts: Sequence[int]) -> dict[str, np.ndarray]:
    """Return attempt, step, epoch and times of the rows of some parts."""
    fields = ("attempt", "step", "wall_ns", "mono_ns")
    return {field: view.ints(name, parts, field) for field in fields} | {"epoch": view.epochs(name, parts)}


def check_groups(groups: ports.Groups, view: ports.View, name: str, parts: Sequence[int]) -> None:
    """Compare groups of whole parts with the rows they are of."""
    found: list[dict[str, np.ndarray]] = []
    at_of: list[tuple[int, int, int]] = []
    for number in parts:
        columns = columns_of(view, name, [number]) | {"value": view.values(name, [number])}
        count = len(columns["value"])
        for at in range(0, count, ports_view.GROUP_ROWS):
            found.append({field: column[at : at + ports_view.GROUP_ROWS] for field, column in columns.items()})
            at_of.append((number, at, len(found[-1]["value"])))
    assert at_of == list(zip(groups.part.tolist(), groups.at.tolist(), groups.count.tolist(), strict=True))
    assert [_number(of["attempt"]) for of in found] == groups.attempt.tolist()
    _check_extents(groups, found)
    values = [of["value"] for of in found]
    real = [some[~np.isnan(some)] for some in values]
    assert [len(some) - len(one) for some, one in zip(values, real, strict=True)] == groups.nan.tolist()
    np.testing.assert_array_equal(groups.first, [some[0] for some in values])
    np.testing.assert_array_equal(groups.last, [some[-1] for some in values])
    np.testing.assert_array_equal(groups.min, [some.min() if len(some) else math.nan for some in real])
    np.testing.assert_array_equal(groups.max, [some.max() if len(some) else math.nan for some in real])
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(groups.sum, [some.sum() for some in real], rtol=1e-12, atol=1e-9)


def _check_extents(table: ports.Parts | ports.Groups, columns: Sequence[dict[str, np.ndarray]]) -> None:
    for axis in _AXES:
        extent: ports.Extent = getattr(table, axis)
        of_axis = [of[axis] for of in columns]
        real = [some[some != row.NO_STEP] if axis == "step" else some[~np.isnan(some)] for some in of_axis]
        for at, some in enumerate(real):
            if not len(some):
                blank = extent.low[at] > extent.high[at] if axis == "step" else np.isnan(extent.low[at])
                assert blank
                continue
            assert (some.min(), some.max()) == (extent.low[at], extent.high[at])
        ascends = [
            len(some) == len(of) and bool((some[1:] >= some[:-1]).all()) for some, of in zip(real, of_axis, strict=True)
        ]
        assert ascends == extent.ascends.tolist()


def _check_ties(view: ports.View, name: str, part: int) -> None:
    attempt, mono_ns, place = (view.ints(name, [part], column) for column in ("attempt", "mono_ns", "place"))
    order = np.lexsort((np.arange(len(place)), mono_ns, attempt))
    same = (np.diff(attempt[order]) == 0) & (np.diff(mono_ns[order]) == 0)
    assert (np.diff(place[order])[same] > 0).all()


def _number(attempt: np.ndarray) -> int:
    return int(attempt[0]) if (attempt == attempt[0]).all() else ports_view.NO_ATTEMPT


def _noise(count: int, *, first: int = 0, names: Sequence[str] = (rows.LOSS,), seed: int = 0) -> row.Matrix:
    """Return rows that come out of order now and then, with NaN, infinities, missing and repeated steps."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, len(names)))
    values[random.random(values.shape) < 0.05] = math.nan
    values[random.random(values.shape) < 0.01] = math.inf
    steps = [row.NO_STEP if random.random() < 0.05 else first + at + int(random.integers(0, 2)) for at in range(count)]
    epochs = [math.nan if random.random() < 0.05 else (first + at) / 100 for at in range(count)]
    mono_ns = [1_000 * (first + at) + int(random.integers(0, 1_500)) // 500 * 500 for at in range(count)]
    return rows.matrix(values.tolist(), names=names, steps=steps, epochs=epochs, mono_ns=mono_ns)


class SeriesViewsContract:
    """Views and what is in them."""

    @abstractmethod
    def open(self, directory: Path) -> ports.SeriesStore: ...

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[ports.SeriesStore]:
        store = self.open(tmp_path)
        yield store
        store.close()

    def test_of_what_nobody_stored_there_is_nothing(self, store: ports.SeriesStore) -> None:
        for _ in range(2):
            with store.view(rows.PROJECT, ids.RunId("unheard")) as view:
                assert view.names() == []
                assert view.parts(rows.LOSS).id.tolist() == []
                assert view.values(rows.LOSS, []).tolist() == []
                assert view.groups(rows.LOSS, []).part.tolist() == []
                assert view.ints(rows.LOSS, [], "step").tolist() == []
                assert view.epochs(rows.LOSS, []).tolist() == []
            store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
        with store.view(rows.PROJECT, rows.RUN) as view:
            assert view.parts("unheard").id.tolist() == []

    def test_names_stand_in_order_of_arrival(self, store: ports.SeriesStore) -> None:
        for seq, name in enumerate(("b", "a", "b", "c")):
            store.append(rows.PROJECT, [rows.lane(rows.column([1.0], name=name), first_seq=seq)]).result()
        with store.view(rows.PROJECT, rows.RUN) as view:
            assert view.names() == ["b", "a", "c"]

    @pytest.mark.parametrize("sealed", ["nothing", "some", "all"])
    def test_parts_and_groups_tell_what_is_in_them(self, store: ports.SeriesStore, sealed: str) -> None:
        both = (rows.LOSS, OTHER)
        told = [
            rows.lane(_noise(COUNT, seed=1)),
            rows.lane(_noise(COUNT, first=100, names=both, seed=2), first_seq=COUNT),
            rows.lane(_noise(70, first=COUNT, seed=3), first_seq=2 * COUNT, attempt=2),
            rows.lane(_noise(70, first=90, seed=5), first_seq=2 * COUNT + 70),  # late
        ]
        for lane in told:
            store.append(rows.PROJECT, [lane]).result()
            if sealed == "all" or (sealed == "some" and lane is not told[-1]):
                store.seal(rows.PROJECT, rows.RUN)
        with store.view(rows.PROJECT, rows.RUN) as view:
            assert view.names() == [stat.name for stat in store.series(rows.PROJECT, rows.RUN)]
            for name in both:
                assert view.parts(name).whole.all()
                check(view, name, store.points(rows.PROJECT, rows.RUN, name))
            assert view.parts(rows.LOSS).grouped.any() == (sealed != "nothing")

    def test_parts_answer_in_the_order_asked(self, store: ports.SeriesStore) -> None:
        for first, name in ((0, "a"), (10, "b")):
            sent = rows.matrix([[first, first], [first + 1, first + 1]], names=("x", name), steps=[first, first + 1])
            store.append(rows.PROJECT, [rows.lane(sent, first_seq=2 * (first // 10))]).result()
        with store.view(rows.PROJECT, rows.RUN) as view:
            found = view.parts("x").id.tolist()
            assert len(found) == 2
            one = {number: view.values("x", [number]).tolist() for number in found}
            for asked in (found, found[::-1]):
                assert view.values("x", asked).tolist() == one[asked[0]] + one[asked[1]]
                assert view.ints("x", asked, "step").tolist() == one[asked[0]] + one[asked[1]]
                assert view.ints("x", asked, "row").tolist() == [0, 1, 0, 1]

    def test_a_view_is_of_one_moment(self, store: ports.SeriesStore) -> None:
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0]))]).result()
        with store.view(rows.PROJECT, rows.RUN) as view:
            before = view.parts(rows.LOSS).id.tolist()
            store.append(rows.PROJECT, [rows.lane(rows.column([3.0], first_step=2), first_seq=2)]).result()
            store.seal(rows.PROJECT, rows.RUN)
            assert view.parts(rows.LOSS).id.tolist() == before
            assert view.values(rows.LOSS, before).tolist() == [1.0, 2.0]
            assert view.names() == [rows.LOSS]
        with store.view(rows.PROJECT, rows.RUN) as view:
            assert view.values(rows.LOSS, view.parts(rows.LOSS).id.tolist()).tolist() == [1.0, 2.0, 3.0]

    def test_thinned_parts_keep_what_their_groups_say(self, store: ports.SeriesStore) -> None:
        store.append(rows.PROJECT, [rows.lane(_noise(COUNT, seed=4))]).result()
        store.seal(rows.PROJECT, rows.RUN)
        with store.view(rows.PROJECT, rows.RUN) as view:
            whole = view.parts(rows.LOSS)
            groups = view.groups(rows.LOSS, whole.id.tolist())
            values = view.values(rows.LOSS, whole.id.tolist())
            steps, epochs = view.ints(rows.LOSS, whole.id.tolist(), "step"), view.epochs(rows.LOSS, whole.id.tolist())
        if not store.capabilities.thins:
            return
        assert whole.whole.all()
        store.thin(rows.PROJECT, rows.RUN)
        with store.view(rows.PROJECT, rows.RUN) as view:
            parts = view.parts(rows.LOSS)
            numbers = parts.id.tolist()
            assert not parts.whole.any()
            assert parts.rows.tolist() == whole.rows.tolist()
            after = view.groups(rows.LOSS, numbers)
            for field in ("at", "count", "attempt", "nan", "first", "last", "min", "max", "sum"):
                np.testing.assert_array_equal(getattr(after, field), getattr(groups, field))
            kept = view.ints(rows.LOSS, numbers, "row")
            np.testing.assert_array_equal(view.values(rows.LOSS, numbers), values[kept])
            np.testing.assert_array_equal(view.ints(rows.LOSS, numbers, "step"), steps[kept])
            np.testing.assert_array_equal(view.epochs(rows.LOSS, numbers), epochs[kept])
        expected = [
            at + offset
            for at, count in zip(groups.at.tolist(), groups.count.tolist(), strict=True)
            for offset in _kept_of(values[at : at + count])
        ]
        assert expected == kept.tolist()


def _kept_of(values: np.ndarray) -> list[int]:
    """Return the first and last row of a group, and the first of its least and greatest value."""
    kept = {0, len(values) - 1}
    if not np.isnan(values).all():
        kept |= {int(np.nanargmin(values)), int(np.nanargmax(values))}
    return sorted(kept)
