"""How many objects of each size an epoch finds: small, medium and large as series, octaves of the side as a table.

Found is what a prediction of the right class took with an IoU of at least 0.5, at the confidence of `gathered`; sizes are those in the picture
that the model sees.
"""

from yoloscope.curves import box_sizes, detection, mistakes
from yoloscope.integrations.ultralytics.producers import gathered


class Sizes(gathered.Gathering):
    """Logs ``metrics/recall_small``, ``_medium``, ``_large`` where there are such objects, and the table ``sizes``."""

    name = "sizes"

    def show(self, compared: detection.Compared) -> None:
        """Log the recalls."""
        context, found = self.context, mistakes.found(compared)
        sizes = box_sizes.by_size(compared.true.xyxy, found)
        shares = zip(box_sizes.SIZES, sizes.objects.tolist(), sizes.recall.tolist(), strict=True)
        numbers = {f"metrics/recall_{size}": recall for size, objects, recall in shares if objects}
        if numbers:
            context.run.log(numbers, step=context.step, epoch=context.epoch)
        octaves = box_sizes.by_octave(compared.true.xyxy, found)
        columns = {
            "from_px": octaves.low_px,
            "to_px": octaves.high_px,
            "objects": octaves.objects,
            "found": octaves.found,
            "recall": octaves.recall,
        }
        context.run.log_table("sizes", columns, step=context.step, epoch=context.epoch)
