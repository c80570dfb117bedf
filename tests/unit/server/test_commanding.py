"""Whether a command can be carried out, as a run stands."""

import pytest

from yoloscope.records import command, ids, row, state
from yoloscope.server import commanding
from yoloscope.store import ports

CONTROL: dict[str, object] = {
    "verbs": ["pause", "stop", "set", "resume"],
    "settings": ["lr", "epochs"],
    "cannot": {"save": "no_optimizer", "stop.resumable": "no_checkpoint", "set.box": "of a later release"},
}


def info(*, of: state.State = "running", control: object = CONTROL, **changes: object) -> ports.RunInfo:
    ref = row.RunRef(ids.RunId("r1"), ids.ProjectName("p"), name="r1", created_ns=0, **changes)
    attempt = ports.AttemptInfo(1, ids.WriterId("a" * 32), 0, 0, 0, None, None)
    values: dict[str, dict[str, object]] = {name: {} for name in ("config", "provenance", "progress", "life")}
    return ports.RunInfo(
        ref=ref,
        state=of,
        created_ns=0,
        updated_ns=0,
        ended_ns=None,
        end_reason=None,
        exit_code=None,
        settings={"control": control},
        lost={},
        deferred=0,
        attempts=(attempt,),
        **values,
    )


def reason(
    run: ports.RunInfo,
    verb: command.Verb,
    args: dict[str, object] | None = None,
    *,
    completed: int = 3,
    is_released: bool = False,
    is_linked: bool = False,
) -> str | None:
    found = commanding.refusal(run, verb, args or {}, completed=completed, is_released=is_released, is_linked=is_linked)
    return None if found is None else found.reason


@pytest.mark.parametrize(
    ("verb", "args", "expected"),
    [
        ("pause", {"release": False}, None),
        ("pause", {"release": True}, None),
        ("stop", {"how": "evaluate"}, None),
        ("stop", {"how": "resumable"}, "no_checkpoint"),
        ("save", {}, "no_optimizer"),
        ("rollback", {"lr_factor": 0.3}, "framework_cannot"),
        ("set", {"lr": 0.1, "epochs": 4}, None),
        ("set", {"lr": 0.1, "epochs": 3}, "below_epoch"),
        ("set", {"lr": 0.1, "box": 1.0}, "framework_cannot"),
        ("set", {"patience": 1}, "framework_cannot"),
    ],
)
def test_only_what_a_training_said_that_it_can_is_sent(
    verb: command.Verb, args: dict[str, object], expected: str | None
) -> None:
    assert reason(info(), verb, args) == expected


@pytest.mark.parametrize("control", [None, 7, [], {}, {"verbs": "pause"}, {"verbs": [1, None], "cannot": 3}])
def test_abilities_of_another_form_are_none(control: object) -> None:
    assert reason(info(control=control), "pause") == "framework_cannot"


@pytest.mark.parametrize("of", state.STATES)
def test_a_run_that_is_over_takes_nothing_and_any_other_may_try(of: state.State) -> None:
    assert reason(info(of=of), "pause") == ("not_running" if of in state.ENDED else None)


def test_a_run_that_gave_its_card_back_has_nobody_to_resume_it() -> None:
    over = info(of="stopped")
    assert reason(over, "resume", is_released=True) == "nobody_resumes"
    assert reason(over, "pause", is_released=True) == "not_running"


def test_a_kill_needs_nothing_of_the_training_but_a_sidecar_that_waits() -> None:
    silent = info(control=None)
    assert reason(silent, "stop", {"how": "kill"}) == "framework_cannot"
    assert reason(silent, "stop", {"how": "kill"}, is_linked=True) is None
    assert reason(info(of="finished"), "stop", {"how": "kill"}, is_linked=True) == "not_running"


def test_rows_that_come_without_a_sidecar_have_nobody_to_ask() -> None:
    assert reason(info(framework=state.PLAIN_LOG), "pause") == "no_sidecar"
