"""A model's layers: the module behind its wrappers, and the few groups in which its parameters are shown.

Groups are ``backbone.1``, ``backbone.2``, … (a new one begins with each convolution that halves the resolution), ``neck``, and ``head`` with its
branches ``head.box`` and ``head.cls``. A model that has no such plan is grouped by its outermost modules, at most `GROUPS_MOST`. The constants with
which a head takes the mean of its distributions are no weights, though the framework keeps them as frozen ones.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import nn

from yoloscope.integrations.ultralytics import shapes

GROUPS_MOST = 12
_BRANCHES = {"cv2": "box", "cv3": "cls", "one2one_cv2": "box", "one2one_cv3": "cls"}
_CONSTANTS = "dfl"

Named = tuple[str, nn.Parameter]


def trained(trainer: shapes.Trainer) -> nn.Module:
    """Return the model in training without what parallel and compiled ones are wrapped in."""
    return _bare(cast("nn.Module", trainer.model))


def validated(trainer: shapes.Trainer) -> nn.Module | None:
    """Return the model that a validation runs: the moving average. `None` if it is compiled, because hooks would have it compiled anew."""
    model = cast("nn.Module", shapes.attribute(trainer, "ema.ema", None) or trainer.model)
    return None if hasattr(model, "_orig_mod") or shapes.attribute(trainer, "args.compile", None) else _bare(model)


def chain(model: nn.Module) -> Sequence[nn.Module]:
    """Return the numbered layers of one of Ultralytics' models, empty if it is none."""
    inner: object = getattr(model, "model", None)
    return list(inner) if isinstance(inner, nn.Sequential) else []


def groups(model: nn.Module) -> dict[str, list[Named]]:
    """Return the parameters of each group with their dotted names, in the order of the layers."""
    of_layer = layer_groups(model)
    found: dict[str, list[Named]] = {}
    for name, parameter in model.named_parameters():
        words = name.split(".")
        if _CONSTANTS in words:
            continue
        if of_layer and words[0] == "model":
            group = of_layer[int(words[1])]
            branch = _BRANCHES.get(words[2]) if group == "head" and len(words) > 2 else None
            group = f"{group}.{branch}" if branch else group
        else:
            group = words[0]
        found.setdefault(group, []).append((name, parameter))
    return _few(found)


def layer_groups(model: nn.Module) -> list[str]:
    """Return the group of each numbered layer, empty if the model has none."""
    layers = chain(model)
    nothing: dict[str, object] = {}
    plan = shapes.attribute(model, "yaml", nothing)
    planned = len(cast("Sequence[object]", plan.get("backbone") or ()))
    found: list[str] = []
    stage = 0
    for index, layer in enumerate(layers):
        if index < planned:
            stage += stage == 0 or _halves(layer)
            found.append(f"backbone.{stage}")
        else:
            found.append("head" if index == len(layers) - 1 else "neck")
    return found


def last_of_groups(model: nn.Module) -> dict[str, nn.Module]:
    """Return the layer with which each group of layers but the head ends, by group."""
    return {group: layer for group, layer in zip(layer_groups(model), chain(model), strict=True) if group != "head"}


def weights_of(parameters: Sequence[Named]) -> list[nn.Parameter]:
    """Return those with two dimensions or more: of convolutions and linear layers; scales and biases are of another kind."""
    return [parameter for _, parameter in parameters if parameter.dim() > 1]


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
    return cast("shapes.Tensor", tensor).tolist()


def _bare(model: nn.Module) -> nn.Module:
    for name in ("_orig_mod", "module"):
        inner: object = getattr(model, name, None)
        if isinstance(inner, nn.Module):
            return _bare(inner)
    return model


def _halves(layer: nn.Module) -> bool:
    inner: object = getattr(layer, "conv", layer)
    stride: object = getattr(inner, "stride", None)
    return isinstance(stride, tuple) and any(one > 1 for one in cast("tuple[int, ...]", stride))


def _few(found: Mapping[str, list[Named]]) -> dict[str, list[Named]]:
    """Join neighbours until no more than `GROUPS_MOST` groups are left; a joined one is called after its first."""
    names = list(found)
    each = -(-len(names) // GROUPS_MOST)
    if each <= 1:
        return dict(found)
    starts = range(0, len(names), each)
    return {names[at]: [one for name in names[at : at + each] for one in found[name]] for at in starts}
