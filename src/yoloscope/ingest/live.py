"""Hints for browsers: which runs grew or changed, coalesced for each connection, never in the way of ingest; bells for who waits for commands, or for what to start.

A hint says "fetch again", never a value. Runs that a connection watches are told up to ten times a second, all others once
a second. The hub belongs to one event loop: every method is called from it.
"""

import asyncio
import contextlib
import time
from collections.abc import Generator
from typing import Literal

import msgspec

from yoloscope.ingest import lately
from yoloscope.records import ids

SWIFT_S = 0.1  # ten times a second is what a chart can redraw
CALM_S = 1.0  # a table of runs needs no more
RUNS_MAX = 4_096  # hints that wait for one slow connection; the next rows of a run bring its hint again


class Hint(msgspec.Struct, tag_field="type", tag=True):
    """What one message says; ``type`` is the class in lower case."""


class Series(Hint, tag="series"):
    """The series of a run grew by some rows."""

    run: str
    project: str
    rows: int


class Run(Hint, tag="run"):
    """A run is new, or its state or a section of it changed."""

    run: str
    project: str


class Media(Hint, tag="media"):
    """A run got items, or parts of items that it had."""

    run: str
    project: str


Message = Series | Run | Media
_Kind = Literal["series", "run", "media"]
_KINDS: dict[type[Message], _Kind] = {Series: "series", Run: "run", Media: "media"}


class Listener:
    """One connection: what it watches and what it has not been told yet."""

    def __init__(self) -> None:
        self.watched: frozenset[ids.RunId] = frozenset()
        self._waiting: dict[tuple[_Kind, str], Message] = {}
        self._arrived = asyncio.Event()
        self._calm_at = 0.0

    def tell(self, hint: Message) -> None:
        """Keep a hint until the connection can take it; series hints of one run add up."""
        key = (_KINDS[type(hint)], hint.run)
        older = self._waiting.get(key)
        if older is None and len(self._waiting) >= RUNS_MAX:
            return
        if isinstance(older, Series) and isinstance(hint, Series):
            hint = msgspec.structs.replace(hint, rows=older.rows + hint.rows)
        self._waiting[key] = hint
        self._arrived.set()

    async def next_hints(self) -> list[Message]:
        """Wait until something is due, then return it; call it again no sooner than `SWIFT_S` later."""
        while True:
            await self._arrived.wait()
            due = self._due(asyncio.get_running_loop().time())
            if due:
                return due
            await asyncio.sleep(SWIFT_S)

    def _due(self, now: float) -> list[Message]:
        calm = now >= self._calm_at
        due = [key for key, hint in self._waiting.items() if calm or hint.run in self.watched]
        if calm and due:
            self._calm_at = now + CALM_S
        hints = [self._waiting.pop(key) for key in due]
        if not self._waiting:
            self._arrived.clear()
        return hints


class Hub:
    """All connections of this server."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_ending = False
        self._lately: lately.Lately[Message] = lately.Lately(time.monotonic)

    @contextlib.contextmanager
    def listener(self) -> Generator[Listener, None, None]:
        """A connection that hears of every run until it ends."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def catch_up(self, listener: Listener, *, ago_s: float) -> bool:
        """Tell a connection what was hinted at in the last seconds before it came; return whether all of that is still known."""
        missed = self._lately.since(ago_s)
        for hint in missed or ():
            listener.tell(hint)
        return missed is not None

    def watching(self, run: ids.RunId) -> bool:
        """Tell whether somebody looks at the run now."""
        return any(run in listener.watched for listener in self._listeners)

    def listeners(self) -> int:
        """How many connections there are."""
        return len(self._listeners)

    def grew(self, run: ids.RunId, *, project: str, rows: int) -> None:
        """Tell every connection that rows came."""
        self._tell(Series(run=run, project=project, rows=rows))

    def changed(self, run: ids.RunId, *, project: str) -> None:
        """Tell every connection that the run is new or changed."""
        self._tell(Run(run=run, project=project))

    def commanded(self, run: ids.RunId, *, project: str) -> None:
        """Tell every connection that a command of the run is new or changed, and wake who waits for its commands."""
        self.changed(run, project=project)
        for bell in self._bells.get(run, ()):
            bell.set()

    def queued(self, host: str) -> None:
        """Wake who waits for what is to be started on a machine."""
        for bell in self._bells.get(_of_machine(host), ()):
            bell.set()

    def bell(self, run: ids.RunId) -> contextlib.AbstractContextManager[asyncio.Event]:
        """An event that is set whenever a command of the run is new or changed; who waits for it clears it."""
        return self._bell(run)

    def machine_bell(self, host: str) -> contextlib.AbstractContextManager[asyncio.Event]:
        """An event that is set whenever what is to be started on a machine changed; who waits for it clears it."""
        return self._bell(_of_machine(host))

    @contextlib.contextmanager
    def _bell(self, key: str) -> Generator[asyncio.Event, None, None]:
        bell = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._bells.setdefault(key, set()).add(bell)
        try:
            yield bell
        finally:
            bells = self._bells[key]
            bells.discard(bell)
            if not bells:
                del self._bells[key]

    def is_linked(self, run: ids.RunId) -> bool:
        """Tell whether somebody waits for the commands of the run."""
        return run in self._bells

    def end(self) -> None:
        """Ring every bell, so that nobody waits for a command when the server stops. Safe to call from any thread."""
        self.is_ending = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring_all)

    def _ring_all(self) -> None:
        for bells in self._bells.values():
            for bell in bells:
                bell.set()

    def showed(self, run: ids.RunId, *, project: str) -> None:
        """Tell every connection that items of the run came, or parts of them."""
        self._tell(Media(run=run, project=project))

    def _tell(self, hint: Message) -> None:
        self._lately.note((_KINDS[type(hint)], hint.run), hint)
        for listener in self._listeners:
            listener.tell(hint)


def _of_machine(host: str) -> str:
    """Return the key of a machine's bells, which is no id of a run."""
    return f"machine/{host}"
