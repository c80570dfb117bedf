"""Cards as rules ask about them: how busy, how full, and what was read of one over the last minutes."""

import numpy as np

from yoloscope.diagnose import thresholds as t
from yoloscope.diagnose import view

UTIL = "util_percent"


def busiest(of: view.View) -> float | None:
    """Return the median of five minutes of the busiest card, %; ``None`` before that, or without one."""
    found: list[float] = []
    for name in of.read(UTIL):
        reading = of.readings(name)
        if reading is not None and reading.seconds >= t.S01_SECONDS:
            found.append(float(np.median(reading.recent())))
    return max(found) if found else None


def filled(of: view.View, *, peak: bool) -> float | None:
    """Return which share of its memory the fullest card uses: the highest so far, or now."""
    found: list[float] = []
    for name in of.read("/memory_bytes"):
        used, total = of.readings(name), of.readings(name.replace("/memory_bytes", "/memory_total_bytes"))
        if "gpu." in name and used is not None and total is not None and total.last > 0:
            found.append((used.most if peak else used.last) / total.last)
    return max(found) if found else None


def mean(of: view.View, name: str) -> float | None:
    """Return the mean of five minutes of a reading, ``None`` before that."""
    reading = of.readings(name)
    return float(np.mean(reading.recent())) if reading is not None and reading.seconds >= t.S01_SECONDS else None


def number(name: str) -> str:
    """Return the card that a series is of, as its vendor's tools count."""
    return name.partition("gpu.")[2].partition("/")[0]


def grown(of: view.View, name: str) -> int:
    """Return by how much a count has grown since the training began."""
    reading = of.readings(name)
    return int(reading.last - reading.first) if reading is not None and reading.last > reading.first else 0
