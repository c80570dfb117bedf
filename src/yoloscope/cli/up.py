"""``yoloscope up``: the dashboard on this machine, or a way to the one that already runs."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
import threading
import webbrowser
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click
import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli import output, texts

if TYPE_CHECKING:
    from yoloscope.server import claim
    from yoloscope.server import settings as server_settings

_DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY")
_OURS = "yoloscope"
_OPEN_FILES = 65_536  # connections and series files of thousands of projects; login shells often allow 1,024


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8080
    store: str | None = None
    blobs: str | None = None
    blobs_quota_gb: float | None = None
    auth: bool = True
    allowed_hosts: tuple[str, ...] = ()
    opens_browser: bool = False
    prints_json: bool = False


class Ready(msgspec.Struct, frozen=True):
    """What ``--json`` prints once the server answers."""

    url: str
    link: str
    data: str
    pid: int


class _Link(msgspec.Struct, frozen=True):
    url: str


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for the network.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Where everything is kept.")
@click.option(
    "--store",
    metavar="URL",
    envvar="YOLOSCOPE_STORE",
    help="Series store; default: YOLOSCOPE_STORE, else blocks inside the data directory.",
)
@click.option(
    "--blobs",
    metavar="URL",
    help="Where pictures and files lie: file:///DIR; default: as before, else in the data directory.",
)
@click.option(
    "--blobs-quota-gb",
    type=click.FloatRange(min=0),
    help="What they may take; default: all but the last 5 % or 5 GB of the disk, whichever is less.",
)
@click.option("--no-auth", is_flag=True, help="Ask for no token; on loopback only.")
@click.option("--allow-host", "allowed", multiple=True, metavar="NAME", help="Host name to answer to; repeatable.")
@click.option("--open/--no-open", "opens", default=None, help="Open a browser; default: if there is a display.")
@click.option("--json", "prints_json", is_flag=True, help="Print one line of JSON when ready.")
def up(  # noqa: PLR0913 - one for each option
    *,
    host: str,
    port: int,
    data: Path | None,
    store: str | None,
    blobs: str | None,
    blobs_quota_gb: float | None,
    no_auth: bool,
    allowed: tuple[str, ...],
    opens: bool | None,
    prints_json: bool,
) -> None:
    """Start the dashboard."""
    run(
        Options(
            data=(data or default_data()).expanduser().absolute(),
            host=host,
            port=port,
            store=store,
            blobs=blobs,
            blobs_quota_gb=blobs_quota_gb,
            auth=not no_auth,
            allowed_hosts=allowed,
            opens_browser=(has_display() and not prints_json) if opens is None else opens,
            prints_json=prints_json,
        )
    )


def default_data() -> Path:
    """Return the data directory that is used when none is named."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "yoloscope"


def has_display() -> bool:
    """Tell whether a browser could show a window here."""
    if sys.platform == "darwin" or os.name == "nt":
        return True
    return "SSH_CONNECTION" not in os.environ and any(os.environ.get(name) for name in _DISPLAY_VARIABLES)


def run(options: Options) -> None:
    """Serve until a signal, or point to the server that already has the data directory.

    Raises:
        ConfigError: if an option, the port or the directory cannot be used.
    """
    gc.disable()  # until it is ready: what is loaded stays, and looking through it again and again takes a fifth of the start
    try:
        _check_installed()
        from yoloscope.server import claim

        with claim.of(options.data) as mine:
            if mine is None:
                _point_to(claim.holder(options.data), options=options)
            else:
                _serve(options, mine)
    finally:
        gc.enable()


def _check_installed() -> None:
    try:
        for room in ("app", "serving"):
            importlib.import_module(f"yoloscope.server.{room}")
    except ModuleNotFoundError as error:
        if (error.name or _OURS).partition(".")[0] == _OURS:
            raise
        raise errors.MissingExtra("`yoloscope up`", extra="server") from error


def _allow_open_files() -> None:
    """Take as many file descriptors as the system lets us without asking."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _serve(options: Options, mine: claim.Claim) -> None:
    from yoloscope.server import app, claim, listening, memory, serving
    from yoloscope.store import open as store_opening

    _allow_open_files()
    memory.keep_small()
    settings = _settings(options)
    with contextlib.ExitStack() as held:
        listener = held.enter_context(listening.bound(options.host, port=options.port))
        settings = msgspec.structs.replace(settings, port=listener.getsockname()[1])
        stores = held.enter_context(
            store_opening.open_stores(
                options.data,
                store_url=options.store,
                blobs_url=options.blobs,
                blobs_quota_bytes=None if options.blobs_quota_gb is None else int(options.blobs_quota_gb * 1e9),
                worker=True,
            )
        )
        application = app.create_app(settings, stores)

        def on_ready() -> None:
            gc.freeze()
            gc.enable()
            mine.announce(claim.Holder(url=settings.url, pid=os.getpid()))
            code = application.state.services.links.new()
            _tell(Ready(settings.url, f"{settings.url}/open/{code}", str(options.data), os.getpid()), options, settings)

        _leave_on_signals()
        serving.server_for(application, on_ready=on_ready).run(sockets=[listener])


def _settings(options: Options) -> server_settings.Settings:
    from yoloscope.server import settings
    from yoloscope.server.access import secret

    checked = settings.check(
        settings.Settings(
            data=options.data,
            token="",
            host=options.host,
            port=options.port,
            auth=options.auth,
            allowed_hosts=options.allowed_hosts,
        )
    )
    return msgspec.structs.replace(checked, token=secret.from_file(checked.token_file))


def _tell(ready: Ready, options: Options, settings: server_settings.Settings) -> None:
    if options.prints_json:
        output.as_json(ready)
    else:
        click.echo(texts.text("up.ready", url=ready.url))
        if not settings.local:
            click.echo(texts.text("up.elsewhere", url=_outer_url(settings)))
            click.echo(texts.text("up.token", path=settings.token_file))
        if settings.auth:
            click.echo(texts.text("up.link", link=ready.link))
        click.echo(texts.text("up.data", data=ready.data))
        click.echo(texts.text("up.stop"))
    sys.stdout.flush()
    if options.opens_browser:
        threading.Thread(target=webbrowser.open, args=[ready.link], daemon=True).start()


def _outer_url(settings: server_settings.Settings) -> str:
    """Return an address that other machines can try: the one bound, or this machine's first on the network."""
    import socket

    import psutil

    from yoloscope.server.settings import is_loopback, is_wide

    host = settings.allowed_hosts[0] if settings.allowed_hosts else settings.host
    if is_wide(host):
        found = [
            address.address
            for name in psutil.net_if_addrs().values()
            for address in name
            if address.family == socket.AF_INET
        ]
        host = next((one for one in found if not is_loopback(one)), socket.gethostname())
    return f"http://{host}:{settings.port}"


def _point_to(holder: claim.Holder | None, *, options: Options) -> None:
    """Tell where the running server is, with a fresh link.

    Raises:
        ConfigError: if it holds the directory but does not say where it listens.
    """
    if holder is None:
        raise errors.ConfigError(
            f"another yoloscope is starting or stopping with this data directory; try again in a moment: {options.data}"
        )
    token_file = options.data / "token"
    token = token_file.read_text(encoding="ascii").strip() if token_file.is_file() else None
    link = client.Client(holder.url, token=token).post("/api/v1/links", answer=_Link).url
    if options.prints_json:
        output.as_json(Ready(holder.url, link, str(options.data), holder.pid))
    else:
        click.echo(texts.text("up.already", url=holder.url))
        click.echo(texts.text("up.link", link=link))
    if options.opens_browser:
        webbrowser.open(link)


def _leave_on_signals() -> None:
    """Make the signals that uvicorn raises again after its clean stop end the process with success."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        del number, frame
        sys.exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
