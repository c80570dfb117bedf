"""The note left in a training's folder, so that a resumed training continues its run: ``yoloscope.json``."""

import contextlib
import os
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import ids

FILE_NAME = "yoloscope.json"
VERSION = 1


class Note(msgspec.Struct, frozen=True):
    """Which run a training folder belongs to."""

    version: int
    run: str
    project: str
    name: str


def leave(folder: Path, note: Note) -> None:
    """Write the note, replacing an older one at once."""
    partial = folder / f"{FILE_NAME}.{os.getpid()}.part"
    partial.write_bytes(msgspec.json.encode(note))
    partial.replace(folder / FILE_NAME)


def find(folder: Path) -> Note | None:
    """Return the note of a folder, `None` if there is none that this version can use."""
    with contextlib.suppress(OSError, msgspec.DecodeError, errors.InvalidRecord):
        note = msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Note)
        ids.run_id_from_text(note.run)
        return note if note.version == VERSION else None
    return None
