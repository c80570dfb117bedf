"""Replays the recorded trainings of a split and says how good the engine was, beside other tools' rules and beside the bars."""

import platform
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

import msgspec

from benchmarks.diagnosis import jobs, provenance, report, scoring, streams
from yoloscope.diagnose import facts
from yoloscope.importers import contract, own
from yoloscope.records import logged

MOCK_EACH_NS = 2_000_000_000


def main(
    folder: Path, *, json_file: Path | None = None, markdown_file: Path | None = None, accepts_older: bool = False
) -> str | None:
    """Judge a folder; return why not where its trainings are older than what judges them."""
    noted = jobs.lines(folder)
    standing = provenance.standing(noted)
    if standing.problems and not accepts_older:
        return "not judged: " + "; ".join(standing.problems) + ". --accept-older judges all the same, and says so"
    runs = [scoring.Run(line, replayed(folder, line)) for line in noted]
    figures = report.figures(runs, standing=standing, versions=versions(noted))
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
    text = "\n".join(report.markdown(figures)) + "\n"
    if markdown_file is None:
        print(text)
    else:
        markdown_file.write_text(text)
    return None


def versions(noted: list[jobs.Line]) -> dict[str, str]:
    """Return what judged, and what the trainings were made with."""
    made = {name: sorted({line.versions.get(name, "?") for line in noted}) for name in ("ultralytics", "torch")}
    own_version = {"yoloscope": metadata.version("yoloscope"), "python": platform.python_version()}
    return {**own_version, **{name: ", ".join(found) for name, found in made.items()}}


def replayed(folder: Path, line: jobs.Line) -> streams.Told | None:
    """Return what the engine says of a recording, with what `yoloscope doctor data.yaml` counted of its data; ``None`` without one."""
    if not line.file or not (folder / line.file).is_file():
        return None
    (source,) = own.sources(folder / line.file)
    known = with_scan(facts.from_told(source.told()), line.scanned)
    entries = slowed(list(source.entries()), line.job.slowed)
    entries += list(mocked(entries, line.job))
    return streams.told(entries, known, falls_silent=line.job.falls_silent)


def with_scan(known: facts.Facts, scanned: Mapping[str, Mapping[str, object]]) -> facts.Facts:
    """Return the facts of a run with what was counted in the files of its data; what the run told itself stays where nothing was counted."""
    found: dict[str, facts.SetFacts] = {}
    for split, before in (("train", known.train), ("val", known.val)):
        told = {key: value for key, value in msgspec.structs.asdict(before).items() if value not in (None, {}, ())}
        counted = {key: value for key, value in scanned.get(split, {}).items() if value is not None}
        found[split] = msgspec.convert({**told, **counted}, facts.SetFacts)
    return msgspec.structs.replace(known, train=found["train"], val=found["val"])


def slowed(entries: list[contract.Entry], factor: float) -> list[contract.Entry]:
    """Return entries whose clock runs so much slower from the first of them on."""
    first = min((entry.wall_ns for entry in entries), default=0)
    return [
        msgspec.structs.replace(entry, wall_ns=first + round((entry.wall_ns - first) * factor))
        if factor != 1
        else entry
        for entry in entries
    ]


def mocked(entries: list[contract.Entry], job: jobs.Job) -> Iterator[logged.Logged]:
    """Yield readings of a card that is not there, every two seconds of the training."""
    rows = [entry for entry in entries if isinstance(entry, logged.Logged)]
    if not rows or not job.mocks:
        return
    first, last = (one(row.wall_ns for row in rows) for one in (min, max))
    for at, wall_ns in enumerate(range(first, last, MOCK_EACH_NS)):
        share = (wall_ns - first) / max(last - first, 1)
        values = {mock.name: mock.value if share >= mock.from_share else mock.before for mock in job.mocks}
        yield logged.Logged(rows[0].attempt, None, None, wall_ns, values, "mock", at)
