"""Arguments of `log_text` and `log_artifact` made into what is handed over; and which names a file may have."""

import contextlib
import os
import stat
from collections.abc import Generator
from pathlib import Path

from yoloscope import errors
from yoloscope.records import media
from yoloscope.sdk import arrays
from yoloscope.sdk.words import Made
from yoloscope.spool import handed

_NAME_FIX = "give a relative name with / between its parts, such as weights/best.pt"


def text(value: object) -> Made:
    """Return a text as UTF-8.

    Raises:
        InvalidRecord: if it is no text, or takes more than `media.TEXT_MAX_BYTES`.
    """
    if not isinstance(value, str):
        raise errors.InvalidRecord(f"text is a {type(value).__name__}", field="text", fix="give a str")
    data = value[: media.TEXT_MAX_BYTES + 1].encode("utf-8", "replace")
    if len(data) > media.TEXT_MAX_BYTES:
        said = f"text has {len(value):,} characters, more than {media.TEXT_MAX_BYTES:,} bytes"
        raise errors.InvalidRecord(said, field="text", fix="log a part of it, or a file by log_artifact")
    return Made(parts=(("text", arrays.Grid("u1", (len(data),), data)),))


@contextlib.contextmanager
def artifact(path: object) -> Generator[Made]:
    """Lend an open file to be copied.

    Raises:
        InvalidRecord: if it is no regular file, cannot be read, or is larger than `media.FILE_MAX_BYTES`.
    """
    try:
        descriptor = os.open(Path(path), os.O_RDONLY | _FLAGS)  # pyright: ignore[reportArgumentType]  # tried, not trusted
    except (OSError, TypeError, ValueError) as error:
        said = f"path cannot be read: {getattr(error, 'strerror', None) or error}"
        raise errors.InvalidRecord(said, field="path", fix="give the path of a file that is written") from error
    try:
        size_bytes = _size_of(os.fstat(descriptor))
    except errors.InvalidRecord:
        os.close(descriptor)
        raise
    with os.fdopen(descriptor, "rb") as file:
        part = arrays.Grid("u1", (size_bytes,), b"")
        yield Made(parts=(("file", part),), file=handed.Copied(file, size_bytes))


def _size_of(found: os.stat_result) -> int:
    if not stat.S_ISREG(found.st_mode):
        raise errors.InvalidRecord("path is no regular file", field="path", fix="give a file; of a folder an archive")
    if found.st_size > media.FILE_MAX_BYTES:
        said = f"path has {found.st_size:,} bytes, more than {media.FILE_MAX_BYTES:,}"
        raise errors.InvalidRecord(said, field="path", fix="keep it elsewhere and log where, by log_text")
    return found.st_size


_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""A pipe that nobody writes to must not stop the training."""


def check_name(name: str) -> None:
    """Refuse the name of an artifact that would lead out of the folder it is saved to.

    Raises:
        InvalidRecord: if it is absolute, has a backslash, or an empty part, ``.`` or ``..``.
    """
    parts = name.split("/")
    if "\\" in name or ":" in parts[0] or any(part.strip(" ") in {"", ".", ".."} for part in parts):
        raise errors.InvalidRecord(f"name {name[:80]!r} is no name for a file", field="name", fix=_NAME_FIX)
