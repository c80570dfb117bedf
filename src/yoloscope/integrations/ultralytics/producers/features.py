"""What enters a model's head while it validates: the feature maps, finest first, of the batch that was just predicted."""

from collections.abc import Sequence
from typing import cast

import torch

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import histograms, layers


class HeadInputs:
    """Listens before the last layer of a model."""

    def __init__(self) -> None:
        self._hooks = histograms.Hooks()
        self._maps: list[torch.Tensor] = []

    def listen(self, trainer: shapes.Trainer) -> None:
        """Begin with the model that the coming validation runs."""
        self.remove()
        model = layers.validated(trainer)
        chain = layers.chain(model) if model is not None else ()
        if chain:
            self._hooks.listen_before(chain[-1], self._take)

    def take(self) -> list[torch.Tensor]:
        """Return the maps of the last batch, each ``(images, channels, height, width)``, and keep them no longer."""
        taken, self._maps = self._maps, []
        return taken

    def remove(self) -> None:
        """Listen no longer."""
        self._hooks.remove()
        self._maps = []

    def _take(self, given: object) -> None:
        first = cast("Sequence[object]", given)[0]
        maps = cast("Sequence[object]", first) if isinstance(first, list | tuple) else [first]
        found = [one for one in maps if isinstance(one, torch.Tensor) and one.dim() == 4]
        self._maps = sorted((one.detach() for one in found), key=lambda one: -one.shape[3])
