"""Whether what is judged is younger than what judges: when the thresholds and the rules were committed last, and when the trainings were made."""

import datetime as dt
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.diagnosis import jobs
from yoloscope.diagnose import thresholds

ROOT = Path(__file__).resolve().parents[2]
THRESHOLDS = "src/yoloscope/diagnose/thresholds.py"
RULES = "src/yoloscope/diagnose"


class Standing(msgspec.Struct, frozen=True):
    """The digest of the thresholds, the commits that altered thresholds and rules last, and which trainings are older than the thresholds'.

    ``problems`` say why a split cannot be called judged.
    """

    digest: str
    thresholds_commit: str
    thresholds_time: str
    rules_commit: str
    rules_time: str
    older: int
    newer: int
    problems: tuple[str, ...]


def standing(lines: Sequence[jobs.Line], *, root: Path = ROOT) -> Standing:
    """Return how thresholds and trainings stand to each other."""
    commit, when = _last(THRESHOLDS, root=root)
    rules_commit, rules_when = _last(RULES, root=root)
    older = sum(is_older(line, when) for line in lines)
    return Standing(
        digest=thresholds.digest(),
        thresholds_commit=commit,
        thresholds_time=when,
        rules_commit=rules_commit,
        rules_time=rules_when,
        older=older,
        newer=len(lines) - older,
        problems=tuple(problems(lines, is_altered=_is_altered(root), committed=when, older=older)),
    )


def problems(lines: Sequence[jobs.Line], *, is_altered: bool, committed: str, older: int) -> list[str]:
    """Return why trainings cannot be called judged."""
    found: list[str] = []
    if not lines:
        found.append("there are no trainings")
    if is_altered or not committed:
        found.append("the thresholds are not committed as they are")
    if older:
        found.append(f"{older} of {len(lines)} trainings are older than the commit of the thresholds, {committed}")
    splits = sorted({line.job.split for line in lines})
    if splits != ["judge"] and lines:
        found.append(f"trainings are of the split {', '.join(splits)}")
    return found


def is_older(line: jobs.Line, committed: str) -> bool:
    """Tell whether a training was made before a commit; both times are ISO 8601 with their zone."""
    if not committed:
        return True
    return dt.datetime.fromisoformat(line.made) < dt.datetime.fromisoformat(committed)


def _last(path: str, *, root: Path) -> tuple[str, str]:
    """Return the newest commit that altered a path, and its time in UTC; nothing where there is no repository."""
    told = _git("log", "-1", "--format=%h %ct", "--", path, root=root).split()
    if len(told) != 2:
        return "", ""
    at = dt.datetime.fromtimestamp(int(told[1]), dt.timezone.utc)
    return told[0], at.isoformat(timespec="seconds")


def _is_altered(root: Path) -> bool:
    return bool(_git("status", "--porcelain", "--", THRESHOLDS, root=root).strip())


def _git(*words: str, root: Path) -> str:
    try:
        return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""
