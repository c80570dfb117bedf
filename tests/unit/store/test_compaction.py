"""Compaction: whatever way rows came, it ends with few, full axes in order, and the rows are the same."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

from contracts import rows, store_files
from yoloscope import errors
from yoloscope.store.series import axes, jobs, payload, rollup, work
from yoloscope.store.series import rows as stored_rows

FULL = 8


@pytest.fixture
def file(tmp_path: Path) -> Iterator[store_files.SeriesFile]:
    file = store_files.SeriesFile(tmp_path)
    yield file
    file.close()


@pytest.fixture
def small_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(axes, "full_rows", lambda _: FULL)
    monkeypatch.setattr(axes, "round_axes", lambda _: 3)
    monkeypatch.setattr(stored_rows, "_WINDOW_PLACES", 16)
    monkeypatch.setattr(stored_rows, "_HELD_POINTS", 20)


@pytest.mark.usefixtures("small_axes")
def test_late_rows_go_where_they_were_logged(file: store_files.SeriesFile) -> None:
    for tick in range(0, 40, 10):
        file.append(store_files.batch(tick, [float(tick + at) for at in range(5)]))
    file.seal()
    for tick in range(5, 40, 10):
        file.append(store_files.batch(tick, [float(tick + at) for at in range(5)]), lane=1)
    file.seal()
    told, points = file.told(), file.points()
    assert file.compact()
    _check_order(file, file.known())
    assert min(one.rows for one in file.known()) > FULL / 2
    assert (told, points) == (file.told(), file.points())
    assert file.compact() == []


@pytest.mark.usefixtures("small_axes")
def test_many_small_attempts_share_axes(file: store_files.SeriesFile) -> None:
    for attempt in range(1, 9):
        file.append(store_files.batch(100 - attempt, [0.5, 1.5]), attempt=attempt)
        file.seal()
    told, points = file.told(), file.points()
    assert [len(exchange.old_axes) for exchange in file.compact()] == [4, 4]
    assert [one.rows for one in file.known()] == [8, 8]
    assert (told, points) == (file.told(), file.points())


@pytest.mark.usefixtures("small_axes")
def test_rows_of_other_names_stay_apart(file: store_files.SeriesFile) -> None:
    for tick in range(4):
        file.append(store_files.batch(2 * tick, [0.5], names=("a", "b")))
        file.append(store_files.batch(2 * tick + 1, [0.25], names=("b", "a")))
        file.seal()
    told = file.told()
    file.compact()
    assert [one.rows for one in file.known()] == [4, 4]
    assert told == file.told()


def test_a_large_axis_is_not_written_anew_for_a_small_one_beside_it(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, [0.5] * 3000))
    file.seal()
    file.append(store_files.batch(3000, [0.5] * 10))
    file.seal()
    assert file.compact() == []
    file.append(store_files.batch(3010, [0.5] * 10))
    file.seal()
    assert [exchange.count for exchange in file.compact()] == [20]


def test_an_exchange_of_what_others_merged_changes_nothing(file: store_files.SeriesFile) -> None:
    for tick in range(3):
        file.append(store_files.batch(tick, [0.5]))
        file.seal()
    job = jobs.CompactJob(str(file.path), rows.RUN)
    first, second = work.done(job), work.done(job)
    assert first is not None
    assert second is not None
    assert [file.writer.exchange(one).result(timeout=60) for one in (first, second)] == [3, 0]
    assert [one.rows for one in file.known()] == [3]
    assert file.one("SELECT count(*) FROM groups") == file.one("SELECT count(*) FROM span") == 1


def test_damage_names_run_and_series_and_changes_nothing(file: store_files.SeriesFile) -> None:
    for tick in range(2):
        file.append(store_files.batch(tick, [0.5, 0.75]))
        file.seal()
    damaged = "UPDATE block SET payload = CAST(substr(payload, 1, 6) || x'FF' AS BLOB) WHERE id = 1"
    file.writer._connection.execute(damaged)
    with pytest.raises(errors.StoreError, match=rf"block 1 of series '{rows.LOSS}' of run 'r1' is damaged"):
        file.compact()
    assert file.one("SELECT count(*) FROM axis") == 2


_APPEND = st.tuples(
    st.integers(1, 3),  # attempt
    st.integers(0, 60),  # tick of its first row
    st.integers(1, 20),  # rows
    st.integers(0, 3),  # ticks between them
    st.sampled_from([("a",), ("a", "b"), ("b", "a")]),
    st.booleans(),  # sealed behind it
)


@pytest.mark.slow
@pytest.mark.usefixtures("small_axes")
@hypothesis.settings(
    max_examples=20, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(appends=st.lists(_APPEND, min_size=1, max_size=14), merged_after=st.integers(0, 14))
def test_it_ends_and_changes_no_answer_whatever_the_order_of_arrival(
    appends: list[tuple[int, int, int, int, tuple[str, ...], bool]], merged_after: int
) -> None:
    directory = Path(tempfile.mkdtemp())
    file = store_files.SeriesFile(directory)
    try:
        for number, (attempt, tick, count, gap, names, is_sealed) in enumerate(appends):
            values = [float(100 * number + at) for at in range(count)]
            file.append(store_files.batch(tick, values, names=names, gap=gap), attempt=attempt)
            if is_sealed:
                file.seal()
            if number == merged_after:
                file.compact()
        told, points = file.told(), (file.points("a"), file.points("b"))
        file.seal()
        file.compact()
        assert told == file.told()
        assert points == (file.points("a"), file.points("b"))
        for series in {one.series for one in file.known()}:
            _check_order(file, [one for one in file.known() if one.series == series])
    finally:
        file.close()
        shutil.rmtree(directory)


def _check_order(file: store_files.SeriesFile, known: list[axes.Known]) -> None:
    """Check that the rows of some axes ascend, within and from one to the next, and that no two small ones are neighbours."""
    parts: list[list[tuple[int, int]]] = []
    for one in known:
        content = file.writer._connection.execute("SELECT payload FROM axis WHERE id = ?", (one.axis,)).fetchone()[0]
        axis = payload.axis_from_payload(content, what="axis")
        parts.append(list(zip(axis.attempt.tolist(), axis.mono_ns.tolist(), strict=True)))
        assert one.span is not None
        assert not one.span.flags & rollup.THINNED
    parts.sort()
    together = [at for part in parts for at in part]
    assert sorted(together) == together
    sizes = [len(part) for part in parts]
    assert not any(first < FULL / 2 and second < FULL / 2 for first, second in itertools.pairwise(sizes))
