"""Made-up trainings of a detector, for scale: curves of a plausible shape, settings that differ, long names."""

import math
import random

from tools.seeding.clock import Clock

import yoloscope

LONG = "yolo11x-adamw-mosaic1.0-imgsz1280-lr0.00125-warmup3-copy_paste0.4-surface-defects-line7-night-shift-retry-after-relabelling"
"""A name of 120 characters."""
_MODELS = ("yolo11n", "yolo11s", "yolo11m", "yolov8n")


def tell(number: int, *, clock: Clock, ends_s: float, project: str, epochs: int = 50) -> str:
    """Tell one training with a row an epoch; the same number tells the same training. Return the run's id."""
    chance = random.Random(number)  # curves, no secrets
    model, lr0, mosaic = chance.choice(_MODELS), chance.choice((0.001, 0.005, 0.01)), chance.choice((0.0, 1.0))
    fails = number % 17 == 3
    done = epochs // 3 if fails else epochs
    top = 0.42 + 0.06 * _MODELS.index(model) + 0.05 * mosaic - 8 * abs(lr0 - 0.005) + chance.gauss(0, 0.02)
    clock.stand_at(ends_s - done * 60)
    run = yoloscope.init(
        project=project,
        name=(LONG if number == 0 else f"{model}-lr{lr0}-mosaic{mosaic:.0f}-{number:04d}")[:120],
        config={
            "model": f"{model}.pt",
            "lr0": lr0,
            "mosaic": mosaic,
            "imgsz": chance.choice((640, 960)),
            "batch": 16,
            "epochs": epochs,
            "seed": number % 3,
        },
        tags=[chance.choice(("day", "night")), *(["夜班"] if number % 5 == 0 else [])],
        group=f"sweep-{number // 50}",
        framework="ultralytics",
    )
    run.update("settings", {"optimizer": "AdamW" if lr0 < 0.01 else "SGD", "epochs": epochs, "batch": 16})
    for epoch in range(1, done + 1):
        clock.stand_at(ends_s - (done - epoch) * 60)
        run.log(
            _values(epoch / epochs, top=top, chance=chance, fails=fails and epoch == done),
            step=epoch * 100 - 1,
            epoch=float(epoch),
        )
    run.update("progress", {"epoch": done, "epochs": epochs, "best_epoch": done})
    run.finish(state="failed" if fails else "finished", reason="RuntimeError: CUDA out of memory" if fails else None)
    return run.id


def _values(share: float, *, top: float, chance: random.Random, fails: bool) -> dict[str, float]:
    rise = top * (1 - math.exp(-4 * share)) * (1 + chance.gauss(0, 0.01))
    fall = 3 * math.exp(-2.5 * share) + 0.6
    noise = [1 + chance.gauss(0, 0.02) for _ in range(6)]
    values = {
        "train/box_loss": fall * noise[0],
        "train/cls_loss": fall * 1.4 * noise[1],
        "train/dfl_loss": (fall + 0.4) * noise[2],
        "val/box_loss": (fall + 0.1 + 0.2 * share) * noise[3],
        "val/cls_loss": (fall * 1.4 + 0.1) * noise[4],
        "metrics/mAP50": min(0.99, rise * 1.45),
        "metrics/mAP50-95": rise,
        "metrics/precision": min(0.99, rise * 1.5 * noise[5]),
        "metrics/recall": min(0.99, rise * 1.35),
        "lr/weight": 0.01 * (1 - share * 0.99),
        "time/epoch_s": 60.0,
    }
    return dict.fromkeys(values, math.nan) if fails else values
