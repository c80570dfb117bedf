"""Learning rates and weight decay: changed at their roots, so that schedule, warm-up and resume go on from there."""

import math
from collections.abc import Mapping, Sequence
from typing import cast

from yoloscope import errors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.control import live

RATE_MOST = 1.0
"""``lr0`` above it is no valid argument: such a training could not be resumed."""
_DECAYING = {"weight", "muon"}


def decaying(groups: Sequence[Mapping[str, object]]) -> tuple[int, ...]:
    """Return which groups' weights decay, by their index: those with a decay, and where none has one those that are there for it."""
    found = tuple(index for index, group in enumerate(groups) if group.get("weight_decay"))
    return found or tuple(index for index, group in enumerate(groups) if group.get("param_group") in _DECAYING)


def main_group(groups: Sequence[Mapping[str, object]]) -> int:
    """Return the group that holds most of the weights that decay, whose rate is what people call the rate."""
    among = decaying(groups) or range(len(groups))
    return max(among, key=lambda index: _size(groups[index]))


def set_rate(trainer: live.Trainer, rate: float, *, warms_up: bool) -> dict[str, object]:
    """Have the main group train at a rate from now on and the others at their share of it; the schedule keeps its shape.

    In the warm-up it is the rate that this leads to.

    Raises:
        CommandRefused: if the schedule stands at 0, or the training could not be resumed with it.
    """
    planned = _scheduled(trainer)[main_group(trainer.optimizer.param_groups)]
    if not planned > 0:
        raise errors.CommandRefused("the schedule stands at a rate of 0, which no factor changes", reason="bad_value")
    return multiply(trainer, rate / planned, warms_up=warms_up, exactly=rate)


def multiply(
    trainer: live.Trainer, factor: float, *, warms_up: bool, exactly: float | None = None
) -> dict[str, object]:
    """Multiply every rate from now on; returns the main group's before and after. ``exactly`` is what that one is to be now.

    Raises:
        CommandRefused: if the training could not be resumed with such a rate.
    """
    groups = trainer.optimizer.param_groups
    main = main_group(groups)
    before = _scheduled(trainer) if warms_up or exactly is not None else [_number(group["lr"]) for group in groups]
    _keep_for_resume(trainer, factor, base=trainer.scheduler.base_lrs[main])
    trainer.scheduler.base_lrs = [base * factor for base in trainer.scheduler.base_lrs]
    after = [rate * factor for rate in before]
    if exactly is not None:  # groups of one rate stay so to the last digit
        after = [exactly if rate == before[main] else made for rate, made in zip(before, after, strict=True)]
    told = before[main] if warms_up else _number(groups[main]["lr"])
    for group, rate in zip(groups, after, strict=True):
        group["initial_lr"] = _number(group["initial_lr"]) * factor
        group["lr"] = _number(group["lr"]) * factor if warms_up else rate
    result: dict[str, object] = {"lr": {"from": told, "to": after[main]}}
    return result | ({"warmup": True} if warms_up else {})


def warms_up(trainer: live.Trainer, epoch: float | None) -> bool:
    """Tell whether the next batch's rate is the warm-up's; `epoch` is where the last complete batch ended."""
    batches = len(trainer.train_loader)
    asked = shapes.attribute(trainer, "args.warmup_epochs", 0.0)
    own: object = shapes.attribute(trainer, "_get_warmup_iterations", None)
    length = own(batches) if callable(own) else max(round(asked * batches), 100) if asked > 0 else -1
    return bool(length) and epoch is not None and round(epoch * batches) <= length


def set_decay(trainer: live.Trainer, decay: float, *, groups: Sequence[int]) -> dict[str, object]:
    """Have the groups that decay do so by another factor; the argument is set to what gives the same after a resume."""
    found = [trainer.optimizer.param_groups[index] for index in groups]
    before = _number(found[0].get("weight_decay"))
    for group in found:
        group["weight_decay"] = decay
    nominal = shapes.attribute(trainer, "args.nbs", 64)
    accumulated = max(round(nominal / trainer.batch_size), 1)
    setattr(trainer.args, "weight_decay", decay * nominal / (trainer.batch_size * accumulated))  # noqa: B010  # args is anybody's object
    return {"weight_decay": {"from": before, "to": decay}}


def _scheduled(trainer: live.Trainer) -> list[float]:
    """Return the rate of each group by the schedule alone."""
    scheduler = trainer.scheduler
    at = max(scheduler.last_epoch, 0)
    return [float(base * of(at)) for base, of in zip(scheduler.base_lrs, scheduler.lr_lambdas, strict=True)]


def _keep_for_resume(trainer: live.Trainer, factor: float, *, base: float) -> None:
    """Change the argument from which a resumed training makes its rates; one that chose its optimizer itself has to choose it again."""
    chosen = str(shapes.attribute(trainer, "args.optimizer", None)).lower() == "auto"
    resumed = (base if chosen else shapes.attribute(trainer, "args.lr0", base)) * factor
    if not math.isfinite(resumed) or resumed > RATE_MOST:
        raise errors.CommandRefused(f"lr0 would be {resumed:g}, above {RATE_MOST:g}", reason="bad_value")
    if chosen:
        setattr(trainer.args, "optimizer", type(trainer.optimizer).__name__)  # noqa: B010
    setattr(trainer.args, "lr0", resumed)  # noqa: B010


def _size(group: Mapping[str, object]) -> int:
    return sum(parameter.numel() for parameter in cast("Sequence[shapes.Tensor]", group.get("params") or ()))


def _number(value: object) -> float:
    return float(cast("float", value or 0.0))
