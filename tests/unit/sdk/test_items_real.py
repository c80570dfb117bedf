"""Items from the libraries that trainings have: torch, matplotlib; and the page that shows the calls says only what works."""

import re
import struct
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

import yoloscope
from yoloscope import errors
from yoloscope.records import media
from yoloscope.spool import layout

PAGE = Path(__file__).parents[3] / "docs" / "media.md"


@pytest.mark.torch
@pytest.mark.slow
def test_tensors_of_torch_are_read(begin, found) -> None:
    torch = pytest.importorskip("torch")
    run = begin()
    run.log_histogram("a", torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True).T)
    run.log_histogram("b", torch.tensor([1.0, 2.0], dtype=torch.bfloat16))
    run.log_histogram("c", torch.tensor([1.0, 2.0]).half())
    run.log_image(
        "d", torch.rand(3, 4, 5).permute(1, 2, 0), {"xyxy": torch.zeros(1, 4), "classes": torch.tensor([3.0])}
    )
    (_, plain), (_, brain), (_, half), (image, parts) = found(run)
    assert plain["values"] == struct.pack("<4f", 1, 3, 2, 4)
    assert brain["values"] == struct.pack("<2f", 1, 2)
    assert half["values"] == struct.pack("<2e", 1, 2)
    assert (next(one.shape for one in image.arrays), parts["classes"]) == ((4, 5, 3), struct.pack("<i", 3))
    for odd in (torch.rand(3, 4, 5), torch.eye(2).to_sparse(), torch.zeros(2, dtype=torch.complex64)):
        with pytest.raises(errors.InvalidRecord):
            run.log_image("e", odd)


@pytest.mark.slow
def test_a_figure_of_matplotlib_is_a_png(begin, found) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    run = begin()
    run.log_figure("plot", figure.Figure(figsize=(2, 1), dpi=50))
    [(_, parts)] = found(run)
    assert struct.unpack(">II", parts["figure"][16:24]) == (100, 50)


def test_the_calls_of_the_page_work(begin, found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLOSCOPE_MODE", "offline")
    begin().finish()
    weights = Path("runs/train/weights/best.pt")
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"w")
    [block] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 1, 1)
    figure = SimpleNamespace(savefig=lambda file, **_: file.write(png))
    given: dict[str, object] = {
        "yoloscope": yoloscope,
        "model": SimpleNamespace(head=SimpleNamespace(weight=np.ones(3))),
        "recall": [0, 1],
        "precision": [[1, 0.5], [0.5, 0]],
        "matrix": np.eye(3),
        "picture": np.zeros((100, 120, 3), "u1"),
        "xyxy": np.zeros((2, 4)),
        "classes": [0, 1],
        "scores": [0.5, 0.25],
        "labels": np.zeros((100, 120), "u1"),
        "plt": SimpleNamespace(gcf=lambda: figure),
        "vectors": np.ones((2, 3)),
        "image_numbers": [0, 1],
    }
    exec(block, given)  # the page's own lines
    run = given["run"]
    kinds = [item.kind for item, _ in found(run)]
    assert set(kinds) == set(media.SUMMARIES) | {"image", "text", "figure", "graph", "embedding", "artifact"}
    assert run._page.lost() == {}
    run.finish()


def test_the_page_names_every_kind_call_and_reason() -> None:
    page = PAGE.read_text(encoding="utf-8")
    calls = {name for name in dir(yoloscope.Run) if name.startswith("log_")}
    assert calls == {f"log_{kind}" for kind in msgspec.inspect.type_info(media.Kind).values}
    assert {name for name in calls if f"`{name}`" not in page} == set()
    assert {
        reason for reason in layout.LOST_REASONS if reason.startswith("item_") and f"`{reason}`" not in page
    } == set()
