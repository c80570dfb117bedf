"""What a validation predicted and what was true, gathered batch by batch once for all producers that ask.

The first producer that asks for a batch pays for reading it. Of a validation of more than `IMAGES_MOST` images an evenly spread part is
gathered. In a distributed validation each process sees its own part, and rank 0 gathers its own alone. The run's section ``settings`` says
under ``validation_views`` how many images of how many were looked at, and above which confidence a prediction counts.
"""

import weakref
from collections.abc import Mapping, Sized
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import confusions, detection
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, reading

IMAGES_MOST = 5_000
"""Beyond it a matrix's shares no longer change by what can be seen: 1/sqrt(5000) is 1.4 %."""
_FRAMEWORK_LEAST = (0.001, 0.01)
"""The confidences at which the framework validates unless told otherwise: so low that a curve is whole, too low for counting."""


class Seen(NamedTuple):
    """One batch: the numbers of its images that are gathered ``(n,)``, which place in the batch each has, and their boxes."""

    images: NDArray[np.int64]
    places: NDArray[np.int64]
    predicted: detection.Boxes
    true: detection.Boxes


class Gathered:
    """The boxes of the validation that is under way, or was the last."""

    def __init__(self) -> None:
        self.confidence = confusions.CONFIDENCE
        self.images = 0
        self._of_images = 0
        self._here = 0
        self._parts: list[Seen] = []
        self._at = -1
        self._met = 0
        self._compared: detection.Compared | None = None
        self._told: dict[str, object] = {}

    def begin(self, validator: object) -> None:
        """Forget what was gathered; every producer that gathers calls this, before the first batch."""
        self.confidence = confidence(validator)
        self.images, self._met, self._at = 0, 0, -1
        self._of_images = _length(validator, "dataloader.dataset")
        self._here = images_here(validator)
        self._parts, self._compared = [], None

    def see(self, validator: object, batch: Mapping[str, object], preds: object) -> Seen:
        """Return a batch's boxes, reading them if no other producer has."""
        number = shapes.attribute(validator, "batch_i", 0)
        if number == self._at and self._parts:
            return self._parts[-1]
        first, count = self._met, reading.count(preds)
        self._at, self._met = number, first + count
        if shapes.attribute(validator, "args.task", "detect") == "classify":
            both = reading.answered(preds, batch, first=first)
        else:
            predicted = reading.predicted(preds, first=first, above=self.confidence)
            both = predicted, reading.true(batch, first=first)
        seen = self._thinned(np.arange(first, first + count), *both)
        self.images += len(seen.images)
        self._parts.append(seen)
        return seen

    def compared(self) -> detection.Compared:
        """Return all boxes in order, with what overlaps what; computed once."""
        if self._compared is None:
            parts, self._parts = self._parts, []
            predicted, true = [part.predicted for part in parts], [part.true for part in parts]
            self._compared = detection.compare(detection.joined(predicted), detection.joined(true))
        return self._compared

    def tell(self, context: contract.Context) -> None:
        """Say in the run's settings what a reader must know to judge the numbers, whenever that is something new."""
        facts: dict[str, object] = {
            "images": self.images,
            "of_images": max(self._of_images, self._met),
            "confidence": self.confidence,
        }
        if facts != self._told:
            self._told = facts
            context.run.update("settings", {"validation_views": facts})

    def _thinned(self, images: NDArray[np.int64], predicted: detection.Boxes, true: detection.Boxes) -> Seen:
        """Keep of a batch the images that belong to the evenly spread ones."""
        if self._here <= IMAGES_MOST or not len(images):
            return Seen(images, np.arange(len(images)), predicted, true)
        kept, first = is_spread(images, of=self._here, most=IMAGES_MOST), images[0]
        return Seen(
            images[kept],
            images[kept] - first,
            predicted.taken(kept[predicted.images - first]),
            true.taken(kept[true.images - first]),
        )


class Gathering(contract.Producer):
    """Base of the producers that look at the boxes of a whole validation."""

    tasks = frozenset(("detect", "segment", "pose"))

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self.gathered = of(context)

    def val_start(self, trainer: shapes.Trainer, validator: object) -> None:
        """Begin to gather."""
        del trainer
        self.gathered.begin(validator)

    def val_batch(self, trainer: shapes.Trainer, validator: object, batch: dict[str, object], preds: object) -> None:
        """Gather a batch."""
        del trainer
        self.gathered.see(validator, batch, preds)

    def val_end(self, trainer: shapes.Trainer, validator: object) -> None:
        """Show what follows from all boxes."""
        del trainer, validator
        self.gathered.tell(self.context)
        self.show(self.gathered.compared())

    def show(self, compared: detection.Compared) -> None:
        """Log what follows from the boxes of the validation."""


def is_spread(images: NDArray[np.int64], *, of: int, most: int) -> NDArray[np.bool_]:
    """Tell which image numbers are among `most` evenly spread ones of so many."""
    return images * most // of != (images - 1) * most // of


def confidence(validator: object) -> float:
    """Return above which confidence a prediction counts: what the user validates with, else 0.25."""
    told = shapes.attribute(validator, "args.conf", 0.0)
    return told if told > 0 and told not in _FRAMEWORK_LEAST else confusions.CONFIDENCE


def images_here(validator: object) -> int:
    """Return how many images this process validates, 0 if that is not known."""
    return _length(validator, "dataloader.sampler") or _length(validator, "dataloader.dataset")


def _length(owner: object, path: str) -> int:
    found: object = shapes.attribute(owner, path, None)
    return len(cast("Sized", found)) if hasattr(found, "__len__") else 0


def of(context: contract.Context) -> Gathered:
    """Return what the producers of one training share."""
    found = _shared.get(context)
    if found is None:
        found = _shared[context] = Gathered()
    return found


_shared: "weakref.WeakKeyDictionary[contract.Context, Gathered]" = weakref.WeakKeyDictionary()
