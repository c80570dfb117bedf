"""Starts trainings again on this machine, as the server's list asks, each once its card is free: a part of `yoloscope agent --start`.

The list says which run; how it is started stands in the record that the training left here, behind `Trainer`. Before each start the server is asked once
more, so that nothing is started that was cancelled meanwhile; without its answer nothing is. On one card one training is started at a time: the next
begins to wait when the first lives, or has failed.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Protocol

from yoloscope import errors
from yoloscope.sidecar import client, starts
from yoloscope.sidecar.hardware import aside, election, port, resting
from yoloscope.wire import protocol

BEGINS_WITHIN_S = 600.0
"""How long a training that was started is waited for."""
OLD_S = 300.0
"""How often a server is asked again that knows nothing of starts."""
AGAIN_S = 5.0
"""How soon one is tried again of which the server could not be asked."""
STRANGE_S = 30.0
"""How long a training that this agent does not know is left to the agents of other users of the machine, which ask every 20 s, before that is told."""
_LOOK_S = 1.0

UNSEEN = "unseen"
"""Why a training waits of which nobody can say where it could go on: the cards have not answered."""

Standing = Literal["ready", "alive", "starting", "begun"]
"""ready: it has ended and can be started; alive: it still ends; starting: somebody starts it; begun: it lives again since this wish began to be carried out."""
REASONS = frozenset(
    [
        protocol.NO_RECORD,
        "elsewhere",
        "by_hand",
        "no_folder",
        "no_checkpoint",
        "damaged",
        "stripped",
        "no_card",
        "other_card",
        "alive",
        "done",
        "ended",
        "slow",
        "cannot",
    ]
)
"""Why a training was not started, as a server is told: it and `yoloscope agent` have a sentence for each. No path and no command line leave the machine."""


class Refused(NamedTuple):
    """Why a training cannot be started here, one of `REASONS`."""

    reason: str


class Place(NamedTuple):
    """Where a training goes on: the cards of which all must be free (none: the machine itself), and the one that it is told to use, if another than its own."""

    cards: frozenset[str]
    told: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """What must be free."""
        return self.cards or frozenset((resting.MACHINE,))


class Trainer(Protocol):
    """What this machine knows of its trainings. Called from several threads."""

    def standing(self, wish: starts.Wish) -> Standing | Refused:
        """Return how a training stands; quick."""
        ...

    def places(self, wish: starts.Wish, seen: Sequence[port.Card] | None) -> list[Place] | Refused | None:
        """Return where it can go on, any of which will do, as the machine has these cards; None if that cannot be said while they have not answered (None)."""
        ...

    def is_ours(self, wish: starts.Wish) -> bool:
        """Tell whether an agent of this machine began to carry the wish out."""
        ...

    def begin(self, wish: starts.Wish, place: Place) -> str:
        """Start it and wait until it lives: an empty word if it does, ``preparing``, or one of `REASONS`."""
        ...

    def forget(self, wish: starts.Wish) -> None:
        """Remember nothing of a wish that is done with."""
        ...


class News(NamedTuple):
    """What became of a wish. ``dropped`` is one that is asked for no more, ``later`` one of which the server could not be asked, ``waits`` one that would be begun but for the reason."""

    wish: starts.Wish
    state: Literal["started", "failed", "dropped", "later", "waits"]
    reason: str = ""


class _Found(NamedTuple):
    """Where a training can go on, and by which cards that was found; both are None while they have not answered."""

    cards: frozenset[str] | None
    places: list[Place] | Refused | None


class _Job(NamedTuple):
    wish: starts.Wish
    work: "aside.Aside[News]"
    keys: frozenset[str]


class Starter:
    """Carries out the list of one server. `tend` never waits; what may wait has threads of its own."""

    def __init__(
        self, desk: starts.Desk, trainer: Trainer, *, needs_s: float = resting.FREE_S, strange_s: float = STRANGE_S
    ) -> None:
        self._desk = desk
        self._trainer = trainer
        self._rest = resting.Rest(needs_s=needs_s)
        self._asking: aside.Aside[starts.Told | errors.ServerUnavailable] = aside.Aside(
            "the question what to start", self._ask
        )
        self._told = starts.Told("", ())
        self._due_s = 0.0
        self._failures = 0
        self._jobs: dict[str, _Job] = {}
        self._done: set[str] = set()
        self._not_before_s: dict[str, float] = {}
        self._found: dict[str, _Found] = {}
        self._held: set[str] = set()
        self._strange_s = strange_s
        self._met_s: dict[str, float] = {}
        self._ends = threading.Event()
        self.trouble = ""
        """Why the server cannot be asked; empty while it can."""

    def tend(self, now_s: float, look: election.Look | None, *, lives: Callable[[], bool]) -> list[News]:
        """Do what is due at `now_s` of a clock that never steps back; return what became of wishes since the last call."""
        self._hear(now_s)
        news = [found for job in self._jobs.values() if (found := _outcome(job)) is not None]
        for one in news:
            self._settle(one, now_s=now_s)
        if look is not None and self._rest.is_new(look):
            self._rest.see(look, lives=lives())
            news += self._begin_all(look.all_cards, now_s=now_s)
        return news

    def close(self) -> None:
        """Begin nothing more; a training that is being started goes on, and the next agent tells of it."""
        self._ends.set()
        self._asking.close()
        for job in self._jobs.values():
            job.work.close()

    def _ask(self) -> starts.Told | errors.ServerUnavailable:
        try:
            told = self._desk.ask(self._told.etag)
        except errors.ServerUnavailable as error:
            return error
        old = "the server knows nothing of starts; update it"
        return errors.ServerUnavailable(old, retry_after_s=OLD_S) if told is None else told

    def _hear(self, now_s: float) -> None:
        answer = self._asking.take()
        if isinstance(answer, starts.Told):
            self._failures, self._due_s, self.trouble = 0, now_s, ""
            self._keep(answer, now_s=now_s)
        elif answer is not None:
            self._failures += 1
            self.trouble = str(answer)
            self._due_s = now_s + client.backoff_s(self._failures, wish_s=answer.retry_after_s, connected=False)
        if now_s >= self._due_s and not self._ends.is_set():
            self._asking.ask()

    def _keep(self, told: starts.Told, *, now_s: float) -> None:
        self._told = told
        open_ones = {wish.id for wish in told.wishes}
        self._met_s = {key: self._met_s.get(key, now_s) for key in open_ones}
        self._done &= open_ones
        self._not_before_s = {key: at_s for key, at_s in self._not_before_s.items() if key in open_ones}
        self._found = {key: found for key, found in self._found.items() if key in open_ones}
        self._held &= open_ones

    def _settle(self, news: News, *, now_s: float) -> None:
        job = self._jobs.pop(news.wish.id)
        job.work.close()
        if news.state == "later":
            self._not_before_s[news.wish.id] = now_s + AGAIN_S
            return
        self._done.add(news.wish.id)
        self._trainer.forget(news.wish)
        if news.state != "dropped":
            self._rest.take(job.keys)

    def _begin_all(self, seen: Sequence[port.Card] | None, *, now_s: float) -> list[News]:
        """Begin whatever can be, of those that wait for one card the first; return which begin to wait for the cards to answer."""
        claimed: set[str] = set()
        held_before = frozenset(self._held)
        for wish in self._told.wishes:
            if wish.id in self._jobs or wish.id in self._done or now_s < self._not_before_s.get(wish.id, 0.0):
                continue
            standing = self._trainer.standing(wish)
            if isinstance(standing, Refused):
                if standing.reason == protocol.NO_RECORD and now_s < self._met_s[wish.id] + self._strange_s:
                    continue
                self._do(wish, frozenset(), lambda wish=wish, why=standing: self._refuse(wish, why.reason))
            elif standing in ("starting", "begun") and self._trainer.is_ours(wish):
                self._do(wish, frozenset(), lambda wish=wish: self._watch(wish))
            elif standing == "ready":
                claimed |= self._begin(wish, seen, claimed=claimed)
        return [News(wish, "waits", UNSEEN) for wish in self._told.wishes if wish.id in self._held - held_before]

    def _places(self, wish: starts.Wish, seen: Sequence[port.Card] | None) -> list[Place] | Refused | None:
        """Return where one can go on, found out anew when the machine has other cards: a driver may answer late. Cards that answered once are there while it does not."""
        cards = None if seen is None else frozenset(card.uuid for card in seen)
        found = self._found.get(wish.id)
        if found is None or (found.cards != cards and not (found.cards and cards is None)):
            found = self._found[wish.id] = _Found(cards, self._trainer.places(wish, seen))
        return found.places

    def _begin(self, wish: starts.Wish, seen: Sequence[port.Card] | None, *, claimed: set[str]) -> frozenset[str]:
        """Begin one that has ended if a place for it is free; return what those behind it may not take."""
        places = self._places(wish, seen)
        if places is None:
            self._held.add(wish.id)
            return frozenset()
        self._held.discard(wish.id)
        if isinstance(places, Refused):
            self._do(wish, frozenset(), lambda: self._refuse(wish, places.reason))
            return frozenset()
        starting = {key for job in self._jobs.values() for key in job.keys}
        for place in places:
            is_free = wish.now or (self._rest.is_rested(place.keys) and not place.keys & claimed)
            if is_free and not place.keys & starting:
                self._do(wish, place.keys, lambda place=place: self._start(wish, place))
                break
        return frozenset(key for place in places for key in place.keys)

    def _do(self, wish: starts.Wish, keys: frozenset[str], work: Callable[[], News]) -> None:
        job = _Job(wish, aside.Aside(f"the start of {wish.run}", work), keys)
        self._jobs[wish.id] = job
        job.work.ask()

    def _start(self, wish: starts.Wish, place: Place) -> News:
        try:
            if not self._desk.say(wish, "starting"):
                return News(wish, "dropped")
        except errors.ServerUnavailable:
            return News(wish, "later")
        if self._ends.is_set():
            return News(wish, "later")
        reason = self._trainer.begin(wish, place)
        if not reason:
            return self._tell(wish, "started")
        if reason in ("preparing", "starting", "alive"):
            return self._watch(wish)
        return self._refuse(wish, reason)

    def _watch(self, wish: starts.Wish) -> News:
        """Wait for what was started and tell of it."""
        until_s = time.monotonic() + BEGINS_WITHIN_S
        standing = self._trainer.standing(wish)
        while standing == "starting" and time.monotonic() < until_s:
            if self._ends.wait(_LOOK_S):
                return News(wish, "later")
            standing = self._trainer.standing(wish)
        if standing == "begun":
            return self._tell(wish, "started")
        return self._refuse(wish, {"starting": "slow", "alive": "alive"}.get(str(standing), "ended"))

    def _refuse(self, wish: starts.Wish, reason: str) -> News:
        return self._tell(wish, "failed", reason if reason in REASONS else "cannot")

    def _tell(self, wish: starts.Wish, state: Literal["started", "failed"], reason: str = "") -> News:
        """Say what became of a wish until the server hears it."""
        failures = 0
        while True:
            try:
                is_noted = self._desk.say(wish, state, reason)
                is_heard = (
                    is_noted or reason != protocol.NO_RECORD
                )  # else another agent may know it, or the server not yet who is there
                return News(wish, state, reason) if is_heard else News(wish, "later")
            except errors.ServerUnavailable as error:
                failures += 1
                rest_s = client.backoff_s(failures, wish_s=error.retry_after_s, connected=False)
            if self._ends.wait(rest_s):
                return News(wish, "later")


def _outcome(job: _Job) -> News | None:
    """Return what became of a job; None while it runs. One that failed, which is logged, is tried again."""
    found = job.work.take()
    return News(job.wish, "later") if found is None and job.work.busy_s() is None else found
