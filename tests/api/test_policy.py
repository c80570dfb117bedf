"""What a project lets in: told to sidecars, set by people, and kept by ingest and by ``POST /log``."""

from pathlib import Path

import msgspec
import pytest

from yoloscope.records import policy, row
from yoloscope.wire import frame

pytestmark = pytest.mark.slow

STRICT = {"text": False, "class_names": "index"}


def path(project: str = "signs") -> str:
    return f"/api/v1/projects/{project}/policy"


@pytest.fixture
def strict(live_server) -> object:
    """A server whose project takes neither text nor class names."""
    assert live_server.call("PUT", path(), json=STRICT).status_code == 200
    return live_server


def forbidden(server, answer) -> dict[str, object]:
    """Check that a request was refused by policy, and that nothing of it is stored."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert (answer.status_code, said["type"]) == (422, "urn:yoloscope:problem:policy")
    assert server.get("/api/v1/projects").json()["items"] == []
    return said


def test_a_project_without_a_policy_leaves_it_to_the_trainer(live_server) -> None:
    expected = msgspec.to_builtins(policy.LEFT_TO_THE_TRAINER)
    assert expected == live_server.get(path()).json()
    assert expected == live_server.get(path("%E9%A1%B9%E7%9B%AE%20a")).json()


def test_fields_given_change_and_others_stay(live_server) -> None:
    first = live_server.call("PUT", path(), json={"text": False}).json()
    second = live_server.call("PUT", path(), json={"bulk": "never"}).json()
    assert first == {**msgspec.to_builtins(policy.LEFT_TO_THE_TRAINER), "text": False}
    assert second == {**first, "bulk": "never"} == live_server.get(path()).json()
    assert live_server.get(path("other")).json()["text"] is True


def test_a_policy_outlives_the_server(serve, tmp_path: Path) -> None:
    first = serve(data=tmp_path / "data")
    first.call("PUT", path(), json={"media": True, "text": False})
    stored = first.services.catalog.policy("signs")
    assert stored == policy.Policy(media=True, text=False, class_names="text")


@pytest.mark.parametrize(
    ("body", "slug", "field"),
    [
        (b'{"txt": true}', "invalid-record", "policy.txt"),
        (b'{"text": "no"}', "invalid-record", "policy.text"),
        (b'{"text": null}', "invalid-record", "policy.text"),
        (b'{"version": 2}', "invalid-record", "policy.version"),
        (b"[]", "invalid-record", "policy"),
        (b"{", "invalid-request", "body"),
        (b"\xff", "invalid-request", "body"),
        (b'{"text": ' + b"[" * 3000, "invalid-request", "body"),
        (b" " * 5000, "body-too-large", "body"),
    ],
)
def test_a_policy_that_cannot_be_used_changes_nothing(live_server, body: bytes, slug: str, field: str) -> None:
    answer = live_server.call("PUT", path(), data=body, headers={"Content-Type": "application/json"})
    said = answer.json()
    assert (said["type"], said["field"]) == (f"urn:yoloscope:problem:{slug}", field)
    assert said["fix"]
    assert live_server.get(path()).json() == msgspec.to_builtins(policy.LEFT_TO_THE_TRAINER)


def test_a_name_that_no_project_can_have_is_refused(live_server) -> None:
    assert live_server.get(path("%20")).json()["field"] == "project"


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (lambda batches: batches.matrix({"class/dent/AP50": [1.0]}), "entries[0].names"),
        (
            lambda batches: row.Updated("provenance", {"git": {"branch": "x"}}),
            "entries[0].values.provenance.git.branch",
        ),
        (
            lambda batches: row.Updated("provenance", {"command": ["python", "acme"]}),
            "entries[0].values.provenance.command[1]",
        ),
        (lambda batches: row.Updated("config", {"data": "acme.yaml"}), "entries[0].values.config.data"),
        (lambda batches: row.Ended("failed", 1, reason="acme"), "entries[0].reason"),
    ],
)
def test_what_a_policy_forbids_is_refused_as_a_whole(strict, batches, entry, field: str) -> None:
    good = batches(batches.matrix({"a": [1.0]}), run="r2", writer="1" * 32)
    said = forbidden(strict, strict.ingest(batches.body(good, batches(entry(batches)))))
    assert said["field"] == field
    assert said["fix"]


def test_numbers_and_harmless_words_come_in_under_the_strictest_policy(live_server, batches) -> None:
    live_server.call("PUT", path(), json=msgspec.to_builtins(policy.STRICTEST))
    told = row.Updated("settings", {"optimizer": "AdamW", "lr": float("nan"), "data": "<path>.yaml"})
    rows = batches.matrix({"class/3/AP50": [1.0], "train/box_loss": [2.0]})
    assert live_server.ingest(batches.body(batches(told, rows))).status_code == 200
    assert live_server.get("/api/v1/runs/r1").json()["settings"]["optimizer"] == "AdamW"


def test_a_summary_is_refused_where_summaries_are_withheld(live_server, batches) -> None:
    live_server.call("PUT", path(), json={"summaries": False})
    body = batches.body(batches(row.Updated("provenance", {"data": {"train": {"images": 3}}})))
    assert forbidden(live_server, live_server.ingest(body))["field"] == "entries[0].values.provenance.data"


def test_a_policy_holds_from_the_next_request_on_and_for_its_project_alone(live_server, batches) -> None:
    named = batches.matrix({"class/dent/AP50": [1.0]})
    assert live_server.ingest(batches.body(batches(named))).status_code == 200
    live_server.call("PUT", path(), json=STRICT)
    assert live_server.ingest(batches.body(batches(named, first_seq=1))).status_code == 422
    elsewhere = batches(named, run="r2", project="other", writer="1" * 32)
    assert live_server.ingest(batches.body(elsewhere)).status_code == 200
    live_server.call("PUT", path(), json={"class_names": "text"})
    assert live_server.ingest(batches.body(batches(named, first_seq=1))).status_code == 200
    assert live_server.get("/api/v1/runs/r1").json()["rows"] == 2


def test_the_plain_log_keeps_to_the_policy(strict) -> None:
    said = forbidden(strict, strict.log({"class/dent/AP50": 0.5}, query="?project=signs"))
    assert said["field"] == "entries[1].names"
    assert strict.log({"class/3/AP50": 0.5, "loss_box": 1.0}, query="?project=signs").status_code == 200


@pytest.mark.parametrize("kind", ["i", "t", "image", "media", "console"])
def test_nothing_but_rows_events_and_skips_comes_in_even_where_media_is_allowed(
    live_server, batches, kind: str
) -> None:
    live_server.call("PUT", path(), json={"media": True})
    built = msgspec.to_builtins(batches(row.Skip(1)), builtin_types=(bytes,))
    built["entries"] = [{"type": kind, "sequences": 1, "png": b"\x89PNG"}]
    answer = live_server.ingest(frame.body_from_payloads([msgspec.msgpack.encode(built)]))
    assert answer.json()["type"] == "urn:yoloscope:problem:frame-corrupt"
    assert live_server.get("/api/v1/projects").json()["items"] == []


def test_setting_a_policy_needs_the_token_everywhere(serve) -> None:
    server = serve()
    for method in ("GET", "PUT"):
        assert server.call(method, path(), json={"text": True}, token=None).status_code == 401
