"""What a running training can be asked for because of its findings: acts that it takes, ranked by what came of them in its project.

Called by the findings routes, and by whatever of the server acts by itself. `diagnose.acts` says which commands answer a finding, `commanding` whether the run takes them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from yoloscope.diagnose import acts
from yoloscope.query import facts
from yoloscope.query import runs as run_queries
from yoloscope.records import command
from yoloscope.server import commanding, finding_schemas, services
from yoloscope.server.diagnosing import known as told
from yoloscope.server.schemas import Localised
from yoloscope.store import ports, ports_commands, ports_effects, ports_findings

ASKED_MAX = 200
"""Newest commands of a run that are looked through for what was done already: nobody looks further back."""
_RATES = "lr/"
_MAIN = "lr/weight"
Counts = Mapping[tuple[str, str], finding_schemas.Worked]


class Offers:
    """What one run can be asked for now."""

    def __init__(
        self,
        info: ports.RunInfo,
        *,
        now: acts.Now,
        is_linked: bool,
        asked: Sequence[ports_commands.Known],
        worked: Counts,
    ) -> None:
        self._info = info
        self._now = now
        self._is_linked = is_linked
        self._asked = [(key_of(one), one) for one in asked]
        self._worked = worked

    def of(self, held: ports_findings.Held) -> list[finding_schemas.Action]:
        """Return what can be done about a finding, what worked here before first; nothing for one that is over or was dismissed."""
        found = held.finding
        if found.status != "open" or held.dismissal is not None:
            return []
        made: list[finding_schemas.Action] = []
        for act in acts.acts(found, self._now):
            done = self._done(found.rule, act)
            if self._takes(act) and (act.changes_something or done is not None):
                made.append(_action(act, worked=self._worked.get((found.rule, act.key), _NOTHING), done=done))
        return sorted(made, key=lambda one: -_score(one.worked))

    def _takes(self, act: acts.Act) -> bool:
        refusal = commanding.refusal(
            self._info, act.verb, act.args, completed=self._now.completed, is_released=False, is_linked=self._is_linked
        )
        return refusal is None

    def _done(self, rule: str, act: acts.Act) -> str | None:
        """Return the newest command that did this for this rule, or is about to."""
        mine = (one.id for key, one in self._asked if one.cause == rule and act.key in (key, _as_asked(one, self._now)))
        return next(mine, None)


def offers(of: services.Services, info: ports.RunInfo, *, now_ns: int) -> Offers:
    """Return what a run can be asked for now; reads the stores unless the run is over. Blocking."""
    seen = run_queries.as_seen(info, now_ns=now_ns)
    if told.has_ended(seen) or not seen.settings.get("control"):
        return Offers(seen, now=acts.Now(), is_linked=False, asked=(), worked={})
    run, project = seen.ref.id, seen.ref.project
    asked = of.catalog.commands.page(run, limit=ASKED_MAX, cursor=None).commands
    stat = of.series.run_stats(project, [run]).get(run)
    return Offers(
        seen,
        now=_now(
            seen,
            series=of.series.series(project, run),
            asked=asked,
            completed=facts.completed_epochs(seen, stat=stat),
        ),
        is_linked=of.hub.is_linked(run),
        asked=[one for one in asked if one.state in ("sent", "accepted", "applied")],
        worked=counts(of.catalog.effects.of_project(project)),
    )


def counts(measured: Iterable[ports_effects.Measured]) -> Counts:
    """Return by rule and act how often it helped, harmed, or did neither."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for one in measured:
        found.setdefault((one.rule, one.act), Counter())[one.effect.verdict] += 1
    return {
        key: finding_schemas.Worked(helped=of["helped"], harmed=of["harmed"], none=of["none"])
        for key, of in found.items()
    }


def key_of(known: ports_commands.Known) -> str:
    """Return what a command did, without its run (`acts.key`); by what its training says was there before."""
    before: dict[str, float] = {}
    for name, (was, _) in changes(known).items():
        if was is not None:
            before[name] = was
    return acts.key(known.verb, known.args, before=before)


def changes(known: ports_commands.Known) -> dict[str, tuple[float | None, float]]:
    """Return what a command really changed, each setting from what to what."""
    found: dict[str, tuple[float | None, float]] = {}
    for name, value in (known.result or {}).items():
        if isinstance(value, Mapping):
            both = cast("Mapping[str, object]", value)
            to = _number(both.get("to"))
            if to is not None:
                found[name] = _number(both.get("from")), to
    return found


_NOTHING = finding_schemas.Worked(helped=0, harmed=0, none=0)


def _score(worked: finding_schemas.Worked) -> float:
    """Return how likely an act helps rather than harms: Laplace's rule of succession, 1/2 where nothing is known.

    What did neither tells no side, so that it leaves an act where the catalogue has it.
    """
    return (worked.helped + 1) / (worked.helped + worked.harmed + 2)


def _action(act: acts.Act, *, worked: finding_schemas.Worked, done: str | None) -> finding_schemas.Action:
    return finding_schemas.Action(
        act=act.key,
        verb=act.verb,
        args=act.args,
        preview=Localised(en=act.preview.en, zh=act.preview.zh),
        is_final=act.is_final,
        worked=worked,
        done=done,
    )


def _as_asked(known: ports_commands.Known, now: acts.Now) -> str:
    """Return the key of a command that changed nothing yet: what is before it is what is now."""
    return acts.key(known.verb, known.args, before=now.values) if known.state != "applied" else ""


def _now(
    info: ports.RunInfo,
    *,
    series: Sequence[ports.SeriesStat],
    asked: Sequence[ports_commands.Known],
    completed: int,
) -> acts.Now:
    rates = {one.name: one for one in series if one.name.startswith(_RATES) and math.isfinite(one.last)}
    main = rates.get(_MAIN) or next(iter(rates.values()), None)
    values = {name: value for name in command.SETTINGS if (value := _given(info, name)) is not None}
    asked_decay, decay, planned = values.get("weight_decay"), _decay(info), _number(info.progress.get("epochs"))
    values |= {} if decay is None else {"weight_decay": decay}
    values |= {} if planned is None else {"epochs": planned}
    for one in reversed(asked):
        if one.state == "applied":
            values |= {name: to for name, (_, to) in changes(one).items() if name in command.SETTINGS}
    if main is not None:
        values["lr"] = main.last
    return acts.Now(
        rate=values.get("lr"),
        peak=min((one.max for one in rates.values() if math.isfinite(one.max)), default=None),
        completed=completed,
        values=values,
        decay_scale=decay / asked_decay if decay and asked_decay else 1.0,
    )


def _given(info: ports.RunInfo, name: str) -> float | None:
    value = _number(info.settings.get(name))
    return _number(info.config.get(name)) if value is None else value


def _decay(info: ports.RunInfo) -> float | None:
    """Return the decay of the groups that have one, as the training began."""
    groups = info.settings.get("groups")
    for group in cast("list[object]", groups) if isinstance(groups, list) else []:
        decay = _number(cast("Mapping[str, object]", group).get("weight_decay")) if isinstance(group, Mapping) else None
        if decay:
            return decay
    return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
