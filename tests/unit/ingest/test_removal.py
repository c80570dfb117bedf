"""A run that is removed while its training sends: nothing of it stays, nothing of it comes back, and what is new opens it again."""

import asyncio
import threading

import pytest

from yoloscope import errors
from yoloscope.ingest import accept, live
from yoloscope.records import ids

pytestmark = pytest.mark.slow

RUN = ids.RunId("r1")


class Slow:
    """The real series store, whose removal waits until it is let go."""

    def __init__(self, real) -> None:
        self._real = real
        self.removing = threading.Event()
        self.may_go = threading.Event()

    def __getattr__(self, name) -> object:
        return getattr(self._real, name)

    def remove(self, project, run) -> int:
        self.removing.set()
        assert self.may_go.wait(60)
        return self._real.remove(project, run)


def values(stores) -> list[float]:
    return stores.series.points("signs", RUN, "a").value.tolist()


def test_an_unknown_run_is_removed_already(stores) -> None:
    ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
    assert asyncio.run(ingest.remove(RUN)) == 0


@pytest.mark.parametrize("newcomer", [False, True])
def test_what_comes_while_a_run_is_removed_waits_and_opens_it_again(stores, batches, newcomer: bool) -> None:
    """Of the writer that wrote it, and of another that nobody had heard of."""
    slow = Slow(stores.series)
    ingest = accept.Ingest(slow, stores.catalog, hub=live.Hub())
    other = {"writer": ids.WriterId("f" * 32)} if newcomer else {}
    later = batches(batches.matrix({"a": [7, 8]}), first_seq=0 if newcomer else 2, **other)

    async def work() -> int:
        await ingest.take([batches(batches.matrix({"a": [1, 2]}))])
        removing = asyncio.create_task(ingest.remove(RUN))
        await asyncio.to_thread(slow.removing.wait)
        coming = asyncio.create_task(ingest.take([later]))
        await asyncio.wait([coming], timeout=0.2)  # as far as it comes
        slow.may_go.set()
        rows = await removing
        await coming
        return rows

    assert asyncio.run(work()) == 2
    assert values(stores) == [7, 8]
    assert [one.number for one in stores.catalog.run(RUN).attempts] == [1]


def test_a_writer_that_came_between_a_look_and_the_removal_is_waited_for(stores, batches) -> None:
    ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
    other = ids.WriterId("f" * 32)

    async def work() -> int:
        await ingest.take([batches(batches.matrix({"a": [1, 2]}))])
        real, looks = stores.catalog.some_runs, list[int]()

        def some_runs(runs) -> list[object]:
            found = real(runs)
            looks.append(1)
            if len(looks) == 1:
                stores.catalog.open_attempt(RUN, other, batches().attempt)
            return found

        stores.catalog.some_runs = some_runs
        try:
            return await ingest.remove(RUN)
        finally:
            stores.catalog.some_runs = real

    assert asyncio.run(work()) == 2
    assert stores.catalog.all_runs(None) == []


def test_a_removal_that_fails_leaves_the_run_known(stores, batches, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
    asyncio.run(ingest.take([batches(batches.matrix({"a": [1, 2]}))]))

    def fail(project, run) -> int:
        raise errors.StoreFull("full")

    with monkeypatch.context() as patch:
        patch.setattr(stores.series, "remove", fail)
        with pytest.raises(errors.StoreFull):
            asyncio.run(ingest.remove(RUN))
    assert (values(stores), stores.catalog.run(RUN).ref.id) == ([1, 2], RUN)
