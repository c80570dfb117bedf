"""What a loop trains with, read from its live objects: the settings of a run that no arguments tell."""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import nn

from yoloscope.integrations.torch import parts


def settings(
    models: Sequence[nn.Module], optimizer: torch.optim.Optimizer, *, roles: Sequence[str]
) -> dict[str, object]:
    """Return optimizer, groups and parameters; class names of the user's own stay here."""
    groups = cast("Sequence[Mapping[str, object]]", optimizer.param_groups)
    named = roles if len(roles) == len(groups) else [str(number) for number in range(len(groups))]
    members = [one for model in models for one in model.parameters() if parts.is_plain(one)]
    kind = type(optimizer)
    return {
        "optimizer": kind.__name__ if kind.__module__.startswith("torch.") else "custom",
        "parameters": sum(one.numel() for one in members),
        "groups": [_group(group, role=role) for group, role in zip(groups, named, strict=True)],
        "device": str(members[0].device) if members else "cpu",
    }


def _group(group: Mapping[str, object], *, role: str) -> dict[str, object]:
    betas = cast("Sequence[float]", group.get("betas") or ())
    return {
        "role": role,
        "lr": _number(group.get("initial_lr", group.get("lr"))),
        "momentum": _number(group.get("momentum", betas[0] if betas else None)),
        "weight_decay": _number(group.get("weight_decay")),
        "tensors": len(cast("Sequence[object]", group.get("params") or ())),
    }


def _number(value: object) -> float | None:
    if isinstance(value, torch.Tensor):
        return float(value)
    return float(value) if isinstance(value, int | float) else None
