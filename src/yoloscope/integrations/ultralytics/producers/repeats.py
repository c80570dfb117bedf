"""Whether augmentation changes anything: the same few images as they come in one epoch and in the next."""

from collections.abc import Sequence
from typing import ClassVar, cast

import torch

from yoloscope.integrations import tensors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract

IMAGES = 8
LEAST = 4
"""Of them that must have come again: in a distributed training others' come to other processes."""
EACH = 4
"""Rows and columns of which one is compared: a share of a sixteenth tells two augmentations apart as well as all of it."""
SAME = 1 / 255
"""Mean difference of brightness from 0 to 1 below which two are the same: one step of eight bits."""


class Repeats(contract.Producer):
    """Logs ``inputs/repeat_share``: which share of up to 8 images came as it had come the time before, augmented and all.

    The images are the first 8 that the training is fed. They are known by the names of their files, which stay in this process. Compared where
    they are: one transfer an epoch.
    """

    name: ClassVar[str] = "repeats"
    policy: ClassVar[contract.Needs] = "numbers"
    tasks: ClassVar[frozenset[str]] = frozenset(("detect", "segment", "pose", "obb"))

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._before: dict[str, torch.Tensor] = {}
        self._now: dict[str, torch.Tensor] = {}

    def begin(self, trainer: shapes.Trainer) -> None:
        """Forget an epoch that is trained again."""
        del trainer
        self._now = {}

    def batch(self, trainer: shapes.Trainer, batch: dict[str, object]) -> None:
        """Keep those of the images that the batch holds."""
        del trainer
        names, images = cast("Sequence[str]", batch.get("im_file") or ()), cast("torch.Tensor", batch["img"])
        for place, name in enumerate(names):
            if name in self._before or (not self._before and len(self._now) < IMAGES):
                self._now.setdefault(name, images[place, :, ::EACH, ::EACH].detach().clone())

    def epoch(self, trainer: shapes.Trainer) -> None:
        """Compare them with the time before."""
        del trainer
        now, self._now = self._now, {}
        found = [_difference(self._before[name], image) for name, image in now.items() if name in self._before]
        self._before |= now
        if len(found) >= LEAST:
            told = tensors.floats(torch.stack(found))
            share = sum(one < SAME for one in told) / len(told)
            self.context.run.log({"inputs/repeat_share": share}, **self.context.place)

    def end(self, trainer: shapes.Trainer) -> None:
        """Let the images go."""
        del trainer
        self._before, self._now = {}, {}


def _difference(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return the mean absolute difference; one of another size differs altogether."""
    if one.shape != other.shape:
        return torch.ones((), device=other.device)
    return (one.float() - other.float()).abs().mean()
