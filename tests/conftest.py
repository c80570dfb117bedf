"""What all tests share: strictness, contract suites with pytest's assertions inside them, a home of their own, batches, stores and a running server."""

import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import hypothesis
import msgspec
import pytest
import requests

from yoloscope.records import ids, row
from yoloscope.server import app, serving
from yoloscope.server import settings as server_settings
from yoloscope.server.access import secret
from yoloscope.store import open as store_opening
from yoloscope.wire import codec, protocol

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite(
    "contracts.series_store",
    "contracts.series_keeping",
    "contracts.series_views",
    "contracts.series_model",
    "contracts.catalog",
    "contracts.blobs",
)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a shell, where Ctrl-C is ignored: what tests start would inherit that and never stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("loaded", deadline=None)  # how long an example takes says how busy the machine is
hypothesis.settings.load_profile("loaded")

WRITER = ids.WriterId("0123456789abcdef" * 2)


@pytest.fixture(autouse=True)
def _isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the user's files, servers, proxies or language; every fault of the SDK is raised."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in ("SERVER", "TOKEN", "PROJECT", "MODE", "DIR", "PROXY"):
        monkeypatch.delenv(f"YOLOSCOPE_{name}", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("YOLOSCOPE_STRICT", "1")
    monkeypatch.setenv("YOLOSCOPE_TELEMETRY", "off")  # its rows come by the clock; the tests of it turn it on
    monkeypatch.setattr(
        "yoloscope.sdk.computing.facts", dict
    )  # else it depends on whether an earlier test imported torch


def matrix(values: dict[str, list[float]], *, first_step: int = 0) -> row.Matrix:
    """Return rows with steps from `first_step` on, ten to an epoch, a second apart."""
    count = len(next(iter(values.values())))
    steps = range(first_step, first_step + count)
    times = struct.pack(f"<{count}q", *(1_700_000_000_000_000_000 + step * 10**9 for step in steps))
    return row.Matrix(
        names=tuple(values),
        step=struct.pack(f"<{count}q", *steps),
        epoch=struct.pack(f"<{count}d", *(step / 10 for step in steps)),
        wall_ns=times,
        mono_ns=times,
        values=struct.pack(
            f"<{count * len(values)}d", *(column[at] for at in range(count) for column in values.values())
        ),
    )


class Batches:
    """Makes batches of one run and writer that differ from a plain one as asked."""

    writer = WRITER
    matrix = staticmethod(matrix)

    def __call__(
        self, *entries: row.Entry, first_seq: int = 0, run: str = "r1", project: str = "signs", **changes: object
    ) -> row.Batch:
        batch = row.Batch(
            run=row.RunRef(ids.RunId(run), ids.ProjectName(project), name=run, created_ns=1_700_000_000_000_000_000),
            attempt=row.AttemptRef(index=0, wall_ns=1_700_000_000_000_000_000, mono_ns=1_700_000_000_000_000_000),
            writer=WRITER,
            lane=0,
            first_seq=first_seq,
            entries=entries,
        )
        return msgspec.structs.replace(batch, **changes)

    def body(self, *batches: row.Batch) -> bytes:
        """Return batches as a body that is not compressed."""
        return codec.body_from_batches(batches)


@pytest.fixture
def batches() -> Batches:
    return Batches()


@pytest.fixture
def stores(tmp_path: Path) -> Generator[store_opening.Stores, None, None]:
    """The real stores on an empty directory."""
    with store_opening.open_stores(tmp_path / "stores") as opened:
        yield opened


class LiveServer:
    """A real server on a free port of this machine, and a client that knows its token."""

    def __init__(self, settings: server_settings.Settings, application) -> None:
        self.settings = settings
        self.url = settings.url
        self.token = settings.token
        self.services = application.state.services
        self.app = application
        self.session = requests.Session()
        self.session.trust_env = False
        self.stop: Callable[[], None]

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = "own",
        headers: dict[str, str] | None = None,
        **more: object,
    ) -> requests.Response:
        """Return the answer to a request; with its own token unless told otherwise. Redirects are not followed."""
        headers = dict(headers or {})
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token if token == 'own' else token}")
        return self.session.request(
            method,
            self.url + path,
            headers=headers,
            timeout=20,
            allow_redirects=False,
            auth=lambda request: request,
            **more,
        )

    def get(self, path: str, **more: object) -> requests.Response:
        return self.call("GET", path, **more)

    def ingest(self, body: bytes, *, encoding: str | None = None, **more: object) -> requests.Response:
        headers = {"Content-Type": protocol.CONTENT_TYPE} | ({"Content-Encoding": encoding} if encoding else {})
        return self.call("POST", protocol.INGEST_PATH, data=body, headers=headers, **more)

    def log(self, value: object, *, query: str = "", **more: object) -> requests.Response:
        return self.call("POST", f"/log{query}", json=value, **more)


@pytest.fixture
def serve(tmp_path: Path) -> Generator[Callable[..., LiveServer], None, None]:
    """Start servers with settings of choice; they stop when the test ends. All listen on loopback only, whatever `host` says."""
    stops: list[Callable[[], None]] = []

    def start(*, data: Path | None = None, **changes: object) -> LiveServer:
        directory = data or tmp_path / f"data{len(stops)}"
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        stores = store_opening.open_stores(directory)
        settings = server_settings.Settings(data=directory, token=secret.from_file(directory / "token"))
        settings = msgspec.structs.replace(settings, port=listener.getsockname()[1], **changes)
        application = app.create_app(settings, stores)
        ready = threading.Event()
        server = serving.server_for(application, on_ready=ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        live = LiveServer(settings, application)

        def stop() -> None:
            live.session.close()
            server.should_exit = True
            thread.join()
            listener.close()
            stores.close()

        live.stop = stop
        stops.append(stop)
        assert ready.wait(30)
        return live

    yield start
    for stop in reversed(stops):
        stop()


@pytest.fixture
def live_server(serve: Callable[..., LiveServer]) -> LiveServer:
    """A server on loopback, with its token, on an empty data directory."""
    return serve()
