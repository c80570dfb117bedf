"""A copy of a data directory in one file, made beside a running server.

Called by ``yoloscope backup``. Each database is copied as it stands at one moment, through a connection that only reads: a server that writes
is not waited for, and does not wait. The catalogue comes behind the series. So the copy may know runs, attempts and events whose rows it lacks,
which their trainers send again; it never has rows, or positions of lanes, of what its catalogue does not know. Blobs come last: what the
copied catalogue names was whole before, and is therefore there, unless its run was removed for good meanwhile.
"""

import contextlib
import errno
import fcntl
import glob
import os
import sqlite3
import tarfile
from collections.abc import Generator
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO

import msgspec

import yoloscope
from yoloscope import errors
from yoloscope.store import archive
from yoloscope.store.blobs import copying
from yoloscope.store.blobs import files as blob_files
from yoloscope.store.blobs import index as blob_index
from yoloscope.store.blobs import place as blob_place

_BUSY_MS = 10_000
_TRIES = 5
_PLAIN = ("version.json", "token", "influxdb/*/database.txt")  # the last says whose ledger lies beside it


class Written(msgspec.Struct, frozen=True):
    """A backup that was made, and read again from its first byte to its last; ``damaged`` blobs are in it as they are."""

    file: Path
    size_bytes: int
    manifest: archive.Manifest
    damaged: tuple[str, ...] = ()


def write(
    data_dir: Path, target: Path, *, now_ns: int, series_dir: Path | None = None, blobs_to: Path | None = None
) -> Written:
    """Write a backup of a data directory to a file, whole or not at all, and return what it holds.

    A directory as target gets a file named by the time. ``series_dir`` is where the series lie if not in `data_dir`. Blobs are copied into the
    directory ``blobs_to``, if one is named, and not into the file: those that an earlier backup copied there are not copied again.

    Raises:
        ConfigError: if there are no data, or the target cannot be used.
        StoreFull: if the target's disk is full.
        StoreError: if a database is damaged, or runs are removed all the time; nothing is left of the backup.
    """
    _check_data(data_dir)
    place = _place(target, data_dir=data_dir, now_ns=now_ns)
    with _part(place) as (part, file):
        try:
            blobs = _Blobs(blob_place.of_data(data_dir), blobs_to)
            files = _files(data_dir, series_dir, blobs.at)
            manifest = _write(file, files, blobs, now_ns=now_ns, scratch=part.with_suffix(".copy"))
            file.flush()
            os.fsync(file.fileno())
        except (OSError, sqlite3.Error) as error:
            raise _not_written(error, place=place) from error
        if archive.prove(part) != manifest:
            raise errors.StoreError(
                f"the backup does not read as it was written; the disk may be failing: {str(place)!r}"
            )
        size_bytes = part.stat().st_size
        part.replace(place)
        sync_directory(place.parent)
    return Written(place, size_bytes, manifest, _damaged(manifest))


def sync_directory(path: Path) -> None:
    """Return when the names in a directory are on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_data(data_dir: Path) -> None:
    if not (data_dir / archive.CATALOG).is_file():
        raise errors.ConfigError(
            f"there are no data of yoloscope in this directory. Name the server's with --data: {str(data_dir)!r}"
        )


def _place(target: Path, *, data_dir: Path, now_ns: int) -> Path:
    """Return the file to write.

    Raises:
        ConfigError: if it is there already, or cannot be.
    """
    if target.is_dir():
        at = datetime.fromtimestamp(now_ns / 1e9, tz=timezone.utc)
        target = target / f"yoloscope-{at:%Y%m%d-%H%M%S}.tar"
    target = target.absolute()
    if target.exists():
        raise errors.ConfigError(f"this file is there already, and no backup is written over: {str(target)!r}")
    if not target.parent.is_dir():
        raise errors.ConfigError(f"there is no such directory: {str(target.parent)!r}")
    if target.parent.resolve().is_relative_to(data_dir.resolve()):
        raise errors.ConfigError(
            f"a backup inside the data directory is lost with it; name another place: {str(target)!r}"
        )
    return target


@contextlib.contextmanager
def _part(place: Path) -> Generator[tuple[Path, BinaryIO]]:
    """Lend a hidden file beside the place, which is gone if it did not become it; what a killed backup left is written over.

    Raises:
        ConfigError: if it cannot be made, or another backup is being written there.
    """
    part = place.with_name(f".{place.name}.part")
    with contextlib.ExitStack() as held:
        try:
            file = held.enter_context(os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "w+b"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise errors.ConfigError(f"another backup is being written to this file: {str(place)!r}") from error
        except OSError as error:
            raise _not_written(error, place=place) from error
        held.callback(part.unlink, missing_ok=True)
        file.truncate()
        yield part, file


def _files(data_dir: Path, series_dir: Path | None, blobs_dir: Path) -> list[tuple[str, Path]]:
    """Return name and path of every file to keep but blobs, the catalogue behind all other databases."""
    of_blobs = blobs_dir / blob_index.NAME, data_dir / blob_place.FOLDER / blob_index.NAME
    found = {
        name: path
        for path in data_dir.rglob("*.db")
        if not _is_hidden(name := _name(path, data_dir)) and path not in of_blobs
    }
    if series_dir is not None:
        found |= {_name(path, series_dir): path for path in series_dir.glob("series/*.db")}
    catalog = found.pop(archive.CATALOG)
    plain = [(_name(path, data_dir), path) for kind in _PLAIN for path in sorted(data_dir.glob(kind)) if path.is_file()]
    return [*sorted(found.items()), (archive.CATALOG, catalog), *plain]


def _name(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix()


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _write(
    file: BinaryIO, files: list[tuple[str, Path]], blobs: "_Blobs", *, now_ns: int, scratch: Path
) -> archive.Manifest:
    """Write all files, again if a run was removed for good meanwhile: its rows would be in the copy, and no catalogue would know of them."""
    try:
        for _ in range(_TRIES):
            before = _runs(dict(files)[archive.CATALOG])
            file.seek(0)
            file.truncate()
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                written = _fill(tar, files, scratch=scratch)
                if before <= written.runs:
                    if blobs.to is None:
                        _fill_blobs(tar, blobs.at, written, scratch=scratch)
                    else:
                        copying.copy(blobs.at, blobs.to)
                        written.blobs = "beside"
                    return _end(tar, written, now_ns=now_ns, scratch=scratch)
    finally:
        for left in scratch.parent.glob(f"{glob.escape(scratch.name)}*"):
            left.unlink(missing_ok=True)
    raise errors.StoreError(
        "runs were removed for good while the backup was made, each time; no backup was written. Try again"
    )


class _Blobs(msgspec.Struct, frozen=True):
    """Where blobs lie, and where they are copied to; None is the file itself."""

    at: Path
    to: Path | None


class _Filled(msgspec.Struct):
    """What a tar holds so far, and what its catalogue says."""

    files: list[archive.File] = []
    identity: tuple[str, int] = ("", 0)
    runs: set[str] = set()
    blobs: archive.Blobs = "inside"


def _fill(tar: tarfile.TarFile, files: list[tuple[str, Path]], *, scratch: Path) -> _Filled:
    """Put all files but blobs into a tar."""
    filled = _Filled()
    for name, path in files:
        if name.endswith(".db"):
            _copy(path, scratch, name=name)
        if name == archive.CATALOG:
            filled.identity, filled.runs = _identity(scratch), _runs(scratch)
        filled.files.append(archive.add(tar, scratch if name.endswith(".db") else path, name=name))
    return filled


def _fill_blobs(tar: tarfile.TarFile, directory: Path, filled: _Filled, *, scratch: Path) -> None:
    """Put the blobs into a tar, first the file that says which are whole: a large one that becomes so meanwhile is found by its file."""
    small, name = directory / blob_index.NAME, f"{blob_place.FOLDER}/{blob_index.NAME}"
    if small.is_file():
        _copy(small, scratch, name=name)
        filled.files.append(archive.add(tar, scratch, name=name))
    for digest, _ in blob_files.all_whole(directory):
        path = blob_files.whole_in(directory, digest)
        with contextlib.suppress(FileNotFoundError):  # removed meanwhile; nothing is in the tar before the file is open
            filled.files.append(archive.add(tar, path, name=f"{blob_place.FOLDER}/{digest[:2]}/{digest}"))


def _end(tar: tarfile.TarFile, filled: _Filled, *, now_ns: int, scratch: Path) -> archive.Manifest:
    manifest = archive.Manifest(
        *(archive.FORMAT, yoloscope.__version__, now_ns, *filled.identity, len(filled.runs)),
        files=tuple(filled.files),
        blobs=filled.blobs,
    )
    archive.end(tar, manifest, scratch=scratch)
    return manifest


def _damaged(manifest: archive.Manifest) -> tuple[str, ...]:
    """Return the digests of the large blobs whose bytes in a backup are others."""
    named = ((file.name.rpartition("/")[2], file.sha256) for file in manifest.files if _is_blob(file.name))
    return tuple(digest for digest, found in named if digest != found)


def _is_blob(name: str) -> bool:
    return name.startswith(f"{blob_place.FOLDER}/") and not name.endswith(".db")


def _copy(source: Path, into: Path, *, name: str) -> None:
    """Copy a database as it stands now, and look through the copy.

    Raises:
        StoreError: if it is damaged.
    """
    into.unlink(missing_ok=True)
    os.close(os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.closing(_reading(source)) as connection, contextlib.closing(sqlite3.connect(into)) as copy:
        try:
            connection.backup(copy)  # in one step: a copy by pages begins again with every commit of the server
            faults = [str(fault) for (fault,) in copy.execute("PRAGMA quick_check(3)")]
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            faults = [str(error)]
    if faults != ["ok"]:
        raise errors.StoreError(
            f"{name} is damaged ({' '.join(' '.join(faults).split())[:200]}); no backup was written, and nothing was changed. "
            "Keep the backups that you have"
        )


def _reading(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    connection.execute("PRAGMA query_only = 1")
    return connection


def _identity(catalog: Path) -> tuple[str, int]:
    """Return instance and epoch of a catalogue, whichever release wrote it."""
    with contextlib.closing(_reading(catalog)) as connection:
        found: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    return found.get("instance", ""), int(found.get("instance_epoch", 0))


def _runs(catalog: Path) -> set[str]:
    with contextlib.closing(_reading(catalog)) as connection:
        return {str(run) for (run,) in connection.execute("SELECT id FROM run")}


def _not_written(error: OSError | sqlite3.Error, *, place: Path) -> errors.YoloscopeError:
    is_full = "disk is full" in str(error) or (
        isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    )
    if is_full:
        return errors.StoreFull(
            f"the disk is full: no backup was written, and nothing was changed. Free some space, or name another place: {str(place)!r}"
        )
    if isinstance(error, sqlite3.Error):
        return errors.StoreError(
            f"a database cannot be copied ({error}); no backup was written, and nothing was changed"
        )
    return errors.ConfigError(f"the backup cannot be written ({error.strerror}); name another place: {str(place)!r}")
