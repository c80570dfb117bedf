"""What the diagnosis says of loops that are well, whose units die, and whose weights begin wrongly."""

from collections.abc import Callable

import loops
import pytest

from yoloscope.sdk import run as runs

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.slow]
Begin = Callable[[], runs.Run]


def judged(run: runs.Run, model: "torch.nn.Module", **how: float) -> dict[str, str]:
    loops.train(model, run, epochs=5, **how)  # type: ignore[arg-type]
    run.finish()
    return loops.diagnosed(run.directory)


@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_a_healthy_loop_hears_nothing_and_every_rule_of_layers_was_asked(begin: Begin, kind: str) -> None:
    run = begin()
    assert judged(run, getattr(loops, kind)()) == {}
    assert {"T01", "T02", "N03", "N05", "N07", "N08", "N09"}.isdisjoint(loops.unasked(run.directory))


def test_relus_that_their_biases_kill_are_dead_units(begin: Begin) -> None:
    run, model = begin(), loops.mlp()
    with torch.no_grad():
        model[1].bias.fill_(-8.0)
    assert judged(run, model)["T01"] == "warning"
    assert set(loops.series(run, "activations/2/dead_share").values()) == {1.0}


def test_layers_that_begin_a_hundred_times_too_small_are_a_poor_start(begin: Begin) -> None:
    run, model = begin(), loops.mlp(hidden=3)
    with torch.no_grad():
        model[3].weight.mul_(0.01)
        model[5].weight.mul_(0.01)
    assert judged(run, model, lr=0.01)["T02"] == "warning"


def test_a_layer_that_begins_fifty_times_too_large_is_none_where_the_loss_falls(begin: Begin) -> None:
    run, model = begin(), loops.mlp(hidden=3)
    with torch.no_grad():
        model[3].weight.mul_(50.0)
    assert "T02" not in judged(run, model, lr=0.01)
    assert loops.series(run, "weights/3/scale")[0] == pytest.approx(50 / 3**0.5, rel=0.05)


def test_a_layer_that_begins_fifty_times_too_large_is_one_where_it_does_not(begin: Begin) -> None:
    run, model = begin(), loops.mlp(hidden=3)
    with torch.no_grad():
        model[3].weight.mul_(50.0)
    assert judged(run, model, lr=1e-9)["T02"] == "warning"
