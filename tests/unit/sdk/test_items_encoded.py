"""Whatever a call takes, up to its limits, the sidecar can encode and a server reads: the trainer's checks are at least as strict as theirs."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yoloscope.records import content as contents
from yoloscope.records import media
from yoloscope.sdk import boxes, models, summaries, words
from yoloscope.sdk import run as runs
from yoloscope.sidecar import encoding
from yoloscope.spool import handed
from yoloscope.wire import content

NAN, INF = float("nan"), float("inf")
PICTURE = np.zeros((4, 4, 3), "u1")
Call = Callable[[runs.Run], None]


def _encoded(run: runs.Run) -> list[encoding.Made]:
    """Return what the sidecar makes of all that was handed over, its content read as a server reads it; and remove it."""
    assert run.directory is not None
    made: list[encoding.Made] = []
    for path in handed.waiting(run.directory):
        with handed.opened(path) as (item, parts):
            made.append(encoding.made(item, parts, pictures=encoding.Pictures(lambda _: False)))
            for part in made[-1].parts:
                if part.media_type == media.CONTENT:
                    content.from_bytes(bytes(part.data))
        path.unlink()
    return made


def _most_boxes(run: runs.Run) -> None:
    count, points = contents.BOXES_MAX, boxes.POINTS_MAX
    given = {
        "xyxy": np.zeros((count, 4)),
        "outlines": [np.ones((points // count, 2), "f4")] * count,
        "keypoints": np.ones((count, points // count, 3), "f4"),
    }
    run.log_image("a", PICTURE, given)


def _most_nodes(run: runs.Run) -> None:
    nodes = [
        {"id": f"{at:0100}", "kind": "k" * 20, "parameters": 2**62, "shape": (2**62,) * 8}
        for at in range(models.NODES_MAX)
    ]
    run.log_graph("a", nodes, [])


def _most_edges(run: runs.Run) -> None:
    run.log_graph("a", [{"id": "0123456"}, {"id": "7654321"}], [("0123456", "7654321")] * models.EDGES_MAX)


LARGEST: list[Call] = [
    lambda run: run.log_matrix("a", np.zeros((1000, 1000)), row_classes=[999_999_999] * 1000),
    lambda run: run.log_matrix("a", np.zeros((1, 600_000)), column_classes=np.full(600_000, 70_000)),
    lambda run: run.log_curve("a", np.arange(1000), np.zeros((999, 1000)), classes=[-2] * 999),
    lambda run: run.log_table("a", {str(at): np.zeros(1000) for at in range(1000)}),
    lambda run: run.log_table("a", {"a": ["划痕" * 60] * words.TEXTS_MAX}),
    lambda run: run.log_table("a", {"a": np.zeros(1_000_000)}),
    lambda run: run.log_histogram("a", np.zeros(summaries.VALUES_MAX_BYTES // 4, "f4"), bins=summaries.BINS_MAX),
    lambda run: run.log_histogram("a", counts=np.ones(499_999), edges=np.arange(500_000)),
    lambda run: run.log_text("a", "划" * (media.TEXT_MAX_BYTES // 3)),
    lambda run: run.log_embedding("a", np.zeros((16_000, 1024), "f4")),
    _most_boxes,
    _most_nodes,
    _most_edges,
]


@pytest.mark.slow
@pytest.mark.parametrize("call", LARGEST)
def test_the_largest_of_each_is_encoded_and_read(begin, call: Call) -> None:
    run = begin("[policy]\nmedia = true\ntext = true\n[media]\nquota_mb = 1000\n")
    call(run)
    assert run._page.lost() == {}
    assert len(_encoded(run)) == 1


ODD: list[Call] = [
    lambda run: run.log_histogram("a", [NAN, INF, -INF]),
    lambda run: run.log_histogram("a", [7]),
    lambda run: run.log_histogram("a", [1e308, -1e308]),
    lambda run: run.log_histogram("a", np.array([6e4, -6e4], "f2")),
    lambda run: run.log_histogram("a", np.array([0, 2**64 - 1], "u8")),
    lambda run: run.log_histogram("a", np.array([-(2**63), 2**63 - 1], "i8"), bins=1),
    lambda run: run.log_histogram("a", [True, False]),
    lambda run: run.log_histogram("a", [5e-324, 0.0], bins=4096),
    lambda run: run.log_histogram("a", [1.0, np.nextafter(1.0, 2)], bins=64),
    lambda run: run.log_histogram("a", counts=[0], edges=[-1e308, 1e308]),
    lambda run: run.log_histogram("a", counts=[2**52, 2**52], edges=[0, 1, 2]),
    lambda run: run.log_curve("a", [1e308, -1e308], [NAN, INF]),
    lambda run: run.log_matrix("a", [[NAN, INF, -INF]]),
    lambda run: run.log_table("a", {"a": []}),
    lambda run: run.log_table("a", {"a": [], "b": []}, classes=["a"]),
    lambda run: run.log_image("a", np.zeros((1, 1), "u1"), []),
    lambda run: run.log_image("a", np.zeros((1, 9, 4), "u1"), mask=np.full((1, 9), 65_535)),
    lambda run: run.log_image("a", PICTURE, [{"xyxy": (-5, -5, 900, 900), "outline": []}]),
    lambda run: run.log_text("a", ""),
    lambda run: run.log_graph("a", [{"id": "a"}], [("a", "a")]),
    lambda run: run.log_embedding("a", [[0.0]]),
    lambda run: run.log_artifact("a", __file__),
]


@pytest.mark.parametrize("call", ODD)
def test_odd_ones_are_encoded_and_read(begin, call: Call) -> None:
    run = begin()
    call(run)
    assert run._page.lost() == {}
    assert len(_encoded(run)) == 1


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.floats(), min_size=1, max_size=5),
    counts=st.lists(st.floats(0, 1e15), min_size=1, max_size=4),
    edges=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=5, max_size=5, unique=True),
    bins=st.integers(1, 70),
)
def test_any_values_are_encoded_and_read(begin, values, counts, edges, bins: int) -> None:
    run = begin()
    run.log_histogram("a", values, bins=bins)
    run.log_histogram("a", counts=counts, edges=sorted(edges)[: len(counts) + 1])
    run.log_curve("a", range(len(values)), values)
    assert len(_encoded(run)) == 3
    run.finish()
