"""What can be done to a training of Ultralytics, and why the rest cannot."""

from yoloscope.integrations.ultralytics import augmentation, shapes
from yoloscope.integrations.ultralytics.control import gains, live, mosaic, rates, validating
from yoloscope.records import command
from yoloscope.sdk import acting

_ALWAYS: tuple[command.Verb, ...] = ("pause", "resume", "stop", "set", "save", "note")
_FIXED: dict[str, command.Reason] = {"set.batch": "framework_cannot", "set.imgsz": "framework_cannot"}
"""The loop counts its batches once, at the start, and loses optimizer steps where there are more; loaders hold the size."""


def of(trainer: live.Trainer) -> acting.Abilities:
    """Return them, as the training begins."""
    cannot = dict(_FIXED)
    verbs = list(_ALWAYS)
    verbs += _if("validate", None if _validates(trainer) else "framework_cannot", cannot)
    verbs += _if("close_mosaic", _no_mosaic(trainer), cannot)
    verbs += _if("rollback", None if has_schedule(trainer) else "framework_cannot", cannot)
    return acting.Abilities(
        verbs=tuple(verbs),
        settings=_settings(trainer, cannot),
        cannot=cannot,
        ranks=max(1, shapes.attribute(trainer, "world_size", 1)),
    )


def has_schedule(trainer: shapes.Trainer) -> bool:
    """Tell whether the rates are a base times a function of the epoch, as the framework's own schedules are."""
    scheduler: object = getattr(trainer, "scheduler", None)
    return hasattr(scheduler, "base_lrs") and hasattr(scheduler, "lr_lambdas")


def _settings(trainer: live.Trainer, cannot: dict[str, command.Reason]) -> tuple[acting.Setting, ...]:
    timed = shapes.attribute(trainer, "args.time", None) is not None
    rate = None if has_schedule(trainer) else "framework_cannot"
    wanted: dict[str, command.Reason | None] = {
        "lr": rate,
        "lr_factor": rate,
        "weight_decay": None if rates.decaying(trainer.optimizer.param_groups) else "framework_cannot",
        "epochs": "framework_cannot" if timed or not has_schedule(trainer) else None,
        "patience": None,
        "close_mosaic": _no_mosaic(trainer),
    }
    wanted |= dict.fromkeys(gains.offered(trainer))
    cannot |= {f"set.{name}": reason for name, reason in wanted.items() if reason is not None}
    return tuple(name for name, reason in wanted.items() if reason is None)


def _if(
    verb: command.Verb, reason: command.Reason | None, cannot: dict[str, command.Reason]
) -> tuple[command.Verb, ...]:
    if reason is None:
        return (verb,)
    cannot[verb] = reason
    return ()


def _validates(trainer: live.Trainer) -> bool:
    return validating.is_possible() and trainer.ema is not None and trainer.test_loader is not None


def _no_mosaic(trainer: live.Trainer) -> command.Reason | None:
    if augmentation.stitches(trainer):
        return None
    return "mosaic_closed" if mosaic.is_closed(trainer) else "mosaic_off"
