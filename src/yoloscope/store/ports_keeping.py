"""What a catalogue knows for those who clear up: how long a project keeps what, and which runs that may concern.

A part of `ports`, where everybody finds it.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from yoloscope.records import ids
from yoloscope.records.state import State


class Retention(msgspec.Struct, frozen=True):
    """How long a project keeps what, in days after a run ended; ``None`` for ever.

    Runs in the trash are removed ``trash_days`` after they were moved there.
    """

    thin_after_days: float | None = None
    delete_after_days: float | None = None
    trash_days: float = 30.0


class Kept(msgspec.Struct, frozen=True):
    """What decides how long a run is kept.

    ``word_ns`` is the later of its end and of when the server heard of it last; ``restored`` tells that somebody brought it back from
    the trash.
    """

    run: ids.RunId
    project: ids.ProjectName
    name: str
    state: State
    word_ns: int
    tags: tuple[str, ...]
    deleted_ns: int | None
    restored: bool


class Clock(msgspec.Struct, frozen=True):
    """The time by which runs grow old, and what the server's clock said when that was noted; Unix nanoseconds."""

    kept_ns: int
    wall_ns: int


class Keeping(Protocol):
    """What `retention` and the jobs of a server ask of the catalogue. Safe to call from any thread."""

    def kept(self, project: ids.ProjectName | None) -> Sequence[Kept]:
        """Return what decides how long each run is kept, those in the trash included, by project and run."""
        ...

    def clock(self) -> Clock | None:
        """Return what was noted last, ``None`` if nothing was."""
        ...

    def set_clock(self, clock: Clock) -> None:
        """Note the time by which runs grow old."""
        ...

    def remove_sessions(self, *, expired_ns: int) -> int:
        """Forget the browser sessions that had expired by then, and return how many."""
        ...
