"""How much may be logged that is no number: per hour, and at once beside the trainer. Beyond it items are held back, and it is said.

Pictures that come with every batch would fill a disk in an hour and bury the few that matter. Summaries are small and come once an epoch; only
the disk holds them back, and later than media.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec

from yoloscope.spool import handed

QUOTA_BYTES = 2 * 1024**3
FREE_PERCENT = 5
"""Of the free disk at most, when the run begins: rows and checkpoints need it more."""
MEDIA_SHARE = 0.8
"""Of the quota; the rest is for summaries, which cannot be made again."""
BURST = 200
PER_HOUR = 1_000
"""At 300 KB a picture some 300 MB an hour: what a page of pictures can show, and an office's link carries."""
LOOK_S = 1.0
"""How often at most the folders are looked at while they are full: some microseconds a file."""
_FOLDERS = (handed.FOLDER, "blobs")


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``[media]`` of ``yoloscope.toml`` may set: megabytes of 10^6 bytes, and numbers of items of media kinds."""

    quota_mb: Annotated[float, msgspec.Meta(gt=0)] | None = None
    burst: Annotated[int, msgspec.Meta(ge=1)] = BURST
    per_hour: Annotated[float, msgspec.Meta(gt=0)] = PER_HOUR

    def waiting_bytes(self, *, free_bytes: int) -> int:
        """Return how much may wait for a run that begins on a disk with so much free."""
        if self.quota_mb is not None:
            return int(self.quota_mb * 1e6)
        return min(QUOTA_BYTES, free_bytes * FREE_PERCENT // 100)


class Rate:
    """A bucket of `burst` items that fills again by `per_hour`; threads at once may take one too many, which harms nothing."""

    def __init__(self, limits: Limits, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(limits.burst)
        self._per_s = limits.per_hour / 3600
        self._clock = clock
        self._left = self._most
        self._at_s = clock()

    def take(self) -> bool:
        """Tell whether one more may come now, and count it if so."""
        now_s = self._clock()
        self._left = min(self._most, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Disk:
    """What waits in one writer's folders, which the trainer fills and the sidecar empties."""

    def __init__(self, directory: Path, *, quota_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._folders = tuple(directory / name for name in _FOLDERS)
        self._quota_bytes = quota_bytes
        self._clock = clock
        self._most_bytes = 0
        self._looked_s = -LOOK_S

    def has_room(self, size_bytes: int, *, is_summary: bool) -> bool:
        """Tell whether so much more may wait.

        The files are counted only when all that was written since the last count might be too much.
        """
        allowed = self._quota_bytes if is_summary else int(self._quota_bytes * MEDIA_SHARE)
        if self._most_bytes + size_bytes <= allowed:
            return True
        now_s = self._clock()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._most_bytes = sum(_bytes_in(folder) for folder in self._folders)
        return self._most_bytes + size_bytes <= allowed

    def add(self, size_bytes: int) -> None:
        """Count what was written."""
        self._most_bytes += size_bytes


def _bytes_in(folder: Path) -> int:
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                total += _bytes_of(entry)
    except OSError:  # nothing was handed over yet, or nothing encoded
        return 0
    return total


def _bytes_of(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:  # the sidecar has just taken it
        return 0
