"""The inbox of a writer's directory: the commands that its trainer has to settle, in their order, one small file.

    <root>/<writer>/inbox      JSON, version 1, replaced whole; it always exists, since looking at a file that is missing costs twice as much

The sidecar writes it, the trainer only looks at its time of change at each safe point (`os.stat`, about 10 µs) and reads it when that has moved.
What the trainer did goes into its own lanes as an event (`row.Acted`), so that it is as safe as a row and stands between the rows it belongs to.
The folder is its owner's alone (0700): who can write here is the user who trains.
"""

import os
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import command, ids

VERSION = 1
FILE_NAME = "inbox"
COMMANDS_MAX = 100
_BYTES_MAX = 1024 * 1024


class Order(msgspec.Struct, frozen=True):
    """A command for this writer. ``until_ns`` is its deadline by this machine's clock, ns since 1970."""

    id: str
    verb: command.Verb
    args: dict[str, object]
    order: int
    until_ns: int
    who: str = ""


class Inbox(msgspec.Struct, frozen=True):
    """What the file holds. ``run`` and ``writer`` say for whom it is: a trainer takes nothing that is meant for another."""

    run: ids.RunId
    writer: ids.WriterId
    orders: tuple[Order, ...] = ()
    version: int = VERSION


_from_json = msgspec.json.Decoder(Inbox)


def path(directory: Path) -> Path:
    """Return where the inbox of a writer's directory lies."""
    return directory / FILE_NAME


def save(directory: Path, box: Inbox) -> None:
    """Write the file whole or not at all.

    Raises:
        OSError: if the disk is full or cannot be written; what was there stays.
    """
    fresh = directory / f"{FILE_NAME}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(box))
    fresh.replace(path(directory))


def load(directory: Path) -> Inbox:
    """Return what the file holds.

    Raises:
        SpoolError: if it cannot be read as an inbox.
        SpoolVersion: if another release wrote it.
        OSError: if there is none.
    """
    with path(directory).open("rb") as file:
        data = file.read(_BYTES_MAX + 1)
    try:
        box = _from_json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.SpoolError(f"{path(directory)} is no inbox: {error}") from error
    if box.version != VERSION:
        raise errors.SpoolVersion(f"{path(directory)} is of version {box.version}; this release reads {VERSION}")
    return box
