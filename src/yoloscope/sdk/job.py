"""How the processes of one distributed training find the run of their rank 0: by a file in the spool's folder, never by a network.

Rank 0 leaves word there under a name that all processes of the job know: how they meet, how often the job was restarted, and which of
the process's runs it is. Whoever finds it makes sure that it is of this very job: from the same launcher on the same machine, of a
writer that still lives or that began after the finder itself did.
"""

import contextlib
import hashlib
import itertools
import os
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.sdk import process
from yoloscope.spool import layout, platform

VERSION = 1
SUFFIX = ".job"
KEPT_S = 24 * 3600.0
"""How long word is kept: far longer than the processes of a training take to begin."""
CLOCKS_DIFFER_NS = 60 * 10**9
"""By how much the clocks of two machines may differ, or one begin before the other."""
_ANCESTORS_MOST = 16
_MEETING = (
    "MASTER_ADDR",
    "MASTER_PORT",
    "TORCHELASTIC_RUN_ID",
    "TORCHELASTIC_RESTART_COUNT",
    "SLURM_JOB_ID",
    "SLURM_STEP_ID",
    "OMPI_MCA_ess_base_jobid",
    "PMIX_NAMESPACE",
)
"""What the processes of a job have in common and those of others have not."""
_ONE_MACHINE = ("localhost", "127.0.0.1", "::1")
_numbers = itertools.count(1)


class Word(msgspec.Struct, frozen=True):
    """What rank 0 leaves: in which folder it writes, whose child it is, and when it said so. The rest is in that folder's manifest."""

    version: int
    writer: ids.WriterId
    pid_space: str
    launcher: tuple[int, int]
    since_boot_ns: int


class Meeting(msgspec.Struct, frozen=True):
    """Where the processes of one run meet: the file of rank 0's word, and which process launched them here."""

    rank: int
    path: Path
    launcher: tuple[int, int]

    def leave(self, directory: Path) -> None:
        """Leave word of the run that this process writes to a directory.

        Where the main process already has, one that it started and that inherited its rank does not.

        Raises:
            OSError: if it cannot be written.
        """
        if self.find() is not None:
            return
        _remove_old(self.path.parent)
        writer = ids.writer_id_from_text(directory.name)
        word = Word(VERSION, writer, platform.pid_space(), self.launcher, platform.since_boot_ns())
        partial = self.path.with_suffix(f".{os.getpid()}.tmp")
        partial.write_bytes(msgspec.json.encode(word))
        partial.replace(self.path)

    def find(self) -> layout.Manifest | None:
        """Return the manifest of rank 0, None as long as there is no word of this very job; costs one failing `open` until then."""
        try:
            word = msgspec.json.decode(self.path.read_bytes(), type=Word)
            if word.version != VERSION:
                return None
            directory = self.path.parent / word.writer
            manifest = layout.load_manifest(directory)
            return manifest if self._is_ours(word, manifest, directory=directory) else None
        except (OSError, msgspec.DecodeError, errors.SpoolError):
            return None

    def beside(self, name: str) -> Path:
        """Return a file that the processes of this run share, removed with the others after a day."""
        return self.path.with_name(f"{self.path.stem}-{name}{SUFFIX}")

    def _is_ours(self, word: Word, manifest: layout.Manifest, *, directory: Path) -> bool:
        me = platform.birth(os.getpid())
        if word.pid_space != platform.pid_space():
            began_ns = time.time_ns() - (platform.since_boot_ns() - me.since_boot_ns if me else 0)
            return manifest.wall_ns > began_ns - CLOCKS_DIFFER_NS
        if word.launcher != self.launcher:
            return False
        return platform.is_locked(directory / "alive.lock") or (
            me is not None and word.since_boot_ns > me.since_boot_ns
        )


def meeting(
    root: Path, *, place: process.Place, number: int, environment: Mapping[str, str] = os.environ
) -> Meeting | None:
    """Return where the processes of a run meet in a spool's folder, None if there is but one process.

    `number` counts the runs that a process begins: the second one of rank 1 is the second one of rank 0.
    """
    if place.world_size < 2:
        return None
    common = [environment.get(name, "") for name in _MEETING]
    launcher = _launcher(place, environment=environment)
    if common[0] in _ONE_MACHINE or not any(common):  # many machines and containers that share a folder say the same
        common += [platform.pid_space(), *map(str, launcher)]
    digest = hashlib.sha256("\0".join([*common, str(number)]).encode("utf-8", "surrogateescape")).hexdigest()
    return Meeting(place.rank, root / f"{digest[:32]}{SUFFIX}", launcher)


def next_number() -> int:
    """Return which run of this process the one is that begins now, from 1."""
    return next(_numbers)


def _launcher(place: process.Place, *, environment: Mapping[str, str]) -> tuple[int, int]:
    """Return pid and birth of the process that started all ranks of this machine.

    It is the nearest ancestor that has no rank itself: between it and a training may stand a shell.
    """
    name = "LOCAL_RANK" if "LOCAL_RANK" in environment else place.told_by
    pid = os.getppid()
    for _ in range(_ANCESTORS_MOST):
        above = platform.birth(pid)
        if not name or above is None or above.parent <= 0:
            break
        if not platform.was_started_with(pid, f"{name}={environment.get(name, '')}"):
            break
        pid = above.parent
    born = platform.birth(pid)
    return pid, born.since_boot_ns if born else 0


def _remove_old(root: Path) -> None:
    for path in root.glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):  # another process was faster, or it is another user's
            if time.time() - path.stat().st_mtime > KEPT_S:
                path.unlink()
