import asyncio
from concurrent.futures import Future

import msgspec
import pytest

from yoloscope import errors
from yoloscope.ingest import accept, live
from yoloscope.records import row
from yoloscope.store import ports


class WrappedSeries:
    """The real series store with a fault put before its append."""

    def __init__(self, real, *, append) -> None:
        self._real = real
        self.append = append

    def __getattr__(self, name):
        return getattr(self._real, name)


@pytest.fixture
def ingest(stores):
    return accept.Ingest(stores.series, stores.catalog, hub=live.Hub())


def send(ingest, body, *, encoding=""):
    return asyncio.run(ingest.accept(body, encoding=encoding))


def values_of(stores, name, *, run="r1"):
    return stores.series.points("signs", run, name).value.tolist()


def test_ack_names_the_next_sequence_number_of_each_lane(ingest, stores, batches):
    first = batches(batches.matrix({"a": [1, 2, 3]}))
    second = batches(batches.matrix({"a": [4]}), lane=1)
    ack = send(ingest, batches.body(first, second))
    instance, epoch = stores.catalog.instance()
    assert ack == accept.Ack(
        acked={f"{batches.writer}/0": 3, f"{batches.writer}/1": 1}, instance=instance, instance_epoch=epoch, flush_ms=1500
    )


def test_a_batch_sent_twice_is_stored_once(ingest, stores, batches):
    body = batches.body(batches(batches.matrix({"a": [1, 2, 3]})))
    assert send(ingest, body) == send(ingest, body)
    assert values_of(stores, "a") == [1, 2, 3]


def test_an_overlapping_batch_adds_only_what_is_new(ingest, stores, batches):
    send(ingest, batches.body(batches(batches.matrix({"a": [1, 2, 3]}))))
    send(ingest, batches.body(batches(batches.matrix({"a": [2, 3, 4]}), first_seq=1)))
    assert values_of(stores, "a") == [1, 2, 3, 4]


def test_a_gap_names_the_expected_number_and_stores_nothing(ingest, stores, batches):
    good = batches(batches.matrix({"a": [1]}), lane=1, run="r2")
    with pytest.raises(errors.SequenceGap) as caught:
        send(ingest, batches.body(good, batches(batches.matrix({"a": [1]}), first_seq=7)))
    assert (caught.value.lane, caught.value.expected, caught.value.got) == (f"{batches.writer}/0", 0, 7)
    assert stores.catalog.runs(None, limit=10, cursor=None).runs == ()


def test_two_batches_of_one_lane_follow_each_other_in_one_request(ingest, stores, batches):
    attempt = row.AttemptRef(index=1, wall_ns=2, mono_ns=2, start_step=2)
    first = batches(batches.matrix({"a": [1, 2]}))
    second = batches(batches.matrix({"a": [3]}, first_step=2), first_seq=2, attempt=attempt)
    send(ingest, batches.body(first, second))
    assert stores.series.points("signs", "r1", "a").attempt.tolist() == [1, 1, 2]


def test_batches_of_two_projects_are_refused_as_a_whole(ingest, stores, batches):
    one, other = batches(batches.matrix({"a": [1]})), batches(batches.matrix({"a": [1]}), run="r2", project="cars", lane=1)
    with pytest.raises(errors.InvalidRecord) as caught:
        send(ingest, batches.body(one, other))
    assert caught.value.field == "run.project"
    assert stores.catalog.projects() == []


def test_a_run_of_another_project_is_refused_before_anything_is_made(ingest, stores, batches):
    send(ingest, batches.body(batches(batches.matrix({"a": [1]}), run="taken", project="cars")))
    fresh, taken = batches(batches.matrix({"a": [1]}), run="new"), batches(batches.matrix({"a": [1]}), run="taken", lane=1)
    with pytest.raises(errors.InvalidRecord):
        send(ingest, batches.body(fresh, msgspec.structs.replace(taken, writer="f" * 32)))
    assert [info.ref.id for info in stores.catalog.runs(None, limit=10, cursor=None).runs] == ["taken"]


def test_foreign_names_become_canonical(ingest, stores, batches):
    send(ingest, batches.body(batches(batches.matrix({"metrics/mAP50(B)": [0.5]}))))
    assert values_of(stores, "metrics/mAP50") == [0.5]


def test_an_event_is_applied_once_however_often_it_is_sent(ingest, stores, batches):
    ended = row.Ended("finished", wall_ns=5)
    body = batches.body(batches(batches.matrix({"a": [1]}), row.Updated("config", {"lr": 0.1}), ended))
    send(ingest, body)
    resumed = batches(first_seq=3, attempt=row.AttemptRef(index=1, wall_ns=9, mono_ns=9))
    send(ingest, batches.body(resumed))
    send(ingest, body)
    info = stores.catalog.run("r1")
    assert (info.state, info.config) == ("running", {"lr": 0.1})


def test_ack_waits_until_the_append_is_durable(stores, batches):
    asked: Future[None] = Future()
    held: Future[ports.Appended] = Future()

    def append(project, lanes):
        asked.set_result(None)
        return held

    async def scenario():
        ingest = accept.Ingest(WrappedSeries(stores.series, append=append), stores.catalog, hub=live.Hub())
        body = batches.body(batches(batches.matrix({"a": [1]})))
        acking = asyncio.ensure_future(ingest.accept(body, encoding=""))
        await asyncio.wrap_future(asked)
        assert not acking.done()
        held.set_result(ports.Appended({(batches.writer, 0): 1}, {"r1": 1}))
        return (await acking).acked

    assert asyncio.run(scenario()) == {f"{batches.writer}/0": 1}


def test_a_failed_append_is_not_acknowledged_and_the_same_body_works_later(stores, batches):
    def full(project, lanes):
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


def test_requests_of_one_writer_take_turns(ingest, stores, batches):
    bodies = [batches.body(batches(batches.matrix({"a": [at]}), first_seq=at)) for at in range(20)]

    async def scenario():
        return await asyncio.gather(*(ingest.accept(body, encoding="") for body in bodies))

    assert [ack.acked[f"{batches.writer}/0"] for ack in asyncio.run(scenario())] == list(range(1, 21))
    assert values_of(stores, "a") == list(range(20))


def test_a_watched_run_is_asked_to_send_sooner(ingest, batches):
    body = batches.body(batches(batches.matrix({"a": [1]})))

    async def scenario():
        with ingest._hub.listener() as listener:
            listener.watched = frozenset({"r1"})
            return (await ingest.accept(body, encoding="")).flush_ms

    assert asyncio.run(scenario()) == 100


def test_hints_tell_of_new_runs_and_of_rows(ingest, batches):
    body = batches.body(batches(batches.matrix({"a": [1, 2]})))

    async def scenario():
        with ingest._hub.listener() as listener:
            await ingest.accept(body, encoding="")
            return await listener.next_hints()

    assert asyncio.run(scenario()) == [live.Run("r1", "signs"), live.Series("r1", "signs", rows=2)]


def test_a_body_without_batches_is_answered(ingest, batches):
    assert send(ingest, batches.body()).acked == {}


def test_lost_rows_and_liveness_reach_the_catalogue(ingest, stores, batches):
    send(ingest, batches.body(batches(batches.matrix({"a": [1]}), lost={"quota": 4}, alive=True)))
    send(ingest, batches.body(batches(first_seq=1, lost={"quota": 4}, alive=False)))
    info = stores.catalog.run("r1")
    assert (info.lost, info.state) == ({"quota": 4}, "crashed")
