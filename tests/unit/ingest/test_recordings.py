"""Files that come in at the same time as other things, and files that nobody honest wrote."""

import asyncio
import io
from collections.abc import Generator, Sequence
from pathlib import Path

import msgspec
import pytest

from yoloscope import errors
from yoloscope.ingest import accept, blobs, live, recordings
from yoloscope.query import attempts
from yoloscope.query import recordings as export
from yoloscope.records import ids, row
from yoloscope.store import open as store_opening
from yoloscope.store import ports
from yoloscope.wire import codec, packing, protocol, recording

OTHER = ids.WriterId("fedcba98" * 4)


class Place:
    """An importer on stores of its own."""

    def __init__(self, stores: store_opening.Stores) -> None:
        hub = live.Hub()
        self.stores = stores
        self.ingest = accept.Ingest(stores.series, stores.catalog, hub=hub)
        self.blobs = blobs.Blobs(stores.catalog, stores.blobs, policies=self.ingest.policies, hub=hub)
        self.importer = recordings.Importer(
            self.ingest, stores.series, stores.catalog, blobs=self.blobs, blob_store=stores.blobs, hub=hub
        )

    def rows(self, run: str) -> int:
        stat = self.stores.series.run_stats("signs", [run]).get(run)
        return stat.rows if stat else 0


@pytest.fixture
def place(stores) -> Place:
    return Place(stores)


@pytest.fixture
def told(tmp_path: Path, batches) -> Generator[list[bytes], None, None]:
    """Two recordings of one run that a server made: one early, one later."""
    with store_opening.open_stores(tmp_path / "told") as stores:
        ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
        files: list[bytes] = []
        for first in (0, 3):
            batch = batches(batches.matrix({"a": [1.0, 2.0, 3.0]}, first_step=first), first_seq=first)
            asyncio.run(ingest.accept(batches.body(batch), encoding=""))
            files.append(b"".join(export.of_run(sources(stores), stores.catalog.run("r1"), now_ns=1)))
        yield files


def sources(stores: store_opening.Stores) -> export.Sources:
    return export.Sources(
        stores.series, stores.catalog.console, stores.catalog.items, stores.blobs, stores.catalog.commands
    )


def file_of(*bodies: Sequence[row.Batch], heard_ns: dict[str, int] | None = None) -> io.BytesIO:
    writer = recording.Writer()
    parts = [writer.head(recording.Header("test", 1, "spool", ()))]
    parts += [writer.body(some) for some in bodies]
    return io.BytesIO(b"".join((*parts, writer.tail(heard_ns or {}))))


def test_two_recordings_of_one_run_at_once_are_not_mixed(place, told) -> None:
    async def both() -> list[object]:
        jobs = (place.importer.bring(io.BytesIO(file)) for file in told)
        return await asyncio.gather(*jobs, return_exceptions=True)

    refused = [one for one in asyncio.run(both()) if isinstance(one, errors.RunExists)]
    assert len(refused) == 1
    assert place.rows("r1") in (3, 6)


def test_the_same_file_many_times_at_once_is_stored_once(place, told) -> None:
    async def all_at_once() -> list[list[recordings.Outcome]]:
        return await asyncio.gather(*(place.importer.bring(io.BytesIO(told[1])) for _ in range(5)))

    outcomes = [one for [one] in asyncio.run(all_at_once())]
    assert sorted((one.state, one.new_rows) for one in outcomes) == [("imported", 6), *[("known", 0)] * 4]
    assert place.rows("r1") == 6


def test_a_trainer_that_sends_while_its_run_is_imported_keeps_it_out(
    place, told, batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = place.ingest.take
    live_rows = batches(batches.matrix({"a": [9.0]}))

    async def late(some: Sequence[row.Batch]) -> ports.Appended:
        monkeypatch.undo()
        await place.ingest.accept(batches.body(live_rows), encoding="")
        return await take(some)

    monkeypatch.setattr(place.ingest, "take", late)
    with pytest.raises(errors.RunExists):
        asyncio.run(place.importer.bring(io.BytesIO(told[0])))
    assert place.rows("r1") == 1


@pytest.mark.parametrize("heard_ns", [-1, 2**63, 2**64 - 1])
def test_a_time_that_no_store_holds_is_refused_before_anything_is_stored(place, batches, heard_ns: int) -> None:
    file = file_of([batches(batches.matrix({"a": [1.0]}))], heard_ns={"r1": heard_ns})
    with pytest.raises(errors.RecordingCorrupt, match="time"):
        asyncio.run(place.importer.bring(file))
    assert place.stores.catalog.projects() == []


def test_a_writer_of_two_runs_is_refused_because_one_would_lose_its_rows(place, batches) -> None:
    rows = batches.matrix({"a": [1.0]})
    with pytest.raises(errors.RecordingCorrupt, match="two runs"):
        asyncio.run(place.importer.bring(file_of([batches(rows)], [batches(rows, run="r2")])))
    assert place.stores.catalog.projects() == []


def test_a_file_of_endlessly_many_writers_is_refused(place, batches, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "PARTS_MAX", 40)
    some = [batches(run=f"r{number}", writer=ids.WriterId(f"{number + 1:032x}")) for number in range(20)]
    with pytest.raises(errors.RecordingError, match="more than 40") as refused:
        asyncio.run(place.importer.bring(file_of(some)))
    assert refused.value.fix == "export the runs into several files"
    assert place.stores.catalog.projects() == []


def test_a_body_that_would_be_larger_as_this_release_writes_it_is_stored_whole(
    place, batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [batches.matrix({f"s{number}": [1.0] for number in range(100)}, first_step=step) for step in range(9)]
    body = [batches(*few)]
    plain = len(codec.body_from_batches(body))
    monkeypatch.setattr(packing, "ROWS_LEAST", 1)  # float32 on the way: half of what plain rows take
    packed = len(codec.body_from_batches(body))
    file = file_of([batches(few[0], run="r0", writer=OTHER)], body)
    monkeypatch.undo()
    assert packed < plain
    monkeypatch.setattr(protocol, "BODY_MAX_BYTES", packed)
    assert [one.new_rows for one in asyncio.run(place.importer.bring(file))] == [1, 9]


def test_more_reasons_of_loss_than_there_are_are_refused(place, batches) -> None:
    lost = {f"reason-{number}": 1 for number in range(101)}
    with pytest.raises(errors.InvalidRecord) as refused:
        asyncio.run(place.importer.bring(file_of([batches(lost=lost)])))
    assert refused.value.field == "lost"


def test_a_copy_sent_as_frames_beside_the_trainers_rows_is_refused(place, batches) -> None:
    rows = batches.matrix({"a": [1.0]})
    copy = batches(rows, writer=recording.derived_writer(ids.RunId("r1"), content="x"))

    async def send(batch: row.Batch) -> None:
        await place.ingest.accept(batches.body(batch), encoding="")

    asyncio.run(send(batches(rows)))
    with pytest.raises(errors.RunExists):
        asyncio.run(send(copy))
    resumed = msgspec.structs.replace(copy, attempt=row.AttemptRef(0, 1_800_000_000_000_000_000, 7))
    asyncio.run(send(resumed))
    assert place.rows("r1") == 2


def test_a_copy_has_as_many_attempts_though_one_of_them_never_logged_a_row(place, batches, tmp_path: Path) -> None:
    """The machine lost its power before the first batch; it was resumed on another one, whose opening is no attempt of its own."""
    begun = batches().attempt.wall_ns
    second, third = (row.AttemptRef(index, begun + 9 + index, 0, start_step=index or None) for index in (0, 1))
    with store_opening.open_stores(tmp_path / "told") as stores:
        told = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
        opening = batches(row.Updated("provenance", {"seed": 1}), writer=OTHER, attempt=second)
        resumed = batches(batches.matrix({"a": [1.0]}), writer=OTHER, attempt=third, first_seq=1)
        for batch in (batches(row.Updated("life", {"k": 1})), opening, resumed):
            asyncio.run(told.accept(batches.body(batch), encoding=""))
        info = stores.catalog.run("r1")
        file = b"".join(export.of_run(sources(stores), info, now_ns=1))
    asyncio.run(place.importer.bring(io.BytesIO(file)))
    here, there = (attempts.shown(one, now_ns=begun) for one in (place.stores.catalog.run("r1"), info))
    assert [(one.number, one.state, one.started, one.ended, one.life) for one in here] == [
        (one.number, one.state, one.started, one.ended, one.life) for one in there
    ]
    assert len(there) == 2
