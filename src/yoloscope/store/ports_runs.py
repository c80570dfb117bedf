"""What a catalogue says of a run as a whole, of a page of runs, and of a project.

A part of `ports`, where everybody finds it.
"""

import msgspec

from yoloscope.records import ids, row
from yoloscope.records.state import State
from yoloscope.store import ports_attempts, ports_findings


class RunInfo(msgspec.Struct, frozen=True):
    """What the catalogue knows of a run; sections hold JSON values, ``attempts`` stand in order (see `curves.supersede`).

    ``ref`` has the name, the tags and the group that people gave it, if they did; ``sent`` is then what its training said.
    """

    ref: row.RunRef
    state: State
    created_ns: int
    updated_ns: int
    ended_ns: int | None
    end_reason: str | None
    exit_code: int | None
    config: dict[str, object]
    settings: dict[str, object]
    provenance: dict[str, object]
    progress: dict[str, object]
    life: dict[str, object]
    lost: dict[str, int]
    deferred: int
    attempts: tuple[ports_attempts.AttemptInfo, ...]
    deleted_ns: int | None = None
    note: str = ""
    starred: bool = False
    archived_ns: int | None = None
    sent: row.RunRef | None = None
    health: ports_findings.Health = ports_findings.Health()

    @property
    def said(self) -> row.RunRef:
        """What the training itself said of the run, whatever people said since."""
        return self.ref if self.sent is None else self.sent


class RunList(msgspec.Struct, frozen=True):
    """A page of runs, newest first, and where the next page starts."""

    runs: tuple[RunInfo, ...]
    next_cursor: str | None


class ProjectCount(msgspec.Struct, frozen=True):
    """A project with its number of runs."""

    name: ids.ProjectName
    runs: int
    running: int
    updated_ns: int | None
