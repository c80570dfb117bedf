"""The only broad `except` of the trainer: what goes wrong in yoloscope stays in yoloscope.

Each named part reports its first fault in one line on stderr; with `part` it is then off, with `note` it goes on. Under
``YOLOSCOPE_STRICT=1`` (all tests) faults are raised instead, so that none hides.
"""

import contextlib
import os
import sys
from collections.abc import Generator

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
        note(name, f"{type(error).__name__}: {error}. This part is now off; the training goes on.")


def note(name: str, message: str) -> None:
    """Say something once per name, in one line on stderr."""
    if name in _reported:
        return
    _reported.add(name)
    with contextlib.suppress(OSError, ValueError):  # a closed or full stderr must not matter
        sys.stderr.write(f"yoloscope: {name}: {_one_line(message)}\n")


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
