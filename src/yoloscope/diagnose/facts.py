"""What is known of a run beside its curves: arguments, the settings in effect, the data, the machine. Nothing of it need be known.

A run tells it in the words of its framework; `of` reads Ultralytics' and YOLOv5's, whose arguments bear the same names where they mean the same.
"""

from collections.abc import Mapping
from typing import cast

import msgspec

Given = Mapping[str, object]


class SetFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one split of the data; counts are of images or of boxes, ``None`` where nobody counted.

    ``area_below_8`` and ``area_below_16`` are the shares of boxes whose square root of the area is less than 8 and 16 px at the training's size,
    ``side_below_2`` the share with a side under 2 px, ``covering`` the share that covers more than 98 % of its image.
    """

    images: int | None = None
    missing: int | None = None
    empty: int | None = None
    corrupt: int | None = None
    duplicates: int | None = None
    backgrounds: int | None = None
    instances: int | None = None
    per_class: Mapping[str, int] = {}
    outside_classes: int | None = None
    area_below_8: float | None = None
    area_below_16: float | None = None
    side_below_2: float | None = None
    covering: float | None = None
    outside_image: int | None = None
    shared_with_train: float | None = None
    """Share of this split's images that the training split holds too."""
    mean: float | None = None
    """Mean brightness of a sample of images as the network sees them, in [0, 1]; outside says that they are not normalised."""
    worst_files: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that rules may know of a run beside its curves.

    ``given`` are the arguments as the user gave them, ``settings`` those in effect (which win). ``framework`` is ``ultralytics``, ``yolov5``,
    ``mmengine``, ``torch`` or nothing; ``version`` its version.
    """

    framework: str = ""
    version: str = ""
    given: Given = {}
    settings: Given = {}
    train: SetFacts = SetFacts()
    val: SetFacts = SetFacts()
    cpus: int | None = None
    gpus: int | None = None
    gpu_memory_bytes: int | None = None

    def value(self, key: str) -> object:
        """Return a setting in effect, else the argument given, else ``None``."""
        found = self.settings.get(key)
        return self.given.get(key) if found is None else found

    def number(self, key: str) -> float | None:
        """Return a setting as a number; ``None`` if it is none."""
        return _number(self.value(key))

    def asked(self, key: str) -> float | None:
        """Return what the user asked for as a number, whatever is in effect."""
        return _number(self.given.get(key))

    @property
    def epochs(self) -> int | None:
        """The budget E."""
        found = self.number("epochs")
        return int(found) if found and found > 0 else None

    @property
    def classes(self) -> int | None:
        """How many classes there are."""
        told = self.number("classes") or self.number("nc")
        return int(told) if told else (len(self.train.per_class) or len(self.val.per_class) or None)

    @property
    def closes_mosaic_at(self) -> int | None:
        """The number of complete epochs after which mosaic is off; ``None`` if it is never on, or stays on."""
        closing, mosaic, epochs = self.number("close_mosaic"), self.number("mosaic"), self.epochs
        if not closing or not epochs or mosaic == 0 or closing >= epochs:
            return None
        return epochs - int(closing)

    @property
    def is_auto(self) -> bool:
        """Whether the framework chooses optimizer, lr and momentum, so that what the user gave for them has no effect."""
        asked = self.given.get("optimizer")
        return isinstance(asked, str) and asked.lower() == "auto"

    @property
    def starts_pretrained(self) -> bool | None:
        """Whether training starts from weights: a model named ``.pt``, or weights given; ``None`` if nobody said."""
        model, pretrained, weights = (self.given.get(key) for key in ("model", "pretrained", "weights"))
        if isinstance(pretrained, str) and pretrained:
            return True
        if isinstance(weights, str):
            return bool(weights)
        return model.endswith(".pt") if isinstance(model, str) and model.endswith((".pt", ".yaml", ".yml")) else None

    def gain(self, component: str) -> float | None:
        """Return the factor within a logged component of the loss: box 7.5, cls 0.5, dfl 1.5 by default in Ultralytics."""
        told = self.number(component)
        return told if told is not None else GAINS.get(self.framework, {}).get(component)


GAINS: Mapping[str, Mapping[str, float]] = {
    "ultralytics": {"box": 7.5, "cls": 0.5, "dfl": 1.5, "pose": 12.0, "kobj": 1.0, "l1": 1.5},
    "yolov5": {"box": 0.05, "cls": 0.5, "obj": 1.0},
}
"""Defaults of Ultralytics 8.4 (``cfg/default.yaml``) and YOLOv5 (``hyp.scratch-low.yaml``)."""


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def mapping(value: object) -> Given:
    """Return a mapping with text keys, or an empty one."""
    return cast("Given", value) if isinstance(value, Mapping) else {}
