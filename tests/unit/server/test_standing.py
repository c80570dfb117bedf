"""A run as its measures need it: what became of their commands, and where a process went on."""

import msgspec
import pytest

from yoloscope.diagnose import measures
from yoloscope.records import command, ids, row
from yoloscope.server import standing
from yoloscope.store import ports, ports_commands

OLD, NEW = ids.WriterId("a" * 32), ids.WriterId("b" * 32)


def attempt(
    number: int, writer: ids.WriterId, *, index: int = 0, start: float | None = None, **of: object
) -> ports.AttemptInfo:
    return ports.AttemptInfo(number, writer, index, number, number, start, None, **of)


def info(*attempts: ports.AttemptInfo) -> ports.RunInfo:
    sections: dict[str, dict[str, object]] = {
        name: {} for name in ("config", "settings", "provenance", "progress", "life", "lost")
    }
    ref = row.RunRef(ids.RunId("r1"), ids.ProjectName("p"), name="r1", created_ns=0)
    ends = {"ended_ns": None, "end_reason": None, "exit_code": None}
    return ports.RunInfo(
        ref=ref, state="running", created_ns=0, updated_ns=0, deferred=0, attempts=attempts, **ends, **sections
    )


def known(verb: command.Verb = "rollback", state: command.State = "applied", **of: object) -> ports_commands.Known:
    base = ports_commands.Known(
        run=ids.RunId("r1"),
        id="x-1",
        order=1,
        verb=verb,
        args={},
        state=state,
        who="me",
        writer=OLD,
        created_ns=0,
        deadline_ns=60,
        attempt=1,
        epoch=4.0,
        step=40,
        wall_ns=9,
    )
    return msgspec.structs.replace(base, **of)


def stands(
    *commands: ports_commands.Known, of: ports.RunInfo | None = None, unheard: dict[str, float] | None = None
) -> measures.Stands:
    run = of or info(attempt(1, OLD))
    return standing.stands(run, commands, findings=[], epoch=7.0, unheard=unheard or {}, met=6.0)


def test_a_command_of_a_measure_is_told_from_that_of_a_person() -> None:
    [mine, theirs] = stands(known(who="measure stop_broken"), known(who="measure")).taken
    assert (mine.measure, theirs.measure) == ("stop_broken", "")


@pytest.mark.parametrize(
    ("one", "unheard", "place"),
    [
        (known(), {}, (4.0, 40)),
        (known(state="refused"), {}, (None, None)),
        (known(state="expired"), {}, (None, None)),
        (known(state="expired", wall_ns=None), {"x-1": 5.0}, (5.0, None)),
        (known(state="sent", wall_ns=None), {"y-1": 5.0}, (None, None)),
    ],
)
def test_where_a_command_turned_the_training(one, unheard, place) -> None:
    [taken] = stands(one, unheard=unheard).taken
    assert (taken.epoch, taken.step, taken.process) == (*place, OLD)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (known(state="expired", wall_ns=None, accepted_ns=3), True),
        (known(state="expired", wall_ns=None), True),
        (known(state="expired"), False),
        (known(state="refused", wall_ns=None), False),
        (known(state="accepted", wall_ns=None, accepted_ns=3), False),
    ],
)
def test_what_expired_without_a_word_of_the_training_may_follow(one, expected) -> None:
    assert standing.is_unheard(one) is expected


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (known("stop", args={"how": "evaluate"}, attempt=2), True),
        (known("stop", attempt=1), False),  # the loop went on with another attempt
        (known("pause", args={"release": True}, attempt=2), True),
        (known("pause", args={"release": False}, attempt=2), False),
        (known("kill", attempt=2), False),
    ],
)
def test_only_a_stop_of_the_newest_attempt_ends_it(one, expected) -> None:
    [taken] = stands(one, of=info(attempt(1, OLD), attempt(2, OLD, index=1))).taken
    assert taken.ends is expected


@pytest.mark.parametrize(
    ("state", "result", "expected"),
    [
        ("refused", {"reason": "no_checkpoint"}, True),
        ("refused", {"reason": "framework_cannot"}, True),
        ("refused", {"reason": "not_running"}, False),
        ("refused", {"reason": "too_many"}, False),
        ("refused", None, True),
        ("expired", {"reason": "no_checkpoint"}, False),
    ],
)
def test_a_refusal_says_what_a_training_cannot_do_unless_it_passes(state, result, expected) -> None:
    [taken] = stands(known(state=state, result=result)).taken
    assert taken.cannot is expected


@pytest.mark.parametrize(
    ("attempts", "process", "resumed"),
    [
        ([attempt(1, OLD), attempt(2, OLD, index=1, start=3.0)], OLD, None),
        ([attempt(1, OLD), attempt(2, NEW, start=3.0)], NEW, measures.Began(epoch=3.0)),
        ([attempt(1, OLD), attempt(2, NEW)], NEW, measures.Began(epoch=6.0)),
        (
            [attempt(1, OLD), attempt(2, NEW, start=3.0), attempt(3, NEW, index=1, start=5.0)],
            NEW,
            measures.Began(epoch=3.0),
        ),
        ([attempt(1, OLD), attempt(2, NEW, start=3.0, rank=1)], OLD, None),
        ([], "", None),
    ],
)
def test_a_process_that_goes_on_with_anothers_training_began_where_it_says_or_was_first_seen(
    attempts, process, resumed
) -> None:
    found = stands(of=info(*attempts))
    assert (found.process, found.resumed) == (process, resumed)
