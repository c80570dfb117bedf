"""What integrations compute of lists of tensors: norms, and how many values are not finite. Imported where torch already is.

Nothing is written to a tensor, and nothing is recorded for a gradient.
"""

import math
from collections.abc import Sequence
from typing import Protocol, cast

import torch
from torch import nn


class _Listable(Protocol):
    def tolist(self) -> list[float]: ...


def norm(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the Euclidean norm over all elements of some tensors, on their device."""
    return torch.stack([one.detach().float().square().sum() for one in tensors]).sum().sqrt()


def norms(tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Return the Euclidean norm of each tensor, in single precision and on its device; on GPUs a kernel does many of them, as in torch's clipping."""
    with torch.no_grad():
        found = torch._foreach_norm(list(tensors))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]  # it has no other name
        return [one.float() for one in found]


def floats(tensor: torch.Tensor) -> list[float]:
    """Return the elements of a vector, in one transfer."""
    return cast("_Listable", tensor).tolist()


def count_nonfinite(tensors: Sequence[torch.Tensor]) -> int:
    """Return how many values are NaN or infinite; waits for the device once if there is none, twice else.

    A norm is finite only if all values are; it may overflow where they are large, so that the count has the last word.
    """
    with torch.no_grad():
        if math.isfinite(float(together(norms(tensors)).sum())):
            return 0
        return int(together([one.numel() - one.isfinite().sum() for one in tensors]).sum())


def together(scalars: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return scalars as one vector, on the device of the first: a model may be spread over several."""
    device = scalars[0].device
    return torch.stack([one if one.device == device else one.to(device) for one in scalars])


def bare(model: nn.Module) -> nn.Module:
    """Return a model without what parallel and compiled ones are wrapped in."""
    for name in ("_orig_mod", "module"):
        inner: object = getattr(model, name, None)
        if isinstance(inner, nn.Module):
            return bare(inner)
    return model
