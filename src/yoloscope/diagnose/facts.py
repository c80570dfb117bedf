"""What is known of a run beside its curves: arguments, the settings in effect, the data, the machine. Nothing of it need be known.

A run tells it in the words of its framework. What YOLOv5 and MMEngine call otherwise gets the name that Ultralytics has for it: `from_run` takes what was
recorded live, `from_told` what an importer read, `scanned` what was counted in the files of a data set.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import cast

import msgspec

from yoloscope.importers import contract
from yoloscope.importers.dataset import counted

Given = Mapping[str, object]
NUMBER_MOST = 1e18
"""Beyond it no count, size or rate lies."""


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
    fullest: int | None = None
    """Boxes of the image that has most of them."""
    per_class: Mapping[str, int] = {}
    outside_classes: int | None = None
    area_below_8: float | None = None
    area_below_16: float | None = None
    side_below_2: float | None = None
    covering: float | None = None
    outside_image: int | None = None
    overhanging: float | None = None
    """Share of the boxes that reach beyond the edge of their image."""
    shared_with_train: float | None = None
    """Share of this split's images whose very file the training split holds too."""
    alike_in_train: float | None = None
    """Share of this split's other images that look nearly as one of the training split."""
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
        if self.given.get("resume"):
            return None  # the model that is named then is the run's own checkpoint
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


SAME: Mapping[str, Mapping[str, str]] = {
    "yolov5": {"batch_size": "batch", "batch-size": "batch", "img_size": "imgsz", "img": "imgsz"},
    "mmengine": {
        "train_cfg.max_epochs": "epochs",
        "max_epochs": "epochs",
        "optim_wrapper.optimizer.lr": "lr0",
        "optim_wrapper.optimizer.type": "optimizer",
        "optim_wrapper.optimizer.momentum": "momentum",
        "optim_wrapper.optimizer.weight_decay": "weight_decay",
        "train_dataloader.batch_size": "batch",
        "train_dataloader.num_workers": "workers",
        "load_from": "weights",
    },
}
"""What other frameworks call the arguments of Ultralytics."""


def from_run(*, config: Given, settings: Given, provenance: Given) -> Facts:
    """Return what a run that was watched live tells: its arguments, the settings in effect, and where it comes from."""
    version = provenance.get("ultralytics")
    framework = "ultralytics" if version else _framework(config, provenance)
    return _facts(
        framework=framework,
        version=str(version or ""),
        given=config,
        settings=settings,
        data=mapping(provenance.get("data")),
        cpus=_whole(provenance.get("cpus")),
    )


def from_told(told: contract.Told) -> Facts:
    """Return what an importer read of a training beside its curves."""
    return _facts(
        framework=told.framework,
        version=told.version,
        given=told.given,
        settings=told.settings,
        data=told.data,
        cpus=_whole(told.settings.get("cpus")),
    )


def scanned(found: counted.Counted) -> Facts:
    """Return what the files of a data set tell, before any training of it."""
    given: Given = {"data": found.name, "imgsz": found.imgsz, "nc": len(found.titles)}
    return Facts(given=given, train=_counted(found.train), val=_counted(found.val))


def set_facts(fingerprint: Given, *, imgsz: float | None) -> SetFacts:
    """Return what the fingerprint of a split tells (`provenance.data.train`); of box sizes no more than its two histograms say.

    The shares of small boxes are then lower bounds: within a bin sizes count as spread evenly, the longer side of a picture as the input's size, and of
    boxes narrow in share p and low in share q at least p + q - 1 are both (Frechet). Where the shares themselves are told they are taken.
    """
    sizes = {
        key: _number(fingerprint.get(key)) for key in ("area_below_8", "area_below_16", "side_below_2", "covering")
    }
    for key, pixels in (("area_below_8", 8.0), ("area_below_16", 16.0)):
        if sizes[key] is None and imgsz:
            sizes[key] = _both_below(fingerprint, pixels / imgsz)
    per_class = {
        name: int(count)
        for name, told in mapping(fingerprint.get("per_class")).items()
        if (count := _number(told)) is not None
    }
    every = _whole(fingerprint.get("every")) or 1
    backgrounds = _whole(fingerprint.get("background_images"))
    return SetFacts(
        images=_whole(fingerprint.get("images")),
        corrupt=_whole(fingerprint.get("corrupt")),
        backgrounds=None if backgrounds is None else backgrounds * every,
        instances=None if (instances := _whole(fingerprint.get("instances"))) is None else instances * every,
        fullest=_whole(fingerprint.get("fullest")),
        per_class={name: count * every for name, count in per_class.items()},
        area_below_8=sizes["area_below_8"],
        area_below_16=sizes["area_below_16"],
        side_below_2=sizes["side_below_2"],
        covering=sizes["covering"],
        overhanging=_number(fingerprint.get("overhanging")),
        shared_with_train=_number(fingerprint.get("shared_with_train")),
    )


def _facts(*, framework: str, version: str, given: Given, settings: Given, data: Given, cpus: int | None) -> Facts:
    same = SAME.get(framework, {})
    asked, effect = _renamed(given, same), _renamed(settings, same)
    size = _number(effect.get("imgsz")) or _number(asked.get("imgsz"))
    return Facts(
        framework=framework,
        version=version,
        given=asked,
        settings=effect,
        train=set_facts(mapping(data.get("train")), imgsz=size),
        val=set_facts(mapping(data.get("val")), imgsz=size),
        cpus=cpus,
        gpus=_gpus(asked, effect),
    )


def _framework(config: Given, provenance: Given) -> str:
    if "hyp" in config and "weights" in config:
        return "yolov5"
    if "optim_wrapper" in config or "train_dataloader" in config:
        return "mmengine"
    return "torch" if provenance.get("torch") else ""


def _renamed(given: Given, same: Mapping[str, str]) -> Given:
    """Return arguments with those of nested ones that mean the same added under Ultralytics' names; a hyp mapping is opened."""
    whole = {**given, **mapping(given.get("hyp"))}
    for theirs, ours in same.items():
        value = _at(whole, theirs)
        if value is not None:
            whole.setdefault(ours, value)
    return whole


def _at(given: Given, path: str) -> object:
    if path in given:
        return given[path]
    found: object = given
    for key in path.split("."):
        found = mapping(found).get(key)
    return found


def _gpus(given: Given, settings: Given) -> int | None:
    """Return how many cards the training uses, 0 on a CPU; ``None`` if nobody said."""
    device = settings.get("device", given.get("device"))
    world = _whole(settings.get("world_size"))
    if isinstance(device, str) and device.startswith(("cpu", "mps")):
        return 0
    if world:
        return world
    if isinstance(device, str) and device:
        return device.count(",") + 1
    return len(cast("Sequence[object]", device)) if isinstance(device, list | tuple) else None


def _numbers(value: object) -> list[float]:
    """Return a list of numbers, empty if it is none."""
    told = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    found = [number for one in told if (number := _number(one)) is not None]
    return found if len(found) == len(told) else []


def _both_below(fingerprint: Given, limit: float) -> float | None:
    edges = _numbers(fingerprint.get("box_size_edges"))
    counts = [_numbers(fingerprint.get(f"box_{side}_counts")) for side in ("width", "height")]
    if any(upper <= lower for lower, upper in pairwise(edges)):
        return None
    if not all(one and len(one) == len(edges) - 1 and min(one) >= 0 and sum(one) > 0 for one in counts):
        return None
    narrow, low = (_share_below(one, edges, limit) for one in counts)
    return max(0.0, narrow + low - 1.0)


def _share_below(counts: Sequence[float], edges: Sequence[float], limit: float) -> float:
    below = 0.0
    for count, lower, upper in zip(counts, edges, edges[1:], strict=False):
        below += count * min(max((limit - lower) / (upper - lower), 0.0), 1.0)
    return below / sum(counts)


def _counted(split: counted.Split | None) -> SetFacts:
    return SetFacts() if split is None else msgspec.convert(msgspec.structs.asdict(split), SetFacts)


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: object) -> float | None:
    """Return a finite number as such; ``None`` for all else, as what was recorded may be anything."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -NUMBER_MOST < value < NUMBER_MOST:
        return None
    return float(value)


def mapping(value: object) -> Given:
    """Return a mapping with text keys, or an empty one."""
    return cast("Given", value) if isinstance(value, Mapping) else {}
