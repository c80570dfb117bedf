"""Which trainings wait to be started again, on which machine, in which order, and what became of it.

A part of `ports`, where everybody finds it. A run is trained on one machine, so it waits once; one that is to give its card back may be put on the list before it
has, and leaves it if that comes to nothing:

    waiting → starting → started | failed          waiting → failed, where the machine cannot start it at all

The server only says which run; how it is started, the machine that trained it knows alone. A run that lives again by itself counts as started.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from yoloscope.records import ids

HOST_MAX = 100
"""Trainings that wait for one machine: what nobody has queued by hand."""
STARTING_NS = 600 * 10**9
"""How long a start may take, as long as `spool.launched` waits for one; an older word is that of an agent that died."""
STARTED_SHOWN_NS = 600 * 10**9
"""How long a training that was started is still listed among those that wait."""
FAILED_SHOWN_NS = 7 * 86_400 * 10**9
STARTABLE_MAX = 20
"""Runs of one machine that are offered to be started again."""

State = Literal["waiting", "starting", "started", "failed"]
Word = Literal["starting", "started", "failed"]
"""What the agent of a machine says of a training that waits there."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A training that is to go on. ``card`` is a uuid, empty for its own or none; with ``at_once`` it is not waited until that is free."""

    run: ids.RunId
    id: str
    host: str
    card: str
    at_once: bool
    who: str
    state: State
    asked_ns: int
    changed_ns: int
    detail: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for."""

    id: str
    host: str
    card: str = ""
    at_once: bool = False
    who: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent of a machine says of one of its wishes, by its id."""

    wish: str
    word: Word
    host: str
    detail: str = ""
    who: str


class Waiting(Protocol):
    """The trainings that wait, of all machines. Safe to call from any thread."""

    def ask(self, run: ids.RunId, asked: Asked, *, now_ns: int) -> Wish:
        """Put a run at the end of its machine's list, and say so in its audit.

        The same asked again keeps its place and its id; another card or haste makes a new wish of it, behind all others. One that is being
        started stays as it is.

        Raises:
            NotFound: if there is no such run.
            TooMuch: if `HOST_MAX` wait there.
        """
        ...

    def cancel(self, run: ids.RunId, *, host: str, who: str, now_ns: int) -> Wish | None:
        """Take a run from the list and return what it was; None if it does not wait there. One that is being started stays, and is returned so."""
        ...

    def say(self, run: ids.RunId, said: Said, *, now_ns: int) -> bool:
        """Note what a machine's agent says, and in the run's audit; False if it is not asked for, or cannot follow what was said."""
        ...

    def open_at(self, host: str) -> list[Wish]:
        """Return what an agent is told: what waits for a machine, in order, and what was being started. Runs that live, are finished or in the trash are left out."""
        ...

    def shown(self, hosts: Sequence[str], *, now_ns: int) -> list[Wish]:
        """Return what people see of some machines, in the order of each: what is open, started within minutes, or failed within days."""
        ...

    def one(self, run: ids.RunId) -> Wish | None:
        """Return the wish of a run."""
        ...

    def startable(self, hosts: Sequence[str]) -> list[ids.RunId]:
        """Return runs that ended on some machines without being finished, newest first, `STARTABLE_MAX` of each at most."""
        ...
