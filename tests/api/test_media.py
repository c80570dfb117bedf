"""Items as screens ask for them: pages, names, parts as bytes and as JSON, thumbnails; and what must never come of them."""

import struct

import pytest

from contracts.parts import Trainer, boxes, digest_of, item, matrix, part, picture, slug
from yoloscope.query import media as media_queries
from yoloscope.records import content, media, row
from yoloscope.wire import content as wire_content

pytestmark = pytest.mark.slow

POLICY = "/api/v1/projects/signs/policy"
STARTED_NS = 1_700_000_000_000_000_000


@pytest.fixture
def server(live_server) -> object:
    """A server whose project takes everything."""
    assert live_server.call("PUT", POLICY, json={"media": True}).status_code == 200
    return live_server


@pytest.fixture
def trainer(server, batches) -> Trainer:
    return Trainer(server, batches)


def page(server, query: str = "", run: str = "run=r1") -> dict:
    answer = server.get(f"/api/v1/media?{run}{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids_of(found: dict) -> list[int]:
    return [one["id"] for one in found["items"]]


def test_an_item_is_told_with_all_that_is_known_of_it(trainer: Trainer) -> None:
    image, marks = picture(), boxes()
    parts = (part(image, "image", media.WEBP), part(marks, "boxes"))
    shown = item(7, "image", "val/0.jpg", step=40, epoch=3.0, facts={"width": 640, "iou": 0.5}, parts=parts)
    trainer.send(shown)
    trainer.upload(marks)
    assert page(trainer.server) == {
        "items": [
            {
                "run": "r1",
                "id": 1,
                "kind": "image",
                "name": "val/0.jpg",
                "step": 40,
                "epoch": 3.0,
                "time": "2023-11-14T22:13:27.000Z",
                "attempt": 1,
                "superseded": False,
                "facts": {"width": 640, "iou": 0.5},
                "parts": [
                    {
                        "role": "boxes",
                        "digest": digest_of(marks),
                        "media_type": media.CONTENT,
                        "size_bytes": len(marks),
                        "stored": True,
                    },
                    {
                        "role": "image",
                        "digest": digest_of(image),
                        "media_type": media.WEBP,
                        "size_bytes": len(image),
                        "stored": False,
                    },
                ],
            }
        ],
        "next": None,
    }


FOUND = [
    ("", [1, 2, 3, 4, 5]),
    ("&name=a", [1, 3, 5]),
    ("&name=a&name=b", [1, 2, 3, 4, 5]),
    ("&name=none", []),
    ("&kind=curve", [5]),
    ("&kind=curve&kind=matrix&name=a&from_step=20", [3, 5]),
    ("&from_epoch=1&to_epoch=2", [2, 3]),
    ("&to_step=10", [1, 2]),
    ("&from_step=30&to_step=10", []),
]


def test_items_are_found_by_name_kind_and_range(trainer: Trainer) -> None:
    kinds = ("matrix",) * 4 + ("curve",)
    trainer.send(*(item(at, kinds[at], "ab"[at % 2], step=10 * at, epoch=float(at)) for at in range(5)))
    for query, expected in FOUND:
        assert ids_of(page(trainer.server, query)) == expected, query


def test_pages_follow_the_cursor_through_runs(trainer: Trainer, batches) -> None:
    other = Trainer(trainer.server, batches, run="r2", writer="1" * 32)
    for one in (trainer, other):
        one.send(*(item(at) for at in range(5)))
    runs, cursor, seen = "run=r2&run=r1", "", []
    while True:
        found = page(trainer.server, f"&limit=3{cursor}", run=runs)
        seen += [(one["run"], one["id"]) for one in found["items"]]
        if found["next"] is None:
            break
        cursor = f"&cursor={found['next']}"
    assert seen == [(run, place) for run in ("r1", "r2") for place in range(1, 6)]


def test_what_a_later_attempt_took_the_place_of_is_hidden_unless_asked_for(trainer: Trainer, batches) -> None:
    first = [item(at, step=10 * at, epoch=float(at)) for at in range(4)]
    trainer.send(batches.matrix({"a": [1.0]}), *first, item(4, "graph", "model"), item(5, epoch=2.5))
    again = row.AttemptRef(index=1, wall_ns=STARTED_NS + 10**12, mono_ns=5, start_step=20, start_epoch=2.0)
    trainer.send(item(6, step=20, epoch=2.0), batches.matrix({"a": [1.0]}, first_step=20), attempt=again)
    found = page(trainer.server)
    assert [(one["id"], one["attempt"]) for one in found["items"]] == [(1, 1), (2, 1), (5, 1), (7, 2)]
    every = page(trainer.server, "&superseded=true")["items"]
    assert [(one["id"], one["superseded"]) for one in every] == [
        (1, False),
        (2, False),
        (3, True),
        (4, True),
        (5, False),
        (6, True),
        (7, False),
    ]
    assert ids_of(page(trainer.server, "&limit=3")) == [1, 2, 5]
    assert page(trainer.server, f"&limit=3&cursor={page(trainer.server, '&limit=3')['next']}")["next"] is None


def test_names_stand_in_order_of_first_arrival(trainer: Trainer) -> None:
    trainer.send(item(0, name="z", step=3, epoch=1.5), item(1, "image", "a"), item(2, name="z", step=1))
    assert trainer.server.get("/api/v1/runs/r1/media/names").json() == {
        "items": [
            {
                "kind": "matrix",
                "name": "z",
                "items": 2,
                "first_step": 1,
                "last_step": 3,
                "first_epoch": 1.5,
                "last_epoch": 1.5,
            },
            {
                "kind": "image",
                "name": "a",
                "items": 1,
                "first_step": None,
                "last_step": None,
                "first_epoch": None,
                "last_epoch": None,
            },
        ]
    }


def test_summaries_bring_what_they_hold_with_titles_of_classes(trainer: Trainer) -> None:
    labels = content.Labels("predicted", classes=(0, 1, -1))
    data = matrix(1.0, float("nan"), float("-inf"), columns=labels)
    trainer.send(row.Updated("settings", {"class_index": {"per_class": {"dent": 0, "划痕": 1}}}))
    trainer.show((item(0, parts=(part(data),)), data))
    trainer.send(item(1, parts=(part(matrix(2.0)),)), item(2, "image", "a"))
    items = page(trainer.server, "&data=true")["items"]
    nothing = {"name": "", "classes": [], "titles": [], "texts": []}
    assert items[0]["data"] == {
        "type": "matrix",
        "height": 1,
        "width": 3,
        "values": [[1.0, "NaN", "-Infinity"]],
        "rows": nothing,
        "columns": {"name": "predicted", "classes": [0, 1, -1], "titles": ["dent", "划痕", None], "texts": []},
    }
    assert items[1]["data"] is None
    assert "data" not in items[2]
    assert "data" not in page(trainer.server)["items"][0]


def test_a_page_with_data_ends_where_it_would_be_too_large(trainer: Trainer) -> None:
    large = [matrix(*(float(at) for _ in range(100_000))) for at in range(5)]
    trainer.show(*((item(at, parts=(part(data),)), data) for at, data in enumerate(large)))
    first = page(trainer.server, "&data=true")
    assert ids_of(first) == [1, 2]
    second = page(trainer.server, f"&data=true&cursor={first['next']}")
    assert ids_of(second) == [3, 4]
    assert ids_of(page(trainer.server, f"&data=true&cursor={second['next']}")) == [5]


def test_content_comes_as_json(trainer: Trainer) -> None:
    marks = boxes()
    trainer.show((item(0, "image", "a", parts=(part(marks, "boxes"),)), marks))
    assert trainer.server.get("/api/v1/runs/r1/media/1/boxes?format=json").json() == {
        "type": "boxes",
        "width": 640,
        "height": 480,
        "xyxy": [[1.5, 2.0, 30.0, 40.0], [1.5, 2.0, 30.0, 40.0]],
        "classes": [0, 1],
        "titles": [None, None],
        "scores": [0.1, "NaN"],
        "truth": [0, 1],
        "outlines": [],
        "keypoints": [],
    }


def test_content_that_is_too_much_for_json_comes_as_bytes_alone(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = matrix(*map(float, range(100)))
    trainer.show((item(0, parts=(part(data),)), data))
    monkeypatch.setattr(media_queries, "JSON_MAX_BYTES", 799)
    answer = trainer.server.get("/api/v1/runs/r1/media/1/data?format=json")
    assert (slug(answer), answer.json()["field"]) == ((422, "invalid-record"), "format")
    assert trainer.server.get("/api/v1/runs/r1/media/1/data").content == data


def test_bytes_that_are_no_content_have_no_form_in_json(trainer: Trainer) -> None:
    data = picture()
    trainer.show((item(0, "image", "a", parts=(part(data, "image", media.WEBP),)), data))
    assert slug(trainer.server.get("/api/v1/runs/r1/media/1/image?format=json")) == (422, "invalid-record")


MISSING = [
    "/api/v1/runs/r1/media/2/image",
    "/api/v1/runs/r1/media/1/boxes",
    "/api/v1/runs/r2/media/1/image",
    "/api/v1/runs/nobody/media/1/image",
    "/api/v1/runs/nobody/media/1/thumbnail",
    "/api/v1/runs/nobody/media/names",
    "/api/v1/media?run=nobody",
    "/api/v1/media?run=r1&run=nobody",
    "/api/v1/runs/r1/media/2/thumbnail",
    "/api/v1/runs/r1/media/3/thumbnail",
    "/api/v1/runs/r1/media/3/image",
]


def test_what_is_not_an_items_part_is_not_found(trainer: Trainer, batches) -> None:
    data = picture()
    trainer.show((item(0, "image", "a", parts=(part(data, "image", media.WEBP),)), data))
    trainer.send(item(1), item(2, "image", "late", parts=(part(picture(5, 5), "image", media.WEBP),)))
    Trainer(trainer.server, batches, run="r2", writer="1" * 32).send(item(0))
    for path in MISSING:
        assert (path, slug(trainer.server.get(path))) == (path, (404, "not-found"))


WRONG = [
    ("", "run"),
    ("run=r1&cursor=x", "cursor"),
    ("run=r1&cursor=kqJyMf8", "cursor"),
    ("run=r1&limit=0", "limit"),
    ("run=r1&limit=1001", "limit"),
    ("run=r1&kind=painting", "kind"),
    ("run=r1&from_step=a", "from_step"),
    ("run=r1&from_step=9223372036854775808", "from_step"),
    ("run=r1&from_epoch=nan", "from_epoch"),
    ("run=r1&data=perhaps", "data"),
    ("run=r1&nmae=a", "nmae"),
    ("&".join(["run=r1"] * 101), "run"),
]


def test_questions_that_cannot_be_used_say_why(trainer: Trainer) -> None:
    trainer.send(item(0))
    for query, field in WRONG:
        answer = trainer.server.get(f"/api/v1/media?{query}")
        assert (query, answer.status_code, answer.json()["field"]) == (query, 422, field)


def test_pages_and_names_that_did_not_change_are_not_sent_again(trainer: Trainer) -> None:
    trainer.send(item(0))
    for path in ("/api/v1/media?run=r1", "/api/v1/runs/r1/media/names"):
        tag = trainer.server.get(path).headers["ETag"]
        assert trainer.server.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_run_in_the_trash_is_still_read_by_its_id(trainer: Trainer) -> None:
    data = matrix(1.0)
    trainer.show((item(0, parts=(part(data),)), data))
    trainer.send(row.Ended("finished", 1))
    assert trainer.server.call("DELETE", "/api/v1/runs/r1").status_code == 200
    assert ids_of(page(trainer.server)) == [1]
    assert trainer.server.get("/api/v1/runs/r1/media/1/data").content == data


SUMMARIES = [
    {
        "type": "curve",
        "x": [0.0, 1.0],
        "y": [[1.0, 2.0], [3.0, 4.0]],
        "curves": {"name": "", "classes": [0, -2], "titles": ["a", None], "texts": []},
        "x_name": "recall",
        "y_name": "precision",
    },
    {
        "type": "histogram",
        "edges": [0.0, 1.0, 2.0],
        "counts": [3.0, 4.0],
        "total": 9,
        "nan": 2,
        "inf": 0,
        "least": 0.5,
        "most": None,
        "mean": None,
        "deviation": None,
    },
    {
        "type": "table",
        "columns": [
            {"name": "class", "classes": [1], "titles": ["b"]},
            {"name": "ap", "numbers": [0.25]},
            {"name": "note", "texts": ["x"]},
        ],
    },
]


def test_curves_histograms_and_tables_come_with_their_data(trainer: Trainer) -> None:
    def f8(*values: float) -> bytes:
        return struct.pack(f"<{len(values)}d", *values)

    held = [
        ("curve", content.Curve(f8(0, 1), f8(1, 2, 3, 4), content.Labels(classes=(0, -2)), "recall", "precision")),
        ("histogram", content.Histogram(f8(0, 1, 2), f8(3, 4), total=9, nan=2, least=0.5)),
        (
            "table",
            content.Table(
                (
                    content.Column("class", classes=(1,)),
                    content.Column("ap", numbers=f8(0.25)),
                    content.Column("note", texts=("x",)),
                )
            ),
        ),
    ]
    shown = [(item(at, kind), wire_content.to_bytes(one)) for at, (kind, one) in enumerate(held)]
    trainer.send(row.Updated("settings", {"class_index": {"per_class": {"a": 0, "b": 1}}}))
    trainer.show(*((media_item(one, data), data) for one, data in shown))
    found = [one["data"] for one in page(trainer.server, "&data=true")["items"]]
    assert found == SUMMARIES


def media_item(one: media.Item, data: bytes) -> media.Item:
    return item(one.number, one.kind, one.name, parts=(part(data),))
