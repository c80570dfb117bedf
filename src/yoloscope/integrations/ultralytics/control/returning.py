"""Going back to the last good checkpoint: weights, moving average and the optimizer's moments; its settings stay those of now.

A checkpoint whose own validation found nothing shows no more than where a training stood that had learnt nothing, or had diverged from its first batches. Then the start is
better, and is made as the framework made it: new weights of a description, or those of the file that it began with. Nothing is kept for it while a training goes well.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import nn

from yoloscope import errors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.control import live, rates, saving
from yoloscope.integrations.ultralytics.producers import layers

_UNREADABLE = (OSError, RuntimeError, ValueError, EOFError, KeyError, AttributeError, TypeError)


LEARNT = 0.01
"""Fitness below which a validation found nothing but by chance; the diagnosis draws the same line for a mAP of 0."""


class _Checkpoint(NamedTuple):
    """``name`` is empty and ``optimizer`` ``None`` for the start of the training; ``is_learnt`` tells that its validation found something, or that there was none."""

    name: str
    weights: dict[str, torch.Tensor]
    optimizer: dict[str, object] | None
    updates: int
    epochs: int
    is_learnt: bool


def check(trainer: live.Trainer) -> None:
    """Return if a checkpoint is there; whether it is good is seen when it is read.

    Raises:
        CommandRefused: if there is none.
    """
    if not any(file.exists() for file in _candidates(trainer)):
        raise _none("no checkpoint has been written yet")


def roll_back(trainer: live.Trainer, factor: float, *, warms_up: bool) -> dict[str, object]:
    """Take weights, moving average and moments of the best checkpoint that is finite and learnt something, else of the last such, else of the start; rates are multiplied by `factor`.

    Epoch, schedule, patience and the scale of AMP go on from where they are. What came of it names no file and 0 epochs for the start.

    Raises:
        CommandRefused: if no checkpoint is good; nothing is changed.
    """
    good = list(_good(trainer))
    found = next((one for one in good if one.is_learnt), None) or _start(trainer) or next(iter(good), None)
    if found is None:
        raise _none("no checkpoint is finite and of this model")
    changed = rates.multiply(trainer, factor, warms_up=warms_up)
    _put(trainer, found)
    told = {"file": found.name} if found.name else {}
    return {**told, "epochs": found.epochs, **changed}


def _candidates(trainer: live.Trainer) -> tuple[Path, ...]:
    return trainer.best, trainer.last


def _good(trainer: live.Trainer) -> Iterator[_Checkpoint]:
    for file in _candidates(trainer):
        try:
            found = _read(trainer, file)
        except _UNREADABLE:
            continue
        if found is not None:
            yield found


def _read(trainer: live.Trainer, file: Path) -> _Checkpoint | None:
    """Return a checkpoint that fits this training and is finite, with a result of its own that is."""
    raw = saving.load(file)
    module = cast("nn.Module | None", raw.get("ema") or raw.get("model"))
    optimizer = cast("dict[str, object] | None", raw.get("optimizer"))
    if module is None or optimizer is None:
        return None
    weights = dict(module.float().state_dict())
    results = cast("Mapping[str, object]", raw.get("train_metrics") or {})
    told = cast("float | None", results.get("fitness"))
    fitness = float(told or 0.0)
    fits = _shapes(weights) == _shapes(layers.trained(trainer).state_dict()) and _groups(optimizer) == _groups(
        {"param_groups": trainer.optimizer.param_groups}
    )
    if not fits or not np.isfinite(fitness) or not _is_finite(weights.values()) or not _is_finite(_moments(optimizer)):
        return None
    return _Checkpoint(
        name=file.name,
        weights=weights,
        optimizer=optimizer,
        updates=int(cast("int", raw["updates"])),
        epochs=int(cast("int", raw["epoch"])) + 1,
        is_learnt=told is None or abs(fitness) >= LEARNT,
    )


def _start(trainer: live.Trainer) -> _Checkpoint | None:
    """Return weights as the training began with, ``None`` where what it began with is not known or not there any more.

    New weights are drawn, by each rank its own; nothing makes those of several alike again.
    """
    if shapes.attribute(trainer, "world_size", 1) > 1:
        return None
    try:
        build = cast("Callable[..., nn.Module]", shapes.attribute(trainer, "get_model", None))
        made = build(cfg=layers.trained(trainer).yaml, weights=_began_with(trainer), verbose=False)
    except _UNREADABLE:
        return None
    found = dict(made.float().state_dict())
    if _shapes(found) != _shapes(layers.trained(trainer).state_dict()) or not _is_finite(found.values()):
        return None
    return _Checkpoint("", found, None, updates=0, epochs=0, is_learnt=False)


def _began_with(trainer: live.Trainer) -> nn.Module | None:
    """Return the model of the file that a training began with; ``None`` for one that began with a description alone.

    Raises:
        OSError, ValueError: if it is not there any more, or the training is a resumed one.
    """
    asked, pretrained = (
        cast("object", shapes.attribute(trainer, f"args.{name}", None)) for name in ("model", "pretrained")
    )
    if shapes.attribute(trainer, "args.resume", None):
        raise ValueError("what a resumed training began with is not known")
    file = Path(str(pretrained if isinstance(pretrained, str | Path) else asked))
    if pretrained is False or file.suffix in (".yaml", ".yml"):
        return None
    raw = saving.load(file)
    return cast("nn.Module", raw.get("ema") or raw["model"]).float()


def _put(trainer: live.Trainer, found: _Checkpoint) -> None:
    """Put weights and optimizer in their places; gradients that were gathered for a later step are of the weights that are left."""
    cast("torch.optim.Optimizer", trainer.optimizer).zero_grad()
    if found.optimizer is None:
        cast("torch.optim.Optimizer", trainer.optimizer).state.clear()
        _put_weights(trainer, found)
        return
    groups = trainer.optimizer.param_groups
    stored = cast("Sequence[Mapping[str, object]]", found.optimizer["param_groups"])
    kept = [
        {**{key: value for key, value in group.items() if key != "params"}, "params": old["params"]}
        for group, old in zip(groups, stored, strict=True)
    ]
    optimizer = cast("torch.optim.Optimizer", trainer.optimizer)
    optimizer.load_state_dict({**found.optimizer, "param_groups": kept})
    _put_weights(trainer, found)


def _put_weights(trainer: live.Trainer, found: _Checkpoint) -> None:
    with torch.no_grad():
        layers.trained(trainer).load_state_dict(found.weights)
        if trainer.ema is not None:
            trainer.ema.ema.load_state_dict(found.weights)
            trainer.ema.updates = found.updates


def _shapes(weights: Mapping[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in weights.items()}


def _groups(optimizer: Mapping[str, object]) -> list[int]:
    groups = cast("Sequence[Mapping[str, Sequence[object]]]", optimizer["param_groups"])
    return [len(group["params"]) for group in groups]


def _moments(optimizer: Mapping[str, object]) -> Iterator[torch.Tensor]:
    states = cast("Mapping[object, Mapping[str, object]]", optimizer["state"])
    for state in states.values():
        for value in state.values():
            if isinstance(value, torch.Tensor):
                yield value


def _is_finite(tensors: Iterable[torch.Tensor]) -> bool:
    return all(bool(torch.isfinite(one).all()) for one in tensors)


def _none(message: str) -> errors.CommandRefused:
    return errors.CommandRefused(message, reason="no_checkpoint")
