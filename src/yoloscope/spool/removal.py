"""Taking a writer's directory away whose rows the server has: only files that are ours by name, in an order that may be interrupted.

The cursor, which says that everything was sent, outlives whatever it speaks of: half of a removed directory is never taken for a run
that waits to be sent.
"""

import contextlib
import re
from pathlib import Path

from yoloscope.spool import blobs, cursor, handed, launched, layout, platform

_WRITER = re.compile(r"[0-9a-f]{32}\Z")
_OURS = re.compile(
    r"\d+-\d{6,}\.(sp|packed|packed\.tmp)\Z|[0-9a-f]{16}\.tmp\Z|run\.json\.\d+(\.\d+)?\.tmp\Z|(cursor|exit)\.json\.tmp\Z"
    r"|\d+\.split\Z|(outgoing|launch)\.json(\.tmp)?\Z|resume\.lock\Z|state\Z|exit\.json\Z|sidecar\.log\Z"
    r"|inbox(\.new)?\Z|console\.(out|err)\Z|(console|life)\.json(\.tmp)?\Z|(fault|stack)\.log\Z|suspects\.bin(\.tmp)?\Z"
)
_FOLDERS = (
    (handed.FOLDER, re.compile(r"\d+\.(item|new|bad)\Z")),
    (f"{blobs.FOLDER}/{blobs.SENT}", re.compile(r"[0-9a-f]{64}\Z")),
    (f"{blobs.FOLDER}/{blobs.ASIDE}", re.compile(r"[0-9a-f]{64}\Z")),
    (blobs.FOLDER, re.compile(r"[0-9a-f]{64}\Z|part\.tmp\Z|ledger\Z")),
)
"""Folders in a directory, the inner ones first, and what in them is ours."""
_LAST = ("run.json", "alive.lock", "keeper.lock", "sidecar.lock", "cursor.json")


def is_ended(directory: Path) -> bool:
    """Tell whether a directory is an online run's of which the server has everything, or what is left of such a one.

    Raises:
        SpoolError, OSError: if it cannot be read, or is of another release: then it is nobody's to remove.
    """
    if not _WRITER.match(directory.name) or not cursor.load(directory).complete:
        return False
    return not (directory / "run.json").exists() or layout.load_manifest(directory).mode == "online"


def size_bytes(directory: Path) -> int:
    """Return the bytes of all files in a directory and its folders."""
    folders = [directory, *(directory / name for name, _ in _FOLDERS)]
    return sum(
        path.stat().st_size for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()
    )


def remove(directory: Path) -> bool:
    """Remove an ended directory; False if somebody holds it, or it holds what is not ours, which stays.

    Raises:
        SpoolError, OSError: if it cannot be read or removed.
    """
    held = platform.FileLock(directory / "sidecar.lock")
    if not held.acquire():
        return False
    try:
        if not is_ended(directory) or platform.is_locked(directory / "alive.lock"):
            return False
        launched.forget(directory)
        _remove_ours(directory)
        for name in _LAST:
            (directory / name).unlink(missing_ok=True)
        directory.rmdir()
    except OSError:
        if (directory / "run.json").exists():
            raise
        return False
    finally:
        held.release()
    return True


def _remove_ours(directory: Path) -> None:
    for name, ours in _FOLDERS:
        _empty(directory / name, ours)
    for path in sorted(directory.iterdir()):  # of a lane the oldest first: what may be left has no hole
        if _OURS.match(path.name):
            path.unlink()


def _empty(folder: Path, ours: re.Pattern[str]) -> None:
    """Remove a folder with what in it is ours; one that holds more stays, and the directory with it."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if ours.match(path.name):
            path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
