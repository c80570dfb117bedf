"""The blob store in a directory: the contract, and what only files can suffer."""

import contextlib
import errno
import os
import sqlite3
import stat
from collections.abc import Generator
from pathlib import Path

import pytest

from contracts import blobs
from contracts.blobs import LARGE, SMALL, digest_of, send
from yoloscope import errors
from yoloscope.store import open as opening
from yoloscope.store import ports_media
from yoloscope.store.blobs import files, index, local, place, room


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def store(directory: Path) -> Generator[local.LocalBlobStore]:
    with contextlib.closing(local.LocalBlobStore(directory)) as opened:
        yield opened


class TestLocalBlobStore(blobs.BlobStoreContract):
    """The contract."""


def lying(directory: Path) -> list[str]:
    """Return the names of all files of blobs."""
    found = (path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())
    return sorted(name for name in found if not name.startswith(index.NAME))


def reopened(directory: Path) -> local.LocalBlobStore:
    """Open a store that was not closed, as after a kill."""
    return local.LocalBlobStore(directory)


def test_small_ones_are_rows_and_large_ones_files(store, directory: Path) -> None:
    send(store, b"x" * local.SMALL_MAX_BYTES)
    digest = send(store, b"x" * (local.SMALL_MAX_BYTES + 1))
    assert lying(directory) == [f"{digest[:2]}/{digest}"]
    assert stat.S_IMODE((directory / digest[:2] / digest).stat().st_mode) == 0o600


def test_an_upload_goes_on_after_a_kill(store, directory: Path) -> None:
    digest = digest_of(LARGE)
    store.append(digest, offset=0, data=LARGE[:1000], size_bytes=len(LARGE))
    with contextlib.closing(reopened(directory)) as again:
        assert again.state(digest) == ports_media.BlobState(1000, whole=False)
        assert again.read(send(again, LARGE)) == LARGE
        assert lying(directory) == [f"{digest[:2]}/{digest}"]


@pytest.mark.parametrize("data", [SMALL, LARGE])
def test_an_upload_killed_before_it_was_compared_is_compared_later(store, directory: Path, data: bytes) -> None:
    digest = digest_of(data)
    (directory / files.PARTIAL / digest).write_bytes(data)
    with contextlib.closing(reopened(directory)) as again:
        assert again.state(digest) == ports_media.BlobState(len(data), whole=False)
        whole = again.append(digest, offset=len(data), data=b"", size_bytes=len(data))
        assert whole == ports_media.BlobState(len(data), whole=True)
        assert again.read(digest) == data


def test_a_file_killed_before_it_got_its_row_is_whole(store, directory: Path) -> None:
    digest = digest_of(LARGE)
    (directory / digest[:2]).mkdir()
    (directory / digest[:2] / digest).write_bytes(LARGE)
    assert [one[:2] for one in store.digests()] == [(digest, len(LARGE))]
    assert store.state(digest) == ports_media.BlobState(len(LARGE), whole=True)
    assert (store.read(digest), store.totals().blobs) == (LARGE, 1)


def test_a_small_one_killed_before_its_pieces_went_is_listed_once(store, directory: Path) -> None:
    digest = send(store, SMALL)
    (directory / files.PARTIAL / digest).write_bytes(SMALL)
    assert [one[:2] for one in store.digests()] == [(digest, len(SMALL))]
    assert store.collect_begun(older_s=-1).blobs == 1
    assert store.read(digest) == SMALL


def test_a_file_that_is_gone_is_named_and_comes_again(store, directory: Path) -> None:
    digest = send(store, LARGE)
    (directory / digest[:2] / digest).unlink()
    assert list(store.verify()) == [(digest, "its file is gone")]
    assert (store.state(digest), store.whole([digest])) == (ports_media.BlobState(0, whole=False), set())
    with pytest.raises(errors.NotFound):
        store.read(digest)
    send(store, LARGE)
    assert (list(store.verify()), store.read(digest)) == ([], LARGE)


def test_a_flipped_bit_is_named(store, directory: Path) -> None:
    digests = [send(store, data) for data in (LARGE, SMALL, b"whole")]
    flipped = bytearray(LARGE)
    flipped[77] ^= 1
    (directory / digests[0][:2] / digests[0]).write_bytes(flipped)
    with contextlib.closing(sqlite3.connect(directory / index.NAME)) as connection, connection:
        connection.execute("UPDATE content SET data = ? WHERE data = ?", (SMALL[::-1], SMALL))
    wrong = "its bytes are not those that were stored"
    assert sorted(store.verify()) == sorted((digest, wrong) for digest in digests[:2])


def full(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_fills_up_keeps_what_was_there(store, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = digest_of(LARGE)
    store.append(digest, offset=0, data=LARGE[:1000], size_bytes=len(LARGE))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)  # the bytes are in the file by then
        with pytest.raises(errors.StoreFull, match="what came before is kept"):
            store.append(digest, offset=1000, data=LARGE[1000:], size_bytes=len(LARGE))
    assert store.state(digest) == ports_media.BlobState(1000, whole=False)
    assert store.read(send(store, LARGE)) == LARGE


def test_a_disk_that_fills_up_at_the_last_step_loses_nothing(store, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = digest_of(LARGE)
    with monkeypatch.context() as patched:
        patched.setattr(files, "sync", full)
        with pytest.raises(errors.StoreFull):
            store.append(digest, offset=0, data=LARGE, size_bytes=len(LARGE))
    assert store.read(send(store, LARGE)) == LARGE


def test_a_full_database_is_said(store) -> None:
    store._index._writer.execute("PRAGMA max_page_count = 8")
    store.put(b"x" * 60_000)
    with pytest.raises(errors.StoreFull, match="nothing of this was stored"):
        store.put(b"y" * 60_000)
    assert list(store.verify()) == []


def test_the_last_of_the_disk_is_left_to_rows(directory: Path) -> None:
    free = [room.RESERVE_BYTES + 2000]
    disk = room.Disk(10**13, 0)
    with contextlib.closing(local.LocalBlobStore(directory, disk=lambda _: disk._replace(free=free[0]))) as store:
        digest = digest_of(LARGE)
        store.append(digest, offset=0, data=LARGE[:2000], size_bytes=len(LARGE))
        with pytest.raises(errors.StoreFull, match=r"nearly full: its last 5\.0 GB are kept for rows"):
            store.append(digest, offset=2000, data=LARGE[2000:], size_bytes=len(LARGE))
        with pytest.raises(errors.StoreFull):
            store.put(b"x" * 2001)
        assert store.append(digest, offset=2000, data=b"", size_bytes=len(LARGE)).offset == 2000
        free[0] *= 2
        assert store.read(send(store, LARGE)) == LARGE


def test_of_a_small_disk_five_percent_are_left(directory: Path) -> None:
    disk = room.Disk(20 * 10**9, 10**9)
    with (
        contextlib.closing(local.LocalBlobStore(directory, disk=lambda _: disk)) as store,
        pytest.raises(errors.StoreFull, match=r"last 1\.0 GB"),
    ):
        store.put(b"x")


def test_a_quota_counts_all_that_is_there(directory: Path) -> None:
    with contextlib.closing(local.LocalBlobStore(directory)) as store:
        digest = send(store, LARGE)
        store.append(digest_of(b"begun"), offset=0, data=b"be", size_bytes=5)
    quota_bytes = len(LARGE) + 2 + 10
    with contextlib.closing(local.LocalBlobStore(directory, quota_bytes=quota_bytes)) as store:
        store.put(b"x" * 10)
        with pytest.raises(errors.StoreFull, match="--blobs-quota-gb"):
            store.put(b"y")
        assert store.put(LARGE) == digest
        store.remove([digest])
        store.put(b"y")


def test_space_is_given_back(store, directory: Path) -> None:
    digests = [store.put(bytes([at]) * 60_000) for at in range(50)]
    store._index._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (directory / index.NAME).stat().st_size
    assert store.collect(digests, used=lambda _: set()).bytes == 50 * 60_000
    store._index._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (directory / index.NAME).stat().st_size < before / 10


def test_blobs_of_a_newer_release_are_left_alone(directory: Path) -> None:
    local.LocalBlobStore(directory).close()
    with contextlib.closing(sqlite3.connect(directory / index.NAME)) as connection:
        connection.execute("PRAGMA user_version = 2")
    before = (directory / index.NAME).read_bytes()
    with pytest.raises(errors.StoreVersion, match="newer release wrote these blobs"):
        local.LocalBlobStore(directory)
    assert (directory / index.NAME).read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(directory: Path) -> None:
    directory.mkdir()
    (directory / index.NAME).write_bytes(b"something else" * 100)
    with pytest.raises(errors.StoreError, match="left as it is"):
        local.LocalBlobStore(directory)
    assert (directory / index.NAME).read_bytes() == b"something else" * 100


def test_blobs_lie_where_they_were_put_before(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "large disk"
    url = f"file://{tmp_path}/large%20disk"
    with opening.open_stores(data, blobs_url=url) as stores:
        digest = stores.blobs.put(SMALL)
    assert place.of_data(data) == elsewhere
    with opening.open_stores(data) as stores:
        assert stores.blobs.read(digest) == SMALL
    with opening.open_stores(data, blobs_url=f"file://{data}/blobs") as stores:
        assert stores.blobs.whole([digest]) == set()
    assert place.of_data(data) == data / "blobs"


def test_blobs_of_another_server_are_not_taken_for_garbage(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/shared"
    with opening.open_stores(tmp_path / "one", blobs_url=url), pytest.raises(errors.StoreError, match="in use by"):
        opening.open_stores(tmp_path / "two", blobs_url=url)
    with pytest.raises(errors.StoreError, match="belong to another server"):
        opening.open_stores(tmp_path / "two", blobs_url=url)
    with opening.open_stores(tmp_path / "one") as stores:
        assert stores.blobs.totals().blobs == 0
    assert place.of_data(tmp_path / "two") == tmp_path / "two" / "blobs"


@pytest.mark.parametrize(
    "url",
    ["s3://bucket/blobs", "/srv/blobs", "file://host/blobs", "file:blobs", "file:///blobs?x=1", "file:///blobs#x"],
)
def test_other_places_for_blobs_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(errors.ConfigError, match=r"--blobs .*file:///DIR"):
        opening.open_stores(tmp_path / "data", blobs_url=url)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", "\xff"])
def test_a_note_of_the_place_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    opening.open_stores(tmp_path / "data").close()
    (tmp_path / "data" / place.ELSEWHERE).write_text(text, encoding="latin-1")
    with pytest.raises(errors.StoreError, match="Name the place with --blobs"):
        opening.open_stores(tmp_path / "data")
    opening.open_stores(tmp_path / "data", blobs_url=f"file://{tmp_path}/data/blobs").close()
    opening.open_stores(tmp_path / "data").close()
