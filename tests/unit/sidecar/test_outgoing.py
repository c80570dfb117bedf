"""What leaves a spool under a policy, the trainer's own and the server's, and that no number is lost by it."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import fake_server
import msgspec
import pytest

from yoloscope import errors
from yoloscope.records import policy, row
from yoloscope.sdk import run as runs
from yoloscope.sidecar import client, loop, outgoing, shipment, sync
from yoloscope.spool import layout, state

pytestmark = pytest.mark.usefixtures("no_sidecar")
CANARY = "KANARIENVOGEL"


@pytest.fixture
def train(server: fake_server.FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., runs.Run]:
    """Log a run of three rows and some sections under a policy of the trainer's own."""
    monkeypatch.chdir(tmp_path)

    def made(own: str = "") -> runs.Run:
        (tmp_path / "yoloscope.toml").write_text(f"[policy]\n{own}")
        run = runs.init(project="p", name="n", server=server.url, config={"data": f"/d/{CANARY}.yaml", "lr0": 0.01})
        run.name_classes({0: "dent", 1: CANARY})
        for step in range(3):
            run.log({f"class/{CANARY}/AP50": step / 10, "class/unheard of/AP50": 0.5, "a": 1.0}, step=step)
        run.update("provenance", {"git": {"branch": CANARY}, "data": {"per_class": {CANARY: 5}}})
        run.finish("failed", reason=CANARY)
        return run

    return made


def send(run: runs.Run) -> sync.Outcome:
    assert run.directory is not None
    return sync.send(run.directory, server=None, progress=lambda sent: None, sleep=lambda seconds: None)


def carried(server: fake_server.FakeServer) -> str:
    """Return all that a server was told: request lines, headers, bodies."""
    return b"\n".join(server.received).decode("utf-8", "replace")


def taken(server: fake_server.FakeServer) -> list[row.Entry]:
    return [entry for _, _, entry in server.taken]


def names(server: fake_server.FakeServer) -> tuple[str, ...]:
    [found] = {entry.names for entry in taken(server) if isinstance(entry, row.Matrix)}
    return found


def test_nothing_private_leaves_where_nothing_is_said(
    train: Callable[..., runs.Run], server: fake_server.FakeServer
) -> None:
    assert send(train()).state == "complete"
    assert CANARY not in carried(server)
    assert names(server) == ("class/1/AP50", "class/2/AP50", "a")
    assert server.steps() == [0, 1, 2]
    others = [entry for entry in taken(server) if not isinstance(entry, row.Matrix)]
    assert others[:3] == [
        row.Updated("config", {"data": "<path>.yaml", "lr0": 0.01}),
        row.Updated("settings", {"class_index": {"per_class": {"0": 0, "1": 1}}}),
        row.Updated("provenance", {"git": {"branch": "<text>"}, "data": {"per_class": {"1": 5}}}),
    ]
    assert isinstance(others[3], row.Ended)
    assert others[3].reason == "<text>"


def test_the_same_leaves_where_the_trainer_allows_it(
    train: Callable[..., runs.Run], server: fake_server.FakeServer
) -> None:
    send(train('text = true\nclass_names = "text"'))
    assert names(server) == (f"class/{CANARY}/AP50", "class/unheard of/AP50", "a")
    assert row.Updated("config", {"data": f"<path>/{CANARY}.yaml", "lr0": 0.01}) in taken(server)
    assert f"/d/{CANARY}" not in carried(server)


def test_what_the_server_forbids_does_not_leave_whatever_the_trainer_allows(
    train: Callable[..., runs.Run], server: fake_server.FakeServer
) -> None:
    server.policy = msgspec.to_builtins(policy.STRICTEST)
    run = train('text = true\nclass_names = "text"')
    send(run)
    assert CANARY not in carried(server)
    assert server.asked == ["/api/v1/projects/p/policy"]
    assert row.Updated("provenance", {"git": {"branch": "<text>"}}) in taken(server)
    assert server.batches[-1].lost == {"policy": 1}


def test_a_summary_that_is_left_out_is_counted_once_however_often_it_is_read(
    train: Callable[..., runs.Run], server: fake_server.FakeServer
) -> None:
    run = train("summaries = false")
    for _ in range(3):
        server.script = lambda batches: fake_server.problem(503, title="not now")
        assert send(run).state == "waiting"
    server.script = lambda batches: None
    assert send(run).state == "complete"
    assert server.batches[-1].lost == {"policy": 1}


def test_a_policy_that_was_tightened_meanwhile_costs_no_number(
    train: Callable[..., runs.Run], server: fake_server.FakeServer
) -> None:
    server.policy = msgspec.to_builtins(policy.LEFT_TO_THE_TRAINER)

    def refuse(batches: list[row.Batch]) -> fake_server.Answer | None:
        if not any(CANARY in str(batch) for batch in batches):
            return None
        server.policy = msgspec.to_builtins(policy.Policy())
        return 422, {}, json.dumps({"type": "urn:yoloscope:problem:policy", "title": "no"}).encode()

    server.script = refuse
    assert send(train('text = true\nclass_names = "text"')).state == "complete"
    assert server.steps() == [0, 1, 2]
    assert CANARY not in str(server.taken)
    assert server.asked == ["/api/v1/projects/p/policy"] * 2
    assert "refused" not in server.batches[-1].lost


def test_the_courier_beside_a_training_goes_on_after_a_refusal_by_policy(
    train: Callable[..., runs.Run], server: fake_server.FakeServer
) -> None:
    server.policy = msgspec.to_builtins(policy.LEFT_TO_THE_TRAINER)

    def refuse(batches: list[row.Batch]) -> fake_server.Answer | None:
        server.policy = msgspec.to_builtins(policy.Policy())
        server.script = lambda later: None
        return 422, {}, json.dumps({"type": "urn:yoloscope:problem:policy", "title": "no"}).encode()

    server.script = refuse
    run = train('text = true\nclass_names = "text"')
    assert run.directory is not None
    clock = itertools.count(0.0, 100.0)
    courier = loop.Courier(run.directory, now_s=lambda: next(clock))
    while not courier.done:
        courier.step()
    courier.close()
    assert server.steps() == [0, 1, 2]
    assert CANARY not in str(server.taken)


def test_a_server_that_knows_fewer_harmless_words_gets_the_numbers_without_any(
    train: Callable[..., runs.Run], server: fake_server.FakeServer
) -> None:
    server.policy = msgspec.to_builtins(policy.Policy())

    def refuse(batches: list[row.Batch]) -> fake_server.Answer | None:
        told = [entry for batch in batches for entry in batch.entries if isinstance(entry, row.Updated)]
        if "<path>.yaml" in str(told):
            return 422, {}, json.dumps({"type": "urn:yoloscope:problem:policy", "title": "no"}).encode()
        return None

    server.script = refuse
    assert send(train()).state == "complete"
    assert server.steps() == [0, 1, 2]
    assert row.Updated("config", {"data": "<text>", "lr0": 0.01}) in taken(server)


def test_nothing_is_sent_while_the_policy_is_not_known(
    train: Callable[..., runs.Run], server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train()
    server.policy = {"version": "nonsense"}
    outcome = send(run)
    assert (outcome.state, server.taken) == ("waiting", [])
    server.policy = msgspec.to_builtins(policy.Policy())
    assert send(run).state == "complete"
    assert server.steps() == [0, 1, 2]


def test_another_instance_is_asked_again(server: fake_server.FakeServer) -> None:
    server.policy = msgspec.to_builtins(policy.Policy())
    sender = client.Client(server.url)
    empty = b"YSCW\1\0\0\0"
    for instance in ("one", "one", "other"):
        server.instance = instance
        sender.terms("p")
        sender.send(empty)
    assert len(server.asked) == 1
    assert sender.terms("p") == client.Terms(policy.Policy())
    assert len(server.asked) == 2
    sender.close()


def test_a_policy_is_asked_again_after_the_server_was_away(server: fake_server.FakeServer) -> None:
    server.policy = msgspec.to_builtins(policy.Policy())
    sender = client.Client(server.url)
    sender.terms("项目 a")
    server.script = lambda batches: fake_server.problem(503, title="restarting")
    with pytest.raises(errors.ServerUnavailable):
        sender.send(b"YSCW\1\0\0\0")
    sender.terms("项目 a")
    assert server.asked == ["/api/v1/projects/%E9%A1%B9%E7%9B%AE%20a/policy"] * 2
    sender.close()


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_server_that_does_not_tell_its_policy_gets_nothing(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(fake_server, "problem", lambda code, *, title: (status, {"Retry-After": "7"}, b"{}"))
    sender = client.Client(server.url)
    with pytest.raises(errors.ServerUnavailable) as caught:
        sender.terms("p")
    assert caught.value.retry_after_s == 7.0
    sender.close()


class TestNumbersOfClasses:
    @pytest.fixture
    def page(self, tmp_path: Path) -> state.StatePage:
        return state.StatePage(tmp_path / "state")

    def sent(self, made: outgoing.Outgoing, manifest: layout.Manifest, *titles: str) -> list[str]:
        eight = b"\0" * 8
        entries = tuple(row.Matrix((f"class/{title}/AP",), eight, eight, eight, eight, eight) for title in titles)
        batch = row.Batch(manifest.run, manifest.attempts[0], manifest.writer, 0, 0, entries)
        reduced = made.batch(batch, manifest=manifest).entries
        return [entry.names[0].split("/")[1] for entry in reduced if isinstance(entry, row.Matrix)]

    @pytest.fixture
    def manifest(self, train: Callable[..., runs.Run]) -> layout.Manifest:
        run = train()
        assert run.directory is not None
        return layout.load_manifest(run.directory)

    def test_known_classes_have_the_data_sets_and_others_the_next_free_for_ever(
        self, manifest: layout.Manifest, tmp_path: Path, page: state.StatePage
    ) -> None:
        known = msgspec.structs.replace(manifest, classes={"dent": 4, "scratch": 0})
        first = outgoing.Outgoing(tmp_path, page=page)
        assert self.sent(first, known, "dent", "new", "scratch", "7", "newer") == ["4", "5", "0", "7", "8"]
        later = outgoing.Outgoing(tmp_path, page=page)
        assert self.sent(later, known, "newer", "7", "dent", "new") == ["8", "7", "4", "5"]

    def test_no_two_classes_share_a_number(
        self, manifest: layout.Manifest, tmp_path: Path, page: state.StatePage
    ) -> None:
        known = msgspec.structs.replace(manifest, classes={"dent": 3, "5": 1})
        found = self.sent(outgoing.Outgoing(tmp_path, page=page), known, "3", "dent", "5", "1", "007", "7")
        assert found == ["4", "3", "1", "5", "6", "7"]

    def test_a_class_that_is_named_too_late_keeps_its_number(
        self, manifest: layout.Manifest, tmp_path: Path, page: state.StatePage
    ) -> None:
        made = outgoing.Outgoing(tmp_path, page=page)
        unknown = msgspec.structs.replace(manifest, classes={})
        assert self.sent(made, unknown, "dent") == ["0"]
        known = msgspec.structs.replace(manifest, classes={"scratch": 0, "dent": 1})
        assert self.sent(made, known, "dent", "scratch") == ["0", "2"]

    def test_a_damaged_memory_is_begun_anew(
        self, manifest: layout.Manifest, tmp_path: Path, page: state.StatePage
    ) -> None:
        (tmp_path / outgoing.FILE_NAME).write_text("{broken")
        assert self.sent(outgoing.Outgoing(tmp_path, page=page), manifest, "new") == ["2"]

    def test_a_full_disk_keeps_the_numbers_for_this_process(
        self, manifest: layout.Manifest, tmp_path: Path, page: state.StatePage
    ) -> None:
        made = outgoing.Outgoing(tmp_path / "gone", page=page)
        assert self.sent(made, manifest, "new", "newer", "new") == ["2", "3", "2"]


def test_without_a_server_to_ask_the_trainers_policy_holds(train: Callable[..., runs.Run]) -> None:
    run = train('class_names = "text"')
    assert run.directory is not None
    parcel = shipment.Shipment(run.directory)
    terms = outgoing.Outgoing(run.directory, page=parcel._page).terms(parcel.manifest)
    assert terms == client.Terms(policy.Policy(class_names="text"))
    parcel.close()
