"""How many of the rows whose `log` returned can be read back after SIGKILL of a training that logs 100 rows a second.

The training notes each returned row in a mapped file of its own. It alone is killed: helper processes of a logger may go on, and get
time to write. A row counts if all of its ten values are found, read with the logger's own format.
"""

import json
import mmap
import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks import variants

RATE_HZ = 100
METRICS = 10
RUN_S = (3.0, 5.0)
"""The kill comes at a random moment between these."""
SETTLE_S = 5.0
"""Time for helper processes; wandb-core takes about a second to notice."""
START_MOST_S = 60.0
_BLOCK_BYTES = 32_768
_CHUNK_HEAD = struct.Struct("<IHB")
_LAST_KINDS = (1, 4)
_COUNTER = struct.Struct("=Q")


def train(variant: str, folder: Path) -> None:
    """Log for ever, and count each row when its call has returned."""
    log = variants.VARIANTS[variant](folder)
    with (folder / "returned").open("r+b") as file:
        returned = mmap.mmap(file.fileno(), _COUNTER.size)
    due_s = time.perf_counter()
    step = 0
    while True:
        log({f"train/m{index}": step + index / 16 for index in range(METRICS)}, step)
        step += 1
        _COUNTER.pack_into(returned, 0, step)
        due_s += 1 / RATE_HZ
        time.sleep(max(0.0, due_s - time.perf_counter()))


def share(variant: str, *, seed: int) -> tuple[int, int] | None:
    """Return the rows recovered and the rows returned of one kill, None where they cannot be read."""
    if variant not in READERS:
        return None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "returned").write_bytes(bytes(_COUNTER.size))
        command = [sys.executable, "-m", "benchmarks.recovery", "train", variant, name]
        training = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started = _wait_for_first(folder, training)
        time.sleep(random.Random(seed).uniform(*RUN_S))
        training.send_signal(signal.SIGKILL)
        training.wait()
        time.sleep(SETTLE_S)
        found = variants.measured("benchmarks.recovery", "count", variant, name) if started else None
        variants.end_left(name)
        if not found:
            return None
        returned = _returned(folder)
        return min(int(found["recovered"]), returned), returned  # one more may be stored whose call did not return


def _wait_for_first(folder: Path, training: subprocess.Popen[bytes]) -> bool:
    end_s = time.monotonic() + START_MOST_S
    while not _returned(folder):
        if training.poll() is not None or time.monotonic() > end_s:
            return False
        time.sleep(0.05)
    return True


def _returned(folder: Path) -> int:
    return _COUNTER.unpack((folder / "returned").read_bytes())[0]


def _whole(values: Iterable[tuple[int, float]]) -> int:
    """Return how many rows have all of their values, given (step, value) pairs."""
    found = Counter(step for step, value in set(values) if step <= value < step + 1)
    return sum(count == METRICS for count in found.values())


def _ours(folder: Path) -> Iterator[tuple[int, float]]:
    import numpy as np  # noqa: PLC0415

    from yoloscope.records import row  # noqa: PLC0415
    from yoloscope.spool import inventory, reader  # noqa: PLC0415

    for directory in inventory.find(folder):
        for lane in reader.lanes(directory):
            for chunk in reader.chunks(directory, lane=lane):
                for matrix in chunk.entries:
                    if isinstance(matrix, row.Matrix):
                        values = np.frombuffer(matrix.values).reshape(matrix.rows, -1)
                        for step, line in zip(np.frombuffer(matrix.step, "<i8").tolist(), values.tolist(), strict=True):
                            yield from ((step, value) for value in line)


def _csv(folder: Path) -> Iterator[tuple[int, float]]:
    for line in (folder / "log.csv").read_text().split("\n")[:-1]:
        step, *values = line.strip().split(",")
        yield from ((int(step), float(value)) for value in values)


def _tensorboardx(folder: Path) -> Iterator[tuple[int, float]]:
    from tensorboardX.proto.event_pb2 import Event  # noqa: PLC0415

    data = next(folder.glob("events.out.tfevents.*")).read_bytes()
    at = 0
    while at + 12 <= len(data):
        (size,) = struct.unpack_from("<Q", data, at)
        if at + 16 + size > len(data):
            break
        event = Event.FromString(data[at + 12 : at + 12 + size])
        yield from ((event.step, value.simple_value) for value in event.summary.value)
        at += 16 + size


def _leveldb_log(path: Path) -> Iterator[bytes]:
    """Yield the whole records of a LevelDB log behind a header of seven bytes, until the first that is not whole."""
    data = path.read_bytes()
    at, parts = _CHUNK_HEAD.size, b""
    while True:
        if _BLOCK_BYTES - at % _BLOCK_BYTES < _CHUNK_HEAD.size:
            at += _BLOCK_BYTES - at % _BLOCK_BYTES
        if at + _CHUNK_HEAD.size > len(data):
            return
        _, size, kind = _CHUNK_HEAD.unpack_from(data, at)
        at += _CHUNK_HEAD.size
        if kind == 0 or at + size > len(data):
            return
        parts += data[at : at + size]
        at += size
        if kind in _LAST_KINDS:
            yield parts
            parts = b""


def _wandb(folder: Path) -> Iterator[tuple[int, float]]:
    from wandb.proto import wandb_internal_pb2  # noqa: PLC0415

    for record in _leveldb_log(next(folder.glob("wandb/offline-run-*/*.wandb"))):
        history = wandb_internal_pb2.Record.FromString(record).history
        for item in history.item:
            name = item.key or "/".join(item.nested_key)
            if name.startswith("train/m"):
                yield history.step.num, float(json.loads(item.value_json))


def _swanlab(folder: Path) -> Iterator[tuple[int, float]]:
    from swanlab.proto.swanlab.record.v1.record_pb2 import Record  # noqa: PLC0415

    for data in _leveldb_log(next(folder.glob("run-*/*.swanlab"))):
        record = Record.FromString(data)
        if record.HasField("scalar"):
            yield record.scalar.step, record.scalar.value.number


def _mlflow(folder: Path) -> Iterator[tuple[int, float]]:
    with sqlite3.connect(folder / "mlflow.db") as database:
        yield from database.execute("SELECT step, value FROM metrics")


def _trackio(folder: Path) -> Iterator[tuple[int, float]]:
    with sqlite3.connect(folder / "bench.db") as database:
        for step, metrics in database.execute("SELECT step, metrics FROM metrics"):
            yield from ((step, float(value)) for value in json.loads(metrics).values())


READERS: dict[str, Callable[[Path], Iterator[tuple[int, float]]]] = {
    "yoloscope": _ours,
    "csv flushed": _csv,
    "tensorboardX": _tensorboardx,
    "wandb offline": _wandb,
    "mlflow sqlite": _mlflow,
    "trackio": _trackio,
    "swanlab offline": _swanlab,
}


def main(task: str, variant: str, folder: Path) -> None:
    """Be the training, or count what it left, as JSON."""
    if task == "train":
        train(variant, folder)
    answer = variants.quiet()
    os.write(answer, json.dumps({"recovered": _whole(READERS[variant](folder))}).encode())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
