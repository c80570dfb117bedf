"""Machines as the page shows them, against what brute force over every report says."""

import random

import msgspec
import pytest

from yoloscope import errors
from yoloscope.query import machines
from yoloscope.records import ids, machine, row
from yoloscope.store import ports_machines

S = 10**9
MINUTE = 60 * S
BUCKET = ports_machines.BUCKET_NS
START = 10**18 // BUCKET * BUCKET
GIB = 2**30


def card(uuid: str = "a", **changes: object) -> machine.Card:
    return machine.Card(**{"index": 0, "uuid": uuid, "name": "RTX", "vendor": "nvidia", "util_percent": 0.0} | changes)


def report(*cards: machine.Card, at_ns: int, **changes: object) -> machine.Report:
    plain = {"host": "h", "boot_id": "b", "wall_ns": at_ns, "interval_s": 10.0, "cpus": 8, "cards": cards}
    return machine.Report(**plain | changes)


def judged(stores, *looks: tuple[float, machine.Card]) -> tuple[str, float, float]:
    """Return state, seconds from the start to `since`, and seconds idle, after looks each so many minutes after the start."""
    for at, seen in looks:
        now_ns = START + round(at * MINUTE)
        stores.catalog.machines.hear(report(seen, at_ns=now_ns), now_ns=now_ns)
    ((found,),) = [one.cards for one in machines.Machines(stores.catalog).rows(now_ns=now_ns)]
    since_s = (_ns(found.since) - START) / S
    return found.state, since_s, found.idle_s


def _ns(iso: str) -> int:
    import datetime as dt  # noqa: PLC0415 - for this alone

    return round(dt.datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp() * 1000) * 10**6


HELD = card(processes=(machine.CardProcess(7),))
BUSY = card(util_percent=60.0, processes=(machine.CardProcess(7),))


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        (((0, card()),), ("idle", 0, 0)),
        (((0, card()), (5, card())), ("idle", 0, 300)),
        (((0, card()), (5, BUSY), (6, BUSY)), ("busy", 300, 0)),
        (((0, BUSY), (1, card()), (180, card())), ("idle", 0, 10_800)),
        (((0, BUSY), (1, HELD), (9, HELD)), ("busy", 0, 0)),
        (((0, BUSY), (1, HELD), (10, HELD)), ("reserved", 0, 600)),
        (((0, HELD), (9, HELD), (12, HELD)), ("reserved", 0, 720)),
        (((0, HELD), (12, HELD), (13, BUSY)), ("busy", 0, 0)),
        (((0, card(util_percent=None, processes=HELD.processes)), (90, card(util_percent=None, processes=HELD.processes))), ("busy", 0, 0)),
        (((0, card(memory_bytes=9 * GIB, memory_total_bytes=24 * GIB)), (11, card(memory_bytes=9 * GIB, memory_total_bytes=24 * GIB))), ("reserved", 0, 660)),
        (((0, card(memory_bytes=GIB, memory_total_bytes=24 * GIB)), (11, card(memory_bytes=GIB, memory_total_bytes=24 * GIB))), ("idle", 0, 660)),
    ],
)  # fmt: skip
def test_states_and_since_when(stores, looks, expected) -> None:
    assert judged(stores, *looks) == expected


def test_a_silent_machine_is_told_as_it_was_when_it_was_heard_last(stores) -> None:
    store = stores.catalog.machines
    store.hear(report(card(), at_ns=START), now_ns=START)
    store.hear(report(card(), at_ns=START + 10 * S), now_ns=START + 10 * S)
    (found,) = machines.Machines(stores.catalog).rows(now_ns=START + 10 * S + 61 * S)
    assert (found.online, found.cards[0].state, found.cards[0].idle_s) == (False, "idle", 10.0)


@pytest.mark.slow
def test_use_of_day_and_week_is_as_by_brute_force_while_time_goes_on(stores) -> None:
    draw = random.Random(8)
    shown = machines.Machines(stores.catalog)
    looks: list[tuple[int, bool]] = []
    now_ns = START
    for _ in range(700):
        now_ns += draw.choice([2, 10, 30, 200]) * MINUTE + draw.randrange(S)
        busy = draw.random() < 0.4
        looks.append((now_ns, busy))
        stores.catalog.machines.hear(report(card(util_percent=50.0 * busy), at_ns=now_ns), now_ns=now_ns)
        if draw.random() < 0.3:
            ((found,),) = [one.cards for one in shown.rows(now_ns=now_ns)]
            assert (found.use.day, found.use.heard_day) == pytest.approx(_share(looks, now_ns, buckets=144))
            assert (found.use.week, found.use.heard_week) == pytest.approx(_share(looks, now_ns, buckets=1008))


def _share(looks: list[tuple[int, bool]], now_ns: int, *, buckets: int) -> tuple[float, float]:
    """Return the mean over all buckets that have looks of the share of busy ones, and the share of buckets that have any."""
    running = now_ns // BUCKET
    within: dict[int, list[bool]] = {}
    for at_ns, busy in looks:
        if running - buckets <= at_ns // BUCKET <= running:
            within.setdefault(at_ns // BUCKET, []).append(busy)
    shares = [sum(some) / len(some) for some in within.values()]
    return sum(shares) / len(shares), min(1.0, len(shares) / buckets)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hours", "bucket_s"), [(1, 600), (24, 600), (66, 600), (67, 3_600), (168, 3_600), (2_160, 21_600)]
)
def test_history_is_as_by_brute_force(stores, hours, bucket_s) -> None:
    draw = random.Random(hours)
    looks: list[tuple[int, float]] = []
    now_ns = START
    for _ in range(300):
        now_ns += draw.randrange(1, hours * 3600 // 100) * S
        looks.append((now_ns, draw.choice([0.0, 4.0, draw.random() * 100])))
        stores.catalog.machines.hear(report(card(util_percent=looks[-1][1]), at_ns=now_ns), now_ns=now_ns)
    found = machines.history(stores.catalog, "h", hours=hours, now_ns=now_ns)
    (told,) = found.cards
    begin_ns, width_ns = _ns(found.begin), bucket_s * S
    assert (found.bucket_s, begin_ns % width_ns, len(told.busy)) == (bucket_s, 0, -(-hours * 3600 // bucket_s))
    assert begin_ns + len(told.busy) * width_ns > now_ns >= begin_ns + (len(told.busy) - 1) * width_ns
    for at, (busy, util) in enumerate(zip(told.busy, told.util_percent, strict=True)):
        from_ns = begin_ns + at * width_ns
        small = [
            [one for one in looks if start <= one[0] < start + BUCKET]
            for start in range(from_ns, from_ns + width_ns, BUCKET)
        ]
        some = [each for each in small if each]
        assert busy == (
            pytest.approx(sum(sum(u >= 5 for _, u in each) / len(each) for each in some) / len(some)) if some else None
        )
        assert util == (
            pytest.approx(sum(sum(u for _, u in each) / len(each) for each in some) / len(some)) if some else None
        )


def test_runs_are_told_by_name_and_leave_the_machine_when_they_have_ended(stores) -> None:
    for run in ("r1", "r2"):
        ref = row.RunRef(ids.RunId(run), ids.ProjectName("signs"), name=f"name of {run}", created_ns=START)
        stores.catalog.open_run(ref)
        stores.catalog.open_attempt(ref.id, ids.WriterId(run[-1] * 32), row.AttemptRef(0, START, 1))
    stores.catalog.apply(ids.RunId("r2"), [row.Ended("finished", START)])
    here = tuple(machine.RunHere(run, "signs", at, START + at) for at, run in enumerate(("r1", "r2", "r3")))
    held = card(processes=(machine.CardProcess(2, None, "r2"), machine.CardProcess(9)))
    stores.catalog.machines.hear(report(held, at_ns=START, runs=here), now_ns=START)
    (found,) = machines.Machines(stores.catalog).rows(now_ns=START)
    assert [(run.run, run.name, run.state, run.project) for run in found.runs] == [
        ("r1", "name of r1", found.runs[0].state, "signs"),
        ("r3", None, None, "signs"),
    ]
    assert found.runs[0].state not in (None, "finished")
    (told,) = found.cards
    assert [(run.run, run.name, run.state) for run in told.runs] == [("r2", "name of r2", "finished")]
    assert (told.processes, told.foreign_processes) == (2, 1)


def test_machines_of_the_last_seven_days_are_listed(stores) -> None:
    for host, at in (("old", 0), ("new", 1)):
        stores.catalog.machines.hear(report(at_ns=START, host=host), now_ns=START + at)
    shown = machines.Machines(stores.catalog)
    assert [one.host for one in shown.rows(now_ns=START)] == ["new", "old"]
    assert [one.host for one in shown.rows(now_ns=START + machines.LISTED_NS + 1)] == ["new"]
    with pytest.raises(errors.NotFound):
        machines.history(stores.catalog, "other", hours=1, now_ns=START)
    assert msgspec.to_builtins(machines.history(stores.catalog, "old", hours=1, now_ns=START))["cards"] == []
