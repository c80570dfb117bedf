"""Sealing: rows of the log become axes in the order in which they were logged, with spans and groups that say what they hold."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from contracts import rows, store_files
from yoloscope import errors
from yoloscope.store.series import axes, grouping, jobs, payload, rollup, sealer, work


@pytest.fixture
def file(tmp_path: Path) -> Iterator[store_files.SeriesFile]:
    file = store_files.SeriesFile(tmp_path)
    yield file
    file.close()


def test_rows_stand_by_attempt_then_time_then_arrival(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(10, [1.0, 2.0]), attempt=2)
    file.append(store_files.batch(10, [3.0, 4.0]), attempt=1)
    file.append(store_files.batch(5, [5.0]), attempt=2, lane=1)
    file.append(store_files.batch(11, [6.0]), attempt=1, lane=1)
    told, points = file.told(), file.points()
    (exchange,) = file.seal()
    (new,) = exchange.axes
    axis = payload.axis_from_payload(new.axis, what="axis")
    assert new.blocks[0] is not None
    values = payload.values_from_block(new.blocks[0], what="block").tolist()
    assert (axis.attempt.tolist(), values) == ([1, 1, 1, 2, 2, 2], [3, 4, 6, 5, 1, 2])
    assert axis.place.tolist() == [2, 3, 5, 4, 0, 1]
    assert (told, points) == (file.told(), file.points())


def test_attempts_that_log_side_by_side_stand_apart(
    file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(axes, "full_rows", lambda _: 128)
    for tick in range(0, 40, 2):
        for attempt in (1, 2, 3):
            file.append(store_files.batch(tick, [0.5] * 2), attempt=attempt)
    file.append(store_files.batch(0, [0.5]), attempt=4)
    told = file.told()
    file.seal()
    known = file.known()
    assert [(one.span.rows, one.span.attempt) for one in known if one.span] == [(40, 1), (40, 2), (41, -1)]
    assert told == file.told()


def test_spans_and_groups_say_what_the_rows_hold(file: store_files.SeriesFile) -> None:
    values = np.random.default_rng(0).normal(size=150)
    file.append(store_files.batch(0, values.tolist(), names=("a", "b")))
    (exchange,) = file.seal()
    (new,) = exchange.axes
    axis = payload.axis_from_payload(new.axis, what="axis")
    assert grouping.span_of(axis) == new.span
    (known,) = file.known()
    assert known.span == new.span
    with file.readers.transaction() as connection:
        of = axes.owner(connection, run=rows.RUN)
        assert of is not None
        groups = axes.groups_of(connection, known.axis, rows=known.rows, series=known.series, of=of)
    expected = grouping.groups_of_values(np.stack((values, 2 * values)))
    for field in rollup.ValueColumns.__struct_fields__:
        told = np.concatenate([getattr(one, field) for one in expected])
        assert told.tobytes() == getattr(groups, field).tobytes()


def test_an_exchange_outlives_the_way_between_processes(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, [1.0, 2.0], names=("a", "b")))
    file.seal()
    for job in (jobs.ThinJob(str(file.path), rows.RUN),):
        exchange = work.done(job)
        sent = msgspec.msgpack.decode(msgspec.msgpack.encode(exchange), type=jobs.Exchange)
        assert exchange == sent


def test_rows_that_come_while_it_seals_are_left(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, [1.0]))
    newest = file.one("SELECT max(id) FROM log")
    assert isinstance(newest, int)
    file.append(store_files.batch(1, [2.0]))
    job = jobs.SealJob(str(file.path), rows.RUN, 1, newest)
    assert [exchange.count for exchange in file.repeated(job)] == [1]
    assert file.one("SELECT sum(rows) FROM log") == 1
    assert file.writer.unsealed[rows.RUN].rows == {1: 1}


def test_one_round_takes_no_more_than_the_writer_can_bear(
    file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "_LOG_ROWS", 3)
    monkeypatch.setattr(axes, "full_rows", lambda _: 8)
    monkeypatch.setattr(axes, "round_axes", lambda _: 2)
    for tick in range(4):
        file.append(store_files.batch(tick, [0.5]))
    for tick in range(10, 40, 10):
        file.append(store_files.batch(tick, [0.5] * 10))
    assert [exchange.count for exchange in file.seal()] == [3, 11, 10, 10]
    assert [one.rows for one in file.known()] == [3, 5, 6, 5, 5, 5, 5]


def test_full_axes_are_made_and_what_is_over_stays_in_the_log(
    file: store_files.SeriesFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(axes, "full_rows", lambda _: 8)
    for tick in range(0, 21, 3):
        file.append(store_files.batch(tick, [0.5] * 3))
    job = jobs.SealJob(str(file.path), rows.RUN, 1, 2**62, least_rows=8)
    assert [exchange.count for exchange in file.repeated(job)] == [15]
    assert [one.rows for one in file.known()] == [7, 8]
    assert file.one("SELECT sum(rows) FROM log") == 6
    assert [exchange.count for exchange in file.seal()] == [6]


def test_rows_with_many_names_make_shorter_axes() -> None:
    assert (axes.full_rows(1), axes.full_rows(200), axes.full_rows(20_000)) == (4096, 4096, 64)
    assert (axes.round_axes(1), axes.round_axes(40), axes.round_axes(20_000)) == (16, 3, 1)


def test_a_damaged_row_is_named_and_nothing_changes(file: store_files.SeriesFile) -> None:
    file.append(store_files.batch(0, [1.0]))
    file.writer._connection.execute("UPDATE log SET payload = CAST(substr(payload, 1, 20) AS BLOB)")
    with pytest.raises(errors.StoreError, match="log row 1 of run 'r1' is damaged"):
        file.seal()
    assert file.one("SELECT count(*) FROM log") == 1


@pytest.mark.parametrize("table", ["axis", "axis_groups", "block", "groups"])
def test_a_flipped_bit_in_any_payload_is_noticed(file: store_files.SeriesFile, table: str) -> None:
    file.append(store_files.batch(0, [0.1 * at for at in range(500)]))
    file.seal()
    for at in range(8):
        content = bytearray(file.one(f"SELECT payload FROM {table}"))  # pyright: ignore[reportArgumentType]
        content[(at * 977) % len(content)] ^= 1 << at
        with pytest.raises(errors.StoreError):
            payload.unwrapped(bytes(content), what=table)


def test_a_file_without_the_run_has_nothing_to_do(file: store_files.SeriesFile) -> None:
    path = str(file.path)
    asked = (jobs.SealJob(path, rows.RUN, 1, 9), jobs.CompactJob(path, rows.RUN), jobs.ThinJob(path, rows.RUN))
    assert [work.done(job) for job in asked] == [None] * 3


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    sqlite3.connect(path).close()
    with pytest.raises(errors.StoreError, match=r"other\.db"):
        work.done(jobs.CompactJob(str(path), rows.RUN))
