"""The states of a run and what moves it from one to another: pure, so that every back end agrees.

    queued → running ⇄ paused, then finished | stopped | crashed | failed

``unreachable`` and ``stalled`` are observations of a run that has not ended, and so is ``crashed`` as long as no process
said it itself: all three are taken back when the trainer shows life. Silence is never written down: whoever reads a run sees it.
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
_IN_PROGRESS: frozenset[State] = frozenset(("running", "paused"))
_OBSERVED_ALIVE: frozenset[State] = frozenset(("unreachable", "stalled", "crashed"))
_COULD_DIE: frozenset[State] = frozenset(("running", "paused", "unreachable", "stalled"))

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


def after_attempt() -> State:
    """Return the state of a run whose new attempt began: whatever it was, it runs."""
    return "running"


def after_end(ended: row.Ended) -> State:
    """Return the state of a run that said how it ended."""
    return ended.state


def after_heard(state: State, *, alive: bool | None, end_said: bool) -> State:
    """Return the state of a run whose writer was heard of.

    `alive` is what the sidecar sees of the trainer, ``None`` where nobody looks: then being heard of is enough to be no longer
    unreachable. `end_said` tells that a process reported the end, which no observation takes back.
    """
    if end_said:
        return state
    if alive is None:
        return "running" if state == "unreachable" else state
    if alive:
        return "running" if state in _OBSERVED_ALIVE else state
    return "crashed" if state in _COULD_DIE else state


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
