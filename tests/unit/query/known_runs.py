"""Runs as the run table knows them, with settings and results of choice."""

from yoloscope.query import facts, outcomes, packed
from yoloscope.query.settings_of_run import Data
from yoloscope.records import ids, row
from yoloscope.store import ports

METRIC = "metrics/mAP50-95"
DATA = Data("3f2a00000000", (192, 48))


def known(name: str, *, said: dict[str, object] | None = None, **about: object) -> facts.Facts:
    """Return a finished run of ten epochs; ``said`` are fields of the catalogue, ``about`` sections and ``series`` (name to least, greatest, last)."""
    series = about.pop("series", {METRIC: (0.1, 0.7, 0.6)})
    assert isinstance(series, dict)
    ref = row.RunRef(ids.RunId(name), ids.ProjectName("p"), name=name, created_ns=len(name))
    sections = {key: {} for key in ("config", "settings", "provenance", "life")} | about
    fields = {"state": "finished", "progress": {"epochs": 10}, "deleted_ns": None} | (said or {})
    info = ports.RunInfo(
        ref=ref,
        created_ns=1,
        updated_ns=1,
        ended_ns=2,
        end_reason=None,
        exit_code=None,
        lost={},
        deferred=0,
        attempts=(),
        **(sections | fields),
    )
    stats = [
        ports.SeriesStat(one, 3, 0, last, 1, 1.0, low, 1, 1.0, high, 1, 1.0)
        for one, (low, high, last) in series.items()
    ]
    epoch = about.get("epoch", 10.0)
    stat = ports.RunStat(3, 1, epoch if isinstance(epoch, float) else 10.0, 1, 2, {})
    return facts.facts(facts.Said(info, stat, stats), pool=packed.Pool())


def outcome(value: float, *, seed: object = None, data: Data | None = DATA, **settings: object) -> outcomes.Outcome:
    """Return a run that counts."""
    return outcomes.Outcome(ids.RunId("r"), settings, data, seed, value)


def among(*runs: outcomes.Outcome, better: outcomes.Better = "higher") -> outcomes.Outcomes:
    """Return runs as the answer to a question for the best value of the metric."""
    return outcomes.Outcomes(outcomes.Metric(METRIC, "best", better, points=True), list(runs), {})
