"""What a training notes of its own start, for `yoloscope resume` on this machine (`spool.launched`); nothing of it is ever sent.

The command line is the one that started the training as a whole: in a distributed training that of the launcher, where Ultralytics launches
its processes itself that of the process that it did so from. Variables are those of the start, not what the training has made of them since.
"""

import contextlib
import itertools
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import NamedTuple

import msgspec

from yoloscope import errors
from yoloscope.boot import hook
from yoloscope.records import ids, row
from yoloscope.sdk import process
from yoloscope.spool import launched, platform

_PREFIXES = (
    "YOLOSCOPE_",
    "YOLO_",
    "CUDA_",
    "CUBLAS_",
    "NVIDIA_",
    "NCCL_",
    "OMP_",
    "MKL_",
    "OPENBLAS_",
    "TORCH_",
    "PYTORCH_",
)
_NAMES = frozenset(("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHASHSEED", "TMPDIR"))
_NOT_KEPT = frozenset((hook.HANDSHAKE, hook.RESUME, hook.RESUME_FROM))
_SECRET = re.compile(r"TOKEN|PASSW|PWD|SECRET|CREDENTIAL|AUTH|KEY", re.IGNORECASE)
_LAUNCHERS = ("torch.distributed.run", "torch.distributed.launch", "torchrun", "accelerate", "deepspeed")
_NO_SCRIPT = frozenset(("", "-"))
_numbers = itertools.count()


class _Start(NamedTuple):
    """How a process was started; ``whole`` tells that starting it again starts the training."""

    argv: list[str]
    cwd: str
    environment: Mapping[str, str]
    whole: bool


def keep(directory: Path, ref: row.RunRef) -> None:
    """Write the record of a run that begins in this process, and where it lies.

    Raises:
        OSError: if it cannot be written.
    """
    begun = _started()
    record = launched.Launch(
        run=ref.id,
        project=ref.project,
        name=ref.name,
        host=platform.host_name(),
        argv=tuple(launched.encoded(word) for word in begun.argv),
        cwd=launched.encoded(begun.cwd),
        environment={name: launched.encoded(value) for name, value in chosen(begun.environment).items()},
        framework=ref.framework,
        number=next(_numbers),
        restarts=begun.whole,
    )
    launched.save(directory, record)
    with contextlib.suppress(OSError):  # a home that cannot be written, or none
        launched.point(ref.id, launched.Place(directory=launched.encoded(directory)))


def tell_checkpoint(directory: Path | None, checkpoint: Path) -> None:
    """Note from which file the training could go on.

    Raises:
        SpoolError, OSError: if the record cannot be read or written.
    """
    known = None if directory is None else launched.load(directory)
    if directory is not None and known is not None:
        told = launched.encoded(Path(checkpoint).absolute())
        launched.save(directory, msgspec.structs.replace(known, checkpoint=told))


def continued(ref: row.RunRef) -> row.RunRef:
    """Return the run that begins: the one that `yoloscope resume` started this process for, at its first call, else the same."""
    wanted = os.environ.pop(hook.RESUME, None)
    if not wanted:
        return ref
    with contextlib.suppress(errors.YoloscopeError):
        run = ids.run_id_from_text(wanted)
        known = launched.place(run)
        record = None if known is None else launched.load(known.path)
        if record is not None:
            return msgspec.structs.replace(ref, id=run, project=record.project, name=record.name)
    return ref


def chosen(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a second start needs; none that may be a secret, and nothing of ours that belongs to one process."""
    kept = {
        name: value
        for name, value in environment.items()
        if (name in _NAMES or name.startswith(_PREFIXES)) and name not in _NOT_KEPT and not _SECRET.search(name)
    }
    if "@" in kept.get("YOLOSCOPE_SERVER", ""):
        del kept["YOLOSCOPE_SERVER"]  # a token stands before it
    path = [entry for entry in kept.pop("PYTHONPATH", "").split(os.pathsep) if entry and entry != hook.PATH_DIR]
    return kept | ({"PYTHONPATH": os.pathsep.join(path)} if path else {})


def _started() -> _Start:
    argv = [sys.executable, *sys.orig_argv[1:]]
    own = _Start(argv, str(Path.cwd()), _environment("self") or os.environ, whole=_has_script())
    if process.place().world_size == 1:
        return own
    launcher = _parent("self")
    above = _parent(launcher) if launcher and _is_generated(sys.argv[0]) else launcher
    found = _of(above) if launcher and above and _is_launcher(_words(launcher)) else None
    return found or own._replace(whole=False)


def _has_script() -> bool:
    return sys.argv[0] not in _NO_SCRIPT and "ipykernel" not in sys.argv[0]


def _is_generated(script: str) -> bool:
    """Tell whether a script is the one that Ultralytics writes for the processes that it launches."""
    path = PurePath(script)
    return path.name.startswith("_temp_") and path.parent.name == "DDP"


def _is_launcher(words: list[str]) -> bool:
    return any(word in _LAUNCHERS or PurePath(word).name in _LAUNCHERS for word in words)


def _of(pid: str) -> _Start | None:
    """Return how a process of this machine was started, as the kernel tells it."""
    words, environment = _words(pid), _environment(pid)
    if not words or environment is None:
        return None
    if PurePath(words[0]).name.startswith("python"):
        words[0] = sys.executable  # the same, and whatever the path is by then
    try:
        return _Start(words, str(Path(f"/proc/{pid}/cwd").readlink()), environment, whole=True)
    except OSError:
        return None


def _parent(pid: str) -> str:
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[1]
    return ""


def _words(pid: str) -> list[str]:
    with contextlib.suppress(OSError):
        return [os.fsdecode(word) for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]
    return []


def _environment(pid: str) -> dict[str, str] | None:
    with contextlib.suppress(OSError):
        pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        found = (os.fsdecode(pair).partition("=") for pair in pairs if b"=" in pair)
        return {name: value for name, _, value in found}
    return None
