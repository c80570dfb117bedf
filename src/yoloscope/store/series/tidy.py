"""Sealing and merging all that a data directory holds, and giving space back.

Called by ``yoloscope store compact``, which holds the directory meanwhile. A server does the same by itself, behind what it stores.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store.series import blocks, faults, place, removal, schema, stats


class Tidied(msgspec.Struct, frozen=True):
    """What was done to one series file; ``detail`` tells what could not be done."""

    file: str
    project: str | None
    rows_sealed: int = 0
    rows_merged: int = 0
    before_bytes: int = 0
    after_bytes: int = 0
    detail: str | None = None


def of_directory(data_dir: Path) -> Iterator[Tidied]:
    """Yield what was done to each series file of a data directory that no server holds."""
    with contextlib.closing(blocks.BlockStore(data_dir)) as store:
        for path in sorted((data_dir / "series").glob("*.db")):
            yield _of_file(store, path)


def _of_file(store: blocks.BlockStore, path: Path) -> Tidied:
    before = stats.of_file(path)
    if before.detail is not None or before.project is None:
        return Tidied(str(path), None, detail=before.detail or "it does not tell of which project it is")
    project = ids.ProjectName(before.project)
    if place.file_name(project) != path.name:
        detail = f"it holds project {project!r}, whose file is {place.file_name(project)!r}"
        return Tidied(str(path), project, before_bytes=before.size_bytes, after_bytes=before.size_bytes, detail=detail)
    troubles: list[str] = []
    sealed = merged = 0
    for run in _runs(path):
        sealed += _tried(lambda run=run: store.seal(project, run), troubles)
        merged += _tried(lambda run=run: store.compact(project, run), troubles)
    store.rest(unused_s=0)
    _tried(lambda: _give_back(path, project=project), troubles)
    after_bytes = stats.of_file(path).size_bytes
    return Tidied(str(path), project, sealed, merged, before.size_bytes, after_bytes, "; ".join(troubles) or None)


def _runs(path: Path) -> list[ids.RunId]:
    with contextlib.closing(schema.open_for_looking(path)) as connection:
        return [ids.RunId(name) for (name,) in connection.execute("SELECT name FROM run ORDER BY id").fetchall()]


def _give_back(path: Path, *, project: ids.ProjectName) -> int:
    """Remove what is left of removed runs, and give all free pages back; return how many there were."""
    try:
        with contextlib.closing(schema.open_for_writing(path, project=project)) as connection:
            while removal.step(connection):
                continue
            (free,) = connection.execute("PRAGMA freelist_count").fetchone()
            connection.execute("PRAGMA incremental_vacuum").fetchall()
            return int(free)
    except sqlite3.Error as error:
        raise faults.store_error(error, path=path) from error


def _tried(work: Callable[[], int], troubles: list[str]) -> int:
    """Return what came of it, 0 if it failed: one damaged run must not keep the others from being merged."""
    try:
        return work()
    except errors.StoreError as error:
        troubles.append(str(error))
        return 0
