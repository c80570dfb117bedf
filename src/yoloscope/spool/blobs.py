"""Encoded parts of items on their way to the server, one file each, and a ledger of what became of the items that they belong to.

    <root>/<writer>/blobs/<digest>        a part that the server does not have
    <root>/<writer>/blobs/sent/<digest>   one that it has, kept as long as acknowledged rows are
    <root>/<writer>/blobs/aside/<digest>  one that it does not get: policy keeps its item back, or the server refused it
    <root>/<writer>/blobs/ledger          lines of JSON (`_Line`), only ever appended, each in one write

A part has its name only when it is whole. The ledger is read from its start by whoever opens it, and a torn line counts for nothing: then its item
is noted, or told, once more, which the server takes for the same. Written by the sidecar's watcher (what is noted) and by whoever sends (what became
of it), which may be two processes.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from yoloscope.records import media

FOLDER = "blobs"
SENT = "sent"
ASIDE = "aside"
LEDGER = "ledger"
_FRESH = "part.tmp"
_PIECE_BYTES = 1024 * 1024
State = Literal["noted", "told", "withheld", "refused", "dropped"]
"""What became of an item: its event is in the spool; the server has it; policy kept it back; the server wants none of it, or of its parts; its parts
gave way to the quota."""
_ENDS = frozenset(("withheld", "refused", "dropped"))


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item that is noted; or the state of one; or, with neither, that another server gets everything from the start."""

    item: media.Item | None = None
    number: int | None = None
    state: State = "noted"


class Entry(msgspec.Struct):
    """An item and what became of it. ``is_counted`` tells whether it ever ended otherwise than by being sent."""

    item: media.Item
    state: State = "noted"
    is_counted: bool = False


class Waiting(msgspec.Struct, frozen=True):
    """A part of an item whose event the server has."""

    item: media.Item
    part: media.Part


class Held(msgspec.Struct, frozen=True):
    """A part on the disk that has not reached the server, the oldest item that has it, and when it was written."""

    item: media.Item
    path: Path
    size_bytes: int
    written_s: float


class Blobs:
    """The parts of one writer's directory. Used from one thread, but for `put`."""

    def __init__(self, directory: Path) -> None:
        self.folder = directory / FOLDER
        self._entries: dict[int, Entry] = {}
        self._due: dict[str, Waiting] = {}
        self._read_to = 0
        self._sent = {path.name for path in _digests_in(self.folder / SENT)}

    def put(self, data: bytes | memoryview) -> media.Part:
        """Store bytes, a piece at a time, and return a part of role ``data`` without a media type. One thread at a time may.

        Raises:
            OSError: if the disk is full or cannot be written; nothing is left behind.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        fresh = self.folder / _FRESH
        try:
            with fresh.open("wb") as file:
                digest = _digest_of_pieces(_written(file, data))
            if self.path_of(digest) is None:
                fresh.replace(self.folder / digest)
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink()
        return media.Part("data", digest, memoryview(data).nbytes, "")

    def path_of(self, digest: str) -> Path | None:
        """Return where a part lies, None if it does not."""
        places = (self.folder / digest, self.folder / SENT / digest, self.folder / ASIDE / digest)
        return next((path for path in places if path.is_file()), None)

    def item(self, number: int) -> media.Item | None:
        """Return an item that is noted, or about to be, by its number."""
        self._refresh()
        entry = self._entries.get(number)
        return None if entry is None else entry.item

    def note(self, item: media.Item) -> None:
        """Write down an item whose parts are there and whose event is about to be noted; a number that is known stays as it is.

        Raises:
            OSError: if the disk does not hold it.
        """
        self._append(_Line(item=item))

    def settle(self, item: media.Item, state: State) -> bool:
        """Write down what became of an item; True if it ended otherwise than by being sent and did so for the first time.

        Raises:
            OSError: as `note`.
        """
        entry = self.entry(item)
        if entry.state == state:
            return False
        is_new = state in _ENDS and not entry.is_counted
        self._append(_Line(number=item.number, state=state))
        if state in _ENDS:
            self._put_aside(item)
        return is_new

    def entry(self, item: media.Item) -> Entry:
        """Return what is known of an item, which is written down if nothing is."""
        self._refresh()
        if item.number not in self._entries:
            self.note(item)
        return self._entries[item.number]

    def due(self) -> list[Waiting]:
        """Return the parts of items that the server knows and that it has not got, the smallest first."""
        self._refresh()
        return sorted(self._due.values(), key=lambda one: (one.part.size_bytes, one.item.number, one.part.digest))

    def is_due(self) -> bool:
        """Tell whether some part is to be sent now."""
        self._refresh()
        return bool(self._due)

    def sent(self, digest: str) -> None:
        """Take note that the server has a part, which stays in case it loses it."""
        (self.folder / SENT).mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self.folder / digest).replace(self.folder / SENT / digest)
        self._sent.add(digest)
        self._due.pop(digest, None)

    def doubt(self) -> None:
        """Have the server asked again for every part that it had: its data were restored."""
        for path in _digests_in(self.folder / SENT):
            path.replace(self.folder / path.name)
        self._sent.clear()
        self._refresh()
        for entry in self._entries.values():
            self._enlist(entry)

    def start_again(self) -> None:
        """Have everything told and sent from the start: to another server, or to one with other data."""
        if self.folder.is_dir():
            self._append(_Line())
        self.doubt()

    def waiting(self) -> list[Held]:
        """Return the parts that the server does not have and is to get, the oldest item first; a part of several items once."""
        self._refresh()
        found: dict[str, Held] = {}
        for entry in self._entries.values():
            if entry.state in _ENDS:
                continue
            for part in entry.item.parts:
                path = self.folder / part.digest
                if part.digest not in found and part.digest not in self._sent:
                    with contextlib.suppress(OSError):
                        status = path.stat()
                        found[part.digest] = Held(entry.item, path, status.st_size, status.st_mtime)
        return list(found.values())

    def kept(self) -> Iterator[tuple[Path, float, int]]:
        """Yield path, time of writing and size of each part that nobody waits for: the server has it, or never gets it.

        One that no item has yet was just encoded.
        """
        waiting = {held.path.name for held in self.waiting()}
        known = {part.digest for entry in self._entries.values() for part in entry.item.parts}
        here = (path for path in _digests_in(self.folder) if path.name in known - waiting)
        for path in (*_digests_in(self.folder / SENT), *_digests_in(self.folder / ASIDE), *here):
            status = path.stat()
            yield path, status.st_mtime, status.st_size

    def drop(self, held: Held) -> int:
        """Remove a part that waits, and return how many items are no longer whole by it and were not counted before.

        Raises:
            OSError: if the disk cannot be written.
        """
        lacking = [one.item for one in self._entries.values() if held.path.name in (p.digest for p in one.item.parts)]
        dropped = sum(self.settle(item, "dropped") for item in lacking)
        held.path.unlink(missing_ok=True)
        return dropped

    def damaged(self) -> list[str]:
        """Read every part and return the digests of those whose bytes are others."""
        folders = (self.folder, self.folder / SENT, self.folder / ASIDE)
        paths = (path for folder in folders for path in _digests_in(folder))
        return sorted(path.name for path in paths if _digest_of_file(path) != path.name)

    def _put_aside(self, item: media.Item) -> None:
        """Take the parts of an item from those that wait, but for what others wait for."""
        others = (entry for entry in self._entries.values() if entry.state not in _ENDS)
        wanted = {part.digest for entry in others for part in entry.item.parts}
        for part in item.parts:
            if part.digest not in wanted and (self.folder / part.digest).is_file():
                (self.folder / ASIDE).mkdir(mode=0o700, exist_ok=True)
                (self.folder / part.digest).replace(self.folder / ASIDE / part.digest)

    def _append(self, line: _Line) -> None:
        """Write one line; it begins with a line's end, because the last may be torn."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with (self.folder / LEDGER).open("ab", buffering=0) as ledger:
            ledger.write(b"\n" + _encoder.encode(line) + b"\n")
        self._refresh()

    def _refresh(self) -> None:
        """Read what was appended since the last look."""
        path = self.folder / LEDGER
        try:
            size = path.stat().st_size
        except OSError:
            return
        if size <= self._read_to:
            return
        with path.open("rb") as ledger:
            ledger.seek(self._read_to)
            added = ledger.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for text in whole.split(b"\n"):
            if text:
                with contextlib.suppress(msgspec.DecodeError):
                    self._take(_decoder.decode(text))

    def _take(self, line: _Line) -> None:
        if line.item is not None:
            self._entries.setdefault(line.item.number, Entry(line.item))
        elif line.number is None:
            for entry in self._entries.values():
                entry.state = "noted" if entry.state != "dropped" else entry.state
            self._due.clear()
        elif line.number in self._entries:
            entry = self._entries[line.number]
            entry.state = line.state
            entry.is_counted = entry.is_counted or line.state in _ENDS
            self._enlist(entry)

    def _enlist(self, entry: Entry) -> None:
        """Put the parts of an item among those due, or take them from there."""
        for part in entry.item.parts:
            if entry.state == "told":
                if part.digest not in self._sent and self._is_here(part.digest):
                    self._due.setdefault(part.digest, Waiting(entry.item, part))
            elif part.digest in self._due and self._due[part.digest].item.number == entry.item.number:
                del self._due[part.digest]
                self._enlist_others(part.digest)

    def _is_here(self, digest: str) -> bool:
        """Tell whether a part lies among those that wait; one that was put aside is brought back."""
        if not (self.folder / digest).is_file():
            with contextlib.suppress(OSError):
                (self.folder / ASIDE / digest).replace(self.folder / digest)
        return (self.folder / digest).is_file()

    def _enlist_others(self, digest: str) -> None:
        """Send a part for another item that has it, too."""
        for entry in self._entries.values():
            if entry.state == "told" and any(part.digest == digest for part in entry.item.parts):
                self._enlist(entry)
                return


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Line)


def is_there(directory: Path) -> bool:
    """Tell whether a writer's directory has any parts."""
    return (directory / FOLDER).is_dir()


def size_waiting(directory: Path) -> int:
    """Return the bytes of all parts of a directory that wait, by a listing alone."""
    return sum(path.stat().st_size for path in _digests_in(directory / FOLDER))


def _digests_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if media.DIGEST.match(path.name))


def _written(file: BinaryIO, data: bytes | memoryview) -> Iterator[memoryview]:
    """Write bytes and yield each piece once it is written."""
    view = memoryview(data).cast("B")
    for at in range(0, len(view), _PIECE_BYTES):
        file.write(view[at : at + _PIECE_BYTES])
        yield view[at : at + _PIECE_BYTES]


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return _digest_of_pieces(iter(lambda: file.read(_PIECE_BYTES), b""))


def _digest_of_pieces(pieces: Iterable[bytes | memoryview]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
