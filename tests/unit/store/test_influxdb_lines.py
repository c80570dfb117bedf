"""Whatever a row holds comes back from a real InfluxDB bit for bit; names that look alike to it stay apart."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import influxd as servers
from contracts import rows
from yoloscope.records import ids, row
from yoloscope.store.influxdb import lines
from yoloscope.store.influxdb import store as influxdb

NASTY = [
    "a b", "a,b", "a=b", 'say "x"', "back\\", "\\,", "time", "run", "shape", "_place", "_step", "%5Fplace", "#", "损失/框",
    "'", "a\\ b", "\u00a0x", "x" * 250, "𝓁" * 250, "loss", "Loss", "a.b", "{}", "%s", "%r", "-0", "l",
]  # fmt: skip
NAMES = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co", "Cf"]), min_size=1, max_size=250
)
FLOATS = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, -0.0, 5e-324, 1.7976931348623157e308])
STEPS = st.integers(-(2**63), 2**63 - 1)
CLOCKS = st.integers(-(2**63), 2**63 - 1) | st.integers(10**18, 10**18 + 3)


@st.composite
def matrices(draw) -> row.Matrix:
    names = tuple(draw(st.lists(NAMES, min_size=1, max_size=5, unique=True)))
    count = draw(st.integers(1, 5))

    def ints(of) -> bytes:
        return np.array(draw(st.lists(of, min_size=count, max_size=count)), np.int64).tobytes()

    def floats(number: int) -> bytes:
        drawn = draw(st.lists(FLOATS, min_size=number, max_size=number))
        return np.array([math.nan if math.isnan(value) else value for value in drawn]).tobytes()

    return row.Matrix(names, ints(STEPS), floats(count), ints(CLOCKS), ints(CLOCKS), floats(count * len(names)))


@pytest.mark.slow
def test_rows_come_back_bit_for_bit(influxd: servers.Influxd, tmp_path: Path) -> None:
    store = influxdb.InfluxStore(tmp_path, to=influxd.address("bits"), patience=servers.PATIENCE)

    @given(st.lists(matrices(), min_size=1, max_size=3), st.integers(0, 10**15))
    @settings(max_examples=60, deadline=None)
    def check(sent: list[row.Matrix], number: int) -> None:
        run = ids.new_run_id()
        store.append(rows.PROJECT, [rows.lane(*sent, first_seq=None, run=run, lane=number % 3)]).result()
        store.seal(rows.PROJECT, run)
        assert _one_by_one(sent) == _one_by_one([matrix for _, matrix in store.rows(rows.PROJECT, run)])
        for name in sent[0].names[:1]:
            column = sent[0].names.index(name)
            expected = np.reshape(np.frombuffer(sent[0].values), (sent[0].rows, -1))[:, column]
            found = store.points(rows.PROJECT, run, name).value[: sent[0].rows]
            assert expected.tobytes() == found.tobytes()

    check()
    store.close()
    influxd.execute('DROP DATABASE "bits"')


@given(st.lists(NAMES, min_size=2, max_size=20, unique=True))
@settings(max_examples=50, deadline=None)
def test_names_that_differ_have_fields_that_differ(names: list[str]) -> None:
    fields = [lines.field_of(name) for name in names]
    assert len(set(names)) == len(set(fields))
    assert not any(field.startswith("_") or field in ("time", "run", "shape") or '"' in field for field in fields)


@given(st.lists(CLOCKS, min_size=1, max_size=20), st.integers(0, 20))
def test_times_differ_and_do_not_depend_on_how_rows_were_sent(clocks: list[int], cut: int) -> None:
    wall_ns = np.array(clocks, np.int64)
    whole = lines.times(wall_ns, after=-1)
    first = lines.times(wall_ns[:cut], after=-1)
    second = lines.times(wall_ns[cut:], after=int(first[-1]) if len(first) else -1)
    assert (np.diff(whole) > 0).all()
    assert whole.tolist() == [*first.tolist(), *second.tolist()]
    assert (whole[0], whole.min() >= 0) == (min(max(clocks[0], 0), lines.TIME_MAX_NS), True)


def test_a_line_reads_as_the_page_says() -> None:
    head = lines.Head(rows.PROJECT, "5eed", rows.RUN, f"{rows.WRITER}.0", 1, 2)
    names = ("train/box_loss", "a b")
    clocks = {"epochs": [0.25, math.nan], "mono_ns": [1_000, 2_000]}
    sent = rows.matrix([[0.5, math.nan], [-0.0, 2.0]], names=names, steps=[0, row.NO_STEP], **clocks)
    found = lines.of_matrix(sent, head=head.text(), place=7, at=lines.wall_ns(sent))
    start = f"signs,attempt=1,lane={rows.WRITER}.0,run=r1,shape=2,store=5eed _mono="
    assert found == [
        start + "1000i,_place=7i,_wall=1000000000000001000i,train/box_loss=0.5,_epoch=0.25,_step=0i,"
        r'_special="{\"a b\":\"nan\"}" 1000000000000001000',
        start + "2000i,_place=8i,_wall=1000000000000002000i,a\\ b=2.0,"
        r'_special="{\"train/box_loss\":\"-0\",\"\":\"nan\",\"\\t\":\"none\"}" 1000000000000002000',
    ]


def _one_by_one(sent: list[row.Matrix]) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for matrix in sent:
        width = len(matrix.names)
        columns = [
            struct.unpack(f"<{matrix.rows}Q", column)
            for column in (matrix.step, matrix.epoch, matrix.wall_ns, matrix.mono_ns)
        ]
        values = struct.unpack(f"<{matrix.rows * width}Q", matrix.values)
        found += [
            (matrix.names, *(column[at] for column in columns), values[width * at : width * (at + 1)])
            for at in range(matrix.rows)
        ]
    return found
