"""What the catalogue knows of a run, as the process that judges takes it."""

import hashlib

from yoloscope.diagnose import engine, replay, thresholds
from yoloscope.records import plan, state
from yoloscope.server.diagnosing import messages
from yoloscope.store import ports

DIGEST = hashlib.sha256(f"{thresholds.digest()} {engine.VERSION} {replay.VERSION}".encode()).hexdigest()[:16]
"""Of the rules that judge: what was judged by others is judged again."""


def said(info: ports.RunInfo) -> messages.Known:
    """Return what a run says of itself."""
    planned = plan.planned(info.progress)
    return messages.Known(config=info.config, settings=info.settings, provenance=info.provenance, plan=planned)


def attempts(info: ports.RunInfo) -> tuple[messages.Attempt, ...]:
    """Return the attempts of a run, in order."""
    newest = next((one for one in reversed(info.attempts) if _is_main(one)), None)
    return tuple(_attempt(one, info=info, is_newest=one is newest) for one in info.attempts)


def has_ended(info: ports.RunInfo) -> bool:
    """Tell whether a run has come to an end, as far as anybody knows."""
    return info.state in state.ENDED


def _attempt(one: ports.AttemptInfo, *, info: ports.RunInfo, is_newest: bool) -> messages.Attempt:
    return messages.Attempt(
        one.number, one.wall_ns, one.start_epoch, one.start_step, _is_main(one), one.index > 0,
        ended=_end(one, info=info) if is_newest and has_ended(info) else None,
    )  # fmt: skip


def _is_main(one: ports.AttemptInfo) -> bool:
    return one.rank == 0 and one.has_rows


def _end(one: ports.AttemptInfo, *, info: ports.RunInfo) -> messages.End:
    """Return how the run ended; of one whose end nobody told, when it was heard of last."""
    at_ns = info.ended_ns or one.ended_ns or one.heard_ns or info.updated_ns
    told = one.end_state or ("crashed" if info.state not in ("finished", "stopped", "failed") else info.state)
    return told, at_ns, info.end_reason
