"""The file that holds a backup: a tar of the data directory's files, and behind them a manifest that says what they are.

Written by `backup`, read by `restore`. The manifest comes last, so that a file that was cut off has none. Whatever a tar may hold, only
plain files with names of `_NAME`'s form are taken from it.
"""

import hashlib
import os
import re
import tarfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Literal

import msgspec

import yoloscope
from yoloscope import errors

FORMAT = 1
CATALOG = "catalog.db"
_MANIFEST = "manifest.json"
_MANIFEST_MAX_BYTES = 64 * 1024 * 1024
_NAME = re.compile(r"(?!\.)[^/\0]+(?:/(?!\.)[^/\0]+)*\Z")
_PART_BYTES = 1024 * 1024


class File(msgspec.Struct, frozen=True):
    """One file of a backup, by its name within the data directory."""

    name: str
    size_bytes: int
    sha256: str


Blobs = Literal["inside", "beside"]
"""Whether the blobs are in the file, or were copied into a directory of their own."""


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds, of which server, and when it was begun (Unix nanoseconds)."""

    format: int
    release: str
    created_ns: int
    instance: str
    instance_epoch: int
    runs: int
    files: tuple[File, ...]
    blobs: Blobs = "inside"


class _Version(msgspec.Struct, frozen=True):
    format: int
    release: str = "(a newer release)"


class Hashed:
    """Reads on from a file and knows the digest of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data = self._file.read(size)
        self._digest.update(data)
        return data

    def parts(self) -> Iterator[bytes]:
        """Yield what is left, piece by piece."""
        while data := self.read(_PART_BYTES):
            yield data

    @property
    def sha256(self) -> str:
        """The digest of what was read so far."""
        return self._digest.hexdigest()


def add(tar: tarfile.TarFile, path: Path, *, name: str) -> File:
    """Put a file into a tar and return what was put there."""
    with path.open("rb") as file:
        hashed = Hashed(file)
        header = tarfile.TarInfo(name)
        header.size = os.fstat(file.fileno()).st_size
        header.mode = 0o600
        tar.addfile(header, hashed)
        return File(name, header.size, hashed.sha256)


def end(tar: tarfile.TarFile, manifest: Manifest, *, scratch: Path) -> None:
    """Put the manifest behind all files, which makes a backup of them."""
    scratch.write_bytes(msgspec.json.encode(manifest))
    add(tar, scratch, name=_MANIFEST)


def prove(path: Path) -> Manifest:
    """Return the manifest of a backup, once every byte was read and found to be what was written.

    Raises:
        StoreVersion: if a newer release wrote it.
        StoreError: if it is no backup, is cut off or was altered.
    """
    found: list[File] = []
    with opened(path) as tar:
        manifest = manifest_of(tar, path=path)
        for name, file in members(tar):
            size_bytes = sum(len(part) for part in file.parts())
            found.append(File(name, size_bytes, file.sha256))
    for was, said in zip(found, manifest.files, strict=False):
        if was != said:
            raise _damaged(path, f"{said.name} is not what was written")
    if len(found) != len(manifest.files):
        raise _damaged(path, f"it holds {len(found)} files of {len(manifest.files)}")
    return manifest


@contextmanager
def opened(path: Path) -> Generator[tarfile.TarFile]:
    """Lend a backup for reading.

    Raises:
        ConfigError: if it cannot be opened.
        StoreError: if it is no tar, or ends early.
    """
    try:
        file: BinaryIO = path.open("rb")
    except OSError as error:
        raise errors.ConfigError(f"the backup cannot be read ({error.strerror}): {str(path)!r}") from error
    with file:
        try:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                yield tar
        except (tarfile.TarError, EOFError, ValueError) as error:
            raise _damaged(path, str(error)) from error


def members(tar: tarfile.TarFile) -> Iterator[tuple[str, Hashed]]:
    """Yield name and contents of each file before the manifest; each is to be read before the next.

    Raises:
        StoreError: at something that no backup holds.
    """
    for header in tar.getmembers():
        if header.name == _MANIFEST:
            return
        file = tar.extractfile(header) if header.isreg() else None
        if file is None or not _NAME.match(header.name):
            raise errors.StoreError(
                f"this is no backup of yoloscope: it holds {header.name[:80]!r}. Nothing was written"
            )
        yield header.name, Hashed(file)


def manifest_of(tar: tarfile.TarFile, *, path: Path) -> Manifest:
    """Return what a backup says of itself; raises as `prove`."""
    last = tar.getmembers()[-1:]
    if not last or last[0].name != _MANIFEST or not last[0].isreg() or last[0].size > _MANIFEST_MAX_BYTES:
        raise _damaged(path, "its end is missing, or it is no backup")
    file = tar.extractfile(last[0])
    assert file is not None, "a regular file has contents"
    text = file.read()
    try:
        version = msgspec.json.decode(text, type=_Version)
        if version.format <= FORMAT:
            return msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(path, "its manifest cannot be read") from error
    raise errors.StoreVersion(
        f"yoloscope {version.release} wrote this backup in format {version.format}; yoloscope {yoloscope.__version__} reads up to "
        f"{FORMAT}. It is untouched: install that release or a newer one. {str(path)!r}"
    )


def _damaged(path: Path, why: str) -> errors.StoreError:
    return errors.StoreError(
        f"the backup is cut off or damaged ({why}). Nothing was written; use another backup, or copy this one again: {str(path)!r}"
    )
