"""Where the head's input is strong in the validation images that `predictions` shows, as small grey pictures."""

from typing import ClassVar, cast

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, features, gathered, pictures, predictions, reading


class HeatMaps(contract.Producer):
    """Logs ``heat_maps/0`` to ``heat_maps/7``, of the pictures ``predictions/0`` to ``predictions/7``."""

    name: ClassVar[str] = "heat_maps"
    policy: ClassVar[contract.Needs] = "media"
    every: ClassVar[int] = 10

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._inputs = features.HeadInputs()
        self._wanted: dict[int, int] = {}
        self._met = 0

    def val_start(self, trainer: shapes.Trainer, validator: object) -> None:
        """Listen before the head."""
        self._wanted = {
            number: order for order, number in enumerate(predictions.spread(gathered.images_here(validator)))
        }
        self._met = 0
        self._inputs.listen(trainer)

    def val_batch(self, trainer: shapes.Trainer, validator: object, batch: dict[str, object], preds: object) -> None:
        """Log the maps of the wanted images of the batch."""
        del trainer, validator, preds
        maps = self._inputs.take()
        height, width = cast("reading.Tensor", batch["img"]).shape[2:]
        count = len(cast("reading.Tensor", batch["img"]))
        for number in range(self._met, self._met + count):
            order, place = self._wanted.get(number), number - self._met
            if order is None or not maps:
                continue
            heat = energy([one[place] for one in maps])
            left, top, right, bottom = pictures.window(batch, place=place, width=width, height=height)
            rows, columns = heat.shape[0] / height, heat.shape[1] / width
            cut = heat[
                int(top * rows) : max(int(top * rows) + 1, round(bottom * rows)),
                int(left * columns) : max(int(left * columns) + 1, round(right * columns)),
            ]
            self.context.run.log_image(f"heat_maps/{order}", np.ascontiguousarray(cut), **self.context.place)
        self._met += count

    def release(self) -> None:
        """Listen no longer."""
        self._inputs.remove()


def energy(maps: list[torch.Tensor]) -> npt.NDArray[np.uint8]:
    """Return ``(height, width)`` of the finest of some maps ``(channels, height, width)``, from 0 to 255.

    Of each level the root of the mean square over channels, by its own greatest value; then the mean over levels.
    """
    height, width = maps[0].shape[1:]
    levels: list[torch.Tensor] = []
    for one in maps:
        strength = one.float().square().mean(0).sqrt()
        strength = strength / strength.max().clamp(min=1e-12)
        levels.append(functional.interpolate(strength[None, None], (height, width), mode="bilinear")[0, 0])
    mean = torch.nan_to_num(torch.stack(levels).mean(0))
    return cast("npt.NDArray[np.uint8]", (mean * 255).round().byte().cpu().numpy())
