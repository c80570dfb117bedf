"""What stands beside one run of a PyTorch loop: its models, its optimizers, and the numbers that wait for their place.

A number is found while an optimizer steps and waits for the next row of the loop, which tells its step; of a loop that logs seldom the next
optimizer step ends the wait. Reached from the run as ``run.attached``. It keeps neither models nor optimizers alive.
"""

import weakref
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook as _register

from yoloscope import errors
from yoloscope.integrations import tensors
from yoloscope.integrations.torch import activations, clipping, control, facts, places, rates, schedule, starting, steps
from yoloscope.sdk import guard
from yoloscope.sdk import run as runs

PART = "torch.attach"
PLACES = "torch.places"
HELD_MOST = 100
"""Rows that wait for the loop's first one; afterwards those of one step wait."""
_PARTS = (PART, PLACES, steps.PART, activations.PART, clipping.PART)


class _Handle(Protocol):
    def remove(self) -> None: ...


class _Trained:
    """One optimizer that is watched."""

    def __init__(self, optimizer: torch.optim.Optimizer, looks: steps.Steps) -> None:
        self.optimizer = weakref.ref(optimizer)
        self.looks = looks
        self.handles: tuple[_Handle, ...] = (
            optimizer.register_step_pre_hook(looks.before),
            optimizer.register_step_post_hook(looks.after),
        )


class Watch:
    """Implements `sdk.attached.Attached` for one run."""

    def __init__(self, run: runs.Run) -> None:
        self._run = run
        self._budget = schedule.Budget()
        self._clipping = clipping.Clipping(self._wants_norm)
        self._places = places.Places()
        self._models: list[weakref.ref[nn.Module]] = []
        self._trained: list[_Trained] = []
        self._dead: list[activations.DeadUnits] = []
        self._roles: dict[int, tuple[str, ...]] = {}
        self._finder: _Handle | None = None
        self._held: list[tuple[int, dict[str, float]]] = []
        self._is_own = False

    @property
    def models(self) -> list[nn.Module]:
        """The models that are still there, in the order in which they were attached."""
        return [model for one in self._models if (model := one()) is not None]

    @property
    def optimizers(self) -> list[torch.optim.Optimizer]:
        """The optimizers that are still there, in the order in which they were attached."""
        return [optimizer for one in self._trained if (optimizer := one.optimizer()) is not None]

    def add(self, model: nn.Module, optimizers: Sequence[torch.optim.Optimizer]) -> None:
        """Watch a model and its optimizers; without any, those that step its parameters are found when they first do."""
        if model not in self.models:
            self._models.append(weakref.ref(model))
            prefix = f"model{len(self._models)}/" if len(self._models) > 1 else ""
            self._dead.append(activations.DeadUnits(tensors.bare(model), prefix=prefix, budget=self._budget))
        for optimizer in optimizers:
            self._take(optimizer)
        if not optimizers and self._finder is None:
            self._finder = cast("_Handle", _register(self._find))
        self._clipping.watch()

    def logged(self, step: object, epoch: object) -> None:
        """Take the place of a row of the loop, and let what waits for it go."""
        if self._is_own or guard.is_off(PLACES):
            return
        with guard.part(PLACES):
            begins_epoch = self._places.told(step, epoch)
            self._flush()
            if begins_epoch:
                for one in (*self._trained_looks(), *self._dead):
                    one.schedule.look_soon()

    def leave(self) -> None:
        """Log what waits and take everything off; calling again changes nothing."""
        with guard.part(PLACES):
            self._flush()
        for one in self._trained:
            for handle in one.handles:
                handle.remove()
        for dead in self._dead:
            dead.leave()
        if self._finder is not None:
            self._finder.remove()
            self._finder = None
        self._clipping.leave()

    def begin_step(self, number: int) -> None:
        """Count the steps of the first optimizer; what waited for the one before goes."""
        if number:
            return
        if self._places.is_known or len(self._held) > HELD_MOST:
            self._flush()
        self._places.done += 1
        if self._places.done == 1:
            self._hold(self._scales())

    def end_step(self, number: int, numbers: dict[str, float]) -> None:
        """Keep what was found of a step, with the windows that are full."""
        self._hold(numbers)
        if number:
            return
        if not guard.is_off(activations.PART):
            with guard.part(activations.PART):
                for one in self._dead:
                    self._hold(one.end())
                    one.begin()
        if guard.is_off(activations.PART):
            for one in self._dead:
                one.leave()

    def owns(self, number: int, parameters: Sequence[nn.Parameter]) -> bool:
        """Tell whether an optimizer is the first that trains any of these."""
        wanted = {id(one) for one in parameters}
        for at, one in enumerate(self._trained):
            optimizer = one.optimizer()
            if optimizer is not None and not wanted.isdisjoint(_members(optimizer)):
                return at == number
        return False

    def _take(self, optimizer: torch.optim.Optimizer) -> None:
        if optimizer in self.optimizers:
            return
        number = len(self._trained)
        looks = steps.Steps(
            self, number=number, names=lambda of: self._named(number, of), budget=self._budget, norms=self._clipping
        )
        self._trained.append(_Trained(optimizer, looks))
        if not number:
            self._run.update("settings", facts.settings(self.models, optimizer, roles=self._named(number, optimizer)))

    def _find(self, optimizer: torch.optim.Optimizer, args: object, kwargs: object) -> None:
        """Take an optimizer that nobody named, before its first step, if it trains any of the models."""
        del args, kwargs
        if guard.is_off(PART) or steps.is_recorded():
            return
        with guard.part(PART):
            known = {id(one) for model in self.models for one in model.parameters()}
            if not known.isdisjoint(_members(optimizer)):
                self._take(optimizer)

    def _named(self, number: int, optimizer: steps.Optimizer | torch.optim.Optimizer) -> tuple[str, ...]:
        names = {id(one): name for model in self.models for name, one in model.named_parameters()}
        taken = [role for at, some in self._roles.items() if at != number for role in some]
        self._roles[number] = rates.roles(optimizer.param_groups, names=names, taken=taken)
        return self._roles[number]

    def _scales(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for at, model in enumerate(self.models):
            prefix = f"model{at + 1}/" if at else ""
            told = starting.scales(tensors.bare(model))
            found |= {f"weights/{prefix}{layer}/scale": scale for layer, scale in told.items()}
        return found

    def _wants_norm(self) -> bool:
        return any(looks.schedule.wants_norm for looks in self._trained_looks())

    def _trained_looks(self) -> list[steps.Steps]:
        return [one.looks for one in self._trained]

    def _hold(self, numbers: dict[str, float]) -> None:
        if numbers:
            self._held.append((self._places.done, numbers))

    def _flush(self) -> None:
        """Log what waits, each step in one row."""
        held, self._held = self._held, []
        rows: dict[int, dict[str, float]] = {}
        for done, numbers in held:
            rows.setdefault(done, {}).update(numbers)
        self._is_own = True
        try:
            for done, numbers in rows.items():
                self._run.log(numbers, step=self._places.step(done), epoch=self._places.epoch)
        finally:
            self._is_own = False


def attach(model: nn.Module, optimizer: object, run: runs.Run | None) -> None:
    """Watch a model and its optimizers for a run, by default the newest of this process.

    Raises:
        ConfigError: if there is no run, or what was given for the optimizer is none.
    """
    optimizers = _optimizers(optimizer)
    chosen = run if run is not None else runs.current()
    if chosen is None:
        raise errors.ConfigError("attach() found no run to record to; call yoloscope.init() first, or pass run=")
    if not chosen.id or chosen.rank:
        return
    for name in _PARTS:
        guard.switch_on(name)
    with guard.part(PART):
        known = chosen.attached
        watch = known if isinstance(known, Watch) else Watch(chosen)
        watch.add(model, optimizers)
        chosen.attached = watch
        chosen.offer(control.setters(lambda: watch.optimizers))


def _optimizers(given: object) -> list[torch.optim.Optimizer]:
    several = cast("Sequence[object]", given) if isinstance(given, list | tuple) else [given]
    found = [_inner(one) for one in several if one is not None]
    for one in found:
        if not isinstance(one, torch.optim.Optimizer):
            raise errors.ConfigError(
                f"attach(model, optimizer) takes a torch optimizer or a list of such, not {type(one).__name__!r}"
            )
    return cast("list[torch.optim.Optimizer]", found)


def _inner(optimizer: object) -> object:
    """Return the optimizer that really steps, of one that others wrapped (accelerate)."""
    inner: object = getattr(optimizer, "optimizer", None)
    return inner if isinstance(inner, torch.optim.Optimizer) else optimizer


def _members(optimizer: torch.optim.Optimizer) -> set[int]:
    groups = cast("Sequence[Mapping[str, Sequence[object]]]", optimizer.param_groups)
    return {id(one) for group in groups for one in group["params"]}
