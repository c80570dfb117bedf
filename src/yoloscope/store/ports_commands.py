"""What trainings were asked to do: the commands of each run, what became of them, and every line of their audit.

A part of `ports`, where everybody finds it. The states are those of `records.command`:

    sent → accepted → applied | refused | expired          expired → applied, where the training did it after all

A command is bound to a writer from the first. Only what that writer says settles it, once; the rest is noted and changes nothing.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from yoloscope.records import command, ids, row

GRACE_NS = 30 * 10**9
"""How long the word of a training may be on its way after the deadline of a command that it holds."""
OPEN_MAX = 50
"""Open commands of a run: what nobody has asked for by hand."""
MINUTE_MAX = 240
"""Commands of a run within a minute, refused ones counted."""
REJECTED_MAX = 1_000
"""Lines of a run's audit that tell of what changed nothing; who tries more often leaves no more of them."""

Kind = Literal[
    "sent",
    "accepted",
    "applied",
    "refused",
    "expired",
    "rejected",
    "repeated",
    "clashed",
    "unknown",
    "foreign",
    "late",
    "queued",
    "cancelled",
    "starting",
    "started",
    "failed",
]
"""Of a line of the audit. The first five are changes of state; ``rejected`` is what never became a command (an unknown verb, an unreadable body, one too many within a
minute), ``repeated`` is an id that came again
with the same wish, ``clashed`` with another one, ``unknown`` an outcome of a command that there is not, ``foreign`` the word or the question of a writer
that the command, or the run's commands, are not for, ``late`` an outcome of what was settled already. The last five tell of an
ended run that is to go on (`ports_waiting`)."""
REJECTED: tuple[Kind, ...] = ("rejected", "repeated", "clashed", "unknown", "foreign", "late")


class Refusal(msgspec.Struct, frozen=True):
    """Why a command goes nowhere: a word for pages, a sentence for logs."""

    reason: command.Reason
    detail: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for; with a refusal it is kept as refused."""

    id: str
    verb: command.Verb
    args: dict[str, object]
    who: str
    lasts_s: float
    cause: str = ""
    refusal: Refusal | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it stands. ``cause`` is the rule whose finding it answers, ``writer`` is ``None`` where it was refused before it went anywhere; ``wall_ns`` is the trainer's clock."""

    run: ids.RunId
    id: str
    order: int
    verb: command.Verb
    args: dict[str, object]
    state: command.State
    who: str
    writer: ids.WriterId | None
    created_ns: int
    deadline_ns: int
    accepted_ns: int | None = None
    settled_ns: int | None = None
    attempt: int | None = None
    step: int | None = None
    epoch: float | None = None
    wall_ns: int | None = None
    result: dict[str, object] | None = None
    cause: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The command of an id, whether it is new, and whether another wish had the id already."""

    command: Known
    is_new: bool
    clashes: bool = False


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit: what happened to which command, by whom, when by the server's clock."""

    kind: Kind
    command: str = ""
    verb: str = ""
    who: str = ""
    at_ns: int = 0
    reason: str = ""
    detail: str = ""


class CommandList(msgspec.Struct, frozen=True):
    """A page of commands, newest first, and the cursor of the one behind."""

    commands: tuple[Known, ...]
    next_cursor: str | None = None


class EventList(msgspec.Struct, frozen=True):
    """A page of the audit, newest first, and the cursor of the one behind."""

    events: tuple[Event, ...]
    next_cursor: str | None = None


class Commands(Protocol):
    """The commands of all runs. Safe to call from any thread."""

    def ask(self, run: ids.RunId, asked: Asked, *, writer: ids.WriterId | None, now_ns: int) -> Answer:
        """Keep a command for a writer, behind all others of the run; one whose id is known is the one that is known.

        It is refused as ``too_many`` beyond `OPEN_MAX` and `MINUTE_MAX`.

        Raises:
            NotFound: if there is no such run.
        """
        ...

    def note(self, run: ids.RunId, event: Event) -> None:
        """Write a line of the audit; of a run that is not known nothing is kept."""
        ...

    def admits(self, run: ids.RunId, writer: ids.WriterId, *, now_ns: int) -> bool:
        """Tell whether the commands of a run are for a writer, that of its newest main attempt; one that they are not for is noted.

        Raises:
            NotFound: if there is no such run.
        """
        ...

    def orders(self, run: ids.RunId, writer: ids.WriterId, *, now_ns: int) -> list[Known]:
        """Return the open commands of a writer in their order, once what is due has expired."""
        ...

    def take(self, run: ids.RunId, writer: ids.WriterId, taken: Sequence[str], *, now_ns: int) -> bool:
        """Note which commands the sidecar of a writer holds; True if that is news."""
        ...

    def settle(
        self, run: ids.RunId, writer: ids.WriterId, acted: Sequence[row.Acted], *, attempt: int, now_ns: int
    ) -> bool:
        """Note what a writer did in one of its attempts; True if that changed a command. The same again changes nothing.

        An applied pause makes the attempt paused until an applied resume.
        """
        ...

    def expire(self, run: ids.RunId | None, *, now_ns: int) -> list[ids.RunId]:
        """Let expire what is due, of one run or of all, and return the runs where something was.

        Due is what no sidecar took by its deadline, what was taken and not settled `GRACE_NS` after it, and what is for a writer that is not, or no more,
        the newest of a run that goes on.
        """
        ...

    def is_waiting(self, run: ids.RunId) -> bool:
        """Tell from memory whether a run has open commands."""
        ...

    def was_released(self, run: ids.RunId) -> bool:
        """Tell whether the last that the run's newest main attempt carried out is a pause that gave its card back."""
        ...

    def is_releasing(self, run: ids.RunId) -> bool:
        """Tell whether a run that goes on is to give its card back: a pause that does so is open, or was carried out and the process is ending."""
        ...

    def page(self, run: ids.RunId, *, limit: int, cursor: str | None) -> CommandList:
        """Return a page of the commands of a run, newest first.

        Raises:
            NotFound: if there is no such run.
            InvalidRecord: if the cursor is none.
        """
        ...

    def audit(self, run: ids.RunId, *, limit: int, cursor: str | None) -> EventList:
        """Return a page of the audit of a run, newest first; raises as `page`."""
        ...
