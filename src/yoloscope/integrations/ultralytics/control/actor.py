"""The actor over one trainer (`sdk.acting.Actor`): what each verb means to Ultralytics. It does not keep the trainer alive."""

import weakref
from typing import Protocol, cast

from yoloscope import errors
from yoloscope.integrations.ultralytics.control import (
    abilities,
    ending,
    live,
    mosaic,
    rates,
    repeating,
    returning,
    saving,
    settings,
    validating,
)
from yoloscope.integrations.ultralytics.control import gains as loss_gains
from yoloscope.sdk import acting
from yoloscope.spool import inbox

_LATE = frozenset({"note", "save"})
"""What may be done to a training that is about to end."""
_CHANGING = frozenset({"set", "close_mosaic", "rollback", "stop", "pause"})


class Record(Protocol):
    """What is told of an act beyond its outcome."""

    def validated(self, numbers: dict[str, float], spot: acting.Spot) -> None:
        """Log what a validation off the schedule found."""
        ...

    def plans(self, trainer: live.Trainer) -> None:
        """Tell how long the training is to last, and where its mosaics close."""
        ...

    def ends(self, reason: str) -> None:
        """Take note of why the training is going to end."""
        ...


class Actor:
    """Acts on one trainer; of rank 0 it also writes files and tells the `record`."""

    def __init__(self, trainer: live.Trainer, *, record: Record | None) -> None:
        self._trainer = weakref.ref(trainer)
        self._record = record
        self._abilities = abilities.of(trainer)
        self._began_with_mosaic = mosaic.last_epochs(trainer) > 0
        self._began_with_epochs = trainer.epochs
        self._closing: int | None = None
        self._moved = False
        self._changed_behind: int | None = None
        self._gains = loss_gains.offered(trainer)
        self._decaying = rates.decaying(trainer.optimizer.param_groups)
        self._repeating = repeating.Repeating()

    def abilities(self) -> acting.Abilities:
        """Return what can be done."""
        return self._abilities

    def place_of(self, order: inbox.Order) -> acting.Place:
        """Return ``epoch`` for what ends a training, but for a stop where the loop looks at it behind each batch."""
        if order.verb == "stop" and order.args.get("how") == "evaluate":
            return "batch" if live.loop_of(self._live()).stops_in_epoch else "epoch"
        return "epoch" if order.verb in ("stop", "pause") else "batch"

    def check(self, order: inbox.Order, spot: acting.Spot) -> None:
        """Return if it can be carried out as a whole.

        Raises:
            CommandRefused: with the reason.
        """
        trainer = self._live()
        if trainer.stop and order.verb not in _LATE:
            raise errors.CommandRefused("the training is about to end", reason="not_running")
        self._check_ability(order)
        if order.verb == "set":
            settings.check(trainer, order.args, spot, self._known(trainer))
        elif order.verb == "close_mosaic":
            mosaic.check_next(trainer)
        elif order.verb == "validate":
            validating.check(trainer)
        elif order.verb == "rollback":
            returning.check(trainer)

    def act(self, order: inbox.Order, spot: acting.Spot) -> dict[str, object]:
        """Carry out what passed `check` and return what changed; what raises leaves all settings as they were.

        Raises:
            CommandRefused: if it cannot be after all.
        """
        trainer = self._live()
        if order.verb not in _CHANGING:
            return self._look(trainer, order, spot)
        before = settings.Before(trainer)
        try:
            result = self._change(trainer, order, spot)
        except BaseException:
            before.put_back(trainer)
            raise
        self._repeating.keep(before.changed(trainer))
        if spot.place == "epoch":
            self._changed_behind = trainer.epoch
        return result

    def begin_epoch(self, trainer: live.Trainer) -> None:
        """Do what the framework would miss of what was set, or has undone; nothing in a training whose settings are its own."""
        self._repeating.begin_epoch(trainer)
        if self._moved:
            mosaic.keep_word(trainer, began_with=self._began_with_mosaic)

    def end_epoch(self, trainer: live.Trainer) -> None:
        """End a loop that had fixed more epochs at its start than are planned by now."""
        if self._moved and not live.loop_of(trainer).can_grow and trainer.epoch + 1 >= trainer.epochs:
            trainer.stop = True

    def _live(self) -> live.Trainer:
        trainer = self._trainer()
        if trainer is None:
            raise errors.CommandRefused("the training is over", reason="not_running")
        return trainer

    def _known(self, trainer: live.Trainer) -> settings.Known:
        return settings.Known(
            self._gains, self._decaying, self._began_with_epochs, closes_next=self._closing == trainer.epoch + 1
        )

    def _check_ability(self, order: inbox.Order) -> None:
        words = [order.verb, *(f"set.{name}" for name in order.args if order.verb == "set")]
        for word in words:
            reason = self._abilities.cannot.get(word)
            if reason is not None:
                raise errors.CommandRefused(f"{word} cannot be done to this training", reason=reason)

    def _change(self, trainer: live.Trainer, order: inbox.Order, spot: acting.Spot) -> dict[str, object]:
        if order.verb == "set":
            result = settings.change(trainer, order.args, spot, self._known(trainer))
            if not {"epochs", "close_mosaic"}.isdisjoint(order.args):
                self._replanned(trainer)
            return result
        if order.verb == "close_mosaic":
            self._closing = trainer.epoch + 1
            closed = mosaic.close_next(trainer)
            self._replanned(trainer)
            return closed
        if order.verb == "rollback":
            factor = cast("float", order.args["lr_factor"])
            return returning.roll_back(trainer, factor, warms_up=rates.warms_up(trainer, spot.epoch))
        return self._end(trainer, order)

    def _replanned(self, trainer: live.Trainer) -> None:
        self._moved = True
        if self._record is not None:
            self._record.plans(trainer)

    def _end(self, trainer: live.Trainer, order: inbox.Order) -> dict[str, object]:
        if order.verb == "stop" and order.args.get("how") == "evaluate":
            return ending.evaluate(trainer)
        is_changed = self._changed_behind == trainer.epoch
        result = ending.keep(trainer, writes=self._record is not None, is_changed=is_changed)
        if self._record is not None:
            self._record.ends(ending.RESUMABLE)
        return result

    def _look(self, trainer: live.Trainer, order: inbox.Order, spot: acting.Spot) -> dict[str, object]:
        if self._record is None or order.verb == "note":
            return {}
        if order.verb == "save":
            return saving.save(trainer, step=spot.step or 0, epoch=spot.epoch)
        numbers = validating.validate(trainer)
        self._record.validated(numbers, spot)
        return validating.summary(numbers)
