"""A training that is acted upon from Python and from the command line, at a real server; a thread plays sidecar and trainer."""

import contextlib
import json
import threading
from collections.abc import Callable, Generator

import pytest
from click.testing import CliRunner, Result

import yoloscope
from yoloscope import errors
from yoloscope.cli import main
from yoloscope.records import effect, ids, refusals, row
from yoloscope.store import ports_effects

pytestmark = pytest.mark.slow
RUN = "/api/v1/runs/r1"
WRITER = ids.WriterId("0123456789abcdef" * 2)
CONTROL = {
    "verbs": ["pause", "resume", "stop", "set", "save", "rollback", "note"],
    "settings": ["lr", "lr_factor", "epochs"],
    "cannot": {"close_mosaic": "mosaic_off"},
    "ranks": 1,
    "version": 1,
}
CHANGED: dict[str, object] = {"lr": {"from": 0.01, "to": 0.003}}
Settles = Callable[[dict[str, object]], tuple[str, dict[str, object]]]


class Training:
    """One run; `settles` says what becomes of an order."""

    def __init__(self, server, batches) -> None:
        self.server, self.batches = server, batches
        self.seq = 0
        self.orders: list[tuple[str, dict[str, object]]] = []
        self.settles: Settles = lambda order: ("applied", CHANGED if order["verb"] == "set" else {})
        self.is_deaf = False
        self.over = threading.Event()
        self.say(batches.matrix({"a": [1.0] * 21}), row.Updated("settings", {"control": CONTROL}))

    def say(self, *entries: row.Entry) -> None:
        batch = self.batches(*entries, first_seq=self.seq, alive=True)
        self.seq += batch.sequences
        answer = self.server.ingest(self.batches.body(batch))
        assert answer.status_code == 200, answer.text

    def serve(self) -> None:
        """Take orders and settle them until the test is over."""
        with contextlib.suppress(OSError):
            seen = ""
            while not self.over.is_set():
                place = {"writer": WRITER, "wait_s": 0.2, "seen": seen}
                told = self.server.get(f"{RUN}/commands/waiting", params=place).json()
                seen = told["etag"]
                for order in [] if self.is_deaf else told["orders"]:
                    self.settle(order)

    def settle(self, order: dict[str, object]) -> None:
        taken = {"writer": WRITER, "ids": [order["id"]]}
        self.server.call("POST", f"{RUN}/commands/taken", json=taken)
        self.orders.append((str(order["verb"]), order["args"]))
        state, result = self.settles(order)
        if state != "open":
            self.say(row.Acted(order["id"], order["verb"], state, 1_700_000_000 * 10**9, 120, 4.3, result))


@pytest.fixture
def training(live_server, batches) -> Generator[Training, None, None]:
    made = Training(live_server, batches)
    thread = threading.Thread(target=made.serve)
    thread.start()
    yield made
    made.over.set()
    thread.join()


def cli(training: Training, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main.cli, [*words, "--server", training.server.url], input=typed)


def test_the_command_line_tells_what_the_training_did(training: Training) -> None:
    paused = cli(training, "pause", "r1")
    assert paused.exit_code == 0, paused.output
    assert paused.stdout == "✓ pause applied at step 120, epoch 4.3\n"
    assert paused.stderr.startswith("pause: sent")
    assert paused.stderr.endswith("applied\n")
    changed = cli(training, "set", "r", "lr=0.003", "epochs=120")
    assert changed.stdout == "✓ set applied at step 120, epoch 4.3: lr 0.01 → 0.003\n"
    assert cli(training, "set", "r1", "lr=x0.3").exit_code == 0
    assert cli(training, "resume", "r1").stdout == "✓ resume applied at step 120, epoch 4.3\n"
    assert cli(training, "save", "r1").exit_code == 0
    assert cli(training, "do", "r1", "rollback", "lr_factor=0.5").exit_code == 0
    assert cli(training, "do", "r1", "note", "lr", "is", "high").exit_code == 0
    assert cli(training, "stop", "r1", "--resumable").exit_code == 0
    assert training.orders == [
        ("pause", {"release": False}),
        ("set", {"lr": 0.003, "epochs": 120}),
        ("set", {"lr_factor": 0.3}),
        ("resume", {}),
        ("save", {}),
        ("rollback", {"lr_factor": 0.5}),
        ("note", {"text": "lr is high"}),
        ("stop", {"how": "resumable"}),
    ]


def test_a_program_gets_the_command_as_json(training: Training) -> None:
    said = cli(training, "set", "r1", "lr=0.003", "--json")
    told = json.loads(said.stdout)
    assert (said.stderr, told["verb"], told["args"], told["state"]) == ("", "set", {"lr": 0.003}, "applied")
    assert told["applied_at"]["step"] == 120
    assert told["result"] == CHANGED
    listed = json.loads(cli(training, "commands", "r1", "--json").stdout)
    assert (listed["items"], listed["more"]) == ([told], False)


def test_a_refusal_is_told_in_words_and_by_the_exit_code(training: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = cli(training, "do", "r1", "close-mosaic")
    assert (at_once.exit_code, at_once.stdout) == (1, f"✗ close-mosaic refused: {refusals.TEXTS['mosaic_off'][0]}\n")
    training.settles = lambda _: ("refused", {"reason": "not_paused"})
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    later = cli(training, "resume", "r1")
    assert (later.exit_code, later.stdout) == (1, f"✗ 继续被拒绝：{refusals.TEXTS['not_paused'][1]}\n")
    assert "被拒绝" in cli(training, "commands", "r1").stdout


def test_what_nobody_takes_expires(training: Training) -> None:
    training.is_deaf = True
    said = cli(training, "pause", "r1", "--deadline", "1")
    assert said.exit_code == 1
    assert said.stdout.startswith("✗ pause expired")


def test_without_waiting_it_is_sent_and_no_more(training: Training) -> None:
    training.settles = lambda _: ("open", {})
    said = cli(training, "pause", "r1", "--no-wait")
    assert (said.exit_code, "still open" in said.stdout) == (0, True)


def test_a_kill_asks_first(training: Training) -> None:
    refused = cli(training, "stop", "r1", "--kill", typed="n\n")
    assert (refused.exit_code, "Kill r1 at once?" in refused.output) == (1, True)
    assert training.orders == []
    assert json.loads(cli(training, "commands", "r1", "--json").stdout)["items"] == []


def test_commands_are_listed_for_people(training: Training) -> None:
    assert "Nothing has been asked of r1 yet." in cli(training, "commands", "r1").stdout
    cli(training, "set", "r1", "lr=0.003")
    cli(training, "save", "r1")
    listed = cli(training, "commands", "r1", "--limit", "1").stdout
    assert ("save" in listed, "set lr=0.003" in listed, "More: --limit 2" in listed) == (True, False, True)
    assert "lr 0.01 → 0.003" in cli(training, "commands", "r1").stdout


def test_what_came_of_an_answer_to_a_finding_is_listed_and_told_to_programs(training: Training) -> None:
    cli(training, "set", "r1", "lr=0.003", "--cause", "N05")
    run = yoloscope.Api(training.server.url).run("r1")
    [asked] = run.commands()
    assert (asked.cause, run.command("save", cause="N13").cause) == ("N05", "N13")
    training.server.services.catalog.effects.put(
        ports_effects.Measured(
            run=ids.RunId("r1"),
            command=asked.id,
            project=ids.ProjectName("signs"),
            rule="N05",
            act="set lr_factor=0.3",
            at_ns=9,
            effect=effect.Effect(verdict="measuring", series="train/total", epochs=1),
        )
    )
    shown = " ".join(cli(training, "commands", "r1").stdout.split())
    assert "set lr=0.003 (N05)" in shown
    assert "lr 0.01 → 0.003 · Measuring on train/total: 1 of 3 epochs." in shown
    told = json.loads(cli(training, "commands", "r1", "--json").stdout)["items"][1]
    assert (told["cause"], told["effect"]["verdict"], told["effect"]["epochs"]) == ("N05", "measuring", 1)
    assert told["effect"]["sentence"]["zh"] == "正在用 train/total 测量效果：3 个 epoch 中的 1 个。"
    assert run.commands()[1].effect.sentence == told["effect"]["sentence"]


def test_an_unknown_run_and_a_wrong_token_send_nothing(training: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(cli(training, "pause", "nobody").exception, errors.NotFound)
    monkeypatch.setenv("YOLOSCOPE_TOKEN", "wrong")
    assert isinstance(cli(training, "pause", "r1").exception, errors.ServerRefused)
    assert training.orders == []


def test_python_acts_and_is_told(training: Training) -> None:
    run = yoloscope.Api(training.server.url).run("r1")
    done = run.command("set", lr=0.003)
    assert (done.state, done.result, done.reason, done.explanation) == ("applied", CHANGED, None, None)
    refused = run.command("close_mosaic")
    assert (refused.state, refused.reason) == ("refused", "mosaic_off")
    assert refused.explanation == refusals.TEXTS["mosaic_off"][0]
    sent = run.command("pause", wait=False)
    assert run.settled(sent).state == "applied"
    assert [one.verb for one in run.commands()] == ["pause", "close_mosaic", "set"]
    with pytest.raises(errors.InvalidRecord, match="lr 'abc'"):
        run.command("set", lr="abc")
    [everywhere] = yoloscope.Api(training.server.url).runs("signs").command("save")
    assert everywhere.state == "applied"


def test_a_lost_answer_sends_the_command_again_and_it_acts_once(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = yoloscope.Api(training.server.url)
    run = api.run("r1")
    client = run._server
    post, calls = client.post, []

    def losing(path: str, **more: object) -> object:
        calls.append(path)
        answer = post(path, **more)
        if len(calls) == 1:
            raise errors.ServerUnavailable("the answer was lost")
        return answer

    monkeypatch.setattr(client, "post", losing)
    assert run.command("save").state == "applied"
    assert (len(calls), training.orders) == (2, [("save", {})])
