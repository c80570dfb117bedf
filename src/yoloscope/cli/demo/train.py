"""The demo's training: plain Ultralytics, without a word of yoloscope; run through the machinery of ``yoloscope run``.

Called as ``python -m yoloscope.cli.demo.train DATA_YAML --epochs N --output FOLDER``.
"""

import argparse
from pathlib import Path

from ultralytics import YOLO

MODEL = Path(__file__).with_name("micro.yaml")


def main() -> None:
    """Train the small model from scratch."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    YOLO(MODEL).train(  # pyright: ignore[reportUnknownMemberType]  # it has no types
        data=options.data,
        epochs=options.epochs,
        project=options.output,
        name="demo",
        seed=options.seed,
        imgsz=64,
        batch=16,
        nbs=16,  # an optimizer step every batch: the default gathers 64 pictures, four times fewer steps
        device="cpu",
        workers=0,
        optimizer="AdamW",
        lr0=0.005,
        warmup_epochs=1,
        warmup_bias_lr=0.0,
        mosaic=0.5,
        close_mosaic=0,
        fliplr=0.0,  # a mirrored two is no two
        scale=0.2,
        plots=False,
        verbose=False,
    )


if __name__ == "__main__":
    main()
