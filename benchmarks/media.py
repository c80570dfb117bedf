"""What one call for more than numbers costs in the trainer, beside loggers that encode in the calling thread.

A picture of 640 x 640 x 3 with 100 boxes, 80 curves of 101 points, a matrix of 81 x 81, a histogram of a million float32. Each variant runs in
a process of its own, and they take turns; between calls is a pause, as in a training, in which whatever works beside may do so.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import machine, variants

CALLS = 60
PAUSE_S = 0.02
ROUNDS = 3
Call = Callable[[int], object]

_random = np.random.default_rng(0)
PICTURE = np.clip(_random.normal(128, 20, (640, 640, 3)), 0, 255).astype(np.uint8)
_CORNERS = _random.uniform(0, 320, (100, 2))
XYXY = np.concatenate([_CORNERS, _CORNERS + _random.uniform(1, 320, (100, 2))], axis=1).astype(np.float32)
CLASSES = _random.integers(0, 80, 100)
SCORES = _random.random(100, dtype=np.float32)
X, Y = np.linspace(0, 1, 101), _random.random((80, 101))
MATRIX = _random.integers(0, 100, (81, 81))
VALUES = _random.normal(size=1_000_000).astype(np.float32)
KINDS = ("image and 100 boxes", "80 curves of 101", "matrix 81 x 81", "histogram of 1e6")


def yoloscope(folder: Path) -> dict[str, Call]:
    """Return our calls, with the sidecar, offline."""
    import yoloscope as ours  # noqa: PLC0415  # each variant runs in a process of its own

    os.chdir(folder)
    (folder / "yoloscope.toml").write_text("[policy]\nmedia = true\n[media]\nburst = 100000\nquota_mb = 4000\n")
    run = ours.init(mode="offline", directory=folder)
    boxes = {"xyxy": XYXY, "classes": CLASSES, "scores": SCORES}
    classes = list(range(80))
    calls = (
        lambda step: run.log_image("a", PICTURE, boxes, step=step),
        lambda step: run.log_curve("b", X, Y, classes=classes, step=step),
        lambda step: run.log_matrix("c", MATRIX, row_classes=[*classes, -1], column_classes=[*classes, -1], step=step),
        lambda step: run.log_histogram("d", VALUES, step=step),
    )
    return dict(zip(KINDS, calls, strict=True))


def tensorboardx(folder: Path) -> dict[str, Call]:
    """Return a SummaryWriter's calls, which draw the boxes, compress the picture and count the values."""
    from tensorboardX import SummaryWriter  # noqa: PLC0415

    writer = SummaryWriter(str(folder))
    return {
        KINDS[0]: lambda step: writer.add_image_with_boxes("a", PICTURE, XYXY, step, dataformats="HWC"),
        KINDS[3]: lambda step: writer.add_histogram("d", VALUES, step),
    }


def wandb_offline(folder: Path) -> dict[str, Call]:
    """Return W&B's calls in its offline mode; boxes are data there as well."""
    os.environ["WANDB_SILENT"] = "true"
    import wandb  # noqa: PLC0415

    run = wandb.init(mode="offline", dir=str(folder), project="bench")

    def box(at: int) -> dict[str, object]:
        x1, y1, x2, y2 = (float(value) for value in XYXY[at])
        position = {"minX": x1, "minY": y1, "maxX": x2, "maxY": y2}
        return {
            "position": position,
            "domain": "pixel",
            "class_id": int(CLASSES[at]),
            "scores": {"score": float(SCORES[at])},
        }

    def image(step: int) -> None:
        boxes = {"predictions": {"box_data": [box(at) for at in range(len(XYXY))]}}
        run.log({"a": wandb.Image(PICTURE, boxes=boxes)}, step=step)

    return {KINDS[0]: image, KINDS[3]: lambda step: run.log({"d": wandb.Histogram(VALUES)}, step=step)}


VARIANTS = {"yoloscope": yoloscope, "tensorboardX": tensorboardx, "wandb offline": wandb_offline}


def measure(variant: str, folder: Path, answer: int) -> None:
    """Write median and 99th percentile of each call in milliseconds as JSON."""
    found: dict[str, tuple[float, float]] = {}
    for kind, call in VARIANTS[variant](folder).items():
        times_ms: list[float] = []
        for step in range(CALLS):
            begun = time.perf_counter()
            call(step)
            times_ms.append((time.perf_counter() - begun) * 1e3)
            time.sleep(PAUSE_S)
        times_ms.sort()
        found[kind] = statistics.median(times_ms), times_ms[CALLS * 99 // 100]
    os.write(answer, json.dumps(found).encode())
    os._exit(0)  # peers' exit handlers are not what is measured


def main() -> None:
    """Print a table of the best medians over the rounds with their 99th percentiles."""
    names = [name for name in VARIANTS if name in variants.available()]
    rounds: dict[str, list[dict[str, list[float]]]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            found = variants.measured("benchmarks.media", name)
            rounds[name] += [found] if found else []
    lines = [f"| p50 / p99 of {CALLS} calls, ms | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    lines += [f"| {kind} | {' | '.join(_cell(rounds[name], kind) for name in names)} |" for kind in KINDS]
    sys.stdout.write("\n".join(lines) + f"\n\n{ROUNDS} rounds, the best median; {machine.load()}\n")


def _cell(rounds: list[dict[str, list[float]]], kind: str) -> str:
    found = [one[kind] for one in rounds if kind in one]
    if not found:
        return "–"
    p50, p99 = min(found)
    return f"{p50:.2f} / {p99:.2f}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], Path(sys.argv[2]), variants.quiet())
    main()
