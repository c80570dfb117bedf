"""Arguments that cannot be used: refused as a whole, with the argument's name and the fix; a training only hears of it."""

import math
import os
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yoloscope import errors
from yoloscope.records import content, media
from yoloscope.sdk import arrays, boxes, models, summaries
from yoloscope.spool import handed

NAN, INF = float("nan"), float("inf")
PICTURE = np.zeros((4, 4, 3), "u1")
Call = Callable[..., None]


class _Figure:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def savefig(self, buffer, *, format: str) -> None:  # noqa: A002
        buffer.write(self._data)


class _Sparse:
    dtype = "torch.float32"

    def detach(self) -> "_Sparse":
        return self

    cpu = detach

    def numpy(self) -> object:
        raise TypeError("can't convert Sparse layout tensor to numpy")


class _Angry:
    def __array__(self, *_: object, **__: object) -> object:
        raise ValueError("a user's class may do anything")


def _huge(shape: tuple[int, ...], dtype: str = "u1") -> np.ndarray:
    """Return an array that takes no memory."""
    return np.broadcast_to(np.zeros((), dtype), shape)


def _png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


def _with_boxes(given: object) -> Call:
    return lambda run: run.log_image("a", PICTURE, given)


def _with_mask(given: object) -> Call:
    return lambda run: run.log_image("a", PICTURE, mask=given)


def _image(given: object) -> Call:
    return lambda run: run.log_image("a", given)


def _named(name: object) -> Call:
    return lambda run: run.log_text(name, "a")


def _artifact(name: str, path: object = __file__) -> Call:
    return lambda run: run.log_artifact(name, path)


NODES = [{"id": "a"}, {"id": "b"}]
REFUSED: list[tuple[Call, str, str]] = [
    (_named(""), "name", "printable"),
    (_named("a\0b"), "name", "printable"),
    (_named("a\nb"), "name", "printable"),
    (_named("a" * 201), "name", "1-200"),
    (_named(7), "name", "str"),
    (lambda run: run.log_histogram("a"), "values", "values alone"),
    (lambda run: run.log_histogram("a", [1], counts=[1], edges=[0, 1]), "values", "values alone"),
    (lambda run: run.log_histogram("a", counts=[1]), "values", "values alone"),
    (lambda run: run.log_histogram("a", []), "values", "a number or more"),
    (lambda run: run.log_histogram("a", "text"), "values", "give numbers"),
    (lambda run: run.log_histogram("a", [1j]), "values", "give numbers"),
    (lambda run: run.log_histogram("a", [[1], [1, 2]]), "values", "give numbers"),
    (lambda run: run.log_histogram("a", [None, 1.0]), "values", "NaN where there is none"),
    (lambda run: run.log_histogram("a", object()), "values", "give numbers"),
    (lambda run: run.log_histogram("a", _Angry()), "values", "give numbers"),
    (lambda run: run.log_histogram("a", _Sparse()), "values", "dense tensor"),
    (lambda run: run.log_histogram("a", [1], bins=0), "bins", f"1 to {summaries.BINS_MAX}"),
    (lambda run: run.log_histogram("a", [1], bins=True), "bins", "whole number"),
    (lambda run: run.log_histogram("a", _huge((10**10,))), "values", "give numbers"),
    (lambda run: run.log_histogram("a", _huge((2**24 + 1,), "f4")), "values", "counts= and edges="),
    (lambda run: run.log_histogram("a", counts=[1, 2], edges=[0, 1]), "edges", "(3,)"),
    (lambda run: run.log_histogram("a", counts=[], edges=[0]), "counts", "counts from 0"),
    (lambda run: run.log_histogram("a", counts=[-1], edges=[0, 1]), "counts", "counts from 0"),
    (lambda run: run.log_histogram("a", counts=[2**53, 2], edges=[0, 1, 2]), "counts", "in all"),
    (lambda run: run.log_histogram("a", counts=[NAN], edges=[0, 1]), "counts", "finite"),
    (lambda run: run.log_histogram("a", counts=[1], edges=[0, INF]), "edges", "finite"),
    (lambda run: run.log_histogram("a", counts=[1, 1], edges=[0, 1, 1]), "edges", "above the one before"),
    (lambda run: run.log_curve("a", [], []), "x", "a place or more"),
    (lambda run: run.log_curve("a", [[1]], [1]), "x", "(n,)"),
    (lambda run: run.log_curve("a", [NAN], [1]), "x", "finite"),
    (lambda run: run.log_curve("a", [1, 2], [1]), "y", "(2,) or (k, 2)"),
    (lambda run: run.log_curve("a", [1], np.zeros((2, 3, 1))), "y", "(1,) or (k, 1)"),
    (lambda run: run.log_curve("a", [1], [[1], [2]], classes=[0]), "classes", "(2,)"),
    (lambda run: run.log_curve("a", [1], [1], labels=["a", "b"]), "labels", "one for each place"),
    (lambda run: run.log_curve("a", [1], [1], labels="a"), "labels", "a list"),
    (lambda run: run.log_curve("a", [1], [1], labels=["a"], classes=[0]), "classes", "one of them"),
    (lambda run: run.log_curve("a", [1], [1], classes=[-3]), "classes", "-2 to 999999999"),
    (lambda run: run.log_curve("a", [1], [1], classes=[10**9]), "classes", "-2 to 999999999"),
    (lambda run: run.log_curve("a", [1], [1], classes=[0.5]), "classes", "whole numbers"),
    (lambda run: run.log_curve("a", [1], [1], classes=[NAN]), "classes", "whole numbers"),
    (lambda run: run.log_curve("a", range(1000), _huge((1000, 1000), "f8")), "values", "fewer numbers"),
    (lambda run: run.log_matrix("a", [1, 2]), "values", "(rows, columns)"),
    (lambda run: run.log_matrix("a", np.zeros((0, 3))), "values", "(rows, columns)"),
    (lambda run: run.log_matrix("a", _huge((1001, 1000), "f8")), "values", "give numbers"),
    (lambda run: run.log_matrix("a", [[1]], row_classes=[0, 1]), "row_classes", "(1,)"),
    (lambda run: run.log_matrix("a", [[1]], columns=["a", "b"]), "columns", "one for each"),
    (lambda run: run.log_table("a", {}), "columns", "mapping"),
    (lambda run: run.log_table("a", [1]), "columns", "mapping"),
    (lambda run: run.log_table("a", {"": [1]}), "columns", "each column once"),
    (lambda run: run.log_table("a", {"a": [1], "b": [1, 2]}), "columns", "equal length"),
    (lambda run: run.log_table("a", {"a": [[1]]}), "columns['a']", "(n,)"),
    (lambda run: run.log_table("a", {"a": 1}), "columns['a']", "(n,)"),
    (lambda run: run.log_table("a", {"a": [{}]}), "columns['a']", "give numbers"),
    (lambda run: run.log_table("a", {"a": [1]}, classes=["b"]), "classes", "columns of the table"),
    (lambda run: run.log_table("a", {"a": [-5]}, classes=["a"]), "columns['a']", "whole numbers"),
    (lambda run: run.log_table("a", {"a": _huge((10**9,), "f8")}), "columns['a']", "give numbers"),
    (lambda run: run.log_table("a", {str(at): _huge((600_000,), "f8") for at in range(2)}), "values", "fewer numbers"),
    (lambda run: run.log_table("a", {"a": ["7"] * 20_001}), "columns['a']", "log_artifact"),
    (_image(np.zeros((3, 8, 8), "u1")), "image", "transpose(1, 2, 0)"),
    (_image(np.zeros((1, 8, 8), "f4")), "image", "permute(1, 2, 0)"),
    (_image(np.zeros((2, 3, 8, 8), "u1")), "image", "by itself"),
    (_image(np.zeros((8, 8, 2), "u1")), "image", "(height, width)"),
    (_image(np.zeros((8,), "u1")), "image", "(height, width)"),
    (_image(np.zeros((0, 8, 3), "u1")), "image", "(height, width)"),
    (_image(np.full((2, 2), NAN)), "image", "divide by 255"),
    (_image(np.full((2, 2), 1.5)), "image", "divide by 255"),
    (_image(np.full((2, 2), -0.1)), "image", "divide by 255"),
    (_image(np.full((2, 2), INF)), "image", "divide by 255"),
    (_image(np.full((2, 2), 256)), "image", "uint8"),
    (_image(np.full((2, 2), -1)), "image", "uint8"),
    (_image(_huge((25_000, 20_000, 3))), "image", "give numbers"),
    (_image(np.zeros((25_000, 2_001, 3), "u1")), "image", "make it smaller"),
    (_image("a.jpg"), "image", "give numbers"),
    (_image(None), "image", "give numbers"),
    (_with_mask(np.zeros((4, 5), int)), "mask", "(4, 4)"),
    (_with_mask(np.full((4, 4), 65_536)), "mask", "0 to 65535"),
    (_with_mask(np.full((4, 4), -1)), "mask", "0 to 65535"),
    (_with_mask(np.full((4, 4), 0.5)), "mask", "whole numbers"),
    (_with_boxes([(0, 0, 1, 1)]), "boxes[0]", "mappings"),
    (_with_boxes([{"class": 0}]), "boxes[0]", "xyxy"),
    (_with_boxes([{"xyxy": (0, 0, 1, 1), "conf": 0.5}]), "boxes[0]", "score"),
    (_with_boxes({"xyxy": [(0, 0, 1, 1)], "score": [1]}), "boxes", "scores"),
    (_with_boxes({"classes": [1]}), "boxes", "xyxy"),
    (_with_boxes(7), "boxes", "a list"),
    (_with_boxes([{"xyxy": (0, 0, 1)}]), "boxes.xyxy", "(n, 4)"),
    (_with_boxes([{"xyxy": (0, 0, 1, 1)}, {"xyxy": (2, 0, 1, 1)}]), "boxes.xyxy", "x1 <= x2"),
    (_with_boxes([{"xyxy": (0, 2, 1, 1)}]), "boxes.xyxy", "y1 <= y2"),
    (_with_boxes([{"xyxy": (0, NAN, 1, 1)}]), "boxes.xyxy", "finite"),
    (_with_boxes([{"xyxy": (0, 0, 1, INF)}]), "boxes.xyxy", "finite"),
    (_with_boxes([{"xyxy": (0, 0, 1, 1e300)}]), "boxes.xyxy", "finite"),
    (_with_boxes({"xyxy": np.zeros((content.BOXES_MAX + 1, 4))}), "boxes", "highest scores"),
    (_with_boxes({"xyxy": np.zeros((2, 4)), "classes": [1]}), "boxes.classes", "(2,)"),
    (_with_boxes([{"xyxy": (0, 0, 1, 1), "class": -3}]), "boxes.classes", "-2 to"),
    (_with_boxes([{"xyxy": (0, 0, 1, 1), "class": None}]), "boxes.classes", "give numbers"),
    (_with_boxes({"xyxy": np.zeros((2, 4)), "scores": [[1, 2]]}), "boxes.scores", "(2,)"),
    (_with_boxes([{"xyxy": (0, 0, 1, 1), "score": INF}]), "boxes.scores", "NaN"),
    (_with_boxes({"xyxy": np.zeros((1, 4)), "truth": [2]}), "boxes.truth", "0 to 1"),
    (_with_boxes({"xyxy": np.zeros((2, 4)), "outlines": [[(0, 0)]]}), "boxes.outlines", "one for each box"),
    (_with_boxes([{"xyxy": (0, 0, 1, 1), "outline": [(0, 0, 1)]}]), "boxes.outlines[0]", "(n, 2)"),
    (_with_boxes([{"xyxy": (0, 0, 1, 1), "outline": [(0, NAN)]}]), "boxes.outlines[0]", "finite"),
    (
        _with_boxes({"xyxy": np.zeros((1, 4)), "outlines": [_huge((boxes.POINTS_MAX + 1, 2), "f4")]}),
        "boxes.outlines",
        "simplify",
    ),
    (_with_boxes({"xyxy": np.zeros((1, 4)), "keypoints": [[(0, 0)]]}), "boxes.keypoints", "visibility"),
    (_with_boxes({"xyxy": np.zeros((1, 4)), "keypoints": [[(0, 0, NAN)]]}), "boxes.keypoints", "finite"),
    (
        _with_boxes({"xyxy": np.zeros((1, 4)), "keypoints": _huge((1, boxes.POINTS_MAX + 1, 3), "f4")}),
        "boxes.keypoints",
        "simplify",
    ),
    (lambda run: run.log_text("a", b"a"), "text", "str"),
    (lambda run: run.log_text("a", "a" * (media.TEXT_MAX_BYTES + 1)), "text", "log_artifact"),
    (lambda run: run.log_text("a", "划" * 400_000), "text", "log_artifact"),
    (lambda run: run.log_figure("a", 7), "figure", "plt.gcf()"),
    (lambda run: run.log_figure("a", _Figure(b"<svg>")), "figure", "plt.gcf()"),
    (lambda run: run.log_figure("a", _Figure(_png(10_000, 10_000))), "figure", "make it smaller"),
    (lambda run: run.log_figure("a", _Figure(_png(1, 1) + bytes(media.PICTURE_MAX_BYTES))), "figure", "dpi"),
    (lambda run: run.log_graph("a", [], []), "nodes", "an id of its own"),
    (lambda run: run.log_graph("a", [{"id": "a"}, {"id": "a"}], []), "nodes", "an id of its own"),
    (lambda run: run.log_graph("a", [{"kind": "Conv"}], []), "nodes[0]", "id"),
    (lambda run: run.log_graph("a", [{"id": "a", "params": 1}], []), "nodes[0]", "parameters"),
    (lambda run: run.log_graph("a", ["a"], []), "nodes[0]", "mappings"),
    (lambda run: run.log_graph("a", [{"id": "a", "parameters": -1}], []), "nodes[0].parameters", "0 or more"),
    (lambda run: run.log_graph("a", [{"id": "a", "parameters": 2**63}], []), "nodes[0].parameters", "0 or more"),
    (lambda run: run.log_graph("a", [{"id": "a", "shape": (1.5,)}], []), "nodes[0].shape", "whole numbers"),
    (lambda run: run.log_graph("a", [{"id": "a", "shape": (1,) * 9}], []), "nodes[0]", "at most 8"),
    (lambda run: run.log_graph("a", NODES, [("a", "c")]), "edges[0]", "that nodes have"),
    (lambda run: run.log_graph("a", NODES, [("a", "b", "a")]), "edges[0]", "pairs"),
    (lambda run: run.log_graph("a", NODES, [("a", "b")] * (models.EDGES_MAX + 1)), "edges", "into one"),
    (lambda run: run.log_graph("a", [{"id": f"{at:0300}"} for at in range(11_000)], []), "nodes", "shorter ids"),
    (lambda run: run.log_embedding("a", [1, 2]), "vectors", "(n, dimensions)"),
    (lambda run: run.log_embedding("a", [[NAN]]), "vectors", "finite"),
    (lambda run: run.log_embedding("a", [[1e300]]), "vectors", "finite"),
    (lambda run: run.log_embedding("a", _huge((1, 2**24 + 1), "f4")), "vectors", "give numbers"),
    (lambda run: run.log_embedding("a", _huge((1, 2**24), "f4")), "vectors", "sample"),
    (lambda run: run.log_embedding("a", [[1.0]], classes=[1, 2]), "classes", "(1,)"),
    (lambda run: run.log_embedding("a", [[1.0]], images=[-2]), "images", "-1 to"),
    (lambda run: run.log_embedding("a", [[1.0]], images=[2**31]), "images", "-1 to"),
    (lambda run: run.log_embedding("a", [[1.0]], boxes=[(0, 0, 1, 1)] * 2), "boxes", "(1, 4)"),
    (lambda run: run.log_embedding("a", [[1.0]], boxes=[(1, 0, 0, 1)]), "boxes", "x1 <= x2"),
    (_artifact("../x"), "name", "relative name"),
    (_artifact("a/../../x"), "name", "relative name"),
    (_artifact("/etc/passwd"), "name", "relative name"),
    (_artifact("a\\b"), "name", "relative name"),
    (_artifact("C:/x"), "name", "relative name"),
    (_artifact("a//b"), "name", "relative name"),
    (_artifact("a/. /b"), "name", "relative name"),
    (_artifact("a/"), "name", "relative name"),
    (_artifact("a\0"), "name", "printable"),
    (_artifact("a", "/nowhere/at/all"), "path", "that is written"),
    (_artifact("a", "a\0b"), "path", "that is written"),
    (_artifact("a", None), "path", "that is written"),
    (_artifact("a", Path(__file__).parent), "path", "give a file"),
    (_artifact("a", os.devnull), "path", "give a file"),
]


@pytest.mark.parametrize(("call", "field", "fix"), REFUSED)
def test_it_is_refused_by_the_argument_and_its_fix(begin, call: Call, field: str, fix: str) -> None:
    run = begin()
    with pytest.raises(errors.InvalidRecord) as caught:
        call(run)
    assert caught.value.field == field
    assert fix in caught.value.fix
    assert run._page.lost() == {"item_invalid": 1}
    assert handed.waiting(run.directory) == []
    assert not list(run.directory.glob("*/*.new"))


@pytest.mark.usefixtures("lenient")
def test_a_training_hears_of_it_in_one_line_and_goes_on(begin, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setattr("yoloscope.sdk.guard.NOTES_MOST", 10_000)
    run = begin()
    for call, field, fix in REFUSED:
        monkeypatch.setattr("yoloscope.sdk.guard._reported", set())
        call(run)
        [said] = capsys.readouterr().err.splitlines()
        assert field in said
        assert fix in said
        assert said.endswith("It is left out and counted.")
    assert run._page.lost() == {"item_invalid": len(REFUSED)}
    assert handed.waiting(run.directory) == []


@pytest.mark.usefixtures("lenient")
def test_it_is_said_once_for_each_name(begin, capsys: pytest.CaptureFixture[str]) -> None:
    run = begin()
    for _ in range(3):
        run.log_image("val/1", np.zeros((3, 8, 8), "u1"))
    run.log_image("val/2", np.zeros((3, 8, 8), "u1"))
    assert [line.split(":")[1] for line in capsys.readouterr().err.splitlines()] == [
        " log_image(val/1)",
        " log_image(val/2)",
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_that_nobody_writes_to_does_not_stop_the_training(begin, tmp_path: Path) -> None:
    run = begin()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(errors.InvalidRecord, match="no regular file"):
        run.log_artifact("a", tmp_path / "pipe")


def test_texts_that_may_leave_count_as_well(begin) -> None:
    run = begin("[policy]\ntext = true\n")
    with pytest.raises(errors.InvalidRecord, match="with texts 9,"):
        run.log_table("a", {"a": ["ACME" * 750_000] * 3})


def test_what_is_just_small_enough_is_kept(begin, found) -> None:
    run = begin()
    run.log_matrix("m", np.zeros((1000, 1000)))
    run.log_histogram("h", np.zeros(2**24, "f4"))
    run.log_text("t", "a" * media.TEXT_MAX_BYTES)
    run.log_image("i", PICTURE, {"xyxy": np.zeros((content.BOXES_MAX, 4))})
    assert [item.name for item, _ in found(run)] == ["m", "h", "t", "i"]


def test_nothing_warns_of_numbers_that_do_not_fit(begin) -> None:
    run = begin()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.log_curve("a", [1], [1e300])
        with pytest.raises(errors.InvalidRecord):
            run.log_embedding("a", [[1e300]])
        with pytest.raises(errors.InvalidRecord):
            run.log_image("a", np.array([[NAN]], "f2"))


def test_limits_are_those_of_the_wire() -> None:
    assert arrays.CELLS_MAX * 8 < media.SUMMARY_MAX_BYTES
    assert math.isclose(boxes.POINTS_MAX * (2 + 3) * 4 + content.BOXES_MAX * 40, 5_400_000)
