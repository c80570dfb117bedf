"""``yoloscope runs learnt``: what came of each setting in the runs of a project."""

import click
import msgspec

from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.cli.runs import finding

_PATH = "/api/v1/insights/learnt"
_TOO_FEW = "too_few_runs"


class _Text(msgspec.Struct, frozen=True):
    """A text in both languages."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.zh if texts.is_chinese() else self.en


class _Metric(msgspec.Struct, frozen=True):
    """What was asked for."""

    title: _Text


class _Ignored(msgspec.Struct, frozen=True):
    """Runs that do not count."""

    count: int
    text: _Text


class _Runs(msgspec.Struct, frozen=True):
    """How many runs count."""

    counted: int
    ignored: list[_Ignored]


class _Effect(msgspec.Struct, frozen=True):
    """One comparison."""

    verdict: str
    sentence: _Text


class _Data(msgspec.Struct, frozen=True):
    """A data set."""

    id: str
    train_images: int | None
    val_images: int | None


class _OnData(msgspec.Struct, frozen=True):
    """What was learnt on it."""

    data: _Data | None
    runs: int
    effects: list[_Effect]
    labels: list[str]


class _Answer(msgspec.Struct, frozen=True):
    """What the server answers."""

    project: str
    metric: _Metric
    runs: _Runs
    data: list[_OnData]


@click.command("learnt")
@click.option("--project", metavar="NAME", required=True, help="The project whose runs are held against each other.")
@click.option("--metric", metavar="NAME", help="The series that says how good a run is; default: mAP50-95.")
@click.option(
    "--value", type=click.Choice(["best", "last"]), default="best", show_default=True, help="Which value counts."
)
@click.option(
    "--better", type=click.Choice(["higher", "lower"]), help="Which is better, where the name does not say it."
)
@click.option("--all", "every", is_flag=True, help="Also list comparisons that have too few runs.")
@finding.server_and_json
def learnt(  # noqa: PLR0913 - options
    project: str,
    metric: str | None,
    value: str,
    better: str | None,
    *,
    every: bool,
    json_wanted: bool,
    server: str | None,
) -> None:
    """Tell which settings helped on which data, by how much, and how sure that is."""
    api = client.Client(server)
    query: dict[str, str | int] = {"project": project, "value": value}
    query |= {"metric": metric} if metric else {}
    query |= {"better": better} if better else {}
    if json_wanted:
        output.as_json(api.get(_PATH, query=query, answer=finding.Raw))
        return
    _print(api.get(_PATH, query=query, answer=_Answer), every=every)


def _print(answer: _Answer, *, every: bool) -> None:
    counted = answer.runs.counted
    click.echo(texts.text("learnt.of", metric=answer.metric.title, counted=counted, project=answer.project))
    for one in answer.runs.ignored:
        click.echo(texts.text("learnt.ignored", count=one.count, reason=one.text))
    if not counted:
        click.echo(texts.text("learnt.none"))
    for group in answer.data:
        click.echo("\n" + _heading(group))
        told = [one for one in group.effects if every or one.verdict != _TOO_FEW]
        for effect in told:
            click.echo(f"  {effect.sentence}")
        if not group.effects:
            click.echo("  " + texts.text("learnt.nothing"))
        if len(told) < len(group.effects):
            click.echo("  " + texts.text("learnt.fewer", count=len(group.effects) - len(told)))
        if group.labels:
            names = texts.text("table.between").join(group.labels)
            click.echo("  " + texts.text("learnt.labels", names=names))


def _heading(group: _OnData) -> str:
    if group.data is None:
        return texts.text("learnt.unknown_data", runs=group.runs)
    images = (output.number(count) for count in (group.data.train_images, group.data.val_images))
    train, val = images
    return texts.text("learnt.data", id=group.data.id, train=train, val=val, runs=group.runs)
