"""What a plain loop leaves beside its own numbers, and where it stands."""

import math
from collections.abc import Callable

import loops
import pytest

import yoloscope
from yoloscope import errors
from yoloscope.sdk import run as runs

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.slow]
Begin = Callable[[], runs.Run]


def norm(tensors: "list[torch.Tensor]") -> float:
    return math.sqrt(sum(float(one.square().sum()) for one in tensors))


def test_the_documented_names_are_recorded(begin: Begin) -> None:
    run = begin()
    loops.train(loops.cnn(), run)
    run.finish()
    parts = {"1.0", "2.1", "3.2"}
    assert loops.names(run) == {
        "train/loss",
        "lr/weight",
        "grad/norm",
        "weights/nonfinite",
        *(f"grad/{part}/norm" for part in parts),
        *(f"weights/{part}/norm" for part in parts),
        *(f"update/{part}/ratio" for part in parts),
        *(f"weights/{layer}/scale" for layer in ("0.0", "1.0", "2")),
        *(f"activations/{layer}/dead_share" for layer in ("0.2", "1.1")),
    }


def test_norms_and_ratios_are_those_of_the_step(begin: Begin) -> None:
    run, model = begin(), loops.mlp(hidden=1)
    first, last = model[1], model[3]
    witnessed: list[dict[str, float]] = []

    def step(loss: "torch.Tensor", optimizer: "torch.optim.Optimizer") -> None:
        loss.backward()
        before = [one.detach().clone() for one in first.parameters()]
        told = {
            "grad/norm": norm([one.grad for one in model.parameters()]),
            "grad/2.3/norm": norm([one.grad for one in last.parameters()]),
            "weights/1.1/norm": norm(before),
        }
        optimizer.step()
        moved = [one.detach() - was for one, was in zip(first.parameters(), before, strict=True)]
        witnessed.append(told | {"update/1.1/ratio": norm(moved) / norm(before)})

    loops.train(model, run, epochs=1, step=step)
    run.finish()
    for name in witnessed[0]:
        found = loops.series(run, name)
        assert len(found) >= 10
        expected = {at: witnessed[at][name] for at in found}
        assert found == {at: pytest.approx(value, rel=1e-4) for at, value in expected.items()}


def test_each_number_stands_at_the_step_and_epoch_of_its_row(begin: Begin) -> None:
    run = begin()
    loops.train(loops.mlp(), run, epochs=2)
    run.finish()
    epochs = {one.step: one.epoch for one in loops.rows(run) if "train/loss" in one.values}
    assert [*epochs] == [*range(32)]
    looked = [one for one in loops.rows(run) if "grad/norm" in one.values]
    assert [one.step for one in looked][:11] == [*range(10), 10]
    assert all(one.epoch == epochs[one.step] for one in looked)


def test_a_resumed_loop_that_begins_at_its_own_step_is_followed(begin: Begin) -> None:
    run, model = begin(), torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    yoloscope.attach(model, optimizer)
    for step in range(5_000, 5_040):
        optimizer.zero_grad()
        model(torch.ones(2, 4)).sum().backward()
        optimizer.step()
        if step % 10 == 9:
            run.log({"train/loss": 1.0}, step=step, epoch=7.5)
    run.finish()
    assert [*loops.series(run, "grad/norm")][:12] == [*range(5_000, 5_011), 5_015]


def test_the_norm_is_that_before_clipping_and_of_each_part_too(begin: Begin) -> None:
    run, model = begin(), loops.mlp()
    witnessed: list[tuple[float, float]] = []

    def step(loss: "torch.Tensor", optimizer: "torch.optim.Optimizer") -> None:
        loss.backward()
        part = norm([one.grad for one in model[1].parameters()])
        witnessed.append((norm([one.grad for one in model.parameters()]), part))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)
        optimizer.step()

    loops.train(model, run, epochs=1, step=step)
    run.finish()
    assert loops.series(run, "grad/norm") == {
        at: pytest.approx(witnessed[at][0], rel=1e-4) for at in loops.series(run, "grad/norm")
    }
    assert loops.series(run, "grad/1.1/norm") == {
        at: pytest.approx(witnessed[at][1], rel=1e-4) for at in loops.series(run, "grad/1.1/norm")
    }


def test_accumulated_gradients_are_looked_at_once_a_step_at_the_last_batch(begin: Begin) -> None:
    run, model = begin(), loops.mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    yoloscope.attach(model, optimizer)
    pictures, labels = loops.images()
    witnessed: dict[int, float] = {}
    for batch in range(32):
        loss = torch.nn.functional.cross_entropy(model(pictures[:32]), labels[:32]) / 4
        loss.backward()
        if batch % 4 == 3:
            witnessed[batch] = norm([one.grad for one in model.parameters()])
            optimizer.step()
            optimizer.zero_grad()
        run.log({"train/loss": loss.item()}, step=batch, epoch=(batch + 1) / 32)
    run.finish()
    assert loops.series(run, "grad/norm") == {at: pytest.approx(value) for at, value in witnessed.items()}


def scaling(
    scaler: "torch.amp.GradScaler", model: "torch.nn.Module", *, breaks_at: int, witnessed: dict[int, float]
) -> Callable[["torch.Tensor", "torch.optim.Optimizer"], None]:
    """Return a step in mixed precision; one of its losses overflows."""
    count = iter(range(1_000))

    def step(loss: "torch.Tensor", optimizer: "torch.optim.Optimizer") -> None:
        at = next(count)
        scaler.scale(loss * (float("inf") if at == breaks_at else 1.0)).backward()
        if at != breaks_at:
            scale = scaler.get_scale() if scaler.is_enabled() else 1.0
            witnessed[at] = norm([one.grad for one in model.parameters()]) / scale
        scaler.step(optimizer)
        scaler.update()

    return step


@pytest.mark.parametrize("clips", [False, True])
def test_a_scaler_changes_no_norm_and_a_step_it_leaves_out_has_none(begin: Begin, clips: bool) -> None:
    run, model, witnessed = begin(), loops.mlp(), {}
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    step = scaling(scaler, model, breaks_at=4, witnessed=witnessed)

    def clipped(loss: "torch.Tensor", optimizer: "torch.optim.Optimizer") -> None:
        scaler.scale(loss * (float("inf") if len(witnessed) == 4 and 4 not in seen else 1.0)).backward()
        at = len(seen)
        seen.append(at)
        scaler.unscale_(optimizer)
        if at != 4:
            witnessed[at] = norm([one.grad for one in model.parameters()])
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        scaler.step(optimizer)
        scaler.update()

    seen: list[int] = []
    loops.train(model, run, epochs=1, step=clipped if clips else step)
    run.finish()
    found = loops.series(run, "grad/norm")
    assert 4 not in found
    assert {0, 3, 5} <= {*found}
    assert found == {at: pytest.approx(witnessed[at], rel=1e-4) for at in found}


def test_a_disabled_scaler_is_no_scaler(begin: Begin) -> None:
    run, model, witnessed = begin(), loops.mlp(), {}
    step = scaling(torch.amp.GradScaler("cpu", enabled=False), model, breaks_at=-1, witnessed=witnessed)
    loops.train(model, run, epochs=1, step=step)
    run.finish()
    found = loops.series(run, "grad/norm")
    assert found == {at: pytest.approx(witnessed[at], rel=1e-4) for at in found}


def test_a_fused_optimizer_that_unscales_for_itself_tells_the_same(begin: Begin) -> None:
    run, model, witnessed = begin(), loops.mlp(), {}
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    yoloscope.attach(model, optimizer)
    step = scaling(scaler, model, breaks_at=4, witnessed=witnessed)
    pictures, labels = loops.images()
    for at in range(12):
        optimizer.zero_grad()
        step(torch.nn.functional.cross_entropy(model(pictures[:32]), labels[:32]), optimizer)
        run.log({"train/loss": 1.0}, step=at, epoch=(at + 1) / 12)
    run.finish()
    found = loops.series(run, "grad/norm")
    assert {*range(12)} - {*found} == {4, 11}
    assert found == {at: pytest.approx(witnessed[at], rel=1e-4) for at in found}
    assert 4 not in loops.series(run, "update/1.1/ratio")


def test_two_optimizers_of_one_model_share_its_parts(begin: Begin) -> None:
    run, model = begin(), loops.cnn()
    body = torch.optim.SGD([*model[0].parameters(), *model[1].parameters()], lr=0.05)
    head = torch.optim.AdamW(model[2].parameters(), lr=1e-3)
    assert yoloscope.attach(model, [body, head]) is model
    assert run.attached.optimizers == [body, head]  # type: ignore[union-attr]
    pictures, labels = loops.images()
    for step in range(12):
        body.zero_grad()
        head.zero_grad()
        torch.nn.functional.cross_entropy(model(pictures[:32]), labels[:32]).backward()
        body.step()
        head.step()
        run.log({"train/loss": 1.0}, step=step, epoch=step / 12)
    run.finish()
    names = loops.names(run)
    assert {"grad/norm", "grad/norm.1", "lr/weight", "lr/weight.1"} <= names
    assert {name for name in names if name.startswith("update/")} == {
        "update/1.0/ratio",
        "update/2.1/ratio",
        "update/3.2/ratio.1",
    }
    assert [*loops.series(run, "grad/norm")] == [*loops.series(run, "grad/norm.1")] == [*range(11)]


def test_two_models_that_step_in_turn(begin: Begin) -> None:
    run, maker, judge = begin(), loops.mlp(), loops.mlp()
    makes, judges = (torch.optim.SGD(one.parameters(), lr=0.01) for one in (maker, judge))
    yoloscope.attach(maker, makes)
    yoloscope.attach(judge, judges)
    pictures, _ = loops.images()
    for step in range(40):
        mine = judges if step % 4 else makes
        mine.zero_grad()
        (judge if step % 4 else maker)(pictures[:32]).square().sum().backward()
        mine.step()
        run.log({"train/loss": 1.0}, step=step, epoch=step / 40)
    run.finish()
    assert [*loops.series(run, "grad/norm")] == [*range(0, 40, 4)]
    assert [*loops.series(run, "grad/norm.1")][:10] == [1, 2, 3, 5, 6, 7, 9, 10, 11, 13]
    assert {"weights/1/scale", "weights/model2/1/scale"} <= loops.names(run)


def test_an_optimizer_that_nobody_named_is_found_at_its_first_step(begin: Begin) -> None:
    run, model = begin(), loops.mlp()
    yoloscope.attach(model)
    other = torch.nn.Linear(2, 2)
    stranger = torch.optim.SGD(other.parameters(), lr=0.3)
    other(torch.ones(1, 2)).sum().backward()
    stranger.step()
    mine = loops.train(model, run, epochs=1, attach=False)
    assert run.attached.optimizers == [mine]  # type: ignore[union-attr]
    run.finish()
    assert set(loops.series(run, "lr/weight").values()) == {0.05}
    assert 0 in loops.series(run, "grad/norm")


def test_an_optimizer_that_computes_gradients_as_it_steps(begin: Begin) -> None:
    run, model = begin(), torch.nn.Linear(4, 1)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1)
    yoloscope.attach(model, optimizer)
    for step in range(5):

        def closure() -> "torch.Tensor":
            optimizer.zero_grad()
            loss = (model(torch.ones(2, 4)) - 3.0).square().mean()
            loss.backward()
            return loss

        optimizer.step(closure)
        run.log({"train/loss": 1.0}, step=step, epoch=0.1)
    run.finish()
    assert 0 in loops.series(run, "grad/norm")
    assert loops.series(run, "update/1.model/ratio")[0] > 1e-3


def test_sparse_and_complex_parameters_have_norms(begin: Begin) -> None:
    run = begin()
    model = torch.nn.ModuleDict({"table": torch.nn.Embedding(9, 3, sparse=True)})
    model["wave"] = torch.nn.Module()
    model["wave"].phase = torch.nn.Parameter(torch.ones(3, dtype=torch.complex64))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    yoloscope.attach(model, optimizer)
    (model["table"](torch.tensor([1, 1, 2])).sum() + model["wave"].phase.abs().sum()).backward()
    expected = norm([model["table"].weight.grad.to_dense(), torch.view_as_real(model["wave"].phase.grad)])
    optimizer.step()
    run.log({"train/loss": 1.0}, step=0, epoch=0.1)
    run.finish()
    assert loops.series(run, "grad/norm")[0] == pytest.approx(expected)


def test_values_that_break_are_counted_at_once(begin: Begin) -> None:
    run, model = begin(), loops.mlp()
    count = iter(range(1_000))

    def step(loss: "torch.Tensor", optimizer: "torch.optim.Optimizer") -> None:
        loss.backward()
        if next(count) == 50:
            model[1].weight.grad[0, :7] = float("nan")
        optimizer.step()

    loops.train(model, run, epochs=4, step=step)
    run.finish()
    broken = {at: value for at, value in loops.series(run, "weights/nonfinite").items() if value}
    assert broken == {50: 14.0} or min(broken) == 50  # seven gradients, and the seven weights that they changed


def test_a_changing_rate_is_told_each_step(begin: Begin) -> None:
    run, model = begin(), loops.mlp()
    plan: list[torch.optim.lr_scheduler.LRScheduler] = []

    def step(loss: "torch.Tensor", optimizer: "torch.optim.Optimizer") -> None:
        plan[:] = plan or [torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)]
        loss.backward()
        optimizer.step()
        plan[0].step()

    loops.train(model, run, epochs=2, step=step)
    run.finish()
    assert loops.series(run, "lr/weight") == {at: pytest.approx(0.05 * 0.9**at) for at in range(32)}


@pytest.mark.parametrize("wrong", [object(), "sgd", [3], torch.nn.Linear(1, 1)])
def test_what_is_no_optimizer_is_refused(begin: Begin, wrong: object) -> None:
    begin()
    with pytest.raises(errors.ConfigError, match="takes a torch optimizer"):
        yoloscope.attach(loops.mlp(), wrong)


def test_a_module_needs_a_run() -> None:
    runs._newest.clear()
    with pytest.raises(errors.ConfigError, match=r"yoloscope\.init"):
        yoloscope.attach(loops.mlp())


def test_a_run_that_keeps_nothing_is_let_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_MODE", "disabled")
    run, model = runs.init(), loops.mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    assert yoloscope.attach(model, optimizer) is model
    assert run.attached is None
    assert not optimizer._optimizer_step_pre_hooks
