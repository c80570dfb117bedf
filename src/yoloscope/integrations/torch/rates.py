"""The learning rates of an optimizer by the role of each parameter group."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import torch

Group = Mapping[str, object]
GROUPS_MOST = 8
"""Of an optimizer with more, as where each layer has a rate of its own, the lowest and the highest are told."""
_NAME_MOST_CHARS = 40


def roles(groups: Sequence[Group], *, names: Mapping[int, str], taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the name of each group: its own ``name``, else ``weight``, ``bias`` or ``bn`` by what it holds; repeated ones get ``.1``, ``.2``.

    `names` are those of parameters by id, `taken` what other optimizers' groups are called. Empty for more than `GROUPS_MOST` groups.
    """
    if len(groups) > GROUPS_MOST:
        return ()
    found: list[str] = []
    used = {*taken}
    for group in groups:
        role = _role(group, names=names)
        unique, again = role, 0
        while unique in used:
            again += 1
            unique = f"{role}.{again}"
        used.add(unique)
        found.append(unique)
    return tuple(found)


def read(groups: Sequence[Group], *, roles: Sequence[str], ending: str) -> dict[str, float]:
    """Return ``lr/<role>`` of each group as it is for this step; ``lr/lowest`` and ``lr/highest`` with `ending` where there are no roles."""
    rates = [float(cast("float", group["lr"])) for group in groups if "lr" in group]
    if not rates:
        return {}
    if len(roles) != len(rates):
        return {f"lr/lowest{ending}": min(rates), f"lr/highest{ending}": max(rates)}
    return {f"lr/{role}": rate for role, rate in zip(roles, rates, strict=True)}


def _role(group: Group, *, names: Mapping[int, str]) -> str:
    said = group.get("name")
    if isinstance(said, str) and said.isprintable() and 0 < len(said) <= _NAME_MOST_CHARS:
        return said
    members = [one for one in cast("Sequence[object]", group.get("params") or ()) if isinstance(one, torch.Tensor)]
    if any(one.dim() > 1 for one in members) or not members:
        return "weight"
    return "bias" if all(names.get(id(one), "").endswith("bias") for one in members) else "bn"
