"""How much a spool may hold and for how long: decisions over sizes and ages, nothing else.

Three rules, carried out by `sidecar.keeping`. What the server has acknowledged is kept a while, in case it is restored from an older backup.
What is unsent is kept until it is sent; beyond its quota the oldest segments are packed, then thinned, then thinned again.
Nothing that is unsent is ever removed.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec

KEEP_DAYS = 7.0
"""A nightly or weekly backup that is restored finds the rows since then still here."""
KEEP_BYTES = 2 * 1024**3
"""Acknowledged bytes: of a running training, and of all ended ones beside each other. Some 17 million rows of ten numbers each."""
GRACE_S = 600.0
"""`yoloscope run` and whoever watches a training's end may still look at its directory."""
QUOTA_BYTES = 10 * 1024**3
"""Unsent bytes of a spool folder: some 90 million rows of ten numbers, at 10 rows a second 100 days without a server."""
FREE_SHARE = 2
"""At most one part in so many of what is free when the run begins: checkpoints need the disk too."""
SPENT = 255
"""The level of a segment that cannot be thinned any further."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``[spool]`` of ``yoloscope.toml`` may set: megabytes of 10^6 bytes, and days."""

    quota_mb: Annotated[float, msgspec.Meta(gt=0)] | None = None
    keep_days: Annotated[float, msgspec.Meta(ge=0)] = KEEP_DAYS

    def unsent_bytes(self, *, free_bytes: int) -> int:
        """Return the quota of unsent rows for a run that begins on a disk with so much free."""
        if self.quota_mb is not None:
            return int(self.quota_mb * 1e6)
        return min(QUOTA_BYTES, free_bytes // FREE_SHARE)


class Sealed(msgspec.Struct, frozen=True):
    """A full segment that waits to be sent. ``level`` is 0 as written, 1 packed, one more each time it was thinned."""

    directory: Path
    lane: int
    number: int
    size_bytes: int
    level: int
    written_s: float


class Ended(msgspec.Struct, frozen=True):
    """A directory whose training has ended and of which the server has everything, since ``ended_s``."""

    directory: Path
    size_bytes: int
    ended_s: float


def next_to_shrink(waiting: Iterable[Sealed]) -> Sealed | None:
    """Return the segment to shrink next: of those shrunk least the oldest; None if none can be."""
    able = (sealed for sealed in waiting if sealed.level < SPENT)
    return min(able, key=lambda sealed: (sealed.level, sealed.written_s, sealed.lane, sealed.number), default=None)


def outlived(ended: Iterable[Ended], *, now_s: float, keep_days: float, keep_bytes: int = KEEP_BYTES) -> list[Ended]:
    """Return the directories to remove, oldest first: those too old, then as many as are over `keep_bytes`; none just ended."""
    oldest_first = sorted(ended, key=lambda one: (one.ended_s, one.directory))
    total = sum(one.size_bytes for one in oldest_first)
    removed: list[Ended] = []
    for one in oldest_first:
        age_s = now_s - one.ended_s
        if age_s <= GRACE_S or (age_s <= keep_days * 86_400 and total <= keep_bytes):
            break
        removed.append(one)
        total -= one.size_bytes
    return removed


def surplus(sizes: Iterable[tuple[Path, float, int]], *, keep_bytes: int = KEEP_BYTES) -> list[Path]:
    """Return which acknowledged segments of a running training to remove, given path, age stamp and size of each: the oldest."""
    oldest_first = sorted(sizes, key=lambda one: (one[1], one[0]))
    total = sum(size for _, _, size in oldest_first)
    removed: list[Path] = []
    for path, _, size in oldest_first:
        if total <= keep_bytes:
            break
        removed.append(path)
        total -= size
    return removed
