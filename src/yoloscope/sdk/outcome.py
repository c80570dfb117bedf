"""How the training ended, for a run that nobody finished: an uncaught exception, Ctrl-C, or simply the end.

A process cannot see its own exit code: ``sys.exit(3)`` looks like any other end and is recorded as finished. Under `yoloscope run`
the parent knows the code, so there an end without an exception is left to be told by it (see `spool.ending`).
"""

import sys
import time
from types import TracebackType
from typing import cast, get_args

import msgspec

from yoloscope.records import row
from yoloscope.sdk import guard, plain

REASON_MAX_CHARS = 1_000
_uncaught: list[type[BaseException]] = []
_watching: list[bool] = []


def watch() -> None:
    """Remember an uncaught exception of the main thread; the hook that was there before is called as ever."""
    if _watching:
        return
    _watching.append(True)
    previous = sys.excepthook

    def remember(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _uncaught.append(kind)
        previous(kind, error, trace)

    sys.excepthook = remember


def state_of(kind: type[BaseException] | None) -> row.EndState:
    """Return the end state for an exception type, or for none."""
    if kind is None:
        return "finished"
    return "stopped" if issubclass(kind, KeyboardInterrupt) else "failed"


def of_block(error: BaseException | None) -> row.Ended:
    """Return the event for the end of a ``with`` block; ``sys.exit`` in it tells its code."""
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        reason = f"exit code {code}" if code else None
        return msgspec.structs.replace(ended("failed" if code else "finished", reason=reason), exit_code=code & 0xFF)
    return ended(state_of(type(error) if error else None), reason=type(error).__name__ if error else None)


def ended(state: object, *, reason: object = None) -> row.Ended:
    """Return the event of an end now; a state that does not exist is named and becomes ``finished``."""
    if state not in get_args(row.EndState):
        guard.note("finish", f"state {guard.text_of(state)!r} is not known; use one of {get_args(row.EndState)}")
        state = "finished"
    said = None if reason is None else plain.text(reason)[:REASON_MAX_CHARS]
    return row.Ended(state=cast("row.EndState", state), wall_ns=time.time_ns(), reason=said)


def exception_at_exit() -> type[BaseException] | None:
    """Return the type of the exception that ends the process, None if there is none.

    Python itself notes it as well, for the case that somebody replaced our hook. An interactive session outlives its exceptions.
    """
    if hasattr(sys, "ps1"):
        return None
    return _uncaught[-1] if _uncaught else getattr(sys, "last_type", None)
