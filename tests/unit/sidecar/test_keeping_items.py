"""What becomes of items over the quota, and of their parts once they are sent."""

import os
from pathlib import Path

import fake_server
import handing
import keeping_runs
import pytest

from yoloscope.sidecar import items, keeping, shipment
from yoloscope.spool import blobs, handed, quota

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_sidecar", "small_segments")]


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
    server: fake_server.FakeServer, carry: keeping_runs.Carry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 1\n")
    run = keeping_runs.begun("http://127.0.0.1:9", 2000)  # some 120 kB
    directory = keeping_runs.directory(run)
    handing.histogram(directory, 0)
    for number in range(1, 5):
        handing.file(directory, number, 300_000)
    _note_items(directory)
    parcel = carry(directory)
    levels = keeping_runs.levels(directory)
    keeper = keeping.Keeper(directory)
    keeper.tend({directory: parcel}, now_s=0.0)
    assert _waiting(parcel) == [0, 3, 4]
    assert parcel._page.lost() == {"item_quota": 2}
    assert keeping_runs.levels(directory) == levels, "rows gave way because of media"
    keeper.tend({directory: parcel}, now_s=100.0)
    assert _waiting(parcel) == [0, 3, 4]
    assert parcel._page.lost() == {"item_quota": 2}
    run.finish()


def test_rows_that_are_too_many_take_all_media_but_no_summary(
    server: fake_server.FakeServer, carry: keeping_runs.Carry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keeping_runs.limits(monkeypatch, tmp_path, "[spool]\nquota_mb = 0.2\n")
    run = keeping_runs.begun("http://127.0.0.1:9", 6000)
    directory = keeping_runs.directory(run)
    handing.histogram(directory, 0)
    handing.picture(directory, 1)
    _note_items(directory)
    parcel = carry(directory)
    keeping.Keeper(directory).tend({directory: parcel}, now_s=0.0)
    assert _waiting(parcel) == [0]
    assert parcel._page.lost()["item_quota"] == 1
    assert max(keeping_runs.levels(directory)) >= 1
    run.finish()


def test_parts_that_were_sent_are_kept_as_acknowledged_rows_are(
    carry: keeping_runs.Carry, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = keeping_runs.begun("http://127.0.0.1:9", 10)
    directory = keeping_runs.directory(run)
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
    gone, stays = (keeping_runs.ended(server, days_ago=8) for _ in range(2))
    for directory in (gone, stays):
        for name in ("handed/0000000001.bad", "handed/0000000002.new", "blobs/ledger", "blobs/part.tmp"):
            (directory / name).parent.mkdir(exist_ok=True)
            (directory / name).touch()
        for name in (blobs.SENT, blobs.ASIDE, "."):
            (directory / blobs.FOLDER / name).mkdir(exist_ok=True)
            (directory / blobs.FOLDER / name / ("0" * 64)).touch()
    (stays / blobs.FOLDER / "notes.txt").write_text("mine")
    other = keeping_runs.directory(keeping_runs.begun(server.url, 1))
    keeping.Keeper(other).tend({}, now_s=0.0)
    assert not gone.exists()
    assert [path.name for path in (stays / blobs.FOLDER).iterdir()] == ["notes.txt"]
    assert handed.waiting(stays) == []
