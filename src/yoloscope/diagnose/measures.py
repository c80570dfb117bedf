"""What a server may do to a training by itself, and whether it should now: pure.

Called by `server.measures`, which carries it out, and by `benchmarks.autopilot`. Findings decide, never curves: what no rule says nobody acts on. One act at a
time, none while a command is open, and after a change of rate or weights only on what was found again in complete epochs behind it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import msgspec

from yoloscope.diagnose.texts import text
from yoloscope.records import command, finding

Name = Literal["stop_broken", "stop_saturated", "roll_back_diverged"]
NAMES: tuple[Name, ...] = get_args(Name)
Mode = Literal["off", "would", "on"]
Kind = Literal["act", "would", "limited"]
LR_FACTOR = 1 / 3
"""What the advice of the rules says: N05, N13."""
COOL_EPOCHS = 3
"""A rule of epochs opens after three hits in a row: those after a change shall all lie behind it."""
STAYS_EPOCHS = 1.0
"""For so long weights are broken before that counts: frameworks reload a checkpoint by themselves within the epoch."""
SURE_EPOCHS = 5.0
"""For so long a training is converged before it is ended."""
LEFT_LEAST = 0.1
"""Share of the budget below which ending early saves nothing worth an act."""
TRIES_MOST = 3
"""Acts of a measure that came to nothing in a run, after which it asks no more there."""
_COMPARING = ("N13",)
_TURNING: tuple[command.Verb, ...] = ("rollback", "set", "resume")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a project lets a measure act, and how often a run."""

    mode: Mode = "off"
    most: int = 3


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A command of the run, by a measure or, without one, by a person.

    ``process`` is the one that it was for, ``ends`` tells that it was to end the newest attempt, ``cannot`` that it was refused because the training cannot do it.

    ``epoch`` is where the training carried it out. Of one that expired, and may have been carried out where nobody hears of it, it is how far the training was
    known to be then.
    """

    id: str = ""
    measure: str = ""
    verb: command.Verb = "note"
    state: command.State = "applied"
    epoch: float | None = None
    step: int | None = None
    process: str = ""
    ends: bool = False
    cannot: bool = False


class Began(msgspec.Struct, frozen=True, kw_only=True):
    """Where a process went on with a training that another one had begun; of one that does not tell, how far the training was known to be when it was first seen."""

    epoch: float
    step: int | None = None


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """A run as the decision needs it: its open findings that count, its commands, oldest first, and the process that trains now.

    ``resumed`` is ``None`` where that is the first one.
    """

    findings: Sequence[finding.Finding]
    taken: Sequence[Taken] = ()
    epoch: float = 0.0
    """Complete epochs."""
    process: str = ""
    resumed: Began | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done, or noted. ``key`` is the same for the same opening of a finding, and for an act of the same number."""

    kind: Kind
    measure: Name
    key: str
    rule: str
    epoch: float | None
    verb: command.Verb
    args: dict[str, object]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """What people read of a measure; ``rules`` are those whose findings it answers."""

    title: text.Told
    what: text.Told
    rules: tuple[str, ...]


TEXTS: Mapping[Name, Text] = {
    "stop_broken": Text(
        title=text.Told("Stop what is broken", "停掉已经坏掉的训练"),
        what=text.Told(
            "Stops a training, so that it can be resumed, when its losses are NaN again and again, its weights stay NaN, or its mAP is 0 after so many epochs"
            " that trainings hardly ever recover.",
            "损失反复变成 NaN、权重一直是 NaN，或者过了很多个 epoch mAP 仍为 0（这样的训练几乎不会恢复）时，停掉训练，之后可以恢复。",
        ),
        rules=("N01", "N03", "G04"),
    ),
    "stop_saturated": Text(
        title=text.Told("Stop what has converged", "停掉已经收敛的训练"),
        what=text.Told(
            "Ends a training with its final evaluation when mAP50-95 has stood still for a long time well before the end of the budget. Where the last epochs"
            " without mosaics are still ahead, it jumps to these instead.",
            "离计划的 epoch 数还远，mAP50-95 却早已不再上升时，做完最终评估就结束训练。如果最后不用 mosaic 的阶段还没开始，就直接跳到那个阶段。",
        ),
        rules=("G03",),
    ),
    "roll_back_diverged": Text(
        title=text.Told("Roll back what diverges", "发散时回退"),
        what=text.Told(
            "Goes back to the last good checkpoint with a third of the learning rate when the loss diverges, gradients explode and the loss goes with them, the"
            " weights are broken, or the loss swings wildly while the rate or its steps are far too large. Without a good checkpoint it only lowers the rate.",
            "损失发散、梯度爆炸并拖着损失上升、权重损坏，或者学习率（或单步更新）过大而损失剧烈震荡时，回到最近一个完好的检查点，学习率降到三分之一。没有完好的检查点时只降低学习率。",
        ),
        rules=("N13", "N05", "N01", "N03", "N10", "L02"),
    ),
}
_ORDER: tuple[Name, ...] = ("roll_back_diverged", "stop_broken", "stop_saturated")
"""What can still be saved is saved before it is given up."""


def decisions(stands: Stands, rules: Mapping[Name, Rule]) -> list[Decision]:
    """Return what the measures do now, one act at most; what they would do, or may not do any more, besides."""
    if any(one.state not in command.SETTLED for one in stands.taken) or _is_ending(stands):
        return []
    made: list[Decision] = []
    for name in _ORDER:
        rule = rules.get(name, Rule())
        found = None if rule.mode == "off" else _reason(name, stands)
        if found is None:
            continue
        decision = _decided(name, rule, found, stands)
        if decision is None:
            continue
        made.append(decision)
        if decision.kind == "act":
            break
    return made


def _decided(name: Name, rule: Rule, found: finding.Finding, stands: Stands) -> Decision | None:
    mine = [one for one in stands.taken if one.measure == name]
    failed = sum(one.state != "applied" for one in mine)
    act = _act(name, found, mine, stands)
    if act is None:
        return None
    verb, args = act
    decision = Decision(
        kind="would",
        measure=name,
        key=f"{found.rule}@{found.opened.step if found.opened.step is not None else found.opened.epoch}",
        rule=found.rule,
        epoch=stands.epoch,
        verb=verb,
        args=args,
    )
    if rule.mode == "would":
        return decision
    if failed >= TRIES_MOST:
        return None
    if len(mine) - failed >= rule.most:
        return msgspec.structs.replace(decision, kind="limited")
    return msgspec.structs.replace(decision, kind="act", key=f"{name}-{_number_of_next(name, stands)}")


def _number_of_next(name: Name, stands: Stands) -> int:
    """Return the number of a measure's next act, behind all ids of its form: a copy brings commands along that nobody here asked for."""
    known = [one.id.removeprefix(f"{name}-") for one in stands.taken if one.id.startswith(f"{name}-")]
    mine = sum(one.measure == name for one in stands.taken)
    return 1 + max([mine, *(int(one) for one in known if one.isdecimal())])


def _act(
    name: Name, found: finding.Finding, mine: Sequence[Taken], stands: Stands
) -> tuple[command.Verb, dict[str, object]] | None:
    """Return what a measure asks for; None where it did all that it can."""
    was_refused = any(one.cannot for one in mine)
    if name == "roll_back_diverged":
        return ("set" if was_refused else "rollback"), {"lr_factor": LR_FACTOR}
    if name == "stop_broken":
        return "stop", {"how": "resumable"}
    closing, left = _number(found, "closing") or 0.0, _number(found, "left") or 0.0
    has_jumped = any(one.state == "applied" and one.verb == "set" for one in mine)
    is_closing = found.variant != "mosaic_ahead" and closing > 0 and left <= closing
    if has_jumped or is_closing:
        return None  # the epochs that are left are the ones without mosaics, whoever sent it there
    if found.variant != "mosaic_ahead" or was_refused:
        return "stop", {"how": "evaluate"}
    wanted = int(stands.epoch) + 2 + int(closing)  # one more for the command to arrive in
    is_shorter = wanted < (found.updated.epoch or 0.0) + left
    return ("set", {"epochs": wanted}) if is_shorter else None


def _reason(name: Name, stands: Stands) -> finding.Finding | None:
    """Return the finding that a measure answers now."""
    since = _turned(stands)
    for rule in TEXTS[name].rules:
        found = next((one for one in stands.findings if one.rule == rule and one.status == "open"), None)
        if found is not None and _calls(name, found, stands, since=since):
            return found
    return None


def _calls(name: Name, found: finding.Finding, stands: Stands, *, since: Began | None) -> bool:
    """Tell whether a finding is a reason for a measure, renewed by epochs behind the last change."""
    if found.rule == "G04":
        return _is_renewed(found, since, epochs=_number(found, "epochs") or COOL_EPOCHS)
    if not _is_renewed(found, since, epochs=COOL_EPOCHS):
        return False
    if name == "stop_saturated":
        return _lasts(found) >= SURE_EPOCHS and (_number(found, "share") or 0.0) >= LEFT_LEAST
    if found.rule == "N03":
        return _lasts(found) >= STAYS_EPOCHS
    if name == "stop_broken":
        return found.variant == "loop"
    return _is_divergence(found, stands, is_first=not any(map(_was_done, stands.taken)))


def _is_divergence(found: finding.Finding, stands: Stands, *, is_first: bool) -> bool:
    """Tell whether a finding says that steps are too large.

    A warning is reason enough to begin, not to go on: it looks back too far to see what a change did.
    """
    if found.severity != "critical":
        return is_first and found.severity == "warning" and _is_seconded(found, stands)
    if found.rule == "N01":
        return found.variant in ("loop", "explosion")
    if found.rule == "N05":
        return found.variant == "loss"
    return found.rule == "N13"


def _is_seconded(found: finding.Finding, stands: Stands) -> bool:
    """Tell whether a warning has a second witness, or is of two things by itself: a loss that swings, at a rate that is too high."""
    others = {one.rule: one for one in stands.findings if one.status == "open"}
    if found.rule == "N10":
        return found.variant.endswith("_high")
    return "N08" in others and others["N08"].variant == "hot"


def _is_renewed(found: finding.Finding, since: Began | None, *, epochs: float) -> bool:
    """Tell whether a finding was made again after a change; one that compares batches or epochs, by such alone that lie behind it."""
    if since is None:
        return True
    if (found.updated.epoch or 0.0) < since.epoch + epochs:
        return False
    if found.window is None or found.rule not in _COMPARING:
        return True
    return found.window[0] >= ((since.step or 0) if found.by_step else math.floor(since.epoch))


def _lasts(found: finding.Finding) -> float:
    return (found.updated.epoch or 0.0) - (found.opened.epoch or 0.0)


def _turned(stands: Stands) -> Began | None:
    """Return where the training last began to go another way: by a command, whoever asked for it, or in a process that went on with it."""
    turns = [(one.process, turn) for one in stands.taken if (turn := _turn(one)) is not None]
    here = [one for one in turns if one[0] == stands.process] if stands.resumed else turns
    return here[-1][1] if here else stands.resumed


def _turn(one: Taken) -> Began | None:
    """Return where a command made a training go another way, None if it did not."""
    if one.state not in ("applied", "expired") or one.verb not in _TURNING or one.epoch is None:
        return None
    return Began(epoch=one.epoch, step=one.step)


def _was_done(one: Taken) -> bool:
    """Tell whether a command made a training go another way, as the training says: of one that expired it would have said so within the epochs that are waited."""
    return one.state == "applied" and _turn(one) is not None


def _is_ending(stands: Stands) -> bool:
    return any(one.ends and one.state == "applied" and one.process == stands.process for one in stands.taken)


def _number(found: finding.Finding, name: str) -> float | None:
    value = found.values.get(name)
    return float(value) if isinstance(value, int | float) else None
