"""Removing a run: gone at once, its space given back behind it, and nothing of it in what comes under its name later."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import rows, store_files
from yoloscope.records import ids
from yoloscope.store.series import jobs, reader, removal, work, writer

OTHER = ids.RunId("r2")
_TABLES = ("log", "axis", "span", "axis_groups", "block", "groups", "series", "total", "run_stat", "attempt", "removed")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[store_files.SeriesFile]:
    file = store_files.SeriesFile(tmp_path)
    yield file
    file.close()


def _stop_giving_back(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Have nothing given back from now on; the event tells that somebody wanted to."""
    wanted = threading.Event()

    def nothing(_: object) -> bool:
        wanted.set()
        return False

    monkeypatch.setattr(removal, "step", nothing)
    return wanted


def _give_back(file: store_files.SeriesFile) -> int:
    """Give back all there is, and return in how many rounds."""
    rounds = 0
    while removal.step(file.writer._connection):
        rounds += 1
    return rounds


def _fill(file: store_files.SeriesFile, run: ids.RunId = rows.RUN) -> None:
    file.append(store_files.batch(0, [0.25 * at for at in range(200)], names=("a", "b")), run=run)
    file.seal(run)
    file.append(store_files.batch(200, [1.5, 2.5]), run=run, lane=1)


def test_a_run_is_gone_before_its_space_is(file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch) -> None:
    _stop_giving_back(monkeypatch)
    for run in (rows.RUN, OTHER):
        _fill(file, run)
    others = file.told(OTHER)
    assert file.writer.remove(rows.RUN).result(timeout=60) == 202
    assert file.one("SELECT count(*) FROM block") == 4
    assert (file.told(), file.known()) == ([], [])
    assert (reader.series(file.readers, run=rows.RUN), reader.run_stats(file.readers, runs=[rows.RUN])) == ([], {})
    assert set(file.writer.unsealed) == {OTHER}
    assert others == file.told(OTHER)
    assert file.writer.remove(rows.RUN).result(timeout=60) == 0


def test_all_of_it_is_removed_a_little_at_a_time(file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch) -> None:
    step = removal.step
    _stop_giving_back(monkeypatch)
    monkeypatch.setattr(removal, "_ROUND", 2)
    _fill(file)
    file.append(store_files.batch(300, [0.5]))
    file.writer.remove(rows.RUN).result(timeout=60)
    monkeypatch.setattr(removal, "step", step)
    assert _give_back(file) > 3
    assert [0] * len(_TABLES) == [file.one(f"SELECT count(*) FROM {table}") for table in _TABLES]
    assert reader.positions(file.readers, writer=rows.WRITER) == {0: 201, 1: 2}


def test_a_run_that_gets_rows_again_starts_empty(file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch) -> None:
    step = removal.step
    _stop_giving_back(monkeypatch)
    _fill(file)
    file.writer.remove(rows.RUN).result(timeout=60)
    file.append(store_files.batch(0, [7.0]))
    file.seal()
    told = file.told()
    assert [stat.count for stat in reader.series(file.readers, run=rows.RUN)] == [1]
    monkeypatch.setattr(removal, "step", step)
    _give_back(file)
    assert told == file.told()
    assert (len(told), file.one("SELECT count(*) FROM block")) == (1, 1)
    assert reader.run_stats(file.readers, runs=[rows.RUN])[rows.RUN].rows == 1


def test_after_a_crash_the_next_opening_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = removal.step
    _stop_giving_back(monkeypatch)
    before = store_files.SeriesFile(tmp_path)
    _fill(before)
    before.writer.remove(rows.RUN).result(timeout=60)
    before.close()
    done = threading.Event()

    def watched(connection: object) -> bool:
        more = step(connection)  # pyright: ignore[reportArgumentType]
        if not more:
            done.set()
        return more

    monkeypatch.setattr(removal, "step", watched)
    after = store_files.SeriesFile(tmp_path)
    assert done.wait(timeout=60)
    assert after.one("SELECT count(*) FROM block") == after.one("SELECT count(*) FROM removed") == 0
    after.close()


def test_work_on_a_run_that_was_removed_meanwhile_changes_nothing(
    file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stop_giving_back(monkeypatch)
    _fill(file)
    shape = file.one("SELECT shape FROM log")
    assert isinstance(shape, int)
    seal = work.done(jobs.SealJob(str(file.path), rows.RUN, shape, 2**62))
    thin = work.done(jobs.ThinJob(str(file.path), rows.RUN))
    assert seal is not None
    assert thin is not None
    file.writer.remove(rows.RUN).result(timeout=60)
    file.append(store_files.batch(0, [7.0]))
    assert [file.writer.exchange(one).result(timeout=60) for one in (seal, thin)] == [0, 0]
    assert len(file.told()) == 1


def test_space_that_could_not_be_given_back_is_given_back_later(
    file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    step = removal.step
    tries: list[object] = []

    def full_at_first(connection: sqlite3.Connection) -> bool:
        tries.append(connection)
        if len(tries) < 3:
            raise sqlite3.OperationalError("database or disk is full")
        return step(connection)

    _fill(file)
    _settle(file)
    monkeypatch.setattr(writer, "AGAIN_S", 0.01)
    monkeypatch.setattr(removal, "step", full_at_first)
    file.writer.remove(rows.RUN).result(timeout=60)
    _settle(file)
    assert file.one("SELECT count(*) FROM block") == file.one("SELECT count(*) FROM removed") == 0
    assert ["cannot be given back for now" in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.slow
def test_the_file_shrinks(file: store_files.SeriesFile) -> None:
    for tick in range(4):
        file.append(store_files.batch(5000 * tick, [(at * 0.123) % 7 for at in range(4000)], names=("a", "b", "c")))
    file.seal()
    pages = file.one("PRAGMA page_count")
    file.writer.remove(rows.RUN).result(timeout=60)
    _settle(file)
    left = file.one("PRAGMA page_count")
    assert isinstance(pages, int)
    assert isinstance(left, int)
    assert left < pages / 3


def test_what_the_log_took_and_needs_no_more_is_given_back(
    file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "_WASTED_PAGES", 4)
    file.append(store_files.batch(0, [0.5] * 4000, names=("a", "b", "c")))
    pages = file.one("PRAGMA page_count")
    file.seal()
    _settle(file)
    left = file.one("PRAGMA page_count")
    assert isinstance(pages, int)
    assert isinstance(left, int)
    assert left < pages / 2


def _settle(file: store_files.SeriesFile) -> None:
    """Return once the writer has nothing left to give back: it looks whenever no append waits."""
    deadline_s = time.monotonic() + 60
    while file.writer._gives_back:
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def test_appends_go_on_while_space_is_given_back(file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "_ROUND", 1)
    _fill(file)
    file.writer.remove(rows.RUN).result(timeout=60)
    for tick in range(20):
        file.append(store_files.batch(tick, [1.0]), run=OTHER, lane=2)
    _settle(file)
    assert len(file.told(OTHER)) == 20
    assert file.one("SELECT count(*) FROM block") == 0
