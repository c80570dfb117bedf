"""Opening the InfluxDB store: wrong addresses, who may do what, policies, and whose points a database holds."""

import http.server
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from contracts import influxd as servers
from contracts import rows
from yoloscope import errors
from yoloscope.store import open as opening
from yoloscope.store.influxdb import address, client
from yoloscope.store.influxdb import store as influxdb

pytestmark = pytest.mark.slow
BRIEF = client.Patience(connect_s=5.0, read_s=1.0, again_s=0.2)
SECRET = "s3cr3t"


@pytest.fixture
def guarded(tmp_path: Path) -> Generator[servers.Influxd, None, None]:
    """A server that asks who comes: ``root`` may do everything, ``ana`` has a database, ``bob`` has nothing."""
    server = servers.Influxd(tmp_path / "influxd", auth=True)
    server.execute(f"CREATE USER root WITH PASSWORD '{SECRET}' WITH ALL PRIVILEGES")
    for statement in (
        "CREATE DATABASE anas",
        f"CREATE USER ana WITH PASSWORD '{SECRET}'",
        f"CREATE USER bob WITH PASSWORD '{SECRET}'",
        "GRANT ALL ON anas TO ana",
    ):
        server.execute(statement, user=f"root:{SECRET}")
    yield server
    server.stop()


def opened(tmp_path: Path, server: servers.Influxd, *, name: str = "d", **more: object) -> influxdb.InfluxStore:
    patience = more.pop("patience", servers.PATIENCE)
    return influxdb.InfluxStore(tmp_path / "data", to=server.address(name), patience=patience, **more)


def test_where_nothing_listens_the_message_says_so(tmp_path: Path) -> None:
    to = address.from_url(f"influxdb://u:{SECRET}@127.0.0.1:1/d")
    with pytest.raises(
        errors.StoreError, match=r"influxdb://127\.0\.0\.1:1/d cannot be reached \(nothing listens"
    ) as told:
        influxdb.InfluxStore(tmp_path, to=to, patience=BRIEF)
    assert SECRET not in str(told.value) + repr(to)
    to = address.from_url("influxdb://no-such-host.invalid/d")
    with pytest.raises(errors.StoreError, match=r"no-such-host\.invalid:8086/d cannot be reached"):
        influxdb.InfluxStore(tmp_path, to=to, patience=BRIEF)


def test_tls_with_a_server_that_has_none_is_named(tmp_path: Path, influxd: servers.Influxd) -> None:
    to = address.from_url(f"influxdbs://127.0.0.1:{influxd.port}/d")
    with pytest.raises(errors.StoreError, match=r"influxdbs://.* cannot be reached \(TLS failed"):
        influxdb.InfluxStore(tmp_path, to=to, patience=BRIEF)


def test_what_is_no_influxdb_is_not_taken_for_one(tmp_path: Path) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever).start()
        to = address.from_url(f"influxdb://127.0.0.1:{server.server_port}/d")
        with pytest.raises(errors.StoreError, match="does not speak InfluxDB's language"):
            influxdb.InfluxStore(tmp_path, to=to, patience=BRIEF)
        with pytest.raises(errors.StoreError, match="does not speak InfluxDB's language"):
            client.Client(to, patience=BRIEF).write(b"m f=1 1")
        server.shutdown()


def test_who_is_not_known_or_may_not_is_told_what_to_do(tmp_path: Path, guarded: servers.Influxd) -> None:
    def refused(name: str, user: str) -> str:
        with pytest.raises((errors.ConfigError, errors.StoreError)) as told:
            influxdb.InfluxStore(tmp_path / user, to=guarded.address(name, user=user), patience=BRIEF)
        assert SECRET not in str(told.value)
        return str(told.value)

    assert "Check user and password" in refused("anas", "ana:wrong")
    assert "Check user and password" in refused("anas", "")
    assert 'CREATE DATABASE "new"' in refused("new", f"ana:{SECRET}")
    assert "bob" in refused("anas", f"bob:{SECRET}")
    store = influxdb.InfluxStore(tmp_path / "ana", to=guarded.address("anas", user=f"ana:{SECRET}"))
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
    store.seal(rows.PROJECT, rows.RUN)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0]
    store.remove(rows.PROJECT, rows.RUN)
    store.close()
    influxdb.InfluxStore(tmp_path / "root", to=guarded.address("made", user=f"root:{SECRET}")).close()


def test_a_policy_that_drops_points_is_refused(tmp_path: Path, influxd: servers.Influxd) -> None:
    influxd.execute('CREATE DATABASE "short" WITH DURATION 7d NAME "week"')
    influxd.execute('CREATE RETENTION POLICY "ever" ON "short" DURATION INF REPLICATION 1')
    with pytest.raises(errors.ConfigError, match=r"'week' drops points after 168h.*\?rp=NAME"):
        opened(tmp_path, influxd, name="short")
    with pytest.raises(errors.ConfigError, match=r"retention policy not found: never; leave \?rp= out"):
        opened(tmp_path, influxd, name="short?rp=never")
    store = opened(tmp_path, influxd, name="short?rp=ever")
    store.append(rows.PROJECT, [rows.lane(rows.column([1.0, 2.0]))]).result()
    store.seal(rows.PROJECT, rows.RUN)
    assert store.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0, 2.0]
    store.close()
    influxd.execute('DROP DATABASE "short"')


def test_two_data_directories_share_a_database_and_one_has_one(tmp_path: Path, influxd: servers.Influxd) -> None:
    first, second = (
        influxdb.InfluxStore(tmp_path / name, to=influxd.address("shared"), patience=servers.PATIENCE) for name in "ab"
    )
    for store, value in ((first, 1.0), (second, 2.0)):
        store.append(rows.PROJECT, [rows.lane(rows.column([value]))]).result()
        store.seal(rows.PROJECT, rows.RUN)
    second.remove(rows.PROJECT, rows.RUN)
    second.close()
    assert first.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0]
    first.close()
    with pytest.raises(errors.ConfigError, match=r"are in influxdb://.*/shared, and .*/elsewhere has none"):
        influxdb.InfluxStore(tmp_path / "a", to=influxd.address("elsewhere"))
    again = influxdb.InfluxStore(tmp_path / "a", to=influxd.address("shared"))
    assert again.points(rows.PROJECT, rows.RUN, rows.LOSS).value.tolist() == [1.0]
    again.close()
    for name in ("shared", "elsewhere"):
        influxd.execute(f'DROP DATABASE "{name}"')


def test_stores_are_opened_by_their_url(tmp_path: Path, influxd: servers.Influxd) -> None:
    with opening.open_stores(tmp_path, store_url=f"{influxd.url}/by-url") as stores:
        assert stores.series.capabilities.kind == "influxdb"
        stores.series.append(rows.PROJECT, [rows.lane(rows.column([1.0]))]).result()
        assert not (tmp_path / "series").exists()
    influxd.execute('DROP DATABASE "by-url"')
