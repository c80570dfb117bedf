"""What the rules say of trainings that people published: no faults are known of them, so a rule that often speaks is a rule that is often wrong.

``YOLOSCOPE_CORPUS`` names a folder of `results.csv` files and a ``manifest.json`` with the arguments of each. Nothing of it is written anywhere.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.diagnosis import hindsight, intervals, streams
from yoloscope.diagnose import catalogue, thresholds
from yoloscope.importers import results_csv

OVERFITTING = ("G01", "G02")
TOO_EARLY = ("G01", "G02", "G03")
"""What speaks of an end of learning, and can be proven wrong by the rest of the curve."""
FLAGGED_MOST, FALSE_MOST = 0.10, 0.30


class Read(msgspec.Struct, frozen=True):
    """One published training."""

    name: str
    told: streams.Told


def main() -> None:
    """Print the table."""
    folder = os.environ.get("YOLOSCOPE_CORPUS")
    if not folder:
        sys.exit("YOLOSCOPE_CORPUS names no folder of published trainings (results.csv files and manifest.json)")
    print("\n".join(report(read(Path(folder)))))


def read(folder: Path) -> list[Read]:
    """Return the trainings of a folder, replayed."""
    manifest: Mapping[str, Mapping[str, Mapping[str, object]]] = json.loads((folder / "manifest.json").read_text())
    return [
        Read(
            name, streams.of_source(results_csv.ResultsCsv(folder / f"{name}.csv"), given=_given(line.get("args", {})))
        )
        for name, line in sorted(manifest.items())
    ]


def _given(args: Mapping[str, object]) -> dict[str, object]:
    model = "model.pt" if args.get("start") == "pretrained" else "model.yaml"
    return {"model": model, **{key: value for key, value in args.items() if key not in ("start", "pretrained")}}


def is_false(one: streams.Told, alarm: streams.Alarm) -> bool:
    """Tell whether the rest of the curve proves an alarm wrong."""
    return hindsight.is_false(one.curves.get(streams.MAP, []), int(alarm.epoch))


def report(runs: Sequence[Read]) -> list[str]:
    """Return the lines of the table."""
    flagged = intervals.share([any(alarm.rule in OVERFITTING for alarm in run.told.alarms) for run in runs])
    warned = intervals.share(
        [any(alarm.rule in OVERFITTING and alarm.is_warning for alarm in run.told.alarms) for run in runs]
    )
    false = intervals.share(
        [is_false(run.told, alarm) for run in runs for alarm in run.told.alarms if alarm.rule in OVERFITTING]
    )
    warnings = [sum(alarm.is_warning for alarm in run.told.alarms) for run in runs]
    lines = [
        f"{len(runs)} published trainings, thresholds {thresholds.digest()[:12]}",
        "",
        "| figure | value | bar |",
        "|---|---|---|",
        f"| flagged by {' or '.join(OVERFITTING)} | {flagged} | ≤ {FLAGGED_MOST:.2f} |",
        f"| warned of by them | {warned} | |",
        f"| of these alarms false in hindsight | {false} | ≤ {FALSE_MOST:.2f} |",
        f"| warnings and criticals a training | {sum(warnings) / max(len(runs), 1):.2f} | |",
        f"| trainings with any | {intervals.share([count > 0 for count in warnings])} | |",
        "",
        "| rule | trainings | critical | warning | info | false in hindsight |",
        "|---|---|---|---|---|---|",
    ]
    return lines + [line for rule_id in sorted(catalogue.NAMES) if (line := _line(rule_id, runs))]


def _line(rule_id: str, runs: Sequence[Read]) -> str:
    said = [(run.told, alarm) for run in runs for alarm in run.told.alarms if alarm.rule == rule_id]
    if not said:
        return ""
    counts = [sum(alarm.worst == severity for _, alarm in said) for severity in ("critical", "warning", "info")]
    late = str(intervals.share([is_false(told, alarm) for told, alarm in said])) if rule_id in TOO_EARLY else ""
    shown = " | ".join(str(count or "") for count in counts)
    return f"| {rule_id} {catalogue.NAMES[rule_id]} | {intervals.Share(len(said), len(runs))} | {shown} | {late} |"
