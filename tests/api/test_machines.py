"""Machines over HTTP: what is taken, what is refused and how it is said, and the shapes of the answers."""

import msgspec
import pytest
import requests

from yoloscope.records import machine

pytestmark = pytest.mark.slow  # a server each

PROBLEM = "urn:yoloscope:problem:"
GIB = 2**30


def card(at: int = 0, **changes: object) -> dict[str, object]:
    plain = {"index": at, "uuid": f"GPU-{at}", "name": "RTX 4090", "vendor": "nvidia", "util_percent": 0.0}
    return plain | changes


def report(**changes: object) -> dict[str, object]:
    plain = {"host": "gpu-01", "boot_id": "b1", "wall_ns": 10**18, "interval_s": 10.0, "cpus": 32, "version": 1}
    return plain | changes


def post(server, value: object, **more: object) -> requests.Response:
    return server.call("POST", "/api/v1/machines", json=value, **more)


@pytest.fixture
def clocked(serve) -> tuple[object, list[int]]:
    """A server whose clock is driven by hand, in nanoseconds."""
    server = serve()
    clock = [10**18]
    server.services.clock_ns = lambda: clock[0]
    return server, clock


AT = "2001-09-09T01:46:40.000Z"
LOAD = {"cpu_percent": 12.5, "memory_bytes": GIB, "memory_total_bytes": 2 * GIB}
WORKING = card(
    1,
    util_percent=97.5,
    memory_bytes=4 * GIB,
    memory_total_bytes=24 * GIB,
    temperature_c=71.0,
    power_w=320.5,
)


def listed(seen: dict[str, object], **changes: object) -> dict[str, object]:
    """Return a card as it is listed the moment it was first heard of, idle unless told otherwise."""
    nothing = dict.fromkeys(("memory_bytes", "memory_total_bytes", "temperature_c", "power_w"))
    use = {"day": 0.0, "week": 0.0, "heard_day": 1 / 144, "heard_week": 1 / 1008}
    rest = {"since": AT, "idle_s": 0.0, "state": "idle", "runs": [], "processes": 0, "foreign_processes": 0, "use": use}
    return nothing | seen | rest | changes


def test_a_report_is_taken_and_listed(clocked) -> None:
    server, _ = clocked
    holders = [{"pid": 5, "memory_bytes": 3 * GIB, "run": "r9"}, {"pid": 6}]
    runs = [{"run": "r9", "project": "signs", "pid": 5, "since_ns": 10**18}]
    answer = post(server, report(cards=[WORKING | {"processes": holders}, card(0)], runs=runs, **LOAD))
    assert answer.json() == {"host": "gpu-01", "taken": True}
    run = {"run": "r9", "project": "signs", "name": None, "state": None, "since": AT}
    use = {"day": 1.0, "week": 1.0, "heard_day": 1 / 144, "heard_week": 1 / 1008}
    busy = listed(WORKING, state="busy", runs=[run], processes=2, foreign_processes=1, use=use)
    host = {"host": "gpu-01", "heard": AT, "online": True, "cpus": 32, **LOAD, "runs": [run]}
    host |= {"waiting": [], "starts": False, "startable": []}
    assert server.get("/api/v1/machines").json() == {"items": [host | {"cards": [listed(card(0)), busy]}]}


def test_a_run_of_this_server_is_told_by_name_and_state_and_leaves_when_it_has_ended(live_server, batches) -> None:
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1.0]}), run="r1", alive=True)))
    holder = {"pid": 5, "run": "r1"}
    here = [{"run": "r1", "project": "signs", "pid": 5, "since_ns": 10**18}]
    assert post(live_server, report(cards=[card(processes=[holder])], runs=here)).status_code == 200
    (found,) = live_server.get("/api/v1/machines").json()["items"]
    assert [(run["name"], run["state"]) for run in (*found["runs"], *found["cards"][0]["runs"])] == [
        ("r1", "running")
    ] * 2


def test_a_machine_without_cards_is_listed_and_goes_offline(clocked) -> None:
    server, clock = clocked
    assert post(server, report(host="cpu-1", cpu_percent=50)).status_code == 200
    clock[0] += 60 * 10**9
    (found,) = server.get("/api/v1/machines").json()["items"]
    assert (found["host"], found["cards"], found["online"]) == ("cpu-1", [], True)
    clock[0] += 1
    (found,) = server.get("/api/v1/machines").json()["items"]
    assert (found["online"], found["heard"]) == (False, "2001-09-09T01:46:40.000Z")
    clock[0] += 7 * 86_400 * 10**9
    assert server.get("/api/v1/machines").json() == {"items": []}


def test_a_report_that_is_not_newer_changes_nothing(clocked) -> None:
    server, clock = clocked
    assert post(server, report(cpus=1)).json()["taken"]
    clock[0] += 10**9
    for wall_ns in (10**18, 10**18 - 1, 0):
        assert post(server, report(cpus=2, wall_ns=wall_ns)).json() == {"host": "gpu-01", "taken": False}
    (found,) = server.get("/api/v1/machines").json()["items"]
    assert (found["cpus"], found["heard"]) == (1, "2001-09-09T01:46:40.000Z")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "a/b"}, "host"),
        ({"host": ".."}, "host"),
        ({"host": "h" * 254}, "host"),
        ({"host": "a\nb"}, "host"),
        ({"host": 5}, "host"),
        ({"boot_id": "b" * 129}, "boot_id"),
        ({"sender": "\0"}, "sender"),
        ({"wall_ns": -1}, "wall_ns"),
        ({"wall_ns": 2**63}, "wall_ns"),
        ({"wall_ns": 2**70}, "wall_ns"),
        ({"interval_s": 0}, "interval_s"),
        ({"interval_s": 3601}, "interval_s"),
        ({"interval_s": "10"}, "interval_s"),
        ({"cpus": 0}, "cpus"),
        ({"cpu_percent": 101}, "cpu_percent"),
        ({"memory_bytes": 2**60}, "memory_bytes"),
        ({"version": 2}, "version"),
        ({"version": 2, "cards": {"new": "form"}}, "version"),
        ({"cards": [card(at) for at in range(65)]}, "cards"),
        ({"cards": [card(at) for at in range(1_000)]}, "cards"),
        ({"cards": [card(0), card(1, uuid="GPU-0")]}, "cards[1].uuid"),
        ({"cards": [card(uuid="")]}, "cards[0].uuid"),
        ({"cards": [card(index=-1)]}, "cards[0].index"),
        ({"cards": [card(index=1.5)]}, "cards[0].index"),
        ({"cards": [card(0), card(1, util_percent=100.5)]}, "cards[1].util_percent"),
        ({"cards": [card(util_percent="NaN")]}, "cards[0].util_percent"),
        ({"cards": [card(temperature_c=1e6)]}, "cards[0].temperature_c"),
        ({"cards": [card(power_w=-1)]}, "cards[0].power_w"),
        ({"cards": [card(processes=[{"pid": 1, "run": "../x"}])]}, "cards[0].processes[0].run"),
        ({"cards": [card(processes=[{"pid": -1}])]}, "cards[0].processes[0].pid"),
        ({"cards": [card(processes=[{"pid": at} for at in range(513)])]}, "cards[0].processes"),
        ({"runs": [{"run": "r", "project": "../p", "pid": 1, "since_ns": 1}]}, "runs[0].project"),
        ({"runs": [{"run": "", "project": "p", "pid": 1, "since_ns": 1}]}, "runs[0].run"),
        ({"runs": [{"run": "r", "project": "p", "pid": 1, "since_ns": -1}]}, "runs[0].since_ns"),
    ],
)  # fmt: skip
def test_bad_reports_are_refused_by_field_and_nothing_is_stored(live_server, changes, field) -> None:
    answer = post(live_server, report(**changes))
    said = answer.json()
    assert (answer.status_code, said["type"], said["field"]) == (422, PROBLEM + "invalid-record", field)
    assert said["fix"]
    assert live_server.get("/api/v1/machines").json() == {"items": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b"{", "body"),
        (b"{}", "body"),
        (b'{"host": "\xff"}', "body"),
        (b'{"version": ' + b"[" * 5_000, "version"),
        (b'{"host": "h", "boot_id": "b", "wall_ns": 1, "interval_s": NaN, "cpus": 1}', "body"),
        (b'{"host": "h", "boot_id": "b", "wall_ns": 1, "interval_s": 1e999, "cpus": 1}', "interval_s"),
    ],
)
def test_bodies_that_are_no_report_are_refused(live_server, body, field) -> None:
    headers = {"Content-Type": "application/json"}
    answer = live_server.call("POST", "/api/v1/machines", data=body, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_large_bodies_are_refused(live_server) -> None:
    answer = live_server.call(
        "POST", "/api/v1/machines", data=b" " * (8 * 1024 * 1024), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["type"]) == (413, PROBLEM + "body-too-large")
    assert live_server.call("POST", "/api/v1/machines", data=b"{}").status_code == 415


def test_a_full_machine_fits(live_server) -> None:
    holders = tuple(machine.CardProcess(10**6 + at, 10**10, "0123456789abcdef") for at in range(12))
    cards = tuple(machine.Card(at, f"GPU-{at:036}", "N" * 50, "nvidia", 50.0, 1, 2, 3, 4, holders) for at in range(64))
    body = msgspec.json.encode(machine.Report("h", "b", 1, 10, 256, cards=cards))
    headers = {"Content-Type": "application/json"}
    assert live_server.call("POST", "/api/v1/machines", data=body, headers=headers).json()["taken"]


def test_unknown_keys_of_newer_clients_are_left_out(live_server) -> None:
    assert post(live_server, report(newer={"a": 1}, cards=[card(fan_percent=40)])).json()["taken"]


def test_history_tells_buckets_and_refuses_what_it_has_not(clocked) -> None:
    server, clock = clocked
    bucket_ns = 600 * 10**9
    clock[0] = first = 10**18 // bucket_ns * bucket_ns
    for at, (util, holders) in enumerate([(0.0, []), (50.0, []), (100.0, [{"pid": 1, "run": "r1"}])]):
        clock[0] = first + at * 60 * 10**9
        assert post(server, report(wall_ns=at + 1, cards=[card(util_percent=util, processes=holders)])).json()["taken"]
    clock[0] = first + bucket_ns * 2
    found = server.get("/api/v1/machines/gpu-01/history?hours=1").json()
    assert (found["host"], found["bucket_s"], found["begin"]) == ("gpu-01", 600, "2001-09-09T01:10:00.000Z")
    (told,) = found["cards"]
    assert told["busy"] == [None, None, None, pytest.approx(2 / 3), None, None]
    assert told["util_percent"] == [None, None, None, 50.0, None, None]
    assert told["runs"] == [[], [], [], ["r1"], [], []]
    assert server.get("/api/v1/machines/gpu-02/history").status_code == 404
    assert server.get("/api/v1/machines/gpu-01/history?hours=0").status_code == 422
    assert server.get("/api/v1/machines/gpu-01/history?hours=2161").status_code == 422
    long = server.get("/api/v1/machines/gpu-01/history?hours=2160").json()
    assert (long["bucket_s"], len(long["cards"][0]["busy"])) == (6 * 3600, 360)
