"""The only broad `except` of the trainer: what goes wrong in yoloscope stays in yoloscope.

Each named part reports its first fault in one line on stderr; with `part` it is then off, with `attempt` it is tried again the
next time. Under ``YOLOSCOPE_STRICT=1`` (all tests) faults are raised instead, so that none hides.
"""

import contextlib
import os
import sys
from collections.abc import Generator

NOTES_MOST = 40
"""Lines that a process says at most: a fault whose name is ever another must not flood the training's output."""
_reported: set[str] = set()
_off: set[str] = set()


def is_strict() -> bool:
    """Tell whether faults are to be raised."""
    return os.environ.get("YOLOSCOPE_STRICT") == "1"


def is_off(name: str) -> bool:
    """Tell whether a part has failed and is therefore left out."""
    return name in _off


@contextlib.contextmanager
def part(name: str) -> Generator[None]:
    """Run a block of which no exception gets out; after a first fault `is_off(name)` holds.

    KeyboardInterrupt and SystemExit pass: they are the user's.
    """
    try:
        yield
    except Exception as error:
        if is_strict():
            raise
        _off.add(name)
        note(name, f"{type(error).__name__}: {text_of(error)}. This part is now off; the training goes on.")


def attempt(name: str) -> "_Attempt":
    """Run a block of which no exception gets out, and which may be run again; otherwise as `part`."""
    return _Attempt(name)


class _Attempt:
    """A class, so that type checkers know that the code behind the block is reached. ``error`` is what was raised in it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.error: Exception | None = None

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self.error = error
        if is_strict():
            return False
        note(self._name, f"{type(error).__name__}: {text_of(error)}. The training goes on.")
        return True


def note(name: str, message: str) -> None:
    """Say something once per name, in one line on stderr; after `NOTES_MOST` names nothing more is said."""
    if name in _reported or len(_reported) > NOTES_MOST:
        return
    _reported.add(name)
    if len(_reported) > NOTES_MOST:
        name, message = "notes", "there is more to say, which is only counted from here on."
    with contextlib.suppress(Exception):  # a closed, full, missing or replaced stderr must not matter
        sys.stderr.write(f"yoloscope: {name}: {_one_line(message)}\n")


def text_of(value: object) -> str:
    """Return ``str(value)``, or its type's name in brackets where that raises."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001  # a user's own class may do anything
        return f"<{type(value).__name__}>"


def _one_line(message: str) -> str:
    text = " ".join(message.split())
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def switch_on(name: str) -> None:
    """Let a part that is tried anew each time be tried again."""
    _off.discard(name)


def forget() -> None:
    """Forget all reports and switch every part on again; for tests and a new session in a notebook."""
    _reported.clear()
    _off.clear()
