"""The gradient norm as the framework itself computes it: the return value of its clipping, taken before the values are clipped.

Costs no kernel and no synchronisation: the tensor is kept and read once, when the row is logged.
"""

from collections.abc import Callable
from typing import Protocol, cast

from yoloscope.integrations.ultralytics import shapes


class _Clipping(Protocol):
    clip_grad_norm_: Callable[..., object]


class GradientNorm:
    """Keeps the norm of the last optimizer step of one trainer."""

    def __init__(self) -> None:
        self._norm: object = None

    def watch(self, trainer: shapes.Trainer) -> None:
        """Wrap the trainer's `optimizer_step`, for this trainer alone."""
        import torch

        clipping = cast("_Clipping", torch.nn.utils)
        step = trainer.optimizer_step

        def optimizer_step(*args: object, **kwargs: object) -> object:
            clip = clipping.clip_grad_norm_

            def clip_grad_norm_(*clip_args: object, **clip_kwargs: object) -> object:
                self._norm = clip(*clip_args, **clip_kwargs)
                return self._norm

            clipping.clip_grad_norm_ = clip_grad_norm_
            try:
                return step(*args, **kwargs)
            finally:
                clipping.clip_grad_norm_ = clip

        trainer.optimizer_step = optimizer_step

    def take(self) -> float | None:
        """Return the norm since the last call, `None` if no optimizer step was made."""
        norm, self._norm = self._norm, None
        return None if norm is None else float(cast("shapes.Tensor", norm))
