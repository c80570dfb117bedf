"""The states of an attempt and its run: what an observation may change, and what it may not."""

import pytest

from yoloscope.records import row, state


@pytest.mark.parametrize(
    ("said", "alive", "stalled", "is_now"),
    [
        (None, None, False, "running"),
        (None, True, False, "running"),
        (None, True, True, "stalled"),
        (None, None, True, "stalled"),
        (None, False, False, "crashed"),
        (None, False, True, "crashed"),
        *(
            (said, alive, stalled, said)
            for said in ("finished", "stopped", "crashed", "failed")
            for alive in (True, False, None)
            for stalled in (True, False)
        ),
    ],
)
def test_what_was_said_counts_before_what_was_seen(
    said: row.EndState | None, alive: bool | None, stalled: bool, is_now: state.State
) -> None:
    assert is_now == state.of_attempt(said=said, alive=alive, stalled=stalled, paused=False)


@pytest.mark.parametrize(
    ("said", "alive", "stalled", "is_now"),
    [
        (None, None, False, "paused"),
        (None, True, True, "paused"),
        (None, False, False, "crashed"),
        ("stopped", True, False, "stopped"),
        ("failed", None, True, "failed"),
    ],
)
def test_a_pause_explains_silence_but_hides_no_end(
    said: row.EndState | None, alive: bool | None, stalled: bool, is_now: state.State
) -> None:
    assert is_now == state.of_attempt(said=said, alive=alive, stalled=stalled, paused=True)


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
        ("stalled", "ultralytics", MINUTE_NS + 1, "unreachable"),
        ("stalled", None, MINUTE_NS, "stalled"),
        ("queued", None, 60 * MINUTE_NS, "queued"),
        *((ended, None, 60 * MINUTE_NS, ended) for ended in sorted(state.ENDED)),
    ],
)
def test_silence_is_seen_of_runs_that_should_be_heard(
    before: state.State, framework: str | None, silent_ns: int, after: state.State
) -> None:
    assert after == state.after_silence(before, heard_ns=MINUTE_NS, now_ns=MINUTE_NS + silent_ns, framework=framework)
