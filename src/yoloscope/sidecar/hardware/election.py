"""Which of a host's sidecars reads the machine for all of this user's: a folder that they share, a lock, and the newest look in a file.

The folder is ``yoloscope-host-<user id>``, in a batch job with a mark of it, in the system's folder for temporary files, which anybody may write to: it is used only if it is a
real folder, this user's, and nobody else may write into it. Else, and on a disk that takes nothing, every sidecar reads for itself.
The lock ends with the process that holds it, so that another takes over at its next try.
"""

import contextlib
import hashlib
import logging
import os
import stat
import tempfile
import time
from pathlib import Path

import msgspec

from yoloscope.sidecar.hardware import port, processes
from yoloscope.spool import platform

log = logging.getLogger("yoloscope.sidecar")
VERSION = 1
STALE_LOOKS = 3
"""A look is used until this many of its intervals have passed: 6 s at one look each 2 s."""
_WRITABLE_BY_OTHERS = 0o022
_JOBS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
_MOST_BYTES = 4 * 1024 * 1024


class Look(msgspec.Struct, frozen=True):
    """One look at the machine, as one sidecar leaves it for the others.

    ``mono_ns`` is of the clock that all processes of a boot share and that nobody sets; ``numbers`` are the host's series. ``knows_cards`` tells whether the machine
    has no cards but these; None in a look of an older release.
    """

    boot_id: str
    mono_ns: int
    interval_s: float
    pid: int
    numbers: dict[str, float] = {}
    cards: tuple[port.Card, ...] = ()
    version: int = VERSION
    knows_cards: bool | None = None

    @property
    def all_cards(self) -> tuple[port.Card, ...] | None:
        """All cards of the machine; None where nobody knows, since a driver has not answered."""
        known = bool(self.cards) if self.knows_cards is None else self.knows_cards
        return self.cards if known else None


_decoder = msgspec.json.Decoder(Look)


def shared_folder() -> Path | None:
    """Return the folder that this user's sidecars share on this host, made where it is missing; None if none can be trusted."""
    user = os.getuid() if hasattr(os, "getuid") else "shared"
    path = Path(tempfile.gettempdir()) / "-".join(("yoloscope-host", str(user), *_job()))
    try:
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        found = path.lstat()
    except OSError as error:
        log.info("no folder for all sidecars of this host, each reads the machine for itself: %s", error)
        return None
    if stat.S_ISDIR(found.st_mode) and (not hasattr(os, "getuid") or _is_ours(found)):
        return path
    log.warning("%s is not a folder of this user alone; each sidecar reads the machine for itself", path)
    return None


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid == os.getuid() and not found.st_mode & _WRITABLE_BY_OTHERS


def sender() -> str:
    """Return what all candidates of one election call themselves towards a server, and those of another user or container do not."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    return hashlib.sha256(" ".join((str(user), str(processes.namespace()), *_job())).encode()).hexdigest()[:12]


def _job() -> tuple[str, ...]:
    """Return a mark of the batch system's job that this is part of: its jobs on one host may each see other cards, by the same numbers."""
    found = next((os.environ[name] for name in _JOBS if os.environ.get(name)), None)
    return () if found is None else (hashlib.sha256(found.encode()).hexdigest()[:8],)


class Election:
    """One sidecar's part in it. Without a folder it is its own and only candidate."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = None if folder is None else platform.FileLock(folder / "elected.lock")
        self._boot_id = platform.boot_id()
        self._leads = folder is None
        self._told: set[str] = set()

    @property
    def folder(self) -> Path | None:
        """What the sidecars share; None where each is alone."""
        return self._folder

    def leads(self) -> bool:
        """Tell whether this sidecar reads the machine, trying to become the one that does if nobody is."""
        if not self._leads and self._lock is not None:
            try:
                self._leads = self._lock.acquire()
            except OSError as error:
                self._alone(error)
        return self._leads

    def publish(self, look: Look) -> None:
        """Leave a look for the others; who cannot write any more is alone from then on."""
        if self._folder is None:
            return
        temporary = self._folder / f"look.json.{os.getpid()}.tmp"
        try:
            temporary.write_bytes(msgspec.json.encode(look))
            temporary.replace(self._folder / "look.json")
        except OSError as error:
            self._note("publish", f"what this sidecar sees of the machine cannot be left for the others: {error}")
        with contextlib.suppress(OSError):
            os.utime(self._folder / "elected.lock")  # else it is swept from there after some days, and there are two

    def latest(self) -> Look | None:
        """Return what the elected one saw last; None if it is too old, of another boot, or none of ours."""
        if self._folder is None:
            return None
        try:
            with (self._folder / "look.json").open("rb") as file:
                look = _decoder.decode(file.read(_MOST_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            self._note("read", f"{self._folder / 'look.json'} is not used: {error}")
            return None
        age_s = (time.monotonic_ns() - look.mono_ns) / 1e9
        fresh = 0 <= age_s <= STALE_LOOKS * look.interval_s
        return look if fresh and look.version == VERSION and look.boot_id == self._boot_id else None

    def close(self) -> None:
        """Let another lead; calling it twice is harmless."""
        if self._lock is not None:
            self._lock.release()
            self._leads = False

    def _alone(self, error: OSError) -> None:
        self._note("lock", f"the sidecars of this host cannot agree on one, this one reads for itself: {error}")
        self._folder, self._lock, self._leads = None, None, True

    def _note(self, what: str, text: str) -> None:
        if what not in self._told:
            self._told.add(what)
            log.info("%s", text)
