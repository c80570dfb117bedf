"""A training that is attached to is the one that would have run without us."""

import copy
import gc
import importlib
import io
import pickle
import weakref
from collections.abc import Callable

import loops
import pytest

import yoloscope
from yoloscope.integrations.torch import activations, steps
from yoloscope.sdk import guard
from yoloscope.sdk import run as runs

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.slow]
Begin = Callable[[], runs.Run]


def weights(model: "torch.nn.Module") -> "list[torch.Tensor]":
    return [one.detach().clone() for one in model.state_dict().values()]


def test_the_weights_are_the_same_to_the_last_bit(begin: Begin) -> None:
    found = []
    for attach in (False, True):
        torch.manual_seed(3)
        run, model = begin(), loops.cnn()
        loops.train(model, run, epochs=3, attach=attach)
        found.append((weights(model), torch.get_rng_state()))
        run.finish()
    (bare, state), (attached, state_attached) = found
    assert all(torch.equal(one, other) for one, other in zip(bare, attached, strict=True))
    assert torch.equal(state, state_attached)


def test_everything_comes_off_when_the_run_ends(begin: Begin) -> None:
    clip = torch.nn.utils.clip_grad_norm_
    run, model = begin(), loops.cnn()
    optimizer = loops.train(model, run, epochs=1)
    yoloscope.attach(loops.mlp(), run=run)  # one whose optimizer is still looked for
    assert optimizer._optimizer_step_pre_hooks
    run.finish()
    hooks = torch.nn.modules.module
    assert not optimizer._optimizer_step_pre_hooks
    assert not optimizer._optimizer_step_post_hooks
    assert not importlib.import_module("torch.optim.optimizer")._global_optimizer_pre_hooks
    assert not hooks._global_forward_hooks
    assert not hooks._global_forward_pre_hooks
    assert torch.nn.utils.clip_grad_norm_ is clip
    assert run.attached is None


def test_a_model_is_copied_and_saved_in_the_middle_of_a_window(begin: Begin) -> None:
    run, model = begin(), loops.cnn()
    made: list[object] = []

    def step(loss: "torch.Tensor", optimizer: "torch.optim.Optimizer") -> None:
        loss.backward()
        optimizer.step()
        buffer = io.BytesIO()
        torch.save(model, buffer)
        assert b"yoloscope" not in buffer.getvalue()
        made[:] = [copy.deepcopy(model), copy.deepcopy(optimizer), pickle.loads(pickle.dumps((model, optimizer)))]

    loops.train(model, run, epochs=1, step=step)
    run.finish()
    twin, own, (loaded, _) = made  # type: ignore[misc]
    pictures, _ = loops.images()
    assert torch.equal(model.eval()(pictures), twin.eval()(pictures))  # type: ignore[attr-defined]
    assert torch.equal(model(pictures), loaded.eval()(pictures))
    assert not own._optimizer_step_pre_hooks  # type: ignore[attr-defined]


def test_a_compiled_model_is_not_compiled_anew_and_has_no_windows(begin: Begin) -> None:
    utils = importlib.import_module("torch._dynamo.utils")
    torch._dynamo.reset()
    utils.counters.clear()
    run = begin()
    loops.train(torch.compile(loops.mlp(), backend="eager"), run, epochs=3)
    run.finish()
    assert utils.counters["stats"]["unique_graphs"] == 1
    utils.counters.clear()
    names = loops.names(run)
    assert "grad/norm" in names
    assert not any(name.startswith("activations/") for name in names)


@pytest.mark.usefixtures("lenient")
def test_a_fault_of_ours_costs_its_part_and_is_said_once(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("ours")

    run, model = begin(), loops.mlp()
    monkeypatch.setattr(steps.Steps, "_compare", fails)
    monkeypatch.setattr(activations.DeadUnits, "_count", fails)
    loops.train(model, run, epochs=1)
    assert len(loops.series(run, "train/loss")) == 16
    said = capsys.readouterr().err
    assert said.count("torch.steps: RuntimeError: ours") == 1
    hooks = torch.nn.modules.module
    run.finish()
    assert not hooks._global_forward_hooks


def test_under_strictness_a_fault_is_raised(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(steps.Steps, "_compare", fails)
    with pytest.raises(RuntimeError, match="ours"):
        loops.train(loops.mlp(), begin(), epochs=1)
    guard.forget()


def test_models_and_optimizers_are_not_kept_alive(begin: Begin) -> None:
    run, model = begin(), loops.mlp()
    optimizer = loops.train(model, run, epochs=1)
    gone = weakref.ref(model), weakref.ref(optimizer)
    del model, optimizer
    gc.collect()
    assert [one() for one in gone] == [None, None]
    run.log({"train/loss": 1.0}, step=99)


def test_attaching_again_changes_nothing(begin: Begin) -> None:
    run, model = begin(), loops.mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        assert yoloscope.attach(model, optimizer) is model
    assert len(optimizer._optimizer_step_pre_hooks) == 1
    assert run.attached.models == [model]  # type: ignore[union-attr]


def test_an_exception_in_the_forward_pass_is_the_users_own(begin: Begin) -> None:
    run, model = begin(), loops.mlp()
    loops.train(model, run, epochs=1)
    with pytest.raises(RuntimeError, match="shapes"):
        model(torch.ones(2, 3))
    run.finish()
