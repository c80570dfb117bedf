"""``yoloscope runs tag``, ``note`` and ``archive``: what people say of runs."""

from collections.abc import Sequence

import click
import msgspec

from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.cli.runs import finding


class _Edited(msgspec.Struct, frozen=True):
    """The part of a row that these commands show."""

    id: str
    name: str
    tags: list[str]
    note: str
    archived: bool


_PLAIN = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
"""Words such as -night and "-5 % less" are no options."""


@click.command("tag", context_settings=_PLAIN)
@click.argument("run")
@click.argument("words", metavar="+TAG|-TAG…", nargs=-1, required=True, type=click.UNPROCESSED)
@finding.server_and_json
def tag_run(run: str, *, words: tuple[str, ...], server: str | None, json_wanted: bool) -> None:
    """Give a run tags and take tags from it: `yoloscope runs tag RUN +night -draft`.

    RUN is an id, a name, or the start of an id. What a training sends later changes nothing of it.
    """
    odd = [word for word in words if len(word) < 2 or word[0] not in "+-" or word.startswith("--")]
    if odd:
        raise click.UsageError(f"{odd[0]!r}: write +TAG to give a tag, -TAG to take it")
    added, removed = (_words(words, sign=sign) for sign in "+-")
    api = client.Client(server)
    found = str(finding.find(api, run)["id"])
    body: dict[str, object] = {"runs": [found], "add_tags": added, "remove_tags": removed}
    api.post("/api/v1/runs/edit", body=body, answer=dict[str, object])
    edited = api.get(f"/api/v1/runs/{found}", answer=_Edited)
    key = "edit.tags" if edited.tags else "edit.no_tags"
    _tell([edited], key=key, json_wanted=json_wanted)


@click.command("note", context_settings=_PLAIN)
@click.argument("run")
@click.argument("text", type=click.UNPROCESSED)
@finding.server_and_json
def note_run(run: str, *, text: str, server: str | None, json_wanted: bool) -> None:
    """Write the note of a run, in place of the one that it has; an empty text removes it.

    RUN is an id, a name, or the start of an id.
    """
    api = client.Client(server)
    found = finding.find(api, run)["id"]
    edited = api.patch(f"/api/v1/runs/{found}", body={"note": text}, answer=_Edited)
    _tell([edited], key="edit.noted", json_wanted=json_wanted)


@click.command("archive")
@click.argument("asked", metavar="RUN…", nargs=-1, required=True)
@click.option("--undo", is_flag=True, help="List them again.")
@finding.server_and_json
def archive_runs(asked: tuple[str, ...], *, undo: bool, server: str | None, json_wanted: bool) -> None:
    """Put runs away: nothing of them is lost, and `yoloscope runs ls --archived` lists them.

    RUN is an id, a name, or the start of an id.
    """
    api = client.Client(server)
    found = [finding.find(api, one)["id"] for one in asked]
    edited = [api.patch(f"/api/v1/runs/{run}", body={"archived": not undo}, answer=_Edited) for run in found]
    _tell(edited, key="edit.back" if undo else "edit.archived", json_wanted=json_wanted)


def _words(words: Sequence[str], *, sign: str) -> list[str]:
    return [word[1:] for word in words if word[0] == sign]


def _tell(edited: Sequence[_Edited], *, key: str, json_wanted: bool) -> None:
    if json_wanted:
        output.as_json({"items": list(edited)})
        return
    for one in edited:
        click.echo(texts.text(key, name=one.name, tags=", ".join(one.tags)))
