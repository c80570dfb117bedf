"""What the autopilot is worth: trainings whose rate is far too high, with and without it, beside their healthy twins. And whom it would have touched wrongly.

    python -m benchmarks autopilot

Real trainings of Ultralytics under `yoloscope run`, with a real server that judges them and asks, and their real sidecars that carry it. The twin of a training differs by its
rate alone. Then every recording of the proof of the diagnosis is replayed and asked at each epoch what the measures would have done.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
from pathlib import Path
from typing import Any, cast

import msgspec
import urllib3

from benchmarks import serving
from benchmarks.diagnosis import generate, jobs, judge, pictures, plan
from yoloscope.diagnose import engine, facts, measures, replay
from yoloscope.importers import contract, own
from yoloscope.records import state

SEEDS = (331, 332, 333)
EPOCHS = 80
SGD: dict[str, object] = {"optimizer": "SGD", "momentum": 0.9, "lr0": 0.02}
HIGH = 0.5
"""25 times the twin's rate."""
MOST = 3
"""Acts a run, as by default: a rate 25 times too high is right again after three of them."""
ON, OFF = "measures-on", "measures-off"
KINDS = ("healthy", "untreated", "treated")
AT_ONCE = 2
BAR = 0.8
JUDGED = Path(__file__).resolve().parents[1] / "tests" / "data" / "diagnosis" / "judge"
_LAST = 3
_WAIT_S = 60.0
_MAP50 = "metrics/mAP50"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a training: mAP50 as the mean of its last three epochs, and what was done to it."""

    map50: float
    epochs: int
    seconds: float
    acts: list[str]
    found: list[str]
    """Which findings opened, as rule and epoch."""


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder, serving.server(Path(folder) / "server") as server:
        for project, mode in ((ON, "on"), (OFF, "off")):
            _call("POST", f"{server.url}/log?project={project}&run=first", server, {"a": 1.0})  # makes the project
            for name in measures.NAMES:
                path = f"/api/v1/projects/{project}/measures/{name}"
                _call("PUT", f"{server.url}{path}", server, {"mode": mode, "most": MOST})
        asked = [(kind, seed) for seed in SEEDS for kind in KINDS]
        with futures.ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(lambda one: _trained(Path(folder), server, kind=one[0], seed=one[1]), asked))
    found = dict(zip(asked, done, strict=True))
    print(
        f"SGD, {EPOCHS} epochs, {AT_ONCE} trainings at once; the high rate is {HIGH:g}, the twin's {SGD['lr0']:g};"
        f" at most {MOST} acts a run; mAP50 is the mean of the last {_LAST} epochs\n"
    )
    head = ("seed", *KINDS, "treated/healthy", "acts on the healthy", "acts on the treated", "epochs", "s")
    _print_table(head, [_row(seed, *(found[kind, seed] for kind in KINDS)) for seed in SEEDS])
    ratios = [found["treated", seed].map50 / found["healthy", seed].map50 for seed in SEEDS]
    held = "held" if min(ratios) >= BAR else "NOT held"
    print(f"\nleast ratio {min(ratios):.3f}, median {statistics.median(ratios):.3f}; bar {BAR:g}: {held}\n")
    print_would()


def _row(seed: int, healthy: Outcome, untreated: Outcome, treated: Outcome) -> list[str]:
    return [
        str(seed),
        *(f"{one.map50:.3f}" for one in (healthy, untreated, treated)),
        f"{treated.map50 / healthy.map50:.3f}",
        str(len(healthy.acts)),
        "; ".join(treated.acts) or "none",
        "/".join(str(one.epochs) for one in (healthy, untreated, treated)),
        "/".join(f"{one.seconds:.0f}" for one in (healthy, untreated, treated)),
    ]


def _trained(folder: Path, server: serving.Server, *, kind: str, seed: int) -> Outcome:
    """Train one of the three: only what is untreated belongs to the project where all measures are off."""
    place = folder / f"{kind}-{seed}"
    place.mkdir()
    arguments = {**plan.BASE, **SGD, "epochs": EPOCHS, **({} if kind == "healthy" else {"lr0": HIGH})}
    look = jobs.Pictures(look="digits", seed=seed)
    job = jobs.Job(
        name=place.name,
        split="judge",
        fault=jobs.HEALTHY,
        kind=kind,
        seed=seed,
        model="micro",
        pictures=look,
        arguments=arguments,
    )
    (place / "job.json").write_bytes(msgspec.json.encode(job))
    (place / "yoloscope.toml").write_text(generate.QUIET)
    data = pictures.make(place / "data", look)
    words = [sys.executable, "-m", "yoloscope", "run", "--", sys.executable, "-m", "benchmarks.diagnosis.training"]
    words += [str(place / "job.json"), str(data), str(place / "out")]
    around = _environment(place, server, OFF if kind == "untreated" else ON)
    began = time.monotonic()
    with (place / "log.txt").open("wb") as log:
        subprocess.run(words, env=around, cwd=place, stdout=log, stderr=subprocess.STDOUT, check=False)
    seconds = time.monotonic() - began
    run = _ended(server, json.loads((place / "out" / "run" / "yoloscope.json").read_text())["run"])
    curve = _curve(server, run)
    found = Outcome(
        map50=statistics.fmean(curve[-_LAST:]) if curve else 0.0,
        epochs=len(curve),
        seconds=seconds,
        acts=_acts(server, run),
        found=_found(server, run),
    )
    print(f"{place.name}: {msgspec.json.encode(found).decode()}", file=sys.stderr, flush=True)
    return found


def _environment(place: Path, server: serving.Server, project: str) -> Mapping[str, str]:
    settings = place / "settings"
    settings.mkdir()
    return {
        **{name: os.environ[name] for name in generate.KEPT if name in os.environ},
        "HOME": str(settings),
        "PYTHONPATH": os.pathsep.join((str(generate.ROOT / "src"), str(generate.ROOT))),
        "OMP_NUM_THREADS": "1",
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_CONFIG_DIR": str(settings),
        "YOLOSCOPE_SERVER": server.url,
        "YOLOSCOPE_TOKEN": server.token,
        "YOLOSCOPE_DIR": str(place / "spool"),
        "YOLOSCOPE_PROJECT": project,
    }


def _ended(server: serving.Server, run: str) -> str:
    """Return a run once the server knows that it ended, with all that it sent."""
    until = time.monotonic() + _WAIT_S
    while server.get(f"/api/v1/runs/{run}")["state"] not in state.ENDED and time.monotonic() < until:
        time.sleep(0.5)
    return run


def _curve(server: serving.Server, run: str) -> list[float]:
    """Return mAP50 of each epoch that was validated, the last value of each."""
    told = server.get(f"/api/v1/series?run={run}&name={_MAP50}&buckets=0")["series"]
    [columns] = cast("list[dict[str, list[float | str | None]]]", told)
    return [float(value) for value in columns["y"] if isinstance(value, int | float)]


def _acts(server: serving.Server, run: str) -> list[str]:
    """Return what was asked of a run and when it was carried out, oldest first."""
    items = cast("list[dict[str, Any]]", server.get(f"/api/v1/runs/{run}/commands?limit=200")["items"])
    return [_act(one) for one in reversed(items)]


def _found(server: serving.Server, run: str) -> list[str]:
    lines = cast("list[dict[str, Any]]", server.get(f"/api/v1/runs/{run}/findings")["timeline"])
    return [f"{one['rule']}@{one['epoch']:g}" for one in lines if one["kind"] in ("opened", "reopened")]


def _act(one: Mapping[str, Any]) -> str:
    at, result = one["applied_at"] or {}, one["result"] or {}
    outcome = f"epoch {at['epoch']:.1f}" if one["state"] == "applied" else str(one["state"])
    start = "to the start" if one["verb"] == "rollback" and one["state"] == "applied" else ""
    return f"{one['verb']} for {one['cause']}, {outcome} {result.get('file') or result.get('reason') or start}".strip()


def _call(method: str, url: str, server: serving.Server, body: object) -> None:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    answer = urllib3.request(method, url, body=json.dumps(body).encode(), headers=headers)
    if answer.status >= 300:
        raise RuntimeError(f"{url} is answered with {answer.status}: {answer.data[:300]!r}")


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for line in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(line)} |")


class Would(msgspec.Struct, frozen=True, kw_only=True):
    """What the measures would have done in a recorded training: by measure, the first finding and its epoch."""

    name: str
    fault: str
    acts: Mapping[str, str]


def would(folder: Path, *, only: Sequence[str] = ()) -> Iterator[Would]:
    """Yield what the measures would have done in the recordings of a folder; `only` names some."""
    for line in jobs.lines(folder):
        path = folder / line.file
        if not line.file or not path.is_file() or (only and line.job.name not in only):
            continue
        (source,) = own.sources(path)
        known = judge.with_scan(facts.from_told(source.told()), line.scanned)
        acts = would_of(judge.slowed(list(source.entries()), line.job.slowed), known)
        yield Would(name=line.job.name, fault=line.job.fault, acts=acts)


def would_of(entries: Sequence[contract.Entry], known: facts.Facts) -> dict[str, str]:
    """Return the first that each measure would have done, asked at each change and each complete epoch."""
    made = engine.Engine(known)
    rules: dict[measures.Name, measures.Rule] = {name: measures.Rule(mode="would") for name in measures.NAMES}
    acts: dict[str, str] = {}
    epoch = -1
    for entry in replay.in_order(entries):
        changes = made.take(entry)
        if not changes and made.view.epoch == epoch:
            continue
        epoch = made.view.epoch
        stands = measures.Stands(findings=made.findings(), epoch=float(epoch))
        for one in measures.decisions(stands, rules):
            acts.setdefault(one.measure, f"{one.rule} in epoch {epoch}")
    return acts


def print_would() -> None:
    """Print whom the measures would have touched among the recorded trainings of the proof."""
    found = list(would(JUDGED))
    rows: list[list[str]] = []
    for kind, some in (
        ("healthy", [one for one in found if one.fault == jobs.HEALTHY]),
        ("with a fault", [one for one in found if one.fault != jobs.HEALTHY]),
    ):
        counts = [str(sum(name in one.acts for one in some)) for name in measures.NAMES]
        rows.append([kind, str(len(some)), *counts, str(sum(bool(one.acts) for one in some))])
    _print_table(("recorded trainings", "n", *measures.NAMES, "touched"), rows)
    healthy = sum(one.fault == jobs.HEALTHY for one in found)
    if healthy:
        print(
            f"\nhealthy ones touched: at most {1 - math.pow(0.05, 1 / healthy):.1%} where none of {healthy} is (95 %)\n"
        )
    for one in found:
        if one.acts:
            print(f"- {one.name}: " + "; ".join(f"{name} ({why})" for name, why in one.acts.items()))
