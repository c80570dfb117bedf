"""What a rank above 0 of a distributed training does with commands: what rank 0 has planned (`sdk.agreement`), at the step that it named."""

import time
from collections.abc import Callable

import msgspec

from yoloscope import errors
from yoloscope.sdk import acting, agreement, control, guard, holding
from yoloscope.sdk.agreement import Answer, Plan
from yoloscope.spool import inbox


class Follower:
    """A rank above 0: does what the plan says, at the step that it names. It tells rank 0 alone, never the server."""

    def __init__(
        self,
        files: agreement.Files,
        rank: int,
        actor: acting.Actor,
        *,
        hold: holding.Hold,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._files = files
        self._file = str(files.plan)
        self._rank = rank
        self._actor = actor
        self._hold = hold
        self._sleep = sleep
        self._positions = agreement.Positions()
        self._seen: tuple[int, int, int] | None = None
        self._plan: Plan | None = None
        self._is_busy = False

    def poll(self, spot: acting.Spot) -> None:
        """Do what is due at a safe point, as `control.Control.poll`."""
        if self._is_busy:
            return
        self._positions.pass_by(spot)
        if control.change_of(self._file) == self._seen and self._plan is None:
            return
        self._is_busy = True
        try:
            with guard.attempt("control"):
                self._look(spot)
                self._hold.keep(lambda: self._look(spot))
        finally:
            self._is_busy = False

    def _look(self, spot: acting.Spot) -> None:
        plan = self._newest()
        if plan is None:
            return
        if plan.stage == "proposed":
            self._answer_once(plan, spot)
        elif plan.stage == "named":
            self._come(plan, spot)
        else:
            self._plan = None

    def _newest(self) -> Plan | None:
        seen = control.change_of(self._file)
        if seen != self._seen:
            self._seen, self._plan = seen, self._files.told()
        return self._plan

    def _answer_once(self, plan: Plan, spot: acting.Spot) -> None:
        self._plan = None  # until it is replaced
        place: acting.Place = "batch" if self._hold.is_on else plan.place
        self._files.answer(self._rank, self._checked(plan, spot) or self._said(plan, "ready", place))

    def _come(self, plan: Plan, spot: acting.Spot) -> None:
        here = self._positions.at(plan.place)
        if here < plan.at or (here == plan.at and not (self._hold.is_on or spot.place == plan.place)):
            return
        self._plan = None
        if here > plan.at:
            self._files.answer(self._rank, self._said(plan, "passed", plan.place))
            return
        refusal = self._checked(plan, spot)
        self._files.answer(self._rank, refusal or self._said(plan, "arrived", plan.place))
        if refusal is None and self._waits_for(plan):
            self._act(plan, spot)

    def _waits_for(self, plan: Plan) -> bool:
        """Wait at the step; True if all act, False if they do not. Rank 0 may come late: what it does in between may take minutes."""
        until_s = time.monotonic() + holding.RANKS_MOST_S
        while time.monotonic() < until_s:
            seen = control.change_of(self._file)
            if seen != self._seen:
                newest = self._newest()
                if newest is None or newest.number != plan.number or newest.stage != "named":
                    is_go = newest is not None and (newest.number, newest.stage) == (plan.number, "go")
                    self._plan = None if is_go else newest
                    return is_go
            self._sleep(agreement.LOOK_S)
        self._files.answer(self._rank, self._said(plan, "passed", plan.place))
        return False

    def _act(self, plan: Plan, spot: acting.Spot) -> None:
        order = plan.order
        trial = guard.attempt("command")
        refusal = ""
        try:
            with trial:
                try:
                    self._carry_out(order, spot)
                except errors.CommandRefused as error:
                    refusal = str(error)
        finally:
            fault = type(trial.error).__name__ if trial.error is not None else refusal
            answer = self._said(plan, "failed" if fault else "done", plan.place)
            self._files.answer(self._rank, msgspec.structs.replace(answer, detail=fault))

    def _carry_out(self, order: inbox.Order, spot: acting.Spot) -> None:
        if control.holds(order):
            self._hold.begin()
        elif order.verb == "resume":
            self._hold.end()
        else:
            self._actor.act(order, spot)
            if control.ends_hold(order):
                self._hold.end()

    def _checked(self, plan: Plan, spot: acting.Spot) -> Answer | None:
        """Return why this rank cannot, None if it can."""
        order = plan.order
        if control.holds(order) or order.verb == "resume":
            return None
        trial = guard.attempt("command")
        with trial:
            try:
                self._actor.check(order, spot)
            except errors.CommandRefused as refusal:
                return Answer(plan.number, "refused", reason=refusal.reason, detail=str(refusal))
        if trial.error is not None:
            return Answer(plan.number, "refused", reason="failed", detail=type(trial.error).__name__)
        return None

    def _said(self, plan: Plan, said: agreement.Said, place: acting.Place) -> Answer:
        return Answer(plan.number, said, self._positions.at(place))
