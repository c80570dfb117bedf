"""Whether a command can be carried out as a run stands, and commands as the API shows them: pure.

Called by `asking` and the routes. What a verb takes is said in `records.command`, what a training can do in `settings.control` of its run.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import cast, get_args

from yoloscope.diagnose import effect_texts
from yoloscope.query import texts
from yoloscope.records import command, effect, ids, state
from yoloscope.server import command_schemas, schemas
from yoloscope.store import ports, ports_commands, ports_effects
from yoloscope.wire import recording

VERSION = 1
"""Of what a sidecar is told."""
_REASONS: dict[object, command.Reason] = {reason: reason for reason in get_args(command.Reason)}
Refusal = ports_commands.Refusal


def writer_of(info: ports.RunInfo) -> ids.WriterId | None:
    """Return the writer that a run's commands are for; ``None`` where no sidecar stands beside the training."""
    mains = ports.main_attempts(info.attempts)
    if not mains or info.ref.framework == state.PLAIN_LOG or recording.is_derived(mains[-1].writer):
        return None
    return mains[-1].writer


def refusal(
    info: ports.RunInfo,
    verb: command.Verb,
    args: Mapping[str, object],
    *,
    completed: int,
    is_released: bool,
    is_linked: bool,
) -> Refusal | None:
    """Return why a run cannot do what is asked, ``None`` if it may try.

    `completed` counts its epochs; `is_released` says that its last act was to give its card back, `is_linked` that its sidecar waits for commands.
    """
    if info.state in state.ENDED:
        if verb == "resume" and is_released:
            return Refusal(
                "nobody_resumes",
                "the training gave its card back and has ended; only its own machine can start it again",
            )
        return Refusal("not_running", f"the run is over ({info.state})")
    if writer_of(info) is None:
        return Refusal("no_sidecar", "nothing of yoloscope runs beside the training that could carry the command")
    if verb == "stop" and args.get("how") == "kill" and is_linked:
        return None  # its sidecar does that, whatever the training can
    return _beyond(info.settings.get("control"), verb, args) or _behind(verb, args, completed=completed)


def _beyond(control: object, verb: command.Verb, args: Mapping[str, object]) -> Refusal | None:
    """Return why the training is not able to do what is asked."""
    if not isinstance(control, Mapping):
        return Refusal("framework_cannot", "the training has not said that it takes commands")
    told = cast("Mapping[str, object]", control)
    if verb not in _texts(told.get("verbs")):
        return _cannot(told, verb)
    wishes = [f"set.{name}" for name in args] if verb == "set" else _ways(verb, args)
    settings = {f"set.{name}" for name in _texts(told.get("settings"))}
    for wish in wishes:
        if wish in _excuses(told) or (verb == "set" and wish not in settings):
            return _cannot(told, wish)
    return None


def _ways(verb: command.Verb, args: Mapping[str, object]) -> list[str]:
    """Return the word for a way of carrying out a verb that not every training knows."""
    if verb == "pause" and args.get("release"):
        return ["pause.release"]
    return [f"stop.{args.get('how')}"] if verb == "stop" else []


def _behind(verb: command.Verb, args: Mapping[str, object], *, completed: int) -> Refusal | None:
    epochs = args.get("epochs") if verb == "set" else None
    if not isinstance(epochs, int) or epochs > completed:
        return None
    return Refusal("below_epoch", f"{completed} epochs are complete: the least that can be set is {completed + 1}")


def _cannot(told: Mapping[str, object], word: str) -> Refusal:
    reason = _REASONS.get(_excuses(told).get(word), "framework_cannot")
    return Refusal(reason, f"the training cannot {word.replace('.', ' ')}")


def _excuses(told: Mapping[str, object]) -> Mapping[str, object]:
    cannot = told.get("cannot")
    return cast("Mapping[str, object]", cannot) if isinstance(cannot, Mapping) else {}


def _texts(value: object) -> list[str]:
    items = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    return [item for item in items if isinstance(item, str)]


def shaped(known: ports_commands.Known, *, measured: ports_effects.Measured | None = None) -> command_schemas.Command:
    """Return a command as the API shows it, with what came of it as far as that was measured."""
    at = None
    if known.wall_ns is not None:
        at = command_schemas.AppliedAt(step=known.step, epoch=known.epoch, time=texts.iso_from_ns(known.wall_ns))
    return command_schemas.Command(
        id=known.id,
        verb=known.verb,
        args=known.args,
        state=known.state,
        who=known.who,
        created=texts.iso_from_ns(known.created_ns),
        deadline=texts.iso_from_ns(known.deadline_ns),
        accepted=_iso(known.accepted_ns),
        settled=_iso(known.settled_ns),
        applied_at=at,
        result=known.result,
        cause=known.cause,
        effect=None if measured is None else _shaped_effect(measured.effect),
    )


def _shaped_effect(of: effect.Effect) -> command_schemas.Effect:
    said = effect_texts.sentence(of)
    return command_schemas.Effect(
        verdict=of.verdict,
        series=of.series,
        epochs=of.epochs,
        of=of.of,
        before=of.before,
        after=of.after,
        change=of.change,
        expected=of.expected,
        basis=of.basis,
        runs=of.runs,
        sentence=schemas.Localised(en=said.en, zh=said.zh),
    )


def shaped_event(event: ports_commands.Event) -> command_schemas.CommandEvent:
    """Return a line of the audit as the API shows it."""
    return command_schemas.CommandEvent(
        at=texts.iso_from_ns(event.at_ns),
        kind=event.kind,
        command=event.command,
        verb=event.verb,
        who=event.who,
        reason=event.reason,
        detail=event.detail,
    )


def order_from_known(known: ports_commands.Known, *, now_ns: int) -> command_schemas.Order:
    """Return a command as its sidecar is told of it."""
    return command_schemas.Order(
        id=known.id,
        verb=known.verb,
        args=known.args,
        order=known.order,
        expires_in_s=max(0.0, (known.deadline_ns - now_ns) / 1e9),
        who=known.who,
    )


def etag(open_ones: Sequence[ports_commands.Known]) -> str:
    """Return what tells one set of open commands from another."""
    return hashlib.sha256("\n".join(one.id for one in open_ones).encode()).hexdigest()[:16]


def _iso(time_ns: int | None) -> str | None:
    return None if time_ns is None else texts.iso_from_ns(time_ns)
