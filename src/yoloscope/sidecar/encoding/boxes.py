"""Annotations of a picture, as content: the columns that were handed over, and a polygon for each box."""

import numpy as np

from yoloscope.records import content
from yoloscope.sidecar.encoding.summaries import Arrays
from yoloscope.spool import handed


def boxes(about: handed.ImageAbout, arrays: Arrays, *, width: int, height: int) -> content.Boxes:
    """Return the annotations of a picture of so many pixels."""
    dtypes = {"xyxy": np.float32, "classes": np.int32, "scores": np.float32, "truth": np.uint8}
    columns = {name: arrays[name].astype(dtype, copy=False).tobytes() for name, dtype in dtypes.items()}
    keypoints = arrays.get("keypoints")
    return content.Boxes(
        width=width,
        height=height,
        outlines=_outlines(arrays),
        keypoints=b"" if keypoints is None else keypoints.astype(np.float32, copy=False).tobytes(),
        keypoints_each=about.keypoints_each,
        **columns,
    )


def _outlines(arrays: Arrays) -> tuple[bytes, ...]:
    if "outlines" not in arrays:
        return ()
    points = arrays["outlines"].astype(np.float32, copy=False)
    ends = np.cumsum(arrays["corners"].astype(np.int64)).tolist()
    return tuple(points[begin:end].tobytes() for begin, end in zip([0, *ends], ends, strict=False))
