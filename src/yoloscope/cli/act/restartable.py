"""What `yoloscope agent --start` knows of the trainings of this machine: from their own records (`spool.launched`), never from a server.

A training is started by `yoloscope resume` in a process of its own, so that nothing of a start depends on the agent's life. Before, the agent notes where
the run's record lay; once it lies elsewhere, the run lives again. An agent that was killed in between sees by that note what it had begun.
"""

import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.cli.act import devices
from yoloscope.records import ids
from yoloscope.sidecar import starting, starts
from yoloscope.sidecar.hardware import port
from yoloscope.spool import launched

_KEPT_S = 30 * 86_400.0
"""How long a note of a start is kept that nobody came back for."""


_OUTPUTS = (".json", ".txt")
"""Of what a start printed, beside its note."""
log = logging.getLogger("yoloscope.sidecar")


class _Said(msgspec.Struct, frozen=True):
    """What `yoloscope resume --json` says."""

    state: str = ""
    reason: str = ""


class Restartable:
    """Implements `starting.Trainer`."""

    def __init__(self, host: str, *, server: str) -> None:
        self._host = host
        self._server = server

    def standing(self, wish: starts.Wish) -> starting.Standing | starting.Refused:
        """Return how a training stands."""
        run = ids.RunId(wish.run)
        known = launched.place(run)
        if known is None:
            return starting.Refused("no_record")
        before = _note_of(wish)
        if before and before != known.directory:
            return "begun"
        if known.is_starting(time.time()):
            return "starting"
        if launched.is_alive(known.path):
            return "alive"
        return self._refusal(known.path) or "ready"

    def places(
        self, wish: starts.Wish, seen: Sequence[port.Card] | None
    ) -> list[starting.Place] | starting.Refused | None:
        """Return where it can go on, None if that cannot be said before the cards answer."""
        known = launched.place(ids.RunId(wish.run))
        record = None if known is None else _record(known.path)
        if record is None:
            return starting.Refused("no_record")
        return devices.places(record, wish.card, seen)

    def is_ours(self, wish: starts.Wish) -> bool:
        """Tell whether an agent of this machine began to carry the wish out."""
        return bool(_note_of(wish))

    def begin(self, wish: starts.Wish, place: starting.Place) -> str:
        """Start it and wait until it lives."""
        known = launched.place(ids.RunId(wish.run))
        if known is None:
            return "no_record"
        try:
            _leave_note(wish, known.directory)
            said = self._resumed(wish, place)
        except OSError:
            return "cannot"
        outcomes = {"begun": "", "preparing": "preparing", "ended": "ended", "refused": said.reason}
        return outcomes.get(said.state, "cannot")

    def forget(self, wish: starts.Wish) -> None:
        """Remember nothing of a wish that is done with."""
        with contextlib.suppress(OSError):
            for path in (_note(wish), *(_note(wish).with_suffix(suffix) for suffix in _OUTPUTS)):
                path.unlink(missing_ok=True)
            for old in _note(wish).parent.iterdir():
                if time.time() - old.stat().st_mtime > _KEPT_S:
                    old.unlink()

    def _refusal(self, directory: Path) -> starting.Refused | None:
        record = _record(directory)
        if record is None:
            return starting.Refused("no_record")
        if record.host != self._host:
            return starting.Refused("elsewhere")
        return None if record.restarts else starting.Refused("by_hand")

    def _resumed(self, wish: starts.Wish, place: starting.Place) -> _Said:
        """Run `yoloscope resume`, which goes on if this process is killed.

        Raises:
            OSError: if it cannot be run.
        """
        command = [sys.executable, "-m", "yoloscope", "resume", wish.run, "--json", "--server", self._server]
        command += ["--deadline", f"{starting.BEGINS_WITHIN_S:g}", *(("--card", place.told) if place.told else ())]
        says, errs = (_note(wish).with_suffix(suffix) for suffix in _OUTPUTS)  # files: a pipe ends with this process
        with says.open("wb") as said, errs.open("wb") as erred:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=erred,
                start_new_session=True,
                cwd="/",
                check=False,
            )
        log.info("%s: %s", wish.run, errs.read_text("utf-8", "replace").strip())
        try:
            return msgspec.json.decode(says.read_bytes().strip().rpartition(b"\n")[2], type=_Said)
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("%s: `yoloscope resume` says nothing that is understood", wish.run)
            return _Said()


def _record(directory: Path) -> launched.Launch | None:
    with contextlib.suppress(errors.SpoolError):
        return launched.load(directory)
    return None


def _note(wish: starts.Wish) -> Path:
    return launched.folder().parent / "starts" / wish.id


def _note_of(wish: starts.Wish) -> str:
    """Return where the record lay when the wish began to be carried out; nothing if that never was."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return _note(wish).read_text("utf-8")
    return ""


def _leave_note(wish: starts.Wish, directory: str) -> None:
    """Note where the record lies, once: a second try of the same wish must not take the first one's outcome for what was before."""
    path = _note(wish)
    if _note_of(wish):
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    fresh.write_text(directory, "utf-8")
    fresh.replace(path)
