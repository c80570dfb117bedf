"""What came of commands that answered findings, by run and by project.

A part of `ports`, where everybody finds it.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from yoloscope.records import command, effect, ids
from yoloscope.store import ports_commands


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command, or has so far. ``act`` names what was done without its run (`diagnose.acts.key`)."""

    run: ids.RunId
    command: str
    project: ids.ProjectName
    rule: str
    act: str
    at_ns: int
    effect: effect.Effect


class Effects(Protocol):
    """The effects of commands of all runs. Safe to call from any thread."""

    def due(self, verbs: Sequence[command.Verb]) -> list[ports_commands.Known]:
        """Return the applied commands of some verbs with a cause, oldest first, of which nothing final is known; without runs in the trash."""
        ...

    def put(self, measured: Measured) -> None:
        """Keep what came of a command in the place of what was known; of a run that is gone nothing is kept."""
        ...

    def of_run(self, run: ids.RunId) -> dict[str, Measured]:
        """Return what came of the commands of a run, by their ids."""
        ...

    def of_project(self, project: ids.ProjectName) -> list[Measured]:
        """Return what came of all acts in a project where it is decided, oldest first, without runs in the trash."""
        ...
