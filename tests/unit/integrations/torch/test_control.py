"""Rates that are set go on by the schedule, at the very factor, whatever scheduler there is."""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from yoloscope import errors

if TYPE_CHECKING:
    import torch
    from torch.optim import lr_scheduler

    from yoloscope.integrations.torch import control

pytestmark = pytest.mark.torch
STEPS, AT = 20, 7
SCHEDULES: dict[str, Callable[["torch.optim.Optimizer"], object]] = {
    "none": lambda one: None,
    "lambda": lambda one: lr_scheduler.LambdaLR(one, lambda at: 1 / (1 + at)),
    "step": lambda one: lr_scheduler.StepLR(one, 5, gamma=0.5),
    "multi": lambda one: lr_scheduler.MultiStepLR(one, [3, 9, 15]),
    "exponential": lambda one: lr_scheduler.ExponentialLR(one, 0.9),
    "linear": lambda one: lr_scheduler.LinearLR(one, 0.1, 1.0, total_iters=10),
    "cosine": lambda one: lr_scheduler.CosineAnnealingLR(one, STEPS),
    "restarts": lambda one: lr_scheduler.CosineAnnealingWarmRestarts(one, 5),
    "cycle": lambda one: lr_scheduler.OneCycleLR(one, max_lr=0.4, total_steps=STEPS + 1, cycle_momentum=False),
    "cyclic": lambda one: lr_scheduler.CyclicLR(one, 0.01, 0.1, step_size_up=4, cycle_momentum=False),
    "sequence": lambda one: lr_scheduler.SequentialLR(
        one,
        [lr_scheduler.LinearLR(one, 0.1, total_iters=4), lr_scheduler.CosineAnnealingLR(one, STEPS)],
        milestones=[4],
    ),
}


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import torch once a test runs: collecting alone must not take seconds."""
    globals()["torch"] = pytest.importorskip("torch")
    for name in ("torch.optim.lr_scheduler", "yoloscope.integrations.torch.control"):
        globals()[name.rpartition(".")[2]] = importlib.import_module(name)


def trained(schedule: str, *, factor: float | None) -> list[list[float]]:
    """Return the rate of each group at every step; from `AT` on times a factor."""
    model = torch.nn.Linear(4, 2)
    groups = [{"params": [model.weight], "lr": 0.1}, {"params": [model.bias], "lr": 0.2}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    scheduler = SCHEDULES[schedule](optimizer)
    found: list[list[float]] = []
    for step in range(STEPS):
        if step == AT and factor is not None:
            control.setters(lambda: [optimizer])["lr_factor"](factor)
        found.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
    return found


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_schedule_keeps_its_shape(schedule: str) -> None:
    plain, changed = trained(schedule, factor=None), trained(schedule, factor=0.25)
    expected = [[rate * (0.25 if step >= AT else 1) for rate in rates] for step, rates in enumerate(plain)]
    for got, wanted in zip(changed, expected, strict=True):
        assert got == pytest.approx(wanted, rel=1e-9)


def test_a_rate_is_that_of_the_weights_and_the_others_keep_their_share() -> None:
    model = torch.nn.Linear(4, 2)
    optimizer = torch.optim.AdamW([{"params": [model.bias], "lr": 0.2}, {"params": [model.weight]}], lr=0.1)
    assert control.setters(lambda: [optimizer])["lr"](0.05) == 0.1
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.1, 0.05])


def test_a_rate_that_is_a_tensor_stays_that_tensor() -> None:
    rate = torch.tensor(0.1)
    optimizer = torch.optim.Adam(torch.nn.Linear(2, 2).parameters(), lr=rate, capturable=False, foreach=False)
    control.setters(lambda: [optimizer])["lr_factor"](0.5)
    assert optimizer.param_groups[0]["lr"] is rate
    assert float(rate) == pytest.approx(0.05)


def test_decay_is_set_where_there_is_some() -> None:
    model = torch.nn.Linear(4, 2)
    groups = [{"params": [model.weight], "weight_decay": 0.01}, {"params": [model.bias], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups)
    assert control.setters(lambda: [optimizer])["weight_decay"](0.1) == 0.01
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.1, 0.0]


def test_where_no_optimizer_is_left_it_is_refused() -> None:
    for name, setter in control.setters(list).items():
        with pytest.raises(errors.CommandRefused) as refused:
            setter(0.1)
        assert refused.value.reason == "no_optimizer", name


def test_a_schedule_at_zero_is_refused() -> None:
    optimizer = torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=0.0)
    with pytest.raises(errors.CommandRefused):
        control.setters(lambda: [optimizer])["lr"](0.1)
