"""Items in a file to carry by hand: with their parts, whether these were sent before or not, and without what policy keeps back."""

import io
from pathlib import Path

import handing
import pytest

import yoloscope
from yoloscope.records import media
from yoloscope.sidecar import recording as recordings
from yoloscope.sidecar import watchers
from yoloscope.spool import blobs
from yoloscope.wire import recording


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "yoloscope.Run":
    monkeypatch.setattr("yoloscope.sdk.launch_sidecar.start", lambda _: 0)
    return yoloscope.init(mode="offline", directory=tmp_path / "spool")


def read(directories: list[Path]) -> tuple[list[media.Item], dict[str, bytes]]:
    """Return the items of a recording and its parts by digest."""
    reader = recording.Reader(io.BytesIO(b"".join(recordings.of_directories(directories, now_ns=1))))
    items: list[media.Item] = []
    parts: dict[str, bytes] = {}
    for found in reader.contents():
        if isinstance(found, recording.Piece):
            parts[found.digest] = parts.get(found.digest, b"") + found.data
        else:
            items += [entry for batch in found for entry in batch.entries if isinstance(entry, media.Item)]
    return items, parts


@pytest.mark.parametrize("allowed", [True, False])
def test_a_recording_holds_the_parts_of_what_may_leave(run: "yoloscope.Run", allowed: bool) -> None:
    assert run.directory is not None
    handing.allow(run.directory, media=allowed)
    handing.histogram(run.directory, 0)
    handing.picture(run.directory, 1)
    run.finish()
    watchers.see_end(run.directory)
    store = blobs.Blobs(run.directory)
    first = store.item(0)
    assert first is not None
    store.settle(first, "told")
    store.sent(first.parts[0].digest)
    items, parts = read([run.directory])
    assert [item.kind for item in items] == ["histogram", "image"][: 1 + allowed]
    assert parts.keys() == {part.digest for item in items for part in item.parts}
    assert all(len(parts[part.digest]) == part.size_bytes for item in items for part in item.parts)


def test_a_run_without_items_is_of_the_version_that_all_releases_read(run: "yoloscope.Run") -> None:
    assert run.directory is not None
    run.log({"a": 1.0}, step=0)
    run.finish()
    data = b"".join(recordings.of_directories([run.directory], now_ns=1))
    assert int.from_bytes(data[8:10], "little") == recording.VERSION
