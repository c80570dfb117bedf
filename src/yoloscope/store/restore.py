"""A data directory out of a backup.

Called by ``yoloscope restore``. The whole backup is proven before anything is written. Files are put into a folder of the directory that no
server opens as long as it is there (see `open`), and taken out of it when all of them are on disk: killed at any moment, the directory
is either refused or complete, and the same command goes on. The catalogue's epoch becomes a greater one than any before, by which trainers see
that they must ask where their lanes stand, and send again what they still have.
"""

import contextlib
import errno
import os
import shutil
import sqlite3
from datetime import datetime, timezone
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.store import archive, backup
from yoloscope.store import open as opening
from yoloscope.store.blobs import copying, index
from yoloscope.store.blobs import place as blob_place

_LOCKS = frozenset(("lock", "server.lock"))


class Restored(msgspec.Struct, frozen=True):
    """A directory that was restored, and from what."""

    data: Path
    instance_epoch: int
    manifest: archive.Manifest


def into(directory: Path, source: Path, *, now_ns: int, blobs_from: Path | None = None) -> Restored:
    """Put the data of a backup into an empty or missing directory.

    ``blobs_from`` is where the backup's blobs were copied to, if that was not the file itself.

    Raises:
        ConfigError: if the backup cannot be read, its blobs are missing, or something else is in the directory.
        StoreVersion: if a newer release wrote the backup.
        StoreFull: if the directory's disk is full.
        StoreError: if the backup is damaged, or a server holds the directory.
    """
    manifest = archive.prove(source)
    _check_blobs(manifest, blobs_from)
    with opening.held(directory):
        _check_empty(directory, manifest)
        try:
            _check_room(directory, manifest)
            epoch = _restore(directory, source, manifest, now_ns=now_ns, blobs_from=blobs_from)
        except OSError as error:
            raise _not_written(error, directory=directory) from error
    return Restored(directory, epoch, manifest)


def move_aside(directory: Path, *, now_ns: int) -> Path | None:
    """Rename a directory of data, so that its name is free, and return its new one; ``None`` if there is none.

    Raises:
        ConfigError: if it cannot be renamed, as where a volume is mounted.
        StoreError: if a server holds it.
    """
    if not directory.exists():
        return None
    at = datetime.fromtimestamp(now_ns / 1e9, tz=timezone.utc)
    aside = directory.with_name(f"{directory.name}.before-{at:%Y%m%d-%H%M%S}")
    with opening.held(directory):
        try:
            directory.rename(aside)
        except OSError as error:
            raise errors.ConfigError(
                f"the directory cannot be moved aside ({error.strerror}); move what is in it away yourself: {str(directory)!r}"
            ) from error
    return aside


def _check_empty(directory: Path, manifest: archive.Manifest) -> None:
    """Return if nothing is in the directory but what a restore that was killed left there.

    Raises:
        ConfigError: if there is.
    """
    ours = _LOCKS
    if (directory / opening.RESTORING).is_dir():
        ours |= {opening.RESTORING, "token", *_tops(manifest)}
    other = sorted(path.name for path in directory.iterdir() if path.name not in ours)
    if other:
        raise errors.ConfigError(
            f"the directory is not empty ({', '.join(other[:3])}); nothing was changed. Name another with --data, or move it aside with "
            f"--force: {str(directory)!r}"
        )


def _check_room(directory: Path, manifest: archive.Manifest) -> None:
    wanted_bytes = sum(file.size_bytes for file in manifest.files)
    if shutil.disk_usage(directory).free < wanted_bytes:
        raise OSError(errno.ENOSPC, "No space left on device")


def _check_blobs(manifest: archive.Manifest, blobs_from: Path | None) -> None:
    if manifest.blobs == "inside" and blobs_from is not None:
        raise errors.ConfigError("the pictures and files of this backup are in its file; leave --blobs out")
    if manifest.blobs == "beside" and (blobs_from is None or not (blobs_from / index.NAME).is_file()):
        raise errors.ConfigError(
            "the pictures and files of this backup were copied into a directory of their own; name it with --blobs"
            + ("" if blobs_from is None else f". There are none in {str(blobs_from)!r}")
        )


def _restore(directory: Path, source: Path, manifest: archive.Manifest, *, now_ns: int, blobs_from: Path | None) -> int:
    place = directory / opening.RESTORING
    place.mkdir(mode=0o700, exist_ok=True)
    backup.sync_directory(directory)  # from here on no server opens it
    for left in [*place.iterdir(), *(directory / name for name in ("token", *_tops(manifest)))]:
        _remove(left)
    _extract(source, place)
    if blobs_from is not None:
        copying.copy(blobs_from, place / blob_place.FOLDER)
    epoch = _raise_epoch(place / archive.CATALOG, now_ns=now_ns)
    for name in _tops(manifest):
        backup.sync_directory(place)
        (place / name).rename(directory / name)
    backup.sync_directory(directory)
    place.rmdir()
    backup.sync_directory(directory)
    return epoch


def _tops(manifest: archive.Manifest) -> list[str]:
    """Return the names that the files of a backup have in the directory itself."""
    beside = {blob_place.FOLDER} if manifest.blobs == "beside" else set[str]()
    return sorted({file.name.partition("/")[0] for file in manifest.files} | beside)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _extract(source: Path, place: Path) -> None:
    with archive.opened(source) as tar:
        manifest = archive.manifest_of(tar, path=source)
        for (name, contents), said in zip(archive.members(tar), manifest.files, strict=True):
            target = place / name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(target, "xb", opener=_private) as file:
                file.writelines(contents.parts())
                file.flush()
                os.fsync(file.fileno())
            if contents.sha256 != said.sha256:
                raise errors.StoreError(f"the backup changed while it was read; restore it again: {str(source)!r}")
    for folder in {path.parent for path in place.rglob("*")}:
        backup.sync_directory(folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _raise_epoch(catalog: Path, *, now_ns: int) -> int:
    """Give the catalogue an epoch that no client has heard of, and return it.

    One more than before would not do: a backup that is restored twice must have another one each time.

    Raises:
        StoreError: if the catalogue has no identity.
    """
    try:
        with contextlib.closing(sqlite3.connect(catalog)) as connection, connection:
            (known,) = connection.execute("SELECT value FROM meta WHERE key = 'instance_epoch'").fetchone() or ("0",)
            epoch = max(int(known) + 1, now_ns // 10**6)
            changed = connection.execute("UPDATE meta SET value = ? WHERE key = 'instance_epoch'", (str(epoch),))
            if changed.rowcount != 1:
                raise errors.StoreError("the catalogue of the backup has no identity; nothing was restored")
    except sqlite3.Error as error:
        raise errors.StoreError(f"the catalogue of the backup cannot be used ({error})") from error
    return epoch


def _not_written(error: OSError, *, directory: Path) -> errors.YoloscopeError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return errors.StoreFull(
            f"the disk is full: nothing can be used of what was restored so far. Free some space and restore again: {str(directory)!r}"
        )
    return errors.ConfigError(f"the data directory cannot be written ({error.strerror}): {str(directory)!r}")
