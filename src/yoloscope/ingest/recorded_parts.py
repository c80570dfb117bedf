"""Parts of items in a recording: proven before anything of the file is stored, then brought as if their trainers sent them.

Called by `recordings`. A part that no item of the file names, or that is not what its item says, makes the whole file one that is not taken.
"""

import contextlib
import io
from collections.abc import Mapping

from yoloscope import errors
from yoloscope.ingest import blobs, contents
from yoloscope.records import ids, media, policy, row
from yoloscope.wire import recording

ITEMS_MAX = 400_000
"""Items that a file may name: some 200 MB of memory while it is imported; a run has half as many at most."""


class Shown:
    """What the items of a file say of its parts, and which of these it holds, noted while it is read for the first time."""

    def __init__(self) -> None:
        self._claims: dict[str, list[tuple[row.RunRef, media.Item, media.Part]]] = {}
        self._held: dict[ids.RunId, set[str]] = {}
        self._items = 0
        self._coming = bytearray()

    def take(self, batch: row.Batch) -> None:
        """Note the items of a batch.

        Raises:
            RecordingError: if the file names too many.
        """
        for item in (entry for entry in batch.entries if isinstance(entry, media.Item)):
            self._items += 1
            for part in item.parts:
                self._claims.setdefault(part.digest, []).append((batch.run, item, part))
        if self._items > ITEMS_MAX:
            raise errors.RecordingError(
                f"the file names more than {ITEMS_MAX} pictures, tables and files",
                fix="export the runs into several files",
            )

    def prove(self, piece: recording.Piece, *, holds: Mapping[ids.ProjectName, policy.Policy]) -> None:
        """Note a piece, and with the last of a part compare it with what the items say; ``holds`` has the policy of each project.

        Raises:
            RecordingCorrupt: if no item has such a part.
            InvalidRecord: if it is not what an item says.
            PolicyForbids: if it holds texts that may not come in.
        """
        claims = self._claims.get(piece.digest, [])
        if not claims or any(part.size_bytes != piece.size_bytes for _, _, part in claims):
            raise errors.RecordingCorrupt(
                f"the file holds {piece.digest} of {piece.size_bytes} bytes, which no item names"
            )
        checked = [claim for claim in claims if claim[2].media_type != media.BYTES]
        if checked:
            self._coming += piece.data
        if piece.offset + len(piece.data) < piece.size_bytes:
            return
        whole, self._coming = bytes(self._coming), bytearray()
        for run, item, part in checked:
            contents.check(io.BytesIO(whole), claims=[(item, part)], holds=holds[run.project])
        for run, _, _ in claims:
            self._held.setdefault(run.id, set()).add(piece.digest)

    def held(self, run: ids.RunId) -> set[str]:
        """Return the digests of the parts of a run that the file holds."""
        return self._held.get(run, set())

    def runs_of(self, digest: str) -> list[ids.RunId]:
        """Return the runs that have a part of that digest."""
        return list(dict.fromkeys(run.id for run, _, _ in self._claims[digest]))


async def bring(into: blobs.Blobs, piece: recording.Piece, *, runs: list[ids.RunId]) -> None:
    """Store a piece for the first of some runs that has such a part here; one that is here already changes nothing.

    A run that is full has not got all items, nor their parts. Raises as `blobs.Blobs.accept` otherwise.
    """
    for run in runs:
        with contextlib.suppress(errors.NotFound):
            await _bring(into, piece, run=run)
            return


async def _bring(into: blobs.Blobs, piece: recording.Piece, *, run: ids.RunId) -> None:
    offset, data = piece.offset, piece.data
    try:
        await into.accept(run, blobs.Piece(piece.digest, offset, piece.size_bytes, data))
    except errors.SequenceGap as gap:
        skipped = gap.expected - offset
        if skipped < 0:
            raise
        if skipped < len(data):  # an upload, or an import that broke off, brought the beginning of it
            await into.accept(run, blobs.Piece(piece.digest, gap.expected, piece.size_bytes, data[skipped:]))
