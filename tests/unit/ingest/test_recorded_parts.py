"""Runs as files with what they showed: pictures and files come back as they were, and of a bad file nothing is stored."""

import asyncio
import hashlib
import io
import struct
import zlib
from collections.abc import Callable, Generator
from pathlib import Path

import msgspec
import pytest

from yoloscope import errors
from yoloscope.ingest import accept, blobs, live, recordings
from yoloscope.query import recordings as export
from yoloscope.records import content, ids, media, row
from yoloscope.records.policy import Policy
from yoloscope.store import open as opening
from yoloscope.store import ports_media
from yoloscope.wire import content as wire_content
from yoloscope.wire import recording

pytestmark = pytest.mark.slow

SIGNS = ids.ProjectName("signs")
RUN = ids.RunId("r1")
ALL = Policy(media=True, text=True, class_names="text")
HISTOGRAM = wire_content.to_bytes(content.Histogram(struct.pack("<3d", 0, 1, 2), struct.pack("<2d", 5, 7), 12))
WEIGHTS = hashlib.shake_256(b"weights").digest(recording.PIECE_BYTES + 4321)


def png(width: int, height: int) -> bytes:
    """Return a black picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(bytes(min(10_000, (width + 1) * height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


PICTURE = png(20, 10)


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def part(data: bytes, role: media.Role = "data", media_type: str = media.BYTES) -> media.Part:
    return media.Part(role, digest_of(data), len(data), media_type)


def items() -> list[media.Item]:
    return [
        media.Item(0, "histogram", "train/w", 5, step=1, parts=(part(HISTOGRAM, media_type=media.CONTENT),)),
        media.Item(1, "image", "val/看", 6, epoch=0.5, parts=(part(PICTURE, "image", media.PNG),), facts={"width": 20}),
        media.Item(2, "artifact", "best", 7, parts=(part(WEIGHTS),)),
        media.Item(3, "artifact", "never came", 8, parts=(part(b"never came"),)),
        media.Item(4, "artifact", "empty", 9, parts=(part(b""),)),
    ]


class Place:
    """A server's stores, what takes and what gives runs."""

    def __init__(self, stores: opening.Stores, *, policy: Policy | None = ALL) -> None:
        hub = live.Hub()
        self.stores = stores
        if policy is not None:
            stores.catalog.set_policy(SIGNS, policy)
        self.ingest = accept.Ingest(stores.series, stores.catalog, hub=hub)
        self.blobs = blobs.Blobs(stores.catalog, stores.blobs, policies=self.ingest.policies, hub=hub)
        self.importer = recordings.Importer(
            self.ingest, stores.series, stores.catalog, blobs=self.blobs, blob_store=stores.blobs, hub=hub
        )

    def bring(self, file: bytes) -> list[recordings.Outcome]:
        return asyncio.run(self.importer.bring(io.BytesIO(file)))

    def send(self, data: bytes) -> None:
        """Send a part as a trainer does."""
        for at in range(0, max(1, len(data)), 2**20):
            some = data[at : at + 2**20]
            asyncio.run(self.blobs.accept(RUN, blobs.Piece(digest_of(data), at, len(data), some)))

    def file(self) -> bytes:
        of = export.Sources(
            self.stores.series,
            self.stores.catalog.console,
            self.stores.catalog.items,
            self.stores.blobs,
            self.stores.catalog.commands,
        )
        return b"".join(export.of_run(of, self.stores.catalog.run(RUN), now_ns=1))

    def found(self) -> list[media.Item]:
        return [one.item for one in self.stores.catalog.items.find(ports_media.Wanted(runs=(RUN,)))]

    def is_empty(self) -> bool:
        return not self.stores.catalog.run_ids() and self.stores.blobs.totals() == ports_media.BlobTotals(0, 0, 0)


@pytest.fixture
def place(stores) -> Place:
    return Place(stores)


@pytest.fixture
def told(tmp_path: Path, batches) -> Generator[Place, None, None]:
    """Another server with a run that showed things; one of its parts never came."""
    with opening.open_stores(tmp_path / "told") as stores:
        other = Place(stores)
        batch = batches(batches.matrix({"a": [1.0, 2.0]}), *items(), row.Ended("finished", 10**18))
        asyncio.run(other.ingest.take([batch]))
        for data in (HISTOGRAM, PICTURE, WEIGHTS, b""):
            other.send(data)
        yield other


def written(batches, *pieces: recording.Piece, said: list[media.Item] | None = None) -> bytes:
    """Return a file of a run that showed things, with these pieces of parts."""
    writer = recording.Writer(has_items=True)
    writer._parts = _Unchecked(writer._tally)
    parts = [writer.head(recording.Header("test", 1, "server", ()))]
    parts.append(writer.body([batches(*(items() if said is None else said), writer=recording.PLACEHOLDER)]))
    parts += [writer.piece(piece) for piece in pieces]
    return b"".join((*parts, writer.tail({})))


class _Unchecked:
    """Lets a writer write what none writes."""

    def __init__(self, tally) -> None:
        self._tally = tally

    def take(self, piece: recording.Piece) -> None:
        if piece.offset + len(piece.data) >= piece.size_bytes:
            self._tally.part_passed(piece.size_bytes)


def whole(data: bytes, digest: str | None = None) -> recording.Piece:
    return recording.Piece(digest or digest_of(data), 0, len(data), data)


def test_what_a_run_showed_comes_back_with_it(place, told) -> None:
    file = told.file()
    assert struct.unpack_from("<H", file, 8) == (recording.MEDIA_VERSION,)
    header, trailer = recording.prove(io.BytesIO(file))
    assert (header.source, trailer.parts, trailer.parts_bytes) == (
        "server",
        4,
        len(HISTOGRAM) + len(PICTURE) + len(WEIGHTS),
    )
    (outcome,) = place.bring(file)
    assert (outcome.state, outcome.rows, outcome.new_rows) == ("imported", 2, 2)
    assert place.found() == told.found() == items()
    there = {digest_of(data): data for data in (HISTOGRAM, PICTURE, WEIGHTS, b"")}
    assert {digest: place.stores.blobs.read(digest) for digest, _, _ in place.stores.blobs.digests()} == there
    assert [one.state for one in place.bring(file)] == ["known"]
    assert recording.prove(io.BytesIO(place.file()))[1].parts == 4


def test_a_run_that_showed_nothing_is_a_file_that_older_releases_read(place, batches) -> None:
    asyncio.run(place.ingest.take([batches(batches.matrix({"a": [1.0]}))]))
    file = place.file()
    assert struct.unpack_from("<H", file, 8) == (recording.VERSION,)
    trailer = msgspec.msgpack.decode(file[file.rindex(b"\x87\xa6bodies") :])
    assert set(trailer) == {"bodies", "batches", "rows", "values", "heard_ns", "content", "sha256"}


def test_a_part_that_came_later_comes_with_a_later_file(place, told) -> None:
    place.bring(told.file())
    told.send(b"never came")
    assert [one.state for one in place.bring(told.file())] == ["imported"]
    assert place.stores.blobs.read(digest_of(b"never came")) == b"never came"
    assert place.found() == items()


@pytest.mark.parametrize("came", [0, 1000, recording.PIECE_BYTES, recording.PIECE_BYTES + 1000])
def test_an_import_goes_on_where_another_or_an_upload_broke_off(place, told, came: int) -> None:
    place.stores.blobs.append(digest_of(WEIGHTS), offset=0, data=WEIGHTS[:came], size_bytes=len(WEIGHTS))
    place.bring(told.file())
    assert place.stores.blobs.read(digest_of(WEIGHTS)) == WEIGHTS


def test_a_part_damaged_on_disk_is_left_out_and_the_file_is_whole(place, told, tmp_path: Path) -> None:
    digest = digest_of(WEIGHTS)
    (tmp_path / "told" / "blobs" / digest[:2] / digest).write_bytes(b"damaged" * 100_000)
    place.bring(told.file())
    assert place.found() == items()
    assert place.stores.blobs.whole([digest, digest_of(PICTURE)]) == {digest_of(PICTURE)}


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (None, "entries[1]"),
        (Policy(media=False, text=True, class_names="text"), "entries[1]"),
        (Policy(media=True, summaries=False, text=True, class_names="text"), "entries[0]"),
    ],
)
def test_what_the_policy_does_not_let_in_is_refused_whole(
    tmp_path: Path, told, policy: Policy | None, field: str
) -> None:
    with opening.open_stores(tmp_path / "strict") as stores:
        strict = Place(stores, policy=policy)
        with pytest.raises(errors.PolicyForbids, match="does not let this in") as refused:
            strict.bring(told.file())
        assert (refused.value.field, strict.is_empty()) == (field, True)


def test_texts_in_content_are_refused_where_texts_are(tmp_path: Path, batches) -> None:
    """The item says nothing of them; what is in the part is looked at before anything is stored."""
    table = wire_content.to_bytes(content.Table((content.Column("word", texts=("secret.jpg",)),)))
    shown = [media.Item(0, "table", "t", 1, parts=(part(table, media_type=media.CONTENT),))]
    with opening.open_stores(tmp_path / "strict") as stores:
        strict = Place(stores, policy=Policy(media=True))
        with pytest.raises(errors.PolicyForbids, match="text, which the policy"):
            strict.bring(written(batches, whole(table), said=shown))
        assert strict.is_empty()


BAD: dict[str, tuple[Callable[[], list[recording.Piece]], type[Exception], str]] = {
    "another digest": (lambda: [whole(b"x" * len(PICTURE), digest_of(PICTURE))], errors.RecordingCorrupt, "another"),
    "no item": (lambda: [whole(b"nobody names this")], errors.RecordingCorrupt, "no item names"),
    "another size": (
        lambda: [recording.Piece(digest_of(PICTURE), 0, len(PICTURE) + 1, PICTURE + b"!")],
        errors.RecordingCorrupt,
        "another digest",
    ),
    "twice": (lambda: [whole(PICTURE), whole(PICTURE)], errors.RecordingCorrupt, "twice"),
    "from the middle": (
        lambda: [recording.Piece(digest_of(PICTURE), 5, len(PICTURE), PICTURE[5:])],
        errors.RecordingCorrupt,
        "do not follow",
    ),
    "too much": (
        lambda: [recording.Piece(digest_of(PICTURE), 0, len(PICTURE), PICTURE + b"more")],
        errors.RecordingCorrupt,
        "do not follow",
    ),
    "mixed": (
        lambda: [recording.Piece(digest_of(WEIGHTS), 0, len(WEIGHTS), WEIGHTS[:10]), whole(PICTURE)],
        errors.RecordingCorrupt,
        "do not follow",
    ),
    "cut": (
        lambda: [recording.Piece(digest_of(WEIGHTS), 0, len(WEIGHTS), WEIGHTS[:10])],
        errors.RecordingCorrupt,
        "missing or altered",
    ),
    "nothing for ever": (
        lambda: [recording.Piece(digest_of(WEIGHTS), 0, len(WEIGHTS), b"")] * 3,
        errors.RecordingCorrupt,
        "do not follow",
    ),
    "endless": (
        lambda: [recording.Piece(digest_of(WEIGHTS), 0, 2**64 - 1, WEIGHTS[:10])],
        errors.RecordingCorrupt,
        "no item names",
    ),
}


@pytest.mark.parametrize("name", list(BAD))
def test_of_a_file_with_bad_parts_nothing_is_stored(place, batches, name: str) -> None:
    pieces, error, said = BAD[name]
    with pytest.raises(error, match=said):
        place.bring(written(batches, *pieces()))
    assert place.is_empty()


def bomb() -> bytes:
    """Return content that inflates to 64 MB."""
    return zlib.compress(bytes(64 * 2**20), 9)


@pytest.mark.parametrize(
    ("data", "what", "said"),
    [
        (b"no content", ("data", media.CONTENT, "histogram"), "cannot be used"),
        (HISTOGRAM, ("data", media.CONTENT, "matrix"), "which the data of a matrix cannot be"),
        (b"no picture", ("image", media.PNG, "image"), "no picture"),
        (png(100_000, 100_000), ("image", media.PNG, "image"), "the limit is"),
        (b"\xff\xfe", ("data", media.TEXT, "text"), "not UTF-8"),
        (None, ("data", media.CONTENT, "table"), "cannot be used"),
    ],
)
def test_of_a_file_whose_parts_are_not_what_is_said_nothing_is_stored(
    place, batches, data: bytes | None, what: tuple[media.Role, str, media.Kind], said: str
) -> None:
    data = bomb() if data is None else data
    role, media_type, kind = what
    shown = [media.Item(0, kind, "x", 1, parts=(part(data, role, media_type),))]
    with pytest.raises(errors.InvalidRecord, match=said):
        place.bring(written(batches, whole(data), said=shown))
    assert place.is_empty()


def test_a_digest_that_is_a_path_is_refused(place, batches) -> None:
    shown = [media.Item(0, "artifact", "x", 1, parts=(media.Part("data", "../../../etc/passwd", 5, media.BYTES),))]
    with pytest.raises(errors.InvalidRecord, match=r"is '\.\./\.\./\.\./etc/passwd'"):
        place.bring(written(batches, said=shown))
    assert place.is_empty()


def test_a_file_cut_or_altered_anywhere_stores_nothing(place, told) -> None:
    file = told.file()
    for at in (20, len(file) // 2, len(file) - 200, len(file) - 1):
        with pytest.raises(errors.RecordingError):
            place.bring(file[:at])
        with pytest.raises(errors.RecordingError):
            place.bring(file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :])
    assert place.is_empty()


def test_a_run_removed_for_good_does_not_come_back_by_its_pictures(place, told) -> None:
    file = told.file()
    place.bring(file)
    asyncio.run(place.ingest.remove(RUN))
    with pytest.raises(errors.RunRemoved):
        place.bring(file)


def test_a_full_disk_keeps_the_rows_and_the_same_file_goes_on(place, told, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(place.stores.blobs, "_quota_bytes", 1000)
        with pytest.raises(errors.StoreFull, match="rows are still stored"):
            place.bring(told.file())
    assert place.stores.series.run_stats(SIGNS, [RUN])[RUN].rows == 2
    assert [one.state for one in place.bring(told.file())] == ["imported"]
    assert place.stores.blobs.read(digest_of(WEIGHTS)) == WEIGHTS
