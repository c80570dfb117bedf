"""Runs the trainings of a split, some at a time, records each by our own SDK, and notes it in the manifest. What is there is not run again.

    python -m benchmarks.diagnosis generate --out DIR --split tune|judge [--jobs 2] [--only F01 cos_lr …] [--limit N]

A training that fails or is killed is recorded as such: its rows up to then are what a server would have.
"""

import datetime as dt
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent import futures
from importlib import metadata
from pathlib import Path

import msgspec

from benchmarks.diagnosis import jobs, pictures, plan, thinning
from yoloscope.diagnose import thresholds
from yoloscope.importers.dataset import scan

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 1_800.0
LARGE_BYTES = 60_000
UNRECORDED = -1
"""In place of an exit code: the training could not be made or read by us, which says nothing of it."""
KEPT = ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
QUIET = "[console]\ncapture = false\n[producers]\n" + "".join(
    f"{name} = false\n"
    for name in ("labels", "confusion", "curves", "weights", "gradients", "activations", "suspects", "graph")
)


def main(out: Path, split: jobs.Split, *, at_once: int = 2, only: Sequence[str] = (), limit: int | None = None) -> None:
    """Run what is missing."""
    out.mkdir(parents=True, exist_ok=True)
    run_all(out, plan.chosen(plan.jobs_of(split), only=only, limit=limit), at_once=at_once)


def run_all(out: Path, wanted: Sequence[jobs.Job], *, at_once: int) -> None:
    """Run the jobs that are not noted yet; one that we could not record ourselves is tried again the next time."""
    there = {line.job.name for line in jobs.lines(out) if line.exit_code != UNRECORDED}
    missing = [job for job in wanted if job.name not in there]
    print(f"{len(wanted)} trainings, {len(missing)} to run", flush=True)
    for name in sorted({job.model for job in missing if job.script == "fine_tune"}):
        _base_weights(scratch(out), name, split=missing[0].split)
    with futures.ThreadPoolExecutor(at_once) as pool:
        for done in futures.as_completed([pool.submit(_tried, out, job) for job in missing]):
            line = done.result()
            jobs.note(out, line)
            said = f"exit {line.exit_code} {line.error}" if line.exit_code else "done"
            print(f"{line.job.name}: {line.seconds:.0f} s, {said}", flush=True)


def scratch(out: Path) -> Path:
    """Return where data sets, weights and unfinished trainings of a folder lie."""
    return ROOT / ".cache" / "diagnosis" / out.absolute().name


def _tried(out: Path, job: jobs.Job) -> jobs.Line:
    """Return what is noted of a training, also where making or recording it failed on our side."""
    made = dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")
    line = jobs.Line(
        job=job,
        file="",
        exit_code=UNRECORDED,
        error="",
        seconds=0.0,
        made=made,
        thresholds=thresholds.digest(),
        versions={name: metadata.version(name) for name in ("ultralytics", "torch", "numpy")},
    )
    try:
        return _recorded(out, line)
    except Exception as fault:  # noqa: BLE001 - an hour of other trainings is worth more than this one
        return msgspec.structs.replace(line, error=f"{type(fault).__name__}: {fault}"[:200])


def _recorded(out: Path, line: jobs.Line) -> jobs.Line:
    job = line.job
    folder = scratch(out) / job.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    data = pictures.make(folder / "data", job.pictures)
    scanned = _scanned(data, imgsz=int(str(job.arguments["imgsz"])))
    weights = str(scratch(out) / f"base-{job.model}.pt") if job.script == "fine_tune" else ""
    began = time.monotonic()
    code, error = _train(folder, job, data=data, weights=weights, mode="offline")
    seconds = time.monotonic() - began
    stream = thinning.of_spool(folder / "spool", name=job.name, now_ns=time.time_ns())
    file = f"{job.name}.yoloscope" if stream else ""
    if stream:
        _write(out / file, stream)
    if len(stream) > LARGE_BYTES:
        print(f"{job.name}: {len(stream):,} bytes are many", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    return msgspec.structs.replace(
        line, file=file, exit_code=code, error=error, seconds=round(seconds, 1), scanned=scanned
    )


def _write(path: Path, stream: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(stream)
    part.replace(path)


def _scanned(data: Path, *, imgsz: int) -> dict[str, dict[str, object]]:
    """Return what `yoloscope doctor data.yaml` counts, without the names of files."""
    found = scan.scan(data, imgsz=imgsz)
    splits = {"train": found.train, "val": found.val}
    return {
        name: {key: value for key, value in msgspec.structs.asdict(split).items() if key != "worst_files"}
        for name, split in splits.items()
        if split is not None
    }


def _train(folder: Path, job: jobs.Job, *, data: Path, weights: str, mode: str) -> tuple[int, str]:
    """Run a training as a user would; return its exit code, and the last line that it said if it failed."""
    (folder / "job.json").write_bytes(msgspec.json.encode(job))
    (folder / "yoloscope.toml").write_text(QUIET)
    words = [sys.executable, "-m", "yoloscope", "run", "--", sys.executable, "-m", "benchmarks.diagnosis.training"]
    words += [str(folder / "job.json"), str(data), str(folder / "out"), *([weights] if weights else [])]
    log = folder / "training.log"
    with (
        log.open("wb") as file,
        subprocess.Popen(
            words,
            env=_environment(folder, mode=mode),
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as child,
    ):
        try:
            code = child.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return 124, f"not done within {TIMEOUT_S:.0f} s"
    return code, _error(log.read_text(errors="replace")) if code else ""


def _error(said: str) -> str:
    """Return the last line that names an exception, without the place where it happened; ``""`` of a process that was killed."""
    named = [line for line in said.splitlines() if re.match(r"\w*(Error|Exception|Interrupt)\b", line)]
    return re.sub(r"/\S+", "<path>", named[-1])[:200] if named else ""


def _environment(folder: Path, *, mode: str) -> Mapping[str, str]:
    settings = folder / "settings"
    settings.mkdir(exist_ok=True)
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "HOME": str(settings),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "OMP_NUM_THREADS": "1",
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_CONFIG_DIR": str(settings),
        "YOLOSCOPE_MODE": mode,
        "YOLOSCOPE_DIR": str(folder / "spool"),
        "YOLOSCOPE_PROJECT": "diagnosis",
    }


def _base_weights(place: Path, model: str, *, split: jobs.Split) -> None:
    """Train what is fine-tuned later, on other images, and do not record it."""
    target = place / f"base-{model}.pt"
    if target.is_file():
        return
    folder = place / f"base-{model}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    setting = plan.SETTINGS[split]
    asked = jobs.Pictures(look=setting.look, seed=setting.first_seed + 999, noise=0.06)
    job = jobs.Job(
        name=f"base-{model}",
        split=split,
        fault=jobs.HEALTHY,
        kind="base",
        seed=setting.first_seed + 999,
        model=model,
        pictures=asked,
        arguments={**plan.BASE, "epochs": 16},
    )
    _train(folder, job, data=pictures.make(folder / "data", asked), weights="", mode="disabled")
    (folder / "out" / "run" / "weights" / "best.pt").replace(target)
    shutil.rmtree(folder, ignore_errors=True)
