"""Lets a training do what is asked of it: looks into the inbox at every safe point, keeps the order, holds the loop, tells what was done.

Used by `sdk.controlled` and the integrations, on the training's own thread; what a verb means there is the actor's (`sdk.acting`).

The order. Commands act in the order in which they were asked. One that acts only between two epochs waits for that, and those behind it wait as
well; pause, resume, stop and note alone act at once, since people who press them want them now. While a training is paused, `set` and `save` act
too; a stop ends the pause, and so does a pause that releases. An id acts once: it counts as settled before anything of it is done.

Clocks. A deadline is the wall clock's: where that jumps ahead a command expires early, where it jumps back it waits longer. Nothing else depends on it.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from yoloscope import errors
from yoloscope.records import command, ids, row
from yoloscope.sdk import acting, guard, holding, plain
from yoloscope.spool import inbox, latest

AT_ONCE: frozenset[command.Verb] = frozenset({"pause", "resume", "stop", "note"})
IN_HOLD: frozenset[command.Verb] = frozenset({*AT_ONCE, "set", "save"})
UNTOLD_MOST = 1_000
"""Outcomes kept for a disk that is full now."""
Tell = Callable[[row.Acted], bool]


class Ranks(Protocol):
    """The other processes of a distributed training, who must act at the same step (`sdk.agreement`)."""

    def pass_by(self, spot: acting.Spot) -> None:
        """Take note that this rank is at a safe point."""
        ...

    def agree(self, order: inbox.Order, stand: "Stand", check: Callable[[], None]) -> bool:
        """Return True when all ranks do it now, at this step; False while that is being agreed upon.

        Raises:
            CommandRefused: if they do not agree, or `check` says no.
        """
        ...

    def drop(self, order: inbox.Order) -> None:
        """Have nobody wait for it any longer."""
        ...

    def faults(self) -> str:
        """Return what went wrong on other ranks with what was just done, empty if nothing did."""
        ...


class Stand(NamedTuple):
    """Where an order has to act, and where the training is."""

    place: acting.Place
    spot: acting.Spot
    is_held: bool


class _Outcome(NamedTuple):
    state: command.Settled
    result: dict[str, object]


def _refused(reason: command.Reason | str, detail: str) -> _Outcome:
    return _Outcome("refused", {"reason": reason, "detail": detail})


_FOREIGN = _refused("not_for_this_run", "the inbox is another training's")


class Control:
    """Acts upon one training. `tell` stores an outcome, False if it could not; `settled` and `untold` (outcomes that could not be stored yet) are shared with an earlier one.

    Not safe between threads; a call from within an actor does nothing.
    """

    def __init__(  # noqa: PLR0913  # all but the first three by name, and rarely
        self,
        run: ids.RunId,
        directory: Path,
        actor: acting.Actor,
        *,
        tell: Tell,
        hold: holding.Hold | None = None,
        ranks: Ranks | None = None,
        settled: set[str] | None = None,
        untold: list[row.Acted] | None = None,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.settled: set[str] = set() if settled is None else settled
        self._run, self._writer = run, directory.name
        self._directory = directory
        self._file = str(inbox.path(directory))
        self._actor = actor
        self._say = tell
        self._hold = hold or holding.Hold()
        self._ranks = ranks
        self._wall_ns = wall_ns
        self._seen: tuple[int, int, int] | None = None
        self._pending: list[inbox.Order] = []
        self._begun: set[str] = set()
        self.untold: list[row.Acted] = [] if untold is None else untold
        self._is_busy = False

    def poll(self, spot: acting.Spot) -> None:
        """Do what is due at a safe point; blocks while the training is paused. Costs one `os.stat` where nothing is."""
        if self._ranks is not None and not self._is_busy:
            self._ranks.pass_by(spot)
        seen = change_of(self._file)
        if (seen == self._seen and not self._pending and not self.untold) or self._is_busy:
            return
        self._is_busy = True
        try:
            with guard.attempt("control"):
                self._look(spot)
                if self._hold.keep(lambda: self._look(spot)):
                    self._tell_of_own_end(spot)
        finally:
            self._is_busy = False

    def _look(self, spot: acting.Spot) -> None:
        seen = change_of(self._file)
        if seen != self._seen:
            self._seen = seen  # before it is read: what cannot be read is not tried again until it is replaced
            self._read()
        while self.untold and self._say(self.untold[0]):
            self.untold.pop(0)
        self._expire(spot)
        while (order := self._next(spot)) is not None and self._settle(order, spot):
            pass

    def _read(self) -> None:
        """Take what the file asks of this writer; where it cannot be read what was known before stands."""
        try:
            box = inbox.load(self._directory)
        except (errors.SpoolError, OSError) as error:
            if self._seen is not None:
                guard.note("inbox", f"{error}; the training goes on, and what is asked of it may wait.")
            return
        asked: dict[str, inbox.Order] = {}
        for order in box.orders:
            asked.setdefault(order.id, order)
        is_ours = (box.run, box.writer) == (self._run, self._writer)
        before, self._pending = self._pending, []
        for order in sorted(asked.values(), key=lambda one: one.order):
            if order.id not in self.settled:
                self._take(_checked(order) if is_ours else _FOREIGN, order)
        self._let_go([one for one in before if one.id not in asked and one.id not in self.settled])

    def _let_go(self, gone: Sequence[inbox.Order]) -> None:
        """Forget orders that are listed no more, for which no rank may go on waiting. One that ended a hold already is carried out: the loop goes on for it alone."""
        for order in gone:
            if order.id in self._begun:
                self._pending.append(order)
            elif self._ranks is not None:
                self._ranks.drop(order)
        self._pending.sort(key=lambda one: one.order)

    def _take(self, found: "inbox.Order | _Outcome", order: inbox.Order) -> None:
        if isinstance(found, _Outcome):
            self._tell(order, found, acting.Spot("batch", None, None))
        else:
            self._pending.append(found)

    def _expire(self, spot: acting.Spot) -> None:
        now_ns = self._wall_ns()
        for order in [one for one in self._pending if one.until_ns < now_ns and one.id not in self._begun]:
            if self._ranks is not None:
                self._ranks.drop(order)
            self._tell(order, _Outcome("expired", {}), spot)

    def _next(self, spot: acting.Spot) -> inbox.Order | None:
        """Return the first order that may act here; where ranks must agree and none may, the one that they can prepare for."""
        waits: inbox.Order | None = None
        for order in self._pending:
            if waits is not None and order.verb not in AT_ONCE:
                continue
            if self._may_act(order, spot):
                return order
            waits = waits or order
        return waits if self._ranks is not None and not self._hold.is_on else None

    def _may_act(self, order: inbox.Order, spot: acting.Spot) -> bool:
        is_here = spot.place == "epoch" or self._place(order) == "batch"
        if not self._hold.is_on:
            return is_here
        if is_here or (self._ranks is not None and ends_hold(order)):
            return order.verb in IN_HOLD
        if ends_hold(order):  # it acts at the end of the epoch, which has to be reached
            self._begun.add(order.id)
            self._hold.end()
        return False

    def _place(self, order: inbox.Order) -> acting.Place:
        if order.verb in ("resume", "note") or holds(order):
            return "batch"
        with guard.attempt("place"):
            return self._actor.place_of(order)
        return "batch"

    def _settle(self, order: inbox.Order, spot: acting.Spot) -> bool:
        """Carry an order out and tell what came of it; False if the ranks are not yet agreed."""
        outcome: _Outcome | None = _refused("failed", "interrupted")
        trial = guard.attempt("command")
        try:
            with trial:
                outcome = self._outcome(order, spot)
        finally:
            if trial.error is not None:
                outcome = _refused("failed", type(trial.error).__name__)
            if outcome is not None:
                self._tell(order, outcome, spot)
        return outcome is not None

    def _outcome(self, order: inbox.Order, spot: acting.Spot) -> _Outcome | None:
        try:
            if not self._is_agreed(order, spot):
                return None
            self.settled.add(order.id)
            result = plain.section(self._act(order, spot))
        except errors.CommandRefused as refusal:
            return _refused(refusal.reason, str(refusal))
        elsewhere = self._ranks.faults() if self._ranks is not None else ""
        if elsewhere:
            return _Outcome("refused", {**result, "reason": "failed", "detail": elsewhere})
        return _Outcome("applied", result)

    def _is_agreed(self, order: inbox.Order, spot: acting.Spot) -> bool:
        if self._ranks is None or order.verb == "note":
            self._check(order, spot)
            return True
        stand = Stand(self._place(order), spot, self._hold.is_on)
        return self._ranks.agree(order, stand, lambda: self._check(order, spot))

    def _check(self, order: inbox.Order, spot: acting.Spot) -> None:
        if holds(order):
            if self._hold.is_on:
                raise errors.CommandRefused("the training is paused already", reason="already_paused")
        elif order.verb == "resume":
            if not self._hold.is_on:
                raise errors.CommandRefused("the training is not paused", reason="not_paused")
        else:
            self._actor.check(order, spot)

    def _act(self, order: inbox.Order, spot: acting.Spot) -> dict[str, object]:
        if holds(order):
            self._hold.begin()
            return {}
        if order.verb == "resume":
            self._hold.end()
            return {}
        result = self._actor.act(order, spot)
        if ends_hold(order):
            self._hold.end()
        return result

    def _tell_of_own_end(self, spot: acting.Spot) -> None:
        """Tell that a hold ended with nobody asking: else the run would pass for paused."""
        own = inbox.Order(f"{command.OWN_PREFIX}{self._wall_ns()}", "resume", {}, 0, 0)
        self._tell(own, _Outcome("applied", {"by_itself": True}), spot)

    def _tell(self, order: inbox.Order, outcome: _Outcome, spot: acting.Spot) -> None:
        """Store what came of an order before anything else, above all before the loop is held; a full disk is tried again."""
        self.settled.add(order.id)
        self._pending = [one for one in self._pending if one.id != order.id]
        step, epoch = spot.step, spot.epoch
        if step is None and epoch is None:
            newest = latest.spot(self._directory)
            step, epoch = newest.step, newest.epoch
        acted = row.Acted(order.id, order.verb, outcome.state, self._wall_ns(), step, epoch, outcome.result)
        if (self.untold or not self._say(acted)) and len(self.untold) < UNTOLD_MOST:
            self.untold.append(acted)


def change_of(file: str) -> tuple[int, int, int] | None:
    """Return what differs whenever a file was replaced, None if there is none."""
    try:
        found = os.stat(file)  # noqa: PTH116  # a Path costs as much again, at every batch
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _checked(order: inbox.Order) -> inbox.Order | _Outcome:
    """Return the order with every default filled in, or why it is refused."""
    try:
        verb, args = command.checked(order.verb, order.args)
    except errors.InvalidRecord as wrong:
        return _refused("bad_value", str(wrong))
    return msgspec.structs.replace(order, verb=verb, args=args)


def holds(order: inbox.Order) -> bool:
    """Tell whether an order has the loop held."""
    return order.verb == "pause" and order.args.get("release") is not True


def ends_hold(order: inbox.Order) -> bool:
    """Tell whether a training that is held goes on to its end by it."""
    return order.verb == "stop" or (order.verb == "pause" and order.args.get("release") is True)
