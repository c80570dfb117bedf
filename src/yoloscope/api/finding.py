"""Which run is meant: pages of the run table, and one run by its id, its name or the start of its id."""

from collections.abc import Mapping

import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.records import ids

_PAGE = 500
_SEARCHED_MAX = 10_000
_NOT_FOUND = 404
Raw = dict[str, object]


class Page(msgspec.Struct, frozen=True):
    """A page of the run table as the server sends it; unknown keys are kept."""

    items: list[Raw]
    next: str | None = None


def page(api: client.Client, *, asked: Mapping[str, str], limit: int = _PAGE, cursor: str | None = None) -> Page:
    """Return a page of the run table as asked for, by default of the newest."""
    query: dict[str, str | int] = {**asked, "limit": min(_PAGE, limit)}
    return api.get("/api/v1/runs", query=query | ({"cursor": cursor} if cursor else {}), answer=Page)


def table(api: client.Client, *, asked: Mapping[str, str], limit: int) -> tuple[list[Raw], bool]:
    """Return the first runs of the table as asked for, by default the newest of all, and whether there are more."""
    items: list[Raw] = []
    cursor: str | None = None
    while True:
        found = page(api, asked=asked, limit=limit - len(items), cursor=cursor)
        items += found.items
        cursor = found.next
        if cursor is None or len(items) >= limit:
            return items, cursor is not None


def find(api: client.Client, asked: str) -> Raw:
    """Return the run that is meant: by id, else by name, else by the start of its id.

    Raises:
        NotFound: if there is none.
        ConfigError: if several are meant.
    """
    if ids.RUN_ID.match(asked):
        try:
            return api.get(f"/api/v1/runs/{asked}", answer=Raw)
        except errors.ServerRefused as error:
            if error.status != _NOT_FOUND:
                raise
    items, _ = table(api, asked={"archived": "any"}, limit=_SEARCHED_MAX)
    named = [str(item["id"]) for item in items if item["name"] == asked]
    found = named or [str(item["id"]) for item in items if str(item["id"]).startswith(asked)]
    if len(found) == 1:
        return api.get(f"/api/v1/runs/{found[0]}", answer=Raw)
    if found:
        raise errors.ConfigError(f"{asked!r} fits {len(found)} runs; use one of these ids: {', '.join(found[:5])}")
    raise errors.NotFound(f"there is no run {asked!r} at {api.url}. `yoloscope runs ls` lists what there is")
