"""The gradient norm as the framework itself computes it: the return value of its clipping, taken before the values are clipped.

Costs no kernel and no synchronisation: the tensor is kept and read once, when the row is logged.
"""

from collections.abc import Callable
from typing import Protocol, cast

from yoloscope.integrations import wraps
from yoloscope.integrations.ultralytics import shapes


class _Clipping(Protocol):
    clip_grad_norm_: Callable[..., object]


def _nothing() -> None:
    return


class GradientNorm:
    """Keeps the norm of the last optimizer step of one trainer.

    `before` is called when gradients are unscaled and not yet clipped, `after` when the step is done; neither may raise.
    """

    def __init__(self) -> None:
        self._norm: object = None
        self._wrap = wraps.Wrap(self._step)
        self.before: Callable[[], None] = _nothing
        self.after: Callable[[], None] = _nothing

    @property
    def last(self) -> object:
        """The norm of the optimizer step that is under way or was the last, a tensor on its device; `None` once it was taken."""
        return self._norm

    def watch(self, trainer: shapes.Trainer) -> None:
        """Wrap the trainer's `optimizer_step`, for this trainer alone."""
        self._wrap.put_on(trainer, "optimizer_step")

    def leave(self) -> None:
        """Put the trainer's `optimizer_step` back."""
        self._wrap.take_off()

    def take(self) -> float | None:
        """Return the norm since the last call, `None` if no optimizer step was made."""
        norm, self._norm = self._norm, None
        return None if norm is None else float(cast("shapes.Tensor", norm))

    def _step(self, step: wraps.Method, *args: object, **kwargs: object) -> object:
        import torch

        clipping = cast("_Clipping", torch.nn.utils)
        clip = clipping.clip_grad_norm_

        def clip_grad_norm_(*clip_args: object, **clip_kwargs: object) -> object:
            self.before()
            self._norm = clip(*clip_args, **clip_kwargs)
            return self._norm

        clipping.clip_grad_norm_ = clip_grad_norm_
        try:
            done = step(*args, **kwargs)
        finally:
            clipping.clip_grad_norm_ = clip
        self.after()
        return done
