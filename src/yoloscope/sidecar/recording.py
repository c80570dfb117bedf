"""Spool directories as one recording, for a trainer that reaches no server: what `sync` would send goes into a file instead.

Called by `yoloscope export`. Writers, lanes and sequence numbers are those of the spool, and what the local policy keeps back is not
in the file. The directories are read through mirrors (`sidecar.mirror`): nothing is noted in them, and a training or a sidecar beside may
go on. Parts of the items that are in the file follow the bodies, as far as they are still kept.
"""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import yoloscope
from yoloscope import errors
from yoloscope.records import media, row
from yoloscope.sidecar import client, mirror, shipment
from yoloscope.spool import blobs, layout
from yoloscope.wire import codec, recording

_READ_BYTES = 1024 * 1024


def of_directories(directories: Sequence[Path], *, now_ns: int) -> Iterator[bytes]:
    """Yield the bytes of a recording of some writers' directories, in the order given; a body at a time is in memory.

    Raises (while it is read):
        SpoolError: if a directory cannot be read or is of another version.
        OSError: if a file cannot be read, or there is no room for the mirror.
    """
    manifests = [layout.load_manifest(directory) for directory in directories]
    refs = {manifest.run.id: manifest.run for manifest in manifests}
    named = tuple(recording.RunName(ref.id, ref.project, ref.name) for ref in refs.values())
    writer = recording.Writer(has_items=any(map(blobs.is_there, directories)))
    yield writer.head(recording.Header(yoloscope.__version__, now_ns, "spool", named))
    heard_ns: dict[str, int] = {}
    shown: dict[media.Part, Path] = {}
    for directory in directories:
        for batches in _batches(directory, heard_ns, now_ns=now_ns):
            shown |= dict.fromkeys(_parts_of(batches), directory)
            yield writer.body(batches)
    for piece in _pieces(shown):
        yield writer.piece(piece)
    yield writer.tail(heard_ns)


def _parts_of(batches: Sequence[row.Batch]) -> Iterator[media.Part]:
    """Yield the parts of the items that are told of; those that policy keeps back are not."""
    for batch in batches:
        for item in (entry for entry in batch.entries if isinstance(entry, media.Item)):
            yield from item.parts


def _pieces(shown: Mapping[media.Part, Path]) -> Iterator[recording.Piece]:
    """Yield the pieces of each part that is still kept and is what it was; ``shown`` says in which directory."""
    done: set[str] = set()
    for part, directory in shown.items():
        path = blobs.Blobs(directory).path_of(part.digest) if part.digest not in done else None
        if path is None:
            continue
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:  # sent, or removed, meanwhile
            if _digest_of(file) == part.digest:
                done.add(part.digest)
                for offset in range(0, max(part.size_bytes, 1), recording.PIECE_BYTES):
                    data = file.read(recording.PIECE_BYTES)
                    yield recording.Piece(part.digest, offset, part.size_bytes, data)


def _digest_of(file: BinaryIO) -> str:
    """Return the digest of a file, and stand at its beginning again."""
    digest = hashlib.sha256()
    while data := file.read(_READ_BYTES):
        digest.update(data)
    file.seek(0)
    return digest.hexdigest()


def _batches(directory: Path, heard_ns: dict[str, int], *, now_ns: int) -> Iterator[list[row.Batch]]:
    """Yield what a directory holds, a body at a time, and note when its run was last heard of."""
    sink = _Sink()
    with (
        mirror.of(directory) as mirrored,
        contextlib.closing(shipment.Shipment(mirrored, afresh=True, paced=False)) as parcel,
    ):
        yield from _shipped(parcel, sink)
        lives = parcel.trainer_lives()
        if not lives and parcel.note_end():
            yield from _shipped(parcel, sink)
        parcel.beat(sink.take, alive=lives)  # the last word: what is lost, and that nothing follows later
        yield from sink.taken()
        run = parcel.manifest.run.id
        heard_ns[run] = max(heard_ns.get(run, 0), now_ns if lives else max(sink.last_wall_ns, parcel.manifest.wall_ns))


def _shipped(parcel: shipment.Shipment, sink: "_Sink") -> Iterator[list[row.Batch]]:
    while parcel.ship(sink.take, alive=None) or parcel.ship_held(sink.take, alive=None):
        yield from sink.taken()


class _Sink:
    """Stands in the place of a server: it takes what one would take, and acknowledges it."""

    def __init__(self) -> None:
        self.last_wall_ns = 0
        self._taken: list[list[row.Batch]] = []
        self._ends: dict[str, int] = {}

    def take(self, body: bytes) -> client.Ack:
        """Take a body.

        Raises:
            ServerRefused: if it holds what no server would take, or leaves out what is no longer kept; the shipment then finds the
                one row, or skips the gap, and counts what is missing.
        """
        try:
            batches = codec.batches_from_body(body)
        except errors.FrameTooLarge as error:
            raise errors.ServerRefused(str(error), status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from error
        except (errors.WireError, errors.InvalidRecord) as error:
            raise errors.ServerRefused(str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY) from error
        for batch in batches:
            expected = self._ends.get(_lane(batch), 0)
            if batch.first_seq > expected:
                raise errors.ServerRefused(
                    "sequence numbers are left out", status=HTTPStatus.CONFLICT, expected=expected
                )
        self._taken.append(batches)
        for batch in batches:
            self._ends[_lane(batch)] = max(self._ends.get(_lane(batch), 0), batch.first_seq + batch.sequences)
            self.last_wall_ns = max(self.last_wall_ns, *(_wall_ns(entry) for entry in batch.entries), 0)
        return client.Ack(acked=dict(self._ends))

    def taken(self) -> Iterator[list[row.Batch]]:
        """Yield what was taken since the last call."""
        taken, self._taken = self._taken, []
        yield from taken


def _lane(batch: row.Batch) -> str:
    return f"{batch.writer}/{batch.lane}"


def _wall_ns(entry: row.Entry) -> int:
    """Return the time that an entry says last, 0 if none."""
    if isinstance(entry, row.Ended):
        return entry.wall_ns
    return int.from_bytes(entry.wall_ns[-8:], "little", signed=True) if isinstance(entry, row.Matrix) else 0
