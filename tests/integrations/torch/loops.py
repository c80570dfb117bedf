"""Small trainings as people write them, and what was recorded of them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

import yoloscope
from yoloscope.cli.doctor import targets
from yoloscope.records import row
from yoloscope.sdk import run as runs
from yoloscope.spool import layout, reader

torch = pytest.importorskip("torch")
nn = torch.nn
BATCH = 32
BATCHES = 16


class Row(NamedTuple):
    step: int
    epoch: float
    values: dict[str, float]


def images(classes: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pictures (512, 1, 8, 8) with a bright quarter that says their class."""
    made = torch.Generator().manual_seed(1)
    labels = torch.randint(0, classes, (BATCH * BATCHES,), generator=made)
    pictures = 0.3 * torch.randn((len(labels), 1, 8, 8), generator=made)
    for picture, label in zip(pictures, labels.tolist(), strict=True):
        down, right = 4 * (label // 2), 4 * (label % 2)
        picture[0, down : down + 4, right : right + 4] += 1.0
    return pictures, labels


def mlp(*, width: int = 32, hidden: int = 2) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Flatten(), nn.Linear(64, width), nn.ReLU()]
    for _ in range(hidden - 1):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 4))


def cnn() -> nn.Sequential:
    stem = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2))
    body = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Flatten())
    return nn.Sequential(stem, body, nn.Linear(256, 4))


def train(
    model: nn.Module,
    run: runs.Run,
    *,
    epochs: int = 5,
    lr: float = 0.05,
    attach: bool = True,
    step: Callable[[torch.Tensor, torch.optim.Optimizer], object] | None = None,
) -> torch.optim.Optimizer:
    """Train as a plain loop does: attach once, log once a batch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    if attach:
        yoloscope.attach(model, optimizer, run=run)
    pictures, labels = images()
    done = 0
    for epoch in range(epochs):
        for batch in range(BATCHES):
            chosen = slice(batch * BATCH, (batch + 1) * BATCH)
            loss = nn.functional.cross_entropy(model(pictures[chosen]), labels[chosen])
            optimizer.zero_grad()
            if step is None:
                loss.backward()
                optimizer.step()
            else:
                step(loss, optimizer)
            run.log({"train/loss": loss.item()}, step=done, epoch=epoch + (batch + 1) / BATCHES)
            done += 1
    return optimizer


def rows(run: runs.Run) -> list[Row]:
    """Return what a run wrote, in order."""
    assert run.directory is not None
    found: list[Row] = []
    for lane in sorted(reader.lanes(run.directory)):
        if lane < layout.SIDECAR_LANE:
            for chunk in reader.chunks(run.directory, lane=lane):
                found += _rows(entry for entry in chunk.entries if isinstance(entry, row.Matrix))
    return found


def series(run: runs.Run, name: str) -> dict[int, float]:
    """Return a series by step."""
    return {one.step: one.values[name] for one in rows(run) if name in one.values}


def names(run: runs.Run) -> set[str]:
    return {name for one in rows(run) for name in one.values}


def diagnosed(directory: Path | None) -> dict[str, str]:
    """Return what the diagnosis says of the rows in a spool: the severity by rule."""
    [one] = targets.judged_at(str(directory), server=None)
    return {found.rule: found.severity for found in one.findings}


def unasked(directory: Path | None) -> dict[str, tuple[str, ...]]:
    """Return which rules lack which inputs."""
    [one] = targets.judged_at(str(directory), server=None)
    return dict(one.unevaluated)


def _rows(matrices: Iterable[row.Matrix]) -> list[Row]:
    found: list[Row] = []
    for matrix in matrices:
        steps, epochs = memoryview(matrix.step).cast("q"), memoryview(matrix.epoch).cast("d")
        values, width = memoryview(matrix.values).cast("d"), len(matrix.names)
        for at in range(matrix.rows):
            told = dict(zip(matrix.names, values[at * width : (at + 1) * width], strict=True))
            found.append(Row(steps[at], epochs[at], told))
    return found
