"""The model as a graph, once: its layers, what leaves each, how many parameters it has, whether they are trained, and what feeds what."""

from collections.abc import Callable, Sequence
from typing import ClassVar, cast

import torch
from torch import nn

from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, histograms, layers

INPUT = "input"


class ModelGraph(contract.Producer):
    """Logs ``model/graph``: shapes are those of the first validation batch, edges come from where each layer says that it takes its input."""

    name: ClassVar[str] = "graph"
    policy: ClassVar[contract.Needs] = "media"

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._hooks = histograms.Hooks()
        self._shapes: dict[str, tuple[int, ...]] = {}

    def val_start(self, trainer: shapes.Trainer, validator: object) -> None:
        """Listen to the layers."""
        del validator
        model = layers.validated(trainer)
        for name, layer in _layers(model).items() if model is not None else ():
            self._hooks.listen(layer, self._taker(name))

    def val_batch(self, trainer: shapes.Trainer, validator: object, batch: dict[str, object], preds: object) -> None:
        """Log the graph."""
        del validator, preds
        self._hooks.remove()
        self._shapes[INPUT] = _shape(batch.get("img"))
        nodes, edges = described(layers.trained(trainer), shapes_by_layer=self._shapes)
        self.context.run.log_graph("model/graph", nodes, edges, **self.context.place)
        self.is_done = True

    def release(self) -> None:
        """Listen no longer."""
        self._hooks.remove()

    def _taker(self, name: str) -> Callable[[object], None]:
        def take(output: object) -> None:
            self._shapes.setdefault(name, _shape(output))

        return take


def described(
    model: nn.Module, *, shapes_by_layer: dict[str, tuple[int, ...]]
) -> tuple[list[dict[str, object]], list[tuple[str, str]]]:
    """Return the nodes as `content.Node` has them and the edges by their ids; a layer's id is its number."""
    nodes: list[dict[str, object]] = [{"id": INPUT, "kind": "Input", "shape": shapes_by_layer.get(INPUT, ())}]
    edges: list[tuple[str, str]] = []
    for name, layer in _layers(model).items():
        parameters = list(layer.parameters())
        nodes.append({
            "id": name,
            "kind": str(shapes.attribute(layer, "type", type(layer).__name__)).rpartition(".")[2],
            "parameters": sum(one.numel() for one in parameters),
            "shape": shapes_by_layer.get(name, ()),
            "frozen": bool(parameters) and not any(one.requires_grad for one in parameters),
        })  # fmt: skip
        edges += [(source, name) for source in _sources(layer, name)]
    return nodes, edges


def _layers(model: nn.Module) -> dict[str, nn.Module]:
    chain = layers.chain(model)
    return {str(index): layer for index, layer in enumerate(chain)} if chain else dict(model.named_children())


def _sources(layer: nn.Module, name: str) -> list[str]:
    """Return what feeds a layer: numbers from the first layer on, or backwards if negative; unnumbered layers are a chain of unknown order."""
    given: object = getattr(layer, "f", None)
    if not name.isdecimal() or given is None:
        return []
    wanted = cast("Sequence[int]", given) if isinstance(given, list | tuple) else [cast("int", given)]
    numbers = [one if one >= 0 else int(name) + one for one in wanted]
    return [str(one) if one >= 0 else INPUT for one in numbers]


def _shape(output: object) -> tuple[int, ...]:
    """Return the shape of a tensor without the batch, of several the first's; empty if there is none."""
    if isinstance(output, torch.Tensor):
        return tuple(output.shape[1:])
    if isinstance(output, list | tuple) and output:
        return _shape(cast("Sequence[object]", output)[0])
    return ()
