"""The states of a run: what an observation may change, and what it may not."""

import pytest

from yoloscope.records import row, state


def test_a_new_attempt_runs_and_an_end_ends() -> None:
    assert state.after_attempt() == "running"
    assert state.after_end(row.Ended("failed", 1)) == "failed"


@pytest.mark.parametrize(
    ("before", "alive", "after"),
    [
        ("running", None, "running"),
        ("running", True, "running"),
        ("running", False, "crashed"),
        ("paused", True, "paused"),
        ("paused", False, "crashed"),
        ("stalled", True, "running"),
        ("stalled", None, "stalled"),
        ("stalled", False, "crashed"),
        ("unreachable", None, "running"),
        ("unreachable", True, "running"),
        ("unreachable", False, "crashed"),
        ("crashed", True, "running"),
        ("crashed", None, "crashed"),
        ("crashed", False, "crashed"),
        ("queued", True, "queued"),
        ("queued", False, "queued"),
    ],
)
def test_observations_move_runs_that_have_not_said_their_end(
    before: state.State, alive: bool | None, after: state.State
) -> None:
    assert after == state.after_heard(before, alive=alive, end_said=False)


@pytest.mark.parametrize("alive", [True, False, None])
@pytest.mark.parametrize("before", state.STATES)
def test_no_observation_takes_back_a_said_end(before: state.State, alive: bool | None) -> None:
    assert before == state.after_heard(before, alive=alive, end_said=True)


MINUTE_NS = 60 * 10**9


@pytest.mark.parametrize(
    ("before", "framework", "silent_ns", "after"),
    [
        ("running", "ultralytics", MINUTE_NS, "running"),
        ("running", "ultralytics", MINUTE_NS + 1, "unreachable"),
        ("running", None, MINUTE_NS + 1, "unreachable"),
        ("paused", None, MINUTE_NS + 1, "unreachable"),
        ("running", state.PLAIN_LOG, 30 * MINUTE_NS, "running"),
        ("running", state.PLAIN_LOG, 30 * MINUTE_NS + 1, "stalled"),
        ("running", None, -MINUTE_NS, "running"),
        ("running", None, -MINUTE_NS - 1, "unreachable"),
        ("running", state.PLAIN_LOG, -30 * MINUTE_NS - 1, "stalled"),
        ("queued", None, 60 * MINUTE_NS, "queued"),
        *((ended, None, 60 * MINUTE_NS, ended) for ended in sorted(state.ENDED)),
    ],
)
def test_silence_is_seen_of_runs_that_should_be_heard(
    before: state.State, framework: str | None, silent_ns: int, after: state.State
) -> None:
    assert after == state.after_silence(before, heard_ns=MINUTE_NS, now_ns=MINUTE_NS + silent_ns, framework=framework)
