"""Commands over HTTP: asked, settled by their training, and what is refused."""

import time

import msgspec
import pytest

from contracts.asked_training import (
    COMMANDS,
    CONTROL,
    MINE,
    OTHER,
    RUN,
    START_NS,
    Training,
    heard,
    orders_of,
    problem_of,
)
from yoloscope.records import row

pytestmark = pytest.mark.slow  # a server each


@pytest.fixture
def training(live_server, batches) -> Training:
    return Training(live_server, batches).begin()


def test_commands_keep_their_order_and_are_listed_newest_first(training) -> None:
    sent = [training.asked("note", {"text": str(at)}) for at in range(5)]
    assert [one["id"] for one in training.waiting().json()["orders"]] == sent
    first = training.server.get(COMMANDS, params={"limit": 3}).json()
    rest = training.server.get(COMMANDS, params={"limit": 3, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == sent[::-1]
    assert rest["next"] is None


def test_the_same_id_happens_once(training) -> None:
    first = training.ask("set", {"lr": 0.003}, id="mine")
    again = training.ask("set", {"lr": 0.003}, id="mine")
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert problem_of(training.ask("set", {"lr": 0.004}, id="mine"))[:2] == (409, "command-id-taken")
    assert len(training.known()) == 1
    training.say(training.did("mine", "set"))
    assert training.ask("set", {"lr": 0.003}, id="mine").json()["state"] == "applied"
    kinds = [kind for kind, _, _ in training.audit()]
    assert kinds == ["sent", "repeated", "clashed", "accepted", "applied", "repeated"]


@pytest.mark.parametrize(
    ("verb", "args", "expected"),
    [
        ("set", {"lr": 0}, (422, "invalid-command", "bad_value")),
        ("set", {"lr": -0.1}, (422, "invalid-command", "bad_value")),
        ("set", {"lr": "NaN"}, (422, "invalid-command", "bad_value")),
        ("set", {"lr": 1e9}, (422, "invalid-command", "bad_value")),
        ("set", {"patience": -1}, (422, "invalid-command", "bad_value")),
        ("set", {"epochs": 1}, (409, "command-refused", "below_epoch")),
        ("set", {"epochs": 2}, (409, "command-refused", "below_epoch")),
        ("set", {"box": 7.5}, (409, "command-refused", "version_cannot")),
        ("set", {"cls": 7.5}, (409, "command-refused", "framework_cannot")),
        ("rollback", {}, (409, "command-refused", "framework_cannot")),
        ("close_mosaic", {}, (409, "command-refused", "mosaic_off")),
        ("pause", {"release": True}, (409, "command-refused", "framework_cannot")),
        ("stop", {"how": "rm -rf"}, (422, "invalid-command", "bad_value")),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason_and_kept(training, verb, args, expected) -> None:
    answer = training.ask(verb, args)
    assert problem_of(answer) == expected
    [known] = training.known()
    assert (known["id"], known["state"], known["args"]) == (answer.json()["command"], "refused", known["args"] | args)
    assert known["result"]["reason"] == expected[2]
    assert known["applied_at"] is None
    assert training.audit() == [("refused", verb, expected[2])]
    assert training.waiting().json()["orders"] == []


def test_one_epoch_more_than_are_complete_may_be_asked_for(training) -> None:
    assert training.ask("set", {"epochs": 3}).status_code == 201


def test_what_is_no_command_at_all_leaves_a_line_of_the_audit(training) -> None:
    assert problem_of(training.ask("explode")) == (422, "invalid-command", "unknown_verb")
    assert training.ask("explode").json()["field"] == "verb"
    bodies = ['{"verb": "set", "args": {"lr": NaN}}', "[]", '{"verb": 1}', '{"verb": "save", "more": 1}']
    for body in bodies:
        answer = training.server.call("POST", COMMANDS, data=body, headers={"Content-Type": "application/json"})
        assert problem_of(answer)[:2] == (422, "invalid-request"), body
    wrong = [{"id": "a b"}, {"id": "x" * 65}, {"deadline_s": 0}, {"deadline_s": 1e9}]
    assert [problem_of(training.ask("save", **more))[:2] for more in wrong] == [(422, "invalid-command")] * 4
    assert problem_of(training.ask("note", {"text": "x" * 5_000}))[:2] == (422, "invalid-command")
    assert training.known() == []
    assert {kind for kind, _, _ in training.audit()} == {"rejected"}
    assert len(training.audit()) == 2 + len(bodies) + len(wrong) + 1


def test_a_run_that_is_over_takes_no_command(training) -> None:
    open_one = training.asked("save")
    training.say(row.Ended("finished", START_NS + 1))
    assert [(one["id"], one["state"], one["result"]) for one in training.known()] == [
        (open_one, "expired", {"reason": "not_running"})
    ]
    assert problem_of(training.ask("pause")) == (409, "command-refused", "not_running")
    assert problem_of(training.ask("resume")) == (409, "command-refused", "not_running")


def test_a_run_that_gave_its_card_back_has_nobody_to_resume_it(live_server, batches) -> None:
    training = Training(live_server, batches).begin(control=CONTROL | {"cannot": {}})
    training.say(training.did(training.asked("pause", {"release": True}), "pause"), row.Ended("stopped", START_NS))
    assert training.state() == "stopped"
    assert problem_of(training.ask("resume")) == (409, "command-refused", "nobody_resumes")


def test_a_run_without_a_sidecar_takes_no_command(live_server) -> None:
    live_server.log({"step": 1, "loss_box": 1.0}, query="?run=plain")
    [run] = live_server.get("/api/v1/runs").json()["items"]
    answer = live_server.call("POST", f"/api/v1/runs/{run['id']}/commands", json={"verb": "save"})
    assert problem_of(answer) == (409, "command-refused", "no_sidecar")
    assert live_server.call("POST", "/api/v1/runs/none/commands", json={"verb": "save"}).status_code == 404


def test_a_training_that_says_nothing_of_commands_takes_only_a_kill_by_its_sidecar(live_server, batches) -> None:
    training = Training(live_server, batches).begin(control=None)
    assert problem_of(training.ask("save")) == (409, "command-refused", "framework_cannot")
    assert problem_of(training.ask("stop", {"how": "kill"})) == (409, "command-refused", "framework_cannot")
    with training.link() as link:
        heard(link), heard(link)
        assert training.ask("stop", {"how": "kill"}).status_code == 201
        assert orders_of(heard(link)) == [("stop", {"how": "kill"})]


def test_at_most_fifty_commands_of_a_run_are_open(training) -> None:
    for at in range(50):
        training.asked("note", {"text": str(at)})
    assert problem_of(training.ask("save")) == (409, "command-refused", "too_many")
    training.server.call("POST", f"{COMMANDS}/taken", json={"writer": MINE, "ids": []})
    training.say(training.did(training.waiting().json()["orders"][0]["id"], "note"))
    assert training.ask("save").status_code == 201


def test_a_paused_training_is_paused_until_it_goes_on(training) -> None:
    training.say(training.did(training.asked("pause"), "pause"))
    assert training.state() == "paused"
    training.say(stalled=True, alive=True)
    assert training.state() == "paused"
    training.say(training.did(training.asked("resume"), "resume"))
    training.say(alive=True)
    assert training.state() == "running"


def test_an_end_and_a_new_attempt_end_a_pause(training) -> None:
    training.say(training.did(training.asked("pause"), "pause"))
    training.say(row.Ended("stopped", START_NS + 9))
    assert training.state() == "stopped"
    later = row.AttemptRef(index=0, wall_ns=START_NS + 10**12, mono_ns=1, start_epoch=1.0)
    training.say(training.batches.matrix({"a": [1.0]}), writer=OTHER, attempt=later, first_seq=0)
    assert training.state() == "running"


def test_a_pause_that_is_killed_is_no_pause_any_more(training) -> None:
    training.say(training.did(training.asked("pause"), "pause"), alive=True)
    training.say(alive=False)
    assert training.state() == "crashed"


def test_only_the_writer_of_a_command_can_settle_it_and_its_rows_stay(training) -> None:
    command = training.asked("save")
    other = row.AttemptRef(index=0, wall_ns=START_NS - 10**12, mono_ns=1)
    forged = [row.Acted(one, "save", "applied", START_NS) for one in (command, "nobody-asked")]
    training.say(*forged, training.batches.matrix({"b": [7.0]}), writer=OTHER, attempt=other, first_seq=0)
    assert training.states() == [("save", "sent")]
    assert training.audit()[1:] == [("foreign", "save", ""), ("unknown", "save", "")]
    assert [one["name"] for one in training.server.get(RUN).json()["series"]] == ["a", "b"]
    told = training.server.call("POST", f"{COMMANDS}/taken", json={"writer": OTHER, "ids": [command]})
    assert (told.json(), training.states()) == ({"news": False}, [("save", "sent")])


def test_a_training_whose_pause_ended_by_itself_is_paused_no_more(training) -> None:
    training.say(training.did(training.asked("pause"), "pause"))
    own = row.Acted("self-1", "resume", "applied", START_NS + 9, 5, 0.5, {"by_itself": True})
    other = row.AttemptRef(index=0, wall_ns=START_NS - 10**12, mono_ns=1)
    training.say(own, writer=OTHER, attempt=other, first_seq=0)
    training.say(msgspec.structs.replace(own, id="self-2", verb="save"), msgspec.structs.replace(own, id="mine"))
    assert (training.state(), len(training.known())) == ("paused", 1)
    training.say(own)
    resume = training.known()[0]
    assert (training.state(), resume["verb"], resume["state"], resume["who"]) == ("running", "resume", "applied", "")
    assert resume["result"] == {"by_itself": True}
    assert [kind for kind, _, _ in training.audit()][3:] == ["unknown"] * 3 + ["sent", "accepted", "applied"]


def test_a_word_that_is_said_again_changes_nothing(training) -> None:
    command = training.asked("save")
    training.say(training.did(command, "save", result={"path": "<path>.pt"}))
    training.say(training.did(command, "save", result={"path": "<path>.pt"}))
    training.say(msgspec.structs.replace(training.did(command, "save", "refused"), wall_ns=START_NS + 5))
    [known] = training.known()
    assert (known["state"], known["result"]) == ("applied", {"path": "<path>.pt"})
    assert [kind for kind, _, _ in training.audit()] == ["sent", "accepted", "applied", "late"]


def test_what_nobody_took_in_time_expires_and_what_was_done_counts(training) -> None:
    command = training.asked("save", deadline_s=1)
    assert any(training.states() == [("save", "expired")] or time.sleep(0.01) for _ in range(3_000))
    assert training.known()[0]["applied_at"] is None
    training.say(training.did(command, "save"))
    assert training.states() == [("save", "applied")]
    assert [kind for kind, _, _ in training.audit()] == ["sent", "expired", "applied"]


def test_what_was_done_goes_along_in_a_recording(serve, batches) -> None:
    here = Training(serve(), batches).begin()
    result = {"lr": {"from": 0.01, "to": 0.003}}
    done, open_one = here.asked("set", {"lr": 0.003}), here.asked("save")
    here.say(here.did(done, "set", result=result), here.did("nobody-asked", "save"))
    here.say(row.Ended("finished", START_NS + 9))
    file = here.server.get(f"{RUN}/recording").content
    there = Training(serve(), batches)
    headers = {"Content-Type": "application/vnd.yoloscope.recording"}
    for _ in range(2):
        assert there.server.call("POST", "/api/v1/recordings", data=file, headers=headers).status_code in (200, 201)
        [known] = there.known()
        assert (known["id"], known["state"], known["result"]) == (done, "applied", result)
        assert known["applied_at"] == {"step": 42, "epoch": 2.0, "time": "2023-11-14T22:13:20.000Z"}
    assert (open_one in {one["id"] for one in here.known()}, there.state()) == (True, "finished")
    assert problem_of(there.ask("save")) == (409, "command-refused", "not_running")
