"""What a training really runs with, read from its live objects: the arguments may say otherwise (``optimizer=auto``, ``workers``)."""

import platform
import sys
from collections.abc import Mapping, Sequence
from typing import cast

from yoloscope.integrations.ultralytics import augmentation, naming, shapes
from yoloscope.sdk import computing, guard

_FROM_ARGUMENTS = (
    "task",
    "imgsz",
    "nbs",
    "lrf",
    "cos_lr",
    "warmup_epochs",
    "warmup_momentum",
    "warmup_bias_lr",
    "close_mosaic",
    "mosaic",
    "mixup",
    "cutmix",
    "copy_paste",
    "degrees",
    "translate",
    "scale",
    "shear",
    "perspective",
    "flipud",
    "fliplr",
    "hsv_h",
    "hsv_s",
    "hsv_v",
    "erasing",
    "multi_scale",
    "rect",
    "single_cls",
    "freeze",
    "dropout",
    "label_smoothing",
    "box",
    "cls",
    "dfl",
    "patience",
    "fraction",
    "cache",
    "pretrained",
    "deterministic",
    "time",
)


def arguments(trainer: object) -> dict[str, object]:
    """Return the arguments as the user gave them, with paths reduced; taken before the framework resolves any."""
    given = cast("Mapping[str, object]", vars(cast("object", shapes.attribute(trainer, "args", None))))
    return {key: naming.shown(value) for key, value in given.items()}


def plan(trainer: shapes.Trainer) -> dict[str, object]:
    """Return what commands may move while it trains: how many epochs it is to last, and how many at the end are without mosaics."""
    closing = shapes.attribute(trainer, "args.close_mosaic", -1)  # the oldest versions close none
    planned: dict[str, object] = {"epochs": trainer.epochs}
    return planned if closing < 0 else planned | {"close_mosaic": _possible(trainer, closing)}


def _possible(trainer: shapes.Trainer, closing: int) -> int:
    """Return how many epochs at the end will be without mosaics where `closing` are asked to be: one that has begun with them cannot."""
    before = shapes.attribute(trainer, "start_epoch", 0) - 1
    left = trainer.epochs - (shapes.attribute(trainer, "epoch", before) + 1)
    is_past = 0 < left < closing < trainer.epochs  # some versions close none where all epochs are asked to be without
    return left if is_past and augmentation.stitches(trainer) else closing


def settings(trainer: shapes.Trainer, *, roles: Sequence[str]) -> dict[str, object]:
    """Return the settings in effect at the start of the training; costs one pass over the parameters' sizes."""
    sizes = [parameter.numel() for _, parameter in trainer.model.named_parameters()]
    found: dict[str, object] = {
        "model": naming.model_name(trainer),
        "parameters": sum(sizes),
        "optimizer": type(trainer.optimizer).__name__,
        "groups": [_group(group, role=role) for role, group in zip(roles, trainer.optimizer.param_groups, strict=True)],
        "batch": shapes.attribute(trainer.train_loader, "batch_size", trainer.batch_size),
        "accumulate": shapes.attribute(trainer, "accumulate", 1),
        "batches": len(trainer.train_loader),
        "workers": shapes.attribute(trainer.train_loader, "num_workers", 0),
        "epochs": trainer.epochs,
        "start_epoch": trainer.start_epoch,
        "amp": bool(shapes.attribute(trainer, "amp", None)),
        "device": _device(trainer),
        "world_size": max(1, shapes.attribute(trainer, "world_size", 1)),
        "ema": shapes.attribute(trainer, "ema", None) is not None,
        "save_dir": trainer.save_dir.name,
        "classes": len(cast("Sequence[object]", trainer.data.get("names") or ())),
    }
    for key in _FROM_ARGUMENTS:
        value: object = shapes.attribute(trainer, f"args.{key}", None)
        if value is not None:
            found[key] = naming.shown(value)
    with guard.part("ultralytics.augmentation"):
        found |= _augmentation(trainer)
    return found


def _augmentation(trainer: shapes.Trainer) -> dict[str, object]:
    """Return the pipeline, and 0 for every argument that asks for what it does not do."""
    told = augmentation.described(trainer)
    off = cast("Mapping[str, str]", told.get("switched_off", {}))
    return {**dict.fromkeys(off, 0.0), "augmentation": told}


def versions(trainer: shapes.Trainer) -> dict[str, object]:
    """Return seeds and the versions of what computes: known only inside the training process."""
    return {
        "seed": shapes.attribute(trainer, "args.seed", 0),
        "deterministic": bool(shapes.attribute(trainer, "args.deterministic", None)),
        "ultralytics": shapes.attribute(sys.modules.get("ultralytics"), "__version__", ""),
        "trainer_python": platform.python_version(),
        **computing.facts(),
    }


def _group(group: Mapping[str, object], *, role: str) -> dict[str, object]:
    betas = cast("Sequence[float]", group.get("betas") or ())
    return {
        "role": role,
        "lr": float(cast("float", group.get("initial_lr", group.get("lr", 0.0)))),
        "momentum": naming.shown(group.get("momentum", betas[0] if betas else None)),
        "weight_decay": naming.shown(group.get("weight_decay")),
        "tensors": len(cast("Sequence[object]", group.get("params") or ())),
    }


def _device(trainer: shapes.Trainer) -> str:
    device: object = shapes.attribute(trainer, "device", None)
    if getattr(device, "type", "cpu") != "cuda":
        return str(device)
    import torch

    return f"{device} ({torch.cuda.get_device_name(cast('torch.device', device))})"
