"""What a running training can be asked for at once because of a finding: its changes as commands, and what rules suggest beside them.

Called by the server with what is known of a run now; whether the run takes a command is for others to say. Only what acts without a restart is
offered: another batch, size, dataset or precision is advice, never an act. `key` names an act without its run, so that what came of it can be learnt.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, cast

import msgspec

from yoloscope.diagnose import thresholds
from yoloscope.diagnose.texts.text import Told
from yoloscope.records import command, finding

BACK = round(1 / thresholds.N13_LR_STEP, 3)
"""What a rate is multiplied by where steps are too large: the step of the rules on divergence."""
_STEPS = (BACK, round(1 / thresholds.N12_LR_STEP, 3), thresholds.N12_LR_STEP, 0.5, 2.0)
_ROUNDING = 0.06
"""Advice tells rates with two digits, which is up to 5 % beside the ratio that was meant."""
_RATE_WITH = ("batch", "optimizer", "imgsz")
"""Beside one of these a rate is meant for the next training alone."""
_NEXT_TIME: Mapping[str, tuple[str, ...]] = {"G03": ("epochs",)}
"""Changes that a rule means for the next training: fewer epochs than are done."""


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """How a run stands: the rate of now and the highest so far, epochs that are complete, and the value of each setting as far as it is known.

    ``decay_scale`` is the weight decay that was in effect at the start by the argument, which is what rules know: batch and accumulation belong to it.
    """

    rate: float | None = None
    peak: float | None = None
    completed: int = 0
    values: Mapping[str, float] = {}
    decay_scale: float = 1.0


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One command that answers a finding; ``changes_something`` is false where the run stands there already."""

    key: str
    verb: command.Verb
    args: dict[str, object]
    preview: Told
    is_final: bool = False
    changes_something: bool = True


class _Wish(NamedTuple):
    verb: command.Verb
    args: dict[str, object]


_EVALUATE, _KEEP = _Wish("stop", {"how": "evaluate"}), _Wish("stop", {"how": "resumable"})
_ROLLBACK, _SLOWER = _Wish("rollback", {"lr_factor": BACK}), _Wish("set", {"lr_factor": BACK})
_UNMOSAIC = _Wish("close_mosaic", {})


def acts(found: finding.Finding, now: Now) -> list[Act]:
    """Return what can be done about a finding, what is best tried first before the rest; the same act once."""
    wishes = [*_FIRST.get((found.rule, found.variant), _FIRST.get((found.rule, ""), ()))]
    wishes += _changes(found, now)
    wishes += _LAST.get((found.rule, found.variant), _LAST.get((found.rule, ""), ()))
    made: dict[str, Act] = {}
    for wish in wishes:
        act = _act(wish, now)
        made.setdefault(act.key, act)
    return list(made.values())


_FIRST: Mapping[tuple[str, str], tuple[_Wish, ...]] = {
    ("N01", ""): (_ROLLBACK,),
    ("N01", "explosion"): (_ROLLBACK, _SLOWER),
    ("N01", "start"): (_KEEP,),  # half precision: only a restart changes it
    ("N01", "loop"): (_KEEP,),
    ("N03", ""): (_ROLLBACK,),
    ("N05", "loss"): (_ROLLBACK,),
    ("N13", ""): (_ROLLBACK, _SLOWER),
    ("G02", "mosaic_ahead"): (_UNMOSAIC,),
    ("G03", "mosaic_ahead"): (_UNMOSAIC,),
}
"""By rule and variant; the common variant counts for those that are not named."""
_LAST: Mapping[tuple[str, str], tuple[_Wish, ...]] = {
    ("N03", ""): (_EVALUATE,),
    ("N05", ""): (_ROLLBACK,),
    ("G01", ""): (_EVALUATE,),
    ("G02", ""): (_EVALUATE,),
    ("G02", "mosaic_ahead"): (),
    ("G03", ""): (_EVALUATE,),
    ("G04", ""): (_KEEP,),
}


def _changes(found: finding.Finding, now: Now) -> Iterator[_Wish]:
    """Yield the changes of a finding that act in a running training."""
    for name, value in found.changes.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            continue
        if name in _NEXT_TIME.get(found.rule, ()):
            continue
        make = _MADE.get(name)
        wish = None if make is None else make(found, float(value), now)
        if wish is not None:
            yield wish


def _rate(found: finding.Finding, value: float, now: Now) -> _Wish | None:
    if any(name in found.changes for name in _RATE_WITH):
        return None
    factor = _factor(found, value, now)
    if factor is None or not command.FACTOR_LEAST <= factor <= command.FACTOR_MOST:
        return None
    return _Wish("set", {"lr_factor": factor})


def _factor(found: finding.Finding, value: float, now: Now) -> float | None:
    """Return what the rate is to be multiplied by: what the rule says, else the rate that it advises by the one that the schedule began from.

    That is the highest so far, never ``lr0``: an optimizer that was chosen automatically has a rate of its own.
    """
    told = found.values.get("factor")
    if isinstance(told, int | float) and not isinstance(told, bool):
        return _short(float(told))
    base = found.values.get("now") if found.rule == "A01" else now.peak
    if not isinstance(base, int | float) or not base > 0:
        return None
    ratio = value / base
    return next((step for step in _STEPS if abs(ratio / step - 1) < _ROUNDING), _short(ratio))


def _decay(found: finding.Finding, value: float, now: Now) -> _Wish | None:
    del found
    return _Wish("set", {"weight_decay": _short(value * now.decay_scale, digits=4)})


def _epochs(found: finding.Finding, value: float, now: Now) -> _Wish | None:
    del found
    return _Wish("set", {"epochs": int(value)}) if value > now.completed else None


def _whole(name: str) -> "_Make":
    return lambda _found, value, _now: _Wish("set", {name: int(value)})


def _gain(name: str) -> "_Make":
    return lambda _found, value, _now: _Wish("set", {name: value})


_Make = Callable[[finding.Finding, float, Now], _Wish | None]
_MADE: Mapping[str, _Make] = {
    "lr0": _rate,
    "weight_decay": _decay,
    "epochs": _epochs,
    "patience": _whole("patience"),
    "close_mosaic": _whole("close_mosaic"),
    **{name: _gain(name) for name in command.GAINS},
}


def _act(wish: _Wish, now: Now) -> Act:
    return Act(
        key=key(wish.verb, wish.args, before=now.values),
        verb=wish.verb,
        args=dict(wish.args),
        preview=_preview(wish, now),
        is_final=wish.verb == "stop",
        changes_something=wish.verb != "set" or any(_differs(name, to, now) for name, to in wish.args.items()),
    )


def _differs(name: str, to: object, now: Now) -> bool:
    known = now.values.get(name)
    return known is None or not isinstance(to, int | float) or abs(known - to) > 1e-9 * max(1.0, abs(to))


def key(verb: str, args: Mapping[str, object], *, before: Mapping[str, float]) -> str:
    """Return the name of an act that is the same in all runs: ``set lr_factor=0.333``, ``set epochs+50``, ``stop how=evaluate``.

    A rate that was set outright counts by its ratio to that ``before`` it, more epochs by how many more.
    """
    return " ".join((verb, *(_named(name, value, before) for name, value in args.items())))


def _named(name: str, value: object, before: Mapping[str, float]) -> str:
    was = before.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return f"{name}={value}"
    if name == "lr" and was:
        return f"lr_factor={value / was:.3g}"
    if name == "epochs" and was is not None:
        return f"epochs{value - was:+.0f}"
    return f"{name}={_shown(value)}"


_FROM_BATCH = Told("{what} from the next batch", "从下一个 batch 起 {what}")
_FROM_EPOCH = Told("{what} from the next epoch", "从下一个 epoch 起 {what}")
_LATER = ("epochs", "patience", "close_mosaic")
"""Settings that nothing asks for before an epoch ends."""
_PLAIN: Mapping[tuple[str, str], Told] = {
    ("stop", "evaluate"): Told(
        "ends the training after this batch or epoch, with the final evaluation of best.pt",
        "在当前 batch 或 epoch 之后结束训练，并用 best.pt 做最终评估",
    ),
    ("stop", "resumable"): Told(
        "ends the training after this epoch; it can be resumed from its checkpoint",
        "在当前 epoch 之后结束训练，之后可以从 checkpoint 继续",
    ),
    ("close_mosaic", ""): Told("no mosaic from the next epoch on", "从下一个 epoch 起关闭 mosaic"),
}


def _preview(wish: _Wish, now: Now) -> Told:
    if wish.verb == "rollback":
        rate = _step("lr_factor", wish.args.get("lr_factor"), now)
        return Told(
            f"back to the last good checkpoint, {rate} from the next batch",
            f"回到上一个完好的 checkpoint，从下一个 batch 起 {rate}",
        )
    if wish.verb == "set":
        what = ", ".join(_step(name, value, now) for name, value in wish.args.items())
        when = _FROM_EPOCH if all(name in _LATER for name in wish.args) else _FROM_BATCH
        return Told(when.en.format(what=what), when.zh.format(what=what))
    return _PLAIN[wish.verb, str(wish.args.get("how", ""))]


def _step(name: str, value: object, now: Now) -> str:
    """Return what becomes of a setting, with what it is now: ``lr 0.01 → 0.00333``."""
    to = cast("float", value)
    if name == "lr_factor":
        return f"lr × {_shown(to)}" if now.rate is None else f"lr {_shown(now.rate)} → {_shown(now.rate * to)}"
    was = now.values.get(name)
    return f"{name} → {_shown(to)}" if was is None else f"{name} {_shown(was)} → {_shown(to)}"


def general(act: str) -> Told:
    """Return an act in words that fit every run, from its key: ``lr × 0.333``."""
    verb, *args = act.split(" ")
    what = ", ".join(_general(one) for one in args)
    if verb == "rollback":
        return Told(f"back to the last good checkpoint, {what}", f"回到上一个完好的 checkpoint，{what}")
    if verb == "set":
        return Told(what, what)
    return _PLAIN.get((verb, args[0].removeprefix("how=") if args else ""), Told(act, act))


def _general(one: str) -> str:
    name, equals, value = one.partition("=")
    if not equals:
        return one.replace("epochs", "epochs ", 1)
    return f"lr × {value}" if name == "lr_factor" else f"{name} → {value}"


def _short(value: float, *, digits: int = 2) -> float:
    return float(f"{value:.{digits}g}")


def _shown(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e6 else f"{value:.3g}"
