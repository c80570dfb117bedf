"""How the weights began: ``weights/<layer>/scale``, which the rule of poor initialisation compares over the layers."""

import math
from collections.abc import Iterator

import torch
from torch import nn

from yoloscope.integrations import tensors
from yoloscope.integrations.torch import parts

LAYERS_MOST = 12
VALUES_LEAST = 16
"""The deviation of fewer values says little about what they were drawn from."""


def scales(model: nn.Module) -> dict[str, float]:
    """Return the standard deviation of each layer's weights times the root of its fan-in: 0.6 as torch begins, 1 to 1.4 as Xavier and Kaiming do.

    The fan-in is that of `torch.nn.init`: inputs times the size of the kernel. Of more than `LAYERS_MOST` layers the narrowest, the widest and some spread
    evenly between first and last. Embeddings have no fan-in. One pass over the weights and one transfer.
    """
    layers = dict(_layers(model))
    if not layers:
        return {}
    with torch.no_grad():
        deviations = tensors.together([one.detach().float().std(correction=0) for one in layers.values()])
    found = {
        name: deviation * math.sqrt(_fan_in(one))
        for (name, one), deviation in zip(layers.items(), tensors.floats(deviations), strict=True)
    }
    return {name: found[name] for name in _chosen(found)}


def _layers(model: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    owners = dict(parts.modules(model))
    for name, one in model.named_parameters():
        layer, _, last = name.rpartition(".")
        if "weight" not in last or isinstance(owners.get(layer), nn.Embedding | nn.EmbeddingBag):
            continue
        if parts.is_plain(one) and one.dim() > 1 and one.numel() >= VALUES_LEAST and _fan_in(one) > 1:
            told = last if last != "weight" else ""
            yield ".".join(word for word in (layer, told) if word) or "model", one


def _fan_in(weight: torch.Tensor) -> int:
    return weight.shape[1] * weight[0][0].numel()


def _chosen(found: dict[str, float]) -> list[str]:
    names = list(found)
    if len(names) <= LAYERS_MOST:
        return names
    ends = [name for name in names if 0 < found[name] < math.inf] or names
    extremes = {min(ends, key=lambda name: found[name]), max(ends, key=lambda name: found[name])}
    spread = LAYERS_MOST - len(extremes)
    even = {names[round(at * (len(names) - 1) / (spread - 1))] for at in range(spread)}
    return [name for name in names if name in even | extremes]
