"""A model's layers: the module behind its wrappers, and the few groups in which its parameters are shown.

Groups are ``backbone.1``, ``backbone.2``, … (a new one begins with each convolution that halves the resolution), ``neck``, and ``head`` with its
branches ``head.box`` and ``head.cls``. A model that has no such plan is grouped by its outermost modules, at most `GROUPS_MOST`. The constants with
which a head takes the mean of its distributions are no weights, though the framework keeps them as frozen ones.
"""

from collections.abc import Sequence
from typing import cast

from torch import nn

from yoloscope.integrations import grouping, tensors
from yoloscope.integrations.ultralytics import shapes

GROUPS_MOST = 12
_BRANCHES = {"cv2": "box", "cv3": "cls", "one2one_cv2": "box", "one2one_cv3": "cls"}
_CONSTANTS = "dfl"

Named = tuple[str, nn.Parameter]


def trained(trainer: shapes.Trainer) -> nn.Module:
    """Return the model in training without what parallel and compiled ones are wrapped in."""
    return tensors.bare(cast("nn.Module", trainer.model))


def validated(trainer: shapes.Trainer) -> nn.Module | None:
    """Return the model that a validation runs: the moving average. `None` if it is compiled, because hooks would have it compiled anew."""
    model = cast("nn.Module", shapes.attribute(trainer, "ema.ema", None) or trainer.model)
    return (
        None if hasattr(model, "_orig_mod") or shapes.attribute(trainer, "args.compile", None) else tensors.bare(model)
    )


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
    return grouping.few(found, most=GROUPS_MOST)


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


def _halves(layer: nn.Module) -> bool:
    inner: object = getattr(layer, "conv", layer)
    stride: object = getattr(inner, "stride", None)
    return isinstance(stride, tuple) and any(one > 1 for one in cast("tuple[int, ...]", stride))
