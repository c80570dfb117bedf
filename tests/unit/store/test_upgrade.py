"""Files of older versions: read as they are, brought up to date when they are written to, compacted to what a new file holds.

`tests/data/store/v2.zip` was written at commit 39d22b7, when totals counted every attempt. It holds a run whose resumed attempt arrived
before the killed one, partly in a block, and a run of one attempt. ``v3.zip`` was written at commit 5438a89 (see `test_frozen.py`), when
blocks stood without groups.
"""

import math
import sqlite3
import zipfile
from pathlib import Path

import pytest

from contracts import rows, store_files
from yoloscope.records import ids
from yoloscope.store import open as opening
from yoloscope.store import ports
from yoloscope.store.series import blocks, jobs, reader, schema, verify, work
from yoloscope.store.series import rows as stored_rows

PACKED = Path(__file__).parents[2] / "data" / "store" / "v2.zip"
PROJECT = ids.ProjectName("frozen")
RESUMED, ONCE = ids.RunId("frozen-resumed"), ids.RunId("frozen-once")
CPU, MAP50 = "system/cpu_percent", "metrics/mAP50"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with zipfile.ZipFile(PACKED) as packed:
        packed.extractall(tmp_path / "old")
    return tmp_path / "old"


def _said(store: ports.SeriesStore, run: ids.RunId) -> dict[str, tuple[object, ...]]:
    """Return count, NaN, last, least and greatest of each series, each with its step."""
    return {
        one.name: (
            *(one.count, one.nan_count, repr(one.last), one.last_step),
            *(one.min, one.min_step, one.max, one.max_step),
        )
        for one in store.series(PROJECT, run)
    }


_ONCE = {rows.LOSS: (3, 0, "1.0", 2, 1.0, 1, 2.0, 0)}


def _version(directory: Path) -> int:
    connection = sqlite3.connect(directory / "series" / "frozen.db")
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return int(found)


def test_a_file_that_nobody_has_written_to_since_is_read_as_it_is(old: Path) -> None:
    store = blocks.BlockStore(old)
    assert _said(store, ONCE) == _ONCE
    assert _said(store, RESUMED)[rows.LOSS] == (7, 1, "9.0", 11, 0.5, 10, 9.0, 11)
    assert store.last_values(PROJECT, [ONCE]) == {ONCE: {rows.LOSS: 1.0}}
    stat = store.run_stats(PROJECT, [RESUMED, ONCE])[RESUMED]
    assert (stat.rows, stat.step, stat.last_mono_ns) == (8, 12, {1: 8000, 2: 3000})
    store.close()
    assert _version(old) == 2


def test_totals_are_those_of_what_is_left_as_soon_as_the_server_opened_it(old: Path) -> None:
    for _ in range(2):
        with opening.open_stores(old) as stores:
            assert _said(stores.series, ONCE) == _ONCE
            assert _said(stores.series, RESUMED) == {
                rows.LOSS: (5, 1, "nan", 12, 2.5, 11, 5.0, 8),
                CPU: (7, 0, "70.0", 12, 10.0, 8, 70.0, 12),
                MAP50: (1, 0, "0.25", 9, 0.25, 9, 0.25, 9),
            }
            stat = stores.series.run_stats(PROJECT, [RESUMED])[RESUMED]
            assert (stat.rows, stat.step, stat.epoch, stat.last_mono_ns) == (8, 12, 1.3, {1: 8000, 2: 2100})
            last = stores.series.last_values(PROJECT, [RESUMED])[RESUMED]
            assert (math.isnan(last[rows.LOSS]), last[CPU], last[MAP50]) == (True, 70.0, 0.25)
        assert _version(old) == schema.VERSION


def test_the_newest_attempt_is_the_one_that_began_last_and_has_the_end_of_the_run(old: Path) -> None:
    with opening.open_stores(old) as stores:
        killed, resumed = stores.catalog.run(RESUMED).attempts
        assert (killed.number, killed.start_step, killed.end_state) == (2, None, None)
        assert (resumed.number, resumed.start_step, resumed.provenance) == (1, 10, {"commit": "b"})
        assert (resumed.end_state, resumed.end_reason, resumed.exit_code) == ("crashed", "signal 9", 137)
        once = stores.catalog.run(ONCE)
        assert (once.state, once.attempts[0].alive, once.attempts[0].end_reason) == (
            "crashed",
            False,
            "ended without finish",
        )


SEALED = ids.RunId("frozen-sealed")


@pytest.mark.slow
def test_blocks_without_groups_are_read_as_they_are_and_get_theirs_by_compaction(tmp_path: Path) -> None:
    with zipfile.ZipFile(PACKED.with_name("v3.zip")) as packed:
        packed.extractall(tmp_path)
    (tmp_path / "series" / "frozen.db").rename(tmp_path / "signs.db")
    untouched = reader.Readers(tmp_path / "signs.db")
    told = list(stored_rows.of_run(untouched, run=SEALED))
    assert work.done(jobs.CompactJob(str(tmp_path / "signs.db"), SEALED)) is not None
    untouched.close()
    file = store_files.SeriesFile(tmp_path)
    names = ("train/box_loss", "lr/weight")
    before = (file.told(SEALED), [file.points(name, SEALED) for name in names], reader.series(file.readers, run=SEALED))
    assert sum(matrix.rows for _, matrix in told) == len(before[0]) == 7_000
    assert all(one.span is None for one in file.known(SEALED))
    file.compact(SEALED)
    after = (file.told(SEALED), [file.points(name, SEALED) for name in names], reader.series(file.readers, run=SEALED))
    assert repr(before) == repr(after)
    assert all(one.span is not None for one in file.known(SEALED))
    counted = [file.one(f"SELECT count(*) FROM {table}") for table in ("span", "axis_groups", "axis")]
    assert len(set(counted)) == 1
    assert file.one("SELECT count(*) FROM groups") == file.one("SELECT count(*) FROM block")
    file.close()


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_an_upgraded_file_is_found_whole(tmp_path: Path, version: str) -> None:
    with zipfile.ZipFile(PACKED.with_name(f"{version}.zip")) as packed:
        packed.extractall(tmp_path)
    store = blocks.BlockStore(tmp_path)
    store.append(PROJECT, [rows.lane(rows.column([1.0]))]).result()
    store.close()
    found = verify.of_file(tmp_path / "series" / "frozen.db", totals=True)
    assert (found.state, found.damage) == ("whole", ())


def test_an_upgraded_file_has_the_tables_of_a_new_one(old: Path, tmp_path: Path) -> None:
    opening.open_stores(old).close()
    made = blocks.BlockStore(tmp_path / "new")
    made.append(PROJECT, [rows.lane(rows.column([1.0]))]).result()
    made.close()
    assert _tables(old) == _tables(tmp_path / "new")


def _tables(directory: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(directory / "series" / "frozen.db")
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    found = {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for (name,) in names}
    connection.close()
    return found
