"""What the server may do to trainings by itself: the settings of each project, the runs that are spared, and every line of the audit.

A part of `ports`, where everybody finds it. A setting and the line that tells of it are one transaction.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from yoloscope.records import ids

Mode = Literal["off", "would", "on"]
Kind = Literal["would", "acted", "limited", "refused", "set", "spared", "unspared"]
MOST_DEFAULT = 3
"""Acts a run, where nobody said otherwise."""
EVENTS_SHOWN = 100


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a project lets a measure act, and how often a run; ``changed_ns`` is ``None`` if nobody ever set it."""

    mode: Mode = "off"
    most: int = MOST_DEFAULT
    who: str = ""
    changed_ns: int | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit. ``key`` tells events of a run and measure apart: the same again is not noted.

    ``values`` are what its sentence needs; ``command`` is the id of what it asked for.
    """

    project: ids.ProjectName
    run: ids.RunId | None
    measure: str
    kind: Kind
    who: str
    at_ns: int
    key: str = ""
    rule: str = ""
    epoch: float | None = None
    command: str = ""
    values: dict[str, str | float] = {}


class Counts(msgspec.Struct, frozen=True):
    """In how many runs of a project a measure would have acted, and in how many it did."""

    would: int = 0
    acted: int = 0


class Measures(Protocol):
    """The measures of all projects. Safe to call from any thread."""

    def settings(self, project: ids.ProjectName) -> Mapping[str, Setting]:
        """Return what was ever set in a project, by the measure.

        Cost: from memory where the project was asked for before.

        Raises:
            NotFound: if there is no such project.
        """
        ...

    def active(self) -> frozenset[ids.ProjectName]:
        """Return the projects in which a measure is tried or on. Cost: from memory."""
        ...

    def set(self, project: ids.ProjectName, measure: str, setting: Setting) -> None:
        """Keep a setting and note who changed it; what is so already changes nothing.

        Raises:
            NotFound: as `settings`.
        """
        ...

    def is_spared(self, run: ids.RunId) -> bool:
        """Tell whether a run is left alone whatever its project allows."""
        ...

    def spare(self, run: ids.RunId, *, spared: bool, who: str, at_ns: int) -> None:
        """Leave a run alone from now on, or no longer, and note who said so; what is so already changes nothing.

        Raises:
            NotFound: if there is no such run.
        """
        ...

    def note(self, event: Event) -> bool:
        """Add a line unless the run has it; True if it is new. A run that is gone is left out."""
        ...

    def of_run(self, run: ids.RunId) -> Sequence[Event]:
        """Return all lines of a run, newest first."""
        ...

    def of_project(self, project: ids.ProjectName) -> Sequence[Event]:
        """Return the newest lines of a project and its runs that are not in the trash, newest first."""
        ...

    def counts(self, project: ids.ProjectName) -> Mapping[str, Counts]:
        """Return in how many runs of a project each measure acted, or would have."""
        ...
