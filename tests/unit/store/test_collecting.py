"""Garbage collection: what nothing names goes, what anything names stays, whatever happens in between."""

import contextlib
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts.blobs import LARGE, SMALL, digest_of, send
from contracts.catalog import RUN, WRITER, ref
from yoloscope import errors
from yoloscope.records import ids, media, row
from yoloscope.store import open as opening
from yoloscope.store import ports_media
from yoloscope.store.blobs import collecting, local

OTHER = ids.RunId("r2")
ATTEMPT = row.AttemptRef(0, 1, 1)


@pytest.fixture
def stores(tmp_path: Path) -> Generator[opening.Stores]:
    with opening.open_stores(tmp_path / "stores") as opened:
        for run in (RUN, ref(OTHER)):
            opened.catalog.open_run(run)
            opened.catalog.open_attempt(run.id, WRITER, ATTEMPT)
        yield opened


def item(number: int, *blobs: bytes) -> media.Item:
    roles: Sequence[media.Role] = ("data", "image", "boxes", "mask")
    parts = tuple(
        media.Part(role, digest_of(data), len(data), media.BYTES) for role, data in zip(roles, blobs, strict=False)
    )
    return media.Item(number, "artifact", "weights", 1, parts=parts)


def show(stores: opening.Stores, run: ids.RunId, number: int, *blobs: bytes) -> None:
    stores.catalog.items.store(run, attempt=1, items=[item(number, *blobs)])


def collected(stores: opening.Stores, *, older_s: float = -1.0) -> ports_media.Freed:
    """Collect all that is old enough, and return what went."""
    blobs = size_bytes = 0
    for freed in collecting.steps(stores.blobs, stores.catalog.items, older_s=older_s):
        blobs, size_bytes = blobs + freed.blobs, size_bytes + freed.bytes
    return ports_media.Freed(blobs, size_bytes)


def test_a_removed_run_frees_what_no_other_run_shows(stores) -> None:
    show(stores, RUN.id, 0, SMALL, LARGE)
    show(stores, OTHER, 0, SMALL)
    for data in (SMALL, LARGE):
        send(stores.blobs, data)
    assert collected(stores) == ports_media.Freed(0, 0)
    stores.catalog.set_deleted([RUN.id], deleted_ns=5)
    assert collected(stores) == ports_media.Freed(0, 0)
    stores.catalog.remove_run(RUN.id)
    assert collected(stores) == ports_media.Freed(1, len(LARGE))
    assert stores.blobs.read(digest_of(SMALL)) == SMALL
    stores.catalog.remove_run(OTHER)
    assert collected(stores) == ports_media.Freed(1, len(SMALL))
    assert stores.blobs.totals() == ports_media.BlobTotals(0, 0, 0)


def test_what_came_today_is_left_alone(tmp_path: Path, stores) -> None:
    passed_s = [0.0]
    with contextlib.closing(
        local.LocalBlobStore(tmp_path / "blobs", clock_s=lambda: time.time() + passed_s[0])
    ) as store:
        for data in (SMALL, LARGE):
            store.put(data)
        store.append(digest_of(b"begun"), offset=0, data=b"be", size_bytes=5)
        passed_s[0] = collecting.OLDER_S - 3600
        assert sum(one.blobs for one in collecting.steps(store, stores.catalog.items)) == 0
        passed_s[0] = collecting.OLDER_S + 1
        assert sum(one.blobs for one in collecting.steps(store, stores.catalog.items)) == 3
        assert store.totals() == ports_media.BlobTotals(0, 0, 0)


@pytest.mark.slow
def test_many_go_in_steps_between_which_a_server_can_stop(stores) -> None:
    many = [at.to_bytes(4, "big") for at in range(1200)]
    stores.blobs._index.put_all((digest_of(data), len(data), data) for data in many)
    stores.catalog.items.store(RUN.id, attempt=1, items=[item(at, at.to_bytes(4, "big")) for at in range(0, 1200, 2)])
    steps = collecting.steps(stores.blobs, stores.catalog.items, older_s=-1)
    first = [next(steps), next(steps)]
    assert first[0] == ports_media.Freed(0, 0)
    assert 0 < first[1].blobs < 500
    steps.close()
    assert stores.blobs.totals().blobs == 1200 - first[1].blobs
    assert first[1].blobs + collected(stores).blobs == 600
    kept = {digest_of(at.to_bytes(4, "big")) for at in range(0, 1200, 2)}
    assert {digest for digest, _, _ in stores.blobs.digests()} == kept


class Asked:
    """The catalogue's items, and what happens at their n-th question about blobs, before or after it is answered."""

    def __init__(self, real: ports_media.Items, *, at: int, before: bool, happens: "Happening") -> None:
        self._real = real
        self._at = at
        self._before = before
        self._happens = happens

    def used(self, digests: Sequence[str]) -> set[str]:
        self._at -= 1
        if not self._at and self._before:
            self._happens()
        found = self._real.used(digests)
        if not self._at and not self._before:
            self._happens()
        return found


class Happening:
    """A trainer that tells of an item, then asks for its blob, in a thread of its own; ``sent`` is what it believes."""

    def __init__(self, stores: opening.Stores) -> None:
        self._stores = stores
        self._told = threading.Event()
        self.sent = False
        self._thread = threading.Thread(target=self._run)

    def __call__(self) -> None:
        self._thread.start()
        assert self._told.wait(30)

    def _run(self) -> None:
        show(self._stores, RUN.id, 0, LARGE)
        self._told.set()
        send(self._stores.blobs, LARGE)
        self.sent = True

    def join(self) -> None:
        self._thread.join(30)


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("before", [True, False])
def test_a_trainer_is_never_told_of_a_blob_that_goes(stores, at: int, before: bool) -> None:
    """The item arrives at any moment of a collection that found its blob without a name."""
    send(stores.blobs, LARGE)
    happening = Happening(stores)
    asked = Asked(stores.catalog.items, at=at, before=before, happens=happening)
    list(collecting.steps(stores.blobs, asked, older_s=-1))
    happening.join()
    assert happening.sent
    assert stores.blobs.read(digest_of(LARGE)) == LARGE


@pytest.mark.slow
def test_collections_beside_uploads_lose_nothing(stores) -> None:
    """Many trainers show blobs that nothing named before, while collection follows collection."""
    blobs = [bytes([at]) * (40_000 * (1 + at % 3)) for at in range(24)]
    for data in blobs:
        stores.blobs.put(data)
    done = threading.Event()

    def collect() -> None:
        while not done.is_set():
            collected(stores)

    with ThreadPoolExecutor(4) as pool:
        collecting_ = pool.submit(collect)
        try:
            shown = [pool.submit(_show_and_send, stores, at, data) for at, data in enumerate(blobs)]
            for one in shown:
                one.result(60)
        finally:
            done.set()
        collecting_.result(60)
    assert [stores.blobs.read(digest_of(data)) for data in blobs] == blobs


def _show_and_send(stores: opening.Stores, at: int, data: bytes) -> None:
    show(stores, RUN.id, at, data)
    while True:
        with contextlib.suppress(errors.SequenceGap):  # a collection removed what was begun
            send(stores.blobs, data, piece=20_000)
            return


@pytest.fixture
def fails(stores, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(_: object) -> set[str]:
        raise errors.StoreError("the catalogue cannot be used")

    with monkeypatch.context() as patched:
        patched.setattr(stores.catalog.items, "used", refuse)
        yield


def test_a_catalogue_that_does_not_answer_lets_nothing_go(stores, fails) -> None:
    stores.blobs.put(SMALL)
    with pytest.raises(errors.StoreError):
        collected(stores)
    assert stores.blobs.read(digest_of(SMALL)) == SMALL


def test_a_thinned_run_keeps_what_it_showed(stores) -> None:
    show(stores, RUN.id, 0, SMALL)
    send(stores.blobs, SMALL)
    stores.series.thin(RUN.project, RUN.id)
    assert collected(stores) == ports_media.Freed(0, 0)
    assert stores.blobs.read(digest_of(SMALL)) == SMALL
