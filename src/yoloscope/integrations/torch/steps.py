"""Looks at the steps of one optimizer: rates, gradients before the step, how far the step moved the weights.

Hangs on the optimizer's own hooks (`register_step_pre_hook`, `register_step_post_hook`, torch 2.0), which are neither copied nor saved with it. A scaler of mixed
precision calls the optimizer with gradients that are unscaled, and not at all where they overflow. A fused optimizer unscales for itself: it is told the scale
and whether values overflowed, and so are we.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, cast

import torch
from torch import nn

from yoloscope.integrations import jumps, tensors
from yoloscope.integrations.torch import clipping, parts, rates, schedule
from yoloscope.sdk import guard

PART = "torch.steps"
COMPARED_MOST = 65_536
"""Values of a tensor that are compared before and after a step, evenly spread: the ratio is known to a percent, and memory grows by little."""
_OVERFLOWED = "overflowed"


class Around(Protocol):
    """What stands around the steps: `watch.Watch`."""

    @property
    def models(self) -> Sequence[nn.Module]:
        """The models that are watched."""
        ...

    def begin_step(self, number: int) -> None:
        """Take note that an optimizer is about to step."""
        ...

    def end_step(self, number: int, numbers: dict[str, float]) -> None:
        """Take what was found of a step."""
        ...

    def owns(self, number: int, parameters: Sequence[nn.Parameter]) -> bool:
        """Tell whether an optimizer is the first that trains any of these."""
        ...


class Optimizer(Protocol):
    """What is read of a torch optimizer."""

    @property
    def param_groups(self) -> Sequence[Mapping[str, object]]:
        """The groups of parameters with their settings."""
        ...


class _Moved(NamedTuple):
    """Some values of a parameter before a step, each `every`-th."""

    parameter: nn.Parameter
    every: int
    before: torch.Tensor


class Steps:
    """One optimizer; ``number`` counts those of a run from 0, and the names of all but the first end in it."""

    def __init__(
        self,
        around: Around,
        *,
        number: int,
        names: Callable[[Optimizer], tuple[str, ...]],
        budget: schedule.Budget,
        norms: clipping.Clipping,
    ) -> None:
        self.schedule = schedule.Schedule(budget)
        self._around = around
        self._number = number
        self._ending = f".{number}" if number else ""
        self._names = names
        self._roles: tuple[str, ...] = ()
        self._groups = -1
        self._budget = budget
        self._clipped = norms
        self._usual = jumps.Usual()
        self._rates: dict[str, float] = {}
        self._told: dict[str, torch.Tensor] = {}
        self._moved: dict[str, list[_Moved]] = {}
        self._is_begun = False
        self.schedule.begin_step()

    def before(self, optimizer: Optimizer, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        """Look at what is there before the step."""
        if guard.is_off(PART) or is_recorded():
            return
        with guard.part(PART), self._budget.spend(), torch.no_grad():
            self._drop()
            self._is_begun = True
            self._around.begin_step(self._number)
            is_late = _has_closure(args, kwargs)
            if self.schedule.wants_all:
                self._snapshot(optimizer, has_gradients=not is_late)
            if not is_late and self.schedule.wants_norm:
                self._look(optimizer)
        self._end_after_fault()

    def after(self, optimizer: Optimizer, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        """Look at what the step did, and tell all of it."""
        if not self._is_begun or guard.is_off(PART) or is_recorded():
            return
        with guard.part(PART), self._budget.spend(), torch.no_grad():
            self._is_begun = False
            if _has_closure(args, kwargs) and self.schedule.wants_norm:
                self._look(optimizer)
            self._compare()
            numbers = self._read(optimizer)
            if self.schedule.wants_all:
                self.schedule.has_looked()
            self._judge(numbers)
            self._around.end_step(self._number, self._rates_of(optimizer) | numbers)
            self._drop()
            self.schedule.begin_step()
        self._end_after_fault()

    def _look(self, optimizer: Optimizer) -> None:
        """Take the norms of the gradients, as they were before they were clipped, and of the weights."""
        parameters = [one for one in _trained(optimizer) if one.grad is not None]
        if not parameters:
            return
        each = tensors.norms([parts.dense(cast("torch.Tensor", one.grad)) for one in parameters])
        now = _whole(each)
        total = self._clipped.take(parameters)
        scale: object = getattr(optimizer, "grad_scale", None)
        if total is None:
            total = now / scale.to(now.device) if isinstance(scale, torch.Tensor) else now
        overflowed: object = getattr(optimizer, "found_inf", None)
        if isinstance(overflowed, torch.Tensor):
            self._told[_OVERFLOWED] = overflowed.detach().float().reshape(())
        self._told[f"grad/norm{self._ending}"] = total
        factor = total.to(now.device) / now.clamp(min=torch.finfo(torch.float32).tiny)
        by_parameter = {id(one): norm for one, norm in zip(parameters, each, strict=True)}
        for group, moved in self._moved.items():
            found = [norm for one in moved if (norm := by_parameter.get(id(one.parameter))) is not None]
            if found:
                self._told[f"grad/{group}/norm{self._ending}"] = _whole(found) * factor.to(found[0].device)

    def _snapshot(self, optimizer: Optimizer, *, has_gradients: bool) -> None:
        """Copy some of the weights that this optimizer is about to change, by group."""
        mine = {
            id(one) for one in _trained(optimizer) if one.requires_grad and (one.grad is not None or not has_gradients)
        }
        first = 1
        for model in self._around.models:
            groups = parts.groups(tensors.bare(model), first=first)
            first += len(groups)
            for group, members in groups.items():
                trained = [one for one in members if id(one) in mine and one.numel()]
                if trained and self._around.owns(self._number, members):
                    self._moved[group] = [_copied(one) for one in trained]
                    self._told[f"weights/{group}/norm{self._ending}"] = _whole(tensors.norms(trained))

    def _compare(self) -> None:
        for group, moved in self._moved.items():
            size = _whole(tensors.norms([one.before for one in moved]))
            change = _whole(tensors.norms([one.before - _some(one.parameter, one.every) for one in moved]))
            self._told[f"update/{group}/ratio{self._ending}"] = change / size

    def _read(self, optimizer: Optimizer) -> dict[str, float]:
        """Return what was found, in one transfer; nothing of a step that a fused optimizer left out."""
        if not self._told:
            return {}
        values = tensors.floats(tensors.together([one.reshape(()) for one in self._told.values()]))
        found = dict(zip(self._told, values, strict=True))
        if found.pop(_OVERFLOWED, 0.0):
            return {}
        norms = [value for name, value in found.items() if not name.startswith("update/")]
        if self._moved or not all(map(math.isfinite, norms)):
            found[f"weights/nonfinite{self._ending}"] = float(
                _broken(optimizer, is_well=all(map(math.isfinite, norms)))
            )
        return {name: value for name, value in found.items() if not (name.startswith("update/") and math.isnan(value))}

    def _judge(self, numbers: Mapping[str, float]) -> None:
        norm = numbers.get(f"grad/norm{self._ending}")
        if norm is not None and (self._usual.jumps(norm) or not math.isfinite(norm)):
            self.schedule.look_soon()

    def _rates_of(self, optimizer: Optimizer) -> dict[str, float]:
        """Return the rates if they changed, or if the step is looked at anyway."""
        if self._groups != len(optimizer.param_groups):
            self._groups, self._roles = len(optimizer.param_groups), self._names(optimizer)
        now = rates.read(optimizer.param_groups, roles=self._roles, ending=self._ending)
        before, self._rates = self._rates, now
        return dict(now) if now != before or self.schedule.wants_norm else {}

    def _drop(self) -> None:
        self._told, self._moved = {}, {}

    def _end_after_fault(self) -> None:
        if guard.is_off(PART):
            self._drop()


def is_recorded() -> bool:
    """Tell whether torch writes down what is done now instead of doing it: for a compiler, a trace or a CUDA graph."""
    if torch.compiler.is_compiling() or torch.jit.is_tracing():  # pyright: ignore[reportPrivateImportUsage]  # documented nonetheless
        return True
    return torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing()


def _has_closure(args: tuple[object, ...], kwargs: Mapping[str, object]) -> bool:
    """Tell whether the optimizer computes the gradients itself while it steps; the first argument is the optimizer."""
    return (args[1] if len(args) > 1 else kwargs.get("closure")) is not None


def _trained(optimizer: Optimizer) -> list[nn.Parameter]:
    members = [one for group in optimizer.param_groups for one in cast("Sequence[nn.Parameter]", group["params"])]
    return [one for one in members if parts.is_plain(one)]


def _whole(norms: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the norm of all by the norms of each."""
    return tensors.together(norms).square().sum().sqrt()


def _copied(parameter: nn.Parameter) -> _Moved:
    every = -(-parameter.numel() // COMPARED_MOST)
    return _Moved(parameter, every, _some(parameter, every).clone())


def _some(parameter: torch.Tensor, every: int) -> torch.Tensor:
    return parameter.detach().reshape(-1)[::every]


def _broken(optimizer: Optimizer, *, is_well: bool) -> int:
    """Return how many values of weights and gradients are not finite; where all norms are finite there are none."""
    if is_well:
        return 0
    members = _trained(optimizer)
    gradients = [parts.dense(one.grad) for one in members if one.grad is not None]
    return tensors.count_nonfinite([*(one.detach() for one in members), *gradients])
