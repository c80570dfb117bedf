"""Where a run goes and how: arguments, then environment, then ``yoloscope.toml``, then defaults."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.records import policy as policies
from yoloscope.sdk import guard, guarding
from yoloscope.spool import quota

Mode = Literal["online", "offline", "disabled"]
DEFAULT_SERVER = "http://127.0.0.1:8080"
DEFAULT_PROJECT = "default"
FILE_NAME = "yoloscope.toml"
SPOOL_FOLDER = ".yoloscope"
_MODES = ("online", "offline", "disabled")
_NO = ("off", "no", "false", "0")
_Table = TypeVar("_Table", bound=msgspec.Struct)


class Settings(msgspec.Struct, frozen=True):
    """What `init` was told, from all sources."""

    server: str
    project: ids.ProjectName
    mode: Mode
    directory: Path
    policy: policies.Policy = policies.Policy()
    limits: quota.Limits = quota.Limits()
    media: guarding.Limits = guarding.Limits()
    console: bool = True
    stalled_after_s: float | None = None
    telemetry_s: float = 2.0
    producers: dict[str, bool | int] = {}


class Console(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``[console]`` of ``yoloscope.toml`` may set: whether what the training prints is recorded."""

    capture: bool = True


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``[watch]`` of ``yoloscope.toml`` may set: after how many seconds without a row a training counts as stalled."""

    stalled_after_s: Annotated[float, msgspec.Meta(gt=0)] | None = None


class Telemetry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``[telemetry]`` of ``yoloscope.toml`` may set: whether the machine is looked at, and each how many seconds."""

    enabled: bool = True
    every_s: Annotated[float, msgspec.Meta(ge=0.5, le=3600)] = 2.0


class Producers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``[producers]`` of ``yoloscope.toml`` may set, by the name of what is looked at: not at all, or each so many epochs."""

    switches: dict[str, bool | Annotated[int, msgspec.Meta(ge=0)]] = {}


class _File(NamedTuple):
    """What ``yoloscope.toml`` says: its texts, and its tables as they stand there."""

    texts: dict[str, str]
    policy: object = None
    spool: object = None
    media: object = None
    console: object = None
    watch: object = None
    telemetry: object = None
    producers: object = None


def resolve(
    *,
    server: str | None = None,
    project: str | None = None,
    mode: str | None = None,
    directory: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] = os.environ,
    start: Path | None = None,
) -> Settings:
    """Return the settings in effect; `directory` is where the training writes, the spool goes beside it.

    Raises:
        ConfigError: if the mode, the server or the file is not usable.
        InvalidRecord: if the project name is not usable.
    """
    found = _from_file(start or Path.cwd())
    file = found.texts
    chosen_mode = mode or environment.get("YOLOSCOPE_MODE") or file.get("mode") or "online"
    if chosen_mode not in _MODES:
        raise errors.ConfigError(f"mode {chosen_mode!r} is not known; use one of {', '.join(_MODES)}")
    chosen_server = server or environment.get("YOLOSCOPE_SERVER") or file.get("server") or DEFAULT_SERVER
    if not _is_address(chosen_server):
        raise errors.ConfigError(f"server {chosen_server!r} is no URL; use for example {DEFAULT_SERVER}")
    chosen_project = project or environment.get("YOLOSCOPE_PROJECT") or file.get("project") or DEFAULT_PROJECT
    return Settings(
        server=chosen_server.rstrip("/"),
        project=ids.project_name_from_text(chosen_project),
        mode=chosen_mode,
        directory=_spool_root(directory, environment=environment, file=file),
        policy=_usable_policy(found),
        limits=_usable(found.spool, kind=quota.Limits, table="spool", example="quota_mb = 10240, keep_days = 7"),
        media=_usable(found.media, kind=guarding.Limits, table="media", example="quota_mb = 2000, per_hour = 1000"),
        console=_usable(found.console, kind=Console, table="console", example="capture = false").capture,
        stalled_after_s=_usable(
            found.watch, kind=Watch, table="watch", example="stalled_after_s = 600"
        ).stalled_after_s,
        telemetry_s=_telemetry_s(found, environment=environment),
        producers=_producers(found),
    )


def local_policy(*, start: Path | None = None) -> policies.Policy:
    """Return the policy of ``yoloscope.toml``, the default one where it says nothing.

    Raises:
        ConfigError: if its table ``policy`` is not usable.
    """
    return _policy(_from_file(start or Path.cwd()))


def named_server(*, environment: Mapping[str, str] = os.environ, start: Path | None = None) -> str | None:
    """Return the server that environment or file name, ``None`` if neither does."""
    return environment.get("YOLOSCOPE_SERVER") or _from_file(start or Path.cwd()).texts.get("server")


def _is_address(server: str) -> bool:
    try:
        parts = urlsplit(server)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        return False


def has_project(*, environment: Mapping[str, str] = os.environ, start: Path | None = None) -> bool:
    """Tell whether environment or file name a project, so that an integration needs no guess."""
    return bool(environment.get("YOLOSCOPE_PROJECT") or _from_file(start or Path.cwd()).texts.get("project"))


def _spool_root(
    directory: str | os.PathLike[str] | None, *, environment: Mapping[str, str], file: Mapping[str, str]
) -> Path:
    explicit = environment.get("YOLOSCOPE_DIR") or file.get("dir")
    if explicit:
        return Path(explicit).absolute()
    return (Path(directory) if directory is not None else Path.cwd()).absolute() / SPOOL_FOLDER


def _usable_policy(found: _File) -> policies.Policy:
    """Return the policy; one that cannot be read withholds all that any could, and the training's numbers are kept."""
    try:
        return _policy(found)
    except errors.ConfigError as error:
        if guard.is_strict():
            raise
        guard.note("policy", f"{error}. Until then only numbers are sent.")
        return policies.STRICTEST


def _usable(found: object, *, kind: type[_Table], table: str, example: str) -> _Table:
    """Return what a table says; the defaults where it cannot be read: no row is worth losing over it."""
    try:
        return kind() if found is None else msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        said = f"{FILE_NAME}: [{table}] {error}; use for example {example}"
        if guard.is_strict():
            raise errors.ConfigError(said) from error
        guard.note(table, f"{said}. The defaults are in effect.")
        return kind()


def _telemetry_s(found: _File, *, environment: Mapping[str, str]) -> float:
    """Return how often the machine is looked at; 0 is never."""
    if environment.get("YOLOSCOPE_TELEMETRY", "").strip().lower() in _NO:
        return 0.0
    wanted = _usable(found.telemetry, kind=Telemetry, table="telemetry", example="enabled = true, every_s = 2.0")
    return wanted.every_s if wanted.enabled else 0.0


def _producers(found: _File) -> dict[str, bool | int]:
    """Return what ``[producers]`` switches: false is off, a number looks each so many epochs; which names there are is the integration's to know."""
    table = None if found.producers is None else {"switches": found.producers}
    example = "confusion = false, predictions = 10"
    return _usable(table, kind=Producers, table="producers", example=example).switches


def _policy(found: _File) -> policies.Policy:
    if found.policy is None:
        return policies.Policy()
    try:
        return policies.from_mapping(found.policy, base=policies.Policy())
    except errors.InvalidRecord as error:
        raise errors.ConfigError(f"{FILE_NAME}: {error}; {error.fix}") from error


def _from_file(start: Path) -> _File:
    path = next((folder / FILE_NAME for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None)
    if path is None:
        return _File({})
    try:
        table = _toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise errors.ConfigError(f"{FILE_NAME} cannot be read: {error}. File: {path}") from error
    return _File(
        {key: value for key, value in table.items() if isinstance(value, str)},
        **{
            name: table.get(name) for name in ("policy", "spool", "media", "console", "watch", "telemetry", "producers")
        },
    )


def _toml(text: str) -> dict[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415  # costs milliseconds, and most trainings have no such file
    else:
        import tomli as tomllib  # noqa: PLC0415  # as above
    return tomllib.loads(text)
