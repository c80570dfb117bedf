"""What a sidecar notes itself: everything in lanes that nobody else has, whatever happens in between."""

from pathlib import Path

import msgspec
import pytest

import yoloscope
from yoloscope.records import row
from yoloscope.sidecar import notebook, notes, source
from yoloscope.spool import cursor, layout, reader, state


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "yoloscope.Run":
    monkeypatch.setattr("yoloscope.sdk.launch_sidecar.start", lambda _: 0)
    return yoloscope.init(mode="offline", directory=tmp_path)


def noted(directory: Path) -> list[tuple[int, object]]:
    """Return what was noted, each with the index of its attempt."""
    lanes = [lane for lane in reader.lanes(directory) if lane >= layout.SIDECAR_LANE]
    chunks = [chunk for lane in lanes for chunk in reader.chunks(directory, lane=lane)]
    entries = [(chunk.attempt, entry) for chunk in chunks for entry in chunk.entries]
    return [(attempt, entry.values["what"]) for attempt, entry in entries if isinstance(entry, row.Updated)]


def note(book: notebook.Notebook, what: str) -> None:
    assert book.event(row.Updated("life", {"what": what}))


def test_a_new_attempt_is_noted_in_a_lane_that_nobody_took_meanwhile(run: "yoloscope.Run") -> None:
    """Provenance is noted when lines or telemetry have been, and must not be written over by those of the next attempt."""
    assert run.directory is not None
    book, page = notebook.Notebook(run.directory), state.StatePage(run.directory / "state")
    note(book, "first line")
    assert notes.write(run.directory, page, row.Updated("provenance", {"what": "provenance"}))
    run.new_attempt(start_epoch=1.0)
    note(book, "line of the second attempt")
    assert sorted(noted(run.directory)) == [
        (0, "first line"),
        (0, "provenance"),
        (1, "line of the second attempt"),
    ]
    book.close()
    page.close()
    run.finish()


def test_a_lane_that_was_sent_and_removed_is_not_used_again(run: "yoloscope.Run") -> None:
    """On a nearly full disk whole lanes go; a server that has them would take what comes under their numbers for theirs."""
    assert run.directory is not None
    book = notebook.Notebook(run.directory)
    note(book, "sent")
    book.close()
    place = msgspec.structs.replace(reader.START, seq=1)
    places = {str(lane): place for lane in (layout.SIDECAR_LANE, source.BULK_LANE)}
    cursor.save(run.directory, msgspec.structs.replace(cursor.load(run.directory), places=places))
    layout.segment_path(run.directory, lane=layout.SIDECAR_LANE, number=0).unlink()
    page = state.StatePage(run.directory / "state")
    assert notes.write(run.directory, page, row.Updated("life", {"what": "after"}))
    assert sorted(reader.lanes(run.directory)) == [0, layout.SIDECAR_LANE + 1]
    assert noted(run.directory) == [(0, "after")]
    page.close()
    run.finish()
