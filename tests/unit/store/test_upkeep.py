"""What the store does behind what is appended: sealing, merging, letting files rest."""

import logging
import os
import resource
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts import rows
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.series import blocks, jobs, payload, project_file, schema, upkeep, work

FULL = [0.5 * n for n in range(payload.BLOCK_ROWS)]
R2 = ids.RunId("r2")


class _Worker:
    """Does jobs in the thread, fails those it is told to, and remembers them."""

    def __init__(self) -> None:
        self.jobs: list[jobs.Job] = []
        self.fails: Callable[[jobs.Job], errors.StoreError | None] = lambda _: None
        self.gate = threading.Event()
        self.gate.set()

    def done(self, job: jobs.Job) -> jobs.Exchange | None:
        self.jobs.append(job)
        assert self.gate.wait(60)
        if (error := self.fails(job)) is not None:
            raise error
        return work.done(job)

    def close(self) -> None:
        self.gate.set()

    def kinds(self, kind: type[jobs.Job]) -> list[ids.RunId]:
        return [job.run for job in self.jobs if isinstance(job, kind)]


@pytest.fixture
def by(monkeypatch: pytest.MonkeyPatch) -> _Worker:
    made = _Worker()
    monkeypatch.setattr("yoloscope.store.series.worker.Inline", lambda: made)
    return made


def _append(store: blocks.BlockStore, values: list[float], *, run: ids.RunId = rows.RUN, first_step: int = 0) -> None:
    lane = rows.lane(rows.column(values, first_step=first_step), run=run, lane=int(run[1:]), first_seq=None)
    store.append(rows.PROJECT, [lane]).result()


def _values(store: blocks.BlockStore, run: ids.RunId = rows.RUN) -> list[float]:
    return store.points(rows.PROJECT, run, rows.LOSS).value.tolist()


def test_a_full_run_is_sealed_and_a_short_one_waits(tmp_path: Path, by: _Worker) -> None:
    store = blocks.BlockStore(tmp_path)
    _append(store, [1.0, 2.0], run=R2)
    _append(store, FULL)
    store.settle()
    assert {rows.RUN} == set(by.kinds(jobs.SealJob))
    assert _values(store) == FULL
    store.close()


def test_sealing_goes_before_merging(tmp_path: Path, by: _Worker) -> None:
    store = blocks.BlockStore(tmp_path)
    file = store._file(rows.PROJECT)
    _append(store, [1.0])
    by.gate.clear()
    store._upkeep.ask_merge(file, R2)
    while not by.jobs:
        time.sleep(0.001)
    store._upkeep.ask_merge(file, rows.RUN)
    store._upkeep.ask_seal(file, rows.RUN, least_rows=1)
    by.gate.set()
    store.settle()
    kinds = [type(job) for job in by.jobs]
    assert kinds.index(jobs.SealJob) == 1
    assert kinds[-1] is jobs.CompactJob
    store.close()


def test_small_blocks_of_an_idle_run_become_one(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    for at in range(5):
        _append(store, [float(at)] * 10, first_step=10 * at)
        assert store.seal_idle(idle_s=0) == 10
    with store.view(rows.PROJECT, rows.RUN) as view:
        assert view.parts(rows.LOSS).rows.tolist() == [10] * 5
    store._upkeep.ask_merge(store._file(rows.PROJECT), rows.RUN)
    store.settle()
    with store.view(rows.PROJECT, rows.RUN) as view:
        assert view.parts(rows.LOSS).rows.tolist() == [50]
    assert [float(at) for at in range(5) for _ in range(10)] == _values(store)
    store.close()


def test_a_run_that_goes_on_is_merged_every_few_seals(tmp_path: Path, by: _Worker) -> None:
    store = blocks.BlockStore(tmp_path)
    for at in range(upkeep.MERGE_SEALS):
        assert not by.kinds(jobs.CompactJob)
        _append(store, FULL, first_step=len(FULL) * at)
        store.settle()
    assert {rows.RUN} == set(by.kinds(jobs.CompactJob))
    store.close()


def test_once_a_minute_idle_runs_are_sealed_and_merged(
    tmp_path: Path, by: _Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "IDLE_S", 0.0)
    monkeypatch.setattr(upkeep, "_LOOK_S", 0.01)
    store = blocks.BlockStore(tmp_path)
    _append(store, [1.0, 2.0])
    while rows.RUN not in by.kinds(jobs.CompactJob):
        time.sleep(0.001)
    store.settle()
    assert rows.RUN in by.kinds(jobs.SealJob)
    assert _values(store) == [1.0, 2.0]
    store.close()


@pytest.mark.slow
def test_what_two_workers_died_of_is_reported_once_and_left_alone_for_a_while(
    tmp_path: Path, by: _Worker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    by.fails = lambda job: errors.StoreError("the worker ended 2 times") if job.run == rows.RUN else None
    store = blocks.BlockStore(tmp_path)
    for at in range(3):
        _append(store, FULL, first_step=len(FULL) * at)
        store.settle()
    _append(store, FULL, run=R2)
    store.settle()
    assert [run for run in by.kinds(jobs.SealJob) if run == rows.RUN] == [rows.RUN]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, "run 'r1' cannot be sealed: the worker ended 2 times")
    ]
    assert _values(store) == FULL * 3
    assert _values(store, R2) == FULL
    monkeypatch.setattr(upkeep, "LEFT_ALONE_S", 0.0)
    store._upkeep._left_alone.update(dict.fromkeys(store._upkeep._left_alone, 0.0))
    tried = len(by.jobs)
    for at in (3, 4):
        _append(store, [1.0], first_step=len(FULL) * at)
        store.settle()
    assert len(by.jobs) == tried + 2
    assert len(caplog.records) == 1
    store.close()


def test_a_full_disk_delays_sealing_and_is_no_damage(
    tmp_path: Path, by: _Worker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    by.fails = lambda _: errors.StoreFull("the disk is full")
    store = blocks.BlockStore(tmp_path)
    _append(store, FULL)
    store.settle()
    tried = len(by.jobs)
    _append(store, [1.0], first_step=len(FULL))
    store.settle()
    assert tried == len(by.jobs)
    by.fails = lambda _: None
    monkeypatch.setattr(store._upkeep, "_full_until_s", 0.0)
    _append(store, [2.0], first_step=len(FULL) + 1)
    store.settle()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    with store.view(rows.PROJECT, rows.RUN) as view:
        parts = view.parts(rows.LOSS)
        assert parts.rows[parts.id >= 0].tolist() == [len(FULL)], "what is over waits for the next block"
    assert [*FULL, 1.0, 2.0] == _values(store)
    store.close()


def test_closing_waits_for_no_more_than_a_step(tmp_path: Path, by: _Worker) -> None:
    store = blocks.BlockStore(tmp_path)
    by.gate.clear()
    _append(store, FULL)
    while not by.jobs:
        time.sleep(0.001)
    store.close()
    again = blocks.BlockStore(tmp_path)
    assert _values(again) == FULL
    again.close()


def test_a_file_that_rests_is_read_and_written_again(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    _append(store, [1.0])
    assert _values(store) == [1.0]
    store.rest(unused_s=0)
    assert not list((tmp_path / "series").glob("*-wal"))
    assert _values(store) == [1.0]
    _append(store, [2.0], first_step=1)
    assert _values(store) == [1.0, 2.0]
    assert store.positions(rows.PROJECT, rows.WRITER) == {1: 2}
    store.close()


def test_a_run_is_idle_since_its_last_row_however_often_its_file_rests(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    file = store._file(rows.PROJECT)
    _append(store, [1.0])
    (before,) = file.unsealed_since(time.monotonic())
    last_s = file._left.get(before) or file._writer.unsealed[before].last_s
    store.rest(unused_s=0)
    assert file.unsealed_since(last_s) == [rows.RUN]
    _append(store, [1.0], run=R2)
    assert file.unsealed_since(last_s) == [rows.RUN]
    store.close()


def test_a_file_woken_to_seal_its_idle_runs_rests_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "IDLE_S", 0.0)
    store = blocks.BlockStore(tmp_path)
    _append(store, [1.0])
    store.rest(unused_s=0)
    store._look()
    store.settle()
    assert not store._idle(idle_s=0)
    store.rest(unused_s=0)
    assert not list((tmp_path / "series").glob("*-wal"))
    store.close()


def test_blocks_of_an_older_release_get_their_groups(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    for run in (rows.RUN, R2):
        _append(store, [1.0, 2.0], run=run)
        store.seal(rows.PROJECT, run)
    store.close()
    connection = sqlite3.connect(tmp_path / "series" / "signs.db", isolation_level=None)
    for table in ("span", "axis_groups", "groups"):
        connection.execute(f"DELETE FROM {table}")
    connection.close()
    store = blocks.BlockStore(tmp_path)
    _append(store, [3.0], run=R2, first_step=2)
    store._look()
    store.settle()
    for run in (rows.RUN, R2):
        with store.view(rows.PROJECT, run) as view:
            parts = view.parts(rows.LOSS)
            assert parts.grouped[parts.id >= 0].tolist() == [True]
    assert _values(store, R2) == [1.0, 2.0, 3.0]
    store.close()


def test_a_file_that_cannot_be_looked_over_keeps_no_other_from_being_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def damaged(_: project_file.ProjectFile) -> list[ids.RunId]:
        raise errors.StoreError("malformed")

    monkeypatch.setattr(project_file.ProjectFile, "take_bare_runs", damaged)
    monkeypatch.setattr(upkeep, "_LOOK_S", 0.01)
    store = blocks.BlockStore(tmp_path)
    _append(store, [1.0])
    while not caplog.records:
        time.sleep(0.001)
    _append(store, FULL, run=R2)
    store.settle()
    assert not [run for run, _ in store._file(rows.PROJECT)._writer.unsealed.items() if run == R2]
    store.close()


def test_changes_are_known_when_the_future_is_done(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    _append(store, [1.0])
    first = store.changes.since(0)
    assert frozenset([rows.RUN]) == first.runs
    _append(store, [1.0], run=R2)
    second = store.changes.since(first.mark)
    assert frozenset([R2]) == second.runs
    again = rows.lane(rows.column([1.0]), run=R2, lane=2, first_seq=0)
    store.append(rows.PROJECT, [again]).result()
    assert not store.changes.since(second.mark).runs
    store.remove(rows.PROJECT, R2)
    assert frozenset([R2]) == store.changes.since(second.mark).runs
    store.close()


def test_an_append_waits_for_no_file_that_is_opened_or_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = blocks.BlockStore(tmp_path)
    gate, opening = threading.Event(), schema.open_for_writing

    def later(path: Path, *, project: ids.ProjectName) -> sqlite3.Connection:
        assert gate.wait(60)
        return opening(path, project=project)

    def lane(value: float) -> list[ports.LaneRows]:
        return [rows.lane(rows.column([value], first_step=int(value)), first_seq=int(value))]

    monkeypatch.setattr(schema, "open_for_writing", later)
    first = [store.append(rows.PROJECT, lane(value)) for value in (0.0, 1.0)]
    assert [one.done() for one in first] == [False, False]
    gate.set()
    assert [one.result(60).next_seq for one in first] == [{(rows.WRITER, 0): seq} for seq in (1, 2)]
    gate.clear()
    with store._file(rows.PROJECT)._lock:  # as while it comes to rest
        resting = threading.Thread(target=store.rest, kwargs={"unused_s": 0})
        resting.start()
        assert store.append(rows.PROJECT, lane(2.0)).result(60).new_rows == {rows.RUN: 1}
    resting.join()
    second = [store.append(rows.PROJECT, lane(value)) for value in (3.0, 4.0)]
    gate.set()
    for one in second:
        one.result(60)
    assert _values(store) == [0.0, 1.0, 2.0, 3.0, 4.0]
    store.close()


def test_what_waits_for_a_file_that_cannot_be_opened_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = blocks.BlockStore(tmp_path)
    monkeypatch.setattr(store._claim, "take", lambda: os.open("/nowhere", os.O_RDONLY))
    with pytest.raises(errors.StoreError, match="nothing was stored"):
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result(60)
    store.close()


@pytest.mark.slow
def test_no_more_than_some_projects_are_awake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "AWAKE_MAX", 3)
    store = blocks.BlockStore(tmp_path)
    projects = [ids.ProjectName(f"p{number}") for number in range(8)]
    for project in projects:
        store.append(project, [rows.lane(rows.column([1.0]))]).result()
    end_s = time.monotonic() + 60
    while len(list((tmp_path / "series").glob("*-wal"))) != 3:  # they are closed behind the appends
        assert time.monotonic() < end_s
        time.sleep(0.005)
    for project in projects:
        store.append(project, [rows.lane(rows.column([2.0], first_step=1), first_seq=1)]).result()
    assert [store.points(one, rows.RUN, rows.LOSS).value.tolist() for one in projects] == [[1.0, 2.0]] * 8
    store.close()


_MANY = """
import pathlib, resource, sys
sys.path.insert(0, sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (56, 56))
from contracts import rows
from yoloscope.records import ids
from yoloscope.store.series import blocks

blocks.AWAKE_MAX = 4
store = blocks.BlockStore(pathlib.Path(sys.argv[1]))
projects = [ids.ProjectName(f"p{number}") for number in range(60)]
for number, project in enumerate(projects):
    store.append(project, [rows.lane(rows.column([float(number)]))]).result()
for number, project in enumerate(projects):
    assert store.run_stats(project, [rows.RUN])[rows.RUN].rows == 1
    assert store.last_values(project, [rows.RUN]) == {rows.RUN: {rows.LOSS: float(number)}}
store.close()
print("all")
"""


@pytest.mark.slow
def test_a_list_over_many_projects_needs_few_descriptors(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 64
    command = [
        sys.executable,
        "-W",
        "error",
        "-c",
        textwrap.dedent(_MANY),
        str(tmp_path),
        str(Path(__file__).parents[2]),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("all\n", "")
