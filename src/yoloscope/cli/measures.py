"""``yoloscope measures``: what the server may do to the trainings of a project by itself, shown and changed; and what it did."""

import re
from collections.abc import Mapping
from typing import get_args

import click
import msgspec

from yoloscope.api import client
from yoloscope.api.finding import find
from yoloscope.cli import output, texts
from yoloscope.cli.act import sending
from yoloscope.cli.runs import finding, words
from yoloscope.diagnose import measures as known

PROJECT_PATH = "/api/v1/projects/{project}/measures"
_SETTING = re.compile(r"([a-z_]+)=([a-z]+)\Z")
_Localised = dict[str, str]


class _Measure(msgspec.Struct, frozen=True):
    measure: str
    title: _Localised
    what: _Localised
    rules: list[str]
    mode: str
    most: int
    who: str
    changed: str | None
    would_have: int
    acted: int


class _Event(msgspec.Struct, frozen=True):
    at: str
    measure: str
    kind: str
    who: str
    run: str | None
    run_name: str | None
    rule: str
    epoch: float | None
    command: str
    sentence: _Localised


class _Told(msgspec.Struct, frozen=True, omit_defaults=True):
    measures: list[_Measure]
    events: list[_Event]
    project: str | None = None
    run: str | None = None
    spared: bool | None = None


@click.command("measures")
@click.argument("project", required=False)
@click.option(
    "--set", "setting", metavar="NAME=off|would|on", help="Let a measure act, only say what it would do, or neither."
)
@click.option("--most", type=click.IntRange(1, 10), help="With --set: acts a run.")
@click.option("--run", "run", metavar="RUN", help="The measures as this run sees them.")
@click.option("--spare/--no-spare", default=None, help="With --run: leave it alone whatever its project allows.")
@finding.server_and_json
def measures(  # noqa: PLR0913 - each is an option
    project: str | None,
    *,
    setting: str | None,
    most: int | None,
    run: str | None,
    spare: bool | None,
    server: str | None,
    json_wanted: bool,
) -> None:
    """Show what the server may do by itself to the trainings of PROJECT, or to one run, and what it did.

    All measures are off unless somebody sets them. Off, and --spare, hold at once.
    """
    _check(project, setting=setting, most=most, run=run, spare=spare)
    with sending.server_needed():
        api = client.Client(server)
        told = _of_run(api, run, spare=spare) if run is not None else _of_project(api, str(project), setting, most)
    if json_wanted:
        output.as_json(told)
        return
    for line in _lines(told):
        click.echo(line)


def _check(project: str | None, *, setting: str | None, most: int | None, run: str | None, spare: bool | None) -> None:
    if (project is None) == (run is None):
        raise click.UsageError(texts.text("measures.one"))
    if run is not None and (setting is not None or most is not None):
        raise click.UsageError(texts.text("measures.of_project"))
    if run is None and spare is not None:
        raise click.UsageError(texts.text("measures.of_run"))
    if most is not None and setting is None:
        raise click.UsageError(texts.text("measures.most_alone"))


def _of_project(api: client.Client, project: str, setting: str | None, most: int | None) -> _Told:
    path = client.project_path(PROJECT_PATH, project)
    if setting is None:
        return api.get(path, answer=_Told)
    found = _SETTING.match(setting)
    if found is None or found[1] not in known.NAMES or found[2] not in get_args(known.Mode):
        raise click.UsageError(texts.text("measures.setting", word=repr(setting), names=", ".join(known.NAMES)))
    body: dict[str, object] = {"mode": found[2], **({} if most is None else {"most": most})}
    return api.put(f"{path}/{found[1]}", body=body, answer=_Told)


def _of_run(api: client.Client, run: str, *, spare: bool | None) -> _Told:
    path = f"/api/v1/runs/{find(api, run)['id']}/measures"
    if spare is None:
        return api.get(path, answer=_Told)
    return api.put(f"{path}/spared", body={"spared": spare}, answer=_Told)


def _lines(told: _Told) -> list[str]:
    lines = [texts.text("measures.spared")] if told.spared else []
    for one in told.measures:
        mode = texts.text(f"measures.mode.{one.mode}")
        lines += [f"{one.measure:>18}  {mode}  {_said(one.title)}", f"{'':>18}  {_said(one.what)}"]
        counts = {"most": one.most, "would": one.would_have, "acted": one.acted}
        lines.append(f"{'':>18}  {texts.text('measures.counts', **counts)}")
    return lines + [_event(one) for one in told.events]


def _event(one: _Event) -> str:
    where = " · ".join(part for part in (words.instant(one.at), one.measure, one.run_name or "") if part)
    return f"{where}: {_said(one.sentence)}"


def _said(told: Mapping[str, str]) -> str:
    return told.get("zh" if texts.is_chinese() else "en", "")
