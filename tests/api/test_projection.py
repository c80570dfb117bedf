"""Embeddings as points, over HTTP."""

import sys
import threading
import time

import numpy as np
import pytest
import requests

from contracts.parts import Trainer, item, matrix, part, slug
from yoloscope.records import content, media
from yoloscope.server import projections
from yoloscope.wire import content as wire_content

pytestmark = pytest.mark.slow
VECTORS = np.array([[0.0, 0, 1], [4, 0, 1], [0, 1, 1], [4, 1, 1]], "<f4")
PLACE = "/api/v1/runs/r1/media/1/projection"


@pytest.fixture
def trainer(live_server, batches) -> Trainer:
    """A trainer whose run has an embedding, a matrix, and an embedding whose part never came."""
    assert live_server.call("PUT", "/api/v1/projects/signs/policy", json={"media": True}).status_code == 200
    held = wire_content.to_bytes(content.Embedding(3, VECTORS.tobytes(), np.zeros(4, "<i4").tobytes()))
    other, absent = matrix(1.0), wire_content.to_bytes(content.Embedding(1, bytes(4), bytes(4)))
    trainer = Trainer(live_server, batches)
    trainer.show(
        (item(0, "embedding", "embeddings", parts=(part(held, media_type=media.CONTENT),)), held),
        (item(1, "matrix", "confusion", parts=(part(other, media_type=media.CONTENT),)), other),
    )
    trainer.send(item(2, "embedding", "late", parts=(part(absent, media_type=media.CONTENT),)))
    return trainer


def test_points_come_with_what_they_explain(trainer: Trainer) -> None:
    answer = trainer.server.get(PLACE)
    told = answer.json()
    assert np.allclose(np.abs(told["points"]), [[2, 0.5]] * 4)
    assert np.allclose(told["explained"], [16 / 17, 1 / 17])
    assert (told["method"], told["dimensions"], told["of"], told["sampled"]) == ("pca", 2, 4, None)
    again = trainer.server.get(PLACE, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    room = trainer.server.get(f"{PLACE}?dimensions=3&method=pca").json()
    assert [len(point) for point in room["points"]] == [3] * 4


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/runs/r1/media/2/projection", (422, "invalid-record")),
        ("/api/v1/runs/r1/media/3/projection", (404, "not-found")),
        ("/api/v1/runs/r1/media/9/projection", (404, "not-found")),
        ("/api/v1/runs/nobody/media/1/projection", (404, "not-found")),
        (f"{PLACE}?method=lda", (422, "invalid-request")),
        (f"{PLACE}?dimensions=4", (422, "invalid-request")),
        (f"{PLACE}?seed=1", (422, "unknown-parameter")),
        (f"{PLACE}?method=tsne", (422, "invalid-record")),
    ],
)
def test_what_cannot_be_projected_is_refused(trainer: Trainer, path: str, expected: tuple[int, str]) -> None:
    assert slug(trainer.server.get(path)) == expected


def test_a_server_that_stops_tells_who_waits(trainer: Trainer) -> None:
    hangs = [sys.executable, "-c", "import os, time; os.write(1, b'\\1\\0\\0\\0r'); time.sleep(600)"]
    of = trainer.server.services
    of.projections = projections.Projections(of.blob_store, command=hangs)
    answers: list[requests.Response] = []
    waiting = threading.Thread(target=lambda: answers.append(trainer.server.get(PLACE)))
    waiting.start()
    while of.projections.pid is None:
        time.sleep(0.01)
    trainer.server.stop()
    waiting.join()
    assert [slug(answer) for answer in answers] == [(503, "store-failed")]
