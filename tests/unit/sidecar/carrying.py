"""Steps a courier as a sidecar does, and tells what became of its run."""

from collections.abc import Callable
from pathlib import Path

from clocks import Clock

from yoloscope.sdk import run as runs
from yoloscope.sidecar import loop
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import state

ALL = {"version": 1, "summaries": True, "media": True, "text": True, "class_names": "text", "bulk": "later"}
"""A server's policy that lets everything in."""


def directory_of(run: runs.Run) -> Path:
    """Return where a run writes."""
    assert run.directory is not None
    return run.directory


def carry(courier: loop.Courier, clock: Clock, until: Callable[[], bool], *, rounds: int = 2000) -> None:
    """Step as a sidecar does until something holds."""
    for _ in range(rounds):
        if until():
            return
        if not courier.step():
            clock.wait(courier.rest_s())
    raise AssertionError("it did not come to hold")


def lost(run: runs.Run) -> dict[str, int]:
    """Return what is counted as lost."""
    return state.lost_in(directory_of(run) / "state")


def end(run: runs.Run) -> None:
    """End a run as a trainer does that waits for nobody."""
    run.finish()


def send(run: runs.Run, *, server: str | None = None) -> syncing.Outcome:
    """Send a run as `yoloscope sync` does."""
    return syncing.send(directory_of(run), server=server, progress=lambda _: None, sleep=lambda _: None)
