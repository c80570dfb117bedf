"""Runs that fell silent, over HTTP: seen when read, taken back when late rows come."""


def states(server, run) -> tuple[str, str]:
    (listed,) = server.get("/api/v1/runs").json()["items"]
    return listed["state"], server.get(f"/api/v1/runs/{run}").json()["state"]


def test_a_run_with_a_sidecar_is_unreachable_after_a_minute_until_it_is_heard_of(live_server, batches) -> None:
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1]}), alive=True)))
    assert states(live_server, "r1") == ("running", "running")
    later(live_server, seconds=61)
    assert states(live_server, "r1") == ("unreachable", "unreachable")
    live_server.services.clock_ns = live_server.services.ingest._clock_ns
    live_server.ingest(batches.body(batches(batches.matrix({"a": [2]}), first_seq=1, alive=True)))
    assert states(live_server, "r1") == ("running", "running")


def test_a_plain_client_may_be_silent_for_half_an_hour(live_server) -> None:
    run = live_server.log({"x": 1}).json()["run"]
    later(live_server, seconds=29 * 60)
    assert states(live_server, run) == ("running", "running")
    later(live_server, seconds=30 * 60)
    assert states(live_server, run) == ("stalled", "stalled")


def later(server, *, seconds) -> None:
    """Let readers see the present of some time after this."""
    clock_ns = server.services.clock_ns
    server.services.clock_ns = lambda: clock_ns() + seconds * 10**9
