"""Commands on their way to a sidecar: by a WebSocket, by long polling, and never to anybody else."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync import client as ws

from contracts.asked_training import COMMANDS, KEYS, MINE, OTHER, START_NS, Training, heard, orders_of
from yoloscope.records import ids, row

pytestmark = pytest.mark.slow  # a server each


@pytest.fixture
def training(live_server, batches) -> Training:
    return Training(live_server, batches).begin()


def test_a_command_travels_to_its_training_and_what_it_did_comes_back(training) -> None:
    with training.link() as link:
        assert list(heard(link)) == ["type", "v", "instance"]
        assert heard(link) == {"type": "orders", "orders": []}
        answer = training.ask("set", {"lr": 0.003})
        command = answer.json()
        assert (answer.status_code, " ".join(command), command["state"], command["who"]) == (201, KEYS, "sent", "local")
        [order] = heard(link)["orders"]
        assert 0 < order.pop("expires_in_s") <= 60
        assert order == {"id": command["id"], "verb": "set", "args": {"lr": 0.003}, "order": 1, "who": "local"}
        link.send(json.dumps({"type": "taken", "ids": [command["id"]]}))
        assert any(training.states() == [("set", "accepted")] for _ in range(2_000))
        result = {"lr": {"from": 0.01, "to": 0.003}}
        training.say(training.did(command["id"], "set", result=result))
        assert heard(link) == {"type": "orders", "orders": []}
    [known] = training.known()
    assert (known["state"], known["result"]) == ("applied", result)
    assert known["applied_at"] == {"step": 42, "epoch": 2.0, "time": "2023-11-14T22:13:20.000Z"}
    assert training.audit() == [("sent", "set", ""), ("accepted", "set", ""), ("applied", "set", "")]


def test_a_new_process_never_gets_what_was_for_the_old_one(training) -> None:
    taken, sent = training.asked("save"), training.asked("set", {"lr": 0.1})
    training.server.call("POST", f"{COMMANDS}/taken", json={"writer": MINE, "ids": [taken]})
    with training.link() as old:
        heard(old)
        assert len(heard(old)["orders"]) == 2
        later = row.AttemptRef(index=0, wall_ns=START_NS + 10**12, mono_ns=1, start_epoch=1.0)
        training.say(training.batches.matrix({"a": [1.0]}), writer=OTHER, attempt=later, first_seq=0)
        assert heard(old)["orders"] == []
        assert {one["state"] for one in training.known()} == {"expired"}
        training.asked("save")
        with training.link(writer=OTHER) as new:
            heard(new)
            assert orders_of(heard(new)) == [("save", {})]
    training.say(training.did(taken, "save"))  # it was done before the process went
    assert [(one["id"], one["state"]) for one in training.known()][1:] == [(sent, "expired"), (taken, "applied")]


def test_a_trainer_sends_sooner_while_a_command_is_open(training) -> None:
    assert training.say(alive=True)["flush_ms"] == 1_500
    command = training.asked("save")
    assert training.say(alive=True)["flush_ms"] == 100
    training.say(training.did(command, "save"))
    assert training.say(alive=True)["flush_ms"] == 1_500


def test_a_server_that_starts_again_knows_what_was_open(serve, batches, tmp_path) -> None:
    first = Training(serve(data=tmp_path / "data"), batches).begin()
    sent, taken = first.asked("save"), first.asked("pause")
    first.server.call("POST", f"{COMMANDS}/taken", json={"writer": MINE, "ids": [taken]})
    first.server.stop()
    again = Training(serve(data=tmp_path / "data"), batches)
    again.seq = first.seq
    assert [one["id"] for one in again.waiting().json()["orders"]] == [sent, taken]
    assert again.say(again.did(taken, "pause"), alive=True)["flush_ms"] == 100
    assert (again.states(), again.state()) == ([("pause", "applied"), ("save", "sent")], "paused")


def test_long_polling_answers_as_soon_as_there_is_news(training) -> None:
    nothing = training.waiting().json()
    assert (sorted(nothing), nothing["v"], nothing["orders"]) == (["etag", "instance", "orders", "v"], 1, [])
    with ThreadPoolExecutor(1) as beside:
        poll = beside.submit(training.waiting, wait_s=30, seen=nothing["etag"])
        command = training.server.session.__class__()  # a connection of its own
        command.post(
            training.server.url + COMMANDS,
            json={"verb": "save"},
            headers={"Authorization": f"Bearer {training.server.token}"},
            timeout=20,
        )
        told = poll.result(25).json()
    assert (orders_of({"type": "orders", **told}), told["etag"] != nothing["etag"]) == ([("save", {})], True)
    assert training.waiting(wait_s=0.1, seen=told["etag"]).json()["etag"] == told["etag"]


def test_commands_are_handed_to_no_foreign_writer(training) -> None:
    training.asked("save")
    assert training.waiting(writer=OTHER).status_code == 404
    for run, writer in (("r1", OTHER), ("none", MINE), ("r1", "")):
        with training.link(run=run, writer=writer) as link:
            assert heard(link)["type"] == "hello"
            with pytest.raises(ConnectionClosedError) as caught:
                link.recv(timeout=20)
        assert caught.value.rcvd.code == 1008
    assert [kind for kind, _, _ in training.audit()] == ["sent", "foreign", "foreign", "foreign"]


@pytest.mark.parametrize(
    "said", ["nonsense", "[]", '{"type": "orders"}', json.dumps({"type": "taken", "ids": ["x"] * 201}), b"\x00\xff"]
)
def test_a_sidecar_that_is_not_understood_is_hung_up_on(training, said) -> None:
    with training.link() as link:
        heard(link), heard(link)
        link.send(said)
        with pytest.raises(ConnectionClosedError) as caught:
            link.recv(timeout=20)
    assert caught.value.rcvd.code == 1008


def test_nobody_waits_for_commands_when_the_server_stops(training) -> None:
    seen = training.waiting().json()["etag"]
    with ThreadPoolExecutor(1) as beside:
        poll = beside.submit(training.waiting, wait_s=60, seen=seen)
        while not training.server.services.hub.is_linked(ids.RunId("r1")):
            time.sleep(0.01)
        training.server.stop()
        assert poll.result(30).json()["etag"] == seen


def test_a_change_is_hinted_at(training) -> None:
    address = training.server.url.replace("http", "ws") + "/api/v1/live"
    with ws.connect(address, additional_headers={"Authorization": f"Bearer {training.server.token}"}) as page:
        heard(page)
        training.asked("save")
        assert heard(page) == {"type": "run", "run": "r1", "project": "signs"}
