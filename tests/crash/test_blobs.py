"""Uploads, backups and restores of pictures and files, killed with SIGKILL at every stage: real processes."""

import contextlib
import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_backup import killed_at

from yoloscope import errors
from yoloscope.records import ids, media, row
from yoloscope.store import backup, restore
from yoloscope.store import open as opening
from yoloscope.store.blobs import local

pytestmark = pytest.mark.slow

RUN = row.RunRef(ids.RunId("r1"), ids.ProjectName("signs"), "r1", created_ns=1)
SMALL = b"a picture"
LARGE = hashlib.shake_256(b"weights").digest(3_000_000)
PIECE = 700_000

SENDING = """
import hashlib, os, sys, time
from pathlib import Path
from yoloscope.store.blobs import files, index, local

_, directory, place, calls, size = sys.argv
data = hashlib.shake_256(b"weights").digest(int(size))
digest = hashlib.sha256(data).hexdigest()
module, _, name = place.rpartition(".")
owner = {"os": os, "files": files, "index": index.Index}[module]
real, count = getattr(owner, name), 0

def stopping(*given, **more):
    global count
    count += 1
    if count == int(calls):
        print("there", flush=True)
        time.sleep(600)
    return real(*given, **more)

store = local.LocalBlobStore(Path(directory))
setattr(owner, name, stopping)
state = store.state(digest)
while not state.whole:
    some = data[state.offset : state.offset + 700_000]
    state = store.append(digest, offset=state.offset, data=some, size_bytes=len(data))
print("whole", flush=True)
"""


@pytest.mark.parametrize("size", [1000, len(LARGE)])
@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("os.fsync", 3),
        ("files.sha256", 1),
        ("os.fsync", 1),
        ("os.fsync", 6),
        ("files.sync", 1),
        ("files.sync", 2),
        ("index.put_all", 1),
    ],
)
def test_an_upload_killed_anywhere_goes_on(tmp_path: Path, place: str, call: int, size: int) -> None:
    data, directory = LARGE[:size], tmp_path / "blobs"
    digest = hashlib.sha256(data).hexdigest()
    with subprocess.Popen(
        [sys.executable, "-c", SENDING, str(directory), place, str(call), str(size)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert said == "there\n" or size == 1000  # a small one is a row at once
    with contextlib.closing(local.LocalBlobStore(directory)) as store:
        state = store.state(digest)
        assert state.whole or state.offset % PIECE == 0 or state.offset == size
        assert [one for one, _, _ in store.digests()] == ([digest] if state.offset else [])
        while not state.whole:
            some = data[state.offset : state.offset + PIECE]
            state = store.append(digest, offset=state.offset, data=some, size_bytes=size)
        assert store.read(digest) == data
        assert (list(store.verify()), store.totals().partial_bytes) == ([], 0)
        assert store.collect([digest], used=lambda _: set()).bytes == size
    assert [path.name for path in directory.rglob("*") if path.name == digest] == []


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Data of a server with blobs, which a run shows."""
    with opening.open_stores(tmp_path / "data") as stores:
        stores.catalog.open_run(RUN)
        stores.catalog.open_attempt(RUN.id, ids.WriterId("a" * 32), row.AttemptRef(0, 1, 1))
        for number, blob in enumerate((SMALL, LARGE, LARGE[:100_000])):
            part = media.Part("data", hashlib.sha256(blob).hexdigest(), len(blob), media.BYTES)
            item = media.Item(number, "artifact", "weights", 1, parts=(part,))
            stores.catalog.items.store(RUN.id, attempt=1, items=[item])
            stores.blobs.put(blob)
    return tmp_path / "data"


def _is_whole(directory: Path) -> None:
    with opening.open_stores(directory) as stores:
        named = dict(stores.catalog.items.digests())
        assert len(named) == 3
        assert stores.blobs.whole(list(named)) == set(named)
        assert list(stores.blobs.verify()) == []
        assert stores.blobs.totals().blobs == 3


@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("archive.end", 1),
        *(pytest.param("archive.add", call, marks=pytest.mark.long) for call in (3, 4, 5)),
        ("backup._fill_blobs", 1),
    ],
)
def test_a_killed_backup_of_blobs_leaves_nothing_that_looks_like_one(
    data: Path, tmp_path: Path, place: str, call: int
) -> None:
    made = tmp_path / "b.tar"
    killed_at(place, call, "backup", made, "--data", data)
    assert not made.exists()
    with pytest.raises(errors.StoreError, match="cut off or damaged"):
        restore.into(tmp_path / "again", tmp_path / ".b.tar.part", now_ns=0)
    backup.write(data, made, now_ns=0)
    restore.into(tmp_path / "again", made, now_ns=0)
    _is_whole(tmp_path / "again")


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("restore._raise_epoch", 1),
        ("backup.sync_directory", 6),
        *(pytest.param("backup.sync_directory", call, marks=pytest.mark.long) for call in (1, 5, 7)),
    ],
)
def test_a_killed_restore_of_blobs_is_refused_and_goes_on(
    data: Path, tmp_path: Path, place: str, call: int, beside: bool
) -> None:
    made, again = tmp_path / "b.tar", tmp_path / "again"
    blobs = tmp_path / "beside" if beside else None
    backup.write(data, made, now_ns=0, blobs_to=blobs)
    killed_at(place, call, "restore", made, "--data", again, *(("--blobs", blobs) if blobs else ()))
    if (again / ".restoring").exists():
        with pytest.raises(errors.StoreError, match="not whole"):
            opening.open_stores(again)
        restore.into(again, made, now_ns=0, blobs_from=blobs)
    _is_whole(again)


def test_a_killed_copy_beside_a_backup_goes_on(data: Path, tmp_path: Path) -> None:
    made, beside = tmp_path / "b.tar", tmp_path / "beside"
    killed_at("backup._end", 1, "backup", made, "--data", data, "--blobs-to", beside)
    assert not made.exists()
    (beside / "partial" / hashlib.sha256(LARGE).hexdigest()).write_bytes(LARGE[:5])  # killed while it copied one
    written = backup.write(data, made, now_ns=0, blobs_to=beside)
    assert written.manifest.blobs == "beside"
    restore.into(tmp_path / "again", made, now_ns=0, blobs_from=beside)
    _is_whole(tmp_path / "again")
