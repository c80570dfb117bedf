"""What the benchmarks compare: ours, the floor, and other loggers where they are installed.

Each constructor returns a function that logs one row. Peers run as their users run them offline, with their defaults. They belong
into an environment of their own, see docs/performance.md.
"""

import contextlib
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

Log = Callable[[dict[str, float], int], None]


def yoloscope(folder: Path) -> Log:
    """Return our `run.log`, with its sidecar, offline."""
    import yoloscope as ours  # noqa: PLC0415  # each variant runs in a process of its own

    run = ours.init(mode="offline", directory=folder)
    return lambda values, step: run.log(values, step=step)


def csv_flushed(folder: Path) -> Log:
    """Return a CSV writer that hands each row to the kernel, as Ultralytics does once an epoch."""
    file = (folder / "log.csv").open("w", newline="")
    writer = csv.writer(file)

    def log(values: dict[str, float], step: int) -> None:
        writer.writerow([step, *values.values()])
        file.flush()

    return log


def nothing(folder: Path) -> Log:
    """Return a function that does nothing: the cost of the loop and the clock."""
    del folder
    return lambda values, step: None  # noqa: ARG005


def tensorboardx(folder: Path) -> Log:
    """Return a SummaryWriter's `add_scalar` for each value."""
    from tensorboardX import SummaryWriter  # noqa: PLC0415

    writer = SummaryWriter(str(folder))

    def log(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)

    return log


def wandb_offline(folder: Path) -> Log:
    """Return W&B's `run.log` in its offline mode."""
    os.environ["WANDB_SILENT"] = "true"
    import wandb  # noqa: PLC0415

    run = wandb.init(mode="offline", dir=str(folder), project="bench")
    return lambda values, step: run.log(values, step=step)


def mlflow_sqlite(folder: Path) -> Log:
    """Return MLflow's `log_metrics` on SQLite."""
    import mlflow  # noqa: PLC0415

    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.start_run()
    return lambda values, step: mlflow.log_metrics(values, step=step)


def trackio_local(folder: Path) -> Log:
    """Return trackio's `log` into its local SQLite file."""
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio  # noqa: PLC0415

    trackio.init(project="bench", embed=False)
    return lambda values, step: trackio.log(values, step=step)


def swanlab_offline(folder: Path) -> Log:
    """Return SwanLab's `log` in its offline mode."""
    import swanlab  # noqa: PLC0415

    swanlab.init(project="bench", mode="offline", logdir=str(folder))
    return lambda values, step: swanlab.log(values, step=step)


VARIANTS: dict[str, Callable[[Path], Log]] = {
    "yoloscope": yoloscope,
    "csv flushed": csv_flushed,
    "empty call": nothing,
    "tensorboardX": tensorboardx,
    "wandb offline": wandb_offline,
    "mlflow sqlite": mlflow_sqlite,
    "trackio": trackio_local,
    "swanlab offline": swanlab_offline,
}
MODULES = {
    "trackio": "trackio",
    "tensorboardX": "tensorboardX",
    "wandb offline": "wandb",
    "mlflow sqlite": "mlflow",
    "swanlab offline": "swanlab",
}


def available() -> list[str]:
    """Return the variants that can run in this environment."""
    from importlib.util import find_spec  # noqa: PLC0415

    return [name for name in VARIANTS if name not in MODULES or find_spec(MODULES[name]) is not None]


def measured(module: str, *arguments: str) -> dict[str, float] | None:
    """Return what a benchmark module measures in a process and a folder of its own, None if it could not run."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", module, *arguments, folder]
        variables = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
        )
        end_left(folder)
    return json.loads(done.stdout) if done.returncode == 0 else None


def end_left(folder: str) -> None:
    """End what works on in a folder that is about to go: a sidecar would try its server for a day."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(folder in argument for argument in process.cmdline()[1:]) and process.pid != os.getpid():
                process.kill()
                process.wait(10)


def quiet() -> int:
    """Keep what peers print out of a table: send it to stderr; return a descriptor for the answer."""
    answer = os.dup(1)
    os.dup2(sys.stderr.fileno(), 1)
    return answer
