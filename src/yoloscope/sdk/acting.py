"""What an integration offers so that commands can act on its training: the contract between `sdk.control` and an integration.

`control.Control` looks into the inbox at every safe point, keeps the order, holds the training while it is paused and tells what was done. It knows
no framework: an `Actor` does what a verb means there.
"""

from typing import Literal, NamedTuple, Protocol

import msgspec

from yoloscope.records import command
from yoloscope.spool import inbox

Place = Literal["batch", "epoch"]
"""A safe point: behind a complete batch (the optimizer has stepped), or between two epochs."""
Setting = str


class Spot(NamedTuple):
    """Where the training stands at a safe point: the last complete batch's global step, and the epoch as a fraction."""

    place: Place
    step: int | None
    epoch: float | None


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What can be done to this training, told as ``settings.control`` of the run, so that a page offers nothing else.

    ``cannot`` gives the reason (`records.command.Reason`) for each verb, or setting as ``set.<name>``, that people would look for. ``ranks`` is how
    many processes must agree.
    """

    verbs: tuple[command.Verb, ...]
    settings: tuple[Setting, ...] = ()
    cannot: dict[str, command.Reason] = {}
    ranks: int = 1
    version: int = 1


class Actor(Protocol):
    """One training that can be acted upon. Called on its own thread at safe points alone."""

    def abilities(self) -> Abilities:
        """Return what can be done; asked once, when the training begins."""
        ...

    def place_of(self, order: inbox.Order) -> Place:
        """Return at which kind of safe point a command has to act."""
        ...

    def check(self, order: inbox.Order, spot: Spot) -> None:
        """Return if the command can be carried out as a whole, before any of it is.

        Raises:
            CommandRefused: with the reason.
        """
        ...

    def act(self, order: inbox.Order, spot: Spot) -> dict[str, object]:
        """Carry out a command that passed `check` and return what really changed: ``{"lr": {"from": 0.01, "to": 0.003}}``.

        ``pause`` without release and ``resume`` never come here (`control` holds the loop itself). A stop asks the loop to end and returns.

        Raises:
            CommandRefused: if it cannot be after all; whatever it changed is undone.
        """
        ...
