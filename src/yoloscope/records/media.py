"""What a run shows beside its rows of numbers: summaries (aggregated numbers) and media (pictures, texts, files), as typed records.

An `Item` is one call such as `log_matrix`. It travels in the lanes of the rows, as an event; what it holds travels apart, as content-addressed
parts, so that a picture that comes again is sent once and numbers never wait for one.
"""

import re
from typing import Literal

import msgspec

Summary = Literal["histogram", "curve", "matrix", "table"]
Medium = Literal["image", "text", "figure", "graph", "embedding", "artifact"]
Kind = Literal["histogram", "curve", "matrix", "table", "image", "text", "figure", "graph", "embedding", "artifact"]
SUMMARIES: frozenset[str] = frozenset(("histogram", "curve", "matrix", "table"))
"""Aggregated numbers; they leave where the policy has ``summaries``. All other kinds need ``media``."""
Role = Literal["data", "image", "boxes", "mask"]
"""What a part of an item is: its content, its pixels, the annotations of these, a label map of the same height and width."""
Need = Literal["text", "class_names"]

DIGEST = re.compile(r"[0-9a-f]{64}\Z")
"""A part is known by the SHA-256 of its bytes as they are sent and stored."""
PARTS_MAX = 4
NAME_MAX_CHARS = 200
FACTS_MAX_BYTES = 4096
SUMMARY_MAX_BYTES = 8 * 1024 * 1024
"""A summary, the boxes of a picture or a graph, as sent and after inflation."""
EMBEDDING_MAX_BYTES = 64 * 1024 * 1024
"""An embedding, as sent and after inflation: 16,000 points of 1,024 dimensions."""
TEXT_MAX_BYTES = 1024 * 1024
"""A text, in UTF-8."""
PICTURE_MAX_BYTES = 64 * 1024 * 1024
"""An encoded picture."""
PICTURE_MAX_PIXELS = 50_000_000
"""Width times height: what one Python process can decode without harm."""
FILE_MAX_BYTES = 4 * 1024 * 1024 * 1024
CONTENT = "application/vnd.yoloscope.content"
"""The media type of `records.content` as `wire.content` writes it."""
WEBP, PNG, SVG, TEXT, BYTES = (
    "image/webp",
    "image/png",
    "image/svg+xml",
    "text/plain; charset=utf-8",
    "application/octet-stream",
)
MEDIA_TYPES = frozenset((CONTENT, WEBP, PNG, TEXT, BYTES))


class Part(msgspec.Struct, frozen=True):
    """One piece of an item's content: the SHA-256 of its bytes in hexadecimal, how many there are, and what they are."""

    role: Role
    digest: str
    size_bytes: int
    media_type: str


class Item(msgspec.Struct, frozen=True, tag="i"):
    """Something richer than a number at one moment of a run.

    ``number`` counts the items of one writer from 0. ``step`` and ``epoch`` are as those of a row. ``facts`` are a few numbers that a list shows
    without reading the parts, such as ``width``, ``height``, ``boxes``, ``bins``. ``needs`` names what the policy must allow besides
    the kind: free ``text`` or ``class_names`` in a part.
    """

    number: int
    kind: Kind
    name: str
    wall_ns: int
    step: int | None = None
    epoch: float | None = None
    parts: tuple[Part, ...] = ()
    facts: dict[str, int | float] = {}
    needs: tuple[Need, ...] = ()

    @property
    def is_summary(self) -> bool:
        """Whether the item is made of aggregated numbers."""
        return self.kind in SUMMARIES
