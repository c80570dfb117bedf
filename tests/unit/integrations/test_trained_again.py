"""An epoch that is trained again, after a lack of memory or a NaN: what was logged of it is hidden, so it is logged again, and nothing else is."""

import importlib
from types import SimpleNamespace

import numpy as np
import pytest

from yoloscope.integrations.ultralytics.producers import contract, labels


class Items:
    """Takes the place of a run."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def take(self) -> set[str]:
        taken, self.names = set(self.names), []
        return taken

    def __getattr__(self, call: str) -> object:
        assert call.startswith("log_")
        return lambda name, *_, **__: self.names.append(name)


def context_of(run: Items) -> contract.Context:
    return contract.Context(run, moment=contract.Moment(), titles={0: "a"}, epochs=9)  # type: ignore[arg-type]


def loader(boxes: int) -> SimpleNamespace:
    label = {
        "cls": np.zeros((boxes, 1), np.float32),
        "bboxes": np.full((boxes, 4), 0.5, np.float32),
        "normalized": True,
        "bbox_format": "xywh",
        "shape": (64, 64),
    }
    return SimpleNamespace(dataset=SimpleNamespace(labels=[label]))


def begin(producer: labels.Labels, trainer: SimpleNamespace, index: int) -> None:
    moment = producer.context.moment
    moment.index, moment.epoch = index, index + 0.25
    producer.begin(trainer)  # type: ignore[arg-type]


def splits(run: Items) -> set[str]:
    return {name.split("/")[1] for name in run.take()}


def test_labels_are_told_again_where_what_was_told_went_with_an_epoch() -> None:
    run = Items()
    producer = labels.Labels(context_of(run))
    trainer = SimpleNamespace(
        args=SimpleNamespace(imgsz=64), train_loader=loader(2), test_loader=loader(1), validator=None
    )
    producer.start(trainer)  # type: ignore[arg-type]
    assert splits(run) == {"train", "val"}
    begin(producer, trainer, 0)
    assert splits(run) == set()
    trainer.train_loader = loader(2)  # built anew, with half the batch
    begin(producer, trainer, 0)
    assert splits(run) == {"train", "val"}
    begin(producer, trainer, 1)
    begin(producer, trainer, 1)  # a NaN: what belongs to epoch 0 stays shown
    assert splits(run) == set()
    trainer.train_loader = loader(3)
    begin(producer, trainer, 2)
    assert splits(run) == {"train"}
    begin(producer, trainer, 2)
    assert splits(run) == {"train"}


@pytest.mark.torch
@pytest.mark.slow
def test_gradients_are_counted_again() -> None:
    torch = pytest.importorskip("torch")
    histograms = importlib.import_module("yoloscope.integrations.ultralytics.producers.histograms")
    run = Items()
    producer = histograms.Gradients(context_of(run))
    model = torch.nn.Conv2d(1, 1, 3)
    model(torch.ones(1, 1, 3, 3)).sum().backward()
    trainer = SimpleNamespace(model=torch.nn.Sequential(model))
    moment = producer.context.moment
    for times in ("once", "again"):
        producer.begin(trainer)  # type: ignore[arg-type]
        for done in (0.4, 0.6, 0.8):
            moment.epoch = done
            producer.step(trainer)  # type: ignore[arg-type]
        assert (times, [name.split("/")[0] for name in run.names]) == (times, ["gradients"])
        run.take()
