"""A backup holds what was there, whole or not at all; a restore gives it back, whole or not at all."""

import contextlib
import os
import sqlite3
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from contracts import rows
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import archive, backup, restore
from yoloscope.store import open as opening

pytestmark = pytest.mark.slow

NOW = 1_800_000_000 * 10**9
SAMPLES = Path(__file__).parents[2] / "data" / "store"
OTHER = ids.ProjectName("other 标志")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data directory with two projects, which a server holds open with rows that are not in its files yet."""
    directory = tmp_path / "data"
    with opening.open_stores(directory) as stores:
        for project in (rows.PROJECT, OTHER):
            run = ids.RunId(f"in-{len(project)}")
            stores.catalog.open_run(row.RunRef(run, project, "r", 1))
            lane = msgspec.structs.replace(rows.lane(rows.column([1.0, 2.0, 3.0])), run=run)
            stores.series.append(project, [lane]).result()
        (directory / "token").write_text("a" * 40)
        (directory / "token").chmod(0o600)
        yield directory


def contents(directory: Path) -> dict[str, object]:
    """Return what a data directory holds."""
    with opening.open_stores(directory) as stores:
        infos = {info.ref.id: info for info in stores.catalog.all_runs(None)}
        return {
            run: (info, stores.series.points(info.ref.project, run, rows.LOSS).value.tolist())
            for run, info in infos.items()
        } | {"instance": stores.catalog.instance()[0]}


def test_what_was_backed_up_beside_a_server_comes_back(data: Path, tmp_path: Path) -> None:
    written = backup.write(data, tmp_path / "b.tar", now_ns=NOW)
    assert [file.name for file in written.manifest.files][-4:] == [
        "catalog.db",
        "version.json",
        "token",
        "blobs/small.db",
    ]
    assert (written.manifest.runs, written.manifest.created_ns, written.size_bytes) == (
        2,
        NOW,
        (tmp_path / "b.tar").stat().st_size,
    )
    assert stat.S_IMODE((tmp_path / "b.tar").stat().st_mode) == 0o600
    done = restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)
    found = contents(tmp_path / "again")
    assert [values for _, values in (found["in-5"], found["in-8"])] == [[1.0, 2.0, 3.0]] * 2
    assert found["instance"] == written.manifest.instance
    assert (tmp_path / "again" / "token").read_text() == "a" * 40
    assert stat.S_IMODE((tmp_path / "again" / "token").stat().st_mode) == 0o600
    assert done.instance_epoch > 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "b.tar", "data", "home"]


def test_a_directory_gets_a_file_named_by_the_time(data: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    written = backup.write(data, tmp_path / "kept", now_ns=NOW)
    assert written.file == tmp_path / "kept" / "yoloscope-20270115-080000.tar"
    with pytest.raises(errors.ConfigError, match="there already"):
        backup.write(data, tmp_path / "kept", now_ns=NOW)


def test_no_two_restores_of_a_backup_have_the_same_epoch(data: Path, tmp_path: Path) -> None:
    """Else trainers that met the first would not notice the second."""
    backup.write(data, tmp_path / "b.tar", now_ns=NOW)
    epochs = [
        restore.into(tmp_path / f"to{at}", tmp_path / "b.tar", now_ns=NOW + at * 10**9).instance_epoch for at in (0, 1)
    ]
    backup.write(tmp_path / "to1", tmp_path / "c.tar", now_ns=NOW)
    epochs.append(restore.into(tmp_path / "to2", tmp_path / "c.tar", now_ns=0).instance_epoch)
    assert epochs == sorted(set(epochs))
    with opening.open_stores(tmp_path / "to2") as stores:
        assert stores.catalog.instance()[1] == epochs[2]


def test_the_catalogue_is_copied_behind_all_positions(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that come while the copy is made are sent again: the copy must not say that it has what its catalogue does not know."""
    real = backup._copy

    def copy_while_rows_come(source: Path, into: Path, *, name: str) -> None:
        real(source, into, name=name)
        if name != "catalog.db":
            with contextlib.closing(sqlite3.connect(data / "catalog.db")) as connection, connection:
                connection.execute("UPDATE run SET config = '{\"late\": 1}'")

    monkeypatch.setattr(backup, "_copy", copy_while_rows_come)
    backup.write(data, tmp_path / "b.tar", now_ns=NOW)
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)
    with opening.open_stores(tmp_path / "again") as stores:
        assert [info.config for info in stores.catalog.all_runs(None)] == [{"late": 1}] * 2


def test_a_run_that_is_removed_while_it_is_copied_is_in_no_part_of_the_backup(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, copied = backup._copy, list[str]()

    def copy_while_a_run_is_removed(source: Path, into: Path, *, name: str) -> None:
        real(source, into, name=name)
        copied.append(name)
        if len(copied) == 1:
            assert name.startswith("series/other")
            for path, statement in (
                (source, "DELETE FROM log"),
                (data / "catalog.db", "DELETE FROM run WHERE id = 'in-8'"),
            ):
                with contextlib.closing(sqlite3.connect(path)) as connection, connection:
                    connection.execute(statement)

    monkeypatch.setattr(backup, "_copy", copy_while_a_run_is_removed)
    written = backup.write(data, tmp_path / "b.tar", now_ns=NOW)
    assert (written.manifest.runs, len(copied)) == (1, 7)
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)
    assert set(contents(tmp_path / "again")) == {"in-5", "instance"}
    with opening.open_stores(tmp_path / "again") as stores:
        assert stores.series.points(OTHER, ids.RunId("in-8"), rows.LOSS).value.tolist() == []


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("data/b.tar", "inside the data directory"),
        ("nowhere/b.tar", "no such directory"),
        ("home/b.tar", "there already"),
    ],
)
def test_places_that_cannot_be_are_refused(data: Path, tmp_path: Path, target: str, said: str) -> None:
    (tmp_path / "home" / "b.tar").write_text("older")
    with pytest.raises(errors.ConfigError, match=said):
        backup.write(data, tmp_path / target, now_ns=NOW)
    assert (tmp_path / "home" / "b.tar").read_text() == "older"


def test_a_directory_without_data_has_no_backup(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match="no data of yoloscope"):
        backup.write(tmp_path, tmp_path / "b.tar", now_ns=NOW)


def test_a_damaged_database_is_named_and_nothing_is_left(data: Path, tmp_path: Path) -> None:
    (series,) = data.glob("series/signs.db")
    with contextlib.closing(sqlite3.connect(series)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    with series.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(8192 * 4))
    with pytest.raises(errors.StoreError, match=r"series/signs\.db is damaged.*no backup was written"):
        backup.write(data, tmp_path / "b.tar", now_ns=NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "home"]


def test_what_a_killed_backup_left_is_in_nobodys_way(data: Path, tmp_path: Path) -> None:
    for left in (".b.tar.part", ".b.tar.copy", ".b.tar.copy-wal"):
        (tmp_path / left).write_bytes(bytes(100_000))
    with pytest.raises(errors.StoreError, match="cut off or damaged"):
        restore.into(tmp_path / "again", tmp_path / ".b.tar.part", now_ns=NOW)
    backup.write(data, tmp_path / "b.tar", now_ns=NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "data", "home"]
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)


@pytest.fixture
def packed(data: Path, tmp_path: Path) -> Path:
    return backup.write(data, tmp_path / "b.tar", now_ns=NOW).file


def _refused(packed: Path, data: Path, *, kind: type[errors.YoloscopeError] = errors.StoreError) -> str:
    with pytest.raises(kind) as refused:
        restore.into(data, packed, now_ns=NOW)
    assert not data.exists() or not list(data.iterdir())
    return str(refused.value)


def test_a_backup_cut_off_anywhere_is_refused(packed: Path, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    end = len(whole.rstrip(b"\0"))
    for size in (0, 1, 511, 512, 5_000, end // 2, end - 2_000, end - 1):
        packed.write_bytes(whole[:size])
        assert "cut off or damaged" in _refused(packed, tmp_path / "again")


def test_a_flipped_bit_anywhere_is_noticed(packed: Path, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    end = len(whole.rstrip(b"\0"))
    for at in range(1_000, end, end // 30):
        altered = bytearray(whole)
        altered[at] ^= 1
        packed.write_bytes(altered)
        _refused(packed, tmp_path / "again")


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", ".restoring/x", "a//b", "series/../x"])
def test_names_that_lead_elsewhere_are_refused(packed: Path, tmp_path: Path, name: str) -> None:
    _repacked(packed, change=lambda manifest: manifest, first=tarfile.TarInfo(name))
    assert "this is no backup" in _refused(packed, tmp_path / "again")


def test_links_are_refused(packed: Path, tmp_path: Path) -> None:
    link = tarfile.TarInfo("series/link.db")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    _repacked(packed, change=lambda manifest: manifest, first=link)
    assert "this is no backup" in _refused(packed, tmp_path / "again")


def test_a_backup_of_a_newer_release_is_left_alone(packed: Path, tmp_path: Path) -> None:
    _repacked(packed, change=lambda manifest: {"format": 2, "release": "9.1.0", "other": manifest.runs})
    assert "yoloscope 9.1.0 wrote this backup in format 2" in _refused(
        packed, tmp_path / "again", kind=errors.StoreVersion
    )


def _repacked(
    packed: Path, *, change: Callable[[archive.Manifest], object], first: tarfile.TarInfo | None = None
) -> None:
    """Write a backup again with another manifest and something else before all files."""
    part = packed.with_suffix(".again")
    scratch = packed.with_suffix(".manifest")
    with archive.opened(packed) as tar, tarfile.open(part, "w") as again:
        manifest = archive.manifest_of(tar, path=packed)
        if first is not None:
            again.addfile(first)
        for header in tar.getmembers()[:-1]:
            again.addfile(header, tar.extractfile(header))
        scratch.write_bytes(msgspec.json.encode(change(manifest)))
        again.add(scratch, "manifest.json")
    part.replace(packed)


def test_nothing_is_restored_over_anything(packed: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("kept")
    with pytest.raises(errors.ConfigError, match=r"not empty \(mine\.txt\).*--force"):
        restore.into(tmp_path / "full", packed, now_ns=NOW)
    with pytest.raises(errors.StoreError, match="in use by"):
        restore.into(data, packed, now_ns=NOW)
    with pytest.raises(errors.StoreError, match="in use by"):
        restore.move_aside(data, now_ns=NOW)
    assert restore.move_aside(tmp_path / "missing", now_ns=NOW) is None
    aside = restore.move_aside(tmp_path / "full", now_ns=NOW)
    assert aside == tmp_path / "full.before-20270115-080000"
    assert (aside / "mine.txt").read_text() == "kept"
    restore.into(tmp_path / "full", packed, now_ns=NOW)
    assert set(contents(tmp_path / "full")) == {"in-5", "in-8", "instance"}


@pytest.mark.parametrize("moves", range(4))
def test_a_restore_that_broke_off_is_refused_and_can_be_done_again(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    """Whether files were still being copied or some of them were in their places already."""
    real, moved = Path.rename, list[Path]()

    def rename(self: Path, target: Path) -> Path:
        if len(moved) == moves:
            raise KeyboardInterrupt
        moved.append(self)
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            restore.into(tmp_path / "again", packed, now_ns=NOW)
    with pytest.raises(errors.StoreError, match=r"not whole.*restore"):
        opening.open_stores(tmp_path / "again")
    restore.into(tmp_path / "again", packed, now_ns=NOW)
    assert set(contents(tmp_path / "again")) == {"in-5", "in-8", "instance"}
    with pytest.raises(errors.ConfigError, match="not empty"):
        restore.into(tmp_path / "again", packed, now_ns=NOW)


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("v*.zip")))
def test_what_any_release_wrote_opens_also_after_backup_and_restore(sample: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(SAMPLES / sample) as old:
        old.extractall(tmp_path / "old")
    backup.write(tmp_path / "old", tmp_path / "b.tar", now_ns=NOW)
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)
    expected, found = (_everything(tmp_path / name) for name in ("old", "again"))
    assert expected == found
    assert expected


def _everything(directory: Path) -> dict[str, list[object]]:
    """Return runs, and rows bit for bit, of a data directory that this release opened."""
    with opening.open_stores(directory) as stores:
        return {
            info.ref.id: [info, *stores.series.rows(info.ref.project, info.ref.id)]
            for info in stores.catalog.all_runs(None)
        }
