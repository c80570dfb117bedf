"""The probe as a process that may hang, crash or print whatever it likes: started, waited for with a limit, and read.

A driver that hangs keeps a process from ending even by SIGKILL. So nobody waits for it longer than the limit, and what it told until
then counts.
"""

import contextlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from yoloscope.cli.env import facts, probe

LIMIT_S = 60.0
"""For importing torch and computing on all cards: on a cold network disk the import alone took half of that."""
_MARK = b"\x1eyoloscope "
_BEGIN = """
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import runpy
runpy.run_path(sys.argv[1], run_name="__main__")
"""
"""The folder where this is started comes first on the path otherwise, and may hold a torch.py."""


class Probed(msgspec.Struct):
    """What the probe told; ``hung`` names the stage in which its time was over."""

    driver_cuda: tuple[int, int] | None = None
    torch: facts.Torch | None = None
    torch_error: str | None = None
    hung: str | None = None


class _Line(msgspec.Struct):
    stage: str | None = None
    driver_cuda: tuple[int, int] | None = None
    torch: facts.Torch | None = None
    torch_error: str | None = None
    card: facts.Card | None = None


def probed(*, limit_s: float = LIMIT_S, script: Path = Path(probe.__file__)) -> Probed:
    """Return what the probe found out within its time; where it cannot even be started, why."""
    try:
        return _probed(limit_s, script)
    except OSError as error:
        return Probed(torch_error=str(error))


def _probed(limit_s: float, script: Path) -> Probed:
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN, str(script)],
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            exit_code: int | None = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            exit_code = None
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
        told.seek(0)
        return read(told.read(), exit_code=exit_code)


def read(told: bytes, *, exit_code: int | None) -> Probed:
    """Return what the lines of a probe say; without an exit code its time was over."""
    found = Probed()
    stage = "import"
    for line in (part for part in told.split(b"\n") if part.startswith(_MARK)):
        try:
            said = msgspec.json.decode(line.removeprefix(_MARK), type=_Line)
        except msgspec.DecodeError:  # cut by its end
            continue
        stage = stage if said.stage is None else said.stage
        found.driver_cuda = said.driver_cuda or found.driver_cuda
        found.torch = said.torch or found.torch
        found.torch_error = said.torch_error or found.torch_error
        if said.card is not None and found.torch is not None:
            found.torch = msgspec.structs.replace(found.torch, cards=(*found.torch.cards, said.card))
    return _ended(found, stage=stage, exit_code=exit_code)


def _ended(found: Probed, *, stage: str, exit_code: int | None) -> Probed:
    """Put how the process ended where it says something: a crash belongs to the stage it was in."""
    if exit_code is None:
        found.hung = stage or None
    elif exit_code != 0 and found.torch_error is None:
        how = _end(exit_code)
        if found.torch is None:
            found.torch_error = how
        elif stage.startswith("cuda"):
            crashed = facts.Card(stage, "", error=how)
            found.torch = msgspec.structs.replace(found.torch, cards=(*found.torch.cards, crashed))
    return found


def _end(exit_code: int) -> str:
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"
