"""An epoch that the framework trains again: what commands set of the optimizer's groups stays set.

After a loss that is not finite Ultralytics puts the optimizer of ``last.pt`` back, whose groups are from before the commands that came since: the weight decay and the rates that a
warm-up leads to. After a lack of memory it makes the decay anew, for a smaller batch. The schedule and the arguments, where all else is set, outlast both.
"""

from collections.abc import Mapping

from yoloscope.integrations.ultralytics.control import live

Place = tuple[int, str]
"""A group, by its index, and the name of a setting of it."""


class Repeating:
    """What commands changed of one trainer's groups, and which epoch was begun last. What a user's own callbacks make of the same until an epoch begins counts as well."""

    def __init__(self) -> None:
        self._values: dict[Place, object] = {}
        self._begun: int | None = None

    def keep(self, changed: Mapping[Place, object]) -> None:
        """Keep what a command has made of settings."""
        self._values.update(changed)

    def begin_epoch(self, trainer: live.Trainer) -> None:
        """Put the settings back if the epoch began before."""
        groups = trainer.optimizer.param_groups
        if trainer.epoch != self._begun:
            self._begun = trainer.epoch
            self._values = {(index, name): groups[index].get(name) for index, name in self._values}
        for (index, name), value in self._values.items():
            groups[index][name] = value
