"""What the process that judges answers, and what becomes of a run that it cannot judge."""

from collections.abc import Iterator

import pytest
from tests.unit.server.diagnosing.conftest import RUN, Desk, batches_of

from yoloscope.server.diagnosing import desk, main, messages
from yoloscope.store import ports_findings

OPEN = messages.Open(run="r1", known=messages.Known(config={"epochs": 9}), attempts=())


def no_rows() -> Iterator[messages.Piece]:
    return iter(())


def broken() -> Iterator[messages.Piece]:
    raise RuntimeError("no rows today")


def test_a_run_is_answered_for_until_it_is_closed() -> None:
    judge = main.Judge(no_rows)
    first = judge.answer(OPEN)
    assert isinstance(first, messages.Report)
    assert first.judgement is not None
    assert (first.judgement.verdict, first.judgement.answer["epoch"]) == ("unknown", 0)
    taken = messages.Take(run="r1", start=0, pieces=(messages.Piece(1, batches_of([1.0, 2.0])),))
    assert judge.answer(taken) == messages.Report()  # nothing else is to be said yet
    assert judge.answer(messages.Close(run="r1")) == messages.Report()
    assert isinstance(judge.answer(taken), messages.Fault)


def test_what_goes_wrong_with_one_run_is_said_and_the_others_go_on() -> None:
    judge = main.Judge(no_rows)
    judge.answer(messages.Open(run="fine", known=messages.Known(), attempts=()))
    judge._read = broken
    fault = judge.answer(OPEN)
    assert isinstance(fault, messages.Fault)
    assert fault.text.startswith("RuntimeError: no rows today (test_main.py:")
    assert isinstance(judge.answer(messages.Tick(run="fine", silent_s=1.0)), messages.Report)


def test_a_state_of_another_release_is_not_gone_on_from() -> None:
    for state in (b"", b"broken", b"x\x9c\x03\x00\x00\x00\x00\x01"):
        answer = main.Judge(no_rows).answer(
            messages.Open(run="r1", known=messages.Known(), attempts=(), state=state, goes_on=True)
        )
        assert isinstance(answer, messages.Report)


@pytest.mark.slow
def test_a_run_that_cannot_be_judged_is_shown_as_unknown_and_keeps_its_findings(
    desk_of: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk_of.begin()
    desk_of.log(batches_of([float("nan")] * 60))
    desk_of.rounds()
    assert desk_of.found() == [("N01", "open")]
    before = desk_of.catalog.findings.of_run(RUN)
    desk_of.feed._stores.write(desk_of.catalog.run(RUN), messages.Fault("ValueError: x (rule.py:7)"))
    diagnosis = desk_of.catalog.findings.diagnosis(RUN)
    assert diagnosis is not None
    assert (diagnosis.verdict, diagnosis.answer, diagnosis.state) == ("unknown", desk.FAILED, b"")
    assert desk_of.catalog.findings.of_run(RUN) == before
    assert "rule.py:7" in caplog.text
    assert isinstance(before[0], ports_findings.Held)
