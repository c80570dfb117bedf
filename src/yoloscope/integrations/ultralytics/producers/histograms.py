"""Histograms of weights, gradients and activations by layer group, counted where the tensors are: two transfers, however many groups."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, cast

import numpy as np
import torch
from torch import nn

from yoloscope.integrations import tensors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, layers
from yoloscope.sdk import summaries

BINS = 64
EARLY = 3
_OUTPUTS_MOST = 1 << 18
"""Elements of an activation that are counted: a share of them, evenly over images, channels and places."""
_NOTHING = 1e-30
"""Values that are all smaller are shown as zeros: single precision has no room for bins among them."""
_WIDEST = float(np.finfo(np.float32).max)

Tensors = Mapping[str, Sequence[torch.Tensor]]


class Weights(contract.Producer):
    """Logs ``weights/<group>``: all weights of convolutions and linear layers of a group, as they are when the epoch ends."""

    name: ClassVar[str] = "weights"
    early: ClassVar[int] = EARLY
    at_anomalies: ClassVar[bool] = True

    @classmethod
    def spacing(cls, epochs: int) -> int:
        """Return 5 up to 100 epochs, else 10."""
        return 5 if epochs <= 100 else 10

    def epoch(self, trainer: shapes.Trainer) -> None:
        """Count the weights."""
        found = {group: layers.weights_of(named) for group, named in layers.groups(layers.trained(trainer)).items()}
        log(self.context, "weights", found)


class Gradients(contract.Producer):
    """Logs ``gradients/<group>`` of one step in the middle of an epoch, of the same weights, before clipping."""

    name: ClassVar[str] = "gradients"
    early: ClassVar[int] = EARLY
    at_anomalies: ClassVar[bool] = True

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._index = -1

    @classmethod
    def spacing(cls, epochs: int) -> int:
        """Return that of the weights."""
        return Weights.spacing(epochs)

    def begin(self, trainer: shapes.Trainer) -> None:
        """Forget an epoch that is trained again; one that comes due by an anomaly in its midst has no beginning here."""
        del trainer
        self._index = -1

    def step(self, trainer: shapes.Trainer) -> None:
        """Count the gradients of the first step behind the middle of the epoch."""
        index = self.context.moment.index
        if index == self._index or self.context.epoch - index <= 0.5:
            return
        self._index = index
        named = layers.groups(layers.trained(trainer))
        found = {
            group: [one.grad for one in layers.weights_of(it) if one.grad is not None] for group, it in named.items()
        }
        log(self.context, "gradients", found)


class Activations(contract.Producer):
    """Logs ``activations/<group>``: what leaves the last layer of each group for the first batch of a validation."""

    name: ClassVar[str] = "activations"
    early: ClassVar[int] = EARLY
    at_anomalies: ClassVar[bool] = True

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._hooks = Hooks()
        self._taken: dict[str, list[torch.Tensor]] = {}

    @classmethod
    def spacing(cls, epochs: int) -> int:
        """Return that of the weights."""
        return Weights.spacing(epochs)

    def val_start(self, trainer: shapes.Trainer, validator: object) -> None:
        """Listen to the layers."""
        del validator
        model = layers.validated(trainer)
        for group, layer in layers.last_of_groups(model).items() if model is not None else ():
            self._hooks.listen(layer, self._taker(group))

    def val_batch(self, trainer: shapes.Trainer, validator: object, batch: dict[str, object], preds: object) -> None:
        """Count what the first batch left, and listen no longer."""
        del trainer, validator, batch, preds
        self._hooks.remove()
        if self._taken:
            log(self.context, "activations", self._taken)
            self._taken = {}

    def release(self) -> None:
        """Listen no longer."""
        self._hooks.remove()
        self._taken = {}

    def _taker(self, group: str) -> Callable[[object], None]:
        def take(output: object) -> None:
            if isinstance(output, torch.Tensor) and group not in self._taken:
                self._taken[group] = [sample(output.detach())]

        return take


def sample(output: torch.Tensor) -> torch.Tensor:
    """Return every k-th element as it lies in memory, k odd so that no channel or row is always left out."""
    if output.dim() == 4 and output.is_contiguous(memory_format=torch.channels_last):
        output = output.permute(0, 2, 3, 1)
    flat = output.reshape(-1)
    return flat[:: max(1, -(-flat.numel() // _OUTPUTS_MOST)) | 1]


class Hooks:
    """Forward hooks of several layers that go together."""

    def __init__(self) -> None:
        self._handles: list[torch.utils.hooks.RemovableHandle] = []

    def listen(self, layer: nn.Module, take: Callable[[object], None]) -> None:
        """Call `take` with what leaves a layer."""

        def hook(_module: nn.Module, _given: object, output: object) -> None:
            take(output)

        self._handles.append(layer.register_forward_hook(hook))

    def listen_before(self, layer: nn.Module, take: Callable[[object], None]) -> None:
        """Call `take` with the tuple of what enters a layer."""

        def hook(_module: nn.Module, given: object) -> None:
            take(given)

        self._handles.append(layer.register_forward_pre_hook(hook))

    def remove(self) -> None:
        """Take all off; calling again changes nothing."""
        for handle in self._handles:
            handle.remove()
        self._handles = []


def log(context: contract.Context, prefix: str, found: Tensors) -> None:
    """Log a histogram a group between its own least and greatest value; where single precision cannot hold their distance, the sidecar counts."""
    with torch.no_grad():
        groups = {group: [one.detach().float() for one in some if one.numel()] for group, some in found.items()}
        groups = {group: some for group, some in groups.items() if some}
        if not groups:
            return
        ranges = _ranges(list(groups.values()))
        finite = {group: one for group, one in zip(groups, ranges, strict=True) if one[1] - one[0] <= _WIDEST}
        counted = _counts([(groups[group], least, most) for group, (least, most) in finite.items()])
        place = context.place
        for (group, (least, most)), counts in zip(finite.items(), counted, strict=True):
            edges = np.linspace(*_apart(least, most), BINS + 1)
            context.run.log_histogram(f"{prefix}/{group}", counts=counts, edges=edges, **place)
        for group in groups.keys() - finite.keys():
            values = torch.cat([one.reshape(-1) for one in groups[group]]).cpu().numpy()
            each = values.nbytes // summaries.VALUES_MAX_BYTES + 1
            context.run.log_histogram(f"{prefix}/{group}", values[::each], bins=BINS, **place)


def _ranges(groups: Sequence[Sequence[torch.Tensor]]) -> list[tuple[float, float]]:
    """Return the least and the greatest value of each group, in one transfer."""
    both = [[torch.aminmax(one) for one in some] for some in groups]
    least = [torch.stack([one.min for one in some]).min() for some in both]
    most = [torch.stack([one.max for one in some]).max() for some in both]
    flat = tensors.floats(torch.stack([*least, *most]))
    return list(zip(flat[: len(groups)], flat[len(groups) :], strict=True))


def _counts(groups: Sequence[tuple[Sequence[torch.Tensor], float, float]]) -> list[list[float]]:
    """Return the counts of each group, in one transfer."""
    if not groups:
        return []
    counted = [torch.stack([counts(one, *_apart(least, most)) for one in some]).sum(0) for some, least, most in groups]
    return cast("list[list[float]]", cast("shapes.Tensor", torch.stack(counted)).tolist())


def counts(values: torch.Tensor, least: float, most: float) -> torch.Tensor:
    """Return ``(BINS,)`` counts of float32 values that all lie between least and most, on their device.

    `torch.histc` has no deterministic kernel for GPUs, which a training that asks for determinism is warned of or fails at; sorting has.
    """
    if values.device.type == "cpu":
        return torch.histc(values, BINS, least, most)
    return counts_by_sorting(values, least, most)


def counts_by_sorting(values: torch.Tensor, least: float, most: float) -> torch.Tensor:
    """Return the same counts, but for values that lie on an edge in single precision."""
    inner = torch.linspace(least, most, BINS + 1, device=values.device)[1:-1]
    below = torch.searchsorted(values.reshape(-1).sort().values, inner)
    ends = below.new_tensor([0]), below.new_tensor([values.numel()])
    return torch.cat([ends[0], below, ends[1]]).diff().float()


def _apart(least: float, most: float) -> tuple[float, float]:
    """Return a range that has a width, as float32 tells it."""
    size = max(abs(least), abs(most))
    wide = (size if size > _NOTHING else 1.0) * 1e-6
    return (least, most) if most - least > wide else (least - wide, most + wide)
