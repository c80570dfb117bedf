"""The views that people saved, in their table.

`SqlViews` borrows the transactions of `catalog`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import msgspec
import sqlalchemy as sa

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import ports_views
from yoloscope.store.catalog import tables

_view = tables.view.c
_Transaction = Callable[[], AbstractContextManager[sa.Connection]]
_state_from_text = msgspec.json.Decoder(dict[str, object])


class SqlViews:
    """Implements `ports_views.Views`, whose methods say what each does."""

    def __init__(self, *, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def all(
        self, *, kind: ports_views.ViewKind | None = None, project: ids.ProjectName | None = None
    ) -> list[ports_views.View]:
        """Return views by name, then by age; with a project its own and those of all projects."""
        query = sa.select(tables.view).order_by(_view.name, _view.created_ns, _view.id)
        if kind is not None:
            query = query.where(_view.kind == kind)
        if project is not None:
            query = query.where(sa.or_(_view.project == project, _view.project.is_(None)))
        with self._reading() as connection:
            return [_from_row(found) for found in connection.execute(query).mappings()]

    def one(self, view: str) -> ports_views.View:
        """Return one view."""
        with self._reading() as connection:
            return _one(connection, view)

    def add(self, view: ports_views.View, *, room: ports_views.Room) -> None:
        """Keep a view."""
        with self._writing() as connection:
            count = connection.execute(sa.select(sa.func.count()).select_from(tables.view)).scalar() or 0
            if count >= room.views:
                raise errors.TooMuch(
                    f"there are {count} views already; nothing was stored", field="views", fix="delete some first"
                )
            _check_letters(connection, len(_text(view)), room=room)
            connection.execute(tables.view.insert().values(_columns(view)))

    def change(
        self, view: str, change: ports_views.ViewChange, *, version: int, now_ns: int, room: ports_views.Room
    ) -> ports_views.Taken:
        """Change a view that is of a version still."""
        with self._writing() as connection:
            known = _one(connection, view)
            if known.version != version:
                return ports_views.Taken(known, is_taken=False)
            new = msgspec.structs.replace(known, version=version + 1, updated_ns=now_ns, **_given(change))
            grown = len(_text(new)) - len(_text(known))
            if grown > 0:
                _check_letters(connection, grown, room=room)
            connection.execute(tables.view.update().where(_view.id == view).values(_columns(new)))
        return ports_views.Taken(new, is_taken=True)

    def remove(self, view: str) -> bool:
        """Forget a view; False if there is none of that id."""
        with self._writing() as connection:
            return connection.execute(tables.view.delete().where(_view.id == view)).rowcount > 0


def _one(connection: sa.Connection, view: str) -> ports_views.View:
    found = connection.execute(sa.select(tables.view).where(_view.id == view)).mappings().first()
    if found is None:
        raise errors.NotFound(f"there is no saved view {view[:80]!r}")
    return _from_row(found)


def _check_letters(connection: sa.Connection, more: int, *, room: ports_views.Room) -> None:
    """Return if the states of all views may have so many letters more."""
    held = connection.execute(sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(_view.state)), 0))).scalar_one()
    if held + more > room.letters:
        raise errors.TooMuch(
            f"the states of all views would have {held + more:,} letters of JSON, more than {room.letters:,}; nothing was stored",
            field="state",
            fix="delete some views first",
        )


def _given(change: ports_views.ViewChange) -> dict[str, object]:
    given = {field: getattr(change, field) for field in change.__struct_fields__}
    return {field: value for field, value in given.items() if value is not msgspec.UNSET}


def _from_row(found: sa.RowMapping) -> ports_views.View:
    fields = {field: found[field] for field in ports_views.View.__struct_fields__}
    return msgspec.convert({**fields, "state": _state_from_text.decode(found["state"])}, ports_views.View)


def _text(view: ports_views.View) -> str:
    return msgspec.json.encode(view.state).decode()


def _columns(view: ports_views.View) -> dict[str, object]:
    return {**{field: getattr(view, field) for field in view.__struct_fields__}, "state": _text(view)}
