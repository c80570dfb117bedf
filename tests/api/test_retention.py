"""How long a project keeps what: shown, changed field by field, and refused where it makes no sense."""

import json
import time
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from yoloscope import errors
from yoloscope.cli import main
from yoloscope.records import ids, row
from yoloscope.server import jobs
from yoloscope.store import ports

pytestmark = pytest.mark.slow

DEFAULT = {"thin_after_days": None, "delete_after_days": None, "trash_days": 30.0}


def path(project: str = "signs") -> str:
    return f"/api/v1/projects/{project}/retention"


def cli(server, *arguments: str) -> Result:
    return CliRunner().invoke(main.cli, [*arguments, "--server", server.url])


def test_everything_is_kept_unless_somebody_says_otherwise(live_server) -> None:
    assert live_server.get(path()).json() == DEFAULT
    assert live_server.get(path("%E6%A0%87%E5%BF%97%20a")).json() == DEFAULT


def test_fields_given_change_and_outlive_the_server(serve, tmp_path: Path) -> None:
    server = serve(data=tmp_path / "data")
    first = server.call("PUT", path(), json={"delete_after_days": 90}).json()
    second = server.call("PUT", path(), json={"thin_after_days": 7, "trash_days": 1}).json()
    assert first == {**DEFAULT, "delete_after_days": 90}
    assert second == {"thin_after_days": 7, "delete_after_days": 90, "trash_days": 1} == server.get(path()).json()
    assert server.call("PUT", path(), json={"delete_after_days": None}).json()["delete_after_days"] is None
    assert server.services.catalog.retention("signs") == ports.Retention(7, None, 1)
    assert server.get(path("other")).json() == DEFAULT


@pytest.mark.parametrize(
    ("body", "slug", "field"),
    [
        (b"", "invalid-request", "body"),
        (b"[]", "invalid-record", "body"),
        (b'{"delete_after_days": -1}', "invalid-record", "delete_after_days"),
        (b'{"delete_after_days": 0}', "invalid-record", "delete_after_days"),
        (b'{"delete_after_days": "90"}', "invalid-record", "delete_after_days"),
        (b'{"delete_after_days": NaN}', "invalid-request", "body"),
        (b'{"delete_after_days": ' + b"9" * 300 + b"}", "invalid-record", "delete_after_days"),
        (b'{"thin_after_days": 30, "delete_after_days": 30}', "invalid-record", "delete_after_days"),
        (b'{"trash_days": null}', "invalid-record", "trash_days"),
        (b'{"keep": 1}', "invalid-record", "keep"),
        (b'{"x": ' + b"[" * 3000, "invalid-request", "body"),
        (b" " * 5_000, "body-too-large", "body"),
    ],
)
def test_what_makes_no_sense_changes_nothing(live_server, body: bytes, slug: str, field: str) -> None:
    answer = live_server.call("PUT", path(), data=body, headers={"Content-Type": "application/json"})
    said = answer.json()
    assert (said["type"].removeprefix("urn:yoloscope:problem:"), said["field"]) == (slug, field)
    assert said["fix"]
    assert live_server.get(path()).json() == DEFAULT


def test_a_server_does_what_is_due_by_itself(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "FIRST_S", 0.0)
    monkeypatch.setattr(jobs, "EVERY_S", 0.05)
    server = serve()
    server.call("PUT", path(), json={"delete_after_days": 1})
    catalog, run = server.services.catalog, ids.RunId("old")
    catalog.add_session("expired", expires_ns=1)
    catalog.open_run(row.RunRef(run, ids.ProjectName("signs"), "old", created_ns=1))
    catalog.open_attempt(run, ids.WriterId("a" * 32), row.AttemptRef(0, 1, 1))
    catalog.apply(run, [row.Ended("finished", 2)])
    end_s = time.monotonic() + 60
    while not (there := server.get("/api/v1/trash").json()["items"]):
        assert time.monotonic() < end_s
    assert [one["run"] for one in there] == ["old"]
    assert not catalog.session_valid("expired", now_ns=0)


def test_a_store_that_cannot_thin_says_so(live_server, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = msgspec.structs.replace(live_server.services.series.capabilities, kind="plain", thins=False)
    monkeypatch.setattr(type(live_server.services.series), "capabilities", plain)
    said = live_server.call("PUT", path(), json={"thin_after_days": 7}).json()
    assert (said["status"], said["field"]) == (422, "thin_after_days")
    assert "'plain' cannot thin" in said["detail"]
    assert live_server.call("PUT", path(), json={"delete_after_days": 7}).json()["delete_after_days"] == 7


def test_the_command_line_shows_and_sets(live_server) -> None:
    assert json.loads(cli(live_server, "retention", "show", "标志 a", "--json").output) == DEFAULT
    done = cli(live_server, "retention", "set", "signs", "--thin-after", "7", "--delete-after", "90.5", "--json")
    assert json.loads(done.output) == {"thin_after_days": 7, "delete_after_days": 90.5, "trash_days": 30}
    shown = cli(live_server, "retention", "set", "signs", "--thin-after", "never", "--trash", "2").output.splitlines()
    assert [line.partition(":")[0] for line in shown[:3]] == ["never", "after 90.5 days", "after 2 days"]


@pytest.mark.parametrize("days", ["nan", "inf", "soon", "-inf", ""])
def test_words_that_are_no_days_change_nothing(live_server, days: str) -> None:
    said = cli(live_server, "retention", "set", "signs", "--delete-after", days)
    assert said.exit_code == 2
    assert "neither a number of days nor `never`" in said.output
    assert live_server.get(path()).json() == DEFAULT


def test_the_command_line_tells_what_the_server_refuses(live_server) -> None:
    said = cli(live_server, "retention", "set", "signs", "--delete-after=-3")
    assert isinstance(said.exception, errors.ServerRefused)
    assert "delete_after_days: -3.0 is no number of days; nothing was changed" in str(said.exception)
    assert cli(live_server, "retention", "set", "signs").exit_code == 2
