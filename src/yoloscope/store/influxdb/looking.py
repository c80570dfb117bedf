"""What a data directory holds of projects whose points are in InfluxDB: their ledgers, counted and checked without asking InfluxDB.

Called by ``yoloscope store``, beside a server or without one. Nothing is written. Where the points are stands beside each ledger, without
the secret.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from yoloscope import errors
from yoloscope.store.influxdb import database, ledger
from yoloscope.store.influxdb import store as influxdb
from yoloscope.store.series import faults, payload, schema, shapes, stats, verify, verify_run

_PROBLEMS_MAX = 20  # of a file's structure: one damaged page brings many
_PARTS = "SELECT run, shape, span FROM part"
_LOG = "SELECT id, run, place, attempt, rows, payload FROM log ORDER BY id"
_T = TypeVar("_T")


def addresses(data_dir: Path) -> list[str]:
    """Return where the points of a data directory are, if they are in InfluxDB."""
    return sorted({database.told(path) for path in (data_dir / influxdb.DIRECTORY).glob("*") if path.is_dir()})


def counted(data_dir: Path) -> Iterator[stats.Stats]:
    """Yield what each ledger knows of the points; sizes are those of the ledger alone."""
    for path in _ledgers(data_dir):
        found = stats.of_file(path)
        if found.detail is None:
            sealed = _read(path, _sealed_points)
            found = msgspec.structs.replace(found, points=found.points + sealed, bytes_per_point=None)
        yield found


def verified(data_dir: Path) -> Iterator[verify.Verified]:
    """Yield what was found in each ledger: its structure, the checksums of its log, and whether it accounts for every row."""
    for path in _ledgers(data_dir):
        try:
            yield _read(path, lambda connection, path=path: _verified(connection, path))
        except (errors.StoreError, sqlite3.Error) as error:
            cause = error.__cause__ if isinstance(error, errors.StoreError) else error
            if not faults.is_damage(cause):
                yield verify.Verified(str(path), None, "unreadable", detail=str(error))
                continue
            damage = verify_run.Damage(f"the file is cut or altered, or no database at all: {cause}")
            yield verify.Verified(str(path), None, "damaged", damage=(damage,))


def _ledgers(data_dir: Path) -> list[Path]:
    return sorted((data_dir / influxdb.DIRECTORY).glob("*/*.db"))


def _read(path: Path, ask: Callable[[sqlite3.Connection], _T]) -> _T:
    with contextlib.closing(schema.open_for_looking(path)) as connection:
        connection.execute("BEGIN")
        return ask(connection)


def _sealed_points(connection: sqlite3.Connection) -> int:
    parts = connection.execute(_PARTS).fetchall()
    width = {shape: len(shapes.names(connection, shape)) for shape in {shape for _, shape, _ in parts}}
    return sum(ledger.span_of(span).rows * width[shape] for _, shape, span in parts)


def _verified(connection: sqlite3.Connection, path: Path) -> verify.Verified:
    damage = [
        verify_run.Damage(f"the file's own structure is damaged: {said}")
        for (said,) in connection.execute(f"PRAGMA quick_check({_PROBLEMS_MAX})")
        if said != "ok"
    ]
    (project,) = connection.execute("SELECT value FROM about WHERE key = 'project'").fetchone()
    runs: dict[int, tuple[str, int]] = {
        run: (name, rows) for run, name, rows in connection.execute("SELECT id, name, rows FROM run").fetchall()
    }
    held = dict.fromkeys(runs, 0)
    for run, _, span in connection.execute(_PARTS):
        held[run] += ledger.span_of(span).rows
    payloads = 0
    for log_id, run, place, attempt, rows, content in connection.execute(_LOG):
        held[run] += rows
        name = runs[run][0]
        what = f"row {log_id} of the log, of run {name!r}"
        try:
            payload.rows_from_log(content, rows=rows, place=place, attempt=attempt, what=what)
            payloads += 1
        except (errors.StoreError, ValueError) as error:
            damage.append(verify_run.Damage(str(error), name))
    damage += [
        verify_run.Damage(f"run {name!r} has {rows} rows, and the ledger accounts for {held[run]}", name)
        for run, (name, rows) in runs.items()
        if rows != held[run]
    ]
    state: verify.State = "damaged" if damage else "whole"
    rows = sum(rows for _, rows in runs.values())
    return verify.Verified(str(path), project, state, len(runs), rows, payloads, tuple(damage[: verify.DAMAGE_MAX]))
