"""The validation images that went worst and best, by `curves.image_scores`, with labels and predictions as data."""

import heapq
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yoloscope.curves import detection, image_scores
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, gathered, pictures

EACH = 4


class Extremes(gathered.Gathering):
    """Logs ``extremes/worst/0`` to ``3``, the worst first, ``extremes/best/0`` to ``3``, and their scores as a table ``extremes``.

    A classifier's image scores the probability of its answer, below 0 where the answer is wrong. An image on which nothing is and nothing was
    found has no score. Of equal ones the earlier is taken.
    """

    name = "extremes"
    policy = "media"
    tasks = frozenset(("detect", "segment", "pose", "classify"))

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._worst, self._best = Ranking(), Ranking()
        self._classifies = False

    @classmethod
    def spacing(cls, epochs: int) -> int:
        """Return how many epochs lie between two looks."""
        return pictures.every(epochs)

    def val_start(self, trainer: shapes.Trainer, validator: object) -> None:
        """Begin two new rankings."""
        super().val_start(trainer, validator)
        self._worst, self._best = Ranking(), Ranking()
        self._classifies = shapes.attribute(trainer, "args.task", "detect") == "classify"

    def val_batch(self, trainer: shapes.Trainer, validator: object, batch: dict[str, object], preds: object) -> None:
        """Rank the images of the batch; the pictures of those that lead so far are kept."""
        del trainer
        seen = self.gathered.see(validator, batch, preds)
        scores = self._scores(seen)
        for ranking, keys in ((self._worst, -scores), (self._best, scores)):
            for at in ranking.leading(keys):
                ranking.enter(float(keys[at]), int(seen.images[at]), self._picture(batch, preds, seen=seen, at=at))

    def val_end(self, trainer: shapes.Trainer, validator: object) -> None:
        """Hand the leaders over."""
        super().val_end(trainer, validator)
        context, rows = self.context, list[tuple[int, int, float]]()
        for title, ranking, sign in (("worst", self._worst, -1.0), ("best", self._best, 1.0)):
            for rank, entry in enumerate(ranking.in_order()):
                name = f"extremes/{title}/{rank}"
                picture = entry.picture
                context.run.log_image(name, picture.pixels, picture.boxes, step=context.step, epoch=context.epoch)
                rows.append((int(sign), rank, sign * entry.key))
        self._worst, self._best = Ranking(), Ranking()
        if rows:
            columns: dict[str, object] = dict(zip(("side", "rank", "score"), zip(*rows, strict=True), strict=True))
            context.run.log_table("extremes", columns, step=context.step, epoch=context.epoch)

    def _scores(self, seen: gathered.Seen) -> NDArray[np.float64]:
        if self._classifies:
            chances = seen.predicted.scores.astype(np.float64)
            return np.where(seen.predicted.classes == seen.true.classes, chances, -chances)
        return image_scores.of_boxes(detection.compare(seen.predicted, seen.true), images=seen.images)

    def _picture(self, batch: Mapping[str, object], preds: object, *, seen: gathered.Seen, at: int) -> pictures.Picture:
        place, above = int(seen.places[at]), self.gathered.confidence
        return pictures.taken(batch, preds, seen=seen, place=place, above=above)


class Entry(NamedTuple):
    """An image in a ranking: what it is ranked by, more is better; the earlier of two before the later."""

    key: float
    earlier: int
    picture: pictures.Picture


class Ranking:
    """The `EACH` entries with the highest keys."""

    def __init__(self) -> None:
        self._heap: list[Entry] = []

    def leading(self, keys: NDArray[np.float64]) -> list[int]:
        """Return which of these would enter, best first, NaN never; at most `EACH`."""
        order = np.argsort(-keys, kind="stable")[:EACH]  # NaN comes last
        least = self._heap[0].key if len(self._heap) == EACH else -np.inf
        return [int(at) for at in order if keys[at] > least]

    def enter(self, key: float, number: int, picture: pictures.Picture) -> None:
        """Add an image, and drop the last one if there are too many."""
        heapq.heappush(self._heap, Entry(key, -number, picture))
        if len(self._heap) > EACH:
            heapq.heappop(self._heap)

    def in_order(self) -> list[Entry]:
        """Return the entries, the highest key first."""
        return sorted(self._heap, key=lambda entry: entry[:2], reverse=True)
