"""What `set` means to a PyTorch loop whose optimizers are known: rates and weight decay, changed so that the schedule goes on from there in its shape.

A rate is changed by a factor everywhere it stands: in each group, in what the group began with, and in the bases of the schedulers, some of which
count on from the rate of now and others from their base. Offered to `Run.safe_point`; what the loop itself told by `Run.on_set` comes first.
"""

import gc
from collections.abc import Callable, MutableMapping, Sequence
from typing import cast

import torch
from torch.optim import lr_scheduler

from yoloscope import errors

Optimizers = Callable[[], Sequence[torch.optim.Optimizer]]
_Group = MutableMapping[str, object]
_RATES = ("lr", "initial_lr", "max_lr", "min_lr")
"""What a group holds of its schedule: the last two are those of OneCycleLR and CyclicLR."""
_BASES = ("base_lrs", "max_lrs", "_last_lr")
_KINDS = (lr_scheduler.LRScheduler, lr_scheduler.ReduceLROnPlateau)


def setters(optimizers: Optimizers) -> dict[str, Callable[[float], object]]:
    """Return what puts each setting into effect at all optimizers and returns what the first one's main group had before."""
    return {
        "lr": lambda rate: _set_rate(optimizers(), rate),
        "lr_factor": lambda factor: _multiply(optimizers(), factor),
        "weight_decay": lambda decay: _set_decay(optimizers(), decay),
    }


def _set_rate(optimizers: Sequence[torch.optim.Optimizer], rate: float) -> float:
    before = _float(_main(optimizers)["lr"])
    if not before > 0:
        raise errors.CommandRefused("the schedule stands at a rate of 0, which no factor changes", reason="bad_value")
    _multiply(optimizers, rate / before)
    return before


def _multiply(optimizers: Sequence[torch.optim.Optimizer], factor: float) -> None:
    _main(optimizers)
    for optimizer in optimizers:
        for group in _groups(optimizer):
            for name in _RATES:
                if name in group:
                    group[name] = _times(group[name], factor)
        for scheduler in _schedulers(optimizer):
            for name in _BASES:
                bases: object = getattr(scheduler, name, None)
                if isinstance(bases, list):
                    setattr(scheduler, name, [_times(base, factor) for base in cast("list[object]", bases)])


def _set_decay(optimizers: Sequence[torch.optim.Optimizer], decay: float) -> float:
    main = _main(optimizers)
    before = _float(main.get("weight_decay", 0.0))
    decaying = [group for one in optimizers for group in _groups(one) if _float(group.get("weight_decay", 0.0)) > 0]
    for group in decaying or [main]:
        group["weight_decay"] = decay
    return before


def _main(optimizers: Sequence[torch.optim.Optimizer]) -> _Group:
    """Return the group that holds most of the weights, whose rate is what people call the rate.

    Raises:
        CommandRefused: if there is no optimizer any more.
    """
    if not optimizers:
        raise errors.CommandRefused("no optimizer is known", reason="no_optimizer")
    return max(_groups(optimizers[0]), key=_size)


def _groups(optimizer: torch.optim.Optimizer) -> list[_Group]:
    return cast("list[_Group]", optimizer.param_groups)


def _size(group: _Group) -> int:
    return sum(one.numel() for one in cast("Sequence[torch.Tensor]", group["params"]))


def _schedulers(optimizer: torch.optim.Optimizer) -> list[object]:
    """Return the schedulers of an optimizer, which does not know them; takes some tenths of a second, at a command alone."""
    known = [one for one in gc.get_objects() if issubclass(type(one), _KINDS)]
    return [one for one in known if getattr(one, "optimizer", None) is optimizer]


def _times(value: object, factor: float) -> object:
    """Return a rate times a factor; where the rate is a tensor that a graph holds, it is changed in its place."""
    return value.mul_(factor) if isinstance(value, torch.Tensor) else _float(value) * factor


def _float(value: object) -> float:
    return float(cast("float", value))
