"""The embedded store: the contract of every series store, then what only files can do wrong."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from contracts import rows, series_store
from yoloscope import errors
from yoloscope.curves import supersede
from yoloscope.records import ids
from yoloscope.store import ports
from yoloscope.store.series import blocks, jobs, payload, place, recount, schema, work, writer


class TestBlockStore(series_store.SeriesStoreContract):
    def open(self, directory: Path) -> ports.SeriesStore:
        return blocks.BlockStore(directory)


def _file(directory: Path) -> Path:
    return directory / "series" / "signs.db"


def _written(directory: Path, *, rows_count: int = 3, seal: bool = False) -> Path:
    store = blocks.BlockStore(directory)
    store.append(rows.PROJECT, [rows.lane(rows.column([float(n) for n in range(rows_count)]))]).result()
    if seal:
        store.seal(rows.PROJECT, rows.RUN)
    store.close()
    return _file(directory)


def _writer(store: blocks.BlockStore) -> writer.Writer:
    with store._file(rows.PROJECT)._writing() as writing:
        return writing


def _change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_commits_are_synchronous_and_space_can_be_given_back(tmp_path: Path) -> None:
    connection = schema.open_for_writing(tmp_path / "a.db", project=rows.PROJECT)
    pragmas = ("journal_mode", "synchronous", "auto_vacuum", "user_version", "application_id", "soft_heap_limit")
    found = [connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas]
    connection.close()
    assert found == ["wal", 2, 2, schema.VERSION, schema.APPLICATION_ID, 128 * 2**20]


def test_full_blocks_are_sealed_without_being_asked(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    count = payload.BLOCK_ROWS + 10
    store.append(rows.PROJECT, [rows.lane(rows.column([0.5] * count))]).result()
    store.settle()
    store.close()
    connection = sqlite3.connect(_file(tmp_path))
    left, sealed = connection.execute("SELECT (SELECT count(*) FROM log), (SELECT sum(rows) FROM axis)").fetchone()
    connection.close()
    assert (0, count) == (left, sealed)


def test_idle_runs_are_sealed_and_busy_ones_left(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0]))]).result()
    assert store.seal_idle(idle_s=3600) == 0
    assert store.seal_idle(idle_s=0) == 2
    store.close()


def test_another_process_reads_what_was_acknowledged(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0]))]).result()
    code = (
        "import sys, pathlib; from yoloscope.store.series import blocks\n"
        "store = blocks.BlockStore(pathlib.Path(sys.argv[1]))\n"
        "print(store.points('signs', 'r1', 'train/box_loss').value.tolist()); store.close()"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    store.close()
    assert said.stdout == "[1.0, 2.0]\n"


def test_two_stores_do_not_write_the_same_files(tmp_path: Path) -> None:
    first, second = blocks.BlockStore(tmp_path), blocks.BlockStore(tmp_path)
    first.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
    with pytest.raises(errors.StoreError, match="another process writes the series here"):
        second.append(rows.PROJECT, [rows.lane(rows.column([2.0]), first_seq=1)]).result()
    assert second.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0]
    first.close()
    second.append(rows.PROJECT, [rows.lane(rows.column([2.0]), first_seq=1)]).result()
    assert second.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0]
    second.close()


def test_a_full_disk_stores_nothing_and_is_not_the_end(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
    connection = _writer(store)._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    big = rows.lane(rows.column([0.1 * n for n in range(3000)], first_step=1), first_seq=1)
    with pytest.raises(errors.StoreFull, match="nothing of this batch was stored"):
        store.append(rows.PROJECT, [big]).result()
    assert store.positions(rows.PROJECT, rows.WRITER) == {0: 1}
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0]
    connection.execute("PRAGMA max_page_count = 1000000").fetchall()
    assert store.append(rows.PROJECT, [big]).result().new_rows == {rows.RUN: 3000}
    assert store.series(rows.PROJECT, rows.RUN)[0].count == 3001
    store.close()


def test_a_file_of_a_newer_release_is_refused_untouched(tmp_path: Path) -> None:
    path = _written(tmp_path)
    _change(path, "UPDATE about SET value = '9.1.0' WHERE key = 'release'", "PRAGMA user_version = 7")
    before = path.read_bytes()
    store = blocks.BlockStore(tmp_path)
    for refused in (
        lambda: store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result(),
        lambda: store.points(rows.PROJECT, rows.RUN, rows.LOSS),
    ):
        with pytest.raises(errors.StoreVersion, match=r"yoloscope 9\.1\.0 .* format 7.*untouched"):
            refused()
    store.close()
    assert before == path.read_bytes()


def test_a_payload_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path, seal=True)
    _change(path, "UPDATE block SET payload = CAST(x'09' || substr(payload, 2) AS BLOB)")
    store = blocks.BlockStore(tmp_path)
    with pytest.raises(errors.StoreVersion, match="format 9"):
        store.points(rows.PROJECT, rows.RUN, rows.LOSS)
    store.close()


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    _file(tmp_path).parent.mkdir()
    _change(_file(tmp_path), "CREATE TABLE theirs (x)", "PRAGMA application_id = 99")
    store = blocks.BlockStore(tmp_path)
    with pytest.raises(errors.StoreError, match="another program"):
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
    store.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    _file(tmp_path).parent.mkdir()
    _file(tmp_path).write_bytes(b"not a database at all" * 1000)
    store = blocks.BlockStore(tmp_path)
    with pytest.raises(errors.StoreError, match=r"signs\.db"):
        store.points(rows.PROJECT, rows.RUN, rows.LOSS)
    store.close()


@pytest.mark.parametrize(
    ("table", "seal", "named"),
    [("log", False, "log row 1 of run 'r1'"), ("axis", True, "axis 1 of run 'r1'"), ("block", True, "block 1 of")],
)
def test_damage_is_noticed_and_named(tmp_path: Path, table: str, seal: bool, named: str) -> None:
    path = _written(tmp_path, seal=seal)
    _change(path, f"UPDATE {table} SET payload = substr(payload, 1, length(payload) - 1)")
    store = blocks.BlockStore(tmp_path)
    with pytest.raises(errors.StoreError, match=named):
        store.points(rows.PROJECT, rows.RUN, rows.LOSS)
    store.close()


def test_damage_stops_neither_sealing_of_other_runs_nor_appends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = _written(tmp_path)
    _change(path, "UPDATE log SET payload = substr(payload, 1, length(payload) - 1)")
    store = blocks.BlockStore(tmp_path)
    full = [0.5] * payload.BLOCK_ROWS
    store.append(rows.PROJECT, [rows.lane(rows.column(full), first_seq=3)]).result()
    store.append(rows.PROJECT, [rows.lane(rows.column(full), lane=1, run=ids.RunId("r2"))]).result()
    store.settle()
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0]), first_seq=None)]).result()
    store.settle()
    assert store.seal(rows.PROJECT, ids.RunId("r2")) == 0
    store.close()
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["run 'r1' cannot be sealed"]


def test_a_defect_while_writing_fails_the_append_and_refuses_later_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = blocks.BlockStore(tmp_path)
    of_file = _writer(store)
    ended = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: ended.set())
    monkeypatch.setattr(of_file._book, "flush", lambda: 1 / 0)
    with pytest.raises(errors.StoreError, match="nothing of this batch was stored"):
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
    assert ended.wait(timeout=60)
    with pytest.raises(errors.StoreError, match="closed"):
        store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
    store.close()


def test_a_disk_that_fails_for_a_while_keeps_nobody_waiting_and_is_not_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    store = blocks.BlockStore(tmp_path)
    of_file = _writer(store)
    with monkeypatch.context() as failing:
        failing.setattr(of_file._book, "flush", fails)
        failing.setattr(of_file._book, "_read_unsealed", fails)
        for _ in range(2):
            with pytest.raises(errors.StoreError, match="disk I/O error"):
                store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result(timeout=60)
    assert store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result(timeout=60).new_rows == {rows.RUN: 1}
    assert store.seal(rows.PROJECT, rows.RUN) == 1
    store.close()


def test_rows_that_changed_while_they_were_encoded_are_not_exchanged(tmp_path: Path) -> None:
    store = blocks.BlockStore(tmp_path)
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
    of_file = _writer(store)
    store_path = str(_file(tmp_path))
    made = work.done(jobs.SealJob(store_path, rows.RUN, 1, 1))
    assert made is not None
    stale = msgspec.structs.replace(made, log_ids=[1, 2])
    assert of_file.exchange(stale).result() == 0
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0]
    store.close()


_MOUNTS = "/dev/sda1 / ext4 rw 0 0\nserver:/home /home nfs4 rw 0 0\n/dev/sdb1 /home/my\\040data ext4 rw 0 0\n"


@pytest.mark.parametrize(
    ("directory", "kind"), [("/srv/x", "ext4"), ("/home/x", "nfs4"), ("/home/my data/x", "ext4"), ("/homely", "ext4")]
)
def test_the_deepest_mount_names_the_file_system(directory: str, kind: str) -> None:
    assert kind == place.file_system(Path(directory), mounts=_MOUNTS)


def test_a_network_file_system_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreError, match=r"network file system \(nfs4\).*--data"):
        blocks.BlockStore(tmp_path, mounts=f"server:/x {tmp_path} nfs4 rw 0 0\n")
    assert not (tmp_path / "series").exists()


@pytest.mark.parametrize(
    "name", ["signs", "标志", "标" * 64, "Signs", "con", "a b", "a.b", "x" * 64, "\U00020000" * 64]
)
def test_file_names_are_plain_short_and_distinct(name: str) -> None:
    file_name = place.file_name(ids.ProjectName(name))
    assert file_name.isascii()
    assert len(file_name) <= 80
    assert file_name.lower() == file_name
    assert " " not in file_name


def test_projects_that_look_alike_have_files_of_their_own() -> None:
    names = ["signs", "Signs", "SIGNS", "si gns", "si-gns", "si.gns", "标志", "标识"]
    assert len(names) == len({place.file_name(ids.ProjectName(name)) for name in names})


def test_a_writer_that_breaks_off_while_it_counts_again_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("no such luck")

    _written(tmp_path)
    ended = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: ended.set())
    monkeypatch.setattr(recount, "recount", broken)
    writing = writer.Writer(_file(tmp_path), project=rows.PROJECT, on_full=lambda *_: None)
    told = writing.tell_attempts(rows.RUN, [supersede.Start(2, rows.WRITER, 1, 2, None, 1)])
    with pytest.raises(errors.StoreError, match="broke off"):
        told.result(timeout=30)
    assert ended.wait(timeout=30)
    writing.close()


_ON_A_SMALL_DISK = """
import pathlib, sqlite3, sys
sys.path.insert(0, sys.argv[2])
from contracts import rows
from yoloscope import errors
from yoloscope.store.series import blocks

disk = pathlib.Path(sys.argv[1])
store = blocks.BlockStore(disk, in_worker=True)
for first in range(0, 10_000, 1_000):
    sent = rows.column([n * 0.1 for n in range(first, first + 1_000)], first_step=first)
    store.append(rows.PROJECT, [rows.lane(sent, first_seq=first)]).result()
    if first < 6_000:
        store.seal(rows.PROJECT, rows.RUN)
pin = sqlite3.connect(disk / "series" / "signs.db", isolation_level=None)
pin.execute("BEGIN")  # while it reads, the write-ahead log is not begun anew and needs more disk for everything
pin.execute("SELECT count(*) FROM run").fetchone()
ballast = (disk / "ballast").open("wb", buffering=0)
for size in (65536, 4096, 1):
    try:
        while True:
            ballast.write(bytes(size))
    except OSError:
        pass
for refused in (store.seal, store.compact, store.thin):
    try:
        print("no", refused(rows.PROJECT, rows.RUN))
    except errors.StoreFull:
        print("full")
assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [n * 0.1 for n in range(10_000)]
pin.close()
(disk / "ballast").unlink()
ballast.close()
print(store.seal(rows.PROJECT, rows.RUN), store.compact(rows.PROJECT, rows.RUN))
assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [n * 0.1 for n in range(10_000)]
store.close()
"""


@pytest.mark.slow
def test_a_disk_that_is_full_while_it_seals_and_merges_costs_nothing(tmp_path: Path) -> None:
    mount = f"mount -t tmpfs -o size=6m none '{tmp_path}' && exec \"$@\""
    before = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system in a namespace of their own")
    command = [*before, sys.executable, "-c", _ON_A_SMALL_DISK, str(tmp_path), str(Path(__file__).parents[2])]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("full\nfull\nfull\n4000 6000\n", "")
