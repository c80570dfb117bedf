"""Damage on disk is found, named by project, run and series, and keeps nothing else from being read and written."""

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from contracts import rows
from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids
from yoloscope.store.series import blocks, schema, stats, tidy, verify, verify_run

pytestmark = pytest.mark.slow  # together: each reads and writes files for a tenth of a second
_PAGE_BYTES = 8192
R2 = ids.RunId("r2")
OTHER = ids.ProjectName("other")


def _fill(store: blocks.BlockStore, project: ids.ProjectName = rows.PROJECT) -> None:
    """Two runs of two series, each with 200 sealed rows and some in the log."""
    for lane, run in enumerate((rows.RUN, R2)):
        for first in (0, 200):
            count = 200 if first == 0 else 7
            values = [[0.5 * n, -1.0 * n] for n in range(first, first + count)]
            sent = rows.matrix(values, names=("a", "b"), steps=range(first, first + count))
            store.append(project, [rows.lane(sent, run=run, lane=lane, first_seq=first)]).result()
            if first == 0:
                store.seal(project, run)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store = blocks.BlockStore(tmp_path)
    _fill(store)
    store.close()
    return tmp_path / "series" / "signs.db"


def _change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("flipped", 1, _flipped, deterministic=True)
    for statement in statements:
        assert connection.execute(statement).rowcount != 0
    connection.close()


def _flipped(payload: bytes) -> bytes:
    at = len(payload) // 2
    return payload[:at] + bytes([payload[at] ^ 4]) + payload[at + 1 :]


def _contents(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_what_is_whole_is_read_to_the_last_payload_and_left_as_it_is(tmp_path: Path, path: Path) -> None:
    before = _contents(tmp_path)
    (found,) = verify.of_directory(tmp_path, totals=True)
    # Of each run: an axis and its groups, two blocks and their groups, and a row of the log.
    assert verify.Verified(str(path), "signs", "whole", runs=2, rows=414, payloads=14) == found
    assert before == _contents(tmp_path)


def test_a_store_that_is_written_meanwhile_is_whole(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    _fill(store)
    (found,) = verify.of_directory(tmp_path, totals=True)
    assert (found.state, found.rows) == ("whole", 414)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0]), lane=5)]).result()
    (found,) = verify.of_directory(tmp_path, totals=True)
    assert (found.state, found.rows) == ("whole", 415)
    store.close()


@pytest.mark.parametrize(
    ("statement", "named", "series"),
    [
        ("UPDATE log SET payload = flipped(payload) WHERE run = 1", "log row 2 of run 'r1' is damaged", None),
        ("UPDATE axis SET payload = flipped(payload) WHERE run = 1", "axis 1 of run 'r1' is damaged", None),
        (
            "UPDATE block SET payload = flipped(payload) WHERE series = 2",
            "block 1 of series 'b' of run 'r1' is damaged",
            "b",
        ),
        (
            "UPDATE axis_groups SET payload = flipped(payload) WHERE axis = 1",
            "the groups of axis 1 of run 'r1' is damaged",
            None,
        ),
        (
            "UPDATE groups SET payload = flipped(payload) WHERE series = 1",
            "the groups of block 1 of series 'a' of run 'r1' is damaged",
            "a",
        ),
        (
            "UPDATE span SET mono_max = mono_max + 1 WHERE run = 1",
            "what axis 1 of run 'r1' covers is told wrongly",
            None,
        ),
        ("DELETE FROM span WHERE run = 1", "axis 1 of run 'r1' has groups, but what it covers is not told", None),
        ("DELETE FROM axis_groups WHERE axis = 1", "the groups of axis 1 of run 'r1' are missing", None),
        ("DELETE FROM block WHERE series = 1", "block 1 of series 'a' of run 'r1' is damaged: it is missing", "a"),
        ("DELETE FROM groups WHERE series = 1", "block 1 of series 'a' of run 'r1' is damaged: they are missing", "a"),
        (
            "UPDATE groups SET payload = (SELECT payload FROM groups WHERE series = 2) WHERE series = 1",
            "series 'a' of run 'r1' is damaged: they do not fit its values",
            "a",
        ),
        ("UPDATE axis SET rows = 199 WHERE run = 1", "it holds 200 rows in place of 199", None),
        ("DELETE FROM log WHERE run = 1", "207 rows were stored and 200 are there", None),
    ],
    ids=lambda value: value if isinstance(value, str) and value.split()[0] in ("UPDATE", "DELETE") else "",
)
def test_damage_is_named_and_everything_else_goes_on(
    tmp_path: Path, path: Path, statement: str, named: str, series: str | None
) -> None:
    _change(path, statement)
    (found,) = verify.of_directory(tmp_path, totals=False)
    assert (found.state, found.project) == ("damaged", "signs")
    assert {"r1"} == {damage.run for damage in found.damage}
    assert named in found.damage[0].detail
    assert series == found.damage[0].series
    store = blocks.BlockStore(tmp_path)
    assert store.points(rows.PROJECT, R2, "a").value.tolist() == [0.5 * n for n in range(207)]
    more = rows.lane(rows.matrix([[7.0, 8.0]], names=("a", "b"), steps=[207]), lane=0, first_seq=207)
    assert store.append(rows.PROJECT, [more]).result().new_rows == {rows.RUN: 1}
    store.close()


def test_totals_that_are_not_those_of_the_points_are_found_when_asked(tmp_path: Path, path: Path) -> None:
    _change(path, "UPDATE total SET max = 9e9 WHERE series = 3", "UPDATE run_stat SET step = 9 WHERE run = 1")
    (quick,) = verify.of_directory(tmp_path, totals=False)
    assert quick.state == "whole"
    (found,) = verify.of_directory(tmp_path, totals=True)
    assert [(damage.run, damage.series) for damage in found.damage] == [("r1", None), ("r2", "a")]


def test_totals_of_superseded_attempts_are_right(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    _fill(store)
    again = rows.lane(rows.matrix([[1.0, 2.0]] * 50, names=("a", "b"), steps=range(100, 150)), attempt=2, lane=3)
    store.append(rows.PROJECT, [again]).result()
    starts = [supersede.Start(1, rows.WRITER, 0, 1, None, None), supersede.Start(2, rows.WRITER, 1, 2, None, 100)]
    store.tell_attempts(rows.PROJECT, rows.RUN, starts)
    (found,) = verify.of_directory(tmp_path, totals=True)
    assert (found.damage, found.state) == ((), "whole")
    store.close()


def test_a_thinned_run_is_whole(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    _fill(store)
    assert store.thin(rows.PROJECT, rows.RUN) > 0
    (found,) = verify.of_directory(tmp_path, totals=True)
    assert (found.damage, found.state) == ((), "whole")
    store.close()


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _scramble(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(8192 + 100)
        file.write(b"\xff" * 3000)


def _no_database(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 1000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _foreign(path: Path) -> None:
    _change(path, "PRAGMA application_id = 99")


def _newer(path: Path) -> None:
    _change(path, f"PRAGMA user_version = {schema.VERSION + 3}")


@pytest.mark.parametrize(
    ("harm", "state", "said"),
    [
        (_cut, "damaged", "malformed"),
        (_scramble, "damaged", "structure is damaged"),
        (_no_database, "damaged", "no database at all"),
        (_empty, "damaged", "holds no tables"),
        (_foreign, "unreadable", "another program"),
        (_newer, "unreadable", f"format {schema.VERSION + 3}"),
    ],
)
def test_a_file_that_is_cut_altered_foreign_or_newer_gets_a_line_and_the_others_are_checked(
    tmp_path: Path, path: Path, harm, state: str, said: str
) -> None:
    store = blocks.BlockStore(tmp_path)
    _fill(store, OTHER)
    store.close()
    harm(path)
    before = _contents(tmp_path)
    other, found = verify.of_directory(tmp_path, totals=False)
    assert (other.project, other.state, other.rows) == ("other", "whole", 414)
    assert state == found.state
    assert said in str([*(damage.detail for damage in found.damage), found.detail])
    assert before == _contents(tmp_path)
    store = blocks.BlockStore(tmp_path)
    assert store.points(OTHER, R2, "b").value.tolist() == [-1.0 * n for n in range(207)]
    store.close()


def test_a_damaged_catalogue_is_named(tmp_path: Path, path: Path) -> None:
    catalog = tmp_path / "catalog.db"
    _no_database(catalog)
    first, second = verify.of_directory(tmp_path, totals=False)
    assert (str(catalog), "damaged", "whole") == (first.file, first.state, second.state)


def test_more_damage_than_anybody_reads_is_cut(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "DAMAGE_MAX", 3)
    _change(path, "UPDATE block SET payload = flipped(payload)")
    (found,) = verify.of_directory(tmp_path, totals=False)
    assert [verify_run.Damage] * 3 == [type(damage) for damage in found.damage]


def test_stats_count_what_is_there_and_change_nothing(tmp_path: Path, path: Path) -> None:
    before = _contents(tmp_path)
    (found,) = stats.of_directory(tmp_path)
    assert before == _contents(tmp_path)
    size_bytes = path.stat().st_size
    assert (
        stats.Stats(
            str(path),
            "signs",
            format=schema.VERSION,
            runs=2,
            series=4,
            rows=414,
            rows_in_log=14,
            points=828,
            axes=2,
            blocks=4,
            grouped=4,
            thinned=0,
            size_bytes=size_bytes,
            free_bytes=found.free_bytes,
            bytes_per_point=size_bytes / 828,
        )
        == found
    )


def test_stats_tell_thinned_blocks_and_files_that_cannot_be_read(tmp_path: Path, path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    store.thin(rows.PROJECT, rows.RUN)
    _fill(store, OTHER)
    store.close()
    _foreign(tmp_path / "series" / "other.db")
    other, found = stats.of_directory(tmp_path)
    assert (found.blocks, found.grouped, found.thinned, found.points) == (4, 4, 2, 828)
    assert "another program" in (other.detail or "")


def test_tidying_seals_merges_and_gives_space_back(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    for at in range(6):
        lane = rows.lane(rows.column([0.1 * n for n in range(500)], first_step=500 * at), first_seq=500 * at)
        store.append(rows.PROJECT, [lane]).result()
        store.seal(rows.PROJECT, rows.RUN)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0]), run=R2, lane=1)]).result()
    store.close()
    (tidied,) = tidy.of_directory(tmp_path)
    assert (tidied.rows_sealed, tidied.rows_merged, tidied.detail) == (1, 3000, None)
    (found,) = stats.of_directory(tmp_path)
    assert (found.rows_in_log, found.axes) == (0, 2)
    assert found.free_bytes <= _PAGE_BYTES
    assert (tidied.after_bytes, found.size_bytes) == (found.size_bytes, (tmp_path / "series/signs.db").stat().st_size)
    again = blocks.BlockStore(tmp_path)
    assert [0.1 * n for _ in range(6) for n in range(500)] == again.points(
        rows.PROJECT, rows.RUN, rows.LOSS
    ).value.tolist()
    again.close()
    (tidied,) = tidy.of_directory(tmp_path)
    assert (tidied.rows_sealed, tidied.rows_merged) == (0, 0)


def test_tidying_leaves_what_is_damaged_and_does_the_rest(tmp_path: Path, path: Path) -> None:
    _change(path, "UPDATE log SET payload = flipped(payload) WHERE run = 1")
    (tidied,) = tidy.of_directory(tmp_path)
    assert tidied.rows_sealed == 7
    assert "log row 2 of run 'r1' is damaged" in (tidied.detail or "")
    store = blocks.BlockStore(tmp_path)
    with pytest.raises(errors.StoreError, match="log row 2 of run 'r1'"):
        store.seal(rows.PROJECT, rows.RUN)
    store.close()
