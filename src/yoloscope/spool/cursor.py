"""What the server has acknowledged of a writer's directory, so that a new sidecar goes on where the old one stopped.

The cursor may be lost or old: the server leaves out what it has, so at worst rows are sent twice.
"""

from pathlib import Path

import msgspec

from yoloscope.spool import reader

VERSION = 1


class Cursor(msgspec.Struct, frozen=True):
    """Acknowledged places by lane number, and whether the writer is known to have ended and everything was sent.

    ``torn_until`` tells by lane up to where torn places were counted, ``counted`` which sequence numbers were counted that will never
    come: what is read again, for a server that was restored, is not counted again.
    The places hold for one server's data alone: ``instance``, and its ``instance_epoch`` or a later one.
    """

    version: int = VERSION
    places: dict[str, reader.Place] = {}
    complete: bool = False
    lost_sent: dict[str, int] = {}
    torn_until: dict[str, reader.Place] = {}
    counted: dict[str, list[tuple[int, int]]] = {}
    instance: str = ""
    instance_epoch: int = 0


def load(directory: Path) -> Cursor:
    """Return the cursor of a directory, an empty one if there is none that can be read."""
    try:
        cursor = msgspec.json.decode((directory / "cursor.json").read_bytes(), type=Cursor)
    except (OSError, msgspec.DecodeError):
        return Cursor()
    return cursor if cursor.version == VERSION else Cursor()


def save(directory: Path, cursor: Cursor) -> None:
    """Store the cursor whole or not at all."""
    temporary = directory / "cursor.json.tmp"
    temporary.write_bytes(msgspec.json.encode(cursor))
    temporary.replace(directory / "cursor.json")


def count(known: Cursor, *, lane: int, start: int, stop: int) -> tuple[Cursor, list[tuple[int, int]]]:
    """Return the cursor with these sequence numbers counted as lost, and the ranges of them that were not counted before."""
    before = known.counted.get(str(lane), [])
    fresh: list[tuple[int, int]] = []
    at = start
    for begin, end in [*before, (stop, stop)]:
        if at < min(begin, stop):
            fresh.append((at, min(begin, stop)))
        at = max(at, end)
    merged: list[tuple[int, int]] = []
    for begin, end in sorted([*before, (start, stop)]):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return msgspec.structs.replace(known, counted={**known.counted, str(lane): merged}), fresh
