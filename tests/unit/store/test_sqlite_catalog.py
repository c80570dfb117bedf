"""The catalogue on SQLite: the contract of every catalogue, then its migrations."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import autogenerate, config, runtime, script
from sqlalchemy import event

from contracts import catalog as contract
from yoloscope import errors
from yoloscope.records import ids, row
from yoloscope.store import ports
from yoloscope.store.catalog import catalog, engine, migrate, tables


class TestSqliteCatalog(contract.CatalogContract):
    def open(self, directory: Path) -> ports.Catalog:
        return catalog.SqlCatalog(_url(directory))


def _url(directory: Path) -> str:
    return f"sqlite:///{directory / 'catalog.db'}"


def test_migrations_make_the_tables_that_the_code_reads(tmp_path: Path) -> None:
    opened = engine.opened(_url(tmp_path))
    with opened.begin() as connection:
        context = runtime.migration.MigrationContext.configure(connection)
        assert autogenerate.compare_metadata(context, tables.metadata) == []
    opened.dispose()


def test_every_migration_is_known_to_the_quick_check() -> None:
    settings = config.Config()
    settings.set_main_option("path_separator", "os")
    settings.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    steps = script.ScriptDirectory.from_config(settings).walk_revisions()
    assert list(engine.REVISIONS) == [step.revision for step in steps][::-1]


def test_commits_are_synchronous_and_keys_are_checked(tmp_path: Path) -> None:
    opened = engine.opened(_url(tmp_path))
    with opened.begin() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for pragma in pragmas]
    opened.dispose()
    assert found == ["wal", 2, 1]


def test_a_catalogue_at_head_opens_without_loading_alembic(tmp_path: Path) -> None:
    catalog.SqlCatalog(_url(tmp_path)).close()
    code = (
        "import sys; from yoloscope.store.catalog import catalog\n"
        "catalog.SqlCatalog(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code, _url(tmp_path)], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_a_catalogue_of_a_newer_release_is_refused_untouched(tmp_path: Path) -> None:
    catalog.SqlCatalog(_url(tmp_path)).close()
    connection = sqlite3.connect(tmp_path / "catalog.db")
    connection.execute("UPDATE alembic_version SET version_num = '0099'")
    connection.execute("UPDATE meta SET value = '9.1.0' WHERE key = 'release'")
    connection.commit()
    connection.close()
    before = (tmp_path / "catalog.db").read_bytes()
    with pytest.raises(errors.StoreVersion, match=r"yoloscope 9\.1\.0 .*0099.*untouched"):
        catalog.SqlCatalog(_url(tmp_path))
    assert before == (tmp_path / "catalog.db").read_bytes()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(errors.StoreError, match="left as it is"):
        catalog.SqlCatalog(_url(tmp_path))


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/db", ""])
def test_unusable_urls_are_refused(url: str) -> None:
    with pytest.raises(errors.ConfigError, match="--catalog"):
        catalog.SqlCatalog(url)


def test_totals_of_lost_rows_may_exceed_what_the_database_can_add(tmp_path: Path) -> None:
    made = catalog.SqlCatalog(_url(tmp_path))
    made.open_run(contract.RUN)
    for digit in "abc":
        made.observe(contract.RUN.id, ids.WriterId(digit * 32), now_ns=1, lost={"quota": 2**62 - 1}, alive=None)
    assert made.runs(None, limit=1, cursor=None).runs[0].lost == {"quota": 3 * (2**62 - 1)}
    made.close()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="sqlite3 cannot be told to take fewer values before")
def test_there_may_be_more_resumed_runs_than_one_question_takes_values(tmp_path: Path) -> None:
    made = catalog.SqlCatalog(_url(tmp_path))
    made.open_run(row.RunRef(ids.RunId("first"), ids.ProjectName("signs"), "first", 1))
    made.open_attempt(ids.RunId("first"), ids.WriterId("a" * 32), row.AttemptRef(0, 1, 0, start_step=1))
    made.close()
    connection = sqlite3.connect(tmp_path / "catalog.db")
    for table, key in (("run", "id"), ("attempt", "run")):
        columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
        values = ", ".join("'r' || n" if name == key or (table, name) == ("run", "name") else name for name in columns)
        numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000)"
        connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) {numbers} SELECT {values} FROM {table}, c")
    connection.commit()
    connection.close()

    @event.listens_for(sa.Engine, "connect")
    def as_sqlite_was(made: sqlite3.Connection, _: object) -> None:
        made.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)

    try:
        opened = catalog.SqlCatalog(_url(tmp_path))
        assert len({info.ref.id for info in opened.resumed_runs()}) == 1001
        opened.close()
    finally:
        event.remove(sa.Engine, "connect", as_sqlite_was)
