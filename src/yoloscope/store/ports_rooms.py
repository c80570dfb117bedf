"""The rooms of a catalogue, each with an interface of its own.

A part of `ports`, where everybody finds it.
"""

from typing import Protocol

from yoloscope.store import (
    ports_commands,
    ports_console,
    ports_edits,
    ports_effects,
    ports_findings,
    ports_keeping,
    ports_machines,
    ports_measures,
    ports_media,
    ports_views,
    ports_waiting,
)
from yoloscope.store.changes import Changes


class Rooms(Protocol):
    """What a catalogue holds beside runs and attempts."""

    @property
    def changes(self) -> Changes:
        """Of which runs something was written since when."""
        ...

    @property
    def machines(self) -> ports_machines.Machines:
        """The machines that reported."""
        ...

    @property
    def console(self) -> ports_console.Console:
        """What the trainings printed."""
        ...

    @property
    def items(self) -> ports_media.Items:
        """What the trainings showed beside numbers."""
        ...

    @property
    def edits(self) -> ports_edits.Edits:
        """What people say of runs."""
        ...

    @property
    def findings(self) -> ports_findings.Findings:
        """What the diagnosis of runs came to."""
        ...

    @property
    def commands(self) -> ports_commands.Commands:
        """What trainings were asked to do."""
        ...

    @property
    def effects(self) -> ports_effects.Effects:
        """What came of commands that answered findings."""
        ...

    @property
    def measures(self) -> ports_measures.Measures:
        """What the server may do to trainings by itself, and what it did."""
        ...

    @property
    def waiting(self) -> ports_waiting.Waiting:
        """The trainings that wait to be started again."""
        ...

    @property
    def views(self) -> ports_views.Views:
        """The views that people saved."""
        ...

    @property
    def keeping(self) -> ports_keeping.Keeping:
        """What decides how long runs are kept."""
        ...
