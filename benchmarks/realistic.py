"""Rows as a detector's training logs them, for benchmarks: 40 series whose values compress as real ones do.

30 losses and metrics of float32 noise on a decay, 2 learning rates on a cosine, the epoch, 3 throughputs, 4 system series with one
decimal; a row each 100 ms by a clock with 8 ms of jitter, in µs.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from yoloscope.records import row

NAMES = (
    *(f"train/loss{index:02d}_loss" for index in range(30)),
    *("lr/weight", "lr/bias", "time/epoch", "time/images_per_s", "time/batch_s", "time/data_s"),
    *("system/gpu.0/util_percent", "system/gpu.0/temperature_c", "system/gpu.0/power_w", "system/cpu_percent"),
)
SERIES = len(NAMES)
_EPOCH_ROWS = 500
_JITTER_NS = 8_000_000
_ROW_NS = 100_000_000
_START_NS = 1_700_000_000_000_000_000


def matrix(first: int, rows: int, *, of: int, seed: int) -> row.Matrix:
    """Return `rows` rows from the row number `first` on, of a training of `of` rows."""
    random = np.random.default_rng((seed, first))
    step = np.arange(first, first + rows, dtype=np.int64)
    at_ns = _START_NS + step * _ROW_NS + random.integers(0, _JITTER_NS // 1000, rows) * 1000
    values = np.empty((rows, SERIES))
    values[:, :30] = _decays(step, of=of, random=random)
    values[:, 30:32] = (0.005 * (1 + np.cos(np.pi * step / of)))[:, None] * [1.0, 10.0]
    values[:, 32] = step // _EPOCH_ROWS
    values[:, 33:36] = random.normal([310.0, 0.1, 0.01], [12.0, 0.004, 0.002], (rows, 3))
    values[:, 36:40] = np.round(random.normal([92.0, 71.0, 240.0, 35.0], [4.0, 1.0, 9.0, 6.0], (rows, 4)), 1)
    epoch = step / _EPOCH_ROWS
    return row.Matrix(NAMES, step.tobytes(), epoch.tobytes(), at_ns.tobytes(), at_ns.tobytes(), values.tobytes())


def matrices(total: int, *, rows: int, seed: int = 0) -> Iterator[row.Matrix]:
    """Yield a training of `total` rows, some at a time."""
    for first in range(0, total, rows):
        yield matrix(first, min(rows, total - first), of=total, seed=seed)


def _decays(step: NDArray[np.int64], *, of: int, random: np.random.Generator) -> NDArray[np.float64]:
    decay = np.exp(-step / (of / 4))[:, None]
    return (decay * (1 + 0.1 * random.standard_normal((len(step), 30)))).astype(np.float32).astype(np.float64)
