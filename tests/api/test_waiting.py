"""Ended trainings that are to go on, over HTTP: queued, handed to the machine's agent, cancelled, and what is refused."""

import threading
import time

import msgspec
import pytest
import requests

from contracts.catalog import ATTEMPT, OTHER_WRITER, RESUMED, RUN, WRITER, ref
from yoloscope.records import ids, machine, row, state
from yoloscope.server import starters
from yoloscope.wire import protocol

pytestmark = pytest.mark.slow  # a server each

R1 = RUN.id
ENDED = row.Ended(state="stopped", wall_ns=2 * 10**18, reason=None, exit_code=0)
CARD = machine.Card(0, "GPU-0", "RTX", "nvidia", 0.0)
WAITS, STARTS = "/api/v1/machines/h/waiting", "/api/v1/machines/h/starts"


def problem_of(answer: requests.Response) -> tuple[int, str, str | None]:
    told = answer.json()
    assert told["fix"], told
    return answer.status_code, told["type"].removeprefix("urn:yoloscope:problem:"), told.get("reason")


class Ledger:
    """A server with a machine ``h`` of one card, on which run ``r1`` ended."""

    def __init__(self, server) -> None:
        self.server = server
        self.catalog = server.services.catalog
        self.made("r1")
        for host, cards in (("h", (CARD,)), ("other", ())):
            self.hear(host, *cards)

    def made(self, run: str, *, end: str | None = "stopped", writer: ids.WriterId = WRITER, **changes: object) -> None:
        self.catalog.open_run(ref(run, name=run, **changes))
        self.catalog.open_attempt(ids.RunId(run), writer, ATTEMPT)
        if end is not None:
            self.catalog.apply(ids.RunId(run), [msgspec.structs.replace(ENDED, state=end)])

    def hear(self, host: str, *cards: machine.Card) -> None:
        now_ns = time.time_ns()
        report = machine.Report(host=host, boot_id="b", wall_ns=now_ns, interval_s=10, cpus=8, cards=cards)
        self.catalog.machines.hear(report, now_ns=now_ns)

    def ask(self, run: str = "r1", host: str = "h", **more: object) -> requests.Response:
        return self.server.call("POST", f"/api/v1/machines/{host}/waiting", json={"run": run, **more})

    def say(self, wish: str, word: str, **more: object) -> requests.Response:
        return self.server.call("POST", STARTS, json={"id": wish, "run": "r1", "state": word, **more})

    def starts(self, **query: object) -> dict[str, object]:
        return self.server.get(STARTS, params={"wait_s": 0, **query}).json()

    def here(self) -> dict[str, object]:
        (found,) = [one for one in self.server.get("/api/v1/machines").json()["items"] if one["host"] == "h"]
        return found

    def audit(self) -> list[tuple[str, str, str]]:
        items = self.server.get("/api/v1/runs/r1/commands/audit").json()["items"]
        return [(one["kind"], one["who"], one["verb"]) for one in reversed(items)]


@pytest.fixture
def ledger(live_server) -> Ledger:
    return Ledger(live_server)


def test_a_run_waits_is_handed_out_and_starts(ledger) -> None:
    assert ([one["run"] for one in ledger.here()["startable"]], ledger.here()["waiting"]) == (["r1"], [])
    answer = ledger.ask(card="GPU-0", now=True)
    wish = answer.json()
    times = {"asked": wish["asked"], "changed": wish["changed"]}
    plain = {"id": wish["id"], "run": "r1", "project": RUN.project, "name": "r1", "card": "GPU-0", "now": True}
    assert (answer.status_code, wish) == (201, plain | times | {"who": "local", "state": "waiting", "detail": ""})
    assert (ledger.here()["waiting"], ledger.here()["startable"]) == ([wish], [])
    assert ledger.here()["starts"] is False

    told = ledger.starts()
    assert (told["v"], told["waiting"]) == (1, [{"id": wish["id"], "run": "r1", "card": "GPU-0", "now": True}])
    assert ledger.here()["starts"] is True
    assert ledger.say(wish["id"], "starting").json() == {"go": True}
    assert ledger.say(wish["id"], "started").json() == {"go": True}
    assert ledger.starts()["waiting"] == []
    assert [one["state"] for one in ledger.here()["waiting"]] == ["started"]
    agent = "agent h"
    assert ledger.audit() == [
        ("queued", "local", "resume"),
        ("starting", agent, "resume"),
        ("started", agent, "resume"),
    ]


def test_the_agent_is_told_at_once_and_only_of_what_is_new(ledger) -> None:
    empty = ledger.starts()
    heard: list[dict[str, object]] = []
    asking = threading.Thread(target=lambda: heard.append(ledger.starts(wait_s=30, seen=empty["etag"])))
    asking.start()
    while not ledger.here()["starts"]:
        time.sleep(0.01)
    begun_s = time.monotonic()
    wish = ledger.ask().json()["id"]
    asking.join(20)
    assert [one["id"] for one in heard[0]["waiting"]] == [wish]
    assert time.monotonic() - begun_s < 20, "it waited to the end of its time"
    assert ledger.starts(seen=heard[0]["etag"])["etag"] == heard[0]["etag"]


def test_what_was_cancelled_is_started_by_nobody(ledger) -> None:
    wish = ledger.ask().json()["id"]
    assert ledger.server.call("DELETE", f"{WAITS}/r1").status_code == 204
    assert ledger.say(wish, "starting").json() == {"go": False}
    assert ledger.server.call("DELETE", f"{WAITS}/r1").status_code == 404
    again = ledger.ask().json()["id"]
    assert again != wish
    assert ledger.say(again, "starting").json() == {"go": True}
    assert problem_of(ledger.server.call("DELETE", f"{WAITS}/r1")) == (409, "command-refused", "starting")
    assert [kind for kind, _, _ in ledger.audit()] == ["queued", "cancelled", "queued", "starting"]


def test_a_run_that_lives_again_by_itself_is_started_by_nobody(ledger) -> None:
    wish = ledger.ask().json()["id"]
    ledger.catalog.open_attempt(R1, OTHER_WRITER, RESUMED)
    assert (ledger.starts()["waiting"], ledger.say(wish, "starting").json()) == ([], {"go": False})


def test_what_cannot_go_on_there_is_refused_with_why_and_what_to_do(ledger) -> None:
    ledger.made("live", end=None)
    ledger.made("done", end="finished")
    ledger.made("plain", framework=state.PLAIN_LOG)
    ledger.made("gone")
    ledger.catalog.set_deleted([ids.RunId("gone")], deleted_ns=5)
    refused = {run: problem_of(ledger.ask(run)) for run in ("live", "done", "plain", "gone")}
    assert refused == {
        "live": (409, "command-refused", "running"),
        "done": (409, "command-refused", "finished"),
        "plain": (409, "command-refused", "no_record"),
        "gone": (409, "command-refused", "in_trash"),
    }
    elsewhere = ledger.ask("r1", host="other")
    assert problem_of(elsewhere) == (409, "command-refused", "elsewhere")
    assert "it trains on h alone: the record of how it was started lies there" in elsewhere.json()["detail"]
    assert problem_of(ledger.ask(card="GPU-9"))[:2] == (422, "invalid-request")
    assert ledger.here()["waiting"] == []


def test_a_run_that_is_being_released_is_queued_before_it_has_ended(ledger, monkeypatch) -> None:
    """Whoever asked may close the page: it is handed out once it has ended."""
    ledger.made("live", end=None)
    monkeypatch.setattr(type(ledger.catalog.commands), "is_releasing", lambda _, run: run == "live")
    assert ledger.ask("live").status_code == 201
    assert (ledger.starts()["waiting"], [one["run"] for one in ledger.here()["waiting"]]) == ([], ["live"])
    ledger.catalog.apply(ids.RunId("live"), [ENDED])
    assert [one["run"] for one in ledger.starts()["waiting"]] == ["live"]


def test_a_release_that_comes_to_nothing_while_the_run_is_queued_leaves_no_wish(ledger, monkeypatch) -> None:
    """Else it would be started again whenever it ends, which nobody asked for."""
    ledger.made("live", end=None)
    releases = iter([True, False])
    monkeypatch.setattr(type(ledger.catalog.commands), "is_releasing", lambda *_: next(releases))
    assert problem_of(ledger.ask("live")) == (409, "command-refused", "running")
    assert ledger.here()["waiting"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (WAITS, "[]"),
        (WAITS, '{"card": "GPU-0"}'),
        (WAITS, '{"run": "r1", "command": "rm -rf /"}'),
        (WAITS, '{"run": "r1", "now": "yes"}'),
        (WAITS, '{"run": 7}'),
        (WAITS, '{"run": "r1", "card": "' + "x" * 300 + '"}'),
        (WAITS, "\xff"),
        (WAITS, "[" * 9_000),
        (STARTS, '{"id": "a", "run": "r1"}'),
        (STARTS, '{"id": "a", "run": "r1", "state": "waiting"}'),
        (STARTS, '{"id": "a", "run": "r1", "state": "failed", "detail": "' + "x" * 5_000 + '"}'),
    ],
)
def test_a_body_that_is_none_is_refused(ledger, path, body) -> None:
    headers = {"Content-Type": "application/json"}
    answer = ledger.server.call("POST", path, data=body.encode("latin-1"), headers=headers)
    assert problem_of(answer)[:2] == (422, "invalid-request"), answer.text
    assert ledger.here()["waiting"] == []


def test_what_there_is_not_is_not_found(ledger) -> None:
    for run, host in (("nobody", "h"), ("r1", "nowhere"), ("../x", "h")):
        assert ledger.ask(run, host=host).status_code in (404, 422)
    assert ledger.server.call("DELETE", f"{WAITS}/nobody").status_code == 404
    assert ledger.say("none", "starting").json() == {"go": False}
    assert ledger.server.call("GET", f"/api/v1/machines/{'h' * 300}/starts?wait_s=0").status_code == 404


def test_resuming_a_released_run_says_how_to_queue_it(ledger, monkeypatch) -> None:
    monkeypatch.setattr(type(ledger.catalog.commands), "was_released", lambda *_: True)
    answer = ledger.server.call("POST", "/api/v1/runs/r1/commands", json={"verb": "resume"})
    assert problem_of(answer) == (409, "command-refused", "nobody_resumes")
    assert "yoloscope resume RUN --when-free" in answer.json()["fix"]


def test_what_one_agent_does_not_know_waits_for_the_agents_of_others(ledger) -> None:
    """Two people share the machine, each with an agent: each has the records of its own trainings alone."""
    ledger.server.services.starters._began_ns -= starters.BEGINS_NS
    wish = ledger.ask().json()["id"]

    def asks(agent: str) -> None:
        ledger.server.call("GET", f"{STARTS}?wait_s=0", headers={protocol.AGENT_HEADER: agent})

    def knows_nothing(agent: str) -> bool:
        body = {"id": wish, "run": "r1", "state": "failed", "detail": "no_record"}
        answer = ledger.server.call("POST", STARTS, json=body, headers={protocol.AGENT_HEADER: agent})
        return answer.json()["go"]

    asks("mine")
    asks("hers")
    assert not knows_nothing("hers")
    assert [one["state"] for one in ledger.here()["waiting"]] == ["waiting"]
    assert knows_nothing("mine")
    assert [(one["state"], one["detail"]) for one in ledger.here()["waiting"]] == [("failed", "no_record")]


def test_an_agent_of_others_that_asks_no_more_is_not_waited_for() -> None:
    clock = [10**18]
    known = starters.Starters(lambda: clock[0])
    known.note("h", "mine")
    assert not known.nobody_knows("h", "w", agent="mine")  # a server that just started knows of nobody else yet
    clock[0] += starters.LISTENS_NS + 1
    known.note("h", "hers")
    assert known.nobody_knows("h", "w", agent="hers")


def test_agents_and_refusals_do_not_pile_up(monkeypatch) -> None:
    monkeypatch.setattr(starters, "AGENTS_MAX", 2)
    monkeypatch.setattr(starters, "WISHES_MAX", 2)
    known = starters.Starters(lambda: 10**18)
    for at in range(4):
        known.note("h", f"agent {at}")
        known.nobody_knows("h", f"wish {at}", agent="x")
        known.nobody_knows("h", "wish", agent=f"agent {at}")
    assert (len(known._asked_ns["h"]), len(known._unknown_to), len(known._unknown_to["wish"])) == (2, 2, 2)


def test_an_agent_counts_for_a_minute_after_it_asked() -> None:
    clock = [10**18]
    known = starters.Starters(lambda: clock[0])
    assert not known.listens("h")
    known.note("h")
    told = []
    for second in (0, 60, 61):
        clock[0] = 10**18 + second * 10**9
        told.append((known.listens("h"), known.listens("other")))
    assert told == [(True, False), (True, False), (False, False)]


def test_hosts_that_nobody_has_do_not_pile_up(monkeypatch) -> None:
    monkeypatch.setattr(starters, "HOSTS_MAX", 2)
    clock = [10**18]
    known = starters.Starters(lambda: clock[0])
    for host in ("a", "b", "c"):
        known.note(host)
    assert [known.listens(host) for host in ("a", "b", "c")] == [True, True, False]
    clock[0] += starters.LISTENS_NS + 1
    known.note("c")
    assert [known.listens(host) for host in ("a", "b", "c")] == [False, False, True]
