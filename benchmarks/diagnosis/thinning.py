"""A recording made small and bare enough for the repository: numbers alone, in single precision, without what names a machine or a place.

Rows keep their times and their sequence numbers; what is left out is skipped, as rows that never come are.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import msgspec
import numpy as np

from yoloscope.records import row
from yoloscope.sidecar import recording as spools
from yoloscope.spool import inventory
from yoloscope.wire import recording

KEPT_SYSTEM = ("system/process/", "system/memory", "system/cpu_percent", "system/gpu")
LEFT_OUT = ("overhead/", "augmentation/")
TELEMETRY_EACH = 3
"""Of telemetry each third row, six seconds apart."""
PROVENANCE = ("ultralytics", "torch", "yoloscope", "seed", "data", "python")
_TEXT_MOST = 40


def of_spool(folder: Path, *, name: str, now_ns: int) -> bytes:
    """Return a small recording of everything that was written below a folder; empty if nothing was.

    Raises:
        SpoolError: if it cannot be read.
    """
    directories = inventory.find(folder)
    if not directories:
        return b""
    whole = io.BytesIO(b"".join(spools.of_directories(directories, now_ns=now_ns)))
    read = recording.Reader(whole)
    bodies = [[_thinned(batch, name=name) for batch in body] for body in read.bodies()]
    return b"".join(_written(bodies, header=read.header, name=name, heard_ns=_heard(read)))


def _heard(read: recording.Reader) -> Mapping[str, int]:
    return {} if read.trailer is None else read.trailer.heard_ns


def _written(
    bodies: Iterable[Sequence[row.Batch]], *, header: recording.Header, name: str, heard_ns: Mapping[str, int]
) -> Iterator[bytes]:
    writer = recording.Writer()
    named = tuple(recording.RunName(one.id, "diagnosis", name) for one in header.runs)
    yield writer.head(msgspec.structs.replace(header, runs=named))
    for batches in bodies:
        yield writer.body(batches)
    yield writer.tail(heard_ns)


def _thinned(batch: row.Batch, *, name: str) -> row.Batch:
    run = msgspec.structs.replace(batch.run, project="diagnosis", name=name, tags=(), group=None, host=None)
    return msgspec.structs.replace(batch, run=run, entries=tuple(_entries(batch.entries)))


def _entries(entries: Iterable[row.Entry]) -> Iterator[row.Entry]:
    for entry in entries:
        if isinstance(entry, row.Matrix):
            yield from _rows(entry)
        elif isinstance(entry, row.Updated):
            yield row.Updated(entry.section, _kept(entry)) if _kept(entry) else row.Skip(1)
        elif isinstance(entry, row.Ended):
            yield msgspec.structs.replace(entry, reason=_short(entry.reason))
        else:
            yield row.Skip(row.sequences_of(entry))


def _short(reason: str | None) -> str | None:
    return None if reason is None or "/" in reason else reason[:_TEXT_MOST]


def _rows(matrix: row.Matrix) -> Iterator[row.Entry]:
    """Yield the matrix with the columns that are kept; of telemetry one row in three."""
    if all(name.startswith("system/") for name in matrix.names):
        yield from _telemetry(matrix)
        return
    columns = [at for at, name in enumerate(matrix.names) if not name.startswith(LEFT_OUT)]
    yield _columns(matrix, columns) if columns else row.Skip(matrix.rows)


def _telemetry(matrix: row.Matrix) -> Iterator[row.Entry]:
    columns = [at for at, name in enumerate(matrix.names) if name.startswith(KEPT_SYSTEM)]
    if not columns:
        yield row.Skip(matrix.rows)
        return
    for first in range(0, matrix.rows, TELEMETRY_EACH):
        yield _columns(_slice(matrix, first), columns)
        left = min(TELEMETRY_EACH, matrix.rows - first) - 1
        if left:
            yield row.Skip(left)


def _slice(matrix: row.Matrix, at: int) -> row.Matrix:
    width = 8 * len(matrix.names)
    one = slice(8 * at, 8 * at + 8)
    return row.Matrix(
        matrix.names,
        matrix.step[one],
        matrix.epoch[one],
        matrix.wall_ns[one],
        matrix.mono_ns[one],
        matrix.values[width * at : width * (at + 1)],
    )


def _columns(matrix: row.Matrix, columns: Sequence[int]) -> row.Matrix:
    values = np.frombuffer(matrix.values, "<f8").reshape(matrix.rows, len(matrix.names))[:, columns]
    with np.errstate(over="ignore"):
        single = values.astype("<f4").astype("<f8")
    exact = np.where(np.isfinite(values) & ~np.isfinite(single), values, single)
    return msgspec.structs.replace(
        matrix, names=tuple(matrix.names[at] for at in columns), values=np.ascontiguousarray(exact, "<f8").tobytes()
    )


def _kept(entry: row.Updated) -> dict[str, object]:
    if entry.section == "life":
        return {}
    of = entry.values
    wanted = {key: of[key] for key in PROVENANCE if key in of} if entry.section == "provenance" else of
    return cast(
        "dict[str, object]", _bare({key: value for key, value in wanted.items() if key not in ("project", "name")})
    )


def _bare(value: object) -> object:
    """Return a value without texts that are long or a path."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {key: _bare(one) for key, one in items if not (isinstance(one, str) and _is_telling(key, one))}
    return value


def _is_telling(key: str, value: str) -> bool:
    return len(value) > _TEXT_MOST or "/" in value.replace("<path>/", "") or key.endswith(("sha256", "host", "user"))
