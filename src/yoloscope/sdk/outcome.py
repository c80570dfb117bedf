"""How the training ended, for a run that nobody finished: an uncaught exception, Ctrl-C, or simply the end."""

import sys
from types import TracebackType

from yoloscope.records import row

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


def state_at_exit() -> row.EndState:
    """Return the end state of a process that is about to exit."""
    return state_of(_uncaught[-1] if _uncaught else None)


def reason_at_exit() -> str | None:
    """Return the name of the exception that ended the process, if one did."""
    return _uncaught[-1].__name__ if _uncaught else None
