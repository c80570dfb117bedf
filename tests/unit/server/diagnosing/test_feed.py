"""Runs that go on are judged as their rows come, exactly once whatever ends in between, and come to what a replay comes to."""

import math
import os
import signal
from collections.abc import Callable

import msgspec
import pytest
from tests.unit.server.diagnosing.conftest import BEGAN_NS, PER_EPOCH, RUN, SECOND_NS, Desk, batches_of, ref

from yoloscope import errors
from yoloscope.query import table
from yoloscope.records import ids, row
from yoloscope.server.diagnosing import feed, known, messages, past, talk
from yoloscope.store import ports

pytestmark = pytest.mark.slow  # a process each
FINE = [2.0 - 0.01 * at for at in range(12 * PER_EPOCH)]
BROKEN = [*FINE, *[math.nan] * (4 * PER_EPOCH)]


def told(desk: Desk, run: ids.RunId = RUN) -> dict[str, msgspec.Struct]:
    return {one.finding.rule: one.finding for one in desk.catalog.findings.of_run(run)}


def test_a_loss_that_is_not_a_number_is_found_while_the_run_goes_on(desk_of: Desk) -> None:
    desk_of.begin()
    desk_of.log(batches_of(FINE))
    desk_of.rounds()
    assert (desk_of.found(), desk_of.catalog.run(RUN).health.verdict) == ([], "unknown")
    desk_of.log(batches_of([math.nan] * 16, first=len(FINE)))
    desk_of.rounds()
    assert desk_of.found() == [("N01", "open")]
    assert desk_of.catalog.run(RUN).health.verdict == "critical"
    assert [(one.rule, one.kind) for one in desk_of.catalog.findings.timeline(RUN)] == [("N01", "opened")]
    assert set(desk_of.hints) == {RUN}


def test_however_rows_arrive_the_findings_are_those_of_a_replay(judging: Callable[[], Desk]) -> None:
    desk = judging()
    late, writer = ref("late"), "b" * 32
    for run in (ref(), late):
        desk.begin(run)
    desk.log(batches_of(BROKEN))
    desk.rounds()
    desk.log(batches_of(BROKEN[-8:], first=len(BROKEN) - 8), run=late.id)
    desk.rounds()
    assert desk.found(late.id) != []
    desk.log(batches_of(BROKEN[:30]), run=late.id)
    desk.rounds(1)
    desk.log(batches_of(BROKEN[30:-8], first=30), run=late.id, writer=writer)
    desk.rounds()
    assert [one.opened for one in told(desk, late.id).values()] == [one.opened for one in told(desk).values()]
    for run in (RUN, late.id):
        desk.end(run=run)
    desk.rounds()
    live = told(desk)
    assert live == told(desk, late.id)
    desk.past.add(RUN)
    assert desk.past.round() is not None
    assert told(desk) == live


def test_a_process_that_is_killed_loses_nothing(desk_of: Desk) -> None:
    desk_of.begin()
    for at in range(0, len(BROKEN), 8):
        desk_of.log(batches_of(BROKEN[at : at + 8], first=at))
        desk_of.rounds(2)
        pid = desk_of.process.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        desk_of.rounds(1)
    desk_of.rounds()
    assert desk_of.found() == [("N01", "open")]
    assert [one.kind for one in desk_of.catalog.findings.timeline(RUN)] == ["opened"]


def test_rows_that_came_late_while_the_process_was_gone_are_judged(desk_of: Desk) -> None:
    desk_of.begin()
    desk_of.log(batches_of(FINE, first=40))
    desk_of.rounds(4)
    assert (desk_of.found(), desk_of.process.pid is None) == ([], False)
    os.kill(desk_of.process.pid or 0, signal.SIGKILL)
    desk_of.log(batches_of([*FINE[:20], *[math.nan] * 16, *FINE[:4]]))
    desk_of.rounds(4)
    live = told(desk_of)
    assert desk_of.found() == [("N01", "open")]
    desk_of.end()
    desk_of.rounds()
    desk_of.past.add(RUN)
    desk_of.past.round()
    assert told(desk_of) == live


def test_a_past_run_whose_findings_could_not_be_written_is_judged_later(desk_of: Desk, monkeypatch) -> None:
    desk_of.begin()
    desk_of.log(batches_of(BROKEN))
    desk_of.end()
    put = desk_of.past._stores.write
    full: list[bool] = [True]

    def write(info: ports.RunInfo, said: messages.Report | messages.Fault) -> None:
        if full:
            raise errors.StoreFull("the disk is full")
        put(info, said)

    monkeypatch.setattr(desk_of.past._stores, "write", write)
    desk_of.past.add(RUN)
    assert desk_of.past.round() is not None
    full.clear()
    assert (desk_of.past.round(), desk_of.found()) == (None, [])
    desk_of.clock[0] += past.AGAIN_S
    assert desk_of.past.round() is not None
    assert desk_of.found() == [("N01", "open")]


def test_rows_may_be_gone_through_as_often_as_a_question_needs_them(desk_of: Desk) -> None:
    desk_of.begin()
    desk_of.log(batches_of(FINE))
    rows = desk_of.feed._stores.rows(desk_of.catalog.run(RUN))
    first = list(rows)
    assert sum(one.matrix.rows for one in first) == len(FINE)
    assert list(rows) == first


def test_a_server_that_starts_again_goes_on_from_where_it_stood(judging: Callable[[], Desk]) -> None:
    first = judging()
    first.begin()
    first.log(batches_of(BROKEN))
    first.rounds()
    before = told(first)
    again = judging()
    again.rounds(1)
    assert told(again) == before
    again.log(batches_of(FINE[:32], first=len(BROKEN)))
    again.rounds(4)
    other = judging()
    other.past.add(RUN)
    other.past.round()
    assert told(other) == told(again)


def test_an_attempt_that_begins_again_is_judged_as_it_counts(desk_of: Desk) -> None:
    desk_of.begin()
    desk_of.log(batches_of(BROKEN))
    desk_of.rounds()
    start = float(len(FINE) // PER_EPOCH)
    number = desk_of.begin(index=1, wall_ns=BEGAN_NS + 100 * SECOND_NS, start_epoch=start)
    matrix = batches_of([1.5] * 32, first=len(FINE))
    walls = [BEGAN_NS + (101 + at) * SECOND_NS for at in range(32)]
    packed = b"".join(one.to_bytes(8, "little") for one in walls)
    desk_of.log(msgspec.structs.replace(matrix, wall_ns=packed), number=number)
    desk_of.rounds(4)
    live = told(desk_of)
    desk_of.end()
    desk_of.rounds(4)
    desk_of.past.add(RUN)
    desk_of.past.round()
    assert [one.rule for one in live.values() if one.status == "open"] == [
        one.rule for one in told(desk_of).values() if one.status == "open"
    ]


def test_the_end_of_a_run_has_the_last_word(desk_of: Desk) -> None:
    desk_of.begin()
    desk_of.catalog.apply(RUN, [row.Updated("progress", {"epochs": 100})])
    desk_of.log(batches_of(FINE))
    desk_of.rounds()
    going = desk_of.catalog.findings.diagnosis(RUN)
    desk_of.end("stopped")
    desk_of.rounds()
    ended = desk_of.catalog.findings.diagnosis(RUN)
    assert going is not None
    assert ended is not None
    assert "of 100" in str(going.answer["en"])
    assert str(ended.answer["en"]).startswith("Ended at epoch 12 of 100")
    assert not desk_of.feed.holds(RUN)


def test_a_run_that_falls_silent_is_told_and_taken_back(desk_of: Desk) -> None:
    desk_of.begin()
    desk_of.log(batches_of(FINE))
    desk_of.rounds()
    desk_of.clock[0] += 3_600
    desk_of.rounds(2)
    assert told(desk_of)["H01"].status == "open"
    desk_of.log(batches_of(FINE[:8], first=len(FINE)))
    desk_of.rounds(2, each_s=20)
    assert told(desk_of)["H01"].status == "closed"


def test_rows_that_come_after_the_end_are_judged_behind_the_others(desk_of: Desk) -> None:
    desk_of.begin()
    desk_of.log(batches_of(FINE))
    desk_of.end()
    desk_of.rounds()
    assert desk_of.found() == []
    desk_of.log(batches_of([math.nan] * 16, first=len(FINE)))
    desk_of.rounds(1)
    assert desk_of.past.round() is not None
    assert desk_of.found() == [("N01", "open")]
    assert desk_of.past.round() is None


def test_runs_of_other_rules_are_judged_newest_first(judging: Callable[[], Desk], stores) -> None:
    desk = judging()
    for number, name in enumerate(("old", "new")):
        run = ref(name, created_ns=BEGAN_NS + number)
        desk.begin(run)
        desk.log(batches_of(BROKEN), run=run.id)
        desk.end(run=run.id)
    desk.past.add_unjudged(table.Table(stores.series, stores.catalog))
    assert desk.past.round() is not None
    assert (desk.found(ids.RunId("new")), desk.found(ids.RunId("old"))) == ([("N01", "open")], [])
    assert desk.past.round() is not None
    assert desk.catalog.findings.judged() == {"new": known.DIGEST, "old": known.DIGEST}
    desk.past.add_unjudged(table.Table(stores.series, stores.catalog))
    assert desk.past.round() is None


def test_a_run_that_ends_the_process_again_and_again_is_left_alone(desk_of: Desk, monkeypatch, caplog) -> None:
    desk_of.begin()
    desk_of.begin(ref("fine"))
    desk_of.log(batches_of(BROKEN))
    desk_of.log(batches_of(BROKEN), run=ids.RunId("fine"))
    asked = desk_of.process.asked

    def killed(question: messages.Question, **rows: object) -> object:
        if question.run == RUN:
            desk_of.process.leave()
            raise talk.EndedError("it ended", was_asked=True)
        return asked(question, **rows)

    monkeypatch.setattr(desk_of.process, "asked", killed)
    desk_of.rounds(6)
    assert desk_of.catalog.run(RUN).health.verdict == "unknown"
    assert not desk_of.feed.holds(RUN)
    assert desk_of.found(ids.RunId("fine")) == [("N01", "open")]
    assert [one.message for one in caplog.records if "cannot be judged" in one.message] != []


def test_a_removed_run_is_forgotten(desk_of: Desk) -> None:
    desk_of.begin()
    desk_of.log(batches_of(FINE))
    desk_of.rounds()
    desk_of.series.remove(ref().project, RUN)
    desk_of.catalog.remove_run(RUN)
    desk_of.rounds()
    assert not desk_of.feed.holds(RUN)


def test_more_rows_than_are_taken_at_once_are_all_judged(desk_of: Desk, monkeypatch) -> None:
    monkeypatch.setattr(feed, "ROWS_AT_ONCE", 7)
    desk_of.begin()
    desk_of.log(batches_of(FINE[:5]))
    desk_of.rounds()
    for at in range(5, len(BROKEN), 3):
        desk_of.log(batches_of(BROKEN[at : at + 3], first=at))
    while desk_of.feed.round():
        pass
    desk_of.rounds()
    assert desk_of.found() == [("N01", "open")]
