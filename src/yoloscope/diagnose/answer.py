"""What to say first about a run: one sentence and a verdict, from what was seen, the open findings and earlier runs. A verdict never comes from nothing."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from yoloscope.curves import robust
from yoloscope.diagnose import forecast, phases, telling, thresholds, view
from yoloscope.diagnose.texts import answers, text
from yoloscope.records import finding

Verdict = Literal["healthy", "warning", "critical", "unknown"]
Phase = phases.Name | Literal["unknown"]
Values = Mapping[str, object]
LOW_MAP = 0.3
"""mAP50-95 of an ended training below which no news is no good news; no rule decides by it."""
TRAIN = "train/total"
_JOINTS: Mapping[telling.Language, tuple[str, str, str]] = {"en": (": ", "; ", "."), "zh": ("：", "；", "。")}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one run. ``told`` is one sentence in both languages; ``expected`` is ``None`` where nothing can be forecast."""

    verdict: Verdict
    phase: Phase
    told: text.Told
    expected: forecast.Forecast | None = None


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    run: view.View
    worst: Sequence[finding.Finding]
    past: finding.Finding | None
    texts: Mapping[str, text.Text]
    has_ended: bool
    phase: Phase
    expected: forecast.Forecast | None


def of(
    run: view.View, findings: Sequence[finding.Finding], texts: Mapping[str, text.Text], *, has_ended: bool = False
) -> Answer:
    """Return the answer; `findings` are those of the engine in its order, root causes first, `texts` those of the catalogue by rule."""
    found = phases.of(run)
    expected = None if has_ended else forecast.of(run)
    seen = _Seen(
        run=run,
        worst=_worst(findings, "open"),
        past=next(iter(_worst(findings, "closed")), None),
        texts=texts,
        has_ended=has_ended or run.epoch >= (run.facts.epochs or math.inf),
        phase=found.name if found else "unknown",
        expected=expected,
    )
    verdict = _verdict(seen)
    told = text.Told(_sentence(seen, verdict, language="en"), _sentence(seen, verdict, language="zh"))
    return Answer(verdict=verdict, phase=seen.phase, told=told, expected=expected)


def _worst(findings: Sequence[finding.Finding], status: finding.Status) -> Sequence[finding.Finding]:
    """Return the open or the closed findings that people should know of, causes only, the worst first and otherwise in the order given."""
    severe = [one for one in findings if one.status == status and one.severity != "info"]
    roots = [one for one in severe if one.caused_by is None] or severe
    return sorted(roots, key=lambda one: -finding.SEVERITIES.index(one.severity))


def _verdict(seen: _Seen) -> Verdict:
    if seen.worst:
        return "critical" if seen.worst[0].severity == "critical" else "warning"
    return "unknown" if _unknown(seen) else "healthy"


def _unknown(seen: _Seen) -> str:
    """Return why nothing can be said though nothing was found, ``""`` if something can."""
    run = seen.run
    metric, total = run.series(forecast.MAP), run.series(TRAIN)
    if run.epoch == 0 or (metric is None and total is None):
        return "nothing"
    if run.epoch < thresholds.ANSWER_EPOCHS:
        return "few_ended" if seen.has_ended else "few"
    if metric is None or not math.isfinite(metric.most):
        return "no_map"
    if total is None or not math.isfinite(total.ema):
        return "no_loss"
    if metric.most < thresholds.G04_MAP:
        return "zero_ended" if seen.has_ended else "zero"
    return ""


def _sentence(seen: _Seen, verdict: Verdict, *, language: telling.Language) -> str:
    colon, semicolon, stop = _JOINTS[language]
    why = _unknown(seen)
    if verdict == "unknown" and why == "nothing":
        return telling.in_language(answers.UNKNOWN[why], language) + stop
    values = _values(seen, language)
    first = answers.UNKNOWN[why] if verdict == "unknown" else answers.JUDGEMENTS[_judgement(seen, verdict)]
    clauses = [first, *_past(seen, verdict), *_level(seen, why), *_rest(seen, verdict)]
    told = [telling.in_language(clause, language).format_map(values) for clause in (_head(seen), *clauses)]
    return told[0] + colon + semicolon.join(told[1:]) + stop


def _head(seen: _Seen) -> text.Told:
    budget = seen.run.facts.epochs
    if seen.has_ended:
        return answers.HEADS["ended_early" if budget and seen.run.epoch < budget else "ended"]
    if budget is None:
        return answers.HEADS["epoch"]
    return answers.HEADS["budget" if seen.phase == "unknown" else seen.phase]


def _judgement(seen: _Seen, verdict: Verdict) -> str:
    if verdict == "warning" and len(seen.worst) > 1:
        return "warnings"
    if verdict != "healthy":
        return verdict
    levels, metric = _levels(seen.run), seen.run.series(forecast.MAP)
    if metric is None or len(levels) < thresholds.H02_PEERS_FEW:
        return "healthy_low" if _is_low_unexplained(seen) else "healthy"
    return (
        "healthy_behind"
        if metric.ema < min(levels)
        else "healthy_ahead"
        if metric.ema > max(levels)
        else "healthy_inside"
    )


def _is_low_unexplained(seen: _Seen) -> bool:
    """Tell whether a training ended low while neither its mistakes were counted nor its labels looked at, so that those may be why."""
    metric, labels = seen.run.series(forecast.MAP), seen.run.facts.train.corrupt
    is_low = metric is not None and metric.most < LOW_MAP
    return seen.has_ended and is_low and labels is None and seen.run.series("errors/correct") is None


def _past(seen: _Seen, verdict: Verdict) -> list[text.Told]:
    """Return what a training that is well now has come through."""
    if seen.past is None or verdict != "healthy":
        return []
    return [answers.PASTS["after" if _closed_at(seen.past) else "once"]]


def _closed_at(past: finding.Finding) -> int:
    return int(past.closed.epoch or 0) if past.closed else 0


def _levels(run: view.View) -> list[float]:
    """Return where earlier runs were at this epoch."""
    return [level for peer in run.peers.runs if (level := peer.at(run.epoch)) is not None]


def _level(seen: _Seen, why: str) -> list[text.Told]:
    metric = seen.run.series(forecast.MAP)
    if metric is None or not metric.most > 0 or why in ("nothing", "zero", "zero_ended"):
        return []
    if seen.has_ended:
        return [answers.LEVELS["best"]]
    if seen.worst and seen.worst[0].severity == "critical":
        return [answers.LEVELS["now"]]
    if seen.expected is not None:
        return [answers.LEVELS["forecast"]]
    is_early = not why and metric.ema >= thresholds.FORECAST_MAP_LEAST and seen.run.facts.epochs is not None
    return [answers.LEVELS["early" if is_early else "now"]]


def _rest(seen: _Seen, verdict: Verdict) -> list[text.Told]:
    if verdict == "critical":
        return [] if seen.has_ended else [answers.RESTS["critical"]]
    told = seen.expected
    if seen.has_ended or told is None or verdict == "unknown":
        return []
    closes = told.mosaic_closes_at
    if told.enough is None or (closes is not None and closes - thresholds.CUT_MUTE <= told.enough < closes):
        return [answers.RESTS["end"]]
    key = "now" if told.enough <= seen.run.epoch else "later"
    return [answers.RESTS[f"{key}_mosaic" if closes is not None and told.enough < closes else key]]


def _values(seen: _Seen, language: telling.Language) -> Values:
    run, told = seen.run, seen.expected
    metric = run.series(forecast.MAP)
    values: dict[str, object] = {
        "epoch": run.epoch,
        "budget": run.facts.epochs,
        "left": (run.facts.epochs or run.epoch) - run.epoch,
        "peers": len(_levels(run)),
        "count": len(seen.worst),
        "title": _title(seen, seen.worst[0], language) if seen.worst else "",
    }
    if seen.past is not None:
        values |= {"past": _title(seen, seen.past, language), "closed": _closed_at(seen.past)}
    if metric is not None:
        newest = robust.finite(metric.window(3))
        now = float(newest.mean()) if len(newest) else metric.ema
        values |= {"now": now, "best": metric.most, "best_epoch": metric.most_epoch}
    if told is not None:
        values |= {"now": told.now, "final": told.final, "low": told.low, "high": told.high}
        values |= {"enough": told.enough, "closes": told.mosaic_closes_at}
    return values


def _title(seen: _Seen, one: finding.Finding, language: telling.Language) -> str:
    return _inline(telling.title(one.rule, seen.texts, language=language))


def _inline(title: str) -> str:
    """Return a title as it stands within a sentence: small at its start unless its first word has capitals of its own, as NaN has."""
    word = title.split(" ", 1)[0]
    return title[:1].lower() + title[1:] if word[1:].islower() else title
