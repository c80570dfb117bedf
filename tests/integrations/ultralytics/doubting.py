"""Trainings that look at their labels all the time, so that what comes of it does not depend on how busy the machine is. Started by the tests.

``python doubting.py DATA OUTPUT NAME``: ``learning`` trains long enough to doubt; ``broken_off`` ends by an exception in its third epoch; ``resumed``
goes on with that one.
"""

import sys
from pathlib import Path

import trainings
from ultralytics import YOLO

from yoloscope.integrations.ultralytics.producers import suspects
from yoloscope.integrations.ultralytics.suspects import allowance

allowance.SHARE = 100.0  # every picture in every epoch
suspects.KNOWS_FITNESS = -1.0
BETTER = {**trainings.SMALL, "lr0": 0.01, "batch": 8, "nbs": 8, "mosaic": 0.0, "fliplr": 0.0}


def _break_off(trainer) -> None:
    if trainer.epoch == 2:
        raise ZeroDivisionError


def main() -> None:
    data, output, name = sys.argv[1:]
    if name == "resumed":
        YOLO(str(Path(output) / "broken_off" / "weights" / "last.pt")).train(resume=True)
        return
    model = YOLO(trainings.MODEL)
    if name == "broken_off":
        model.add_callback("on_train_epoch_start", _break_off)
    epochs = 12 if name == "learning" else 4
    try:
        model.train(data=data, project=output, name=name, **{**BETTER, "epochs": epochs})
    except ZeroDivisionError:
        return


if __name__ == "__main__":
    main()
