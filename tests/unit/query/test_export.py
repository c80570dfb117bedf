"""Whole runs as CSV and Parquet, opened with pandas and pyarrow and compared with the store value by value."""

import io
import math
import struct
import threading
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from contracts import attempts, rows
from yoloscope import errors
from yoloscope.query import export
from yoloscope.records import ids, row
from yoloscope.server.routes.formats import comma, written
from yoloscope.store import open as opening
from yoloscope.store import ports

pytestmark = pytest.mark.slow

EXACT = {} if int(pd.__version__.partition(".")[0]) >= 3 else {"float_precision": "round_trip"}
SECOND = 1_000_000_000
PAYLOAD = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_DEAD_BEEF))[0]
NAMES = ("train/box_loss", '损失/边框, "a"', "system/cpu_percent")
LONG = ["run", "run_name", "name", "step", "epoch", "time", "elapsed_s", "attempt", "superseded", "value"]
Value = tuple[int, int | None, float, int, float, int, bool, int]


def _filled(stores: opening.Stores) -> None:
    """Fill a run with two attempts, values of every kind, rows of several shapes, and rows without step or epoch."""
    stores.catalog.open_run(row.RunRef(rows.RUN, rows.PROJECT, "首次 run, =1+1", 1))
    attempts.begin(stores, row.AttemptRef(0, wall_ns=10**18, mono_ns=0))
    attempts.begin(stores, row.AttemptRef(1, wall_ns=10**18 + 1, mono_ns=0, start_step=2))
    first = rows.matrix(
        [[1.5, math.inf, 50.0], [PAYLOAD, -math.inf, math.nan], [-0.0, 5e-324, 52.0], [1.7e308, 0.1, 53.0]],
        names=NAMES,
        steps=[0, 1, 2, row.NO_STEP],
        epochs=[0.5, math.nan, 1.5, math.nan],
        mono_ns=[1 * SECOND + 1, 2 * SECOND, 3 * SECOND, 4 * SECOND],
    )
    stores.series.append(rows.PROJECT, [rows.lane(first)]).result()
    stores.series.seal(rows.PROJECT, rows.RUN)
    second = rows.matrix([[2.5], [2**53 + 1.0]], steps=[2, 2**62 + 1], epochs=[1.5, 2.0], mono_ns=[SECOND, 2 * SECOND])
    stores.series.append(rows.PROJECT, [rows.lane(second, attempt=2, first_seq=4)]).result()


def _stored(stores: opening.Stores) -> dict[str, list[Value]]:
    """Return what the store holds, by name: attempt, step, epoch, time, seconds of training, hidden or not, and the value's bits."""
    found: dict[str, list[Value]] = {}
    offset_s = {1: 0.0, 2: 4.0}  # the second goes on where what is left of the first ended
    for attempt, matrix in stores.series.rows(rows.PROJECT, rows.RUN):
        count, names = matrix.rows, matrix.names
        steps, walls, monos = (struct.unpack(f"<{count}q", of) for of in (matrix.step, matrix.wall_ns, matrix.mono_ns))
        epochs = struct.unpack(f"<{count}d", matrix.epoch)
        bits = struct.unpack(f"<{count * len(names)}Q", matrix.values)
        for at in range(count):
            step = None if steps[at] == row.NO_STEP else steps[at]
            for column, name in enumerate(names):
                hidden = attempt == 1 and step is not None and step >= 2 and not name.startswith("system/")
                elapsed_s = monos[at] / 1e9 + offset_s[attempt]
                of_value = bits[at * len(names) + column]
                where = (attempt, step, epochs[at], walls[at], elapsed_s, hidden, of_value)
                found.setdefault(name, []).append(where)
    return found


def _bytes(table, form) -> bytes:
    return b"".join(written.parts_of(table, form=form))


def _infos(stores: opening.Stores) -> list[ports.RunInfo]:
    return [stores.catalog.run(rows.RUN)]


def _key(value: Value) -> str:
    return repr(value)


def test_long_parquet_holds_every_value_bit_for_bit(stores: opening.Stores) -> None:
    _filled(stores)
    table = parquet.read_table(io.BytesIO(_bytes(export.long(stores.series, _infos(stores)), "parquet")))
    assert table.column_names == LONG
    assert set(table["run"].to_pylist()) == {rows.RUN}
    assert set(table["run_name"].to_pylist()) == {"首次 run, =1+1"}
    found: dict[str, list[Value]] = {}
    times = table["time"].cast("int64").to_pylist()
    bits = table["value"].to_numpy().view(np.uint64).tolist()
    columns = [table[key].to_pylist() for key in ("name", "attempt", "step", "epoch", "elapsed_s", "superseded")]
    for at, (name, attempt, step, epoch, elapsed_s, hidden) in enumerate(zip(*columns, strict=True)):
        where = (attempt, step, math.nan if epoch is None else epoch, times[at], elapsed_s, hidden, bits[at])
        found.setdefault(name, []).append(where)
    expected = _stored(stores)
    assert list(found) == list(expected) == list(NAMES)
    for name, values in expected.items():
        assert sorted(map(_key, found[name])) == sorted(map(_key, values))


def test_long_csv_reads_back_to_the_same_values(stores: opening.Stores) -> None:
    _filled(stores)
    content = _bytes(export.long(stores.series, _infos(stores)), "csv")
    assert content.startswith(b"run,run_name,name,step,epoch,time,elapsed_s,attempt,superseded,value\r\n")
    frame = pd.read_csv(io.BytesIO(content), dtype={"step": "Int64"}, **EXACT)
    assert frame.columns.tolist() == LONG
    assert set(frame["run_name"]) == {"首次 run, =1+1"}
    times = pd.to_datetime(frame["time"]).astype("datetime64[ns, UTC]").astype("int64")
    found: dict[str, list[Value]] = {}
    for one, time in zip(frame.itertuples(index=False), times, strict=True):
        step = None if one.step is pd.NA else int(one.step)
        where = (one.attempt, step, one.epoch, time, one.elapsed_s, one.superseded, _bits(one.value))
        found.setdefault(one.name, []).append(where)
    for name, values in _stored(stores).items():
        plain = [(*one[:-1], _bits(struct.unpack("<d", struct.pack("<Q", one[-1]))[0])) for one in values]
        assert sorted(map(_key, found[name])) == sorted(map(_key, plain))


def _bits(value: float) -> int:
    """Return the bits of a number; text keeps no payload of NaN."""
    return struct.unpack("<Q", struct.pack("<d", math.nan if math.isnan(value) else value))[0]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_wide_has_a_row_for_each_row_logged_and_nothing_where_it_said_nothing(stores: opening.Stores, form) -> None:
    _filled(stores)
    content = io.BytesIO(_bytes(export.wide(stores.series, _infos(stores)), form))
    if form == "csv":
        frame = pd.read_csv(content, dtype={"step": "Int64"}, keep_default_na=False, na_values=[""], **EXACT)
        missing = frame[NAMES[1]].isna().tolist()
    else:
        table = parquet.read_table(content)
        frame = table.to_pandas()
        missing = [value is None for value in table[NAMES[1]].to_pylist()]
    assert frame.columns.tolist() == [name for name in LONG if name not in ("name", "value")] + list(NAMES)
    assert frame["attempt"].tolist() == [1, 1, 1, 1, 2, 2]
    assert frame["superseded"].tolist() == [False, False, True, False, False, False]
    assert missing == [False, False, False, False, True, True]
    values = [float(value) for value in frame[NAMES[0]]]
    assert list(map(repr, values)) == ["1.5", "nan", "-0.0", "1.7e+308", "2.5", "9007199254740992.0"]
    assert [float(value) for value in frame[NAMES[1]][:4]] == [math.inf, -math.inf, 5e-324, 0.1]


def test_parquet_tells_nothing_there_from_nan(stores: opening.Stores) -> None:
    _filled(stores)
    table = parquet.read_table(io.BytesIO(_bytes(export.wide(stores.series, _infos(stores)), "parquet")))
    assert [value is None for value in table["system/cpu_percent"].to_pylist()] == [False] * 4 + [True] * 2
    assert math.isnan(table["system/cpu_percent"].to_pylist()[1])
    assert table["step"].to_pylist() == [0, 1, 2, None, 2, 2**62 + 1]


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("shape", [export.long, export.wide])
def test_an_empty_run_is_a_table_without_rows(stores: opening.Stores, form, shape) -> None:
    stores.catalog.open_run(row.RunRef(rows.RUN, rows.PROJECT, "empty", 1))
    content = io.BytesIO(_bytes(shape(stores.series, _infos(stores)), form))
    frame = pd.read_csv(content) if form == "csv" else parquet.read_table(content).to_pandas()
    assert len(frame) == 0
    assert frame.columns.tolist()[:2] == ["run", "run_name"]


def test_a_hundred_series_in_pieces_are_as_whole_as_in_one(
    stores: opening.Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "CELLS", 1_500)
    names = [f"class/类别 {at}/AP50" for at in range(100)]
    values = np.random.default_rng(0).normal(size=(200, 100))
    stores.catalog.open_run(row.RunRef(rows.RUN, rows.PROJECT, "many", 1))
    attempts.begin(stores, row.AttemptRef(0, wall_ns=0, mono_ns=0))
    stores.series.append(rows.PROJECT, [rows.lane(rows.matrix(values.tolist(), names=names))]).result()
    wide = parquet.read_table(io.BytesIO(_bytes(export.wide(stores.series, _infos(stores)), "parquet"))).to_pandas()
    np.testing.assert_array_equal(wide[names].to_numpy(), values)
    long = parquet.read_table(io.BytesIO(_bytes(export.long(stores.series, _infos(stores)), "parquet"))).to_pandas()
    found = long.pivot_table(index="step", columns="name", values="value", observed=True, sort=False)
    np.testing.assert_array_equal(found.sort_index()[names].to_numpy(), values)
    by_text = pd.read_csv(io.BytesIO(_bytes(export.wide(stores.series, _infos(stores)), "csv")), **EXACT)
    np.testing.assert_array_equal(by_text[names].to_numpy(), values)


def test_several_runs_stand_one_after_the_other(stores: opening.Stores) -> None:
    _filled(stores)
    other = ids.RunId("r2")
    stores.catalog.open_run(row.RunRef(other, rows.PROJECT, "second", 2))
    stores.catalog.open_attempt(other, rows.WRITER, row.AttemptRef(0, wall_ns=0, mono_ns=0))
    lane = rows.lane(rows.column([7.0], name="lr"), run=other, lane=1)
    stores.series.append(rows.PROJECT, [lane]).result()
    infos = [*_infos(stores), stores.catalog.run(other)]
    frame = parquet.read_table(io.BytesIO(_bytes(export.wide(stores.series, infos), "parquet"))).to_pandas()
    assert frame["run"].tolist() == [rows.RUN] * 6 + [other]
    assert frame["run_name"].tolist() == ["首次 run, =1+1"] * 6 + ["second"]
    assert (frame["lr"].isna().tolist(), frame["lr"].tolist()[-1]) == ([True] * 6 + [False], 7.0)


def test_a_series_called_as_a_column_is_both_are_there(stores: opening.Stores) -> None:
    stores.catalog.open_run(row.RunRef(rows.RUN, rows.PROJECT, "first", 1))
    attempts.begin(stores, row.AttemptRef(0, wall_ns=0, mono_ns=0))
    matrix = rows.matrix([[3.0, 4.0]], names=("epoch", "series/epoch"))
    stores.series.append(rows.PROJECT, [rows.lane(matrix)]).result()
    frame = parquet.read_table(io.BytesIO(_bytes(export.wide(stores.series, _infos(stores)), "parquet"))).to_pandas()
    assert (frame["series/series/epoch"].tolist(), frame["series/epoch"].tolist()) == ([3.0], [4.0])
    assert frame["epoch"].isna().all()


def test_names_that_a_spreadsheet_would_run_are_made_harmless_in_csv_alone(stores: opening.Stores) -> None:
    stores.catalog.open_run(row.RunRef(rows.RUN, rows.PROJECT, '=HYPERLINK("http://x")', 1))
    attempts.begin(stores, row.AttemptRef(0, wall_ns=0, mono_ns=0))
    stores.series.append(rows.PROJECT, [rows.lane(rows.column([-1.0], name="@loss"))]).result()
    content = _bytes(export.long(stores.series, _infos(stores)), "csv").decode()
    assert content.splitlines()[1].startswith('r1,"\'=HYPERLINK(""http://x"")",\'@loss,0,,')
    assert content.splitlines()[1].endswith(",-1.0")
    table = parquet.read_table(io.BytesIO(_bytes(export.long(stores.series, _infos(stores)), "parquet")))
    assert (table["run_name"].to_pylist(), table["name"].to_pylist()) == (['=HYPERLINK("http://x")'], ["@loss"])


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_what_goes_wrong_in_the_store_ends_the_file_early(
    stores: opening.Stores, monkeypatch: pytest.MonkeyPatch, form
) -> None:
    _filled(stores)
    real = stores.series.rows

    def damaged(project, run) -> Iterator[object]:
        yield next(real(project, run))
        raise errors.StoreError("block 7 of run 'r1' is damaged")

    monkeypatch.setattr(type(stores.series), "rows", lambda self, project, run: damaged(project, run))
    with pytest.raises(errors.StoreError, match="block 7"):
        _bytes(export.long(stores.series, _infos(stores)), form)


@pytest.mark.parametrize(("form", "shape"), [("csv", export.long), ("parquet", export.long), ("parquet", export.wide)])
def test_a_long_run_is_written_in_the_memory_of_a_piece(stores: opening.Stores, monkeypatch, form, shape) -> None:
    _filled(stores)
    many = rows.column(np.random.default_rng(0).normal(size=4_096).tolist())
    monkeypatch.setattr(type(stores.series), "rows", lambda self, project, run: ((1, many) for _ in range(25)))
    monkeypatch.setattr(export, "CELLS", 2**14)
    monkeypatch.setattr(comma, "_ROWS", 500)
    tracemalloc.start()
    try:
        for _ in written.parts_of(shape(stores.series, _infos(stores)), form=form):
            pass
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3_000_000  # all 100,000 rows take 5 MB as columns, and several times that as text


def test_a_file_that_nobody_reads_on_is_not_written_on(stores: opening.Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(stores)
    many = rows.column(np.random.default_rng(0).normal(size=4_096).tolist())

    def endless(self, project, run) -> Iterator[object]:
        while True:
            yield 1, many

    monkeypatch.setattr(type(stores.series), "rows", endless)
    parts = written.parts_of(export.long(stores.series, _infos(stores)), form="parquet")
    next(parts)
    parts.close()
    writers = [thread for thread in threading.enumerate() if thread.name == "yoloscope-format"]
    for writer in writers:
        writer.join(60)
    assert not any(writer.is_alive() for writer in writers)
