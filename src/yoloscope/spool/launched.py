"""How a training was started, kept on its own machine alone, so that `yoloscope resume` can start it again.

    <root>/<writer>/launch.json               command line, folder, interpreter, some environment variables (`Launch`); 0600, never sent
    <state>/yoloscope/launches/<run>.json     in which directory that of the run's newest attempt lies (`Place`)

A training is started again from this record or not at all: never from anything that a server sent. A record that another user could have
written is not believed. Words and paths are percent-encoded, whatever bytes they are made of.
"""

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from urllib import parse

import msgspec

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.spool import platform

VERSION = 1
FILE_NAME = "launch.json"
STARTS_WITHIN_S = 600.0
"""How long a training that was started again is waited for; an older word of it is stale where nothing tells whether the process is the same."""
_BYTES_MAX = 4 * 1024 * 1024


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """What `launch.json` holds. ``number`` says which training of its process it is, from 0 on; ``checkpoint`` is the file to go on from, if one was told.

    ``restarts`` is false where the command line does not start it: in a notebook, or under a scheduler that started its processes.
    """

    run: ids.RunId
    project: ids.ProjectName
    name: str
    host: str
    argv: tuple[str, ...]
    cwd: str
    environment: dict[str, str] = {}
    framework: str | None = None
    number: int = 0
    restarts: bool = True
    checkpoint: str = ""
    version: int = VERSION

    @property
    def words(self) -> list[str]:
        """The command line."""
        return [decoded(word) for word in self.argv]

    @property
    def folder(self) -> Path:
        """Where it was started."""
        return Path(decoded(self.cwd))

    @property
    def checkpoint_path(self) -> Path | None:
        """The file to go on from."""
        return Path(decoded(self.checkpoint)) if self.checkpoint else None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the record of a run lies. ``starting_pid`` is a process that is about to be its next attempt, started at ``since_s`` (Unix).

    ``born_ns`` tells that process from a later one of its number, 0 where the system does not tell it or an older release wrote this.
    """

    directory: str
    starting_pid: int = 0
    since_s: float = 0.0
    born_ns: int = 0
    version: int = VERSION

    @property
    def path(self) -> Path:
        """The writer's directory."""
        return Path(decoded(self.directory))

    def is_starting(self, now_s: float) -> bool:
        """Tell whether a next attempt is on its way, however long it prepares: labels of large sets are read for many minutes."""
        if self.starting_pid and self.born_ns:
            return platform.is_running(self.starting_pid, born_ns=self.born_ns)
        return bool(self.starting_pid) and 0 <= now_s - self.since_s < STARTS_WITHIN_S and _runs(self.starting_pid)


def encoded(text: str | os.PathLike[str]) -> str:
    """Return a word or path as text that JSON can hold."""
    return parse.quote(os.fsencode(text), safe="/ =:,.-_")


def decoded(text: str) -> str:
    """Return the word or path that `encoded` was given."""
    return os.fsdecode(parse.unquote_to_bytes(text))


def save(directory: Path, launch: Launch) -> None:
    """Write the record of a writer's directory whole or not at all, for its owner's eyes.

    Raises:
        OSError: if it cannot be written.
    """
    _write(directory / FILE_NAME, msgspec.json.encode(launch))


def load(directory: Path) -> Launch | None:
    """Return the record of a writer's directory, None if there is none.

    Raises:
        SpoolVersion: if another release wrote it.
        SpoolError: if it cannot be read, or another user could have written it.
    """
    data = _own(directory / FILE_NAME)
    if data is None:
        return None
    try:
        found = msgspec.json.decode(data, type=Launch)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.SpoolError(f"{directory / FILE_NAME} cannot be read: {error}") from error
    if found.version != VERSION:
        raise errors.SpoolVersion(
            f"{directory / FILE_NAME} is of version {found.version}; this release reads {VERSION}"
        )
    return found


def point(run: ids.RunId, place: Place) -> None:
    """Say where the record of a run lies; a home that cannot be written costs that the run is found by its id.

    Raises:
        OSError: if it cannot be written.
    """
    target = _pointer(run)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(target, msgspec.json.encode(place))


def place(run: ids.RunId) -> Place | None:
    """Return where the record of a run lies, None if this machine has none."""
    with contextlib.suppress(OSError, errors.SpoolError, msgspec.DecodeError):
        data = _own(_pointer(run))
        found = None if data is None else msgspec.json.decode(data, type=Place)
        return found if found and found.version == VERSION and found.path.is_dir() else None
    return None


def places() -> Iterator[tuple[ids.RunId, Place]]:
    """Yield every run of which this machine has a record, with its place."""
    with contextlib.suppress(OSError):
        for path in sorted(folder().glob("*.json")):
            run = ids.RunId(path.name.removesuffix(".json"))
            found = place(run)
            if found is not None:
                yield run, found


def below(root: Path) -> list[Path]:
    """Return the writers' directories in and below a folder that hold a record, the newest first."""
    found = sorted(root.rglob(FILE_NAME), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [path.parent for path in found]


def forget(directory: Path) -> None:
    """Let nobody look in a directory that is about to be removed."""
    with contextlib.suppress(OSError, errors.SpoolError):
        launch = load(directory)
        known = None if launch is None else place(launch.run)
        if launch is not None and known is not None and known.path == directory:
            _pointer(launch.run).unlink()


def is_alive(directory: Path) -> bool:
    """Tell whether the training of a writer's directory lives on this machine."""
    try:
        return platform.is_locked(directory / "alive.lock")
    except OSError:
        return False


def starting(run: ids.RunId, directory: Path, *, pid: int) -> None:
    """Say that a process is about to be the next attempt of a run whose record lies in `directory`; a home that cannot be written costs that nobody hears of it."""
    born = platform.birth(pid)
    said = {"starting_pid": pid, "since_s": time.time(), "born_ns": 0 if born is None else born.since_boot_ns}
    with contextlib.suppress(OSError):  # none was written either where it trained: then it is started by `--from`
        point(run, msgspec.structs.replace(place(run) or Place(directory=encoded(directory)), **said))


def not_starting(run: ids.RunId, *, pid: int) -> None:
    """Take back that a process is about to be the next attempt."""
    known = place(run)
    if known is not None and known.starting_pid == pid:
        with contextlib.suppress(OSError):
            point(run, Place(directory=known.directory))


def folder() -> Path:
    """Return the folder in which it is said where records lie.

    Raises:
        OSError: if this user has no home.
    """
    state = os.environ.get("XDG_STATE_HOME")
    try:
        return (Path(state) if state else Path.home() / ".local" / "state") / "yoloscope" / "launches"
    except RuntimeError as error:
        raise OSError(str(error)) from error


def _pointer(run: ids.RunId) -> Path:
    return folder() / f"{ids.run_id_from_text(run)}.json"


def _write(path: Path, data: bytes) -> None:
    fresh = path.with_name(f"{path.name}.tmp")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    fresh.replace(path)


def _own(path: Path) -> bytes | None:
    """Return what a file holds, None if there is none.

    Raises:
        SpoolError: if somebody else could have written it.
    """
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
                raise errors.SpoolError(f"another user can write {path}; nothing is started from it")
            return file.read(_BYTES_MAX)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise errors.SpoolError(f"{path} cannot be read: {error}") from error


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
