"""Puts together what lets commands act on one training: its actor, its hold and, where there are several ranks, their agreement.

Loaded at the first call of `sdk.controlled`, since most of it is of no use to a training that nobody can act upon.
"""

from pathlib import Path
from typing import Protocol

import msgspec

from yoloscope.records import command, ids, row
from yoloscope.sdk import acting, agreement, control, following, holding, job, plain_acting, process

Plain = plain_acting.Plain


class Ranks:
    """The processes of a training: where they meet, if there are several."""

    def __init__(self, meeting: job.Meeting | None, place: process.Place) -> None:
        self.size = place.world_size
        self.rank = place.rank if meeting is not None else 0
        self.files = None if meeting is None else agreement.Files(meeting)
        self.are_apart = meeting is not None and not process.is_one_machine(place)

    def leader(self) -> control.Ranks | None:
        """Return what has the others agree, None where there are none."""
        if self.files is None:
            return None
        return agreement.Apart() if self.are_apart else agreement.Leader(self.files, ranks=self.size)

    def hold(self, mark: holding.Mark) -> holding.Hold:
        """Return what holds this process."""
        return holding.Hold(mark=mark, most_s=None if self.files is None else holding.RANKS_MOST_S)

    def of_all(self, found: acting.Abilities) -> acting.Abilities:
        """Return what all of them can do; over several machines a note is left, and the sidecar's kill."""
        found = msgspec.structs.replace(found, ranks=self.size)
        if not self.are_apart:
            return found
        left = tuple(verb for verb in found.verbs if verb in ("stop", "note"))
        lost = [*(verb for verb in found.verbs if verb not in left), "stop.evaluate", "stop.resumable"]
        apart: dict[str, command.Reason] = dict.fromkeys(lost, "several_machines")
        return msgspec.structs.replace(found, verbs=left, settings=(), cannot={**found.cannot, **apart})


class Polled(Protocol):
    """What an integration calls at each safe point."""

    def poll(self, spot: acting.Spot) -> None:
        """Do what is due; blocks while the training is paused, never raises into it."""
        ...


def main(  # noqa: PLR0913  # all but the first two by name
    run: str,
    directory: Path,
    *,
    actor: acting.Actor,
    ranks: Ranks,
    tell: control.Tell,
    mark: holding.Mark,
    settled: set[str],
    untold: list[row.Acted],
) -> control.Control:
    """Return what acts in the process that writes the run; `settled` are the commands that were done, `untold` what waits to be stored; both grow."""
    return control.Control(
        ids.RunId(run),
        directory,
        actor,
        tell=tell,
        hold=ranks.hold(mark),
        ranks=ranks.leader(),
        settled=settled,
        untold=untold,
    )


def beside(*, actor: acting.Actor, ranks: Ranks, mark: holding.Mark) -> following.Follower | None:
    """Return what acts in a process of rank above 0, None where the ranks cannot agree."""
    if ranks.files is None or ranks.are_apart:
        return None
    return following.Follower(ranks.files, ranks.rank, actor, hold=ranks.hold(mark))
