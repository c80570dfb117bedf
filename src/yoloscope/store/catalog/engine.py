"""The catalogue's database: opened, set up and brought to this release's schema.

Called by `catalog`. SQLite runs with a write-ahead log, full synchronisation and foreign keys.
"""

import secrets
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event, exc

import yoloscope
from yoloscope import errors
from yoloscope.store.catalog import tables

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""Every step this release knows, oldest first; the last is where a catalogue must stand."""

WRITING = "yoloscope_writing"
_BUSY_MS = 10_000


def url_of_file(path: Path) -> sa.URL:
    """Return the URL of a SQLite file, whatever characters its path holds."""
    return sa.URL.create("sqlite", database=str(path))


def opened(url: str | sa.URL) -> sa.Engine:
    """Return an engine whose database has this release's schema.

    Raises:
        ConfigError: if the URL is of no kind that can be used.
        StoreVersion: if a newer release wrote it.
        StoreFull: if the disk is full.
        StoreError: if it cannot be opened.
    """
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        _set_up_sqlite(engine)
    try:
        _bring_to_head(engine)
    except exc.SQLAlchemyError as error:
        engine.dispose()
        raise store_error(error) from error
    except errors.StoreError:
        engine.dispose()
        raise
    return engine


def _engine(url: str | sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(url)
    except (exc.ArgumentError, ImportError) as error:
        raise errors.ConfigError(
            f"--catalog cannot be used ({type(error).__name__}); give sqlite:///FILE, or a SQLAlchemy URL whose driver is "
            "installed"
        ) from error


def store_error(error: exc.SQLAlchemyError) -> errors.StoreError:
    """Return the error of our tree that says what the database's says."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if "disk is full" in str(cause):
        return errors.StoreFull(
            "the disk that holds the catalogue is full: nothing of this was stored. Free some space"
        )
    return errors.StoreError(f"the catalogue cannot be used ({cause}); it was left as it is")


def _set_up_sqlite(engine: sa.Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN below, the driver would say it too late
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        connection.execute("PRAGMA journal_mode = WAL").close()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get(WRITING, False)
        # A transaction that reads first and writes later would fail, not wait, when another wrote in between.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    _ = set_up, begin


def _bring_to_head(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        revision = _revision(connection)
    if revision == REVISIONS[-1]:
        return
    if revision is not None and revision not in REVISIONS:
        raise errors.StoreVersion(
            f"yoloscope {_release(engine)} wrote this catalogue (schema {revision}); yoloscope {yoloscope.__version__} reads "
            f"up to {REVISIONS[-1]}. The data are untouched: install that release or a newer one"
        )
    from yoloscope.store.catalog import migrate  # noqa: PLC0415 - loads Alembic, which a catalogue at head does not need

    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        migrate.to_head(connection)
        _sign(connection)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _release(engine: sa.Engine) -> str:
    with engine.begin() as connection:
        found = connection.execute(sa.select(tables.meta.c.value).where(tables.meta.c.key == "release")).scalar()
    return found or "(a newer release)"


def _sign(connection: sa.Connection) -> None:
    """Write down which release made the schema, and give a new catalogue its identity."""
    meta = tables.meta
    connection.execute(meta.delete().where(meta.c.key == "release"))
    values = {"release": yoloscope.__version__}
    if not connection.execute(sa.select(meta.c.key).where(meta.c.key == "instance")).first():
        values |= {"instance": secrets.token_hex(16), "instance_epoch": "1"}
    connection.execute(meta.insert(), [{"key": key, "value": value} for key, value in values.items()])
