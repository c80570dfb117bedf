"""Rows as tests write them: short matrices whose values say where they come from."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from yoloscope.records import ids, row
from yoloscope.store import ports

PROJECT = ids.ProjectName("signs")
RUN = ids.RunId("r1")
WRITER = ids.WriterId("0123456789abcdef" * 2)
LOSS = "train/box_loss"


def matrix(
    values: Sequence[Sequence[float]],
    *,
    names: Sequence[str] = (LOSS,),
    steps: Sequence[int] | None = None,
    epochs: Sequence[float] | None = None,
    mono_ns: Sequence[int] | None = None,
) -> row.Matrix:
    """Return a matrix with one row for each of `values`; steps count from 0, epochs are none unless given, the clock follows the steps."""
    count = len(values)
    steps = range(count) if steps is None else steps
    ticks = steps if all(0 <= step < 2**40 for step in steps) else range(count)
    mono = [1_000 * (tick + 1) for tick in ticks] if mono_ns is None else list(mono_ns)
    return row.Matrix(
        names=tuple(names),
        step=np.array(steps, np.int64).tobytes(),
        epoch=np.array([math.nan] * count if epochs is None else epochs, np.float64).tobytes(),
        wall_ns=np.array([10**18 + ns for ns in mono], np.int64).tobytes(),
        mono_ns=np.array(mono, np.int64).tobytes(),
        values=np.array(values, np.float64).reshape(count, len(names)).tobytes(),
    )


def column(values: Sequence[float], *, name: str = LOSS, first_step: int = 0) -> row.Matrix:
    """Return a matrix of one series."""
    steps = range(first_step, first_step + len(values))
    return matrix([[value] for value in values], names=(name,), steps=steps)


def lane(*entries: row.Entry, first_seq: int | None = 0, **changes: object) -> ports.LaneRows:
    """Return what lane 0 of the writer adds to the first attempt of the run."""
    return msgspec.structs.replace(ports.LaneRows(RUN, 1, WRITER, 0, first_seq, entries), **changes)
