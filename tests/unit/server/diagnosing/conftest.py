"""Stores with a run whose loss becomes NaN, and what follows it."""

import threading
from collections.abc import Callable, Generator
from typing import NamedTuple

import msgspec
import numpy as np
import pytest

from yoloscope.query import table
from yoloscope.records import ids, row
from yoloscope.server.diagnosing import desk, feed, past, peers, talk
from yoloscope.store import open as store_opening
from yoloscope.store import ports

PROJECT, RUN = ids.ProjectName("signs"), ids.RunId("r1")
BEGAN_NS = 1_700_000_000_000_000_000
SECOND_NS = 10**9
PER_EPOCH = 4


def ref(run: str = "r1", **changes: object) -> row.RunRef:
    return msgspec.structs.replace(row.RunRef(ids.RunId(run), PROJECT, name=run, created_ns=BEGAN_NS), **changes)


def attempt(index: int = 0, **changes: object) -> row.AttemptRef:
    return msgspec.structs.replace(row.AttemptRef(index=index, wall_ns=BEGAN_NS, mono_ns=0), **changes)


def batches_of(losses: list[float], *, first: int = 0, name: str = "train/box_loss") -> row.Matrix:
    """Return a batch for each loss, a second apart, four to an epoch, with the sum of a second component that is 1."""
    step = np.arange(first, first + len(losses), dtype="<i8")
    wall_ns = BEGAN_NS + SECOND_NS * (step + 1)
    return row.Matrix(
        names=(name, "train/cls_loss"),
        step=step.tobytes(),
        epoch=((step + 1) / PER_EPOCH).astype("<f8").tobytes(),
        wall_ns=wall_ns.astype("<i8").tobytes(),
        mono_ns=wall_ns.astype("<i8").tobytes(),
        values=np.stack([np.array(losses), np.ones(len(losses))], axis=1).astype("<f8").tobytes(),
    )


class Desk(NamedTuple):
    """Stores, and what judges their runs; time goes by as `clock` says."""

    catalog: ports.Catalog
    series: ports.SeriesStore
    process: talk.Process
    feed: feed.Feed
    past: past.Past
    hints: list[str]
    clock: list[float]

    def begin(self, run: row.RunRef | None = None, *, index: int = 0, writer: str = "a" * 32, **of: object) -> int:
        """Open an attempt of a run and return its number."""
        told = run or ref()
        self.catalog.open_run(told)
        return self.catalog.open_attempt(told.id, ids.WriterId(writer), attempt(index, **of))

    def log(self, matrix: row.Matrix, *, run: ids.RunId = RUN, number: int = 1, writer: str = "a" * 32) -> None:
        """Store rows behind those of a writer."""
        lane = ports.LaneRows(run, number, ids.WriterId(writer), 0, None, (matrix,))
        self.series.append(PROJECT, [lane]).result()

    def end(self, state: row.EndState = "finished", *, run: ids.RunId = RUN, after_s: int = 1_000) -> None:
        self.catalog.apply(run, [row.Ended(state, BEGAN_NS + after_s * SECOND_NS)])

    def rounds(self, count: int = 3, *, each_s: float = 4.0) -> None:
        """Let some rounds go by."""
        for _ in range(count):
            self.feed.round()
            self.clock[0] += each_s

    def found(self, run: ids.RunId = RUN) -> list[tuple[str, str]]:
        """Return the findings of a run that are about its losses, and how each stands."""
        told = [one.finding for one in self.catalog.findings.of_run(run)]
        return [(one.rule, one.status) for one in told if one.rule.startswith("N")]


@pytest.fixture
def judging(stores: store_opening.Stores) -> Generator[Callable[[], Desk], None, None]:
    """Make desks over the same stores, as servers one after the other are; their processes end with the test."""
    processes: list[talk.Process] = []

    def make() -> Desk:
        hints: list[str] = []
        clock = [1_000.0]
        process = talk.Process()
        processes.append(process)
        runs = table.Table(stores.series, stores.catalog)
        given = desk.Stores(
            stores.series,
            stores.catalog,
            peers_of=peers.Peers(stores.series, stores.catalog, runs),
            hint=lambda run, _: hints.append(run),
            clock_ns=lambda: BEGAN_NS + 50 * SECOND_NS,
        )
        waiting: list[ids.RunId] = []
        following = feed.Feed(given, process, pass_on=waiting.append, clock_s=lambda: clock[0])
        back = past.Past(given, process, is_live=following.holds, clock_s=lambda: clock[0])
        following._pass_on = back.add
        return Desk(stores.catalog, stores.series, process, following, back, hints, clock)

    yield make
    for process in processes:
        process.close()
        process.leave()
    assert not [one for one in threading.enumerate() if one.name.startswith("judges")]


@pytest.fixture
def desk_of(judging: Callable[[], Desk]) -> Desk:
    return judging()
