"""Going back to the last good checkpoint: weights, moving average and the optimizer's moments; its settings stay those of now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import nn

from yoloscope import errors
from yoloscope.integrations.ultralytics.control import live, rates, saving
from yoloscope.integrations.ultralytics.producers import layers

_UNREADABLE = (OSError, RuntimeError, ValueError, EOFError, KeyError, AttributeError, TypeError)


class _Checkpoint(NamedTuple):
    file: Path
    weights: dict[str, torch.Tensor]
    optimizer: dict[str, object]
    updates: int
    epochs: int


def check(trainer: live.Trainer) -> None:
    """Return if a checkpoint is there; whether it is good is seen when it is read.

    Raises:
        CommandRefused: if there is none.
    """
    if not any(file.exists() for file in _candidates(trainer)):
        raise _none("no checkpoint has been written yet")


def roll_back(trainer: live.Trainer, factor: float, *, warms_up: bool) -> dict[str, object]:
    """Take weights, moving average and moments of the best checkpoint that is finite, else of the last; rates are multiplied by `factor`.

    Epoch, schedule, patience and the scale of AMP go on from where they are.

    Raises:
        CommandRefused: if no checkpoint is good; nothing is changed.
    """
    found = next(_good(trainer), None)
    if found is None:
        raise _none("no checkpoint is finite and of this model")
    changed = rates.multiply(trainer, factor, warms_up=warms_up)
    _put(trainer, found)
    return {"file": f"{found.file.parent.name}/{found.file.name}", "epochs": found.epochs, **changed}


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
    fitness = float(cast("float", results.get("fitness") or 0.0))
    fits = _shapes(weights) == _shapes(layers.trained(trainer).state_dict()) and _groups(optimizer) == _groups(
        {"param_groups": trainer.optimizer.param_groups}
    )
    if not fits or not np.isfinite(fitness) or not _is_finite(weights.values()) or not _is_finite(_moments(optimizer)):
        return None
    return _Checkpoint(file, weights, optimizer, int(cast("int", raw["updates"])), int(cast("int", raw["epoch"])) + 1)


def _put(trainer: live.Trainer, found: _Checkpoint) -> None:
    groups = trainer.optimizer.param_groups
    stored = cast("Sequence[Mapping[str, object]]", found.optimizer["param_groups"])
    kept = [
        {**{key: value for key, value in group.items() if key != "params"}, "params": old["params"]}
        for group, old in zip(groups, stored, strict=True)
    ]
    optimizer = cast("torch.optim.Optimizer", trainer.optimizer)
    optimizer.load_state_dict({**found.optimizer, "param_groups": kept})
    optimizer.zero_grad()
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
