"""`yoloscope runs tag`, `note` and `archive` at a real server."""

import json

import pytest
from click.testing import CliRunner, Result

from yoloscope.cli import main

pytestmark = pytest.mark.slow


def cli(server, *arguments: str) -> Result:
    return CliRunner().invoke(main.cli, ["runs", *arguments, "--server", server.url])


@pytest.fixture
def server(live_server, batches) -> object:
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1.0]}), run="first", writer="1" * 32)))
    live_server.ingest(batches.body(batches(batches.matrix({"a": [1.0]}), run="second", writer="2" * 32)))
    return live_server


def test_tags_are_given_and_taken(server) -> None:
    assert cli(server, "tag", "fir", "+night", "+夜 班", "+x").output == "first: night, 夜 班, x\n"
    assert cli(server, "tag", "first", "-x", "-night").output == "first: 夜 班\n"
    assert json.loads(cli(server, "tag", "first", "-夜 班", "+a", "--json").output)["items"][0]["tags"] == ["a"]
    assert cli(server, "tag", "first", "-a").output == "first has no tags\n"
    assert server.get("/api/v1/runs/first").json()["tags"] == []


@pytest.mark.parametrize("words", [("night",), ("+",), ("+a", "b"), ("+a", "--jsn"), ()])
def test_words_without_a_sign_are_refused(server, words: tuple[str, ...]) -> None:
    assert cli(server, "tag", "first", *words).exit_code == 2
    assert server.get("/api/v1/runs/first").json()["tags"] == []


def test_a_note_is_written_and_removed(server) -> None:
    assert cli(server, "note", "first", "看\nthere").output == "first has the note\n"
    assert server.get("/api/v1/runs/first").json()["note"] == "看\nthere"
    assert cli(server, "note", "first", "-5 % less").exit_code == 0
    assert server.get("/api/v1/runs/first").json()["note"] == "-5 % less"
    assert cli(server, "note", "first", "", "--json").exit_code == 0
    assert server.get("/api/v1/runs/first").json()["note"] == ""


def test_archived_runs_are_listed_when_they_are_asked_for(server) -> None:
    assert "first is put away" in cli(server, "archive", "first").output

    def listed(*options: str) -> list[str]:
        return sorted(item["id"] for item in json.loads(cli(server, "ls", "--json", *options).output)["items"])

    assert (listed(), listed("--archived"), listed("--all")) == (["second"], ["first"], ["first", "second"])
    assert cli(server, "archive", "first", "--undo").output == "first is listed again\n", "also by its name"
    assert listed() == ["first", "second"]
