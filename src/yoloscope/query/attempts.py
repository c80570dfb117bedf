"""The attempts of a run as people count them: those of the main process, numbered from 1 on in the order in which they began.

Called by `runs`. The numbers are those that the series route takes; the store's own keys never leave the server.
"""

from collections.abc import Sequence

import msgspec

from yoloscope.query import texts
from yoloscope.records import state
from yoloscope.store import ports
from yoloscope.wire import recording


class Attempt(msgspec.Struct, frozen=True):
    """One attempt; times are ISO 8601 in UTC. It hides what older ones logged from ``start_step`` (else ``start_epoch``) on."""

    number: int
    state: state.State
    started: str
    ended: str | None
    end_reason: str | None
    exit_code: int | None
    start_epoch: float | None
    start_step: int | None
    provenance: dict[str, object]
    life: dict[str, object]


def shown(info: ports.RunInfo, *, now_ns: int) -> list[Attempt]:
    """Return the attempts of a run, oldest first. The newest has the state that the run has."""
    main = ports.main_attempts(info.attempts)
    return [_shown(one, number, of=main, run=info, now_ns=now_ns) for number, one in enumerate(main, start=1)]


def number_of(attempts: Sequence[ports.AttemptInfo]) -> dict[int, int]:
    """Return by an attempt's key in the store the number that people know; ``attempts`` stand in order.

    An opening belongs to what its process did next, an attempt of another rank to the one of the main process whose beginning is nearest:
    processes of one training begin in any order.
    """
    numbers = {one.number: at for at, one in enumerate(ports.main_attempts(attempts), start=1)}
    begun = [one for one in attempts if one.rank == 0]
    found: dict[int, int] = {}
    so_far = 0
    for one in begun:
        so_far = numbers.get(one.number, so_far)
        found[one.number] = so_far if one.number in numbers else so_far + 1
    for one in attempts:
        if one.rank:
            nearest = min(begun, key=lambda main: abs(main.wall_ns - one.wall_ns), default=None)
            found[one.number] = 1 if nearest is None else found[nearest.number]
    return found


def provenance_of(one: ports.AttemptInfo, *, of: Sequence[ports.AttemptInfo]) -> dict[str, object]:
    """Return where an attempt comes from: one that began within a process shares what is known of that process.

    In another server's copy of a run all processes have one writer, and each attempt tells what it comes from by itself.
    """
    if recording.is_derived(one.writer):
        return dict(one.provenance)
    found: dict[str, object] = {}
    for other in of:
        if other.writer == one.writer and other.index <= one.index:
            found |= other.provenance
    return found


def newest(attempts: Sequence[ports.AttemptInfo]) -> ports.AttemptInfo | None:
    """Return the newest attempt of the main process; ``None`` while none is known."""
    main = ports.main_attempts(attempts)
    return main[-1] if main else None


def _shown(
    one: ports.AttemptInfo, number: int, *, of: Sequence[ports.AttemptInfo], run: ports.RunInfo, now_ns: int
) -> Attempt:
    """Return one attempt; one that nobody saw end is over when the next one begins, unless its process is still heard of."""
    is_now = state.of_attempt(said=one.end_state, alive=one.alive, stalled=one.stalled, paused=one.paused)
    ended_ns = one.ended_ns
    if is_now not in state.ENDED and number == len(of):
        is_now = state.after_silence(is_now, heard_ns=heard_ns(run), now_ns=now_ns, framework=run.ref.framework)
    elif is_now not in state.ENDED and not _lives_on(one, later=of[number:], now_ns=now_ns):
        is_now, ended_ns = "stopped", of[number].wall_ns
    elif ended_ns is not None and one.end_state is None and number < len(of):
        ended_ns = min(ended_ns, of[number].wall_ns)  # seen late: its leftovers came after it had been resumed
    return Attempt(
        number=number,
        state=is_now,
        started=texts.iso_from_ns(one.wall_ns),
        ended=None if ended_ns is None else texts.iso_from_ns(ended_ns),
        end_reason=one.end_reason,
        exit_code=one.exit_code,
        start_epoch=one.start_epoch,
        start_step=one.start_step,
        provenance=provenance_of(one, of=run.attempts),
        life=one.life,
    )


def heard_ns(run: ports.RunInfo) -> int:
    """Return when the process of the newest attempt was last heard of: leftovers of an older one are no word of it.

    A plain client leaves nothing behind, and its attempts begin when its first row says, which may be long ago: any word of it counts.
    """
    attempt = newest(run.attempts)
    if attempt is None or attempt.heard_ns is None or run.ref.framework == state.PLAIN_LOG:
        return run.updated_ns
    return attempt.heard_ns


def _lives_on(one: ports.AttemptInfo, *, later: Sequence[ports.AttemptInfo], now_ns: int) -> bool:
    """Tell whether the process of an attempt is still at it beside the one that took its place, which somebody should know."""
    if not one.alive or one.heard_ns is None or any(other.writer == one.writer for other in later):
        return False
    return abs(now_ns - one.heard_ns) <= state.UNREACHABLE_NS
