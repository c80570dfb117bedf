"""Views of the embedded store: blocks of older releases, damage and what is kept in memory; `test_blocks` has the contract."""

import sqlite3
import zipfile
from pathlib import Path

import pytest

from contracts import rows, series_views
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.series import axis_columns, blocks, layout, memory, rollup, view

OLD = Path(__file__).parents[2] / "data" / "store" / "v2.zip"


def _file(directory: Path) -> Path:
    return directory / "series" / "signs.db"


def _change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def _sealed(directory: Path, *, rounds: int = 1) -> blocks.BlockStore:
    store = blocks.BlockStore(directory)
    for at in range(rounds):
        sent = rows.column([float(at), at + 0.5], first_step=2 * at)
        store.append(rows.PROJECT, [rows.lane(sent, first_seq=2 * at)]).result()
        store.seal(rows.PROJECT, rows.RUN)
    return store


def test_blocks_without_spans_are_parts_without_groups(tmp_path: Path) -> None:
    store = _sealed(tmp_path, rounds=3)
    store.close()
    _change(_file(tmp_path), *(f"DELETE FROM {table} WHERE axis = 2" for table in ("span", "axis_groups", "groups")))
    store = blocks.BlockStore(tmp_path)
    with store.view(rows.PROJECT, rows.RUN) as of_run:
        parts = of_run.parts(rows.LOSS)
        assert parts.grouped.tolist() == [True, False, True]
        series_views.check(of_run, rows.LOSS, store.points(rows.PROJECT, rows.RUN, rows.LOSS))
    store.close()


def test_a_file_of_an_older_release_is_read_as_it_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(OLD) as packed:
        packed.extractall(tmp_path)
    project, run = ids.ProjectName("frozen"), ids.RunId("frozen-resumed")
    store = blocks.BlockStore(tmp_path)
    with store.view(project, run) as of_run:
        assert not of_run.parts(rows.LOSS).grouped.any()
        series_views.check(of_run, rows.LOSS, store.points(project, run, rows.LOSS))
        assert of_run.values(rows.LOSS, of_run.parts(rows.LOSS).id.tolist()).size == 7
    store.close()


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("axis_groups", "groups of axis 1 of run 'r1'"),
        ("groups", "groups of block 1 of series 'train/box_loss' of run 'r1'"),
        ("axis", "axis 1 of run 'r1'"),
        ("block", "block 1 of series 'train/box_loss' of run 'r1'"),
    ],
)
def test_damage_is_noticed_and_named(tmp_path: Path, table: str, named: str) -> None:
    _sealed(tmp_path).close()
    _change(_file(tmp_path), f"UPDATE {table} SET payload = CAST(substr(payload, 1, 8) || x'00' AS BLOB)")
    store = blocks.BlockStore(tmp_path)
    with store.view(rows.PROJECT, rows.RUN) as of_run:
        parts = of_run.parts(rows.LOSS).id.tolist()
        with pytest.raises(errors.StoreError, match=named):
            _asked(of_run, parts, table=table)
    store.close()


def _asked(of_run: ports.View, parts: list[int], *, table: str) -> object:
    """Return what needs a table."""
    if table in {"axis_groups", "groups"}:
        return of_run.groups(rows.LOSS, parts)
    return of_run.ints(rows.LOSS, parts, "step") if table == "axis" else of_run.values(rows.LOSS, parts)


def test_damage_of_one_block_leaves_the_others_readable(tmp_path: Path) -> None:
    _sealed(tmp_path, rounds=2).close()
    _change(_file(tmp_path), "UPDATE block SET payload = substr(payload, 1, 7) WHERE axis = 1")
    store = blocks.BlockStore(tmp_path)
    with store.view(rows.PROJECT, rows.RUN) as of_run:
        one, other = of_run.parts(rows.LOSS).id.tolist()
        assert of_run.values(rows.LOSS, [other]).tolist() == [1.0, 1.5]
        with pytest.raises(errors.StoreError, match="block 1"):
            of_run.values(rows.LOSS, [one])
    store.close()


def test_what_is_known_of_a_run_follows_its_blocks(tmp_path: Path) -> None:
    """Compaction, thinning and removal exchange blocks between two questions of one process."""
    store = _sealed(tmp_path, rounds=3)

    def shown() -> list[float]:
        with store.view(rows.PROJECT, rows.RUN) as of_run:
            return of_run.values(rows.LOSS, of_run.parts(rows.LOSS).id.tolist()).tolist()

    every = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    assert shown() == every
    store.compact(rows.PROJECT, rows.RUN)
    assert shown() == every
    store.thin(rows.PROJECT, rows.RUN)
    assert shown() == [0.0, 2.5]
    store.remove(rows.PROJECT, rows.RUN)
    assert shown() == []
    sent = rows.column([7.0], first_step=9)
    store.append(rows.PROJECT, [rows.lane(sent, lane=1)]).result()
    store.seal(rows.PROJECT, rows.RUN)
    assert shown() == [7.0]
    store.close()


def test_axes_are_told_alike_whether_there_is_room_to_keep_them_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _sealed(tmp_path, rounds=4)
    points = store.points(rows.PROJECT, rows.RUN, rows.LOSS)
    monkeypatch.setattr(axis_columns, "_SHARED_BYTES", 200)
    with store.view(rows.PROJECT, rows.RUN) as of_run:
        series_views.check(of_run, rows.LOSS, points)
    store.close()


def test_memory_forgets_what_was_asked_for_the_longest_ago(tmp_path: Path) -> None:
    shared: memory.Memory[str] = memory.Memory(max_bytes=10)
    kept = memory.OfFile(shared, tmp_path / "one")
    kept.put("a", "A", size_bytes=4)
    kept.put("b", "B", size_bytes=4)
    assert kept.get("a") == "A"
    kept.put("c", "C", size_bytes=4)
    assert [kept.get(key) for key in "abc"] == ["A", None, "C"]
    kept.put("a", "A2", size_bytes=9)
    assert ([kept.get(key) for key in "abc"], shared.held_bytes) == (["A2", None, None], 9)
    kept.put("d", "D", size_bytes=11)
    assert (kept.get("d"), kept.get("a")) == (None, "A2")


def test_files_share_memory_and_are_told_apart(tmp_path: Path) -> None:
    shared: memory.Memory[str] = memory.Memory(max_bytes=10)
    one, other = (memory.OfFile(shared, tmp_path / name) for name in ("one", "other"))
    one.put("a", "A1", size_bytes=4)
    other.put("a", "A2", size_bytes=4)
    assert (one.get("a"), other.get("a")) == ("A1", "A2")
    one.forget()
    assert (one.get("a"), other.get("a"), shared.held_bytes) == (None, "A2", 4)


def test_layouts_are_read_once_while_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = _sealed(tmp_path, rounds=2)
    reads: list[object] = []
    read = layout._read
    monkeypatch.setattr(layout, "_read", lambda *some, **more: reads.append(more) or read(*some, **more))
    for _ in range(3):
        with store.view(rows.PROJECT, rows.RUN) as of_run:
            assert of_run.parts(rows.LOSS).rows.tolist() == [2, 2]
    assert len(reads) == 1
    store.close()


def test_groups_of_long_series_are_read_once_while_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "_WORTH_KEEPING", 2)
    store = _sealed(tmp_path, rounds=2)
    reads: list[list[int]] = []
    read = view.RunView._groups
    monkeypatch.setattr(
        view.RunView, "_groups", lambda self, name, parts: reads.append(parts) or read(self, name, parts)
    )

    def shown() -> list[float]:
        with store.view(rows.PROJECT, rows.RUN) as of_run:
            return of_run.groups(rows.LOSS, of_run.parts(rows.LOSS).id.tolist()).last.tolist()

    assert [shown() for _ in range(3)] == [[0.5, 1.5]] * 3
    sent = rows.column([7.0], first_step=9)
    store.append(rows.PROJECT, [rows.lane(sent, first_seq=None)]).result()
    store.seal(rows.PROJECT, rows.RUN)
    assert [shown() for _ in range(2)] == [[0.5, 1.5, 7.0]] * 2
    assert reads == [[1, 2], [1, 2, 3]]
    store.close()


def test_axes_of_series_that_were_logged_together_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = blocks.BlockStore(tmp_path)
    for at, names in enumerate((("a", "b"), ("a",), ("a", "b"))):
        sent = rows.matrix([[float(at)] * len(names)] * 2, names=names, steps=[2 * at, 2 * at + 1])
        store.append(rows.PROJECT, [rows.lane(sent, first_seq=2 * at)]).result()
        store.seal(rows.PROJECT, rows.RUN)
    reads: list[int] = []
    read = rollup.axis_groups_from_payloads
    monkeypatch.setattr(
        rollup,
        "axis_groups_from_payloads",
        lambda payloads, **more: reads.append(len(payloads)) or read(payloads, **more),
    )

    def steps(of_run: ports.View, name: str) -> list[int]:
        return of_run.groups(name, of_run.parts(name).id.tolist()).step.low.tolist()

    with store.view(rows.PROJECT, rows.RUN) as of_run:
        assert [steps(of_run, name) for name in ("b", "b", "a", "a", "b")] == [
            [0, 4],
            [0, 4],
            [0, 2, 4],
            [0, 2, 4],
            [0, 4],
        ]
    assert reads == [2, 3, 2]
    store.close()
