"""What becomes of items over the quota, and of their parts once they are sent."""

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import fake_server
import handing
import pytest

from yoloscope.sdk import run as runs
from yoloscope.sidecar import items, keeping, shipment
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import blobs, handed, layout, packed, quota, reader

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_sidecar")]
DAY_S = 86_400.0
Carry = Callable[[Path], shipment.Shipment]


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SEGMENT_BYTES", (64 * 1024,))


@pytest.fixture
def carry() -> Iterator[Carry]:
    """Open a directory as the sidecar that carries it does."""
    opened: list[shipment.Shipment] = []

    def open_one(directory: Path) -> shipment.Shipment:
        opened.append(shipment.Shipment(directory))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def _begun(server: str, rows: int, **options: str) -> runs.Run:
    run = runs.init(project="p", server=server, **options)  # type: ignore[arg-type]
    for step in range(rows):
        run.log({"a": math.sin(step), "b": 1.0}, step=step)
    return run


def _ended(server: fake_server.FakeServer, *, days_ago: float = 0.0) -> Path:
    """Return the directory of a run that was sent to its end so long ago."""
    run = _begun(server.url, 10)
    run.finish()
    directory = _directory(run)
    assert _sync(directory).state == "complete"
    known = (directory / "cursor.json").stat().st_mtime
    os.utime(directory / "cursor.json", (known, known - days_ago * DAY_S))
    return directory


def _directory(run: runs.Run) -> Path:
    assert run.directory is not None
    return run.directory


def _sync(directory: Path) -> syncing.Outcome:
    return syncing.send(directory, server=None, progress=lambda *done: None, sleep=lambda seconds: None)


def _limits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    (tmp_path / "yoloscope.toml").write_text(text)
    monkeypatch.chdir(tmp_path)


def _levels(directory: Path) -> list[int]:
    paths = [layout.segment_path(directory, lane=0, number=number) for number in reader.lanes(directory)[0]]
    return [packed.head(path).level if packed.is_packed(path) else 0 for path in paths]


def _note_items(directory: Path) -> None:
    """Encode and note what was handed over."""
    watcher = items.Items(directory)
    while watcher.is_behind():
        watcher.tend(1.0, lives=True)
    watcher.close()


def _waiting(parcel: shipment.Shipment) -> list[int]:
    """Return the numbers of the items whose parts wait."""
    return [held.item.number for held in parcel.parts.blobs.waiting()]


def test_over_the_quota_media_give_way_oldest_first_before_rows_and_never_summaries(
    server: fake_server.FakeServer, carry: Carry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 1\n")
    run = _begun("http://127.0.0.1:9", 2000)  # some 120 kB
    directory = _directory(run)
    handing.histogram(directory, 0)
    for number in range(1, 5):
        handing.file(directory, number, 300_000)
    _note_items(directory)
    parcel = carry(directory)
    levels = _levels(directory)
    keeper = keeping.Keeper(directory)
    keeper.tend({directory: parcel}, now_s=0.0)
    assert _waiting(parcel) == [0, 3, 4]
    assert parcel._page.lost() == {"item_quota": 2}
    assert _levels(directory) == levels, "rows gave way because of media"
    keeper.tend({directory: parcel}, now_s=100.0)
    assert _waiting(parcel) == [0, 3, 4]
    assert parcel._page.lost() == {"item_quota": 2}
    run.finish()


def test_rows_that_are_too_many_take_all_media_but_no_summary(
    server: fake_server.FakeServer, carry: Carry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.2\n")
    run = _begun("http://127.0.0.1:9", 6000)
    directory = _directory(run)
    handing.histogram(directory, 0)
    handing.picture(directory, 1)
    _note_items(directory)
    parcel = carry(directory)
    keeping.Keeper(directory).tend({directory: parcel}, now_s=0.0)
    assert _waiting(parcel) == [0]
    assert parcel._page.lost()["item_quota"] == 1
    assert max(_levels(directory)) >= 1
    run.finish()


def test_parts_that_were_sent_are_kept_as_acknowledged_rows_are(carry: Carry, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _begun("http://127.0.0.1:9", 10)
    directory = _directory(run)
    for number in range(3):
        handing.file(directory, number, 1000 + number)
    _note_items(directory)
    parcel = carry(directory)
    for number in (0, 1):
        item = parcel.parts.blobs.item(number)
        assert item is not None
        parcel.parts.blobs.settle(item, "told")
        parcel.parts.blobs.sent(item.parts[0].digest)
        path = directory / blobs.FOLDER / blobs.SENT / item.parts[0].digest
        os.utime(path, (1000 + number, 1000 + number))
    monkeypatch.setattr(quota, "surplus", lambda sizes: [path for path, written_s, _ in sizes if written_s == 1000])
    keeping.Keeper(directory).tend({directory: parcel}, now_s=0.0)
    sizes = [path.stat().st_size for path in (directory / blobs.FOLDER / blobs.SENT).iterdir()]
    assert sizes == [1001]
    assert _waiting(parcel) == [2]
    run.finish()


def test_a_directory_with_items_goes_with_all_its_folders_and_none_that_is_not_ours(
    server: fake_server.FakeServer,
) -> None:
    gone, stays = (_ended(server, days_ago=8) for _ in range(2))
    for directory in (gone, stays):
        for name in ("handed/0000000001.bad", "handed/0000000002.new", "blobs/ledger", "blobs/part.tmp"):
            (directory / name).parent.mkdir(exist_ok=True)
            (directory / name).touch()
        for name in (blobs.SENT, blobs.ASIDE, "."):
            (directory / blobs.FOLDER / name).mkdir(exist_ok=True)
            (directory / blobs.FOLDER / name / ("0" * 64)).touch()
    (stays / blobs.FOLDER / "notes.txt").write_text("mine")
    other = _directory(_begun(server.url, 1))
    keeping.Keeper(other).tend({}, now_s=0.0)
    assert not gone.exists()
    assert [path.name for path in (stays / blobs.FOLDER).iterdir()] == ["notes.txt"]
    assert handed.waiting(stays) == []
