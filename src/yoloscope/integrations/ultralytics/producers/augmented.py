"""Which augmentation is in effect in which epoch, read from the pipeline that feeds it."""

from typing import ClassVar

from yoloscope.integrations.ultralytics import augmentation, shapes
from yoloscope.integrations.ultralytics.producers import contract


class Augmentation(contract.Producer):
    """Logs ``augmentation/<name>``, the probability of each transform; what has left the pipeline is 0."""

    name: ClassVar[str] = "augmentation"
    policy: ClassVar[contract.Needs] = "numbers"

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._known: set[str] = set()

    def begin(self, trainer: shapes.Trainer) -> None:
        """Log what the epoch's pictures go through; mosaics that end with this epoch have ended by now."""
        found = augmentation.in_effect(augmentation.pipeline(trainer))
        self._known |= set(found)
        told = {f"augmentation/{name}": found.get(name, 0.0) for name in sorted(self._known)}
        if told:
            self.context.run.log(told, **self.context.place)
