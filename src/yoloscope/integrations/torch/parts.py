"""The parts of a plain model in which its parameters are shown: numbered in the order in which they were made, which is their depth as a rule."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import torch
from torch import nn

from yoloscope.integrations import grouping

GROUPS_MOST = 12
"""Of each kind of series: the diagnosis remembers 96 by epoch."""
SPLIT = 0.5
"""A module that holds more than this share of the tensors is shown as its own modules: most models are wrapped at least once."""
Path = tuple[str, ...]
_Member = tuple[Path, nn.Parameter]


def groups(model: nn.Module, *, first: int = 1) -> dict[str, list[nn.Parameter]]:
    """Return the parameters of each group, at most `GROUPS_MOST`, called ``1.stem``, ``2.layer1`` and so on, from `first`.

    The number is there because names alone tell no depth, and rules compare the first group with the last.
    """
    members = [(tuple(name.split(".")[:-1]), one) for name, one in model.named_parameters() if is_plain(one)]
    found = {(): members} if members else {}
    while (wide := _wide(found, of=len(members))) is not None:
        found = _split(found, wide)
    named = {".".join(path) or "model": [one for _, one in some] for path, some in found.items()}
    kept = grouping.few(named, most=GROUPS_MOST)
    digits = len(str(len(kept) + first - 1))
    return {f"{number:0{digits}}.{name}": some for number, (name, some) in enumerate(kept.items(), first)}


def modules(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Return all modules of a model with their dotted names, its own empty."""
    return cast("Iterator[tuple[str, nn.Module]]", model.named_modules())


def is_plain(tensor: torch.Tensor) -> bool:
    """Tell whether a parameter holds its own values here: not one that is spread over processes, quantised, or not yet made.

    A norm of such a part would be wrong, and asking for the whole would wait for processes that do not ask.
    """
    return type(tensor) in (nn.Parameter, torch.Tensor) and not getattr(tensor, "_is_flat_param", False)


def dense(gradient: torch.Tensor) -> torch.Tensor:
    """Return the values of a gradient, also of a sparse one."""
    return gradient.coalesce().values() if gradient.is_sparse else gradient


def _wide(found: Mapping[Path, Sequence[_Member]], *, of: int) -> Path | None:
    for path, members in found.items():
        if len(members) > SPLIT * of and any(len(one) > len(path) for one, _ in members):
            return path
    return None


def _split(found: Mapping[Path, list[_Member]], wide: Path) -> dict[Path, list[_Member]]:
    """Return the groups with that of `wide` replaced by those of its modules."""
    made: dict[Path, list[_Member]] = {}
    for path, members in found.items():
        for one in members:
            inner = one[0][: len(path) + 1] if path == wide else path
            made.setdefault(inner, []).append(one)
    return made
