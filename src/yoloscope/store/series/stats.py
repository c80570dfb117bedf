"""What a data directory holds, in numbers, for whoever looks after it.

Called by ``yoloscope store stats``, beside a server or without one. Reads what stands beside the points and no point; nothing is written.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from yoloscope import errors
from yoloscope.store.series import axes, faults, rollup, schema, shapes

_SIDE_FILES = ("-wal", "-shm")
_COUNTS = """
SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM series JOIN run ON run.id = series.run), (SELECT total(rows) FROM run),
    (SELECT total(rows) FROM log), (SELECT count(*) FROM axis), (SELECT count(*) FROM block),
    (SELECT total(axis.rows) FROM block JOIN axis ON axis.id = block.axis)
"""
_GROUPS = """
SELECT count(*), total(thinned.axis IS NOT NULL), total(CASE WHEN thinned.axis IS NOT NULL THEN thinned.rows END)
FROM groups LEFT JOIN (SELECT axis, rows FROM span WHERE flags & ?) AS thinned ON thinned.axis = groups.axis
"""


class Stats(msgspec.Struct, frozen=True):
    """What one series file holds; ``detail`` tells why nothing else is known of it.

    ``points`` counts values, those included of which thinning left a part; ``blocks`` columns of up to some thousand values, of which
    ``grouped`` have groups beside them and ``thinned`` nothing else; ``free_bytes`` of the file are used before it grows.
    """

    file: str
    project: str | None
    detail: str | None = None
    format: int = 0
    runs: int = 0
    series: int = 0
    rows: int = 0
    rows_in_log: int = 0
    points: int = 0
    axes: int = 0
    blocks: int = 0
    grouped: int = 0
    thinned: int = 0
    size_bytes: int = 0
    free_bytes: int = 0
    bytes_per_point: float | None = None


def of_directory(data_dir: Path) -> Iterator[Stats]:
    """Yield what each series file of a data directory holds."""
    for path in sorted((data_dir / "series").glob("*.db")):
        yield of_file(path)


def of_file(path: Path) -> Stats:
    """Return what a series file holds."""
    try:
        with contextlib.closing(schema.open_for_looking(path)) as connection:
            return _counted(connection, path)
    except errors.StoreError as error:
        return Stats(str(path), None, str(error), size_bytes=_size_bytes(path))
    except sqlite3.Error as error:
        return Stats(str(path), None, str(faults.store_error(error, path=path)), size_bytes=_size_bytes(path))


def _counted(connection: sqlite3.Connection, path: Path) -> Stats:
    version = schema.version(connection)
    if not version:
        return Stats(str(path), None, f"the series file holds no tables: {str(path)!r}", size_bytes=_size_bytes(path))
    connection.execute("BEGIN")
    project = connection.execute("SELECT value FROM about WHERE key = 'project'").fetchone()
    runs, series, rows, in_log, axis_count, block_count, points = connection.execute(_COUNTS).fetchone()
    grouped, thinned, thinned_points = (
        (0, 0, 0) if version < axes.WITH_SPANS else connection.execute(_GROUPS, (rollup.THINNED,)).fetchone()
    )
    free, page_bytes = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
    points = int(points) + int(thinned_points) + _points_in_log(connection)
    size_bytes = _size_bytes(path)
    return Stats(
        str(path),
        project[0] if project else None,
        format=version,
        runs=runs,
        series=series,
        rows=int(rows),
        rows_in_log=int(in_log),
        points=points,
        axes=axis_count,
        blocks=block_count + int(thinned),
        grouped=grouped,
        thinned=int(thinned),
        size_bytes=size_bytes,
        free_bytes=free * page_bytes,
        bytes_per_point=size_bytes / points if points else None,
    )


def _points_in_log(connection: sqlite3.Connection) -> int:
    found = connection.execute("SELECT shape, sum(rows) FROM log GROUP BY shape").fetchall()
    return sum(rows * len(shapes.names(connection, shape)) for shape, rows in found)


def _size_bytes(path: Path) -> int:
    """Return what the file and what SQLite has beside it take on disk."""
    found = 0
    for one in (path, *(path.with_name(f"{path.name}{ending}") for ending in _SIDE_FILES)):
        with contextlib.suppress(OSError):
            found += one.stat().st_size
    return found
