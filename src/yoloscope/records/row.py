"""Rows and batches: what one `log` call becomes, and how rows of one shape stand together.

A row is one call: step or none, epoch or none, wall and monotonic time, and named 64-bit floats. Rows that share their
names in the same order form a `Matrix`, whose columns are raw little-endian bytes, so that neither side converts them.
"""

from typing import Literal

import msgspec

from yoloscope.records import command, ids, media

NO_STEP = -(2**63)
"""The step of a row that has none: the one int64 that no training reaches."""


class Matrix(msgspec.Struct, frozen=True, tag="m"):
    """Consecutive rows with the same names.

    ``step``, ``wall_ns``, ``mono_ns`` are ``(n,)`` int64 little-endian; ``epoch`` is ``(n,)`` float64 with NaN for none;
    ``values`` is ``(n, len(names))`` float64, row-major.
    """

    names: tuple[str, ...]
    step: bytes
    epoch: bytes
    wall_ns: bytes
    mono_ns: bytes
    values: bytes

    @property
    def rows(self) -> int:
        """How many rows, that is sequence numbers, the matrix holds."""
        return len(self.step) // 8


class Skip(msgspec.Struct, frozen=True, tag="s"):
    """Sequence numbers that will never come: torn, or refused by the server. Their loss is counted in `Batch.lost`."""

    sequences: int


Section = Literal["config", "settings", "provenance", "progress", "life"]


class Updated(msgspec.Struct, frozen=True, tag="u"):
    """Keys of one section of a run, merged over what is known.

    ``config`` is what the user asked for, ``settings`` what is in effect, ``provenance`` where the run comes from.
    ``progress`` holds ``epochs`` and ``close_mosaic`` as planned now, wherever commands moved them, ``best_epoch`` and ``patience_left``.
    ``life`` is what was seen of the process from outside: stacks, counts of kills for lack of memory. ``provenance`` and ``life`` are those of the
    attempt that the batch belongs to.
    """

    section: Section
    values: dict[str, object]


EndState = Literal["finished", "stopped", "crashed", "failed"]


class Ended(msgspec.Struct, frozen=True, tag="e"):
    """The run came to an end, as seen by the process that ran it or by its parent."""

    state: EndState
    wall_ns: int
    reason: str | None = None
    exit_code: int | None = None


Stream = Literal["out", "err"]


class Printed(msgspec.Struct, frozen=True, tag="c"):
    """Lines that the training printed, numbered from ``first`` on within its writer and stream.

    A line that is sent again stands in place of the one with its number: so a progress bar moves without filling the record.
    ``left_out`` counts lines right before these that were too many to keep.
    """

    stream: Stream
    first: int
    wall_ns: int
    lines: tuple[str, ...]
    left_out: int = 0


class Acted(msgspec.Struct, frozen=True, tag="k"):
    """A training, or the sidecar beside it, settled a command (`records.command`): what was really done, and where.

    ``result`` holds what changed, as ``{"lr": {"from": 0.01, "to": 0.003}}``, or ``{"reason": "…"}`` of what was refused. ``step`` and ``epoch``
    are those of the last complete batch.
    """

    id: str
    verb: command.Verb
    state: command.Settled
    wall_ns: int
    step: int | None = None
    epoch: float | None = None
    result: dict[str, object] = {}


Event = Updated | Ended | Printed | media.Item | Acted
Entry = Matrix | Skip | Updated | Ended | Printed | media.Item | Acted


TAGS_MAX = 100
"""Tags of a run."""


class RunRef(msgspec.Struct, frozen=True):
    """Which run a batch belongs to, enough to create it."""

    id: ids.RunId
    project: ids.ProjectName
    name: str
    created_ns: int
    tags: tuple[str, ...] = ()
    group: str | None = None
    host: str | None = None
    framework: str | None = None


class AttemptRef(msgspec.Struct, frozen=True):
    """Which attempt of the writer the rows belong to: ``index`` counts from 0 within the writer.

    Points of older attempts at or after ``start_epoch`` (or ``start_step``) are superseded by this one.
    """

    index: int
    wall_ns: int
    mono_ns: int
    start_epoch: float | None = None
    start_step: int | None = None


class Batch(msgspec.Struct, frozen=True):
    """What one lane of one writer sends at once: contiguous entries from ``first_seq`` on.

    Each row and each event takes one sequence number. ``lost`` counts rows by reason over the writer's whole life, ``deferred``
    those that are kept beside the trainer now and follow later in a lane of their own.
    ``alive`` is the sidecar's observation of the trainer; ``None`` where nobody observes. ``stalled`` tells that it lives but has
    logged nothing for far longer than it ever did. ``rank`` is the process's place in a distributed training: only that of rank 0
    is the training itself, the others add what they see of themselves and their machine.
    """

    run: RunRef
    attempt: AttemptRef
    writer: ids.WriterId
    lane: int
    first_seq: int
    entries: tuple[Entry, ...]
    lost: dict[str, int] = {}
    alive: bool | None = None
    deferred: int = 0
    rank: int = 0
    stalled: bool = False

    @property
    def sequences(self) -> int:
        """How many sequence numbers the batch covers."""
        return sum(sequences_of(entry) for entry in self.entries)


def sequences_of(entry: Entry) -> int:
    """Return how many sequence numbers an entry takes."""
    if isinstance(entry, Matrix):
        return entry.rows
    if isinstance(entry, Skip):
        return entry.sequences
    return 1
