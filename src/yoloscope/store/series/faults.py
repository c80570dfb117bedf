"""What SQLite reports, as errors of our tree."""

import sqlite3
from pathlib import Path

from yoloscope import errors

_FULL = ("database or disk is full", "No space left")
_DAMAGE = ("malformed", "file is not a database")


def store_error(error: sqlite3.Error, *, path: Path) -> errors.StoreError:
    """Return the error of our tree that says what SQLite's says."""
    text = str(error)
    if any(sign in text for sign in _FULL):
        return errors.StoreFull(
            f"the disk is full: nothing of this batch was stored, what was stored before is safe. Free some space and "
            f"send again: {str(path)!r}"
        )
    return errors.StoreError(f"the series file cannot be used ({text}); it was left as it is: {str(path)!r}")


def is_damage(error: BaseException | None) -> bool:
    """Tell whether SQLite found the file itself altered or cut, rather than that it could not be reached."""
    return isinstance(error, sqlite3.DatabaseError) and any(sign in str(error) for sign in _DAMAGE)
