"""Follows what a training prints and notes it as numbered lines: at most a few notes a second, a bar as one line that moves.

What is too much is left out oldest first, and counted: the last lines before an end are what somebody will look for. How far it is, is kept in
``console.json`` with what was about to be noted, so that another sidecar goes on exactly there: it notes that again under the same numbers.
"""

import codecs
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import row
from yoloscope.sidecar import notebook, terminal
from yoloscope.spool import console, state
from yoloscope.wire import protocol

FILE_NAME = "console.json"
VERSION = 1
NOTE_S = 0.5
MOVE_S = 1.0
"""How often a line that changes is noted again."""
LINES_PER_S, LINES_BURST = 200.0, 2_000.0
BYTES_PER_S, BYTES_BURST, BYTES_LEAST = 40_000.0, 512_000.0, 16_000
"""What is looked at: parsing a megabyte costs a tenth of a second, and a sidecar is to use less than 1 % of a core."""
LINES_MOST = 100_000
"""Of a stream: then comes one line a second."""
HELD_MOST = 1_000
"""Lines that wait for their turn; the oldest give way."""
_EVENT_CHARS = 200_000

log = logging.getLogger("yoloscope.sidecar")


class _Place(msgspec.Struct):
    """How far one stream is; ``passed`` counts newlines up to byte ``at``, ``next`` is the first line not noted yet."""

    at: int = 0
    passed: int = 0
    next: int = 0
    screen: terminal.Memory = msgspec.field(default_factory=terminal.Memory)
    left_out: dict[int, int] = {}
    waiting: dict[int, str] = {}


class _Memory(msgspec.Struct):
    """What has to outlive this process."""

    version: int = VERSION
    places: dict[row.Stream, _Place] = {}
    noting: list[row.Printed] = []


class _Bucket:
    """Fills at a rate up to a burst, in units of what is taken out."""

    def __init__(self, burst: float) -> None:
        self._burst = burst
        self.level = burst

    def fill(self, amount: float) -> None:
        self.level = min(self._burst, self.level + amount)

    def take(self, amount: float) -> None:
        self.level = max(0.0, self.level - amount)


class _Follower:
    """One stream on its way from bytes to numbered lines."""

    def __init__(self, stream: row.Stream, ring: console.RingReader, place: _Place) -> None:
        self.stream: row.Stream = stream
        self.place = place
        self._ring = ring
        self._screen = terminal.Screen(place.screen)
        self._moved: dict[int, str] = {}
        self._noted_at_s: dict[int, float] = {}
        self._bytes = _Bucket(BYTES_BURST)
        self._lines = _Bucket(LINES_BURST)

    def look(self, *, since_s: float, to_the_end: bool) -> None:
        """Take what was printed since the last look, `since_s` ago."""
        place = self.place
        self._bytes.fill(since_s * BYTES_PER_S)
        self._lines.fill(since_s * (LINES_PER_S if place.next < LINES_MOST else 1.0))
        most_bytes = max(BYTES_LEAST, int(self._bytes.level))
        piece = self._ring.read(place.at, passed_lines=place.passed, most_bytes=most_bytes)
        if piece.start != place.at:
            self._screen.skip(piece.skipped_lines)
            place.passed += piece.skipped_lines
        text, used_bytes = codecs.utf_8_decode(piece.data, "replace", to_the_end)
        used = self._screen.feed(text, to_the_end=to_the_end)
        used_bytes -= len(text[used:].encode())
        place.at = piece.start + used_bytes
        place.passed += piece.data.count(b"\n", 0, used_bytes)
        self._bytes.take(len(piece.data))
        self._sort(self._screen.taken())

    def due(self, now_s: float, *, to_the_end: bool) -> list[tuple[int, str, int]]:
        """Return the lines to note now, each with its number and how many before it were left out, in order."""
        place = self.place
        found = [(at, text, place.left_out.get(at, 0)) for at, text in self._moves_due(now_s, to_the_end=to_the_end)]
        while place.waiting and (to_the_end or self._lines.level >= 1.0):
            at = next(iter(place.waiting))
            if at == place.screen.row and not to_the_end and now_s - self._noted_at_s.get(-1, 0.0) < MOVE_S:
                break  # it may yet be a bar
            text = place.waiting.pop(at)
            place.left_out[at] = at - place.next
            place.next = at + 1
            self._lines.take(1.0)
            self._noted_at_s[at] = self._noted_at_s[-1] = now_s
            found.append((at, text, place.left_out[at]))
        self._forget()
        return found

    def is_behind(self) -> bool:
        """Tell whether something was printed that is not noted yet."""
        return self._ring.written() > self.place.at or bool(self.place.waiting or self._moved)

    def keep(self) -> None:
        """Write down in the place what another process needs."""
        self.place.screen = self._screen.saved()

    def close(self) -> None:
        self._ring.close()

    def _sort(self, changed: dict[int, str]) -> None:
        place = self.place
        for at, text in changed.items():
            if at in place.left_out:
                self._moved[at] = text
            elif at >= place.next:
                place.waiting[at] = text
        if len(place.waiting) > HELD_MOST + self._lines.level:
            kept = sorted(place.waiting)[-HELD_MOST - int(self._lines.level) :]
            place.waiting = {at: place.waiting[at] for at in kept}
        else:
            place.waiting = {at: place.waiting[at] for at in sorted(place.waiting)}

    def _moves_due(self, now_s: float, *, to_the_end: bool) -> list[tuple[int, str]]:
        due = [at for at in self._moved if to_the_end or now_s - self._noted_at_s.get(at, 0.0) >= MOVE_S]
        for at in due:
            self._noted_at_s[at] = now_s
        return [(at, self._moved.pop(at)) for at in sorted(due)]

    def _forget(self) -> None:
        oldest = self.place.next - terminal.REMEMBERED
        for known in (self.place.left_out, self._noted_at_s):
            for at in [at for at in known if 0 <= at < oldest]:
                del known[at]


class Console:
    """The watcher of one directory's printed lines."""

    def __init__(self, directory: Path, notes: notebook.Notebook, *, wall_ns: Callable[[], int] = time.time_ns) -> None:
        self._directory = directory
        self._notes = notes
        self._wall_ns = wall_ns
        self._page = state.StatePage(directory / "state")
        self._memory = _loaded(directory / FILE_NAME)
        self._followers: list[_Follower] = []
        self._sees_files = self._is_over = False
        self._looked_at_s: float | None = None
        self._note_at_s = 0.0

    def tend(self, now_s: float, *, lives: bool) -> None:
        """Note what is due; all of it once the training has ended or said its end."""
        ends = not lives or bool(self._page.get("end_told") or self._page.get("regular_end"))
        if self._is_over or (now_s < self._note_at_s and not ends):
            return
        self._note_at_s = now_s + NOTE_S
        if not self._sees_files:
            self._open()
        if self._memory.noting or any(one.is_behind() for one in self._followers):
            since_s = NOTE_S if self._looked_at_s is None else now_s - self._looked_at_s
            self._looked_at_s = now_s
            self._note(now_s, since_s=since_s, to_the_end=ends)
        if ends and not self._memory.noting:
            self._remove()

    def close(self) -> None:
        """Unmap the rings; calling it twice is harmless."""
        for follower in self._followers:
            follower.close()
        self._followers = []
        self._page.close()

    def _open(self) -> None:
        """Open the rings; there are none where nothing is copied."""
        for stream in console.STREAMS:
            try:
                ring = console.RingReader(console.path(self._directory, stream))
            except FileNotFoundError:
                continue
            except (errors.SpoolError, OSError, ValueError) as error:
                log.warning("what is printed is not recorded: %s", error)
                continue
            self._followers.append(_Follower(stream, ring, self._memory.places.setdefault(stream, _Place())))
        self._sees_files = True

    def _note(self, now_s: float, *, since_s: float, to_the_end: bool) -> None:
        if self._memory.noting and not self._noted():
            return
        for follower in self._followers:
            follower.look(since_s=since_s, to_the_end=to_the_end)
            due = follower.due(now_s, to_the_end=to_the_end)
            self._memory.noting += _events(follower.stream, due, wall_ns=self._wall_ns())
            follower.keep()
        if self._memory.noting:
            self._save()
            self._noted()

    def _noted(self) -> bool:
        """Note what is about to be; False if the disk does not hold it, which is then tried again."""
        while self._memory.noting:
            if not self._notes.event(self._memory.noting[0]):
                return False
            del self._memory.noting[0]
        return True

    def _save(self) -> None:
        temporary = self._directory / f"{FILE_NAME}.tmp"
        try:
            temporary.write_bytes(msgspec.json.encode(self._memory))
            temporary.replace(self._directory / FILE_NAME)
        except OSError as error:  # a full disk: another sidecar would note some lines again, under their numbers
            log.warning("how far printed lines are noted is not saved: %s", error)

    def _remove(self) -> None:
        """Remove what is noted to its end; the trainer says its end when it has printed the last."""
        self._is_over = True
        for follower in self._followers:
            follower.close()
        self._followers = []
        for stream in console.STREAMS:
            console.path(self._directory, stream).unlink(missing_ok=True)
        (self._directory / FILE_NAME).unlink(missing_ok=True)


def _events(stream: row.Stream, lines: list[tuple[int, str, int]], *, wall_ns: int) -> Iterator[row.Printed]:
    """Yield lines as events of lines without a gap between them."""
    begin, chars = 0, 0
    for end in range(1, len(lines) + 1):
        chars += len(lines[end - 1][1])
        follows = end < len(lines) and lines[end][0] == lines[end - 1][0] + 1 and lines[end][2] == 0
        if follows and end - begin < protocol.LINES_MAX and chars < _EVENT_CHARS:
            continue
        part = lines[begin:end]
        yield row.Printed(stream, part[0][0], wall_ns, tuple(text for _, text, _ in part), left_out=part[0][2])
        begin, chars = end, 0


def _loaded(path: Path) -> _Memory:
    try:
        memory = msgspec.json.decode(path.read_bytes(), type=_Memory)
    except (OSError, msgspec.DecodeError):
        return _Memory()
    return memory if memory.version == VERSION else _Memory()
