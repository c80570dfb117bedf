"""Whatever order rows arrive in, and whatever process or store fails in between, a run comes to what judging all of it at once comes to."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pytest
from tests.unit.diagnose.test_replay import recorded
from tests.unit.server.diagnosing.conftest import BEGAN_NS, PROJECT, RUN, SECOND_NS, attempt, ref

from yoloscope import errors
from yoloscope.query import table
from yoloscope.records import ids, logged, row
from yoloscope.server.diagnosing import desk, feed, main, messages, past, peers, talk
from yoloscope.store import open as store_opening
from yoloscope.store import ports

pytestmark = pytest.mark.slow  # a second each
WRITER = ids.WriterId("a" * 32)


class Inside:
    """The process that judges, in this one; it is lost now and then."""

    def __init__(self, is_lost: Callable[[], bool]) -> None:
        self.starts = 0
        self._is_lost = is_lost
        self._judge: main.Judge | None = None

    @property
    def is_there(self) -> bool:
        return self._judge is not None

    def asked(
        self, question: messages.Question, *, rows: Iterable[messages.Piece] = ()
    ) -> messages.Report | messages.Fault:
        if self._is_lost():
            self._judge = None
        if self._judge is None:
            if not isinstance(question, messages.Open):
                raise talk.EndedError("it is gone", was_asked=False)
            self._judge = main.Judge(lambda: ())
            self.starts += 1
        self._judge._read = lambda: iter(rows)
        return self._judge.answer(question)

    def leave(self) -> None:
        self._judge = None


class Coming:
    """A recorded run whose rows come in any order, and what judges it; a write to the catalogue fails now and then."""

    def __init__(self, stores: store_opening.Stores, case: str, chance: random.Random) -> None:
        self.stores, self.chance = stores, chance
        self.clock_s, self.is_rough = 1_000.0, True
        entries, _ = recorded(case)
        self.rows = [one for one in entries if isinstance(one, logged.Logged)]
        self._began = {one.attempt: one for one in entries if isinstance(one, logged.Begun)}
        self._numbers: dict[int, int] = {}
        runs = table.Table(stores.series, stores.catalog)
        self.given = desk.Stores(
            stores.series,
            stores.catalog,
            peers_of=peers.Peers(stores.series, stores.catalog, runs),
            hint=lambda *_: None,
            clock_ns=lambda: BEGAN_NS,
        )
        self._write, self.given.write = self.given.write, self._write_or_fail
        is_lost = lambda: self.is_rough and chance.random() < 0.15  # noqa: E731
        self.feed = feed.Feed(self.given, Inside(is_lost), pass_on=self._pass_on, clock_s=lambda: self.clock_s)
        self.past = past.Past(self.given, Inside(bool), is_live=self.feed.holds, clock_s=lambda: self.clock_s)
        stores.catalog.open_run(ref())

    def _pass_on(self, run: ids.RunId) -> None:
        self.past.add(run)

    def _write_or_fail(self, info: ports.RunInfo, said: messages.Report | messages.Fault) -> None:
        if self.is_rough and self.chance.random() < 0.1:
            raise errors.StoreError("the catalogue is busy")
        self._write(info, said)

    def come(self, some: Sequence[logged.Logged]) -> None:
        for one in some:
            if one.attempt not in self._numbers:
                self._numbers[one.attempt] = self._begin(self._began[one.attempt])
            lane = ports.LaneRows(RUN, self._numbers[one.attempt], WRITER, 0, None, (matrix(one),))
            self.stores.series.append(PROJECT, [lane]).result()

    def _begin(self, one: logged.Begun) -> int:
        told = attempt(one.attempt, wall_ns=one.wall_ns, start_epoch=one.start_epoch, start_step=one.start_step)
        number = self.stores.catalog.open_attempt(RUN, WRITER, told)
        self.stores.series.tell_attempts(PROJECT, RUN, [one.start for one in self.stores.catalog.run(RUN).attempts])
        return number

    def end(self) -> None:
        ended_ns = max(one.wall_ns for one in self.rows) + SECOND_NS
        self.stores.catalog.apply(RUN, [row.Ended("finished", ended_ns)])

    def rounds(self, count: int, *, each_s: float) -> None:
        for _ in range(count):
            self.feed.round()
            self.clock_s += each_s

    def settle(self) -> None:
        """Let everything succeed from now on, and all that waits be judged."""
        self.is_rough = False
        self.rounds(20, each_s=7.0)
        self.clock_s += past.AGAIN_MOST_S
        while self.past.round() is not None:
            pass

    def stands(self) -> tuple[object, ...]:
        diagnosis = self.stores.catalog.findings.diagnosis(RUN)
        found = [one.finding for one in self.stores.catalog.findings.of_run(RUN)]
        assert diagnosis is not None
        return diagnosis.answer, {one.rule: (one.status, one.opened) for one in found}


def matrix(one: logged.Logged) -> row.Matrix:
    wall_ns = np.array([one.wall_ns], "<i8").tobytes()
    return row.Matrix(
        names=tuple(one.values),
        step=np.array([row.NO_STEP if one.step is None else one.step], "<i8").tobytes(),
        epoch=np.array([np.nan if one.epoch is None else one.epoch], "<f8").tobytes(),
        wall_ns=wall_ns,
        mono_ns=wall_ns,
        values=np.array(list(one.values.values()), "<f8").tobytes(),
    )


def parts(rows: Sequence[logged.Logged], chance: random.Random) -> Iterator[Sequence[logged.Logged]]:
    lag = chance.choice([0, 60, 10_000])
    order = [one for _, one in sorted(enumerate(rows), key=lambda one: one[0] + chance.uniform(0, lag))]
    at = 0
    while at < len(order):
        size = chance.choice([1, 20, 100])
        yield order[at : at + size]
        at += size


@pytest.mark.parametrize("seed", range(12))
def test_a_run_comes_to_the_same_findings_however_it_arrives_and_whatever_fails(
    stores: store_opening.Stores, seed: int
) -> None:
    chance = random.Random(seed)
    coming = Coming(stores, chance.choice(["lr_high", "resume_kill", "nan_batch"]), chance)
    ends_after = chance.uniform(0.2, 1.0) * len(coming.rows)
    came, has_ended = 0, False
    for some in parts(coming.rows, chance):
        coming.come(some)
        came += len(some)
        if came >= ends_after and not has_ended:
            coming.end()
            has_ended = True
        coming.rounds(chance.choice([0, 1, 3]), each_s=chance.choice([1.0, 4.0, 7.0, 40.0]))
        coming.past.round()

    coming.settle()

    arrived = coming.stands()
    desk.judged_whole(Inside(bool), coming.given, stores.catalog.run(RUN))
    assert coming.stands() == arrived
