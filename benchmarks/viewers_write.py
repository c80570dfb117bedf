"""Writes the curves of `viewers` for TensorBoard or MLflow with its own writer, and prints how long it took. Runs in the peers' environment.

python benchmarks/viewers_write.py tensorboard FOLDER
python benchmarks/viewers_write.py mlflow FOLDER
"""

import json
import math
import multiprocessing
import random
import shutil
import sys
import time
from importlib.metadata import version
from pathlib import Path

RUNS, TAGS, STEPS, LONG = 100, 10, 10_000, 5_000_000
MLFLOW_STEPS, MLFLOW_LONG = 100, 100_000
LONG_TAG = "long/loss"
_MLFLOW_BATCH = 1_000  # the most that it takes at once
_START = 1_700_000_000


def tag(number: int) -> str:
    """Return the name of a tag."""
    return f"train/m{number}_loss"


def value(step: int, *, of: int) -> float:
    """Return a loss: a decay with noise."""
    return 3 * math.exp(-4 * step / of) * (1 + 0.1 * random.gauss(0, 1))  # curves, no secrets


def tensorboard(folder: Path) -> dict[str, float | int]:
    """Write event files as `add_scalar` does, one value an event: a run by TensorBoard's writer, its file copied for the others."""
    from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415  # not in our environment
    from tensorboard.compat.proto.summary_pb2 import Summary  # noqa: PLC0415
    from tensorboard.summary.writer.event_file_writer import EventFileWriter  # noqa: PLC0415

    begun = time.perf_counter()
    writer = EventFileWriter(str(folder / "run000"))
    for step in range(STEPS):
        for number in range(TAGS):
            told = Summary(value=[Summary.Value(tag=tag(number), simple_value=value(step, of=STEPS))])
            writer.add_event(Event(step=step, wall_time=_START + step, summary=told))
    writer.close()
    seconds = time.perf_counter() - begun
    for number in range(1, RUNS):
        shutil.copytree(folder / "run000", folder / f"run{number:03d}")
    (folder / "long").mkdir()
    half = LONG // 2
    begun = time.perf_counter()
    with multiprocessing.Pool(2) as pool:
        pool.starmap(_long, [(folder / "long", 0, half), (folder / "long", half, LONG)])
    return {
        "seconds": seconds,
        "points": STEPS * TAGS,
        "long_seconds": time.perf_counter() - begun,
        "long_points": LONG,
    }


def _long(folder: Path, first: int, end: int) -> None:
    """Write a part of the long tag into a file of its own, by TensorBoard's record writer without the thread of its event writer."""
    from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415
    from tensorboard.compat.proto.summary_pb2 import Summary  # noqa: PLC0415
    from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: PLC0415

    name = folder / f"events.out.tfevents.{_START + first}.host.1.0"
    with name.open("wb", buffering=1 << 20) as file:
        records = RecordWriter(file)
        records.write(Event(wall_time=_START + first, file_version="brain.Event:2").SerializeToString())
        for step in range(first, end):
            told = Summary(value=[Summary.Value(tag=LONG_TAG, simple_value=value(step, of=LONG))])
            records.write(Event(step=step, wall_time=_START + step, summary=told).SerializeToString())


def mlflow(folder: Path) -> dict[str, float | int]:
    """Write runs by `log_batch` into SQLite, its default store."""
    from mlflow import MlflowClient  # noqa: PLC0415  # not in our environment
    from mlflow.entities import Metric  # noqa: PLC0415

    client = MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.create_experiment("bench", artifact_location=str(folder / "artifacts"))

    def log(run: str, name: str, first: int, end: int, of: int) -> None:
        told = [Metric(name, value(step, of=of), (_START + step) * 1000, step) for step in range(first, end)]
        client.log_batch(run, metrics=told)

    begun = time.perf_counter()
    for number in range(RUNS):
        run = client.create_run(experiment, run_name=f"run{number:03d}").info.run_id
        steps = range(MLFLOW_STEPS)
        told = [
            Metric(tag(one), value(step, of=MLFLOW_STEPS), (_START + step) * 1000, step)
            for step in steps
            for one in range(TAGS)
        ]
        for at in range(0, len(told), _MLFLOW_BATCH):
            client.log_batch(run, metrics=told[at : at + _MLFLOW_BATCH])
        client.set_terminated(run)
    seconds = time.perf_counter() - begun
    run = client.create_run(experiment, run_name="long").info.run_id
    begun = time.perf_counter()
    for at in range(0, MLFLOW_LONG, _MLFLOW_BATCH):
        log(run, LONG_TAG, at, at + _MLFLOW_BATCH, MLFLOW_LONG)
    client.set_terminated(run)
    points = RUNS * TAGS * MLFLOW_STEPS
    return {
        "seconds": seconds,
        "points": points,
        "long_seconds": time.perf_counter() - begun,
        "long_points": MLFLOW_LONG,
    }


if __name__ == "__main__":
    kind, place = sys.argv[1], Path(sys.argv[2])
    place.mkdir(parents=True, exist_ok=True)
    wrote = {"tensorboard": tensorboard, "mlflow": mlflow}[kind](place)
    print(json.dumps({**wrote, "version": version(kind)}))
