"""Backups of data with pictures and files: whatever the copied catalogue names and a trainer was told of is in them."""

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from contracts.blobs import LARGE, SMALL, digest_of, send
from contracts.catalog import RUN, WRITER
from yoloscope import errors
from yoloscope.records import media, row
from yoloscope.store import backup, ports_media, restore
from yoloscope.store import open as opening
from yoloscope.store.blobs import collecting, copying, files, local

NOW = 1_800_000_000_000_000_000
OLDER = b"older" * 40_000


@pytest.fixture
def stores(tmp_path: Path) -> Generator[opening.Stores]:
    """A server's data with a small and a large blob, and one that is not whole."""
    with opening.open_stores(tmp_path / "data") as opened:
        opened.catalog.open_run(RUN)
        opened.catalog.open_attempt(RUN.id, WRITER, row.AttemptRef(0, 1, 1))
        for number, data in enumerate((SMALL, LARGE)):
            show(opened, number, data)
        opened.blobs.append(digest_of(b"begun"), offset=0, data=b"be", size_bytes=5)
        yield opened


def show(stores: opening.Stores, number: int, data: bytes) -> None:
    """Tell of an item and send its blob, as a trainer does."""
    part = media.Part("data", digest_of(data), len(data), media.BYTES)
    item = media.Item(number, "artifact", "weights", 1, parts=(part,))
    stores.catalog.items.store(RUN.id, attempt=1, items=[item])
    send(stores.blobs, data)


def held(directory: Path) -> dict[str, int]:
    """Return digest and size of what a restored directory holds, all of which is whole and what it was."""
    with opening.open_stores(directory) as stores:
        named = dict(stores.catalog.items.digests())
        assert stores.blobs.whole(list(named)) == set(named)
        assert list(stores.blobs.verify()) == []
        assert stores.blobs.totals().partial_bytes == 0
        return {digest: size for digest, size, _ in stores.blobs.digests()}


def sizes(*blobs: bytes) -> dict[str, int]:
    return {digest_of(data): len(data) for data in blobs}


def test_what_is_shown_comes_back(stores, tmp_path: Path) -> None:
    written = backup.write(tmp_path / "data", tmp_path / "b.tar", now_ns=NOW)
    names = [file.name for file in written.manifest.files]
    digest = digest_of(LARGE)
    assert names[-2:] == ["blobs/small.db", f"blobs/{digest[:2]}/{digest}"]
    assert names.index("catalog.db") < names.index("blobs/small.db")
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)
    assert held(tmp_path / "again") == sizes(SMALL, LARGE)


@pytest.mark.parametrize("where", ["series", "catalog.db", "blobs/small.db"])
@pytest.mark.parametrize("data", [b"new", b"new" * 50_000])
def test_what_comes_while_the_copy_is_made_harms_nothing(
    stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, data: bytes
) -> None:
    """Before or behind each database: never does the copied catalogue name what was sent and is not in the copy."""
    real, number = backup._copy, [10]

    def copy_while_more_comes(source: Path, into: Path, *, name: str) -> None:
        for at in (0, 1):
            if name.startswith(where):
                number[0] += 1
                show(stores, number[0], data + bytes([at]))
            if not at:
                real(source, into, name=name)

    monkeypatch.setattr(backup, "_copy", copy_while_more_comes)
    backup.write(tmp_path / "data", tmp_path / "b.tar", now_ns=NOW)
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)
    with opening.open_stores(tmp_path / "again") as again:
        named = dict(again.catalog.items.digests())
        assert again.blobs.whole(list(named)) == set(named) >= set(sizes(SMALL, LARGE))
        assert list(again.blobs.verify()) == []


def test_a_run_removed_behind_the_catalogue_lacks_its_blobs_and_nothing_else(
    stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.all_whole

    def collected_first(directory: Path) -> Iterator[tuple[str, object]]:
        monkeypatch.undo()
        stores.catalog.remove_run(RUN.id)
        list(collecting.steps(stores.blobs, stores.catalog.items, older_s=-1))
        return real(directory)

    monkeypatch.setattr(files, "all_whole", collected_first)
    backup.write(tmp_path / "data", tmp_path / "b.tar", now_ns=NOW)
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)
    with opening.open_stores(tmp_path / "again") as again:
        assert again.blobs.whole([digest_of(SMALL), digest_of(LARGE)]) == {digest_of(SMALL)}
        assert again.blobs.state(digest_of(LARGE)).offset == 0
        show(again, 1, LARGE)
        assert list(again.blobs.verify()) == []


def test_a_damaged_file_is_named_and_does_not_keep_the_rest_from_being_saved(stores, tmp_path: Path) -> None:
    digest = digest_of(LARGE)
    (tmp_path / "data" / "blobs" / digest[:2] / digest).write_bytes(LARGE[::-1])
    written = backup.write(tmp_path / "data", tmp_path / "b.tar", now_ns=NOW)
    assert written.damaged == (digest,)
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)
    with opening.open_stores(tmp_path / "again") as again:
        assert [found for found, _ in again.blobs.verify()] == [digest]
        assert again.blobs.read(digest_of(SMALL)) == SMALL


def test_blobs_that_lie_elsewhere_are_in_it(tmp_path: Path) -> None:
    with opening.open_stores(tmp_path / "data", blobs_url=f"file://{tmp_path}/elsewhere") as stores:
        stores.catalog.open_run(RUN)
        stores.catalog.open_attempt(RUN.id, WRITER, row.AttemptRef(0, 1, 1))
        for number, data in enumerate((SMALL, LARGE)):
            show(stores, number, data)
        backup.write(tmp_path / "data", tmp_path / "b.tar", now_ns=NOW)
    restore.into(tmp_path / "again", tmp_path / "b.tar", now_ns=NOW)
    assert held(tmp_path / "again") == sizes(SMALL, LARGE)


def test_blobs_beside_the_file_are_copied_once(stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside, taken = tmp_path / "beside", list[str]()
    real = files.Files.take

    def counted(self: files.Files, source: Path, digest: str) -> None:
        taken.append(digest)
        real(self, source, digest)

    monkeypatch.setattr(files.Files, "take", counted)
    first = backup.write(tmp_path / "data", tmp_path / "b.tar", now_ns=NOW, blobs_to=beside)
    assert [file.name for file in first.manifest.files if file.name.startswith("blobs")] == []
    show(stores, 2, OLDER)
    backup.write(tmp_path / "data", tmp_path / "c.tar", now_ns=NOW, blobs_to=beside)
    assert taken == [digest_of(LARGE), digest_of(OLDER)]
    for name in ("b.tar", "c.tar"):
        restore.into(tmp_path / name[0], tmp_path / name, now_ns=NOW, blobs_from=beside)
        assert held(tmp_path / name[0]) == sizes(SMALL, LARGE, OLDER)


def test_a_copy_holds_what_is_whole_and_grows_by_what_is_new(stores, tmp_path: Path) -> None:
    source, beside = tmp_path / "data" / "blobs", tmp_path / "beside"
    assert [copying.copy(source, beside) for _ in range(2)] == [2, 0]  # one is begun and not whole
    stores.blobs.put(b"new")
    assert copying.copy(source, beside) == 1
    with contextlib.closing(local.LocalBlobStore(beside)) as copy:
        assert copy.whole([digest_of(data) for data in (SMALL, LARGE, b"new")]) == set(
            map(digest_of, (SMALL, LARGE, b"new"))
        )
        assert copy.totals() == ports_media.BlobTotals(3, len(SMALL) + len(LARGE) + 3, 0)
        assert list(copy.verify()) == []


def test_a_copy_on_another_disk_is_a_copy(stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    assert copying.copy(tmp_path / "data" / "blobs", tmp_path / "beside") == 2
    digest = digest_of(LARGE)
    assert (tmp_path / "beside" / digest[:2] / digest).stat().st_nlink == 1
    with contextlib.closing(local.LocalBlobStore(tmp_path / "beside")) as copy:
        assert list(copy.verify()) == []


@pytest.mark.parametrize(
    ("blobs_to", "blobs_from", "said"),
    [
        (None, "beside", "leave --blobs out"),
        ("beside", None, "name it with --blobs"),
        ("beside", "nowhere", "There are none in"),
    ],
)
def test_a_backup_is_not_restored_without_its_blobs(
    stores, tmp_path: Path, blobs_to: str | None, blobs_from: str | None, said: str
) -> None:
    backup.write(tmp_path / "data", tmp_path / "b.tar", now_ns=NOW, blobs_to=blobs_to and tmp_path / blobs_to)
    with pytest.raises(errors.ConfigError, match=said):
        restore.into(
            tmp_path / "again", tmp_path / "b.tar", now_ns=NOW, blobs_from=blobs_from and tmp_path / blobs_from
        )
    assert not (tmp_path / "again").exists()


def test_a_removed_run_makes_a_copy_begin_again_before_any_blob_is_copied(
    stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, copied = backup._copy, list[str]()

    def copy(source: Path, into: Path, *, name: str) -> None:
        if name == "catalog.db":
            stores.catalog.remove_run(RUN.id)
        copied.append(name)
        real(source, into, name=name)

    monkeypatch.setattr(backup, "_copy", copy)
    written = backup.write(tmp_path / "data", tmp_path / "b.tar", now_ns=NOW)
    assert (written.manifest.runs, copied) == (0, ["catalog.db", "catalog.db", "blobs/small.db"])
