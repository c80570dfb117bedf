"""A command: what a person, or an automatic measure, asks of a running training, and what became of it.

    sent → accepted → applied | refused | expired

``sent`` stands in the server's catalogue; ``accepted`` says that the sidecar beside the training holds it; the other three end it. What the
trainer did counts: an ``applied`` that arrives late replaces ``expired``. Verbs and their arguments:

    pause         {"release": false}      hold at the next safe point; with release: keep a full checkpoint and end the process, the card is free
    resume        {}                      go on after a hold
    stop          {"how": "evaluate"}     end after this batch or epoch with the final evaluation; "resumable" keeps a checkpoint that can be
                                          resumed; "kill" has the sidecar end the process at once
    set           {setting: value, …}     all of them or none, see `SETTINGS`
    save          {}                      write a full checkpoint now, beside last.pt and best.pt
    validate      {}                      validate now, off the schedule
    close_mosaic  {}                      no mosaic from the next epoch on
    rollback      {"lr_factor": 0.333}    weights and optimizer of the last good checkpoint, and a smaller rate
    note          {"text": "…"}           nothing but a mark on the curves
"""

import math
from collections.abc import Callable, Mapping
from typing import Literal, get_args

import msgspec

from yoloscope import errors

Verb = Literal["pause", "resume", "stop", "set", "save", "validate", "close_mosaic", "rollback", "note"]
VERBS: tuple[Verb, ...] = get_args(Verb)
State = Literal["sent", "accepted", "applied", "refused", "expired"]
Settled = Literal["applied", "refused", "expired"]
SETTLED: frozenset[State] = frozenset(get_args(Settled))
How = Literal["evaluate", "resumable", "kill"]

ID_MAX_CHARS = 64
OWN_PREFIX = "self-"
"""Begins the id of what a training did of its own accord, which nobody asked for."""
NOTE_MAX_CHARS = 500
RATE_MAX = 10.0
"""No optimizer that trains a network takes a larger step; what is above is a slip of the finger."""
GAIN_MAX = 1_000.0
DECAY_MAX = 1.0
EPOCHS_MAX = 100_000
FACTOR_LEAST, FACTOR_MOST = 1e-6, 1e3
PATIENCE_MAX = 100_000
DEADLINE_S = 60.0
"""How long a command may wait for a safe point, unless it says otherwise: a batch takes seconds at most, a validation a minute."""
LONG_DEADLINE_S = 6 * 3600.0
"""Of what acts at the end of an epoch, and is meant however long that takes."""
DEADLINE_MAX_S = 24 * 3600.0
GAINS: tuple[str, ...] = ("box", "cls", "dfl", "obj", "pose", "kobj", "rle", "angle")
"""Loss gains, by the arguments' names of the framework."""

Reason = Literal[
    "bad_value",
    "unknown_verb",
    "framework_cannot",
    "version_cannot",
    "below_epoch",
    "mosaic_closed",
    "mosaic_off",
    "not_paused",
    "already_paused",
    "no_checkpoint",
    "no_optimizer",
    "not_running",
    "no_sidecar",
    "several_machines",
    "ranks_disagree",
    "not_for_this_run",
    "nobody_resumes",
    "too_many",
    "superseded",
    "failed",
]
"""Why a command was refused; a page says it in the reader's language. ``failed`` means that it was tried and raised: nothing was changed, or what was is in the result."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command, as it travels to the trainer. ``order`` ascends within a run; both times are ns since 1970 of the server's clock.

    ``expires_in_s`` is what is left until the deadline when it is handed over, since clocks differ.
    """

    id: str
    run: str
    verb: Verb
    args: dict[str, object] = {}
    order: int = 0
    who: str = ""
    created_ns: int = 0
    deadline_ns: int = 0
    expires_in_s: float = DEADLINE_S


def checked(verb: object, args: object) -> tuple[Verb, dict[str, object]]:
    """Return a verb and its arguments with every default filled in; numbers are finite and within what can make sense.

    What a framework can do, and where the run stands, is for others to say.

    Raises:
        InvalidRecord: ``field`` is ``verb``, ``args`` or ``args.<name>``; the fix says what would be accepted.
    """
    known: dict[str, Verb] = {one: one for one in VERBS}
    chosen = known.get(verb) if isinstance(verb, str) else None
    if chosen is None:
        raise errors.InvalidRecord(
            f"verb {_shown(verb)} is not known", field="verb", fix=f"use one of {', '.join(VERBS)}"
        )
    if not isinstance(args, Mapping):
        raise errors.InvalidRecord("args is no object", field="args", fix='send {"verb": …, "args": {…}}')
    given: dict[str, object] = {}
    for key, value in args.items():  # pyright: ignore[reportUnknownVariableType]  # checked one by one
        given[str(key)] = value  # pyright: ignore[reportUnknownArgumentType]
    return chosen, _ARGUMENTS[chosen](given)


def deadline_s(verb: str, args: Mapping[str, object]) -> float:
    """Return how long a command may wait, unless it says otherwise."""
    ends = (verb == "stop" and args.get("how") != "kill") or (verb == "pause" and args.get("release") is True)
    return LONG_DEADLINE_S if ends or verb in ("validate", "close_mosaic") else DEADLINE_S


def _nothing(given: Mapping[str, object]) -> dict[str, object]:
    _only(given, ())
    return {}


def _pause(given: Mapping[str, object]) -> dict[str, object]:
    _only(given, ("release",))
    release = given.get("release", False)
    if not isinstance(release, bool):
        raise _wrong("release", release, fix="use true or false")
    return {"release": release}


def _stop(given: Mapping[str, object]) -> dict[str, object]:
    _only(given, ("how",))
    how = given.get("how", "evaluate")
    if how not in get_args(How):
        raise _wrong("how", how, fix=f"use one of {', '.join(get_args(How))}")
    return {"how": how}


def _rollback(given: Mapping[str, object]) -> dict[str, object]:
    _only(given, ("lr_factor",))
    return {"lr_factor": _number(given.get("lr_factor", 1 / 3), "lr_factor", above=FACTOR_LEAST / 2, most=1.0)}


def _note(given: Mapping[str, object]) -> dict[str, object]:
    _only(given, ("text",))
    text = given.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > NOTE_MAX_CHARS:
        raise _wrong("text", text, fix=f"use 1-{NOTE_MAX_CHARS} characters")
    return {"text": text.strip()}


def _set(given: Mapping[str, object]) -> dict[str, object]:
    if not given:
        raise errors.InvalidRecord("nothing is to be set", field="args", fix=f"use one of {', '.join(SETTINGS)}")
    _only(given, tuple(SETTINGS))
    if "lr" in given and "lr_factor" in given:
        raise errors.InvalidRecord("lr and lr_factor exclude each other", field="args.lr_factor", fix="use one of them")
    return {key: SETTINGS[key](value, key) for key, value in given.items()}


def _rate(value: object, name: str) -> float:
    return _number(value, name, above=0.0, most=RATE_MAX)


def _factor(value: object, name: str) -> float:
    return _number(value, name, above=FACTOR_LEAST / 2, most=FACTOR_MOST)


def _decay(value: object, name: str) -> float:
    return _number(value, name, above=None, most=DECAY_MAX)


def _gain(value: object, name: str) -> float:
    return _number(value, name, above=None, most=GAIN_MAX)


def _epochs(value: object, name: str) -> int:
    return _whole(value, name, least=1, most=EPOCHS_MAX)


def _patience(value: object, name: str) -> int:
    return _whole(value, name, least=1, most=PATIENCE_MAX)


def _last_epochs(value: object, name: str) -> int:
    return _whole(value, name, least=0, most=EPOCHS_MAX)


SETTINGS: dict[str, Callable[[object, str], object]] = {
    "lr": _rate,
    "lr_factor": _factor,
    "weight_decay": _decay,
    "epochs": _epochs,
    "patience": _patience,
    "close_mosaic": _last_epochs,
    **dict.fromkeys(GAINS, _gain),
}
"""What `set` takes. ``lr`` is the rate of now, in the group of the weights, the others keep their share of it; ``lr_factor`` multiplies all. Both
change the schedule from here on: its shape stays. ``close_mosaic`` counts the last epochs without mosaic."""
_ARGUMENTS: dict[Verb, Callable[[Mapping[str, object]], dict[str, object]]] = {
    "pause": _pause,
    "resume": _nothing,
    "stop": _stop,
    "set": _set,
    "save": _nothing,
    "validate": _nothing,
    "close_mosaic": _nothing,
    "rollback": _rollback,
    "note": _note,
}


def _only(given: Mapping[str, object], allowed: tuple[str, ...]) -> None:
    for key in given:
        if key not in allowed:
            fix = f"use one of {', '.join(allowed)}" if allowed else "send no arguments"
            raise errors.InvalidRecord(f"argument {key[:80]!r} is not known", field=f"args.{key[:80]}", fix=fix)


def _number(value: object, name: str, *, above: float | None, most: float) -> float:
    """Return a finite number above a bound, or from 0 on where there is none."""
    fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not fine or value > most or (value < 0 if above is None else value <= above):  # pyright: ignore[reportOperatorIssue]
        least = "from 0" if above is None else f"above {above:g}"
        raise _wrong(name, value, fix=f"use a number {least} up to {most:g}")
    return float(value)  # pyright: ignore[reportArgumentType]  # a number, as was just seen


def _whole(value: object, name: str, *, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _wrong(name, value, fix=f"use a whole number from {least} to {most}")
    return value


def _wrong(name: str, value: object, *, fix: str) -> errors.InvalidRecord:
    return errors.InvalidRecord(f"{name} {_shown(value)} cannot be used", field=f"args.{name}", fix=fix)


def _shown(value: object) -> str:
    return repr(value)[:80]
