"""The gradient norm as the loop's own clipping finds it: when an optimizer steps, its gradients are clipped already.

`torch.nn.utils.clip_grad_norm_` is replaced by one that calls it and keeps what it returns, a tensor that nobody has waited for. A loop that imported the
function itself is not seen; its norms are those after clipping.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, cast

import torch

from yoloscope.integrations import wraps
from yoloscope.sdk import guard

PART = "torch.clipping"


class _Call(NamedTuple):
    parameters: dict[int, torch.Tensor]
    norm: torch.Tensor


class Clipping:
    """Keeps the norms since the last optimizer step, as long as `wanted` says that somebody will ask."""

    def __init__(self, wanted: Callable[[], bool]) -> None:
        self._wanted = wanted
        self._calls: list[_Call] = []
        self._wrap = wraps.Wrap(self._clip)

    def watch(self) -> None:
        """Listen to all calls of this process; calling again changes nothing."""
        self._wrap.put_on(torch.nn.utils, "clip_grad_norm_")

    def leave(self) -> None:
        """Put back torch's own."""
        self._wrap.take_off()
        self._calls = []

    def take(self, parameters: Sequence[torch.Tensor]) -> torch.Tensor | None:
        """Return the norm over the gradients of these parameters before they were clipped; `None` if they, and they alone, were not clipped."""
        asked = {id(one) for one in parameters if one.grad is not None}
        mine = [call for call in self._calls if not asked.isdisjoint(call.parameters)]
        self._calls = [call for call in self._calls if asked.isdisjoint(call.parameters)]
        clipped = {key for call in mine for key, one in call.parameters.items() if one.grad is not None}
        if not mine or clipped != asked:
            return None
        norms = [call.norm.detach().float() for call in mine]
        return norms[0] if len(norms) == 1 else torch.stack(norms).square().sum().sqrt()

    def _clip(self, clip: wraps.Method, *args: object, **kwargs: object) -> object:
        if guard.is_off(PART) or torch.compiler.is_compiling() or not self._wanted():
            return clip(*args, **kwargs)
        given = args[0] if args else kwargs.pop("parameters", ())
        parameters = [given] if isinstance(given, torch.Tensor) else list(cast("Iterable[torch.Tensor]", given))
        norm = clip(parameters, *args[1:], **kwargs)
        with guard.part(PART):
            kind = args[2] if len(args) > 2 else kwargs.get("norm_type", 2.0)
            if isinstance(norm, torch.Tensor) and float(cast("float", kind)) == 2.0:
                self._keep(_Call({id(one): one for one in parameters}, norm))
        return norm

    def _keep(self, new: _Call) -> None:
        """Keep a call; one for the same parameters was of a step that never came, as where a scaler found an overflow."""
        self._calls = [call for call in self._calls if call.parameters.keys().isdisjoint(new.parameters)]
        self._calls.append(new)
