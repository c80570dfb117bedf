"""Gains of the loss components: arguments that the criterion reads at every batch, as long as it holds the trainer's own."""

from collections.abc import Iterator
from typing import cast

from yoloscope import errors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.control import live
from yoloscope.integrations.ultralytics.producers import layers

_BOXES = ("box", "cls", "dfl")
_OF_TASK = {
    "detect": _BOXES,
    "segment": _BOXES,
    "pose": (*_BOXES, "pose", "kobj", "rle"),
    "obb": (*_BOXES, "angle"),
}
_WITHOUT = "RTDETR"
"""Models whose criterion has weights of its own."""


def offered(trainer: shapes.Trainer) -> tuple[str, ...]:
    """Return the gains that this training's loss is made with."""
    model = layers.trained(trainer)
    if type(model).__name__.startswith(_WITHOUT) or getattr(model, "args", None) is not trainer.args:
        return ()
    of_task = _OF_TASK.get(shapes.attribute(trainer, "args.task", ""), ())
    return tuple(name for name in of_task if hasattr(trainer.args, name))


def check(trainer: live.Trainer) -> None:
    """Return if the criterion reads the trainer's arguments, or is not made yet.

    Raises:
        CommandRefused: if it holds a copy of them.
    """
    criterion: object = shapes.attribute(layers.trained(trainer), "criterion", None)
    held = list(_held(criterion))
    if held and not any(one is trainer.args for one in held):
        raise errors.CommandRefused("the criterion keeps its own gains", reason="framework_cannot")


def change(trainer: live.Trainer, name: str, gain: float) -> dict[str, object]:
    """Set a gain from the next batch on."""
    before = float(cast("float", getattr(trainer.args, name)))
    setattr(trainer.args, name, gain)
    return {name: {"from": before, "to": gain}}


def _held(criterion: object) -> Iterator[object]:
    """Yield the arguments that a criterion and its branches hold."""
    if criterion is None:
        return
    for owner in (criterion, *vars(criterion).values()):
        given: object = getattr(owner, "hyp", None)
        if given is not None:
            yield given
