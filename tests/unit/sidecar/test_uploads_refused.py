"""What the server may answer to a part: it is sent later, or counted as one that never comes, once."""

import itertools
import json

import fake_server
import handing
import pytest
from carrying import ALL, carry, directory_of, end, lost
from clocks import Clock

from yoloscope.records import row
from yoloscope.sdk import run as runs
from yoloscope.sidecar import loop, provenance, uploads
from yoloscope.spool import blobs

pytestmark = pytest.mark.usefixtures("no_sidecar")
MIXED_PROBLEM = json.dumps({"type": "urn:yoloscope:problem:digest-mismatch", "title": "not the digest"}).encode()
POLICY_PROBLEM = json.dumps({"type": "urn:yoloscope:problem:policy", "title": "forbidden"}).encode()


@pytest.fixture(autouse=True)
def no_provenance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "collect", lambda argv, **_: {})


@pytest.mark.slow
def test_a_part_that_the_server_does_not_know_yet_waits_and_its_lanes_are_asked_about(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    tries: list[float] = []

    def unknown(digest: str, offset: int, data: bytes) -> fake_server.Answer | None:
        tries.append(clock.now_s)
        return fake_server.problem(404, title="nothing") if len(tries) < 4 else None

    server.upload_script = unknown
    handing.histogram(directory_of(run), 0)
    carry(courier, clock, lambda: len(server.items()) == 1 and not server.lacking())
    assert [round(after - before) for before, after in itertools.pairwise(tries)] == [1, 2, 4]


@pytest.mark.slow
def test_a_part_that_the_server_never_knows_is_given_up_and_counted(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    server.upload_script = lambda digest, offset, data: fake_server.problem(404, title="removed for good")
    handing.histogram(directory_of(run), 0)
    end(run)
    carry(courier, clock, lambda: courier.done, rounds=20_000)
    assert lost(run) == {"item_refused": 1}
    assert 600 < clock.now_s - 1000 < 1200


@pytest.mark.parametrize("status", [413, 422, 400])
def test_what_the_server_never_takes_is_counted_once_and_the_others_go_on(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer, status: int
) -> None:
    handing.picture(directory_of(run), 0)
    handing.histogram(directory_of(run), 1)

    def refuse(digest: str, offset: int, data: bytes) -> fake_server.Answer | None:
        is_image = digest in {part.digest for part in server.items()[0].parts}
        return fake_server.problem(status, title="no") if is_image else None

    server.upload_script = refuse
    end(run)
    carry(courier, clock, lambda: courier.done)
    assert lost(run) == {"item_refused": 1}
    assert {part.digest for part in server.lacking()} == {part.digest for part in server.items()[0].parts}
    assert server.batches[-1].lost == {"item_refused": 1}


def test_a_part_that_another_trainer_spoilt_is_sent_again_from_its_beginning(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    tries: list[int] = []

    def spoil(digest: str, offset: int, data: bytes) -> fake_server.Answer | None:
        tries.append(offset)
        return (422, {}, MIXED_PROBLEM) if len(tries) == 1 else None

    server.upload_script = spoil
    handing.histogram(directory_of(run), 0)
    end(run)
    carry(courier, clock, lambda: courier.done)
    assert (tries, lost(run), server.lacking()) == ([0, 0], {}, [])


def test_a_part_that_is_spoilt_again_and_again_is_given_up_and_counted(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    server.upload_script = lambda digest, offset, data: (422, {}, MIXED_PROBLEM)
    handing.histogram(directory_of(run), 0)
    end(run)
    carry(courier, clock, lambda: courier.done)
    assert (lost(run), len(server.uploads)) == ({"item_refused": 1}, uploads.MIXED_MOST + 1)


@pytest.mark.slow
def test_a_proxy_that_takes_small_bodies_only_gets_small_pieces(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    server.upload_script = lambda digest, offset, data: (
        fake_server.problem(413, title="proxy") if len(data) > 20_000 else None
    )
    handing.file(directory_of(run), 0, 200_000)
    carry(courier, clock, lambda: len(server.items()) == 1 and not server.lacking())
    assert lost(run) == {}


def test_a_policy_that_forbids_what_was_told_is_asked_for_again_and_nothing_more_leaves(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    """The server's policy is tightened between the event and the parts."""
    handing.picture(directory_of(run), 0)
    seen: list[bytes] = []

    def tighten(digest: str, offset: int, data: bytes) -> fake_server.Answer:
        seen.append(data)
        assert server.policy is not None
        server.policy["media"] = False
        return 403, {}, POLICY_PROBLEM

    server.upload_script = tighten
    end(run)
    carry(courier, clock, lambda: courier.done)
    assert seen == [b""]
    assert lost(run) == {"policy": 1}


def test_a_server_that_forbids_without_saying_so_is_believed(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer
) -> None:
    server.upload_script = lambda digest, offset, data: (403, {}, POLICY_PROBLEM)
    handing.histogram(directory_of(run), 0)
    end(run)
    carry(courier, clock, lambda: courier.done)
    assert (lost(run), len(server.uploads)) == ({"policy": 1}, uploads.REFUSED_MOST + 1)


@pytest.mark.parametrize("by_server", [True, False])
def test_items_that_policy_forbids_become_skips_counted_once_and_no_byte_of_them_leaves(
    run: runs.Run, courier: loop.Courier, clock: Clock, server: fake_server.FakeServer, by_server: bool
) -> None:
    if by_server:
        server.policy = {**ALL, "media": False}
    else:
        handing.allow(directory_of(run), media=False)
    handing.picture(directory_of(run), 0)
    handing.histogram(directory_of(run), 1)
    end(run)
    carry(courier, clock, lambda: courier.done)
    assert [item.kind for item in server.items()] == ["histogram"]
    assert sum(entry.sequences for _, _, entry in server.taken if isinstance(entry, row.Skip)) == 1
    assert lost(run) == {"policy": 1}
    assert server.batches[-1].lost == {"policy": 1}
    [histogram] = [part.digest for item in server.items() for part in item.parts]
    assert {digest for digest, _, _ in server.uploads} == {histogram}
    aside = directory_of(run) / blobs.FOLDER / blobs.ASIDE
    assert len(list(aside.iterdir())) == 2  # both parts of the picture stay here
