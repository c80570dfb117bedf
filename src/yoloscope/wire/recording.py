"""A run as one file, to be carried by hand: `docs/recording.md` describes the bytes.

    file  = magic version:u16 reserved:u16 block*                      (little-endian)
    block = kind:u8 length:u32 crc32:u32 payload[length]               the checksum covers kind and payload
    kind  = "H" header, first | "B" a body of the ingest protocol, deflated | "P" a piece of an item's part | "T" trailer, last

Both towers write and read it, body by body, so that a run of any length needs the memory of one body. A recording of a spool keeps
the writers, lanes and sequence numbers of the spool. One of a server holds one writer for each run, `PLACEHOLDER`, in whose place
readers put `derived_writer`: the same content always comes from the same writer, so that importing it twice doubles nothing.

Parts of items stand behind all bodies, each once and whole, in pieces of its own order. A file without any is of `VERSION`, which every
release reads; one that may hold some is of `MEDIA_VERSION`.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, Literal, TypeVar

import msgspec

from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.wire import codec, protocol, recording_parts
from yoloscope.wire.recording_parts import Piece as Piece  # noqa: PLC0414 - a part of this module

MAGIC = b"\x89YSREC\r\n"
"""Not text, and with a line end in it: a transfer that alters line ends is told from a damaged disk."""
VERSION = 1
MEDIA_VERSION = 2
"""Of files that may hold parts of items."""
SUFFIX = ".yoloscope"
CONTENT_TYPE = "application/vnd.yoloscope.recording"
BODY_BYTES = 1024 * 1024
"""What writers aim at for one body before it is deflated: long enough to compress well, far below a body's limit."""
PIECE_BYTES = protocol.BLOB_CHUNK_MAX_BYTES
"""The most bytes of a part that stand in one block."""
PLACEHOLDER = ids.WriterId("0" * 32)
_LEVEL = 1  # measured on YOLO curves: level 6 saves 6 % of the bytes for three times the time
_DERIVED = "0" * 8
_START = struct.Struct("<8sHH")
_BLOCK = struct.Struct("<cII")
_PIECE = struct.Struct("<32sQQ")
_HEADER, _BODY, _PART, _TRAILER = b"H", b"B", b"P", b"T"
_BLOCK_MAX_BYTES = protocol.BODY_MAX_BYTES + 64 * 1024  # what does not compress grows a little

Source = Literal["spool", "server"]
_T = TypeVar("_T")


class RunName(msgspec.Struct, frozen=True):
    """A run as the header names it; what else is known of it stands in the bodies, reduced as they were."""

    id: str
    project: str
    name: str


class Header(msgspec.Struct, frozen=True):
    """What a recording says first: which release made it, when, from what, and of which runs."""

    product: str
    created_ns: int
    source: Source
    runs: tuple[RunName, ...]


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """What people said of a run at the server that it is from; ``None`` and nothing where they left it to the training."""

    name: str | None = None
    tags: tuple[str, ...] | None = None
    group: str | None = None
    group_said: bool = False
    note: str = ""
    starred: bool = False
    archived: bool = False


class Trailer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a recording says last: how much it holds, and the digests that prove it.

    ``heard_ns`` is when each run was last heard of, by id. ``content`` is the SHA-256 of the bodies before they were deflated, each behind
    its length (u64): equal content has an equal digest, whoever wrote the file. ``sha256`` is that of all bytes before the trailer.
    ``parts`` counts the parts of items that the file holds, ``parts_bytes`` their bytes. ``said`` is what people said of the runs, by id: beside the
    content, so that a run has the same writer whatever they say.
    """

    bodies: int
    batches: int
    rows: int
    values: int
    heard_ns: dict[str, int]
    content: str
    sha256: str
    parts: int = 0
    parts_bytes: int = 0
    said: dict[str, Said] = {}


_header_decoder = msgspec.msgpack.Decoder(Header)
_trailer_decoder = msgspec.msgpack.Decoder(Trailer)


class _Tally:
    """What is counted and digested alike on both sides."""

    def __init__(self) -> None:
        self.bodies = self.batches = self.rows = self.values = self.parts = self.parts_bytes = 0
        self._content = hashlib.sha256()
        self._file = hashlib.sha256()

    def bytes_passed(self, data: bytes) -> None:
        self._file.update(data)

    def body_passed(self, body: bytes, batches: Sequence[row.Batch]) -> None:
        self._content.update(struct.pack("<Q", len(body)))
        self._content.update(body)
        self.bodies += 1
        self.batches += len(batches)
        for batch in batches:
            for entry in batch.entries:
                if isinstance(entry, row.Matrix):
                    self.rows += entry.rows
                    self.values += entry.rows * len(entry.names)

    def part_passed(self, size_bytes: int) -> None:
        self.parts += 1
        self.parts_bytes += size_bytes

    def trailer(self, heard_ns: Mapping[str, int], said: Mapping[str, Said]) -> Trailer:
        counts = self.bodies, self.batches, self.rows, self.values
        digests = self._content.hexdigest(), self._file.hexdigest()
        return Trailer(*counts, dict(heard_ns), *digests, self.parts, self.parts_bytes, dict(said))


class Writer:
    """Makes the bytes of one recording: `head`, then `body` any number of times, then `piece`, then `tail`.

    With `has_items` it may hold items and their parts.
    """

    def __init__(self, *, has_items: bool = False) -> None:
        self._tally = _Tally()
        self._parts = recording_parts.Parts(self._tally.part_passed)
        self._version = MEDIA_VERSION if has_items else VERSION

    def head(self, header: Header) -> bytes:
        """Return the first bytes."""
        start = _START.pack(MAGIC, self._version, 0)
        return self._passed(start + _block(_HEADER, msgspec.msgpack.encode(header)))

    def body(self, batches: Sequence[row.Batch]) -> bytes:
        """Return the bytes of some batches, all of one project."""
        body = codec.body_from_batches(batches)
        self._tally.body_passed(body, batches)
        return self._passed(_block(_BODY, zlib.compress(body, _LEVEL)))

    def piece(self, piece: Piece) -> bytes:
        """Return the bytes of a piece of at most `PIECE_BYTES`; those of one part follow each other.

        Raises:
            RecordingCorrupt: if they do not, or the whole part has another digest.
        """
        assert self._version == MEDIA_VERSION, "the head said that there are none"
        self._parts.take(piece)
        head = _PIECE.pack(bytes.fromhex(piece.digest), piece.offset, piece.size_bytes)
        return self._passed(_block(_PART, head + piece.data))

    def tail(self, heard_ns: Mapping[str, int], *, said: Mapping[str, Said] | None = None) -> bytes:
        """Return the last bytes; without them a reader knows that the file was cut."""
        return _block(_TRAILER, msgspec.msgpack.encode(self._tally.trailer(heard_ns, said or {})))

    def _passed(self, data: bytes) -> bytes:
        self._tally.bytes_passed(data)
        return data


class Reader:
    """Reads one recording from where `file` stands. ``header`` is there at once, ``trailer`` when all bodies were read.

    Raises:
        RecordingTruncated, RecordingCorrupt, RecordingVersion: if the file is not what it should be.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._tally = _Tally()
        self._parts = recording_parts.Parts(self._tally.part_passed)
        self._version = VERSION
        self._check_start(self._read(_START.size))
        kind, payload = self._block()
        if kind != _HEADER:
            raise errors.RecordingCorrupt("the file has no header")
        self.header: Header = _decoded(_header_decoder, payload, what="header")
        self.trailer: Trailer | None = None

    def bodies(self) -> Iterator[list[row.Batch]]:
        """Yield the batches of each body as they were written; parts of items are proven and left out. Raises as `contents`."""
        for batches in self.contents():
            if not isinstance(batches, Piece):
                yield batches

    def contents(self) -> Iterator[list[row.Batch] | Piece]:
        """Yield the batches of each body, then each piece of a part, as they were written; when it ends, the whole file was proven.

        Raises:
            RecordingTruncated, RecordingCorrupt, RecordingVersion: where the file stops being what it should be.
            InvalidRecord: if an id or a name is not usable.
        """
        is_behind_bodies = False
        while True:
            kind, payload = self._block()
            if kind == _TRAILER:
                self._end(payload)
                return
            if kind == _PART and self._version >= MEDIA_VERSION:
                is_behind_bodies = True
                yield self._piece(payload)
            elif kind == _BODY and not is_behind_bodies:
                yield self._batches(payload)
            else:
                raise errors.RecordingCorrupt(f"the file holds a block of unknown kind {kind!r}, or in a wrong place")

    def _piece(self, payload: bytes) -> Piece:
        if not _PIECE.size <= len(payload) <= _PIECE.size + PIECE_BYTES:
            raise errors.RecordingCorrupt("a piece of a part in the file has a wrong length")
        digest, offset, size_bytes = _PIECE.unpack_from(payload)
        piece = Piece(digest.hex(), offset, size_bytes, payload[_PIECE.size :])
        self._parts.take(piece)
        return piece

    def _batches(self, payload: bytes) -> list[row.Batch]:
        what = f"body {self._tally.bodies}"
        try:
            body = codec.unpacked(payload, encoding="deflate")
            batches = codec.batches_from_body(body)
        except errors.FrameVersion as error:
            raise _newer(f"{what} is of another protocol version ({error})") from error
        except (errors.WireError, UnicodeDecodeError) as error:
            raise errors.RecordingCorrupt(f"{what} of the file is damaged: {error}") from error
        self._tally.body_passed(body, batches)
        return batches

    def _end(self, payload: bytes) -> None:
        trailer: Trailer = _decoded(_trailer_decoder, payload, what="trailer")
        if not self._parts.are_whole or self._tally.trailer(trailer.heard_ns, trailer.said) != trailer:
            raise errors.RecordingCorrupt("the file does not hold what its trailer says: blocks are missing or altered")
        if not all(0 <= at_ns < 2**63 for at_ns in trailer.heard_ns.values()):
            raise errors.RecordingCorrupt("a time in the trailer of the file is out of range")
        if self._file.read(1):
            raise errors.RecordingCorrupt("the file goes on behind its end")
        self.trailer = trailer

    def _block(self) -> tuple[bytes, bytes]:
        head = self._file.read(_BLOCK.size)
        if len(head) != _BLOCK.size:
            raise _cut()
        kind, length, crc = _BLOCK.unpack(head)
        if length > _BLOCK_MAX_BYTES:
            raise errors.RecordingCorrupt(f"the file holds a block of {length} bytes, more than any may have")
        payload = self._file.read(length)
        if len(payload) != length:
            raise _cut()
        if zlib.crc32(payload, zlib.crc32(kind)) != crc:
            raise errors.RecordingCorrupt("a block of the file has a wrong checksum")
        if kind != _TRAILER:
            self._tally.bytes_passed(head)
            self._tally.bytes_passed(payload)
        return kind, payload

    def _check_start(self, start: bytes) -> None:
        if not start.startswith(MAGIC):
            raise _foreign(start)
        if len(start) != _START.size:
            raise _cut()
        _, self._version, _ = _START.unpack(start)
        if self._version not in (VERSION, MEDIA_VERSION):
            raise _newer(f"the file is a recording of format {self._version}; this release reads up to {MEDIA_VERSION}")

    def _read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._tally.bytes_passed(data)
        return data


def prove(file: BinaryIO) -> tuple[Header, Trailer]:
    """Return header and trailer of a recording that was read to its end; raises as `Reader.bodies`."""
    reader = Reader(file)
    for _ in reader.contents():
        pass
    assert reader.trailer is not None, "bodies() ends with the trailer or raises"
    return reader.header, reader.trailer


def derived_writer(run: ids.RunId, *, content: str) -> ids.WriterId:
    """Return the writer id that a run's rows from another server have: the same for the same content."""
    return ids.WriterId(_DERIVED + hashlib.sha256(f"{run}\n{content}".encode()).hexdigest()[len(_DERIVED) : 32])


def is_derived(writer: ids.WriterId) -> bool:
    """Tell whether a writer stands for another server's copy of a run; of random ids one in 4 billion looks so too."""
    return writer.startswith(_DERIVED)


def with_writers(batches: Iterable[row.Batch], *, content: str) -> list[row.Batch]:
    """Return the batches with the derived writer where the file has none of its own."""
    return [
        msgspec.structs.replace(batch, writer=derived_writer(batch.run.id, content=content))
        if batch.writer == PLACEHOLDER
        else batch
        for batch in batches
    ]


def file_name(name: str) -> str:
    """Return a file name for a run's recording that every file system takes."""
    kept = "".join(letter if letter.isalnum() or letter in "-_.+" else "-" for letter in name)
    return (kept.strip("-.")[:60] or "run") + SUFFIX


def _block(kind: bytes, payload: bytes) -> bytes:
    return _BLOCK.pack(kind, len(payload), zlib.crc32(payload, zlib.crc32(kind))) + payload


def _decoded(decoder: msgspec.msgpack.Decoder[_T], payload: bytes, *, what: str) -> _T:
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.RecordingCorrupt(f"the {what} of the file is damaged: {error}") from error


def _foreign(start: bytes) -> errors.RecordingError:
    if not start or MAGIC.startswith(start):
        return _cut()
    if start[:6] == MAGIC[:6]:
        return errors.RecordingCorrupt("the line ends of the file were altered on its way: it was copied as text")
    return errors.RecordingCorrupt(
        "this is no recording of yoloscope", fix="choose a file that `yoloscope export` made"
    )


def _cut() -> errors.RecordingTruncated:
    return errors.RecordingTruncated("the file ends early: it was not copied or written to its end")


def _newer(message: str) -> errors.RecordingVersion:
    return errors.RecordingVersion(message, fix="import it with the release that wrote it, or a newer one")
