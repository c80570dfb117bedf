"""Content as JSON: shapes, names of classes, and numbers that JSON has no word for."""

import struct

import msgspec
import pytest

from yoloscope.query import contents
from yoloscope.records import content


def f4(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def test_titles_are_those_of_the_settings_and_numbers_are_none() -> None:
    titles = contents.titles_from_settings({"class_index": {"per_class": {"dent": 0, "划痕": 1, "2": 2, "7": 3}}})
    assert [titles(number) for number in (0, 1, 2, 3, -1, -2)] == ["dent", "划痕", None, "7", None, None]


@pytest.mark.parametrize("said", [None, 5, "dent", ["a"], {"a": 0}, {"per_class": ["a"]}, {"per_class": {"a": "b"}}])
def test_settings_that_say_nothing_of_classes_name_none(said: object) -> None:
    titles = contents.titles_from_settings({"class_index": said})
    assert [titles(number) for number in range(3)] == [None] * 3


def test_boxes_have_their_outlines_and_keypoints() -> None:
    held = content.Boxes(
        width=10,
        height=5,
        xyxy=f4(0, 1, 2, 3, 4, 4, 5, 5),
        classes=struct.pack("<2i", 1, -1),
        scores=f4(0.7, float("nan")),
        truth=b"\0\1",
        outlines=(f4(0, 0, 1, 1), b""),
        keypoints=f4(*range(12)),
        keypoints_each=2,
    )
    assert contents.shown(held, titles={1: "b"}.get) == {
        "type": "boxes",
        "width": 10,
        "height": 5,
        "xyxy": [[0.0, 1.0, 2.0, 3.0], [4.0, 4.0, 5.0, 5.0]],
        "classes": [1, -1],
        "titles": ["b", None],
        "scores": [0.7, "NaN"],
        "truth": [0, 1],
        "outlines": [[[0.0, 0.0], [1.0, 1.0]], []],
        "keypoints": [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], [[6.0, 7.0, 8.0], [9.0, 10.0, 11.0]]],
    }


def test_graphs_and_embeddings() -> None:
    graph = content.Graph(
        (content.Node("0", "Conv", 9, (16, 8, 8)), content.Node("1", "Detect", frozen=True)), (("0", "1"),)
    )
    assert msgspec.json.decode(msgspec.json.encode(contents.shown(graph, titles={}.get))) == {
        "type": "graph",
        "nodes": [
            {"id": "0", "kind": "Conv", "parameters": 9, "shape": [16, 8, 8], "frozen": False},
            {"id": "1", "kind": "Detect", "parameters": 0, "shape": [], "frozen": True},
        ],
        "edges": [["0", "1"]],
    }
    points = content.Embedding(2, f4(0.1, 1, 2, 3), struct.pack("<2i", 0, -1), images=struct.pack("<2i", 5, -1))
    assert contents.shown(points, titles={0: "a"}.get) == {
        "type": "embedding",
        "dimensions": 2,
        "vectors": [[0.1, 1.0], [2.0, 3.0]],
        "classes": [0, -1],
        "titles": ["a", None],
        "images": [5, -1],
        "xyxy": [],
    }


def test_size_grows_with_arrays_and_texts() -> None:
    assert contents.size_bytes(content.Matrix(1, 1000, bytes(8000))) >= 8000
    assert contents.size_bytes(content.Table((content.Column("a", texts=("x" * 500,) * 10),))) >= 5000
