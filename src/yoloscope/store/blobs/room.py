"""How much blobs may take: rows of trainings come first, so blobs stop while the disk still has room for them."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from yoloscope import errors

RESERVE_SHARE = 0.05
RESERVE_BYTES = 5 * 10**9
"""What blobs leave free of the disk: 5 % of it, but no more than this. A training of a week writes some 100 MB of rows."""


class Disk(NamedTuple):
    """Size and free space of a file system in bytes."""

    total: int
    free: int


def disk_of(path: Path) -> Disk:
    """Return the file system of a directory as it is now."""
    usage = shutil.disk_usage(path)
    return Disk(usage.total, usage.free)


def check(
    directory: Path, *, coming_bytes: int, held_bytes: int, quota_bytes: int | None, disk: Callable[[Path], Disk]
) -> None:
    """Return if so many bytes may come.

    Raises:
        StoreFull: if they may not; the message names the limit.
    """
    if quota_bytes is not None and held_bytes + coming_bytes > quota_bytes:
        raise errors.StoreFull(
            f"pictures and files have reached their quota of {quota_bytes / 1e9:g} GB; rows are still stored. Remove runs for good, or "
            "raise --blobs-quota-gb of `yoloscope up`"
        )
    now = disk(directory)
    reserve_bytes = min(int(now.total * RESERVE_SHARE), RESERVE_BYTES)
    if now.free - coming_bytes < reserve_bytes:
        raise errors.StoreFull(
            f"the disk is nearly full: its last {reserve_bytes / 1e9:.1f} GB are kept for rows, so no picture or file is stored. Free "
            "some space"
        )
