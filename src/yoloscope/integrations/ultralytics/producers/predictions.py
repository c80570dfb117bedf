"""The same few validation images in every look, with labels and predictions as data: how a detector learns to see them."""

import numpy as np

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, gathered, pictures

IMAGES = 8


class Predictions(gathered.Gathering):
    """Logs ``predictions/0`` to ``predictions/7``, evenly spread over the validation set; each 5 or 10 epochs and in the last."""

    name = "predictions"
    policy = "media"
    tasks = frozenset(("detect", "segment", "pose", "classify"))

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._wanted: dict[int, int] = {}

    @classmethod
    def spacing(cls, epochs: int) -> int:
        """Return how many epochs lie between two looks."""
        return pictures.every(epochs)

    def val_start(self, trainer: shapes.Trainer, validator: object) -> None:
        """Choose the images."""
        super().val_start(trainer, validator)
        self._wanted = {number: order for order, number in enumerate(spread(gathered.images_here(validator)))}

    def val_batch(self, trainer: shapes.Trainer, validator: object, batch: dict[str, object], preds: object) -> None:
        """Hand over those that are in the batch."""
        del trainer
        seen, context = self.gathered.see(validator, batch, preds), self.context
        for number, place in zip(seen.images.tolist(), seen.places.tolist(), strict=True):
            if number in self._wanted:
                picture = pictures.taken(batch, preds, seen=seen, place=place, above=self.gathered.confidence)
                name = f"predictions/{self._wanted[number]}"
                context.run.log_image(name, picture.pixels, picture.boxes, step=context.step, epoch=context.epoch)


def spread(images: int) -> list[int]:
    """Return the numbers of `IMAGES` images in the middle of as many equal parts, of those that are gathered; fewer where there are fewer."""
    numbers = np.arange(images)
    if images > gathered.IMAGES_MOST:
        numbers = numbers[gathered.is_spread(numbers, of=images, most=gathered.IMAGES_MOST)]
    count = min(IMAGES, len(numbers))
    return [int(numbers[(2 * order + 1) * len(numbers) // (2 * count)]) for order in range(count)]
