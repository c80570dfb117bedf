"""How the ranks of a distributed training act at the same step: by files beside the one where they meet (`sdk.job`), on one machine.

    <job>-plan.job     rank 0: what is to be done and how far that is: proposed → named → go, or dropped
    <job>-<rank>.job   each other rank: what it says to it: ready → arrived → done; refused, passed, failed

Rank 0 proposes; the others see it at their own safe points and say that they could, and where they are; rank 0 names a step ahead of all; there
each says that it has arrived and waits, and rank 0 says go when all have. One that is past that step already says so, and a later one is named. So all act
at the same step or none does. To wait at a safe point costs nothing of note: the next collective waits for the slowest rank anyway.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from yoloscope import errors
from yoloscope.sdk import acting, control, job
from yoloscope.spool import inbox

PATIENCE_S = 30.0
"""How long rank 0 waits for what the others say, and at the step for their arrival."""
POLLS_LEAST = 3
"""Safe points of its own that rank 0 waits as well: while it validates for minutes the others wait in a collective, and see nothing."""
TRIES_MOST = 4
AHEAD = 2
"""Steps ahead that are named at first: ranks that average their gradients are never further apart. It doubles with each try."""
DONE_S = 5.0
"""How long rank 0 waits to hear how the others fared; they act within the same milliseconds."""
LOOK_S = 0.002

Stage = Literal["proposed", "named", "go", "dropped"]
Said = Literal["ready", "refused", "passed", "arrived", "done", "failed"]


class Plan(msgspec.Struct, frozen=True):
    """What rank 0 wants done. ``at`` is a global step, or how many epochs' ends were passed; ``number`` is never the same twice."""

    number: int
    stage: Stage
    order: inbox.Order
    place: acting.Place
    at: int = -1


class Answer(msgspec.Struct, frozen=True):
    """What another rank says to the plan of a number, and where it stood."""

    number: int
    said: Said
    position: int = 0
    reason: str = ""
    detail: str = ""


_Told = TypeVar("_Told", Plan, Answer)


class Files:
    """Where the ranks of one run write to each other."""

    def __init__(self, meeting: job.Meeting) -> None:
        self._meeting = meeting
        self.plan = meeting.beside("plan")

    def tell(self, plan: Plan) -> None:
        """Replace the plan.

        Raises:
            OSError: if it cannot be written.
        """
        _save(self.plan, plan)

    def told(self) -> Plan | None:
        """Return the plan, None if there is none that can be read."""
        return _load(self.plan, Plan)

    def answer(self, rank: int, answer: Answer) -> None:
        """Replace what a rank says.

        Raises:
            OSError: if it cannot be written.
        """
        _save(self._meeting.beside(str(rank)), answer)

    def answered(self, rank: int, *, number: int) -> Answer | None:
        """Return what a rank says to the plan of a number."""
        found = _load(self._meeting.beside(str(rank)), Answer)
        return found if found is not None and found.number == number else None


class Positions:
    """Where a rank is: its global step, counted where none is told, and how many epochs' ends it has passed."""

    def __init__(self) -> None:
        self._at: dict[acting.Place, int] = {"batch": 0, "epoch": 0}

    def pass_by(self, spot: acting.Spot) -> None:
        """Count a safe point."""
        counted = self._at[spot.place] + 1
        self._at[spot.place] = spot.step if spot.place == "batch" and spot.step is not None else counted

    def at(self, place: acting.Place) -> int:
        """Return the position for what acts at a kind of safe point."""
        return self._at[place]


class Leader:
    """Rank 0: has the ranks 1 to `ranks` - 1 agree (`control.Ranks`)."""

    def __init__(
        self,
        files: Files,
        *,
        ranks: int,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._files = files
        self._others = range(1, ranks)
        self._now_s = now_s
        self._sleep = sleep
        self._positions = Positions()
        self._plan: Plan | None = None
        self._tries = 0
        self._since_s = 0.0
        self._polls = 0

    def pass_by(self, spot: acting.Spot) -> None:
        """Take note that this rank is at a safe point."""
        self._positions.pass_by(spot)

    def agree(self, order: inbox.Order, stand: control.Stand, check: Callable[[], None]) -> bool:
        """Return True when all ranks act now; only at the step that was named it waits.

        Raises:
            CommandRefused: ``ranks_disagree``, or the reason of the rank that cannot.
        """
        try:
            return self._agree(order, stand, check)
        except BaseException:
            self.drop(order)
            raise

    def drop(self, order: inbox.Order) -> None:
        """Have nobody wait for an order any longer; on a full disk the plan goes, which says the same."""
        plan = self._plan
        if plan is not None and plan.order.id == order.id:
            self._plan = None
            try:
                self._files.tell(msgspec.structs.replace(plan, stage="dropped"))
            except OSError:
                self._files.plan.unlink(missing_ok=True)

    def faults(self) -> str:
        """Return what went wrong on other ranks with what was just done; a rank that says nothing within 5 s is not waited for."""
        plan, self._plan = self._plan, None
        if plan is None or plan.stage != "go":
            return ""
        until_s = self._now_s() + DONE_S
        while True:
            answers = self._answers(plan.number)
            failed = [f"rank {rank}: {one.detail}" for rank, one in answers.items() if one.said == "failed"]
            is_over = all(one.said in ("done", "failed") for one in answers.values()) and len(answers) == len(
                self._others
            )
            if failed or is_over or self._now_s() > until_s:
                return ", ".join(failed)
            self._sleep(LOOK_S)

    def _agree(self, order: inbox.Order, stand: control.Stand, check: Callable[[], None]) -> bool:
        plan = self._plan
        if plan is None or plan.order.id != order.id:
            check()
            self._tries = 0
            self._propose(order, stand.place)
            return False
        self._polls += 1
        answers = self._answers(plan.number)
        if plan.stage == "proposed":
            if len(answers) < len(self._others):
                self._check_patience()
                return False
            plan = self._name(plan, stand, answers)
        return self._meet(plan, stand, check)

    def _propose(self, order: inbox.Order, place: acting.Place) -> None:
        self._tries += 1
        self._since_s, self._polls = self._now_s(), 0
        self._tell(Plan(time.time_ns(), "proposed", order, place))

    def _name(self, plan: Plan, stand: control.Stand, answers: dict[int, Answer]) -> Plan:
        place: acting.Place = "batch" if stand.is_held else plan.place
        newest = max(self._positions.at(place), *(answer.position for answer in answers.values()))
        ahead = AHEAD << (self._tries - 1) if place == "batch" else 1
        named = msgspec.structs.replace(plan, stage="named", place=place, at=newest + (0 if stand.is_held else ahead))
        self._tell(named)
        return named

    def _meet(self, plan: Plan, stand: control.Stand, check: Callable[[], None]) -> bool:
        here = self._positions.at(plan.place)
        if here > plan.at:
            self._try_again(plan)
            return False
        if here < plan.at or not (stand.is_held or stand.spot.place == plan.place):
            return False
        check()
        until_s = self._now_s() + PATIENCE_S
        while self._now_s() <= until_s:
            answers = self._answers(plan.number)
            if any(one.said == "passed" for one in answers.values()):
                self._try_again(plan)
                return False
            if sum(one.said == "arrived" for one in answers.values()) == len(self._others):
                self._tell(msgspec.structs.replace(plan, stage="go"))
                return True
            self._sleep(LOOK_S)
        raise _disagreement("not all ranks came to the step")

    def _try_again(self, plan: Plan) -> None:
        if self._tries >= TRIES_MOST:
            raise _disagreement("the ranks are too far apart")
        self._propose(plan.order, plan.place)

    def _check_patience(self) -> None:
        if self._now_s() - self._since_s > PATIENCE_S and self._polls >= POLLS_LEAST:
            raise _disagreement(f"not all ranks have answered within {PATIENCE_S:.0f} s")

    def _answers(self, number: int) -> dict[int, Answer]:
        found: dict[int, Answer] = {}
        for rank in self._others:
            answer = self._files.answered(rank, number=number)
            if answer is None:
                continue
            if answer.said == "refused":
                raise errors.CommandRefused(f"rank {rank}: {answer.detail}", reason=answer.reason)
            found[rank] = answer
        return found

    def _tell(self, plan: Plan) -> None:
        self._plan = plan
        self._files.tell(plan)


class Apart:
    """Rank 0 of a training over several machines, whose files may be seen late: nothing is agreed upon."""

    def pass_by(self, spot: acting.Spot) -> None:
        """Take no note."""

    def agree(self, order: inbox.Order, stand: control.Stand, check: Callable[[], None]) -> bool:
        """Say no.

        Raises:
            CommandRefused: ``several_machines``.
        """
        del order, stand, check
        raise errors.CommandRefused("the ranks run on several machines", reason="several_machines")

    def drop(self, order: inbox.Order) -> None:
        """Nobody waits."""

    def faults(self) -> str:
        """Nothing went wrong."""
        return ""


def _disagreement(message: str) -> errors.CommandRefused:
    return errors.CommandRefused(message, reason="ranks_disagree")


def _save(path: Path, value: Plan | Answer) -> None:
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_bytes(msgspec.json.encode(value))
    fresh.replace(path)


def _load(path: Path, kind: type[_Told]) -> _Told | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
