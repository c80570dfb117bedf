"""Projections of embeddings that nobody trusts, by a process of its own: what they say, and that the next question finds a process."""

import asyncio
import contextlib
import importlib.util
import io
import os
import signal
import sys
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from fastapi import HTTPException

from yoloscope import errors
from yoloscope.curves import projection
from yoloscope.records import content
from yoloscope.server import projection_main, projections
from yoloscope.wire import content as wire_content

pytestmark = pytest.mark.slow  # a process each, and scikit-learn

CHANCE = np.random.default_rng(5)
HANGS = "import os, time; os.write(1, b'\\1\\0\\0\\0r'); time.sleep(600)"
needs_tsne = pytest.mark.skipif(importlib.util.find_spec("sklearn") is None, reason="needs scikit-learn")


class Held:
    """A blob store that holds some bytes."""

    def __init__(self, **blobs: bytes) -> None:
        self.blobs = blobs
        self.asked: list[str] = []

    @contextlib.contextmanager
    def opened(self, digest: str) -> Iterator[io.BytesIO]:
        self.asked.append(digest)
        yield io.BytesIO(self.blobs[digest])


def embedding(vectors: np.ndarray) -> content.Embedding:
    classes = np.zeros(len(vectors), "<i4").tobytes()
    return content.Embedding(vectors.shape[1], vectors.astype("<f4").tobytes(), classes)


def clusters(each: int = 40, width: int = 8) -> np.ndarray:
    """Return points of two clusters, one after the other."""
    return np.vstack([CHANCE.normal(at, 1, size=(each, width)) for at in (0, 50)])


def test_principal_components_come_with_their_shares() -> None:
    vectors = clusters()
    found = projection_main.projected(embedding(vectors), "pca", dimensions=3)
    expected, shares = projection.principal(vectors.astype(np.float32).astype(float), dimensions=3)
    assert np.allclose(expected, found.points, rtol=1e-5, atol=1e-5)
    assert found.explained == shares
    assert (found.of, found.sampled, found.dimensions) == (80, None, 3)


@needs_tsne
@pytest.mark.parametrize("width", [8, 60])
def test_neighbours_stay_neighbours(width: int) -> None:
    held = embedding(clusters(width=width))
    found = projection_main.projected(held, "tsne", dimensions=2)
    points = np.array(found.points)
    middles = points[:40].mean(axis=0), points[40:].mean(axis=0)
    nearer = [np.linalg.norm(points - middle, axis=1) for middle in middles]
    assert (nearer[0] < nearer[1]).tolist() == [True] * 40 + [False] * 40
    assert found.explained is None
    assert projection_main.projected(held, "tsne", dimensions=2) == found


@needs_tsne
@pytest.mark.parametrize("vectors", [np.ones((9, 4)), CHANCE.normal(size=(5, 4)), CHANCE.normal(size=(6, 1))])
def test_odd_points_have_a_place(vectors: np.ndarray) -> None:
    points = np.array(projection_main.projected(embedding(vectors), "tsne", dimensions=3).points)
    assert points.shape == (len(vectors), 3)
    assert np.isfinite(points).all()


def test_of_many_points_a_sample_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection_main, "POINTS_MAX", 10)
    vectors = clusters()
    vectors[3] = np.nan
    found = projection_main.projected(embedding(vectors), "pca", dimensions=2)
    assert found.sampled is not None
    assert (found.of, len(found.sampled), len(found.points), 3 in found.sampled) == (80, 10, 10, False)


def asked(made: projections.Projections, digest: str, method: projections.Method = "pca") -> projection_main.Projection:
    told = asyncio.run(made.of(digest, method, dimensions=2))
    return msgspec.json.decode(told, type=projection_main.Projection)


@pytest.fixture
def store() -> Held:
    not_one = wire_content.to_bytes(content.Histogram(np.arange(2.0).tobytes(), np.ones(1).tobytes(), total=1))
    good = wire_content.to_bytes(embedding(clusters()))
    few = wire_content.to_bytes(embedding(np.ones((2, 2))))
    return Held(good=good, bad=b"x", cut=good[:-9], not_one=not_one, few=few)


def test_what_is_no_embedding_is_refused_and_the_process_lives(store: Held) -> None:
    with contextlib.closing(projections.Projections(store)) as made:
        first, pid = asked(made, "good"), made.pid
        for digest, method in (("bad", "pca"), ("cut", "pca"), ("not_one", "pca"), ("few", "tsne")):
            with pytest.raises(errors.InvalidRecord, match="cannot be projected"):
                asked(made, digest, method)
        assert asked(made, "good") == first
        assert made.pid == pid
    assert store.asked == ["good", "bad", "cut", "not_one", "few"]  # the last one was kept


def test_a_process_that_was_killed_answers_a_problem_and_the_next_question_works(store: Held) -> None:
    with contextlib.closing(projections.Projections(store)) as made:
        asked(made, "good")
        first = made.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        killer = asyncio.new_event_loop()
        killer.call_later(0.5, os.kill, first, signal.SIGKILL)
        with pytest.raises(errors.InvalidRecord, match="ended the process"):
            killer.run_until_complete(made.of("few", "pca", dimensions=2))
        killer.close()
        assert asyncio.run(made.of("good", "pca", dimensions=3))
        assert made.pid not in (None, first)


def test_a_process_that_takes_too_long_is_killed(store: Held) -> None:
    command = [sys.executable, "-c", HANGS]
    with contextlib.closing(projections.Projections(store, command=command, projection_s=0.2)) as made:
        with pytest.raises(errors.InvalidRecord, match="too long"):
            asked(made, "good")
        assert made.pid is None


@needs_tsne
def test_principal_components_wait_for_nothing_slow(store: Held) -> None:
    code = (
        "import time; from yoloscope.server import child_main\n"
        "child_main.serve(lambda question: b'tsne' in question and time.sleep(600) or b'{}', memory_max_bytes=1 << 30)"
    )
    made = projections.Projections(store, command=[sys.executable, "-c", code])

    async def both() -> bytes:
        slow = asyncio.create_task(made.of("good", "tsne", dimensions=2))
        quick = await made.of("good", "pca", dimensions=2)
        assert not slow.done()
        await asyncio.to_thread(made.close)
        with pytest.raises(errors.StoreError, match="stopping"):
            await slow
        return quick

    assert asyncio.run(both()) == b"{}"


def test_memory_has_a_limit(store: Held) -> None:
    code = (
        "from yoloscope.server import child_main\n"
        "child_main.serve(lambda question: bytes(1 << 30), memory_max_bytes=1 << 29)"
    )
    made = projections.Projections(store, command=[sys.executable, "-c", code])
    with contextlib.closing(made), pytest.raises(errors.InvalidRecord, match="too much memory"):
        asked(made, "good")


def test_a_method_whose_library_is_missing_says_what_to_type(monkeypatch: pytest.MonkeyPatch, store: Held) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with contextlib.closing(projections.Projections(store)) as made:
        for method, line in (("tsne", "yoloscope[projector]"), ("umap", "umap-learn")):
            with pytest.raises(HTTPException) as refused:
                asked(made, "good", method)
            assert (refused.value.status_code, line in refused.value.detail.fix) == (422, True)
        assert asked(made, "good").of == 80
