"""How many values of a model are not finite: weights that are NaN train on in silence, and the framework writes zeros over them where it saves."""

import math
from collections.abc import Iterator
from typing import ClassVar, cast

import torch
from torch import nn

from yoloscope.integrations import tensors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, layers, scaling

EVERY = 50
"""Optimizer steps between two looks: a hundredth of what those steps take, at the least, and broken weights do not mend by themselves."""


class Nonfinite(contract.Producer):
    """Logs ``weights/nonfinite`` in the row of an epoch's first optimizer step and of each 50th after it.

    Counted are parameters, gradients before clipping, and what of the moving average has a fraction, the running statistics of its layers among
    it. Gradients are left out where a scaler is at work: it looks for steps that overflow, and leaves them out. A gradient norm that is not finite
    brings the next look at once. One pass and one transfer as long as all is well; only then are values counted tensor by tensor.
    """

    name: ClassVar[str] = "nonfinite"
    policy: ClassVar[contract.Needs] = "numbers"

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._steps_left = 0
        self._found: int | None = None
        self._is_well = True

    def begin(self, trainer: shapes.Trainer) -> None:
        """Look at the epoch's first step."""
        del trainer
        self._steps_left = 0

    def step(self, trainer: shapes.Trainer) -> None:
        """Count what is not finite."""
        if self._steps_left:
            self._steps_left -= 1
            return
        self._steps_left = EVERY - 1
        self._found = tensors.count_nonfinite(list(_tensors(trainer)))
        self._is_well = not self._found

    def row(self, trainer: shapes.Trainer, numbers: dict[str, object]) -> None:
        """Log the count of this batch's step."""
        norm = cast("float", numbers.get("grad/norm", 0.0))
        if self._is_well and not math.isfinite(norm) and scaling.active(trainer) is None:
            self._steps_left = 0
        if self._found is not None:
            numbers["weights/nonfinite"] = float(self._found)
            self._found = None


def _tensors(trainer: shapes.Trainer) -> Iterator[torch.Tensor]:
    has_scaler = scaling.active(trainer) is not None
    for parameter in layers.trained(trainer).parameters():
        yield parameter.detach()
        if parameter.grad is not None and not has_scaler:
            yield parameter.grad
    average = cast("nn.Module | None", shapes.attribute(trainer, "ema.ema", None))
    if average is not None:
        for value in cast("dict[str, torch.Tensor]", average.state_dict()).values():
            if value.is_floating_point() and value.numel():
                yield value
