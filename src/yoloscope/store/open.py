"""Opening a data directory: its stores, its version, and the lock that keeps a second server out.

Called by the server's composition root and by commands that work on a data directory. Nothing is written into a directory that
a newer release wrote or that another server holds.
"""

import contextlib
import fcntl
import json
import logging
import os
import socket
from collections.abc import Callable, Generator
from pathlib import Path
from urllib import parse

import yoloscope
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import ports, ports_media
from yoloscope.store.blobs import local
from yoloscope.store.blobs import place as blob_place
from yoloscope.store.catalog import catalog, engine
from yoloscope.store.influxdb import address
from yoloscope.store.influxdb import store as influxdb
from yoloscope.store.series import blocks, place

_log = logging.getLogger(__name__)
FORMAT = 1
RESTORING = ".restoring"
"""A folder in the data directory while a backup is restored into it: what lies beside it then is not whole."""
_VERSION_FILE = "version.json"
_LOCK_FILE = "lock"


class Stores:
    """The open stores of one data directory; a context manager. `close` releases the lock last."""

    def __init__(
        self,
        series: ports.SeriesStore,
        catalog_: ports.Catalog,
        blobs: ports_media.BlobStore,
        *,
        held: contextlib.ExitStack,
    ) -> None:
        self.series = series
        self.catalog = catalog_
        self.blobs = blobs
        self._held = held

    def close(self) -> None:
        """Finish what was accepted and release the directory; calling it twice is harmless."""
        self._held.close()

    def __enter__(self) -> "Stores":  # noqa: PYI034 - typing.Self came with Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_stores(
    data_dir: Path | str,
    *,
    store_url: str | None = None,
    catalog_url: str | None = None,
    blobs_url: str | None = None,
    blobs_quota_bytes: int | None = None,
    worker: bool = False,
) -> Stores:
    """Return the open stores of a data directory, made if it does not exist.

    ``store_url`` is ``blocks:///DIR``, by default in `data_dir`, or ``influxdb://USER:PASSWORD@HOST:8086/DATABASE``, whose ledger lies in
    `data_dir`; ``catalog_url`` a SQLAlchemy URL, by default SQLite there; ``blobs_url`` is ``file:///DIR``, by default where they were before,
    else in `data_dir`. With ``worker`` a process of its own does what takes long.

    Raises:
        ConfigError: if a URL cannot be used; the message has no secret in it.
        StoreVersion: if a newer release wrote the directory.
        StoreError: if it cannot be written, lies on a network file system, or another server holds it.
    """
    directory = Path(data_dir).expanduser().absolute()
    open_series = series_opener(store_url, data_dir=directory, worker=worker)
    blobs_dir = None if blobs_url is None else blob_place.of_url(blobs_url)
    _make(directory)
    place.refuse_network(directory)
    lock = _Lock(directory / _LOCK_FILE)
    with contextlib.ExitStack() as undo:
        undo.callback(lock.release)
        _check_whole(directory)
        _check_version(directory)
        opened_catalog = catalog.SqlCatalog(catalog_url or engine.url_of_file(directory / "catalog.db"))
        undo.callback(opened_catalog.close)
        at = blobs_dir or blob_place.of_data(directory)
        blobs = _opened_blobs(directory, at, opened_catalog, quota_bytes=blobs_quota_bytes, undo=undo)
        _tell_attempts(opened_catalog, open_series)
        series = undo.enter_context(contextlib.closing(open_series()))
        return Stores(series, opened_catalog, blobs, held=undo.pop_all())


def _opened_blobs(
    data_dir: Path,
    directory: Path,
    catalog_: ports.Catalog,
    *,
    quota_bytes: int | None,
    undo: contextlib.ExitStack,
) -> local.LocalBlobStore:
    """Return the open blobs of a catalogue, which nobody else has open; `undo` closes them."""
    if not directory.is_relative_to(data_dir):
        _make(directory)
        place.refuse_network(directory)
        undo.callback(_Lock(directory / _LOCK_FILE).release)
    opened = undo.enter_context(contextlib.closing(local.LocalBlobStore(directory, quota_bytes=quota_bytes)))
    blob_place.claim(directory, instance=catalog_.instance()[0])
    blob_place.note(data_dir, directory)
    return opened


@contextlib.contextmanager
def held(directory: Path) -> Generator[None]:
    """Hold a data directory, made if it does not exist, as a server does that has it open.

    Raises:
        StoreError: if it cannot be written, lies on a network file system, or a server holds it.
    """
    _make(directory)
    place.refuse_network(directory)
    lock = _Lock(directory / _LOCK_FILE)
    try:
        yield
    finally:
        lock.release()


def _check_whole(directory: Path) -> None:
    if (directory / RESTORING).exists():
        raise errors.StoreError(
            f"a backup is being restored into the data directory, or was until that broke off; what is there is not whole. Nothing was "
            f"changed: run `yoloscope restore` again. {str(directory)!r}"
        )


def _tell_attempts(known: ports.Catalog, open_series: Callable[[], ports.SeriesStore]) -> None:
    """Tell the series store of resumed runs what the catalogue knows: an older release, or a server that broke off, did not.

    Each project has a store of its own for it: a store keeps open what it opened, and hundreds of projects would take all that a process may.
    """
    of_project: dict[ids.ProjectName, list[ports.RunInfo]] = {}
    for resumed in known.resumed_runs():
        of_project.setdefault(resumed.ref.project, []).append(resumed)
    for project, resumed_runs in of_project.items():
        with contextlib.closing(open_series()) as series:
            for resumed in resumed_runs:
                try:
                    series.tell_attempts(project, resumed.ref.id, [one.start for one in resumed.attempts])
                except errors.StoreError as error:
                    _log.warning("run %r keeps totals that count every attempt: %s", resumed.ref.id, error)


def series_opener(
    url: str | None, *, data_dir: Path, worker: bool = False, beside_others: bool = False
) -> Callable[[], ports.SeriesStore]:
    """Return what opens the series store of a URL; nothing is opened or asked yet.

    Raises:
        ConfigError: as `open_stores`.
    """
    if url is None:
        return lambda: blocks.BlockStore(data_dir, in_worker=worker)
    parts = address.split(url)
    if parts.scheme in address.SCHEMES:
        to = address.from_url(url)
        return lambda: influxdb.InfluxStore(data_dir, to=to, beside_others=beside_others)
    if parts.scheme != "blocks":
        kind = repr(parts.scheme) if parts.scheme else "without a scheme"
        raise errors.ConfigError(f"--store {kind} is not a known kind of store; use blocks:///DIR or {address.FORM}")
    if parts.netloc or not parts.path:
        raise errors.ConfigError("--store blocks:///DIR needs an absolute directory after three slashes")
    return lambda: blocks.BlockStore(Path(parse.unquote(parts.path)), in_worker=worker)


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(directory, error) from error


def _not_writable(directory: Path, error: OSError) -> errors.StoreError:
    return errors.StoreError(
        f"the data directory cannot be written ({error.strerror}). Give one of your own with --data, or make this one yours: "
        f"{str(directory)!r}"
    )


def _check_version(directory: Path) -> None:
    """Return if this release can use the directory, which it signs if it is new."""
    path = directory / _VERSION_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        written, release = int(found["format"]), str(found.get("release"))
    except FileNotFoundError:
        _sign(path)
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.StoreError(
            f"the data directory's version cannot be read ({error}); nothing was changed. Restore the file from a backup: "
            f"{str(path)!r}"
        ) from error
    if written > FORMAT:
        raise errors.StoreVersion(
            f"yoloscope {release} wrote this data directory in format {written}; yoloscope {yoloscope.__version__} reads up "
            f"to {FORMAT}. The data are untouched: install that release or a newer one. {str(directory)!r}"
        )


def _sign(path: Path) -> None:
    text = json.dumps({"format": FORMAT, "release": yoloscope.__version__})
    try:
        whole = path.with_suffix(".new")
        whole.write_text(text, encoding="utf-8")
        whole.replace(path)
    except OSError as error:
        raise _not_writable(path.parent, error) from error


class _Lock:
    """The advisory lock of a data directory; the system releases it when the process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _not_writable(path.parent, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._file, 300).decode(errors="replace").strip() or "another process"
            os.close(self._file)
            raise errors.StoreError(
                f"the data directory is in use by {holder}. Stop that server first, or give another directory with --data: "
                f"{str(path.parent)!r}"
            ) from error
        os.truncate(self._file, 0)
        os.pwrite(self._file, f"pid {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        self._held = True

    def release(self) -> None:
        """Let go of the directory; calling it twice is harmless."""
        if self._held:
            self._held = False
            os.close(self._file)
