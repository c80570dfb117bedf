"""Producers are run where they are due, guarded and measured one by one, and leave the training as it was."""

import gc
import sys
import types
import weakref
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from yoloscope.integrations.ultralytics import gradients, looking, position
from yoloscope.integrations.ultralytics.producers import contract, registry
from yoloscope.sdk import guard

CALLS: list[tuple[str, str, int, float]] = []
HOOKS = ("start", "begin", "batch", "step", "stepped", "val_start", "val_batch", "val_end", "epoch", "end")


class Watching(contract.Producer):
    """Notes every call, and fails where it is told to."""

    fails_at = ""
    released = 0

    def _met(self, hook: str) -> None:
        CALLS.append((self.name, hook, self.context.step, self.context.epoch))
        if hook == self.fails_at:
            raise LookupError("on purpose")

    def release(self) -> None:
        type(self).released += 1


def hook(name: str) -> object:
    return lambda self, *given: self._met(name)


def watching(name: str, hooks: tuple[str, ...] = HOOKS, **attributes: object) -> type[contract.Producer]:
    return type(name, (Watching,), {"name": name, **{one: hook(one) for one in hooks}, **attributes})


class Run:
    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds
        self.rows: list[dict[str, float]] = []

    def takes(self, kind: str) -> bool:
        return kind in self.kinds

    def log(self, values: dict[str, float], **place: object) -> None:
        self.rows.append(values)


class Validator:
    training = True

    def update_metrics(self, preds: object, batch: object) -> str:
        return "updated"


class Trainer:
    def __init__(self) -> None:
        self.args = SimpleNamespace(task="detect")
        self.epochs = 20
        self.validator = Validator()

    def preprocess_batch(self, batch: dict[str, object]) -> dict[str, object]:
        return {**batch, "ready": True}


class Training:
    """Plays the events of a training with two batches an epoch."""

    def __init__(self, run: Run, switches: registry.Switches | None = None) -> None:
        self.trainer = Trainer()
        self.at = position.Position(start_epoch=0, batches=2)
        self.norm = gradients.GradientNorm()
        self.registry = registry.Registry(
            run,  # type: ignore[arg-type]
            trainer=self.trainer,  # type: ignore[arg-type]
            at=self.at,
            norm=self.norm,
            titles={},
            switches=switches or {},
        )
        self.registry.start(self.trainer)  # type: ignore[arg-type]

    def batches(self, epoch: int, *, loss: float = 1.0) -> None:
        self.at.begin_epoch(epoch, batches=2)
        self.registry.begin_epoch(self.trainer)  # type: ignore[arg-type]
        for _ in range(2):
            self.registry.begin_batch(self.trainer)  # type: ignore[arg-type]
            assert self.trainer.preprocess_batch({}) == {"ready": True}
            self.norm.before()
            self.norm.after()
            self.at.end_batch()
            self.registry.end_batch(self.trainer, {"train/box_loss": loss})  # type: ignore[arg-type]

    def validation(self, *events: str) -> None:
        for event in events or ("on_val_start", "on_val_batch_start", "on_val_batch_start", "on_val_end"):
            self.registry.validation_event(self.trainer, self.trainer.validator, event)  # type: ignore[arg-type]
            if event == "on_val_batch_start":
                assert self.trainer.validator.update_metrics([], {}) == "updated"

    def epoch(self, epoch: int, *, loss: float = 1.0) -> None:
        self.batches(epoch, loss=loss)
        self.validation()
        self.registry.end_epoch(self.trainer)  # type: ignore[arg-type]

    def is_untouched(self) -> bool:
        return "preprocess_batch" not in vars(self.trainer) and "update_metrics" not in vars(self.trainer.validator)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    """Give a module whose classes are all the producers there are, by their names."""
    module = types.ModuleType("fake_producers.all")
    monkeypatch.setitem(sys.modules, "fake_producers", types.ModuleType("fake_producers"))
    monkeypatch.setitem(sys.modules, "fake_producers.all", module)
    monkeypatch.setattr(registry, "PLACE", "fake_producers")
    monkeypatch.delenv("YOLOSCOPE_STRICT", raising=False)
    CALLS.clear()
    guard.forget()
    yield module
    guard.forget()


def register(known: types.ModuleType, monkeypatch: pytest.MonkeyPatch, *kinds: type[contract.Producer]) -> None:
    for kind in kinds:
        kind.released = 0  # type: ignore[attr-defined]
        setattr(known, kind.name, kind)
    monkeypatch.setattr(registry, "KNOWN", tuple((kind.name, "all", kind.name) for kind in kinds))


def called(name: str) -> list[str]:
    return [hook for one, hook, _, _ in CALLS if one == name]


def test_hooks_come_in_order_with_their_step_and_epoch(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(known, monkeypatch, watching("one", policy="numbers"))
    training = Training(Run())
    training.epoch(0)
    training.registry.end(training.trainer)  # type: ignore[arg-type]
    of_batches = [(hook, step, epoch) for step, epoch in ((0, 0.5), (1, 1.0)) for hook in ("batch", "step", "stepped")]
    of_validation = [(hook, 1, 1.0) for hook in ("val_start", "val_batch", "val_batch", "val_end", "epoch", "end")]
    expected = [("start", 0, 0.0), ("begin", 0, 0.5), *of_batches, *of_validation]
    assert expected == [call[1:] for call in CALLS]


def test_epochs_that_are_not_due_leave_the_training_alone(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(known, monkeypatch, watching("one", policy="numbers", every=3))
    training = Training(Run())
    seen = []
    for epoch in range(4):
        CALLS.clear()
        training.batches(epoch)
        seen.append((len(CALLS) > 0, training.is_untouched()))
        training.validation()
        training.registry.end_epoch(training.trainer)  # type: ignore[arg-type]
        assert training.is_untouched()
    assert seen == [(True, False), (False, True), (False, True), (True, False)]


def test_the_final_evaluation_is_not_looked_at(known: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    register(known, monkeypatch, watching("one", policy="numbers"))
    training = Training(Run())
    training.epoch(0)
    CALLS.clear()
    training.validation()
    training.registry.end_epoch(training.trainer)  # type: ignore[arg-type]
    assert CALLS == []
    training.batches(1)
    training.trainer.validator.training = False
    CALLS.clear()
    training.validation()
    assert CALLS == []


@pytest.mark.parametrize("hook", HOOKS[:-1])
def test_a_fault_costs_its_own_producer_alone(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hook: str
) -> None:
    bad, good = watching("bad", policy="numbers", fails_at=hook), watching("good", policy="numbers")
    register(known, monkeypatch, bad, good)
    training = Training(Run())
    training.epoch(0)
    training.epoch(1)
    training.registry.end(training.trainer)  # type: ignore[arg-type]
    assert called("bad").count(hook) == 1
    assert called("bad")[-1] == hook
    assert bad.released  # type: ignore[attr-defined]
    assert called("good").count("epoch") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert (
        line
        == "yoloscope: ultralytics.producers.bad: LookupError: on purpose. This part is now off; the training goes on."
    )


def test_what_failed_in_one_training_is_tried_again_in_the_next(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = watching("once", policy="numbers", fails_at="val_end")
    register(known, monkeypatch, once)
    Training(Run()).epoch(0)
    assert called("once")[-1] == "val_end"
    monkeypatch.setattr(once, "fails_at", "")
    CALLS.clear()
    Training(Run()).epoch(0)
    assert called("once")[-1] == "epoch"


def test_a_producer_that_goes_off_is_released_at_once(known: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = watching("bad", policy="numbers", fails_at="begin")
    register(known, monkeypatch, bad)
    Training(Run()).batches(0)
    assert bad.released == 1  # type: ignore[attr-defined]


def test_all_is_released_when_a_validation_ends_because_the_model_is_saved_next(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = watching("one", policy="numbers")
    register(known, monkeypatch, one)
    training = Training(Run())
    training.batches(0)
    training.validation()
    assert (called("one")[-1], one.released) == ("val_end", 1)  # type: ignore[attr-defined]


def test_what_fails_in_the_training_itself_passes_and_is_cleaned_up(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = watching("one", policy="numbers")
    register(known, monkeypatch, one)
    training = Training(Run())
    training.batches(0)
    training.validation("on_val_start", "on_val_batch_start")
    assert not training.is_untouched()
    before = one.released  # type: ignore[attr-defined]
    training.registry.end(training.trainer)  # type: ignore[arg-type]
    assert training.is_untouched()
    assert one.released > before  # type: ignore[attr-defined]
    assert called("one")[-2:] == ["val_batch", "end"]
    training.registry.end(training.trainer)  # type: ignore[arg-type]
    assert called("one").count("end") == 1


def test_policy_task_and_switches_decide_who_works(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = {
        "numbers": watching("numbers", policy="numbers"),
        "summary": watching("summary"),
        "picture": watching("picture", policy="media"),
        "poses": watching("poses", policy="numbers", tasks=frozenset(("pose",))),
        "off": watching("off", policy="numbers"),
        "seldom": watching("seldom", policy="numbers", early=9),
    }
    register(known, monkeypatch, *kinds.values())
    training = Training(Run("histogram"), {"off": False, "seldom": 2, "unknown": True})
    for epoch in range(3):
        training.epoch(epoch)
    assert {name: called(name).count("epoch") for name in kinds} == {
        "numbers": 3,
        "summary": 3,
        "picture": 0,
        "poses": 0,
        "off": 0,
        "seldom": 2,
    }
    assert "producers.unknown" in capsys.readouterr().err


def test_an_anomaly_brings_those_who_look_at_anomalies(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(known, monkeypatch, watching("one", policy="numbers", every=100, at_anomalies=True))
    training = Training(Run())
    for epoch in range(6):
        training.epoch(epoch, loss=float("nan") if epoch == 2 else 1.0)
    epochs = [epoch for _, hook, _, epoch in CALLS if hook == "epoch"]
    assert epochs == [1.0, 3.0, 4.0]  # the first, that of the anomaly, and the one behind it


def test_an_epoch_may_be_wanted_beside_the_regular_ones(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = watching("one", policy="numbers", every=100, wants=lambda self, trainer, index: index == 3)
    register(known, monkeypatch, one)
    training = Training(Run())
    for epoch in range(6):
        training.epoch(epoch)
    assert [epoch for _, hook, _, epoch in CALLS if hook == "epoch"] == [1.0, 4.0]


def test_what_has_seen_all_is_left_out(known: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def finish(self: contract.Producer, *given: object) -> None:
        CALLS.append((self.name, "val_batch", 0, 0.0))
        self.is_done = True

    register(known, monkeypatch, watching("one", ("epoch",), policy="numbers", val_batch=finish))
    training = Training(Run())
    training.epoch(0)
    training.epoch(1)
    assert called("one") == ["val_batch"]


def test_costs_are_rows_of_the_epoch_and_too_much_is_thinned_and_said_once(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]

    def wait(self: contract.Producer, *given: object) -> None:
        CALLS.append((self.name, "epoch", 0, 0.0))
        clock[0] += 1.0

    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    register(
        known,
        monkeypatch,
        watching("dear", (), policy="numbers", epoch=wait),
        watching("own", (), policy="numbers", epoch=wait, keeps_budget=True),
        watching("asked", (), policy="numbers", epoch=wait),
    )
    run = Run()
    training = Training(run, {"asked": 1})
    for epoch in range(9):
        training.epoch(epoch)
    assert run.rows[0] == {"overhead/dear_s": 1.0, "overhead/own_s": 1.0, "overhead/asked_s": 1.0}
    assert [called(name).count("epoch") for name in ("dear", "own", "asked")] == [5, 9, 9]  # epochs 0, 1, 2, 4, 8
    [line] = capsys.readouterr().err.splitlines()
    assert line == "yoloscope: producers.dear: 1.00 s is much beside the validation; now each 2 epochs."


def test_a_fault_of_the_registry_itself_takes_everything_out_at_once(
    known: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = watching("one", policy="numbers")
    register(known, monkeypatch, one)
    training = Training(Run())
    training.batches(0)
    session = SimpleNamespace(looks=training.registry)
    monkeypatch.setattr(training.registry, "_begin_validation", None)
    looking.validation_event(session, training.trainer, training.trainer.validator, "on_val_start")  # type: ignore[arg-type]
    assert (session.looks, training.is_untouched(), one.released) == (None, True, 1)  # type: ignore[attr-defined]
    assert "ultralytics.producers: TypeError" in capsys.readouterr().err


def test_a_registry_keeps_no_trainer_alive(known: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    register(known, monkeypatch, watching("one", policy="numbers"))
    training = Training(Run())
    training.batches(0)
    gone = weakref.ref(training.trainer)
    training.trainer = None  # type: ignore[assignment]
    gc.collect()
    assert gone() is None
