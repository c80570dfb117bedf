import asyncio
import threading
import zlib
from concurrent.futures import Future

import msgspec
import pytest

from yoloscope import errors
from yoloscope.ingest import accept, decoding, live
from yoloscope.records import ids, row
from yoloscope.store import ports


class WrappedSeries:
    """The real series store with a fault put before its append."""

    def __init__(self, real, *, append) -> None:
        self._real = real
        self.append = append

    def __getattr__(self, name) -> object:
        return getattr(self._real, name)


class CountedCatalog:
    """The real catalogue, and the names of the methods that were asked for, but of the one that answers from memory."""

    def __init__(self, real, asked: list[str] | None = None) -> None:
        self._real = real
        self.asked: list[str] = [] if asked is None else asked

    def __getattr__(self, name) -> object:
        if name == "commands":
            return CountedCatalog(self._real.commands, self.asked)
        if name != "is_waiting":
            self.asked.append(name)
        return getattr(self._real, name)


@pytest.fixture
def ingest(stores) -> accept.Ingest:
    return accept.Ingest(stores.series, stores.catalog, hub=live.Hub())


def send(ingest, body, *, encoding="") -> accept.Ack:
    return asyncio.run(ingest.accept(body, encoding=encoding))


def values_of(stores, name, *, run="r1") -> list[float]:
    return stores.series.points("signs", run, name).value.tolist()


def test_ack_names_the_next_sequence_number_of_each_lane(ingest, stores, batches) -> None:
    first = batches(batches.matrix({"a": [1, 2, 3]}))
    second = batches(batches.matrix({"a": [4]}), lane=1)
    ack = send(ingest, batches.body(first, second))
    instance, epoch = stores.catalog.instance()
    assert ack == accept.Ack(
        acked={f"{batches.writer}/0": 3, f"{batches.writer}/1": 1},
        instance=instance,
        instance_epoch=epoch,
        flush_ms=1500,
    )


def test_a_batch_sent_twice_is_stored_once(ingest, stores, batches) -> None:
    body = batches.body(batches(batches.matrix({"a": [1, 2, 3]})))
    assert send(ingest, body) == send(ingest, body)
    assert values_of(stores, "a") == [1, 2, 3]


def test_an_overlapping_batch_adds_only_what_is_new(ingest, stores, batches) -> None:
    send(ingest, batches.body(batches(batches.matrix({"a": [1, 2, 3]}))))
    send(ingest, batches.body(batches(batches.matrix({"a": [2, 3, 4]}), first_seq=1)))
    assert values_of(stores, "a") == [1, 2, 3, 4]


def test_a_gap_names_the_expected_number_and_stores_nothing(ingest, stores, batches) -> None:
    good = batches(batches.matrix({"a": [1]}), lane=1, run="r2")
    with pytest.raises(errors.SequenceGap) as caught:
        send(ingest, batches.body(good, batches(batches.matrix({"a": [1]}), first_seq=7)))
    assert (caught.value.lane, caught.value.expected, caught.value.got) == (f"{batches.writer}/0", 0, 7)
    assert stores.catalog.runs(None, limit=10, cursor=None).runs == ()


def test_two_batches_of_one_lane_follow_each_other_in_one_request(ingest, stores, batches) -> None:
    attempt = row.AttemptRef(index=1, wall_ns=2, mono_ns=2, start_step=2)
    first = batches(batches.matrix({"a": [1, 2]}))
    second = batches(batches.matrix({"a": [3]}, first_step=2), first_seq=2, attempt=attempt)
    send(ingest, batches.body(first, second))
    assert stores.series.points("signs", "r1", "a").attempt.tolist() == [1, 1, 2]


def test_batches_of_two_projects_are_refused_as_a_whole(ingest, stores, batches) -> None:
    one, other = (
        batches(batches.matrix({"a": [1]})),
        batches(batches.matrix({"a": [1]}), run="r2", project="cars", lane=1),
    )
    with pytest.raises(errors.InvalidRecord) as caught:
        send(ingest, batches.body(one, other))
    assert caught.value.field == "run.project"
    assert stores.catalog.projects() == []


def test_a_run_of_another_project_is_refused_before_anything_is_made(ingest, stores, batches) -> None:
    send(ingest, batches.body(batches(batches.matrix({"a": [1]}), run="taken", project="cars")))
    fresh, taken = (
        batches(batches.matrix({"a": [1]}), run="new"),
        batches(batches.matrix({"a": [1]}), run="taken", lane=1),
    )
    with pytest.raises(errors.InvalidRecord):
        send(ingest, batches.body(fresh, msgspec.structs.replace(taken, writer="f" * 32)))
    assert [info.ref.id for info in stores.catalog.runs(None, limit=10, cursor=None).runs] == ["taken"]


def test_foreign_names_become_canonical(ingest, stores, batches) -> None:
    send(ingest, batches.body(batches(batches.matrix({"metrics/mAP50(B)": [0.5]}))))
    assert values_of(stores, "metrics/mAP50") == [0.5]


def test_an_event_is_applied_once_however_often_it_is_sent(ingest, stores, batches) -> None:
    ended = row.Ended("finished", wall_ns=5)
    body = batches.body(batches(batches.matrix({"a": [1]}), row.Updated("config", {"lr": 0.1}), ended))
    send(ingest, body)
    resumed = batches(first_seq=3, attempt=row.AttemptRef(index=1, wall_ns=9, mono_ns=9))
    send(ingest, batches.body(resumed))
    send(ingest, body)
    info = stores.catalog.run("r1")
    assert (info.state, info.config) == ("running", {"lr": 0.1})


def test_ack_waits_until_the_append_is_durable(stores, batches) -> None:
    asked: Future[None] = Future()
    held: Future[ports.Appended] = Future()

    def append(project, lanes) -> Future[ports.Appended]:
        asked.set_result(None)
        return held

    async def scenario() -> object:
        ingest = accept.Ingest(WrappedSeries(stores.series, append=append), stores.catalog, hub=live.Hub())
        body = batches.body(batches(batches.matrix({"a": [1]})))
        acking = asyncio.ensure_future(ingest.accept(body, encoding=""))
        await asyncio.wrap_future(asked)
        assert not acking.done()
        held.set_result(ports.Appended({(batches.writer, 0): 1}, {"r1": 1}))
        return (await acking).acked

    assert asyncio.run(scenario()) == {f"{batches.writer}/0": 1}


def test_a_failed_append_is_not_acknowledged_and_the_same_body_works_later(stores, batches) -> None:
    def full(project, lanes) -> Future[ports.Appended]:
        failed: Future[ports.Appended] = Future()
        failed.set_exception(errors.StoreFull("the disk is full; nothing was stored"))
        return failed

    body = batches.body(batches(batches.matrix({"a": [1, 2]}), row.Ended("finished", wall_ns=5)))
    broken = accept.Ingest(WrappedSeries(stores.series, append=full), stores.catalog, hub=live.Hub())
    with pytest.raises(errors.StoreFull):
        send(broken, body)
    healed = accept.Ingest(stores.series, stores.catalog, hub=live.Hub())
    assert send(healed, body).acked == {f"{batches.writer}/0": 3}
    assert values_of(stores, "a") == [1, 2]
    assert stores.catalog.run("r1").state == "finished"


def test_the_same_body_sent_many_times_at_once_is_stored_once(ingest, stores, batches) -> None:
    body = batches.body(batches(batches.matrix({"a": [1, 2]}), row.Updated("config", {"lr": 0.1})))

    async def scenario() -> set[int]:
        acks = await asyncio.gather(*(ingest.accept(body, encoding="") for _ in range(20)))
        return {ack.acked[f"{batches.writer}/0"] for ack in acks}

    assert asyncio.run(scenario()) == {3}
    assert values_of(stores, "a") == [1, 2]


def test_a_watched_run_is_asked_to_send_sooner(ingest, batches) -> None:
    body = batches.body(batches(batches.matrix({"a": [1]})))

    async def scenario() -> object:
        with ingest._hub.listener() as listener:
            listener.watched = frozenset({"r1"})
            return (await ingest.accept(body, encoding="")).flush_ms

    assert asyncio.run(scenario()) == 100


def test_hints_tell_of_new_runs_and_of_rows(ingest, batches) -> None:
    body = batches.body(batches(batches.matrix({"a": [1, 2]})))

    async def scenario() -> object:
        with ingest._hub.listener() as listener:
            await ingest.accept(body, encoding="")
            return await listener.next_hints()

    assert asyncio.run(scenario()) == [live.Run("r1", "signs"), live.Series("r1", "signs", rows=2)]


def test_a_heartbeat_after_a_silence_is_a_hint_because_the_run_was_unreachable(stores, batches) -> None:
    now = [10**18]

    async def scenario() -> list[list[live.Message]]:
        ingest = accept.Ingest(stores.series, stores.catalog, hub=live.Hub(), clock_ns=lambda: now[0])
        heard: list[list[live.Message]] = []
        for seconds in (0, 10, 61):
            now[0] += seconds * 10**9
            with ingest._hub.listener() as listener:
                await ingest.accept(batches.body(batches(alive=True)), encoding="")
                heard.append(list(listener._waiting.values()))
        return heard

    assert asyncio.run(scenario()) == [[live.Run("r1", "signs")], [], [live.Run("r1", "signs")]]


def test_a_body_without_batches_is_answered(ingest, batches) -> None:
    assert send(ingest, batches.body()).acked == {}


def test_lost_rows_and_liveness_reach_the_catalogue(ingest, stores, batches) -> None:
    send(ingest, batches.body(batches(batches.matrix({"a": [1]}), lost={"quota": 4}, alive=True)))
    send(ingest, batches.body(batches(first_seq=1, lost={"quota": 4}, alive=False)))
    info = stores.catalog.run("r1")
    assert (info.lost, info.state) == ({"quota": 4}, "crashed")


@pytest.mark.parametrize(
    ("changes", "entries", "field"),
    [
        ({"attempt": row.AttemptRef(0, 1, 1, start_step=2**63)}, (), "attempt.start_step"),
        ({"attempt": row.AttemptRef(0, 1, 1, start_epoch=float("nan"))}, (), "attempt.start_epoch"),
        ({"lost": {"a\nb": 1}}, (), "lost"),
        ({}, (row.Ended("failed", wall_ns=-1),), "entries[0].wall_ns"),
        ({}, (row.Ended("failed", wall_ns=2**63),), "entries[0].wall_ns"),
        ({}, (row.Ended("failed", wall_ns=1, exit_code=2**31),), "entries[0].exit_code"),
        ({}, (row.Ended("failed", wall_ns=1, reason="r" * 10_001),), "entries[0].reason"),
    ],
)
def test_what_the_catalogue_cannot_keep_is_refused_before_a_run_is_made(
    ingest, stores, batches, changes, entries, field
) -> None:
    with pytest.raises(errors.InvalidRecord) as caught:
        send(ingest, batches.body(batches(*entries, **changes)))
    assert caught.value.field == field
    assert stores.catalog.projects() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tags": ("t",) * 101}, "run.tags"),
        ({"tags": ("t" * 201,)}, "run.tags"),
        ({"host": "a\0"}, "run.host"),
        ({"group": "g" * 201}, "run.group"),
    ],
)
def test_words_about_a_run_are_short_and_printable(ingest, batches, changes, field) -> None:
    batch = batches()
    ref = msgspec.structs.replace(batch.run, **changes)
    with pytest.raises(errors.InvalidRecord) as caught:
        send(ingest, batches.body(msgspec.structs.replace(batch, run=ref)))
    assert caught.value.field == field


def test_rows_that_go_on_wait_for_their_commit_alone(stores, batches) -> None:
    counted, now = CountedCatalog(stores.catalog), [10**18]
    ingest = accept.Ingest(stores.series, counted, hub=live.Hub(), clock_ns=lambda: now[0])

    def asked(seq, **said: object) -> list[str]:
        counted.asked.clear()
        ack = send(ingest, batches.body(batches(batches.matrix({"a": [seq]}), first_seq=seq, **said)))
        assert ack.acked == {f"{batches.writer}/0": seq + 1}
        return counted.asked

    assert asked(0, alive=True) != []
    assert asked(1, alive=True) == []
    assert asked(2, alive=True, lost={"quota": 1}) == ["observe"]
    now[0] += 10**9
    assert asked(3, alive=True, lost={"quota": 1}) == ["observe"]
    assert asked(4, alive=False, lost={"quota": 1}) == ["observe"]
    assert values_of(stores, "a") == [0, 1, 2, 3, 4]


def test_an_event_behind_rows_that_went_on_is_applied(ingest, stores, batches) -> None:
    send(ingest, batches.body(batches(batches.matrix({"a": [1]}))))
    ended = batches(batches.matrix({"a": [2]}), row.Ended("finished", wall_ns=5), first_seq=1)
    send(ingest, batches.body(ended))
    assert stores.catalog.run("r1").state == "finished"
    assert send(ingest, batches.body(ended)).acked == {f"{batches.writer}/0": 3}


def test_a_gap_behind_remembered_rows_names_the_expected_number(ingest, batches) -> None:
    send(ingest, batches.body(batches(batches.matrix({"a": [1, 2]}))))
    for _ in range(2):
        with pytest.raises(errors.SequenceGap) as caught:
            send(ingest, batches.body(batches(batches.matrix({"a": [9]}), first_seq=5)))
        assert caught.value.expected == 2


def test_after_a_failed_append_the_store_is_asked_where_the_lane_stands(stores, batches) -> None:
    faults = [errors.StoreFull("the disk is full; nothing was stored")]

    def append(project, lanes) -> Future[ports.Appended]:
        failed: Future[ports.Appended] = Future()
        if not faults:
            return stores.series.append(project, lanes)
        failed.set_exception(faults.pop())
        return failed

    ingest = accept.Ingest(WrappedSeries(stores.series, append=append), stores.catalog, hub=live.Hub())
    first = batches.body(batches(batches.matrix({"a": [1]})))
    with pytest.raises(errors.StoreFull):
        send(ingest, first)
    assert send(ingest, first).acked == {f"{batches.writer}/0": 1}
    assert values_of(stores, "a") == [1]


def test_a_known_run_takes_no_rows_under_another_project(ingest, stores, batches) -> None:
    send(ingest, batches.body(batches(batches.matrix({"a": [1]}))))
    with pytest.raises(errors.InvalidRecord) as caught:
        send(ingest, batches.body(batches(batches.matrix({"a": [2]}), project="cars")))
    assert caught.value.field == "run.project"
    assert [project.name for project in stores.catalog.projects()] == ["signs"]


def test_a_body_that_is_large_unpacked_is_decoded_beside_the_event_loop(ingest, batches, monkeypatch) -> None:
    seen: list[threading.Thread] = []
    whole = decoding.codec.batches_from_body

    def noted(body: bytes) -> list[row.Batch]:
        seen.append(threading.current_thread())
        return whole(body)

    monkeypatch.setattr(decoding.codec, "batches_from_body", noted)
    small = batches.body(batches(batches.matrix({"a": [1.0]})))
    bomb = zlib.compress(batches.body(batches(*[row.Skip(1)] * 40_000, first_seq=1)))
    assert len(bomb) < 10_000
    send(ingest, small)
    send(ingest, bomb, encoding="deflate")
    assert [thread is threading.main_thread() for thread in seen] == [True, False]


def test_other_runs_do_not_wait_while_a_resumed_one_is_counted_again(stores, batches) -> None:
    counting, counted = threading.Event(), threading.Event()

    def tell(project, run, starts) -> None:
        if run == "long":
            counting.set()
            assert counted.wait(timeout=60)
        stores.series.tell_attempts(project, run, starts)

    slow = WrappedSeries(stores.series, append=stores.series.append)
    slow.tell_attempts = tell
    ingest = accept.Ingest(slow, stores.catalog, hub=live.Hub())
    resumed = batches(batches.matrix({"a": [1]}), run="long", project="cars", writer=ids.WriterId("f" * 32))
    other = batches.body(batches(batches.matrix({"a": [1, 2]}), row.Updated("progress", {"epochs": 3})))

    async def scenario() -> None:
        waiting = asyncio.create_task(ingest.take([resumed]))
        await asyncio.to_thread(counting.wait, 60)
        try:
            await asyncio.wait_for(ingest.accept(other, encoding=""), timeout=30)
        finally:
            counted.set()
        await waiting

    asyncio.run(scenario())
    assert values_of(stores, "a") == [1, 2]
