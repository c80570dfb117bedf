"""Names derived from what a training really runs with, and paths reduced to what may be shown.

No name that is derived here repeats a file name: only those of models and data sets that everybody has are known as harmless.
"""

import time
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import cast

from yoloscope.integrations.ultralytics import shapes
from yoloscope.records import harmless, ids

_UNTELLING = {"best", "last"}
_OWN = "custom"


def run_name(trainer: shapes.Trainer, *, now_s: float) -> str:
    """Return for example ``20261121-yolo11n-adamw-mosaic``: date, model, optimizer, and whether mosaic is in use at all.

    A model or an optimizer that is not known to all is ``custom``.
    """
    parts = [
        time.strftime("%Y%m%d", time.localtime(now_s)),
        _known(model_name(trainer)),
        _known(type(trainer.optimizer).__name__.lower()),
        "mosaic" if uses_mosaic(trainer) else "nomosaic",
    ]
    return "-".join(parts)


def model_name(trainer: shapes.Trainer) -> str:
    """Return the stem of the model's file; a checkpoint called best or last tells nothing, so its architecture's is taken."""
    stem = PurePath(str(shapes.attribute(trainer, "args.model", None) or "")).stem
    if stem and stem not in _UNTELLING:
        return stem
    nothing: dict[str, object] = {}
    architecture = shapes.attribute(trainer, "model.yaml", nothing).get("yaml_file")
    return PurePath(str(architecture)).stem if architecture else (stem or "model")


def uses_mosaic(trainer: shapes.Trainer) -> bool:
    """Tell whether any epoch trains on mosaics: `close_mosaic` at or above `epochs` closes it before the first."""
    closing = shapes.attribute(trainer, "args.close_mosaic", 0)
    return shapes.attribute(trainer, "args.mosaic", 0.0) > 0 and not 0 < trainer.epochs <= closing


def project_name(trainer: shapes.Trainer, *, tells_names: bool) -> str:
    """Return the data set's name as a project: the stem of its file, or its folder's where the file is only called data.

    Unless names may be told (`tells_names`), only a public data set gives its name; others go to ``default``.
    """
    path = PurePath(str(shapes.attribute(trainer, "args.data", None) or ""))
    name = path.parent.name if path.stem in {"data", "dataset"} and path.parent.name else path.stem
    usable = "".join(letter if ids.PROJECT_NAME.match("a" + letter) else "-" for letter in name).strip(" .-_")[:64]
    told = tells_names or harmless.is_public_data_set(usable)
    return usable if told and ids.PROJECT_NAME.match(usable) else "default"


def _known(name: str) -> str:
    return name if harmless.is_harmless(name) else _OWN


def shown(value: object) -> object:
    """Return a setting as it may leave the machine: JSON-able, every path as ``<path>/name``."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): shown(item) for key, item in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple | set):
        return [shown(item) for item in cast("Iterable[object]", value)]
    text = str(value)
    if "/" in text or "\\" in text:
        address = text.partition("?")[0] if "://" in text else text  # behind it stand keys
        return f"<path>/{PurePath(address.replace(chr(92), '/')).name}"
    return text
