"""The numbers of one validation: metrics, validation losses, per-class results and the time a picture takes."""

from collections.abc import Mapping, Sequence
from typing import cast

from yoloscope.integrations.ultralytics import shapes
from yoloscope.records import names

_CLASS_FIELDS = (("AP50", "ap50"), ("AP", "ap"), ("precision", "p"), ("recall", "r"))
_CLASS_NAME_MAX_CHARS = 200
_SPEEDS = ("preprocess", "inference", "postprocess")


def metrics(trainer: shapes.Trainer) -> dict[str, float]:
    """Return `trainer.metrics` under canonical names: what ``results.csv`` holds, the framework's rounding included."""
    found = trainer.metrics or {}
    return {names.canonical(name): float(cast("float", value)) for name, value in found.items() if name != "fitness"}


def class_results(validator: object) -> dict[str, float]:
    """Return AP50, AP, precision and recall of every class that has validation targets; empty where there are none yet."""
    box = shapes.attribute(validator, "metrics.box", None)
    present = _column(box, "ap_class_index")
    titles = class_titles(shapes.attribute(validator, "metrics.names", None))
    found: dict[str, float] = {}
    for key, field in _CLASS_FIELDS:
        column = _column(box, field)
        if len(column) != len(present):
            continue  # before 8.3.200 the arrays are empty until there is a first true positive
        for index, value in zip(present, column, strict=True):
            found[f"class/{titles.get(int(index), str(int(index)))}/{key}"] = float(value)
    return found


def class_titles(class_names: object) -> dict[int, str]:
    """Return printable, distinct titles by class index, from the framework's dict or list of names."""
    pairs: Sequence[tuple[int, object]]
    if isinstance(class_names, Mapping):
        pairs = [(int(cast("int", key)), name) for key, name in cast("Mapping[object, object]", class_names).items()]
    else:
        pairs = list(enumerate(cast("Sequence[object]", class_names or ())))
    titles: dict[int, str] = {}
    for index, name in pairs:
        shown = "".join(letter if letter.isprintable() else "?" for letter in str(name))[:_CLASS_NAME_MAX_CHARS]
        titles[index] = shown if shown and shown not in titles.values() else f"{shown}.{index}"
    return titles


def speed(validator: object) -> dict[str, float]:
    """Return the seconds that one picture took in each phase of the validation."""
    nothing: dict[str, float] = {}
    measured_ms = shapes.attribute(validator, "speed", nothing)
    return {f"time/{phase}_s": float(measured_ms[phase]) / 1e3 for phase in _SPEEDS if phase in measured_ms}


def _column(box: object, field: str) -> Sequence[float]:
    value = shapes.attribute(box, field, None)
    return cast("Sequence[float]", value) if hasattr(value, "__len__") else ()
