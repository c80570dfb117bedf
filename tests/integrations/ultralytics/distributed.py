"""A user's script of a distributed training; Ultralytics starts it in one process and launches the others."""

import os
import warnings

import on_processors
from ultralytics import YOLO

SIZES = {
    "epochs": int(os.environ.get("TEST_EPOCHS", "2")),
    "imgsz": 64,
    "batch": 16,
    "nbs": 16,
    "workers": 0,
    "plots": False,
    "verbose": False,
}
PLACES = {"data": os.environ["TEST_DATA"], "project": os.environ["TEST_OUTPUT"], "name": os.environ["TEST_NAME"]}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    trainers = {"deaf": on_processors.Deaf, "acted": on_processors.ActedUpon}
    trainer = trainers.get(os.environ["TEST_NAME"], on_processors.Trainer)
    YOLO(os.environ["TEST_MODEL"]).train(trainer=trainer, **PLACES, **SIZES, optimizer="AdamW", lr0=0.005, seed=3)
