"""Items and their parts as a sidecar sends them, for the tests of the media routes."""

import hashlib
import io
import struct
from typing import Any

import msgspec
from PIL import Image

from yoloscope.records import content, media, row
from yoloscope.wire import content as wire_content
from yoloscope.wire import protocol

BINARY = {"Content-Type": "application/octet-stream"}


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def part(data: bytes, role: media.Role = "data", media_type: str = media.CONTENT) -> media.Part:
    return media.Part(role, digest_of(data), len(data), media_type)


def item(number: int, kind: media.Kind = "matrix", name: str = "val/confusion", **changes: object) -> media.Item:
    wall_ns = 1_700_000_000_000_000_000 + number * 10**9
    return msgspec.structs.replace(media.Item(number=number, kind=kind, name=name, wall_ns=wall_ns), **changes)


def picture(width: int = 640, height: int = 480, form: str = "WEBP", colour: int = 90) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (colour, 20, 30)).save(written, form)
    return written.getvalue()


def matrix(*values: float, **labels: content.Labels) -> bytes:
    """Return a matrix of one row."""
    packed = struct.pack(f"<{len(values)}d", *values)
    return wire_content.to_bytes(content.Matrix(1, len(values), packed, **labels))


def boxes(count: int = 2) -> bytes:
    held = content.Boxes(
        width=640,
        height=480,
        xyxy=struct.pack(f"<{4 * count}f", *([1.5, 2, 30, 40] * count)),
        classes=struct.pack(f"<{count}i", *range(count)),
        scores=struct.pack(f"<{count}f", *([0.1] * (count - 1)), float("nan")),
        truth=bytes([0] * (count - 1) + [1]),
    )
    return wire_content.to_bytes(held)


class Trainer:
    """Sends items and parts of one run to a server."""

    def __init__(self, server, batches, run: str = "r1", **fields: object) -> None:
        self.server, self.run = server, run
        self.batches, self._fields = batches, fields
        self._sent = 0

    def send(self, *entries: row.Entry, **changes: object) -> Any:
        fields = {"run": self.run, **self._fields, **changes}
        answer = self.server.ingest(self.batches.body(self.batches(*entries, first_seq=self._sent, **fields)))
        if answer.status_code == 200:
            self._sent += sum(map(row.sequences_of, entries))
        return answer

    def piece(self, digest: str, data: bytes, *, offset: int, length: int, **more: object) -> Any:
        headers = {**BINARY, "Upload-Offset": str(offset), "Upload-Length": str(length)}
        path = protocol.BLOBS_PATH.format(run=self.run, digest=digest)
        return self.server.call("PATCH", path, data=data, headers=headers, **more)

    def upload(self, data: bytes) -> Any:
        return self.piece(digest_of(data), data, offset=0, length=len(data))

    def show(self, *pairs: tuple[media.Item, bytes]) -> None:
        """Send items, then their parts."""
        assert self.send(*(one for one, _ in pairs)).status_code == 200
        for _, data in pairs:
            assert self.upload(data).json() == {"offset": len(data), "complete": True}


def slug(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:yoloscope:problem:")
