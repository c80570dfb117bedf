"""Groups, rates, beginnings, dead units and clipped norms of models made by hand."""

import importlib
import math
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch

    from yoloscope.integrations.torch import activations, clipping, facts, parts, rates, schedule, starting

pytestmark = [pytest.mark.torch, pytest.mark.slow]
ROOM = "yoloscope.integrations.torch"


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import torch once a test runs: collecting alone must not take seconds."""
    globals()["torch"] = pytest.importorskip("torch")
    for name in ("activations", "clipping", "facts", "parts", "rates", "schedule", "starting"):
        globals()[name] = importlib.import_module(f"{ROOM}.{name}")


def linear(inputs: int = 4, outputs: int = 4) -> "torch.nn.Linear":
    return torch.nn.Linear(inputs, outputs)


def chain(count: int) -> "torch.nn.Sequential":
    return torch.nn.Sequential(*(linear() for _ in range(count)))


def test_groups_are_the_outermost_modules_that_share_the_parameters() -> None:
    model = torch.nn.ModuleDict({"stem": linear(), "layer1": chain(2), "fc": linear()})
    assert {name: len(members) for name, members in parts.groups(model).items()} == {
        "1.stem": 2,
        "2.layer1": 4,
        "3.fc": 2,
    }


def test_a_wrapped_or_lopsided_model_is_shown_as_what_is_inside() -> None:
    inner = torch.nn.ModuleDict({"stem": linear(), "blocks": chain(5)})
    wrapped = torch.nn.ModuleDict({"model": inner})
    assert [*parts.groups(wrapped)] == [
        "1.model.stem",
        "2.model.blocks.0",
        "3.model.blocks.1",
        "4.model.blocks.2",
        "5.model.blocks.3",
        "6.model.blocks.4",
    ]


def test_many_groups_become_twelve_at_most_and_go_on_where_others_end() -> None:
    found = parts.groups(chain(30), first=5)
    assert len(found) == 10
    assert [*found][:2] == ["05.0", "06.3"]
    assert sum(map(len, found.values())) == 60


def test_parameters_of_the_model_itself_and_none_at_all() -> None:
    assert [*parts.groups(linear())] == ["1.model"]
    assert parts.groups(torch.nn.ReLU()) == {}


def test_lazy_parameters_are_left_out_until_they_are_made() -> None:
    assert parts.groups(torch.nn.LazyLinear(3)) == {}
    assert starting.scales(torch.nn.LazyLinear(3)) == {}


def test_groups_of_an_optimizer_are_called_by_what_they_hold() -> None:
    model = torch.nn.Sequential(linear(), torch.nn.BatchNorm1d(4))
    names = {id(one): name for name, one in model.named_parameters()}
    groups = [
        {"params": [model[0].weight]},
        {"params": [model[0].bias, model[1].bias]},
        {"params": [model[1].weight, model[1].bias]},
        {"params": [model[0].weight, model[1].weight]},
        {"params": [model[0].bias], "name": "heads"},
        {"params": [model[0].bias], "name": "\n"},
    ]
    assert rates.roles(groups, names=names) == ("weight", "bias", "bn", "weight.1", "heads", "bias.1")
    assert rates.roles(groups[:1], names=names, taken=["weight", "weight.1"]) == ("weight.2",)


def test_rates_are_read_by_role_and_of_many_groups_the_ends() -> None:
    groups = [{"lr": 0.1, "params": []}, {"lr": torch.tensor(0.5), "params": []}]
    assert rates.read(groups, roles=("weight", "bias"), ending="") == {"lr/weight": 0.1, "lr/bias": 0.5}
    many = [{"lr": 0.1 * at, "params": []} for at in range(1, 10)]
    assert rates.roles(many, names={}) == ()
    assert rates.read(many, roles=(), ending=".1") == {"lr/lowest.1": 0.1, "lr/highest.1": pytest.approx(0.9)}


def test_the_scale_is_the_deviation_times_the_root_of_the_fan_in() -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(8, 64, 3), torch.nn.Linear(128, 64), torch.nn.Linear(256, 64), torch.nn.Embedding(40, 40)
    )
    torch.nn.init.kaiming_normal_(model[0].weight)
    torch.nn.init.xavier_uniform_(model[1].weight)
    found = starting.scales(model)
    assert found == {
        "0": pytest.approx(math.sqrt(2), rel=0.1),
        "1": pytest.approx(math.sqrt(2 * 128 / 192), rel=0.1),
        "2": pytest.approx(1 / math.sqrt(3), rel=0.1),
    }


def test_of_many_layers_the_widest_and_the_narrowest_are_told() -> None:
    model = chain(40)
    with torch.no_grad():
        model[17].weight.mul_(100)
        model[23].weight.mul_(0.01)
    found = starting.scales(model)
    assert len(found) <= starting.LAYERS_MOST
    assert max(found, key=lambda name: found[name]) == "17"
    assert min(found, key=lambda name: found[name]) == "23"
    assert {"0", "39"} <= {*found}


def test_a_weight_of_a_single_input_has_no_scale() -> None:
    assert starting.scales(torch.nn.Linear(1, 64)) == {}


def test_settings_hide_the_names_of_own_classes() -> None:
    class Mine(torch.optim.SGD):
        pass

    model = linear()
    own = facts.settings([model], Mine(model.parameters(), lr=0.1, momentum=0.9), roles=("weight",))
    assert own == {
        "optimizer": "custom",
        "parameters": 20,
        "device": "cpu",
        "groups": [{"role": "weight", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.0, "tensors": 2}],
    }
    adam = facts.settings([model], torch.optim.AdamW(model.parameters(), lr=1e-3), roles=("weight",))
    assert (adam["optimizer"], adam["groups"][0]["momentum"]) == ("AdamW", 0.9)  # type: ignore[index]


def clip(norms: "clipping.Clipping", *sizes: float) -> "list[torch.Tensor]":
    """Clip gradients of these sizes together; return the parameters."""
    found = [torch.nn.Parameter(torch.zeros(1)) for _ in sizes]
    for one, size in zip(found, sizes, strict=True):
        one.grad = torch.tensor([size])
    norms.watch()
    torch.nn.utils.clip_grad_norm_(iter(found), 1.0)
    return found


def test_the_norm_is_that_before_clipping_once() -> None:
    norms = clipping.Clipping(lambda: True)
    found = clip(norms, 3.0, 4.0)
    assert [float(one.grad) for one in found] == [pytest.approx(0.6), pytest.approx(0.8)]  # type: ignore[arg-type]
    assert float(norms.take(found)) == 5.0  # type: ignore[arg-type]
    assert norms.take(found) is None
    norms.leave()


def test_parts_that_are_clipped_one_by_one_are_put_together() -> None:
    norms = clipping.Clipping(lambda: True)
    first, second = clip(norms, 3.0), clip(norms, 4.0)
    assert float(norms.take([*first, *second])) == 5.0  # type: ignore[arg-type]
    norms.leave()


def test_a_norm_over_more_or_less_than_what_steps_is_none() -> None:
    norms = clipping.Clipping(lambda: True)
    found = clip(norms, 3.0, 4.0)
    assert norms.take(found[:1]) is None
    alone, beside = clip(norms, 3.0), torch.nn.Parameter(torch.zeros(1))
    beside.grad = torch.ones(1)
    assert norms.take([*alone, beside]) is None
    norms.leave()


def test_a_step_that_never_came_leaves_no_norm_behind() -> None:
    norms = clipping.Clipping(lambda: True)
    found = clip(norms, math.inf)
    found[0].grad = torch.tensor([2.0])
    torch.nn.utils.clip_grad_norm_(found, 1.0)
    assert float(norms.take(found)) == 2.0  # type: ignore[arg-type]
    norms.leave()


def test_clipping_is_torchs_own_again_and_other_norms_are_let_through() -> None:
    before = torch.nn.utils.clip_grad_norm_
    norms = clipping.Clipping(lambda: True)
    norms.watch()
    found = torch.nn.Parameter(torch.zeros(2))
    found.grad = torch.tensor([3.0, 4.0])
    assert float(torch.nn.utils.clip_grad_norm_(parameters=found, max_norm=9.0, norm_type=1.0)) == 7.0
    assert norms.take([found]) is None
    norms.leave()
    assert torch.nn.utils.clip_grad_norm_ is before


def shares(model: "torch.nn.Module", *batches: "torch.Tensor") -> dict[str, float]:
    """Return what a window over some batches of training finds."""
    dead = activations.DeadUnits(model, prefix="", budget=schedule.Budget())
    dead.begin()
    assert dead.is_counting
    for batch in batches[:-1]:
        model(batch)
        assert dead.end() == {}
    model(batches[-1])
    try:
        return dead.end()
    finally:
        dead.leave()


def test_units_that_fire_for_less_than_a_hundredth_are_dead() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(1, 4, bias=False), torch.nn.ReLU())
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0], [0.0], [-1.0], [1.0]]))
    rare = torch.ones(400, 1)
    rare[:3] = -1.0  # for 3 of 400 inputs only the third unit fires
    assert shares(model, rare) == {"activations/1/dead_share": 0.5}
    rare[:4] = -1.0
    assert shares(model, rare) == {"activations/1/dead_share": 0.25}


def test_a_channel_fires_where_any_of_its_places_does() -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1, bias=False), torch.nn.ReLU(inplace=True))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1))
    pictures = torch.zeros(300, 1, 4, 4)
    pictures[:, 0, 2, 3] = 1.0
    assert shares(model, pictures) == {"activations/1/dead_share": 0.5}


def test_features_behind_linear_layers_are_units_of_each_word() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.ReLU6())
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(2))
    words = torch.tensor([1.0, -1.0]).expand(30, 10, 2)
    assert shares(model, words) == {"activations/1/dead_share": 0.5}


def test_a_window_grows_until_there_are_inputs_enough() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.ReLU())
    assert [*shares(model, *(torch.randn(64, 3) for _ in range(4)))] == ["activations/1/dead_share"]


def test_relus_that_are_called_are_seen_by_their_place() -> None:
    functional = torch.nn.functional

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second, self.act = linear(), linear(), torch.nn.ReLU()

        def forward(self, x: "torch.Tensor") -> "torch.Tensor":
            x = functional.relu(self.first(x))
            x = self.second(x).relu()
            return torch.relu(self.act(self.act(x) - 1e9))

    found = shares(Net(), torch.randn(300, 4))
    assert [*found] == [f"activations/{name}/dead_share" for name in ("relu1", "relu2", "act", "relu3")]
    assert found["activations/act/dead_share"] == 1.0  # its second call
    assert found["activations/relu3/dead_share"] == 1.0


def test_many_layers_share_series_that_tell_the_worst_of_each() -> None:
    layers = [one for _ in range(14) for one in (linear(), torch.nn.ReLU())]
    model = torch.nn.Sequential(*layers)
    with torch.no_grad():
        model[2].bias.fill_(-1e9)
    found = shares(model, torch.randn(300, 4))
    assert [*found][:2] == ["activations/1..3/dead_share", "activations/5..7/dead_share"]
    assert found["activations/1..3/dead_share"] == 1.0
    assert len(found) == 7


def test_nothing_is_counted_in_validation_or_without_gradients_or_while_going_back() -> None:
    model = torch.nn.Sequential(linear(), torch.nn.ReLU())
    dead = activations.DeadUnits(model, prefix="", budget=schedule.Budget())
    dead.begin()
    with torch.no_grad():
        model(torch.randn(300, 4))
    model.eval()
    model(torch.randn(300, 4))
    assert dead.end() == {}
    model.train()
    again = torch.utils.checkpoint.checkpoint
    inner = torch.randn(300, 4, requires_grad=True)
    again(model, inner, use_reentrant=False).sum().backward()
    [count] = dead._counts.values()
    assert count.inputs == 300
    dead.leave()


def test_a_model_that_raises_is_heard_again_and_a_hook_of_ours_is_nowhere() -> None:
    model = torch.nn.Sequential(linear(), torch.nn.ReLU())
    dead = activations.DeadUnits(model, prefix="", budget=schedule.Budget())
    dead.begin()
    with pytest.raises(RuntimeError):
        model(torch.randn(3, 5))
    assert torch.overrides._get_current_function_mode() is None
    model(torch.randn(300, 4))
    assert [*dead.end()] == ["activations/1/dead_share"]
    assert not dead.is_counting
    hooks = torch.nn.modules.module
    assert (len(hooks._global_forward_hooks), len(hooks._global_forward_pre_hooks)) == (0, 0)
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in model.modules())


def test_a_forward_pass_that_was_interrupted_leaves_no_mode_behind() -> None:
    class Stopped(torch.nn.Module):
        def forward(self, x: "torch.Tensor") -> "torch.Tensor":
            del x
            raise KeyboardInterrupt

    model = torch.nn.Sequential(linear(), Stopped())
    dead = activations.DeadUnits(model, prefix="", budget=schedule.Budget())
    dead.begin()
    with pytest.raises(KeyboardInterrupt):
        model(torch.randn(3, 4))
    dead.leave()
    assert torch.overrides._get_current_function_mode() is None


def test_a_model_without_relus_is_left_alone_after_two_batches() -> None:
    model = torch.nn.Sequential(linear(), torch.nn.GELU())
    dead = activations.DeadUnits(model, prefix="", budget=schedule.Budget())
    dead.begin()
    for _ in range(2):
        model(torch.randn(300, 4))
        assert dead.end() == {}
    dead.begin()
    assert not dead.is_counting
