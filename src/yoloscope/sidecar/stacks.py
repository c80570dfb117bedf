"""The stacks of a trainer's threads, asked for from outside: by a signal on which its faulthandler writes them, or by py-spy.

The signal goes to a process only if it is the trainer beyond doubt and catches it: an unknown one would die of it. py-spy, where it is installed
and permitted, sees native frames too, and stops the process while it looks: so it is used on one that is stalled anyway.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Literal

import msgspec

from yoloscope.spool import layout, platform, state
from yoloscope.spool.evidence import STACK_FILE

WAIT_S = 5.0
"""How long a trainer may take to write: the handler runs in C, but a process in the kernel's deepest sleep gets no signal."""
SPY_S = 30.0
"""How long py-spy may take; it reads the symbols of all libraries first."""
LINES_MOST = 500
LINE_MAX_CHARS = 500
_BYTES_MOST = 256 * 1024

By = Literal["faulthandler", "py-spy"]
Why = Literal["asked", "stalled", "ended"]


class Stack(msgspec.Struct, frozen=True):
    """What came of asking: no lines where nothing could be had."""

    why: Why
    by: By
    lines: list[str]


class Stacks:
    """Asks one trainer, once at a time; never waits: `poll` tells what has come."""

    def __init__(self, directory: Path, manifest: layout.Manifest, page: state.StatePage) -> None:
        self._directory = directory
        self._file = directory / STACK_FILE
        self._manifest = manifest
        self._page = page
        self._why: Why | None = None
        self._until_s = 0.0
        self._begun = self._seen = 0
        self._spy: subprocess.Popen[bytes] | None = None
        self._told: IO[bytes] | None = None

    def ask(self, why: Why, *, now_s: float) -> None:
        """Ask for the stacks, unless they are being asked for."""
        if self._why is not None:
            return
        self._why = why
        if why != "stalled" or not self._ask_spy(now_s):
            self._ask_trainer(now_s)

    def poll(self, now_s: float) -> Stack | None:
        """Return the stacks when they have come whole, or nothing will come; None until then."""
        if self._why is None:
            return None
        return self._poll_file(now_s) if self._spy is None else self._poll_spy(now_s)

    def close(self) -> None:
        """End py-spy if it runs; calling it twice is harmless."""
        if self._spy is not None:
            with contextlib.suppress(OSError):
                self._spy.kill()
            self._spy.wait()
            self._spy = None
        if self._told is not None:
            self._told.close()
            self._told = None

    def _is_trainer(self) -> bool:
        """Tell whether the process of that number is the one that holds the lock: on this machine, in this namespace, not a later one."""
        here = self._manifest.boot_id == platform.boot_id()
        return here and platform.has_open(self._manifest.pid, self._directory / "alive.lock")

    def _ask_trainer(self, now_s: float) -> None:
        number = self._page.get("stack_signal")
        pid = self._manifest.pid
        self._begun = self._seen = _size(self._file)
        self._until_s = now_s
        ready = number and self._is_trainer() and platform.has_open(pid, self._file) and platform.catches(pid, number)
        if ready:
            with contextlib.suppress(OSError):
                os.kill(pid, number)
                self._until_s = now_s + WAIT_S

    def _poll_file(self, now_s: float) -> Stack | None:
        before, self._seen = self._seen, _size(self._file)
        is_whole = self._seen > self._begun and self._seen == before
        return self._done("faulthandler", self._written()) if is_whole or now_s >= self._until_s else None

    def _written(self) -> str:
        try:
            with self._file.open("rb") as file:
                file.seek(self._begun)
                return file.read(_BYTES_MOST).decode("utf-8", "replace")
        except OSError:
            return ""

    def _ask_spy(self, now_s: float) -> bool:
        beside = Path(sys.executable).with_name("py-spy")
        program = str(beside) if beside.exists() else shutil.which("py-spy")
        if program is None or not self._is_trainer():
            return False
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  # read when py-spy has ended, closed in `close`
        command = [program, "dump", "--native", "--full-filenames", "--pid", str(self._manifest.pid)]
        try:
            self._spy = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self._told, stderr=subprocess.DEVNULL
            )
        except OSError:
            self.close()
            return False
        self._until_s = now_s + SPY_S
        return True

    def _poll_spy(self, now_s: float) -> Stack | None:
        assert self._spy is not None
        assert self._told is not None
        code = self._spy.poll()
        if code is None and now_s < self._until_s:
            return None
        self._told.seek(0)
        text = self._told.read(_BYTES_MOST).decode("utf-8", "replace") if code == 0 else ""
        self.close()
        if text:
            return self._done("py-spy", text)
        self._ask_trainer(now_s)  # it is not permitted to look
        return None

    def _done(self, by: By, text: str) -> Stack:
        assert self._why is not None
        why, self._why = self._why, None
        return Stack(why, by, lines_of(text))


def lines_of(text: str) -> list[str]:
    """Return the lines of a dump, as many and as long as may be noted, without py-spy's words on the process and its arguments."""
    lines = [line for line in text.splitlines() if not line.startswith(("Process ", "Python v"))]
    return [line.rstrip()[:LINE_MAX_CHARS] for line in lines[:LINES_MOST]]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
