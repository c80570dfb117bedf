"""A real training, which writes down by itself what it does; started by the tests under `yoloscope run`, never imported.

``python steered.py MODEL DATA OUTPUT WITNESS``. Each line of the witness is one event, read from torch's and Ultralytics' own objects alone.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import torch
from ultralytics import YOLO
from ultralytics.engine.validator import BaseValidator

SLEEP_S = 0.1
"""At each batch: epochs of a second, about as long as a person needs to press the next button."""
SMALL = {
    "imgsz": 64,
    "batch": 16,
    "nbs": 16,
    "epochs": 400,
    "patience": 300,
    "device": "cpu",
    "workers": 0,
    "optimizer": "AdamW",
    "lr0": 0.005,
    "warmup_epochs": 0,
    "mosaic": 0.5,
    "close_mosaic": 0,
    "plots": False,
    "verbose": False,
    "seed": 3,
}


class Witness:
    """Writes what a training really has, line by line."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("w", buffering=1)
        self._done = 0
        self._stored: dict[tuple[str, int], torch.Tensor] = {}

    def attach(self, model: YOLO) -> None:
        model.add_callback("on_train_batch_start", self.begin)
        model.add_callback("on_train_batch_end", self.batch)
        model.add_callback("on_train_end", lambda _: self.write("end"))

        self._watch_validations()

    def _watch_validations(self) -> None:
        """Take note of every validation of this process, whoever asks for it."""
        original = BaseValidator.__call__

        def validate(validator: BaseValidator, trainer=None, model=None) -> object:
            found = original(validator, trainer, model)
            self.write("val", in_training=trainer is not None, mAP50=float(validator.metrics.box.map50))
            return found

        BaseValidator.__call__ = validate

    def write(self, event: str, **more: object) -> None:
        self._file.write(json.dumps({"event": event, "step": self._done - 1, **more}) + "\n")

    def begin(self, trainer) -> None:
        """Say of which checkpoint the weights are, to the last digit: after a step they are of none."""
        first = next(trainer.model.parameters()).detach()
        for file in (trainer.best, trainer.last):
            if file.is_file() and torch.equal(first, self._first_of(file)):
                self.write("back", file=file.name)
                return

    def _first_of(self, file: Path) -> torch.Tensor:
        key = (file.name, file.stat().st_mtime_ns)
        if key not in self._stored:
            stored = torch.load(file, map_location="cpu", weights_only=False)
            self._stored[key] = next(stored["ema"].float().parameters()).detach()
        return self._stored[key]

    def batch(self, trainer) -> None:
        self._done += 1
        rates = [float(group["lr"]) for group in trainer.optimizer.param_groups]
        self.write("batch", epoch=trainer.epoch, lr=rates, patience=trainer.stopper.patience, epochs=trainer.epochs)
        time.sleep(SLEEP_S)


def main() -> None:
    warnings.simplefilter("ignore")
    weights, data, output, witness = sys.argv[1:]
    model = YOLO(weights)
    Witness(Path(witness)).attach(model)
    model.train(data=data, project=output, name="steered", **SMALL)


if __name__ == "__main__":
    main()
