"""The scale of mixed precision, which is halved at every overflow."""

import math
from typing import ClassVar, cast

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, scaling

EVERY = 50
"""Optimizer steps between two looks where nothing overflows: the scale then doubles each 2,000."""


class AmpScale(contract.Producer):
    """Logs ``amp/scale`` in the row of an epoch's first optimizer step, of each 50th after it, and of every step that overflows.

    An overflow shows in the gradient norm, which is read anyway, so that none is missed and nothing is waited for in vain.
    """

    name: ClassVar[str] = "amp_scale"
    policy: ClassVar[contract.Needs] = "numbers"

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._steps_left = 0

    def start(self, trainer: shapes.Trainer) -> None:
        """Look no further where nothing is scaled."""
        self.is_done = scaling.active(trainer) is None

    def begin(self, trainer: shapes.Trainer) -> None:
        """Look at the epoch's first step."""
        del trainer
        self._steps_left = 0

    def row(self, trainer: shapes.Trainer, numbers: dict[str, object]) -> None:
        """Log the scale that the step left, if it is time."""
        norm, scaler = cast("float | None", numbers.get("grad/norm")), scaling.active(trainer)
        if norm is None or scaler is None:
            return
        if self._steps_left and math.isfinite(norm):
            self._steps_left -= 1
            return
        self._steps_left = EVERY - 1
        numbers["amp/scale"] = scaler.get_scale()
