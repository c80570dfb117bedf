import hypothesis
import pytest
from hypothesis import strategies

from yoloscope import errors
from yoloscope.records import command

DEFAULTS = {
    "pause": {"release": False},
    "resume": {},
    "stop": {"how": "evaluate"},
    "save": {},
    "validate": {},
    "close_mosaic": {},
    "rollback": {"lr_factor": 1 / 3},
}
JUNK = strategies.one_of(
    strategies.none(),
    strategies.booleans(),
    strategies.integers(),
    strategies.floats(),
    strategies.text(max_size=8),
    strategies.lists(strategies.integers(), max_size=2),
    strategies.dictionaries(
        strategies.sampled_from(["lr", "epochs", "how", "text", "release", "x"]), strategies.floats()
    ),
)


@pytest.mark.parametrize("verb", DEFAULTS)
def test_defaults_are_filled_in(verb: command.Verb) -> None:
    assert command.checked(verb, {}) == (verb, DEFAULTS[verb])


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({}, "args"),
        ({"lr": 0}, "args.lr"),
        ({"lr": -0.1}, "args.lr"),
        ({"lr": float("nan")}, "args.lr"),
        ({"lr": float("inf")}, "args.lr"),
        ({"lr": 1e9}, "args.lr"),
        ({"lr": True}, "args.lr"),
        ({"lr": "0.1"}, "args.lr"),
        ({"lr": 0.1, "lr_factor": 2}, "args.lr_factor"),
        ({"epochs": 0}, "args.epochs"),
        ({"epochs": 1.5}, "args.epochs"),
        ({"patience": -1}, "args.patience"),
        ({"box": -1}, "args.box"),
        ({"batch": 8}, "args.batch"),
    ],
)
def test_what_cannot_be_set_is_named_with_its_fix(args: dict[str, object], field: str) -> None:
    with pytest.raises(errors.InvalidRecord) as caught:
        command.checked("set", args)
    assert caught.value.field == field
    assert caught.value.fix


def test_several_settings_come_as_numbers() -> None:
    verb, args = command.checked("set", {"lr": 1, "epochs": 120, "box": 0})
    assert (verb, args) == ("set", {"lr": 1.0, "epochs": 120, "box": 0.0})
    assert type(args["lr"]) is float


@hypothesis.given(verb=strategies.one_of(strategies.sampled_from(command.VERBS), JUNK), args=JUNK)
def test_anything_is_a_command_or_refused_and_what_passed_passes_again(verb: object, args: object) -> None:
    try:
        told = command.checked(verb, args)
    except errors.InvalidRecord as error:
        field = error.field
    else:
        field = "args"
        assert command.checked(*told) == told
    assert field.startswith(("verb", "args"))


def test_what_waits_for_the_end_of_an_epoch_has_hours() -> None:
    long: list[tuple[str, dict[str, object]]] = [
        ("stop", {"how": "evaluate"}),
        ("stop", {"how": "resumable"}),
        ("pause", {"release": True}),
    ]
    long += [("validate", {}), ("close_mosaic", {})]
    assert {command.deadline_s(verb, args) for verb, args in long} == {command.LONG_DEADLINE_S}
    short: list[tuple[str, dict[str, object]]] = [
        ("stop", {"how": "kill"}),
        ("pause", {"release": False}),
        ("resume", {}),
        ("set", {"lr": 0.1}),
    ]
    assert {command.deadline_s(verb, args) for verb, args in short} == {command.DEADLINE_S}
