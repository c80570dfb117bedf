"""Asking a training for its stack: handed to its writer with the next acknowledgement, once."""

from collections.abc import Callable

import msgspec
import pytest

from yoloscope.records import ids, row

pytestmark = pytest.mark.slow

PATH = "/api/v1/runs/r1/stack"
OTHER = ids.WriterId("fedcba9876543210" * 2)
SECOND_NS = 10**9


def attempt(*, seconds: int) -> row.AttemptRef:
    return row.AttemptRef(index=0, wall_ns=1_700_000_000 * SECOND_NS + seconds * SECOND_NS, mono_ns=0)


@pytest.fixture
def heard(live_server, batches) -> Callable[..., list[str] | None]:
    """Let a writer say nothing but that it is there; return what it is asked."""

    def hear(*entries: row.Entry, **changes: object) -> list[str] | None:
        answer = live_server.ingest(batches.body(batches(*entries, **changes)))
        assert answer.status_code == 200, answer.text
        return answer.json().get("asks")

    return hear


def test_the_writer_is_asked_once(live_server, heard) -> None:
    assert heard() is None
    answer = live_server.call("POST", PATH)
    assert (answer.status_code, answer.json()) == (202, {"expires_s": 60.0})
    assert [heard(), heard()] == [["stack"], None]


def test_asked_twice_it_is_one_ask(live_server, heard) -> None:
    heard()
    for _ in range(2):
        live_server.call("POST", PATH)
    assert [heard(), heard()] == [["stack"], None]


def test_only_the_main_process_of_the_newest_attempt_is_asked(live_server, heard, batches) -> None:
    helper = ids.WriterId("a" * 32)
    heard(attempt=attempt(seconds=20), writer=OTHER)
    heard(attempt=attempt(seconds=10))
    heard(attempt=attempt(seconds=21), writer=helper, rank=1)
    live_server.call("POST", PATH)
    assert heard(attempt=attempt(seconds=21), writer=helper, rank=1) is None
    assert heard(attempt=attempt(seconds=10)) is None
    assert heard(attempt=attempt(seconds=20), writer=OTHER, run="r2") is None
    assert heard(attempt=attempt(seconds=20), writer=OTHER) == ["stack"]


def test_a_run_that_is_over_cannot_be_asked(live_server, heard) -> None:
    heard(row.Ended("finished", wall_ns=1_700_000_001 * SECOND_NS))
    answer = live_server.call("POST", PATH)
    said = answer.json()
    assert (answer.status_code, said["type"]) == (409, "urn:yoloscope:problem:not-running")
    assert "finished" in said["detail"]
    assert said["fix"]
    assert heard(first_seq=1) is None


def test_a_run_of_a_plain_client_cannot_be_asked(live_server) -> None:
    run = live_server.log({"loss": 1.0}).json()["run"]
    answer = live_server.call("POST", f"/api/v1/runs/{run}/stack")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:yoloscope:problem:not-running")


def test_an_unknown_run_cannot_be_asked(live_server) -> None:
    assert live_server.call("POST", PATH).status_code == 404


def test_asking_needs_the_token(live_server, heard) -> None:
    heard()
    assert live_server.call("POST", PATH, token=None).status_code == 401
    assert heard() is None


def test_the_stack_that_comes_stands_in_the_life_of_the_run(live_server, heard) -> None:
    dump = {"wall_ns": 1, "by": "faulthandler", "why": "asked", "lines": ["main.py:3 in train"]}
    heard(row.Updated("life", {"stack": dump}))
    assert live_server.get("/api/v1/runs/r1").json()["life"] == {"stack": dump}


def test_the_sidecar_understands_an_acknowledgement_that_asks() -> None:
    from yoloscope.sidecar import client  # noqa: PLC0415 - the other tower, in this test alone

    body = b'{"acked": {}, "instance": "i", "instance_epoch": 1, "flush_ms": 100, "asks": ["stack"]}'
    assert list(msgspec.json.decode(body, type=client.Ack).asks) == ["stack"]
