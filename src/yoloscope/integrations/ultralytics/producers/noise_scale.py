"""How noisy the gradient is, told by the batches that are accumulated to one step: how large a batch would not be wasted.

Source: McCandlish et al. 2018, "An Empirical Model of Large-Batch Training", appendix A.1: from the gradients of a small and a large batch,
unbiased estimates of the true gradient's square and of the noise's variance; their ratio is the simple noise scale. Ours differs in that a step's
two estimates are divided by the mean of its two squares before they enter the means: gradients of a training's start, a hundred times as large as
later ones, would otherwise be all that the means know of for many epochs.
"""

import math
from collections.abc import Sequence
from typing import ClassVar, NamedTuple, cast

import torch

from yoloscope.integrations import tensors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, layers, scaling

PAIRS = 16
"""Steps of an epoch that are looked at, at most: a norm of all gradients each."""
STRIDE = 4
"""Of short epochs each 4th: a norm takes 1 to 2 % of a step of the smallest models on a processor."""
LEAST = 8
"""Steps before anything is logged: of one pair neither estimate need be positive."""
MEMORY = 0.97
"""Of both means, by pair: about two epochs' worth."""


class Pair(NamedTuple):
    """Norms of the sums of gradients over few images and over all of a step, on the device."""

    few: torch.Tensor
    few_images: int
    all: torch.Tensor
    all_images: int


class Means:
    """Exponential means of both estimates, each step's divided by how large its own gradients are."""

    def __init__(self) -> None:
        self._pairs = 0
        self._square = self._noise = 0.0

    def add(self, few: float, few_images: int, whole: float, whole_images: int) -> None:
        """Take the norms of the mean gradients of a few images and of all; what is not finite is left out."""
        if not (math.isfinite(few) and math.isfinite(whole)):
            return
        square = (whole_images * whole**2 - few_images * few**2) / (whole_images - few_images)
        noise = (few**2 - whole**2) / (1 / few_images - 1 / whole_images)
        size = (few**2 + whole**2) / 2
        if size > 0:
            self._pairs += 1
            self._square += (1 - MEMORY) * (square / size - self._square)
            self._noise += (1 - MEMORY) * (noise / size - self._noise)

    @property
    def scale(self) -> float | None:
        """The noise scale in images; `None` of too few pairs, or where an estimate is not positive, as noise alone may make it."""
        if self._pairs < LEAST or self._square <= 0 or self._noise <= 0:
            return None
        return self._noise / self._square


class NoiseScale(contract.Producer):
    """Logs ``grad/noise_scale`` an epoch, in images, where several batches make one step (``nbs`` above ``batch``).

    The framework's loss is a sum over images, so that the gradient behind a step's first batch and that behind its last are compared by image. The
    latter's norm is the one that clipping returns. Steps of a warm-up, which are of fewer batches, are left out. One more norm of all gradients a
    step that is looked at, one transfer an epoch.
    """

    name: ClassVar[str] = "noise_scale"
    policy: ClassVar[contract.Needs] = "numbers"

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._every, self._nominal = STRIDE, 1
        self._steps = self._images = self._batches = self._few_images = 0
        self._few: torch.Tensor | None = None
        self._pairs: list[Pair] = []
        self._means = Means()

    def start(self, trainer: shapes.Trainer) -> None:
        """Look no further where every batch is a step."""
        self._nominal = shapes.attribute(trainer, "accumulate", 1)
        self.is_done = self._nominal <= 1

    def begin(self, trainer: shapes.Trainer) -> None:
        """Spread the looks over the epoch; what was accumulated before it is not known, so that its first step is left out if it has any."""
        self._every = max(STRIDE, len(trainer.train_loader) // self._nominal // PAIRS)
        self._forget()
        self._pairs = []
        self._batches = int(_is_accumulating(trainer))

    def batch(self, trainer: shapes.Trainer, batch: dict[str, object]) -> None:
        """Count the images of a batch, in all processes."""
        here = len(cast("torch.Tensor", batch["img"]))
        self._images += here * max(1, shapes.attribute(trainer, "world_size", 1))
        self._batches += 1

    def stepped(self, trainer: shapes.Trainer) -> None:
        """Keep the norm behind the last batch of a step."""
        del trainer
        norm = self.context.moment.norm
        if self._few is not None and isinstance(norm, torch.Tensor) and self._batches >= self._nominal:
            self._pairs.append(Pair(self._few, self._few_images, norm.detach().float(), self._images))
        self._steps += 1
        self._forget()

    def row(self, trainer: shapes.Trainer, numbers: dict[str, object]) -> None:
        """Take the norm behind the first batch of a step."""
        del numbers
        if self._batches != 1 or not self._images or self._few is not None or self._steps % self._every:
            return
        gradients = [one.grad for one in layers.trained(trainer).parameters() if one.grad is not None]
        if gradients:
            self._few, self._few_images = _unscaled_norm(gradients, trainer), self._images

    def epoch(self, trainer: shapes.Trainer) -> None:
        """Log what the steps of the epoch add to both means."""
        del trainer
        pairs, self._pairs = self._pairs, []
        if not pairs:
            return
        told = tensors.floats(torch.stack([norm for pair in pairs for norm in (pair.few, pair.all)]))
        for pair, few, whole in zip(pairs, told[::2], told[1::2], strict=True):
            self._means.add(few / pair.few_images, pair.few_images, whole / pair.all_images, pair.all_images)
        scale = self._means.scale
        if scale is not None:
            self.context.run.log({"grad/noise_scale": scale}, **self.context.place)

    def release(self) -> None:
        """Hold no gradient's norm of a step that is not done."""
        self._few = None

    def _forget(self) -> None:
        self._images = self._batches = self._few_images = 0
        self._few = None


def _is_accumulating(trainer: shapes.Trainer) -> bool:
    return any(one.grad is not None for one in layers.trained(trainer).parameters())


def _unscaled_norm(gradients: Sequence[torch.Tensor], trainer: shapes.Trainer) -> torch.Tensor:
    """Return the norm over all gradients as `unscale_` will leave them."""
    norm, scaler = tensors.norm(tensors.norms(gradients)), scaling.active(trainer)
    return norm if scaler is None else norm / scaler.scale(torch.ones_like(norm))
