"""Layer groups of models, histograms of their tensors, and the graph, on models made here."""

import importlib
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from yoloscope.sdk import summaries

if TYPE_CHECKING:
    import torch

    from yoloscope.integrations.ultralytics.producers import contract, embeddings, graph, heat_maps, histograms, layers

pytestmark = [pytest.mark.torch, pytest.mark.slow]
PRODUCERS = "yoloscope.integrations.ultralytics.producers"


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import torch once a test runs: collecting alone must not take seconds."""
    globals()["torch"] = pytest.importorskip("torch")
    for name in ("contract", "embeddings", "graph", "heat_maps", "histograms", "layers"):
        globals()[name] = importlib.import_module(f"{PRODUCERS}.{name}")


class Items:
    """Takes the place of a run."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, object]]] = []

    def log_histogram(self, name: str, values: object = None, **more: object) -> None:
        self.calls.append((name, {"values": values, **more}))


def context(run: Items) -> "contract.Context":
    return contract.Context(run, moment=contract.Moment(), titles={}, epochs=1)  # type: ignore[arg-type]


def planned(backbone: int, *modules: object) -> object:
    model = torch.nn.Module()
    model.model = torch.nn.Sequential(*modules)
    model.yaml = {"backbone": [[]] * backbone}  # type: ignore[assignment]
    return model


def conv(channels: int, *, stride: int = 1) -> object:
    return torch.nn.Conv2d(channels, channels, 3, stride, bias=False)


def test_groups_follow_the_plan_of_the_model() -> None:
    head = torch.nn.Module()
    head.cv2, head.cv3, head.dfl, head.other = (conv(2) for _ in range(4))
    model = planned(4, conv(2, stride=2), conv(2, stride=2), conv(2), conv(2, stride=2), conv(2), head)
    assert layers.layer_groups(model) == ["backbone.1", "backbone.2", "backbone.2", "backbone.3", "neck", "head"]
    found = {group: [name for name, _ in named] for group, named in layers.groups(model).items()}
    assert found == {
        "backbone.1": ["model.0.weight"],
        "backbone.2": ["model.1.weight", "model.2.weight"],
        "backbone.3": ["model.3.weight"],
        "neck": ["model.4.weight"],
        "head.box": ["model.5.cv2.weight"],
        "head.cls": ["model.5.cv3.weight"],
        "head": ["model.5.other.weight"],
    }
    assert layers.last_of_groups(model)["backbone.2"] is model.model[2]


def test_a_model_without_a_plan_is_grouped_by_its_outermost_modules() -> None:
    model = torch.nn.ModuleDict({f"part{number:02}": conv(2) for number in range(30)})
    found = layers.groups(model)
    assert list(found)[:3] == ["part00", "part03", "part06"]
    assert len(found) == 10
    assert [name for name, _ in found["part03"]] == ["part03.weight", "part04.weight", "part05.weight"]


def test_wrapped_models_are_looked_through() -> None:
    inner = conv(2)
    wrapped = torch.nn.Module()
    wrapped.module = torch.nn.Module()
    wrapped.module._orig_mod = inner
    assert layers.trained(SimpleNamespace(model=wrapped)) is inner
    compiled = torch.nn.Module()
    compiled._orig_mod = inner
    assert layers.validated(SimpleNamespace(model=compiled, ema=None, args=SimpleNamespace())) is None


def test_counting_by_sorting_equals_counting() -> None:
    values = torch.randn(100_000, generator=torch.Generator().manual_seed(3))
    one, other = values.min().item(), values.max().item()
    by_sorting = histograms.counts_by_sorting(values, one, other)
    assert by_sorting.sum() == 100_000
    assert (by_sorting - histograms.counts(values, one, other)).abs().max() <= 2


def test_a_constant_tensor_and_one_that_is_not_finite_are_counted() -> None:
    run = Items()
    odd = torch.tensor([[1.0, float("nan")], [float("inf"), 2.0]])
    histograms.log(context(run), "weights", {"same": [torch.full((3, 3), 0.5)], "odd": [odd], "none": []})
    told = dict(run.calls)
    assert set(told) == {"weights/same", "weights/odd"}
    edges = np.asarray(told["weights/same"]["edges"])
    assert (np.diff(edges) > 0).all()
    assert edges[0] < 0.5 < edges[-1]
    assert sum(told["weights/same"]["counts"]) == 9  # type: ignore[arg-type]
    assert np.isnan(told["weights/odd"]["values"]).sum() == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1e-9, 1e-29, 1.0, 1e30])
def test_values_of_any_size_are_spread_over_the_bins(size: float) -> None:
    run = Items()
    values = size * torch.linspace(-1, 1, 64_000)
    histograms.log(context(run), "gradients", {"head": [values, torch.zeros(0)]})
    [(_, told)] = run.calls
    assert np.asarray(told["counts"]) == pytest.approx(1_000, abs=2)
    assert (told["edges"][0], told["edges"][-1]) == (values.min(), values.max())  # type: ignore[index]


def test_what_single_precision_cannot_count_is_counted_from_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Items()
    monkeypatch.setattr(summaries, "VALUES_MAX_BYTES", 16)
    found = {"wide": [torch.tensor([-3e38, 3e38])], "many": [torch.full((9,), float("nan"))], "none": [torch.zeros(0)]}
    histograms.log(context(run), "weights", found)
    told = {name: np.asarray(given["values"]) for name, given in run.calls}
    assert told["weights/wide"].tolist() == torch.tensor([-3e38, 3e38]).tolist()
    assert {name: len(values) for name, values in told.items()} == {"weights/wide": 2, "weights/many": 3}


def test_large_outputs_are_sampled_evenly_as_they_lie_in_memory() -> None:
    output = torch.arange(4 * 64 * 64 * 64, dtype=torch.float32).reshape(4, 64, 64, 64)
    taken = histograms.sample(output)
    assert taken.numel() == 4 * 64**3 // 5 + 1  # each 5th: 4 would always meet the same columns
    assert taken[:3].tolist() == [0.0, 5.0, 10.0]
    other = output.to(memory_format=torch.channels_last)
    assert histograms.sample(other)[:2].tolist() == [0.0, 5 * 64**2]
    assert histograms.sample(other).untyped_storage().data_ptr() == other.untyped_storage().data_ptr()


def test_edges_of_the_graph_come_from_what_layers_say() -> None:
    first, second, third = conv(2), conv(2), conv(2)
    first.f, second.f, third.f = -1, -1, [0, -1]
    first.type = "some.module.Conv"
    for parameter in second.parameters():
        parameter.requires_grad = False
    nodes, edges = graph.described(planned(1, first, second, third), shapes_by_layer={"input": (2, 8, 8)})
    assert edges == [("input", "0"), ("0", "1"), ("0", "2"), ("1", "2")]
    assert nodes[0] == {"id": "input", "kind": "Input", "shape": (2, 8, 8)}
    assert [(one["kind"], one["parameters"], one["frozen"]) for one in nodes[1:]] == [
        ("Conv", 36, False),
        ("Conv2d", 36, True),
        ("Conv2d", 36, False),
    ]


def test_a_projection_is_the_same_every_time_and_keeps_distances() -> None:
    vectors = np.random.default_rng(1).standard_normal((50, 700)).astype(np.float32)
    found = embeddings.projected(vectors)
    assert found.shape == (50, embeddings.DIMENSIONS_MOST)
    assert np.array_equal(found, embeddings.projected(vectors.copy()))
    ratio = np.linalg.norm(found[1:] - found[0], axis=1) / np.linalg.norm(vectors[1:] - vectors[0], axis=1)
    assert 0.8 < ratio.min() <= ratio.max() < 1.2
    assert embeddings.projected(vectors[:, :256]) is not None
    assert np.array_equal(embeddings.projected(vectors[:, :256]), vectors[:, :256])


def test_a_map_of_nothing_is_black() -> None:
    assert not heat_maps.energy([torch.zeros(4, 8, 8), torch.zeros(2, 4, 4)]).any()
    assert heat_maps.energy([torch.full((4, 2, 2), 3.0)]).tolist() == [[255, 255], [255, 255]]
