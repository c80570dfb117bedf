"""``yoloscope runs show``: one run with its attempts and series, or the script that starts it again."""

from collections.abc import Callable, Sequence

import click
import msgspec

from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.cli.runs import finding, recipe, scripts, words

_FACTS = ("name", "id", "project", "state", "created", "updated", "epoch", "epochs", "step", "rows", "host")
_WRITTEN: dict[str, Callable[[object], str]] = {
    "state": words.state,
    "created": words.instant,
    "updated": words.instant,
}


class _Words(msgspec.Struct, frozen=True):
    en: str
    zh: str

    def __str__(self) -> str:
        return self.zh if texts.is_chinese() else self.en


class _Finding(msgspec.Struct, frozen=True):
    rule: str
    title: _Words
    evidence: _Words
    severity: str
    status: str
    dismissed: dict[str, str] | None


class _Answer(msgspec.Struct, frozen=True):
    sentence: _Words


class _Findings(msgspec.Struct, frozen=True):
    items: list[_Finding]
    answer: _Answer | None


@click.command("show")
@click.argument("run")
@click.option(
    "--reproduce", is_flag=True, help="Print a shell script that rebuilds the environment and starts the run again."
)
@click.option("--attempt", type=click.IntRange(1), metavar="N", help="Of this attempt; default: the newest.")
@click.option("--no-packages", is_flag=True, help="With --reproduce: use the Python and the packages that are here.")
@finding.server_and_json
def show_run(
    run: str, *, reproduce: bool, attempt: int | None, no_packages: bool, json_wanted: bool, server: str | None
) -> None:
    """Show one run: RUN is an id, the start of one, or a name."""
    if (attempt or no_packages) and not reproduce:
        raise click.UsageError("--attempt and --no-packages go with --reproduce")
    api = client.Client(server)
    detail = finding.find(api, run)
    if reproduce:
        _reproduce(detail, attempt=attempt, with_packages=not no_packages, json_wanted=json_wanted)
        return
    if json_wanted:
        output.as_json(detail)
        return
    output.as_facts(_facts(detail))
    _tell_findings(api, detail)
    _tell_lost(detail)
    _tell_attempts(detail)
    series = msgspec.convert(detail["series"], list[finding.Raw])
    headings = [texts.text(f"runs.{key}") for key in ("series", "last", "best", "count", "unit")]
    output.as_table(headings, [_series_cells(item) for item in series])


def _reproduce(detail: finding.Raw, *, attempt: int | None, with_packages: bool, json_wanted: bool) -> None:
    found = recipe.recipe(detail, attempt=attempt)
    script = scripts.script(found, with_packages=with_packages)
    if json_wanted:
        output.as_json({**msgspec.to_builtins(found), "script": script})
    else:
        click.echo(script, nl=False)


def _facts(detail: finding.Raw) -> list[tuple[str, str]]:
    facts = [(texts.text(f"runs.{key}"), _WRITTEN.get(key, output.number)(detail.get(key))) for key in _FACTS]
    if detail.get("end_reason"):
        facts.append((texts.text("runs.end_reason"), str(detail["end_reason"])))
    return facts


def _tell_findings(api: client.Client, detail: finding.Raw) -> None:
    """Say how the run stands, and what is wrong with it, a line each."""
    if detail.get("health") is None:
        return
    found = api.get(f"/api/v1/runs/{detail['id']}/findings", answer=_Findings)
    if found.answer is not None:
        click.echo(str(found.answer.sentence))
    speaking = [one for one in found.items if one.status == "open" and one.dismissed is None]
    for one in speaking:
        severity = texts.text(f"runs.severity.{one.severity}")
        click.echo(texts.text("runs.finding", severity=severity, rule=one.rule, title=one.title, evidence=one.evidence))


def _tell_lost(detail: finding.Raw) -> None:
    """Say what never reached the server and why, or in one line that nothing was lost; and what follows later."""
    lost = words.lost(detail)
    if lost:
        cells = [(texts.text_or(f"lost.{reason}", reason), output.number(rows)) for reason, rows in lost.items()]
        output.as_table([texts.text("runs.reason"), texts.text("runs.rows")], cells)
    else:
        click.echo(texts.text("runs.none_lost"))
    if detail.get("deferred"):
        click.echo(texts.text("runs.follow", count=detail["deferred"]))


def _tell_attempts(detail: finding.Raw) -> None:
    """List the attempts where there are several, and how each ended."""
    attempts = msgspec.convert(detail.get("attempts") or [], list[finding.Raw])
    if len(attempts) > 1:
        headings = [texts.text(f"runs.{key}") for key in ("attempt", "state", "from_epoch", "started", "end_reason")]
        output.as_table(headings, [_attempt_cells(one) for one in attempts])


def _attempt_cells(one: finding.Raw) -> Sequence[str]:
    return (
        str(one.get("number")),
        words.state(one.get("state")),
        output.number(one.get("start_epoch") or 0),
        words.instant(one["started"]) if one.get("started") else "–",
        str(one.get("end_reason") or "–"),
    )


def _series_cells(item: finding.Raw) -> Sequence[str]:
    return (
        str(item["name"]),
        output.number(item["last"]),
        output.number(item["best"]),
        output.number(item["count"]),
        str(item["unit"]),
    )
