"""Blobs of one directory into another, only those that are not there: what makes backups of the same blobs cheap.

Called by `store.backup` and `restore` beside a server that works: the source is only read. Killed in between, copying again goes
on. A blob that is there already stays as it is, so that one which is damaged since is not copied over a good one.
"""

import contextlib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from yoloscope import errors
from yoloscope.store.blobs import files, index

_TOGETHER_MAX = 200  # rows in one transaction: 13 MB at most


def copy(source: Path, target: Path) -> int:
    """Copy every whole blob into another directory, made if it does not exist, and return how many were copied.

    Raises:
        StoreFull: if the disk of the target is full; what was copied stays.
        StoreError: if either cannot be used.
    """
    if not (source / index.NAME).is_file():
        return 0
    with files.faults():
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        into = files.Files(target)
    copied = 0
    with contextlib.closing(index.Index(target / index.NAME)) as kept, index.looking(source / index.NAME) as read:
        rows = index.rows_of(read)
        while some := list(islice(rows, _TOGETHER_MAX)):
            copied += _copy(some, source, into, kept)
    return copied


def _copy(some: Sequence[tuple[index.Row, bytes | None]], source: Path, into: files.Files, kept: index.Index) -> int:
    there = {one.digest for one in kept.rows([one.digest for one, _ in some]) if into.has_bytes(one)}
    new: list[tuple[str, int, bytes | None]] = []
    for one, data in some:
        if one.digest in there or not _taken(one, data, source, into):
            continue
        new.append((one.digest, one.size_bytes, data))
    kept.put_all(new)
    return len(new)


def _taken(one: index.Row, data: bytes | None, source: Path, into: files.Files) -> bool:
    """Tell whether the bytes of a blob are here or were copied; ``False`` if they are gone."""
    if one.content is not None:
        return data is not None
    path = files.whole_in(source, one.digest)
    try:
        into.take(path, one.digest)
    except errors.StoreError:
        if path.exists():
            raise
        return False
    return True
