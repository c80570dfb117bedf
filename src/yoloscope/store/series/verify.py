"""Reading everything that a data directory holds, to tell what of it is damaged and whose it is.

Called by ``yoloscope store verify``, beside a server or without one. Nothing is written. One damaged thing does not hide the others, and
a file that cannot be read does not keep the rest from being checked.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from yoloscope import errors
from yoloscope.store.series import faults, schema, verify_run, verify_totals

State = Literal["whole", "damaged", "unreadable"]
DAMAGE_MAX = 1000  # told of a file: who has more needs a backup, not a longer list
_PROBLEMS_MAX = 20  # of a file's structure: one damaged page brings many


class Verified(msgspec.Struct, frozen=True):
    """What was found in one file: of a project, or of the catalogue.

    ``payloads`` counts the checksums that were right. ``damage`` has at most `DAMAGE_MAX` entries; ``detail`` tells why a file could
    not be read.
    """

    file: str
    project: str | None
    state: State
    runs: int = 0
    rows: int = 0
    payloads: int = 0
    damage: tuple[verify_run.Damage, ...] = ()
    detail: str | None = None


def of_directory(data_dir: Path, *, totals: bool) -> Iterator[Verified]:
    """Yield what was found in each file of a data directory, as it is found.

    With ``totals``, what is kept beside the points (last, least, greatest, counts) is counted again and compared, which doubles the time.
    """
    catalog = data_dir / "catalog.db"
    if catalog.exists():
        yield _of_catalog(catalog)
    for path in sorted((data_dir / "series").glob("*.db")):
        yield of_file(path, totals=totals)


def of_file(path: Path, *, totals: bool = False) -> Verified:
    """Return what was found in a series file."""
    before = _stamp(path)
    verified = _looked_at(path, totals=totals)
    if verified.state != "whole" and _stamp(path) != before:
        return _looked_at(path, totals=totals)  # a server opened it meanwhile: it was read while it changed
    return verified


def _stamp(path: Path) -> tuple[int, int, bool]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0, False
    return found.st_mtime_ns, found.st_size, path.with_name(f"{path.name}-wal").exists()


def _looked_at(path: Path, *, totals: bool) -> Verified:
    try:
        with contextlib.closing(schema.open_for_looking(path)) as connection:
            return _of_series_file(connection, path, totals=totals)
    except errors.StoreVersion as error:
        return Verified(str(path), None, "unreadable", detail=str(error))
    except errors.StoreError as error:
        return _broken_off(path, error, is_damage=faults.is_damage(error.__cause__))
    except sqlite3.Error as error:
        return _broken_off(path, error, is_damage=faults.is_damage(error))


def _broken_off(path: Path, error: Exception, *, is_damage: bool) -> Verified:
    if is_damage:
        damage = verify_run.Damage(f"the file is cut or altered, or no database at all: {error.__cause__ or error}")
        return Verified(str(path), None, "damaged", damage=(damage,))
    return Verified(str(path), None, "unreadable", detail=str(error))


def _of_series_file(connection: sqlite3.Connection, path: Path, *, totals: bool) -> Verified:
    version = schema.version(connection)
    if not version:
        empty = verify_run.Damage("the file holds no tables")
        return Verified(str(path), None, "damaged", damage=(empty,))
    damage = list(_of_structure(connection))
    project = connection.execute("SELECT value FROM about WHERE key = 'project'").fetchone()
    runs: list[tuple[int, str, int]] = connection.execute("SELECT id, name, rows FROM run ORDER BY id").fetchall()
    payloads = 0
    for run, name, _ in runs:
        looking = verify_run.Looking(connection, version, run, name)
        known = len(damage)
        for one in verify_run.damage(looking):
            payloads += one is None
            damage += [] if one is None else [one]
        if totals and len(damage) == known:
            damage += verify_totals.damage(looking)
    return Verified(
        str(path),
        project[0] if project else None,
        "damaged" if damage else "whole",
        runs=len(runs),
        rows=sum(rows for _, _, rows in runs),
        payloads=payloads,
        damage=tuple(damage[:DAMAGE_MAX]),
    )


def _of_structure(connection: sqlite3.Connection) -> Iterator[verify_run.Damage]:
    try:
        found = connection.execute(f"PRAGMA quick_check({_PROBLEMS_MAX})").fetchall()
    except sqlite3.DatabaseError as error:
        if not faults.is_damage(error):
            raise
        found = [(str(error),)]
    for (said,) in found:
        if said != "ok":
            yield verify_run.Damage(f"the file's own structure is damaged: {said}")


def _of_catalog(path: Path) -> Verified:
    is_open = path.with_name(f"{path.name}-wal").exists()
    uri = f"{path.absolute().as_uri()}?{'mode=ro' if is_open else 'immutable=1'}"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            damage = tuple(_of_structure(connection))
    except sqlite3.Error as error:
        return _broken_off(path, error, is_damage=faults.is_damage(error))
    return Verified(str(path), None, "damaged" if damage else "whole", damage=damage)
