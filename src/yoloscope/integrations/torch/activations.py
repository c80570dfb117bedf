"""Units that died: which share of a ReLU's units gives zero for almost every input, over some batches of training.

Listens from outside and only while it counts: by torch's hook for all modules, which says where in the model the forward pass is, and by a
`TorchFunctionMode` around it, which sees each ReLU, whether it is a module or a call. Nothing is in the model, whatever copies or saves it.
"""

import sys
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, cast

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from yoloscope.integrations import grouping, tensors
from yoloscope.integrations.torch import parts, schedule, steps
from yoloscope.sdk import guard

PART = "torch.activations"
ACTIVE_LEAST = 0.01
"""Of the inputs: a unit that is active for fewer is dead (SageMaker Debugger, DeadRelu)."""
INPUTS = 256
"""Inputs that settle the matter: a unit active for 3 % of them passes for dead once in twenty."""
INPUTS_LEAST = 100
"""Of fewer no hundredth can be told."""
FORWARDS_MOST = 256
"""A window that is not full by then, as with batches of one picture, is closed."""
SERIES_MOST = 12
_Function = Callable[..., object]
_RELUS: frozenset[_Function] = frozenset((
    functional.relu, functional.relu_, functional.relu6, torch.relu, torch.relu_, torch.Tensor.relu, torch.Tensor.relu_,
))  # fmt: skip
_BY_CHANNEL: frozenset[_Function] = frozenset((
    functional.conv1d, functional.conv2d, functional.conv3d, functional.conv_transpose1d, functional.conv_transpose2d,
    functional.conv_transpose3d, functional.batch_norm, functional.group_norm, functional.instance_norm,
))  # fmt: skip
_BY_FEATURE: frozenset[_Function] = frozenset((functional.linear, functional.layer_norm, torch.matmul, torch.bmm))


class _Counters(Protocol):
    def get(self, key: str, /) -> Mapping[str, int] | None: ...


class Layer(NamedTuple):
    """The call of a ReLU: the module in which it is, itself for one that is a module, and which one of those it is, from 1."""

    module: str
    call: int


class _Count:
    """Inputs of one layer, and for how many of them each unit gave nothing."""

    def __init__(self, silent: torch.Tensor) -> None:
        self.inputs = 0
        self.silent = torch.zeros_like(silent[0], dtype=torch.int64)

    def add(self, silent: torch.Tensor) -> None:
        if silent.shape[1:] == self.silent.shape:
            self.silent += silent.sum(0)
            self.inputs += silent.shape[0]


class _Listening(TorchFunctionMode):
    """Sees each function of torch that a forward pass calls, and passes it on."""

    def __init__(self, heard: Callable[[_Function, object], None]) -> None:
        super().__init__()
        self._heard = heard

    def __torch_function__(
        self, func: _Function, types: object, args: tuple[object, ...] = (), kwargs: dict[str, object] | None = None
    ) -> object:
        del types
        done = func(*args, **(kwargs or {}))
        self._heard(func, done)
        return done


class DeadUnits:
    """Counts for one model; `end` tells once a window of batches is full."""

    def __init__(self, model: nn.Module, *, prefix: str, budget: schedule.Budget) -> None:
        self.schedule = schedule.Schedule(budget)
        self._model = weakref.ref(model)
        self._prefix = prefix
        self._budget = budget
        self._handles: list[torch.utils.hooks.RemovableHandle] = []
        self._names: weakref.WeakKeyDictionary[nn.Module, str] = weakref.WeakKeyDictionary()
        self._labels: dict[str, str] = {}
        self._is_done = False
        self._mode: _Listening | None = None
        self._clear()

    @property
    def is_counting(self) -> bool:
        """Whether a window is open."""
        return bool(self._handles)

    def begin(self) -> None:
        """Open a window with the next batch, if one is due; not where a compiler is at work, which would compile anew."""
        model = self._model()
        self.schedule.begin_step()
        if self._handles or self._is_done or model is None or not self.schedule.wants_all:
            return
        if _is_compiled(model):
            self._is_done = True
            return
        self._clear()
        self._names.update({module: name for name, module in parts.modules(model)})
        hooks = nn.modules.module
        self._handles = [
            hooks.register_module_forward_pre_hook(self._enter),
            hooks.register_module_forward_hook(self._exit, always_call=True),
        ]

    def end(self) -> dict[str, float]:
        """Close a window that is full; returns ``activations/<layer>/dead_share`` by name, nothing of one that goes on."""
        if not self._handles:
            return {}
        self._leave_forward()
        is_full = any(one.inputs >= INPUTS for one in self._counts.values())
        if not is_full and self._forwards < FORWARDS_MOST and not (self._forwards > 1 and not self._counts):
            return {}
        self._is_done = not self._counts
        found = self._shares()
        self.leave()
        self.schedule.has_looked()
        return found

    def leave(self) -> None:
        """Take off the hooks; calling again changes nothing."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._names.clear()
        self._leave_forward()
        self._clear()

    def _clear(self) -> None:
        self._counts: dict[Layer, _Count] = {}
        self._calls: dict[str, int] = {}
        self._inside: list[nn.Module] = []
        self._forwards = 0
        self._axis = 1

    def _enter(self, module: nn.Module, args: tuple[object, ...]) -> None:
        """Take note that a module of the model begins; the outermost one begins a forward pass, which is listened to where that costs not too much."""
        del args
        if module not in self._names or guard.is_off(PART) or torch.compiler.is_compiling():
            return
        self._inside.append(module)
        if len(self._inside) == 1 and module.training and torch.is_grad_enabled() and self._budget.has_room:
            with guard.part(PART):
                if not (steps.is_recorded() or _goes_back()):
                    self._forwards += 1
                    self._calls = {}
                    self._mode = _Listening(self._hear)
                    self._mode.__enter__()

    def _exit(self, module: nn.Module, args: tuple[object, ...], output: object) -> None:
        """Take note that a module is done, also one that raised."""
        del args, output
        if self._inside and self._inside[-1] is module:
            self._inside.pop()
            if not self._inside:
                self._leave_forward()

    def _leave_forward(self) -> None:
        """Listen no more; of a mode that a forward pass has left standing above ours, nothing is taken off."""
        mode, self._mode = self._mode, None
        self._inside = []
        if mode is not None and torch.overrides._get_current_function_mode() is mode:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # it has no other name
            cast("AbstractContextManager[object]", mode).__exit__(None, None, None)

    def _hear(self, func: _Function, output: object) -> None:
        if self._mode is None or not self._inside or guard.is_off(PART):
            return
        module = self._inside[-1]
        if func in _RELUS or (func is functional.hardtanh and isinstance(module, nn.ReLU6)):
            if isinstance(output, torch.Tensor) and output.dim() > 1 and output.numel():
                with guard.part(PART), self._budget.spend(), torch.no_grad():
                    self._count(self._names[module], output)
        elif func in _BY_CHANNEL:
            self._axis = 1
        elif func in _BY_FEATURE:
            self._axis = -1

    def _count(self, module: str, output: torch.Tensor) -> None:
        call = self._calls[module] = self._calls.get(module, 0) + 1
        silent = _is_silent(output.detach(), axis=self._axis)
        layer = Layer(module, call)
        if layer not in self._counts:
            self._counts[layer] = _Count(silent)
        self._counts[layer].add(silent)

    def _shares(self) -> dict[str, float]:
        """Return the largest share of the layers of each series."""
        found = {layer: one for layer, one in self._counts.items() if one.inputs >= INPUTS_LEAST}
        if not found:
            return {}
        dead = [(one.silent > (1 - ACTIVE_LEAST) * one.inputs).float().mean() for one in found.values()]
        self._labels = self._labels or _labels(self._counts, names=self._names)
        shares: dict[str, float] = {}
        for layer, share in zip(found, tensors.floats(tensors.together(dead)), strict=True):
            label = self._labels.get(_title(layer, names=self._names))
            if label is not None:
                name = f"activations/{self._prefix}{label}/dead_share"
                shares[name] = max(shares.get(name, 0.0), share)
        return shares


def _labels(layers: Mapping[Layer, object], *, names: Mapping[nn.Module, str]) -> dict[str, str]:
    """Return the series of each layer by its title, as the first window met them; of more than `SERIES_MOST`, neighbours share one."""
    titles = list(dict.fromkeys(_title(layer, names=names) for layer in layers))
    found: dict[str, str] = {}
    for first, joined in grouping.few({title: [title] for title in titles}, most=SERIES_MOST).items():
        found |= dict.fromkeys(joined, first if len(joined) == 1 else f"{first}..{joined[-1]}")
    return found


def _title(layer: Layer, *, names: Mapping[nn.Module, str]) -> str:
    """Return what a layer is called: a module by its name, however often it is called, the second call within another ``block.relu2``."""
    is_module = any(name == layer.module and isinstance(one, nn.ReLU | nn.ReLU6) for one, name in names.items())
    if is_module:
        return layer.module or "relu"
    return ".".join(word for word in (layer.module, f"relu{layer.call}") if word)


def _is_silent(output: torch.Tensor, *, axis: int) -> torch.Tensor:
    """Return for each input and unit whether it gives nothing, ``(inputs, units)``; a channel is silent where it is so everywhere. NaN is no silence."""
    if axis == 1 and output.dim() > 2:
        return output.amax(dim=tuple(range(2, output.dim()))) <= 0
    return output.reshape(-1, output.shape[-1]) <= 0


def _is_compiled(model: nn.Module) -> bool:
    """Tell whether any part of the model is compiled, or anything in this process was."""
    if any(hasattr(one, "_orig_mod") or getattr(one, "_compiled_call_impl", None) for one in model.modules()):
        return True
    counters = cast("_Counters | None", getattr(sys.modules.get("torch._dynamo.utils"), "counters", None))
    counted = counters.get("stats") if counters is not None else None
    return bool(counted and counted.get("unique_graphs"))


def _goes_back() -> bool:
    """Tell whether this is a backward pass, in which a layer that keeps no activations is computed once more."""
    return torch._C._current_graph_task_id() != -1  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # it has no other name
