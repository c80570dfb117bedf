"""Histograms, curves, matrices and tables: arrays that were handed over, as content."""

import sys
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from yoloscope.records import content
from yoloscope.spool import handed

Arrays = Mapping[str, NDArray[np.generic]]
_CHUNK = 1_000_000
_MOST = sys.float_info.max


def histogram(about: handed.HistogramAbout, arrays: Arrays) -> content.Histogram:
    """Return the histogram of values, or that of counts which were made already.

    ``total`` counts the finite values, NaN and infinities are counted apart. The deviation is that of all values, not of a sample. A moment that is
    beyond float64 is None. Without a finite value the one bin from 0 to 1 is empty.
    """
    if "counts" in arrays:
        counts = arrays["counts"].astype(np.float64)
        return content.Histogram(
            arrays["edges"].astype(np.float64).tobytes(), counts.tobytes(), _whole(float(counts.sum()))
        )
    return _of_values(np.ravel(arrays["values"]), bins=max(1, about.bins))


def curve(about: handed.CurveAbout, arrays: Arrays) -> content.Curve:
    """Return curves over the same x."""
    x, y = (arrays[name].astype(np.float64, copy=False).tobytes() for name in ("x", "y"))
    return content.Curve(x, y, about.curves, about.x_name, about.y_name)


def matrix(about: handed.MatrixAbout, arrays: Arrays) -> content.Matrix:
    """Return a matrix with its labels."""
    values = arrays["values"]
    height, width = values.shape
    return content.Matrix(
        height, width, values.astype(np.float64, copy=False).tobytes(), rows=about.rows, columns=about.columns
    )


def table(about: handed.TableAbout, arrays: Arrays) -> content.Table:
    """Return a table; a column is what its array says, or texts."""
    return content.Table(tuple(_column(column, arrays.get(str(at))) for at, column in enumerate(about.columns)))


def _column(about: handed.ColumnAbout, found: NDArray[np.generic] | None) -> content.Column:
    if found is None:
        return content.Column(about.name, texts=about.texts or ())
    if found.dtype.kind == "f":
        return content.Column(about.name, numbers=found.astype(np.float64, copy=False).tobytes())
    return content.Column(about.name, classes=tuple(found.astype(np.int64).tolist()))


def _of_values(values: NDArray[np.generic], *, bins: int) -> content.Histogram:
    """Return the histogram of values, which are read in chunks twice: once for range and moments, once for counts."""
    seen = _Moments()
    for at in range(0, len(values), _CHUNK):
        seen.add(values[at : at + _CHUNK].astype(np.float64))
    if not seen.finite:
        nothing = np.array([0.0, 1.0])
        return content.Histogram(nothing.tobytes(), bytes(8), 0, seen.nan, seen.inf)
    edges = _edges(seen.least, seen.most, bins=bins)
    counts = np.zeros(len(edges) - 1, np.float64)
    for at in range(0, len(values), _CHUNK):
        chunk = values[at : at + _CHUNK].astype(np.float64)
        counts += _counted(chunk[np.isfinite(chunk)], edges)
    return content.Histogram(
        edges=edges.tobytes(),
        counts=counts.tobytes(),
        total=seen.finite,
        nan=seen.nan,
        inf=seen.inf,
        least=seen.least,
        most=seen.most,
        mean=seen.mean(),
        deviation=seen.deviation(),
    )


class _Moments:
    """Range, mean and deviation of chunks, put together by pairs.

    Source: Chan, Golub, LeVeque, Updating formulae and a pairwise algorithm for computing sample variances (1979), equation 2.1.
    """

    def __init__(self) -> None:
        self.finite = self.nan = self.inf = 0
        self.least, self.most = np.inf, -np.inf
        self._mean = self._squares = 0.0

    def add(self, chunk: NDArray[np.float64]) -> None:
        """Take some more values."""
        good = chunk[np.isfinite(chunk)]
        nan = int(np.isnan(chunk).sum())
        self.nan += nan
        self.inf += len(chunk) - len(good) - nan
        if not len(good):
            return
        self.least, self.most = min(self.least, float(good.min())), max(self.most, float(good.max()))
        with np.errstate(all="ignore"):  # what overflows has no mean
            mean = float(good.mean())
            squares = float(np.square(good - mean).sum())
            apart, both = mean - self._mean, self.finite + len(good)
            self._squares += squares + float(np.square(apart)) * self.finite * len(good) / both
            self._mean += apart * len(good) / both
        self.finite = both

    def mean(self) -> float | None:
        """Return the mean, None if it is beyond float64."""
        return self._mean if np.isfinite(self._mean) else None

    def deviation(self) -> float | None:
        """Return the standard deviation, None if it is beyond float64."""
        return float(np.sqrt(self._squares / self.finite)) if np.isfinite(self._squares) else None


def _edges(least: float, most: float, *, bins: int) -> NDArray[np.float64]:
    """Return edges that ascend, from the least to the greatest value; where these are too close together for so many bins, one bin around them."""
    at = np.arange(bins + 1) / bins
    edges = least * (1 - at) + most * at  # the difference of the two may be beyond float64
    edges[0], edges[-1] = least, most
    if np.all(edges[1:] > edges[:-1]):
        return edges
    apart = max(0.5, abs(least) * 4 * sys.float_info.epsilon, abs(most) * 4 * sys.float_info.epsilon)
    return np.array([max(-_MOST, least - apart), min(_MOST, most + apart)])


def _counted(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many values lie in each bin; the last one holds its upper edge."""
    places = np.searchsorted(edges, values, side="right") - 1
    return np.bincount(np.minimum(places, len(edges) - 2), minlength=len(edges) - 1).astype(np.float64)


def _whole(number: float) -> int:
    return int(number) if np.isfinite(number) else 0
