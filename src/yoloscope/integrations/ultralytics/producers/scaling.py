"""The scaler of a training in mixed precision, where there is one at work."""

from typing import Protocol, cast

import torch

from yoloscope.integrations.ultralytics import shapes


class Scaler(Protocol):
    """What is read of `torch.amp.GradScaler`."""

    def is_enabled(self) -> bool:
        """Tell whether it scales at all."""
        ...

    def get_scale(self) -> float:
        """Return the scale, waiting for the device."""
        ...

    def scale(self, outputs: torch.Tensor) -> torch.Tensor:
        """Return a tensor times the scale, on its own device."""
        ...


def active(trainer: shapes.Trainer) -> Scaler | None:
    """Return the scaler; `None` without mixed precision, in bfloat16 and on processors, where none is needed."""
    scaler = cast("Scaler | None", shapes.attribute(trainer, "scaler", None))
    return scaler if scaler is not None and scaler.is_enabled() else None
