"""A run as its measures need it: its commands with the processes that they were for, and the process that trains now. Called by `measures`."""

from collections.abc import Mapping, Sequence

from yoloscope.diagnose import measures
from yoloscope.records import finding, ids
from yoloscope.store import ports, ports_attempts, ports_commands

WHO = "measure "
"""What stands before the name of a measure where a command says who asked."""

_PASSING = frozenset(("not_running", "too_many", "no_sidecar", "superseded"))
"""Reasons of a refusal that say nothing of what a training can do."""


def stands(
    info: ports.RunInfo,
    commands: Sequence[ports_commands.Known],
    *,
    findings: Sequence[finding.Finding],
    epoch: float,
    unheard: Mapping[str, float],
    met: float,
) -> measures.Stands:
    """Return a run; `commands` are oldest first, ``unheard`` is by id how far it was known to be when a command first was `is_unheard`, ``met`` when its process was first seen."""
    main = ports_attempts.main_attempts(info.attempts)
    process = process_of(info)
    return measures.Stands(
        findings=findings,
        taken=[_taken(one, unheard=unheard, newest=main[-1].number if main else 0) for one in commands],
        epoch=epoch,
        process=process,
        resumed=_resumed(main, process, met=met),
    )


def process_of(info: ports.RunInfo) -> ids.WriterId:
    """Return the process that trains a run now, or did last."""
    main = ports_attempts.main_attempts(info.attempts)
    return main[-1].writer if main else ids.WriterId("")


def is_unheard(known: ports_commands.Known) -> bool:
    """Tell whether a command expired and the training never said what became of it: after a cut of the network that may follow.

    Also one that nobody said to have taken: that word may be lost with the network, and then the training did it all the same.
    """
    return known.state == "expired" and known.wall_ns is None


def measure_of(known: ports_commands.Known) -> str:
    """Return the measure that asked, nothing for a person."""
    return known.who.removeprefix(WHO) if known.who.startswith(WHO) else ""


def _taken(known: ports_commands.Known, *, unheard: Mapping[str, float], newest: int) -> measures.Taken:
    to_end = known.verb == "stop" or (known.verb == "pause" and known.args.get("release") is True)
    return measures.Taken(
        id=known.id,
        measure=measure_of(known),
        verb=known.verb,
        state=known.state,
        epoch=known.epoch if known.state == "applied" else unheard.get(known.id),
        step=known.step if known.state == "applied" else None,
        process=known.writer or "",
        ends=to_end and known.attempt in (None, newest),
        cannot=known.state == "refused" and str((known.result or {}).get("reason")) not in _PASSING,
    )


def _resumed(main: Sequence[ports_attempts.AttemptInfo], process: ids.WriterId, *, met: float) -> measures.Began | None:
    """Return where the newest process went on with what another one had begun; ``None`` if it is the first."""
    if all(one.writer == process for one in main):
        return None
    first = min((one for one in main if one.writer == process), key=lambda one: one.index)
    return measures.Began(epoch=met if first.start_epoch is None else first.start_epoch, step=first.start_step)
