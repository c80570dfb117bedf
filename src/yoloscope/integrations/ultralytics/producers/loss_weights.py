"""By what each loss component is multiplied, as it stands in every epoch, and at once where somebody changes it."""

import re
from typing import ClassVar, cast

from yoloscope.integrations.ultralytics import shapes, values
from yoloscope.integrations.ultralytics.producers import contract, layers

_COMPONENT = re.compile(r"[^/]*/?(.+?)_loss\Z")
_CALLED = {"seg": "box", "l1": "dfl"}
"""Components that are weighted by the gain of another one."""
_BRANCHES = {"o2m": "one_to_many", "o2o": "one_to_one"}
"""Of models that train two heads and shift from one to the other."""


class LossWeights(contract.Producer):
    """Logs ``loss_weight/<component>``: the gains of the criterion's settings, and the shares of a criterion with two branches."""

    name: ClassVar[str] = "loss_weights"
    policy: ClassVar[contract.Needs] = "numbers"

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._told: dict[str, float] = {}
        self._components: tuple[str, ...] = ()

    def begin(self, trainer: shapes.Trainer) -> None:
        """Have the next optimizer step tell them: before the first one neither components nor criterion are known."""
        del trainer
        self._told = {}

    def stepped(self, trainer: shapes.Trainer) -> None:
        """Log them if they are others than those told last in this epoch."""
        self._components = self._components or components(trainer)
        found = weights(trainer, self._components)
        if found and found != self._told:
            self._told = found
            self.context.run.log(found, **self.context.place)


def components(trainer: shapes.Trainer) -> tuple[str, ...]:
    """Return what the loss is made of, such as ``box``; asked once, because the framework reads all values to say so."""
    matches = ((name, _COMPONENT.match(name)) for name in values.loss_names(trainer))
    return tuple(match[1] if match else name.rpartition("/")[2] for name, match in matches)


def weights(trainer: shapes.Trainer, of: tuple[str, ...]) -> dict[str, float]:
    """Return the weight of each component that has one, by series name."""
    criterion: object = shapes.attribute(layers.trained(trainer), "criterion", None)
    given: object = shapes.attribute(criterion, "hyp", None) or trainer.args
    found: dict[str, float] = {}
    for component in of:
        gain = _number(given, _CALLED.get(component, component))
        if gain is not None:
            found[f"loss_weight/{component}"] = gain
    for attribute, branch in _BRANCHES.items():
        share = _number(criterion, attribute)
        if share is not None:
            found[f"loss_weight/{branch}"] = share
    return found


def _number(owner: object, name: str) -> float | None:
    found = cast("object", getattr(owner, name, None))
    return float(found) if isinstance(found, int | float) else None
