import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.diagnose import hand

from yoloscope import errors
from yoloscope.diagnose import facts, replay
from yoloscope.importers import recording
from yoloscope.records import logged

TRAININGS = Path(__file__).parents[2] / "data" / "trainings"
CASES = ("healthy_short", "nan_batch", "resume_kill", "lr_high")


@cache
def recorded(case: str) -> tuple[tuple[replay.Entry, ...], facts.Facts]:
    """A recorded training as two writers send it: the trainer its rows, a sidecar what it reads of the machine."""
    source = recording.Recording(TRAININGS / case)
    entries: list[replay.Entry] = []
    for entry in source.entries():
        entries += _by_writer(entry) if isinstance(entry, logged.Logged) else [entry]
    return tuple(entries), facts.from_told(source.told())


def _by_writer(row: logged.Logged) -> Iterator[logged.Logged]:
    read = {name: value for name, value in row.values.items() if name.startswith("system/")}
    yield msgspec.structs.replace(
        row, writer="trainer", values={name: value for name, value in row.values.items() if name not in read}
    )
    if read:
        yield msgspec.structs.replace(row, writer="sidecar", step=None, epoch=None, values=read)


class Arrival:
    """Entries as they are stored and then handed over, and the diagnosis that takes them."""

    def __init__(self, told: facts.Facts) -> None:
        self.stored: list[replay.Entry] = []
        self.facts = told
        self.live = replay.Live(told, self.read)

    def read(self, since: replay.Key | None) -> Iterator[replay.Entry]:
        order = replay.Order(one for one in self.stored if isinstance(one, logged.Begun))
        return (one for one in replay.in_order(self.stored) if since is None or order.key(one) > since)

    def come(self, entries: list[replay.Entry]) -> None:
        self.stored += entries
        self.live.take(entries)

    def restart(self) -> None:
        self.live = replay.Live.restore(self.live.save(), self.facts, self.read)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    case=st.sampled_from(CASES),
    share=st.floats(0.05, 1.0),
    lag=st.sampled_from([0, 3, 40, 10_000]),
    repeats=st.integers(0, 20),
    restarts=st.integers(0, 3),
    seed=st.integers(0, 2**32),
)
def test_live_equals_replay_whatever_comes_late_twice_or_after_a_restart(
    case, share, lag, repeats, restarts, seed
) -> None:
    entries, told = recorded(case)
    prefix = list(entries[: max(1, int(share * len(entries)))])
    chance = random.Random(seed)
    arriving = [entry for _, entry in sorted(enumerate(prefix), key=lambda one: one[0] + chance.uniform(0, lag))]
    for _ in range(repeats):
        arriving.insert(chance.randrange(len(arriving) + 1), chance.choice(prefix))
    stops = sorted(chance.randrange(len(arriving) + 1) for _ in range(restarts + 4))
    arrival = Arrival(told)
    for number, (start, end) in enumerate(zip([0, *stops], [*stops, len(arriving)], strict=True)):
        arrival.come(arriving[start:end])
        if number < restarts:
            arrival.restart()
    arrival.live.settle()

    expected = replay.replay(prefix, told)

    assert expected.findings() == arrival.live.findings()
    assert expected.save() == arrival.live.engine.save()


@pytest.mark.parametrize("case", CASES)
def test_a_late_row_costs_a_rebuild_from_a_checkpoint_not_from_the_beginning(case, monkeypatch) -> None:
    monkeypatch.setattr(replay, "CHECKPOINT_NS", 0)
    entries, told = recorded(case)
    asked: list[replay.Key | None] = []
    arrival = Arrival(told)
    late = max(at for at, entry in enumerate(entries) if isinstance(entry, logged.Logged) and entry.writer == "sidecar")
    arrival.come([*entries[:late], *entries[late + 1 :]])
    arrival.live.settle()
    read = arrival.read
    arrival.live._read = lambda since: asked.append(since) or read(since)

    arrival.come([entries[late]])
    arrival.live.settle()

    assert [since is None for since in asked] == [False]
    assert replay.replay(entries, told).save() == arrival.live.engine.save()


def test_rows_that_lag_by_seconds_cost_no_rebuild() -> None:
    entries, told = recorded("healthy_short")
    arrival = Arrival(told)
    arrival.live._read = lambda _: pytest.fail("read again")
    lag_ns = 3_000_000_000
    arriving = sorted(entries, key=lambda one: one.wall_ns + lag_ns * (getattr(one, "writer", "") == "sidecar"))
    for entry in arriving:
        arrival.come([entry])
    arrival.live.settle()
    assert replay.replay(entries, told).save() == arrival.live.engine.save()


def test_a_finding_that_a_late_row_takes_back_is_told_as_closed() -> None:
    broken = hand.entries(steps={"train/box_loss": [1.0] * 30 + [float("nan")]}, ends=False)
    again = logged.Begun(1, broken[20].wall_ns, start_epoch=0.0)
    arrival = Arrival(hand.NOTHING)
    arrival.come(broken)
    opened = arrival.live.settle()
    assert [(one.finding.rule, one.kind) for one in opened] == [("N01", "opened")]

    arrival.stored.append(again)
    arrival.live.take([again])

    assert replay.replay([*broken, again], hand.NOTHING).findings() == arrival.live.findings()


def test_an_end_belongs_to_the_attempt_that_had_begun_though_that_is_learnt_later() -> None:
    first = hand.entries(epochs={"train/box_loss": [3.0, 2.0]})
    second = hand.entries(epochs={"train/box_loss": [1.5, 1.0]}, attempt=1, start=2)
    arriving = [*first, *second[1:], second[0]]
    arrival = Arrival(hand.NOTHING)
    for entry in arriving:
        arrival.come([entry])
    arrival.live.settle()
    assert replay.replay(arriving, hand.NOTHING).save() == arrival.live.engine.save()
    assert arrival.live.engine.view.epoch == 4


def test_facts_that_came_in_between_are_told_again_at_their_place() -> None:
    entries = hand.entries(epochs={"train/box_loss": [3.0, 2.0, 1.5, 1.2], "val/box_loss": [1.0] * 4})
    before, after = facts.Facts(settings={"batch": 16}), facts.Facts(settings={"batch": 8})
    arrival = Arrival(before)
    arrival.come([*entries[:3]])
    arrival.live.settle()
    arrival.live.tell(after)
    arrival.come([*entries[4:]])
    arrival.live.settle()
    arrival.come([entries[3]])
    arrival.live.settle()
    assert arrival.live.engine.view.facts == after
    assert arrival.live.engine.view.since_cut == 3


@given(st.lists(st.integers(0, 40), max_size=60))
def test_a_sequence_number_is_new_once(numbers) -> None:
    seen, known = replay.Seen(), set()
    for number in numbers:
        assert (number not in known) == seen.add(number)
        known.add(number)
    covered = {number for first, last in seen.runs for number in range(first, last + 1)}
    assert known == covered
    assert all(one[1] + 1 < other[0] for one, other in zip(seen.runs, seen.runs[1:], strict=False))


@pytest.mark.parametrize("damage", [b"", b"nonsense", msgspec.msgpack.encode([99, b"", None, {}, [], {}])])
def test_a_damaged_or_foreign_state_is_named(damage) -> None:
    with pytest.raises(errors.InvalidRecord, match=r"damaged|version 99"):
        replay.Live.restore(damage, hand.NOTHING, lambda _: iter(()))
