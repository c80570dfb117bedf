"""Blobs looked through from outside: what is damaged, which items show it, and what never came.

Called by ``yoloscope store verify`` and ``stats`` beside a running server, and by `local`. Nothing is written.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec

from yoloscope import errors
from yoloscope.store.blobs import files, index

DAMAGE_MAX = 1_000
"""Damaged blobs named by one look, and items named of each of them."""
_TOGETHER_MAX = 500


class Damage(msgspec.Struct, frozen=True):
    """A blob that was acknowledged and is not what it was, with the items that show it."""

    digest: str
    detail: str
    items: tuple[str, ...]


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a directory of blobs; ``missing`` parts of items never came, which harms nobody else."""

    file: str
    state: Literal["whole", "damaged", "unreadable"]
    blobs: int = 0
    bytes: int = 0
    missing: int = 0
    damage: tuple[Damage, ...] = ()
    detail: str | None = None


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What a directory of blobs takes: ``size_bytes`` on the disk, ``partial_bytes`` of them of uploads that are not done."""

    file: str
    blobs: int = 0
    small_blobs: int = 0
    bytes: int = 0
    partial: int = 0
    partial_bytes: int = 0
    size_bytes: int = 0
    detail: str | None = None


def of_directory(directory: Path, *, catalog: Path) -> Verified | None:
    """Read every blob of a directory and compare with what a catalogue names; None if no blob ever came."""
    path = directory / index.NAME
    named = str(directory)
    if not path.is_file():
        missing = sum(1 for _ in _digests_named(catalog))
        return Verified(file=named, state="whole", missing=missing) if missing else None
    try:
        with index.looking(path) as connection:
            blobs, size_bytes = connection.execute("SELECT count(*), coalesce(sum(size_bytes), 0) FROM blob").fetchone()
            found = [*islice(damaged(directory), DAMAGE_MAX)]
            missing = _missing(connection, catalog)
    except (errors.StoreError, sqlite3.Error) as error:
        return Verified(file=named, state="unreadable", detail=str(error))
    if not blobs and not missing:
        return None
    damage = tuple(Damage(digest, detail, tuple(_items(catalog, digest))) for digest, detail in found)
    state = "damaged" if damage else "whole"
    return Verified(file=named, state=state, blobs=blobs, bytes=size_bytes, missing=missing, damage=damage)


def counted(directory: Path) -> Stats | None:
    """Count what a directory of blobs takes; None if no blob ever came."""
    path = directory / index.NAME
    if not path.is_file():
        return None
    begun = [state.st_size for _, state in files.listed(directory / files.PARTIAL)]
    size_bytes = sum(beside.stat().st_size for beside in directory.glob(f"{index.NAME}*"))
    try:
        with index.looking(path) as connection:
            blobs, total, small, large = connection.execute(_COUNTS).fetchone()
    except (errors.StoreError, sqlite3.Error) as error:
        return Stats(file=str(directory), detail=str(error))
    if not blobs and not begun:
        return None
    return Stats(
        file=str(directory),
        blobs=blobs,
        small_blobs=small,
        bytes=total,
        partial=len(begun),
        partial_bytes=sum(begun),
        size_bytes=size_bytes + large + sum(begun),
    )


def damaged(directory: Path) -> Iterator[tuple[str, str]]:
    """Read every whole blob and yield the digest of each that is not what it was, with what is wrong.

    Raises:
        StoreError: if the file of small blobs cannot be read at all.
    """
    path = directory / index.NAME
    with index.looking(path) as connection:
        for one, data in index.rows_of(connection):
            wrong = _wrong(directory, one, data)
            if wrong is not None and connection.execute(_STILL, (bytes.fromhex(one.digest),)).fetchone():
                yield one.digest, wrong


_COUNTS = "SELECT count(*), coalesce(sum(size_bytes), 0), count(content), coalesce(sum(iif(content IS NULL, size_bytes, 0)), 0) FROM blob"
_STILL = "SELECT 1 FROM blob WHERE digest = ?"  # a server may have removed it meanwhile


def _wrong(directory: Path, one: index.Row, data: bytes | None) -> str | None:
    if one.content is not None:
        if data is None:
            return "its bytes are gone"
        return None if hashlib.sha256(data).hexdigest() == one.digest else "its bytes are not those that were stored"
    path = files.whole_in(directory, one.digest)
    try:
        found = files.sha256(path)
    except FileNotFoundError:
        return "its file is gone"
    except OSError as error:
        return f"its file cannot be read ({error.strerror})"
    return None if found == one.digest else "its bytes are not those that were stored"


def _missing(connection: sqlite3.Connection, catalog: Path) -> int:
    """Return how many of the blobs that a catalogue names never came."""
    missing = 0
    digests = _digests_named(catalog)
    while some := [*islice(digests, _TOGETHER_MAX)]:
        marks = ",".join("?" * len(some))
        query = f"SELECT count(*) FROM blob WHERE digest IN ({marks})"  # noqa: S608 - marks only
        (here,) = connection.execute(query, [bytes.fromhex(digest) for digest in some]).fetchone()
        missing += len(some) - here
    return missing


def _digests_named(catalog: Path) -> Iterator[str]:
    with _asking(catalog) as connection:
        after = ""
        while found := _asked(connection, _NAMED, (after, _TOGETHER_MAX)):
            yield from (digest for (digest,) in found)
            after = found[-1][0]


def _items(catalog: Path, digest: str) -> list[str]:
    """Return the items that have a blob as a part, as people read them."""
    with _asking(catalog) as connection:
        return [
            f"{role} of {kind} {name!r} of run {run!r}" + ("" if step is None else f", step {step}")
            for role, kind, name, run, step in _asked(connection, _SHOWING, (digest, DAMAGE_MAX))
        ]


_NAMED = "SELECT DISTINCT digest FROM item_part WHERE digest > ? ORDER BY digest LIMIT ?"
_SHOWING = (
    "SELECT p.role, i.kind, i.name, p.run, i.step FROM item_part p JOIN item i USING (run, attempt, number) WHERE p.digest = ? "
    "ORDER BY p.run, i.place LIMIT ?"
)


@contextlib.contextmanager
def _asking(catalog: Path) -> Generator[sqlite3.Connection | None]:
    """Lend a connection to a catalogue that only reads; None if there is none."""
    if not catalog.is_file():
        yield None
        return
    with contextlib.closing(sqlite3.connect(f"{catalog.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA query_only = 1")
        yield connection


def _asked(connection: sqlite3.Connection | None, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """Return what a catalogue answers; one of an older release has no items, a damaged one is named where it is verified itself."""
    if connection is None:
        return []
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.Error:
        return []
