"""Tables as Arrow streams and Parquet files. Imported at the first of them: it loads arro3, 33 MB of it.

Labels become dictionaries, so that a name is written once and pandas and polars read categories. What is not there is null, which is not
the same as NaN: that one keeps its bits.
"""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from arro3 import core, io

from yoloscope.query import tables
from yoloscope.server.routes.formats import pulled

_CELLS = 2**20  # of a row group: some megabytes, the least that reading in parallel is worth
_ROWS = 2**17  # of a batch
_Batches = Iterator[core.RecordBatch]
_TYPES = {
    "label": core.DataType.dictionary(core.DataType.int32(), core.DataType.utf8()),
    "int": core.DataType.int64(),
    "float": core.DataType.float64(),
    "bool": core.DataType.bool(),
    "time": core.DataType.timestamp("ns", tz="UTC"),
}


def stream(table: tables.Table) -> Iterator[bytes]:
    """Yield a table as an Arrow IPC stream."""
    schema = _schema(table)

    def write(batches: _Batches, file: BinaryIO) -> None:
        io.write_ipc_stream(_reader(schema, batches), file)

    return pulled.parts(_batches(table, schema=schema), write=write)


def parquet(table: tables.Table) -> Iterator[bytes]:
    """Yield a table as a Parquet file, compressed with zstd."""
    schema = _schema(table)
    rows = max(1, _CELLS // len(table.fields))

    def write(batches: _Batches, file: BinaryIO) -> None:
        io.write_parquet(_reader(schema, batches), file, compression="zstd(1)", max_row_group_size=rows)

    return pulled.parts(_batches(table, schema=schema), write=write)


def _schema(table: tables.Table) -> core.Schema:
    return core.Schema([core.Field(field.name, _TYPES[field.kind]) for field in table.fields])


def _reader(schema: core.Schema, batches: _Batches) -> core.RecordBatchReader:
    try:
        return core.RecordBatchReader.from_batches(schema, batches)
    except TypeError:  # arro3 before 0.9, the last for Python 3.10, takes lists alone: all is in memory then
        return core.RecordBatchReader.from_batches(schema, list(batches))


def _batches(table: tables.Table, *, schema: core.Schema) -> _Batches:
    labels = [_dictionary(field) for field in table.fields]
    for piece in table.pieces:
        for start in range(0, len(piece[0].values), _ROWS):
            some = slice(start, start + _ROWS)
            columns = [
                _array(cells, some, field=field, labels=of)
                for cells, field, of in zip(piece, table.fields, labels, strict=True)
            ]
            yield core.RecordBatch.from_arrays(columns, schema=schema)  # pyright: ignore[reportUnknownMemberType] - its own types are loose


def _dictionary(field: tables.Field) -> core.Array | None:
    if field.kind != "label":
        return None
    return core.Array(list(field.labels), type=core.DataType.utf8()).cast(_TYPES["label"])


def _array(cells: tables.Cells, some: slice, *, field: tables.Field, labels: core.Array | None) -> core.Array:
    values = np.ascontiguousarray(cells.values[some])
    if labels is not None:
        return labels.take(core.Array.from_numpy(values))  # pyright: ignore[reportUnknownMemberType] - its own types are loose
    array = core.Array.from_numpy(values)
    if field.kind == "time":
        array = array.cast(_TYPES["time"])
    missing = None if cells.missing is None else cells.missing[some]
    return array if missing is None or not missing.any() else _without(array, missing)


def _without(array: core.Array, missing: tables.Array) -> core.Array:
    """Return an array with null where something is missing: arro3 makes nulls of NaN that become integers, and takes null from null."""
    places = np.where(missing, np.nan, np.arange(len(missing), dtype=np.float64))
    return array.take(core.Array.from_numpy(places).cast(core.DataType.uint32()))  # pyright: ignore[reportUnknownMemberType] - its own types are loose
