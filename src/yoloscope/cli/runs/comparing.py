"""``yoloscope runs compare``: what sets runs, or attempts of runs, apart."""

import click
import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.cli.runs import finding

_CELL_CHARS = 48


class _Column(msgspec.Struct, frozen=True):
    """A column as the server names it."""

    column: str
    id: str
    name: str
    attempt: int


class _Answer(msgspec.Struct, frozen=True):
    """What the server answers."""

    runs: list[_Column]
    sections: dict[str, list[finding.Raw]]
    equal: dict[str, int]


@click.command("compare")
@click.argument("run", nargs=-1, required=True)
@click.option(
    "--attempt",
    "attempts",
    type=click.IntRange(0),
    multiple=True,
    metavar="N",
    help="An attempt for each run, 0: newest.",
)
@finding.server_and_json
def compare_runs(run: tuple[str, ...], *, attempts: tuple[int, ...], json_wanted: bool, server: str | None) -> None:
    """Show what differs between runs: code, packages, settings, configuration, data, machine, augmentation.

    The same RUN twice with two --attempt compares its attempts.
    """
    _check(run, attempts)
    api = client.Client(server)
    asked = [str(finding.find(api, one)["id"]) for one in run]
    query = [("run", one) for one in asked] + [("attempt", str(number)) for number in attempts]
    if json_wanted:
        output.as_json(api.get("/api/v1/compare", query=query, answer=finding.Raw))
        return
    _print(api.get("/api/v1/compare", query=query, answer=_Answer))


def _check(run: tuple[str, ...], attempts: tuple[int, ...]) -> None:
    if len(run) < 2:
        raise errors.ConfigError("name two runs to compare, or one of them twice with two --attempt")
    if attempts and len(attempts) != len(run):
        raise errors.ConfigError(
            f"{len(attempts)} attempts are named for {len(run)} runs; name one for each, 0: newest"
        )


def _print(answer: _Answer) -> None:
    titles = _titles(answer.runs)
    for section, rows in answer.sections.items():
        title = texts.text_or(f"compare.{section}", section)
        equal = answer.equal.get(section, 0)
        if not rows:
            key = "compare.same" if equal else "compare.nothing"
            click.echo(texts.text(key, section=title, count=equal))
            continue
        click.echo("\n" + texts.text("compare.differs", section=title, count=len(rows), equal=equal))
        cells = [[str(row["key"]), *(_cell(row, one.column) for one in answer.runs)] for row in rows]
        output.as_folded_table([texts.text("compare.key"), *titles], cells)


def _titles(columns: list[_Column]) -> list[str]:
    """Return a heading for each column: the run's name, with its attempt where a run stands twice."""
    named = [column.id for column in columns]
    return [
        texts.text("compare.attempt", name=column.name, number=column.attempt)
        if named.count(column.id) > 1
        else column.name
        for column in columns
    ]


def _cell(row: finding.Raw, column: str) -> str:
    """Return a value as JSON has it, cut to what a table holds; a text needs no quotes, what is missing is a dash.

    A terminal would act upon what cannot be printed.
    """
    if column not in row:
        return "–"
    value = row[column]
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[: _CELL_CHARS + 1])
    return shown if len(shown) <= _CELL_CHARS else shown[: _CELL_CHARS - 1] + "…"
