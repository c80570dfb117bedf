"""Runs as the run table knows them, written in one line; made from what the stores would say of them."""

import math
from collections.abc import Mapping

from yoloscope.query import facts, packed
from yoloscope.records import ids, row
from yoloscope.store import ports

NOW_NS = 1_800_000_000 * 10**9
DAY_NS = 86_400 * 10**9
POOL = packed.Pool()


def run(
    name: str,
    *,
    series: Mapping[str, tuple[float, float, float, int] | float] | None = None,
    config: dict[str, object] | None = None,
    created_ns: int = NOW_NS,
    **more: object,
) -> facts.Facts:
    """Return a run that finished; a series is its last value, or last, least, greatest and count."""
    ref = {key: more.pop(key) for key in ("project", "tags", "group", "host", "framework") if key in more}
    info = {
        "state": "finished",
        "updated_ns": created_ns,
        "ended_ns": created_ns,
        "end_reason": None,
        "exit_code": None,
        "settings": {},
        "provenance": {},
        "progress": {},
        "life": {},
        "lost": {},
        "deferred": 0,
        "attempts": (),
        "deleted_ns": None,
    } | more
    info["created_ns"] = created_ns
    said = facts.Said(
        ports.RunInfo(
            ref=row.RunRef(
                **({"id": ids.RunId(name), "project": ids.ProjectName("signs"), "name": name} | ref),
                created_ns=created_ns,
            ),
            config=config or {},
            **info,
        ),
        ports.RunStat(1, 1, None, created_ns, created_ns, {}),
        [_stat(name, value) for name, value in (series or {}).items()],
    )
    return facts.facts(said, pool=POOL)


def _stat(name: str, value: tuple[float, float, float, int] | float) -> ports.SeriesStat:
    last, low, high, count = value if isinstance(value, tuple) else (value, value, value, 1)
    return ports.SeriesStat(name, count, int(math.isnan(last)), last, None, None, low, None, None, high, None, None)
