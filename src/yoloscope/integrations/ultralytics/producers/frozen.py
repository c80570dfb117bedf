"""Which parameters are not trained, at the start and whenever that changes."""

from typing import ClassVar

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, layers


class Frozen(contract.Producer):
    """Logs ``frozen/parameters`` every epoch, and tells the settings which groups and layers they are in."""

    name: ClassVar[str] = "frozen"
    policy: ClassVar[contract.Needs] = "numbers"

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._told: dict[str, object] | None = None

    def begin(self, trainer: shapes.Trainer) -> None:
        """Log how many there are; a pass over the parameters' flags."""
        found = frozen(trainer)
        self.context.run.log({"frozen/parameters": found["parameters"]}, **self.context.place)
        if found != self._told:
            self._told = found
            self.context.run.update("settings", {"frozen": found})


def frozen(trainer: shapes.Trainer) -> dict[str, object]:
    """Return ``parameters``, how many are not trained, of how many (``of``), and how many by group and by the layer's number."""
    by_group: dict[str, int] = {}
    by_layer: dict[str, int] = {}
    total = 0
    for group, parameters in layers.groups(layers.trained(trainer)).items():
        for name, parameter in parameters:
            total += parameter.numel()
            if not parameter.requires_grad:
                by_group[group] = by_group.get(group, 0) + parameter.numel()
                layer = next((word for word in name.split(".") if word.isdecimal()), name.partition(".")[0])
                by_layer[layer] = by_layer.get(layer, 0) + parameter.numel()
    return {"parameters": sum(by_group.values()), "of": total, "groups": by_group, "layers": by_layer}
