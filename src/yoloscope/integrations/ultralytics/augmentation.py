"""What becomes of a picture before a training sees it: the transforms that its data set really holds, described by class names and numbers.

The arguments may say otherwise: ``rect=True`` switches mosaics off, pasting needs masks, albumentations may not be installed. Read from
attributes alone: nothing is called, nothing printed, so that the same pipeline gives the same description in every process.
"""

import enum
from collections.abc import Mapping, Sequence
from typing import cast

from yoloscope.integrations.ultralytics import shapes

DEPTH_MOST = 8
ITEMS_MOST = 40
TRANSFORMS_MOST = 200
TEXT_MOST_CHARS = 100
_NESTED = ("transforms", "transform", "pre_transform")
_LISTS = ("transforms", "torch_transforms", "album_transforms")
_OWN_STATE = {"training", "dataset", "call_backs", "seed", "random_generator", "py_random"}
_BY_CLASS = {"Mosaic": "mosaic", "MixUp": "mixup", "CutMix": "cutmix", "CopyPaste": "copy_paste"}
_FLIPS = {"vertical": "flipud", "horizontal": "fliplr"}
_STITCHED = ("mosaic", "mixup", "cutmix", "copy_paste")


def described(trainer: shapes.Trainer) -> dict[str, object]:
    """Return ``transforms``, the pipeline of the training set, and ``switched_off``: arguments that are asked for and do nothing, with the reason."""
    applied = pipeline(trainer)
    transforms = _Pipeline().of(applied)
    told: dict[str, object] = {"transforms": transforms if isinstance(transforms, list) else [transforms]}
    off = _switched_off(trainer, in_effect(applied))
    return told | ({"switched_off": off} if off else {})


def pipeline(trainer: shapes.Trainer) -> object:
    """Return what the training set's pictures go through now, `None` if that cannot be found."""
    dataset = trainer.train_loader.dataset
    return next((found for name in _LISTS if (found := getattr(dataset, name, None)) is not None), None)


def in_effect(pipeline: object) -> dict[str, float]:
    """Return the probability of each transform that an argument asks for, by the argument, where the pipeline holds it."""
    found: dict[str, float] = {}
    for transform in _flat(pipeline, depth=0):
        kind = type(transform).__name__
        name = _FLIPS.get(shapes.attribute(transform, "direction", "")) if kind == "RandomFlip" else _BY_CLASS.get(kind)
        if name is not None:
            found.setdefault(name, shapes.attribute(transform, "p", 0.0))
    return found


def stitches(trainer: shapes.Trainer) -> bool:
    """Tell whether pictures of the training set are stitched together now, as mosaics are."""
    now = in_effect(pipeline(trainer))
    return any(now.get(name, 0.0) > 0 for name in _STITCHED)


def _switched_off(trainer: shapes.Trainer, probability: Mapping[str, float]) -> dict[str, str]:
    off: dict[str, str] = {}
    for name, now in probability.items():
        asked = shapes.attribute(trainer, f"args.{name}", 0.0)
        reason = _reason(trainer, name) if asked > 0 and now == 0 else None
        if reason is not None:
            off[name] = reason
    if probability.get("copy_paste", 0.0) > 0 and not _has_masks(trainer.train_loader.dataset):
        off["copy_paste"] = "no_masks"
    return off


def _reason(trainer: shapes.Trainer, name: str) -> str | None:
    if name in _FLIPS.values():
        return "no_flip_idx"
    if shapes.attribute(trainer.train_loader.dataset, "rect", default=False):
        return "rect"
    return "close_mosaic" if name in _STITCHED else None


def _has_masks(dataset: object) -> bool:
    """Tell whether any picture has outlines; what cannot be found out counts as yes."""
    labels = cast("Sequence[Mapping[str, object]]", shapes.attribute(dataset, "labels", []))
    if not labels or "segments" not in labels[0]:
        return True
    return any(len(cast("Sequence[object]", label.get("segments") or ())) for label in labels)


def _flat(transform: object, *, depth: int) -> list[object]:
    """Return a transform and all that it holds, in the order in which they work."""
    if transform is None or depth > DEPTH_MOST:
        return []
    if isinstance(transform, list | tuple):
        nested = [_flat(one, depth=depth + 1) for one in cast("Sequence[object]", transform)[:ITEMS_MOST]]
        return [one for part in nested for one in part]
    inner = _flat(_attributes(transform).get("transforms"), depth=depth + 1)
    return [transform, *inner]


class _Pipeline:
    """One description: it tells each transform once and ends whatever refers to itself."""

    def __init__(self) -> None:
        self._told: set[int] = set()

    def of(self, transform: object, *, depth: int = 0) -> object:
        """Return a transform with its settings, or a list of such."""
        if isinstance(transform, list | tuple):
            return [self.of(one, depth=depth + 1) for one in cast("Sequence[object]", transform)[:ITEMS_MOST]]
        if transform is None:
            return None
        name = getattr(transform, "__name__", type(transform).__name__)
        if id(transform) in self._told or depth > DEPTH_MOST or len(self._told) >= TRANSFORMS_MOST:
            return {"kind": name, "as_above": True}
        self._told.add(id(transform))
        return {"kind": name, **self._settings(transform, depth=depth)}

    def _settings(self, transform: object, *, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, value in sorted(_attributes(transform).items()):
            if name.startswith("_") or name in _OWN_STATE or len(found) >= ITEMS_MOST:
                continue
            if name in _NESTED:
                found[name] = self.of(value, depth=depth + 1)
            elif _is_plain(value):
                found[name] = _plain(value)
        return found


def _attributes(owner: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", getattr(owner, "__dict__", {}))


def _is_plain(value: object) -> bool:
    """Tell whether a value is a number, a word, or a short list of such; arrays and whole objects are no settings."""
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        return len(items) <= ITEMS_MOST and all(_is_plain(item) for item in items)
    if isinstance(value, str):
        return len(value) <= TEXT_MOST_CHARS
    return value is None or isinstance(value, bool | int | float | enum.Enum)


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Sequence[object]", value)]
    return _plain(value.value) if isinstance(value, enum.Enum) else value if _is_plain(value) else None
