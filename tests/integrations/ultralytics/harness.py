"""Starting `trainings.py` as a user would, and reading what was recorded and what was witnessed."""

import contextlib
import csv
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from yoloscope.boot import hook
from yoloscope.cli.demo import data
from yoloscope.records import row
from yoloscope.spool import layout, reader

MODEL = Path(data.__file__).with_name("micro.yaml")
SCRIPT = Path(__file__).with_name("trainings.py")
SHIMS = SCRIPT.with_name("shims")
"""What old versions of Ultralytics miss in today's numpy; a `sitecustomize` of the user's own, which ours must let through."""
KEPT = ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "YOLOSCOPE_TELEMETRY")


def overlay(version: str) -> Path | None:
    """Return where a version of Ultralytics lies, None for the one that is installed; the test is skipped where it is not."""
    if metadata.version("ultralytics") == version:
        return None
    path = Path(__file__).parents[3] / ".cache" / f"ultralytics-{version}"
    if not (path / "ultralytics").is_dir():
        pytest.skip(f"no Ultralytics {version} in {path}: make ultralytics-{version}")
    return path


class Row(NamedTuple):
    """One row as it stands in the spool; ``epoch`` is None where it has none."""

    attempt: int
    step: int
    epoch: float | None
    values: dict[str, float]


class Recorded(NamedTuple):
    """What one writer's directory holds."""

    manifest: layout.Manifest
    rows: list[Row]
    sections: dict[str, dict[str, object]]
    ended: row.Ended | None

    def series(self, name: str) -> dict[int, float]:
        """Return the values of a series by step, of the newest attempt."""
        return {row.step: row.values[name] for row in self.rows if name in row.values}

    def batches(self) -> list[Row]:
        """Return the rows of batches."""
        return [row for row in self.rows if "time/batch_s" in row.values]


class Trained:
    """A folder in which trainings ran."""

    def __init__(self, root: Path, *, overlay: Path | None = None) -> None:
        self.root = root
        self.output = root / "out"
        self.handshake = root / "handshake"
        self.handshake.mkdir()
        self.settings = root / "settings"
        self.settings.mkdir()
        self.overlay = overlay
        self.data = data.make(root / "digits", train=64, val=16)

    def run(
        self, *kinds: str, environment: dict[str, str] | None = None, path: tuple[str, ...] = (hook.PATH_DIR,)
    ) -> "subprocess.CompletedProcess[str]":
        """Run trainings in one process; its exit code must be 0."""
        return self._run([str(SCRIPT), str(self.data), str(self.output), *kinds], environment=environment, path=path)

    def run_script(self, script: Path, *kinds: str, environment: dict[str, str]) -> None:
        """Run trainings of another script of these tests in one process, all faults raised."""
        self._run(
            [str(script), str(self.data), str(self.output), *kinds],
            environment={"YOLOSCOPE_STRICT": "1", **environment},
            path=(hook.PATH_DIR, str(script.parent)),
        )

    def run_distributed(self, name: str = "distributed", *, environment: dict[str, str] | None = None) -> Path:
        """Train in two processes that Ultralytics launches, under `yoloscope run`; return where they wrote what they saw."""
        witnesses = self.root / f"witnesses-{name}"
        witnesses.mkdir()
        script = SCRIPT.with_name("distributed.py")
        places = {"DATA": self.data, "OUTPUT": self.output, "WITNESSES": witnesses, "NAME": name}
        self._run(
            ["-m", "yoloscope", "run", "--", sys.executable, str(script)],
            environment={
                "YOLOSCOPE_STRICT": "1",
                **{f"TEST_{key}": str(place) for key, place in places.items()},
                **(environment or {}),
            },
            path=(str(SCRIPT.parent),),
        )
        return witnesses

    def _run(
        self, words: list[str], *, environment: dict[str, str] | None, path: tuple[str, ...]
    ) -> "subprocess.CompletedProcess[str]":
        path = (*path, str(self.overlay), str(SHIMS)) if self.overlay else path
        done = subprocess.run(
            [sys.executable, *words],
            env={
                **{name: os.environ[name] for name in KEPT if name in os.environ},
                "PYTHONPATH": os.pathsep.join(path),
                "OMP_NUM_THREADS": "1",
                "HOME": str(self.settings),
                "TEST_MODEL": str(MODEL),
                "YOLO_OFFLINE": "true",
                "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1",  # versions before 8.3 pickle whole models
                "YOLO_AUTOINSTALL": "false",
                "YOLO_CONFIG_DIR": str(self.settings),
                "YOLOSCOPE_MODE": "offline",
                "YOLOSCOPE_RUN": str(self.handshake),
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-9000:]
        return done

    def recorded(self, kind: str) -> list[Recorded]:
        """Return what was recorded of a training, one entry a process start, oldest first."""
        note = json.loads((self.output / kind / "yoloscope.json").read_text())
        found = [recorded(path.parent) for path in (self.output / ".yoloscope").glob("*/run.json")]
        mine = [one for one in found if one.manifest.run.id == note["run"]]
        return sorted(mine, key=lambda one: one.manifest.wall_ns)

    def witnessed(self, kind: str) -> dict[str, list[dict[str, str]]]:
        """Return what the training's own callback saw."""
        return json.loads((self.output / kind / "witness.json").read_text())

    def results(self, kind: str) -> list[dict[str, str]]:
        """Return ``results.csv`` without its clock."""
        with (self.output / kind / "results.csv").open(newline="") as file:
            lines = list(csv.DictReader(file, skipinitialspace=True))
        return [{name.strip(): value for name, value in line.items() if name.strip() != "time"} for line in lines]


def recorded(directory: Path) -> Recorded:
    """Read a writer's directory."""
    rows: list[Row] = []
    sections: dict[str, dict[str, object]] = {}
    ended: row.Ended | None = None
    for lane in sorted(reader.lanes(directory)):
        if lane >= layout.SIDECAR_LANE:
            continue
        for chunk in reader.chunks(directory, lane=lane):
            for entry in chunk.entries:
                if isinstance(entry, row.Matrix):
                    rows += _rows(entry, attempt=chunk.attempt)
                elif isinstance(entry, row.Updated):
                    sections.setdefault(entry.section, {}).update(entry.values)
                elif isinstance(entry, row.Ended):
                    ended = entry
    return Recorded(layout.load_manifest(directory), rows, sections, ended)


def _rows(matrix: row.Matrix, *, attempt: int) -> list[Row]:
    steps, epochs = memoryview(matrix.step).cast("q"), memoryview(matrix.epoch).cast("d")
    values, width = memoryview(matrix.values).cast("d"), len(matrix.names)
    return [
        Row(
            attempt,
            steps[i],
            None if epochs[i] != epochs[i] else epochs[i],
            dict(zip(matrix.names, values[i * width : (i + 1) * width], strict=True)),
        )
        for i in range(matrix.rows)
    ]


def is_epoch(row: Row) -> bool:
    """Tell whether a row closes an epoch."""
    return "time/epoch_s" in row.values


def sidecars(root: Path) -> list[psutil.Process]:
    """Return the sidecars that work for trainings under `root`."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any("yoloscope.sidecar" in word for word in words) and any(word.startswith(str(root)) for word in words):
            found.append(process)
    return found


def stop_sidecars(root: Path) -> None:
    """End the sidecars that still wait for a server."""
    for process in sidecars(root):
        with contextlib.suppress(psutil.NoSuchProcess):  # it may be done by itself meanwhile
            process.kill()
            process.wait(30)
