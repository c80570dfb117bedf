"""What each call hands over, exactly."""

import struct
from array import array
from pathlib import Path

import msgspec
import numpy as np
import pytest

from yoloscope.records import content, row
from yoloscope.spool import handed, layout, reader

NAN = float("nan")
SUMMARIES_ONLY = "[policy]\nmedia = false\n"


def _floats(*values: float, code: str = "d") -> bytes:
    return struct.pack(f"<{len(values)}{code}", *values)


def _about(item: handed.Handed, kind: type[msgspec.Struct]) -> object:
    return msgspec.convert(item.about, kind)


def _arrays(item: handed.Handed) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {one.role: (one.dtype, one.shape) for one in item.arrays}


def _lost(run) -> dict[str, int]:
    assert run._page is not None
    return run._page.lost()


def test_an_item_says_when_it_was_logged(begin, found) -> None:
    run = begin()
    run.log_text("note", "a", step=np.int64(3), epoch=1.5)
    run.new_attempt(start_epoch=2)
    run.log_text("note", "b", epoch=NAN)
    told = [(item.number, item.kind, item.name, item.attempt, item.step, item.epoch) for item, _ in found(run)]
    assert told == [(0, "text", "note", 0, 3, 1.5), (1, "text", "note", 1, None, None)]
    run.finish()


def test_a_histogram_of_values_is_left_to_be_counted(begin, found) -> None:
    run = begin()
    run.log_histogram("weights", np.array([[1, 2], [3, 4]], ">f4")[:, ::-1], bins=8)
    [(item, parts)] = found(run)
    assert _about(item, handed.HistogramAbout) == handed.HistogramAbout(bins=8)
    assert _arrays(item) == {"values": ("f4", (4,))}
    assert parts["values"] == _floats(2, 1, 4, 3, code="f")


def test_a_histogram_that_is_counted_comes_with_its_edges(begin, found) -> None:
    run = begin()
    run.log_histogram("sizes", counts=[1, 2], edges=array("d", [0, 1, 4]))
    [(item, parts)] = found(run)
    assert parts == {"counts": _floats(1, 2), "edges": _floats(0, 1, 4)}
    assert _arrays(item) == {"counts": ("f8", (2,)), "edges": ("f8", (3,))}


def test_curves_of_classes_have_their_numbers(begin, found) -> None:
    run = begin()
    run.name_classes({0: "cat", 1: "dog"})
    run.log_curve("pr", [0, 1], [[1, NAN], [0.5, 0]], classes=["dog", -2], x_name="recall", y_name="precision")
    [(item, parts)] = found(run)
    expected = handed.CurveAbout(content.Labels(classes=(1, -2)), x_name="recall", y_name="precision")
    assert _about(item, handed.CurveAbout) == expected
    assert _arrays(item) == {"x": ("f8", (2,)), "y": ("f8", (2, 2))}
    assert parts == {"x": _floats(0, 1), "y": _floats(1, NAN, 0.5, 0)}
    assert item.needs == ()


def test_one_curve_needs_no_second_dimension(begin, found) -> None:
    run = begin()
    run.log_curve("f1", range(3), (1, 2, 3))
    [(item, _)] = found(run)
    assert _arrays(item)["y"] == ("f8", (1, 3))


def test_a_matrix_knows_its_rows_and_columns(begin, found) -> None:
    run = begin()
    run.log_matrix("confusion", np.eye(2, dtype=int), row_classes=[0, -1], column_classes=(0, -1), row_name="predicted")
    [(item, parts)] = found(run)
    rows, columns = content.Labels("predicted", classes=(0, -1)), content.Labels(classes=(0, -1))
    assert _about(item, handed.MatrixAbout) == handed.MatrixAbout(rows, columns)
    assert parts == {"values": _floats(1, 0, 0, 1)}


def test_a_table_has_numbers_classes_and_texts(begin, found) -> None:
    run = begin("[policy]\ntext = true\n")
    run.name_classes({4: "dent"})
    run.log_table(
        "worst", {"class": ["dent", 7], "AP": [0.5, NAN], "why": ["blurred", "/data/line7.jpg"]}, classes=["class"]
    )
    [(item, parts)] = found(run)
    columns = (
        handed.ColumnAbout("class"),
        handed.ColumnAbout("AP"),
        handed.ColumnAbout("why", ("blurred", "<path>/line7.jpg")),
    )
    assert _about(item, handed.TableAbout) == handed.TableAbout(2, columns)
    assert parts == {"0": struct.pack("<2i", 4, 7), "1": _floats(0.5, NAN)}
    assert item.needs == ("text",)


def test_free_texts_stay_where_the_policy_keeps_them(begin, found) -> None:
    run = begin()
    run.log_table("t", {"why": ["ACME line 7", "12", "x.jpg"]})
    run.log_matrix("m", [[1.0, 2.0]], columns=["ACME", "12"])
    [(table, _), (matrix, _)] = found(run)
    assert table.about["columns"] == [{"name": "why", "texts": ["<text>", "12", "<path>.jpg"]}]
    assert _about(matrix, handed.MatrixAbout) == handed.MatrixAbout(columns=content.Labels(texts=("<text>", "12")))
    assert (table.needs, matrix.needs) == ((), ())
    assert run.directory is not None
    assert not any(b"ACME" in path.read_bytes() for path in handed.waiting(run.directory))


def test_names_of_axes_and_columns_tell_no_class_and_no_file(begin, found) -> None:
    run = begin()
    run.name_classes({4: "dent"})
    run.log_curve("c", [0], [1], x_name="class/dent/recall", y_name="/line7/acme.csv")
    run.log_matrix("m", [[1]], row_name="~/acme", column_name="predicted")
    run.log_table("t", {"class/dent/AP": [1], "acme.jpg": [1], "line7/b.jpg": [1], "val/AP50": [1]})
    [(curve, _), (matrix, _), (table, _)] = found(run)
    assert (curve.about["x_name"], curve.about["y_name"]) == ("class/4/recall", "<path>.csv")
    assert [matrix.about[axis]["name"] for axis in ("rows", "columns")] == ["<path>", "predicted"]
    names = [column["name"] for column in table.about["columns"]]
    assert names == ["class/4/AP", "<path>.jpg", "<path>.jpg-2", "val/AP50"]
    assert [one.needs for one in (curve, matrix, table)] == [(), (), ()]


def test_where_a_folder_lets_names_out_the_other_end_must_too(begin, found) -> None:
    run = begin('[policy]\ntext = true\nclass_names = "text"\n')
    run.log_curve("c", [0], [1], x_name="class/dent/recall")
    run.log_curve("c", [0], [1], x_name="acme.csv", y_name="recall")
    told = [(item.about["x_name"], item.needs) for item, _ in found(run)]
    assert told == [("class/dent/recall", ("class_names",)), ("acme.csv", ("text",))]


def test_a_class_that_nobody_named_gets_a_number_that_is_told(begin, found) -> None:
    run = begin()
    run.name_classes({0: "cat"})
    run.log_matrix("m", [[1, 2, 3]], column_classes=["dog", "cat", "7"])
    run.log_matrix("m", [[1]], column_classes=["dog"])
    labels = [msgspec.convert(item.about, handed.MatrixAbout).columns.classes for item, _ in found(run)]
    assert labels == [(1, 0, 7), (1,)]
    assert run.directory is not None
    assert layout.load_manifest(run.directory).classes == {"cat": 0, "dog": 1, "7": 7}
    run.finish()
    told = [event.values for event in _events(run.directory) if isinstance(event, row.Updated)]
    assert [values["class_index"] for values in told if "class_index" in values] == [
        {"per_class": {"cat": 0}},
        {"per_class": {"cat": 0, "dog": 1, "7": 7}},
    ]


def _events(directory: Path) -> list[object]:
    return [entry for chunk in reader.chunks(directory, lane=0) for entry in chunk.entries]


BOXES = [
    {"xyxy": (0, 0, 2, 1), "class": "cat", "score": 0.5},
    {"xyxy": (1, 1, 2, 2), "truth": True, "outline": [(0, 0), (1, 1), (2, 0)], "keypoints": [(1, 1, 2)]},
]


def test_a_picture_comes_with_its_boxes_as_data(begin, found) -> None:
    run = begin()
    run.name_classes({3: "cat"})
    picture = np.arange(24, dtype="u1").reshape(2, 4, 3)
    run.log_image("val/1", picture[:, ::2], boxes=BOXES, mask=np.array([[0, 1], [2, 300]]))
    [(item, parts)] = found(run)
    assert _about(item, handed.ImageAbout) == handed.ImageAbout(boxes=2, keypoints_each=1)
    assert _arrays(item) == {
        "image": ("u1", (2, 2, 3)),
        "mask": ("u2", (2, 2)),
        "xyxy": ("f4", (2, 4)),
        "classes": ("i4", (2,)),
        "scores": ("f4", (2,)),
        "truth": ("u1", (2,)),
        "outlines": ("f4", (3, 2)),
        "corners": ("u4", (2,)),
        "keypoints": ("f4", (2, 1, 3)),
    }
    assert parts == {
        "image": picture[:, ::2].tobytes(),
        "mask": struct.pack("<4H", 0, 1, 2, 300),
        "xyxy": _floats(0, 0, 2, 1, 1, 1, 2, 2, code="f"),
        "classes": struct.pack("<2i", 3, -1),
        "scores": _floats(0.5, NAN, code="f"),
        "truth": b"\0\1",
        "outlines": _floats(0, 0, 1, 1, 2, 0, code="f"),
        "corners": struct.pack("<2I", 0, 3),
        "keypoints": _floats(0, 0, 0, 1, 1, 2, code="f"),
    }


def test_boxes_in_columns_are_the_same(begin, found) -> None:
    run = begin()
    run.name_classes({3: "cat"})
    columns = {
        "xyxy": np.array([[0, 0, 2, 1], [1, 1, 2, 2]]),
        "classes": np.array([3.0, -1.0]),
        "scores": [0.5, NAN],
        "truth": [False, True],
        "outlines": [None, np.array([[0, 0], [1, 1], [2, 0]])],
        "keypoints": np.array([[[0, 0, 0]], [[1, 1, 2]]]),
    }
    picture = np.zeros((2, 2), "u1")
    run.log_image("a", picture, boxes=BOXES)
    run.log_image("a", picture, boxes=columns)
    [(one, parts), (other, same)] = found(run)
    assert (one.about, one.arrays, parts) == (other.about, other.arrays, same)


@pytest.mark.parametrize(("boxes", "told"), [(None, None), ([], 0), ({"xyxy": []}, 0)])
def test_no_boxes_and_none_given_are_two_things(begin, found, boxes: object, told: int | None) -> None:
    run = begin()
    run.log_image("a", np.zeros((2, 2, 3), "u1"), boxes)
    [(item, _)] = found(run)
    assert item.about["boxes"] == told


@pytest.mark.parametrize(
    ("given", "shape", "data"),
    [
        (np.array([[0.0, 0.5], [1.0, 0.25]]), (2, 2, 1), [0, 128, 255, 64]),
        (np.array([[0.0, 0.5]], "f2"), (1, 2, 1), [0, 128]),
        (np.array([[True, False]]), (1, 2, 1), [255, 0]),
        (np.array([[7, 255]], ">i8"), (1, 2, 1), [7, 255]),
        ([[[1, 2, 3]]], (1, 1, 3), [1, 2, 3]),
        (memoryview(bytes(8)).cast("B", (1, 2, 4)), (1, 2, 4), [0] * 8),
    ],
)
def test_pictures_of_other_numbers_become_bytes(begin, found, given: object, shape: tuple, data: list[int]) -> None:
    run = begin()
    run.log_image("a", given)
    [(item, parts)] = found(run)
    assert _arrays(item)["image"] == ("u1", shape)
    assert list(parts["image"]) == data


def test_a_picture_of_pillow_is_taken(begin, found) -> None:
    pillow = pytest.importorskip("PIL.Image")
    run = begin()
    run.log_image("a", pillow.new("RGB", (2, 1), (1, 2, 3)))
    run.log_image("a", pillow.new("P", (1, 1)))
    run.log_image("a", pillow.new("LA", (1, 1), (9, 8)))
    told = [(_arrays(item)["image"][1], list(parts["image"])) for item, parts in found(run)]
    assert told == [((1, 2, 3), [1, 2, 3, 1, 2, 3]), ((1, 1, 3), [0, 0, 0]), ((1, 1, 4), [9, 9, 9, 8])]


class _Tensor:
    """What is asked of a torch tensor; bfloat16 has no place in numpy."""

    def __init__(self, values: object, dtype: str = "torch.float32") -> None:
        self.values, self.dtype = values, dtype

    def detach(self) -> "_Tensor":
        return self

    def cpu(self) -> "_Tensor":
        return self

    def float(self) -> "_Tensor":
        return _Tensor(self.values)

    def numpy(self) -> object:
        if self.dtype != "torch.float32":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return np.asarray(self.values, "f4")


@pytest.mark.parametrize("dtype", ["torch.float32", "torch.bfloat16", "torch.float8_e4m3fn"])
def test_tensors_are_read(begin, found, dtype: str) -> None:
    run = begin()
    run.log_histogram("a", _Tensor([1, 2], dtype))
    [(_, parts)] = found(run)
    assert parts["values"] == _floats(1, 2, code="f")


class _Figure:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def savefig(self, buffer, *, format: str) -> None:  # noqa: A002
        assert format == "png"
        buffer.write(self._data)


def _png(width: int = 2, height: int = 1) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(20)


def test_a_figure_draws_itself(begin, found) -> None:
    run = begin()
    run.log_figure("plot", _Figure(_png()))
    [(item, parts)] = found(run)
    assert (item.kind, parts) == ("figure", {"figure": _png()})


def test_a_text_is_utf_8(begin, found) -> None:
    run = begin()
    run.log_text("note", "划痕 \ud800")
    [(_, parts)] = found(run)
    assert parts["text"] == "划痕 ?".encode()


def test_a_graph_has_layers_and_edges(begin, found) -> None:
    run = begin()
    first = {"id": "model.0", "kind": "Conv", "parameters": np.int64(464), "shape": np.array([16, 320, 320])}
    run.log_graph("model", [first, content.Node("model.1", "C2f", frozen=True)], [("model.0", "model.1")])
    [(item, parts)] = found(run)
    nodes = (content.Node("model.0", "Conv", 464, (16, 320, 320)), content.Node("model.1", "C2f", frozen=True))
    assert _about(item, handed.GraphAbout) == handed.GraphAbout(nodes, (("model.0", "model.1"),))
    assert parts == {}


def test_an_embedding_says_where_its_points_are_from(begin, found) -> None:
    run = begin()
    run.log_embedding("boxes", np.ones((2, 3)), classes=[1, -1], images=[4, -1], boxes=[(0, 0, 1, 1)] * 2)
    run.log_embedding("plain", np.ones((1, 2)))
    [(item, parts), (plain, _)] = found(run)
    assert _arrays(item) == {
        "vectors": ("f4", (2, 3)),
        "classes": ("i4", (2,)),
        "images": ("i4", (2,)),
        "xyxy": ("f4", (2, 4)),
    }
    assert (parts["classes"], parts["images"]) == (struct.pack("<2i", 1, -1), struct.pack("<2i", 4, -1))
    assert _arrays(plain) == {"vectors": ("f4", (1, 2)), "classes": ("i4", (1,))}


def test_a_file_is_copied_as_it_is_now(begin, found, tmp_path: Path) -> None:
    run = begin()
    weights = tmp_path / "best.pt"
    weights.write_bytes(b"first")
    run.log_artifact("weights/best.pt", weights)
    weights.write_bytes(b"second")
    [(item, parts)] = found(run)
    assert (item.name, parts) == ("weights/best.pt", {"file": b"first"})
