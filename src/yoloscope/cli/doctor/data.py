"""A data set judged before any training of it: counts from its files, through the rules that need no curve."""

from pathlib import Path

from yoloscope.cli.doctor import judged, words
from yoloscope.diagnose import engine, facts, telling
from yoloscope.diagnose.texts import text
from yoloscope.importers.dataset import counted, layout, scan
from yoloscope.records import finding

KIND = "data_set"


def is_data_set(path: Path) -> bool:
    """Tell whether a path is a ``data.yaml`` or a folder that holds one."""
    return layout.is_data_set(path)


def judge(path: Path) -> judged.Judged:
    """Judge a data set.

    Raises:
        ImportFault: if its files cannot be read, or the library that reads images is not installed.
    """
    found = scan.scan(path)
    known = facts.scanned(found)
    findings = engine.Engine(known).findings()
    return judged.Judged(
        source=str(path),
        kind=KIND,
        title=found.name,
        verdict=verdict(findings),
        summary=_summary(found, findings),
        facts=known,
        findings=findings,
        faults=found.faults,
    )


def verdict(findings: list[finding.Finding]) -> judged.Verdict:
    """Return what open findings amount to where there is no curve to look at."""
    severities = {found.severity for found in findings if found.status == "open"}
    return "critical" if "critical" in severities else "warning" if "warning" in severities else "healthy"


def _summary(found: counted.Counted, findings: list[finding.Finding]) -> text.Told:
    counts = {
        "train": 0 if found.train is None else found.train.images,
        "val": 0 if found.val is None else found.val.images,
        "boxes": sum(split.instances for split in (found.train, found.val) if split is not None),
        "classes": len(found.titles),
    }
    serious = sum(one.severity != "info" for one in findings)
    key = "data.serious" if serious else "data.fine"
    images = counts["train"] + counts["val"]
    sampled = found.looked_at < images

    def say(language: telling.Language) -> str:
        said = words.say("data", language, **counts) + words.say(key, language, count=serious)
        return said + (words.say("data.sampled", language, looked=found.looked_at, images=images) if sampled else "")

    return text.Told(say("en"), say("zh"))
