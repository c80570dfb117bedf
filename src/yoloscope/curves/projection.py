"""Points of many dimensions on a plane or in a room: which of them, and where by principal components.

Called by the server's projecting process. Pure; the same points give the same answer.
"""

import numpy as np
from numpy.typing import NDArray

_SEED = 0
Points = NDArray[np.float64]


def shown(vectors: Points, *, most: int) -> NDArray[np.int64]:
    """Return the places of at most so many vectors, ascending: of those without NaN and infinities, drawn by a fixed seed.

    ``vectors`` is ``(n, dimensions)``.
    """
    finite = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    if len(finite) <= most:
        return finite
    return np.sort(np.random.default_rng(_SEED).choice(finite, most, replace=False))


def principal(vectors: Points, *, dimensions: int) -> tuple[Points, list[float]]:
    """Return points ``(n, dimensions)`` by the directions in which the vectors vary most, and which share of the variance each has.

    Directions that the vectors do not have are zero. Each direction points to where its furthest vector is.
    """
    points = np.zeros((len(vectors), dimensions))
    shares = np.zeros(dimensions)
    if not vectors.size:
        return points, shares.tolist()
    centred = vectors - vectors.mean(axis=0)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    lengths[lengths <= lengths[0] * max(vectors.shape) * np.finfo(lengths.dtype).eps] = 0.0  # what rounding leaves
    there = min(dimensions, len(lengths))
    points[:, :there] = left[:, :there] * lengths[:there]
    furthest = points[np.abs(points).argmax(axis=0), np.arange(dimensions)]
    points *= np.where(furthest < 0, -1.0, 1.0)
    variance = lengths**2
    if variance.sum() > 0:
        shares[:there] = variance[:there] / variance.sum()
    return points, shares.tolist()
