"""The states of a run and what moves it from one to another: pure, so that every back end agrees.

    queued → running ⇄ paused, then finished | stopped | crashed | failed

``unreachable`` and ``stalled`` are observations of a run that has not ended, and so is ``crashed`` as long as no process
said it itself: all three are taken back when the trainer shows life. Silence is never written down: whoever reads a run sees it.
A run's state is that of its newest attempt: what is still said of an older one changes nothing.
"""

from typing import Literal

from yoloscope.records import row

State = Literal["queued", "running", "paused", "finished", "stopped", "crashed", "failed", "unreachable", "stalled"]

NEW: State = "queued"
PLAIN_LOG = "POST /log"
"""The framework of a run whose rows come from a plain client, which has no sidecar and no heartbeat."""
UNREACHABLE_NS = 60 * 10**9  # a sidecar is heard of every ten seconds: six in a row are no chance
STALLED_NS = 30 * 60 * 10**9  # a plain client may log once an epoch; as long as a silence that ends its nameless run
ENDED: frozenset[State] = frozenset(("finished", "stopped", "crashed", "failed"))
_IN_PROGRESS: frozenset[State] = frozenset(("running", "paused", "stalled"))

STATES: tuple[State, ...] = (
    "queued",
    "running",
    "paused",
    "finished",
    "stopped",
    "crashed",
    "failed",
    "unreachable",
    "stalled",
)


def of_attempt(*, said: row.EndState | None, alive: bool | None, stalled: bool, paused: bool) -> State:
    """Return the state of an attempt, which is that of its run while it is the newest.

    `said` is the end that its process or the parent of it reported, which no observation takes back. `alive` and `stalled` are what its
    sidecar saw last, ``None`` where nobody looks; `paused` tells that it was asked to hold and does, so that its silence is no stall.
    """
    if said is not None:
        return said
    if alive is False:
        return "crashed"
    if paused:
        return "paused"
    return "stalled" if stalled else "running"


def after_silence(state: State, *, heard_ns: int, now_ns: int, framework: str | None) -> State:
    """Return the state that a reader is told of a run last heard of at `heard_ns`.

    A run with a sidecar that misses its heartbeats is unreachable, one of a plain client that logs nothing for long is stalled.
    The next row or heartbeat takes either back by itself, because `heard_ns` then is new. A run heard of in the future was heard of
    before the server's clock was set back: who lives is heard of again at once, who is dead must not seem to run until then.
    """
    if state not in _IN_PROGRESS:
        return state
    silent_ns = abs(now_ns - heard_ns)
    if framework == PLAIN_LOG:
        return "stalled" if silent_ns > STALLED_NS else state
    return "unreachable" if silent_ns > UNREACHABLE_NS else state
