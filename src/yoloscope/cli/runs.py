"""``yoloscope runs``: what has been recorded, as a table or as JSON."""

from collections.abc import Callable, Sequence
from datetime import datetime

import click
import msgspec

from yoloscope import errors
from yoloscope.cli import client, output, texts
from yoloscope.records import ids

_PAGE = 500
_SEARCHED_MAX = 10_000
_NOT_FOUND = 404
_Raw = dict[str, object]


class _Page(msgspec.Struct, frozen=True):
    """A page of the run table as the server sends it; unknown keys are kept."""

    items: list[_Raw]
    next: str | None = None


@click.group()
def runs() -> None:
    """List and show runs."""


_server = click.option(
    "--server", metavar="URL", help="Server to ask; default: YOLOSCOPE_SERVER, yoloscope.toml, or the one running here."
)
_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")


@runs.command("ls")
@click.option("--project", metavar="NAME", help="Only runs of this project.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Newest runs to list.")
@_json
@_server
def list_runs(project: str | None, limit: int, *, json_wanted: bool, server: str | None) -> None:
    """List runs, newest first."""
    api = client.Client(server)
    items, more = _newest(api, project=project, limit=limit)
    if json_wanted:
        output.as_json({"items": items, "more": more})
        return
    if not items:
        key = "runs.none_in_project" if project else "runs.none"
        click.echo(texts.text(key, url=api.url, project=project))
        return
    headings = ["name", "state", "epoch", "map50", "rows", "project", "created", "id"]
    cells = [_cells(item) for item in items]
    lost = [sum(_lost(item).values()) for item in items]
    if any(lost):
        headings.insert(5, "lost")
        for row, rows in zip(cells, lost, strict=True):
            row.insert(5, f"! {rows}" if rows else "")
    output.as_table([texts.text(f"runs.{key}") for key in headings], cells)
    if more:
        click.echo(texts.text("runs.more", limit=limit * 2))


@runs.command("show")
@click.argument("run")
@_json
@_server
def show_run(run: str, *, json_wanted: bool, server: str | None) -> None:
    """Show one run: RUN is an id, the start of one, or a name."""
    api = client.Client(server)
    detail = find(api, run)
    if json_wanted:
        output.as_json(detail)
        return
    facts = [
        (texts.text(f"runs.{key}"), _WRITTEN.get(key, output.number)(detail.get(key)))
        for key in ("name", "id", "project", "state", "created", "updated", "epoch", "epochs", "step", "rows", "host")
    ]
    output.as_facts(facts)
    _tell_lost(detail)
    series = msgspec.convert(detail["series"], list[_Raw])
    headings = [texts.text(f"runs.{key}") for key in ("series", "last", "best", "count", "unit")]
    output.as_table(headings, [_series_cells(item) for item in series])


def _newest(api: client.Client, *, project: str | None, limit: int) -> tuple[list[_Raw], bool]:
    """Return the newest runs, and whether there are more."""
    items: list[_Raw] = []
    cursor: str | None = None
    while True:
        query: dict[str, str | int] = {"limit": min(_PAGE, limit - len(items))}
        query |= {"project": project} if project else {}
        query |= {"cursor": cursor} if cursor else {}
        page = api.get("/api/v1/runs", query=query, answer=_Page)
        items += page.items
        cursor = page.next
        if cursor is None or len(items) >= limit:
            return items, cursor is not None


def find(api: client.Client, asked: str) -> dict[str, object]:
    """Return the run that is meant: by id, else by name, else by the start of its id.

    Raises:
        NotFound: if there is none.
        ConfigError: if several are meant.
    """
    if ids.RUN_ID.match(asked):
        try:
            return api.get(f"/api/v1/runs/{asked}", answer=_Raw)
        except errors.ServerRefused as error:
            if error.status != _NOT_FOUND:
                raise
    items, _ = _newest(api, project=None, limit=_SEARCHED_MAX)
    named = [str(item["id"]) for item in items if item["name"] == asked]
    found = named or [str(item["id"]) for item in items if str(item["id"]).startswith(asked)]
    if len(found) == 1:
        return api.get(f"/api/v1/runs/{found[0]}", answer=_Raw)
    if found:
        raise errors.ConfigError(f"{asked!r} fits {len(found)} runs; use one of these ids: {', '.join(found[:5])}")
    raise errors.NotFound(f"there is no run {asked!r} at {api.url}. `yoloscope runs ls` lists what there is")


def _state(value: object) -> str:
    return texts.text_or(f"state.{value}", str(value))


def _instant(value: object) -> str:
    """Return an instant by this machine's clock."""
    return datetime.fromisoformat(str(value).replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M:%S")


_WRITTEN: dict[str, Callable[[object], str]] = {"state": _state, "created": _instant, "updated": _instant}


def _cells(item: _Raw) -> list[str]:
    last = item.get("last")
    map50: object = msgspec.convert(last, _Raw).get("metrics/mAP50")
    epochs = f"/{item['epochs']}" if item.get("epochs") is not None else ""
    return [
        str(item["name"]),
        _state(item["state"]),
        f"{item['epoch']}{epochs}",
        output.number(map50),
        output.number(item["rows"]),
        str(item["project"]),
        _instant(item["created"]),
        str(item["id"]),
    ]


def _lost(item: _Raw) -> dict[str, int]:
    """Return the rows lost by reason, the most first."""
    lost = msgspec.convert(item.get("lost", {}), dict[str, int])
    return dict(sorted(((reason, rows) for reason, rows in lost.items() if rows), key=lambda one: -one[1]))


def _tell_lost(detail: _Raw) -> None:
    """Say what never reached the server and why, or in one line that nothing was lost; and what follows later."""
    lost = _lost(detail)
    if lost:
        cells = [(texts.text_or(f"lost.{reason}", reason), output.number(rows)) for reason, rows in lost.items()]
        output.as_table([texts.text("runs.reason"), texts.text("runs.rows")], cells)
    else:
        click.echo(texts.text("runs.none_lost"))
    if detail.get("deferred"):
        click.echo(texts.text("runs.follow", count=detail["deferred"]))


def _series_cells(item: _Raw) -> Sequence[str]:
    return (
        str(item["name"]),
        output.number(item["last"]),
        output.number(item["best"]),
        output.number(item["count"]),
        str(item["unit"]),
    )
