"""Writes a run as a file, with everything that such a file can hold, for `tests/data/recording`: files of every version open for ever.

    python tools/frozen_recording.py tests/data/recording/server-v2.yoloscope

Run it before the format of run files changes, never after: what lies there stays as it is.
"""

import asyncio
import hashlib
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from yoloscope.ingest import accept, blobs, live
from yoloscope.query import recordings
from yoloscope.records import content, ids, media, row
from yoloscope.records.policy import Policy
from yoloscope.store import open as opening
from yoloscope.wire import content as wire_content

RUN = row.RunRef(ids.RunId("r1"), ids.ProjectName("signs"), "r1", created_ns=1_700_000_000_000_000_000)
WRITER = ids.WriterId("0123456789abcdef" * 2)


def main() -> None:
    """Write the file that the command line names."""
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory, opening.open_stores(directory) as stores:
        asyncio.run(_fill(stores))
        of = recordings.Sources(stores.series, stores.catalog.console, stores.catalog.items, stores.blobs)
        target.write_bytes(b"".join(recordings.of_run(of, stores.catalog.run(RUN.id), now_ns=RUN.created_ns)))


async def _fill(stores: opening.Stores) -> None:
    stores.catalog.set_policy(RUN.project, Policy(media=True, text=True, class_names="text"))
    ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
    taking = blobs.Blobs(stores.catalog, stores.blobs, policies=ingest.policies, hub=live.Hub())
    parts = _parts()
    items = [
        media.Item(0, "histogram", "train/w", 10**18, step=1, parts=(_part(parts[0], "data", media.CONTENT),)),
        media.Item(1, "image", "val/看", 10**18, epoch=0.5, parts=(_part(parts[1], "image", media.PNG),)),
        media.Item(2, "artifact", "best", 10**18, parts=(_part(parts[2], "data", media.BYTES),), facts={"x": 0.5}),
        media.Item(3, "text", "never came", 10**18, parts=(_part(b"never came", "data", media.TEXT),), needs=("text",)),
    ]
    attempt = row.AttemptRef(0, RUN.created_ns, RUN.created_ns)
    times = struct.pack("<2q", 10**18, 10**18 + 1)
    rows = row.Matrix(
        ("a",), struct.pack("<2q", 0, 1), struct.pack("<2d", 0.0, 0.5), times, times, struct.pack("<2d", 1, 2.5)
    )
    entries = (rows, *items, row.Ended("finished", 10**18 + 2))
    await ingest.take([row.Batch(RUN, attempt, WRITER, 0, 0, entries)])
    for data in parts:
        await taking.accept(RUN.id, blobs.Piece(hashlib.sha256(data).hexdigest(), 0, len(data), data))


def _parts() -> list[bytes]:
    """Return a histogram, a picture of 1 x 1 pixels, and a file that is too large for a row."""
    histogram = content.Histogram(struct.pack("<3d", 0, 1, 2), struct.pack("<2d", 5, 7), 12)
    return [wire_content.to_bytes(histogram), _png(), hashlib.shake_256(b"best").digest(66_000)]


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")


def _part(data: bytes, role: media.Role, media_type: str) -> media.Part:
    return media.Part(role, hashlib.sha256(data).hexdigest(), len(data), media_type)


if __name__ == "__main__":
    main()
