"""Settings of a trainer that trains: a small one with torch's own optimizer and schedule, and what must hold for every command."""

import gc
import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import strategies

from yoloscope import errors
from yoloscope.sdk import acting
from yoloscope.spool import inbox

if TYPE_CHECKING:
    import torch

    from yoloscope.integrations.ultralytics.control import actor

pytestmark = [pytest.mark.torch, pytest.mark.slow]
CONTROL = "yoloscope.integrations.ultralytics.control"
SPOT = acting.Spot("batch", 7, 2.0)
FACTORS = strategies.floats(1e-3, 10)
RATES = (0.01, 0.02, 0.001)


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import torch once a test runs: collecting alone must not take seconds."""
    globals()["torch"] = pytest.importorskip("torch")
    globals()["actor"] = importlib.import_module(f"{CONTROL}.actor")


class Trainer:
    """As far as settings reach."""

    def __init__(self, **arguments: object) -> None:
        model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
        given = [
            {"params": [model[0].weight], "weight_decay": 0.0005},
            {"params": [model[0].bias], "weight_decay": 0.0},
            {"params": list(model[1].parameters()), "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.SGD([{**group, "lr": rate} for group, rate in zip(given, RATES, strict=True)])
        self.epochs, self.epoch, self.stop = 10, 0, False
        self.lf = lambda epoch: max(1 - epoch / self.epochs, 0) * 0.99 + 0.01
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self.lf)
        defaults = {"lr0": 0.01, "optimizer": "SGD", "weight_decay": 0.0005, "nbs": 64, "warmup_epochs": 0, "lrf": 0.01}
        gains = {"box": 7.5, "cls": 0.5, "dfl": 1.5, "close_mosaic": 0, "task": "detect", "patience": 100}
        self.args = SimpleNamespace(**{**defaults, **gains, "epochs": 10, "cos_lr": False, **arguments})
        model.args = self.args
        self.model = model
        self.batch_size = 16
        self.stopper = SimpleNamespace(patience=100, best_epoch=0)
        self.train_loader = SimpleNamespaceLoader()
        self.test_loader = None
        self.ema = None
        self.best = self.last = Path("/nowhere/best.pt")

    def next_epoch(self) -> None:
        self.epoch += 1
        self.optimizer.step()
        self.scheduler.step()

    def state(self) -> dict[str, object]:
        """Everything that a command can change."""
        groups = [
            {key: value for key, value in group.items() if key != "params"} for group in self.optimizer.param_groups
        ]
        planned = list(self.scheduler.base_lrs), list(self.scheduler.lr_lambdas)
        return {
            "groups": groups,
            "planned": planned,
            "arguments": dict(vars(self.args)),
            "epochs": self.epochs,
            "stop": self.stop,
            "patience": self.stopper.patience,
        }


class SimpleNamespaceLoader:
    """A loader of four batches whose pictures go through nothing."""

    dataset = SimpleNamespace(transforms=[])

    def __len__(self) -> int:
        return 4


def order(verb: str, **args: object) -> inbox.Order:
    return inbox.Order("x", verb, args, 0, 0)  # type: ignore[arg-type]


def rate_of(trainer: Trainer) -> object:
    return trainer.optimizer.param_groups[0]["lr"]


def actor_of(trainer: Trainer) -> "actor.Actor":
    return actor.Actor(trainer, record=None)  # type: ignore[arg-type]


@hypothesis.settings(max_examples=30, deadline=None)
@hypothesis.given(
    strategies.lists(
        strategies.one_of(
            FACTORS.map(lambda f: ("lr_factor", f)),
            FACTORS.map(lambda f: ("lr", f / 1e3)),
            strategies.just(("next", 0.0)),
        ),
        max_size=8,
    )
)
def test_after_any_changes_the_schedule_goes_on_in_its_shape(asked: list[tuple[str, float]]) -> None:
    trainer = Trainer()
    hypothesis.assume(trainer.epochs > len(asked))
    acts = actor_of(trainer)
    for name, value in asked:
        if name == "next":
            trainer.next_epoch()
            continue
        try:
            acts.act(order("set", **{name: value}), SPOT)
        except errors.CommandRefused as refusal:
            assert refusal.reason == "bad_value"  # noqa: PT017  # a rate above 1
        else:
            done = rate_of(trainer) == pytest.approx(value)
            assert done or name == "lr_factor"
    trainer.next_epoch()
    shape = trainer.lf(trainer.epoch)
    groups = trainer.optimizer.param_groups
    assert [group["lr"] for group in groups] == pytest.approx([group["initial_lr"] * shape for group in groups])
    assert [group["initial_lr"] / groups[0]["initial_lr"] for group in groups] == pytest.approx([1, 2, 0.1])
    assert trainer.args.lr0 == pytest.approx(groups[0]["initial_lr"])


@hypothesis.settings(max_examples=20, deadline=None)
@hypothesis.given(strategies.sampled_from(["lr", "weight_decay", "epochs", "box", "patience", "close_mosaic"]))
def test_what_fails_midway_leaves_everything_as_it_was(last: str) -> None:
    trainer = Trainer()
    acts = actor_of(trainer)
    before = trainer.state()
    failing = "lr" if last != "lr" else "lr_factor"
    wanted = {"box": 1.0, "epochs": 5, "patience": 3, "weight_decay": 0.1, "close_mosaic": 2, failing: "no number"}
    with pytest.raises((TypeError, ValueError)):
        acts.act(order("set", **wanted), SPOT)
    assert before == trainer.state()


def test_a_rate_with_which_no_training_resumes_is_refused_whole() -> None:
    trainer = Trainer()
    before = trainer.state()
    with pytest.raises(errors.CommandRefused, match="above 1") as refusal:
        actor_of(trainer).act(order("set", lr_factor=1000.0, box=1.0), SPOT)
    assert refusal.value.reason == "bad_value"
    assert before == trainer.state()


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (order("set", box=1.0, kobj=1.0), "framework_cannot"),
        (order("set", epochs=1), "below_epoch"),
        (order("set", close_mosaic=3), "mosaic_off"),
        (order("close_mosaic"), "mosaic_off"),
        (order("validate"), "framework_cannot"),
        (order("rollback", lr_factor=0.5), "no_checkpoint"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_changed(asked: inbox.Order, reason: str) -> None:
    trainer = Trainer()
    trainer.epoch = 3
    before = trainer.state()
    with pytest.raises(errors.CommandRefused) as refusal:
        actor_of(trainer).check(asked, SPOT)
    assert refusal.value.reason == reason
    assert before == trainer.state()


def test_nothing_is_changed_of_a_training_that_is_about_to_end() -> None:
    trainer = Trainer()
    acts = actor_of(trainer)
    trainer.stop = True
    with pytest.raises(errors.CommandRefused) as refusal:
        acts.check(order("set", lr=0.001), SPOT)
    assert refusal.value.reason == "not_running"
    acts.check(order("note", text="x"), SPOT)


@pytest.mark.parametrize("has_optimizer", [True, False])
def test_gradients_of_what_was_given_up_are_none_of_what_is_put_back(has_optimizer: bool) -> None:
    """Frameworks gather them over several batches; NaN ones would be the first step of the new weights."""
    returning = importlib.import_module(f"{CONTROL}.returning")
    trainer = Trainer()
    stored = trainer.optimizer.state_dict() if has_optimizer else None
    weights = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    for parameter in trainer.model.parameters():
        parameter.grad = torch.full_like(parameter, torch.nan)
    returning._put(trainer, returning._Checkpoint("", weights, stored, updates=0, epochs=0, is_learnt=False))
    trainer.optimizer.step()
    assert all(torch.isfinite(parameter).all() for parameter in trainer.model.parameters())


def test_of_several_ranks_none_goes_back_to_a_start_of_its_own() -> None:
    """Each would draw new weights, and nothing makes them alike again."""
    returning = importlib.import_module(f"{CONTROL}.returning")
    trainer = Trainer(model="x.yaml", pretrained=False)
    trainer.model.yaml = {}
    trainer.get_model = lambda **_: trainer.model
    assert returning._start(trainer) is not None
    trainer.world_size = 2
    assert returning._start(trainer) is None


@pytest.mark.parametrize(("place", "writes"), [("epoch", True), ("batch", False)])
def test_a_resumable_stop_keeps_what_was_set_behind_the_frameworks_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: acting.Place, writes: bool
) -> None:
    """It writes at the end of an epoch, before what is asked for there is done."""
    ending = importlib.import_module(f"{CONTROL}.ending")
    trainer = Trainer(save=True)
    trainer.last = tmp_path / "last.pt"
    trainer.last.write_bytes(b"of this epoch")
    record = SimpleNamespace(ends=lambda _: None)
    one = actor.Actor(trainer, record=record)
    written: list[int] = []
    monkeypatch.setattr(ending.saving, "write", lambda *_, done: written.append(done))
    one.act(order("set", lr=0.001), acting.Spot(place, 7, 1.0))
    one.act(order("stop", how="resumable"), acting.Spot("epoch", 7, 1.0))
    assert (written, trainer.stop) == ([0] if writes else [], True)
    assert rate_of(trainer) == 0.001


def of_groups(trainer: Trainer, name: str) -> list[object]:
    return [group[name] for group in trainer.optimizer.param_groups]


def test_what_was_set_stays_where_the_framework_goes_back_and_trains_an_epoch_again() -> None:
    """It loads the optimizer as it was at the end of the epoch before, after a loss that is not finite."""
    trainer = Trainer()
    one = actor_of(trainer)
    one.begin_epoch(trainer)
    stored = trainer.optimizer.state_dict()
    trainer.next_epoch()
    one.begin_epoch(trainer)
    one.act(order("set", lr=0.001, weight_decay=0.1), SPOT)
    asked = of_groups(trainer, "initial_lr"), of_groups(trainer, "weight_decay")
    for _ in range(2):
        trainer.optimizer.load_state_dict(stored)
        assert asked[1] != of_groups(trainer, "weight_decay")
        one.begin_epoch(trainer)
        assert asked == (of_groups(trainer, "initial_lr"), of_groups(trainer, "weight_decay"))


def test_a_decay_that_was_set_outlasts_a_smaller_batch() -> None:
    """For lack of memory the framework begins the first epoch again, and makes the decay anew."""
    trainer = Trainer()
    one = actor_of(trainer)
    one.begin_epoch(trainer)
    one.act(order("set", weight_decay=0.1), SPOT)
    trainer.optimizer.param_groups[0]["weight_decay"] = 0.15
    one.begin_epoch(trainer)
    assert of_groups(trainer, "weight_decay") == [0.1, 0, 0]


def test_what_nobody_asked_for_is_left_to_the_framework_and_to_the_user() -> None:
    trainer = Trainer()
    one = actor_of(trainer)
    one.begin_epoch(trainer)
    one.act(order("set", lr=0.001), SPOT)
    trainer.optimizer.param_groups[0]["weight_decay"] = 0.15
    one.begin_epoch(trainer)
    assert of_groups(trainer, "weight_decay") == [0.15, 0, 0], "of another setting"
    one.act(order("set", weight_decay=0.1), SPOT)
    trainer.optimizer.param_groups[0]["weight_decay"] = 0.2
    trainer.next_epoch()
    for _ in range(2):
        one.begin_epoch(trainer)
        assert of_groups(trainer, "weight_decay") == [0.2, 0, 0], "a callback's own, later"


def test_where_the_end_and_the_mosaics_lie_is_told_whenever_a_command_moves_them() -> None:
    effective = importlib.import_module("yoloscope.integrations.ultralytics.effective")
    trainer = Trainer(close_mosaic=1)
    told: list[dict[str, object]] = []
    one = actor.Actor(trainer, record=SimpleNamespace(plans=lambda of: told.append(effective.plan(of))))
    one.act(order("set", lr=0.001), SPOT)
    assert told == []
    for command in (order("set", epochs=6), order("set", close_mosaic=3), order("close_mosaic")):
        one.act(command, SPOT)
    assert told == [
        {"epochs": 6, "close_mosaic": 1},
        {"epochs": 6, "close_mosaic": 3},
        {"epochs": 6, "close_mosaic": 6 - trainer.epoch - 1},
    ]
    del trainer.args.close_mosaic
    assert effective.plan(trainer) == {"epochs": 6}


@pytest.mark.parametrize("closes_once", [False, True])
def test_mosaics_close_at_the_next_epoch_at_the_earliest_and_that_is_the_plan(
    monkeypatch: pytest.MonkeyPatch, *, closes_once: bool
) -> None:
    effective = importlib.import_module("yoloscope.integrations.ultralytics.effective")
    live = importlib.import_module(f"{CONTROL}.live")
    monkeypatch.setattr(
        live, "loop_of", lambda _: live.Loop(stops_in_epoch=True, can_grow=True, closes_once=closes_once)
    )
    trainer = Trainer(close_mosaic=2)
    stitched = type("Mosaic", (), {"p": 1.0})()
    monkeypatch.setattr(trainer.train_loader, "dataset", SimpleNamespace(transforms=[stitched]))
    one = actor_of(trainer)
    trainer.epoch = 4
    one.act(order("set", close_mosaic=9), SPOT)
    assert effective.plan(trainer) == {"epochs": 10, "close_mosaic": 5}
    one.act(order("set", epochs=20), SPOT)
    assert effective.plan(trainer) == {"epochs": 20, "close_mosaic": 9}, "what was asked for, as it fits now"
    one.act(order("set", epochs=10), SPOT)
    trainer.epoch = 5
    one.begin_epoch(trainer)
    assert trainer.args.close_mosaic == 5, "what closes now"
    stitched.p = 0.0
    trainer.epoch = 7
    assert effective.plan(trainer) == {"epochs": 10, "close_mosaic": 5}, "where they closed, from then on"
    one.act(order("set", epochs=12), SPOT)
    assert effective.plan(trainer) == {"epochs": 12, "close_mosaic": 7}


def test_a_plan_that_a_version_never_carries_out_is_told_as_it_is() -> None:
    """The oldest close mosaics at one epoch alone, which lies before the first where more epochs are asked to be without than there are."""
    effective = importlib.import_module("yoloscope.integrations.ultralytics.effective")
    trainer = Trainer(close_mosaic=12)
    trainer.train_loader.dataset = SimpleNamespace(transforms=[type("Mosaic", (), {"p": 1.0})()])
    trainer.epoch = 4
    assert effective.plan(trainer) == {"epochs": 10, "close_mosaic": 12}


def test_a_training_that_is_gone_is_no_fault() -> None:
    acts = actor_of(Trainer())
    gc.collect()
    with pytest.raises(errors.CommandRefused) as refusal:
        acts.check(order("set", lr=0.001), SPOT)
    assert refusal.value.reason == "not_running"


def test_an_optimizer_that_was_chosen_automatically_is_chosen_by_name_from_then_on() -> None:
    trainer = Trainer(optimizer="auto", lr0=0.5)
    actor_of(trainer).act(order("set", lr=0.005), SPOT)
    assert (trainer.args.optimizer, trainer.args.lr0) == ("SGD", pytest.approx(0.005))


def test_the_version_says_how_its_loop_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    live = importlib.import_module(f"{CONTROL}.live")

    class Fixed:
        def _do_train(self) -> None:
            for _ in range(3):
                pass

    class Gated:
        def _do_train(self) -> None:
            mosaic_closed = True
            del mosaic_closed

    monkeypatch.setitem(sys.modules, "ultralytics", SimpleNamespace(__version__="8.0.196"))
    assert live.loop_of(Fixed()) == (False, False, False)
    monkeypatch.setitem(sys.modules, "ultralytics", SimpleNamespace(__version__="8.4.14"))
    assert live.loop_of(Gated()) == (True, True, True)
