"""The loss as rules ask about it: its parts by kind, whatever a model calls them, and its newest epochs without those of the warm-up.

Called by `rules`. Models name their parts differently (YOLO26 has l1 instead of dfl, YOLOv5 obj), so that patterns find them.
"""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from yoloscope.diagnose import thresholds, view

Kind = Literal["box", "cls", "dfl", "obj"]
KINDS: Mapping[Kind, re.Pattern[str]] = {
    "box": re.compile("box|iou"),
    "cls": re.compile("cls|class"),
    "dfl": re.compile("dfl"),
    "obj": re.compile("(?<!k)obj"),  # kobj of pose models asks whether a keypoint is visible
}
TOTAL = "train/total"


class Part(msgspec.Struct, frozen=True):
    """One part of the training loss: what the model calls it, its series, and that series by epoch."""

    component: str
    name: str
    series: view.Series


def part(of: view.View, kind: Kind) -> Part | None:
    """Return the first part of the training loss of a kind, ``None`` if the model has none or it has no epoch yet."""
    for component in of.components():
        found = of.series(series_name(component))
        if KINDS[kind].search(component) and found is not None and found.count:
            return Part(component, series_name(component), found)
    return None


def classes(of: view.View) -> int | None:
    """Return how many classes there are, as facts tell it or as many as have an AP; ``None`` if neither says."""
    return of.facts.classes or len(of.classes()) or None


def series_name(component: str) -> str:
    """Return the series of a part of the training loss."""
    return f"train/{component}_loss"


def batch_names(of: view.View) -> tuple[str, ...]:
    """Return the series of all parts of the training loss."""
    return tuple(series_name(component) for component in of.components())


def iou_unit(of: view.View, box: Part) -> float | None:
    """Return what the box loss is where boxes do not overlap, so that 1 - loss / unit is the mean CIoU; ``None`` if gains are not known.

    Ultralytics logs gain * (1 - CIoU). YOLOv5 sums over three layers what it multiplied by its gain.
    Source: ``BboxLoss`` and ``v8DetectionLoss`` of Ultralytics 8.4, ``ComputeLoss`` of YOLOv5 7.0.
    """
    gain = of.facts.gain(box.component)
    if not gain:
        return None
    return gain * thresholds.L01_YOLOV5_LAYERS if of.facts.framework == "yolov5" else gain


def span(budget: int | None) -> int:
    """Return over how many epochs to ask whether a loss falls: 20, less for short trainings."""
    if budget is None:
        return thresholds.N_SPAN_MOST
    return min(thresholds.N_SPAN_MOST, max(thresholds.N_SPAN_LEAST, int(thresholds.N_SPAN_SHARE * budget)))


def settled(of: view.View, series: view.Series, *, epochs: int | None = None, grace: int = 0) -> view.Floats:
    """Return the newest values since the last cut, at most so many, without those of the first `grace` epochs of the run."""
    values = series.window(epochs) if epochs is not None else series.window()
    before = of.epoch - len(values)
    return values[max(0, grace - before) :]


def judged(of: view.View, series: view.Series) -> view.Floats:
    """Return the newest epochs that say whether a loss falls: `span` of them, without those of the warm-up."""
    return settled(of, series, epochs=span(of.facts.epochs), grace=thresholds.N_GRACE)
