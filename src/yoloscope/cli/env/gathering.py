"""Finds the facts out: package metadata, files of the kernel, the server's clock, Ultralytics' settings file, and the probe.

Read-only and without the network beyond our server; no framework is imported in this process, and Ultralytics never, since that writes
files. Whatever cannot be read is None.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import msgspec
import urllib3

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli.env import facts, probing
from yoloscope.sdk import settings
from yoloscope.sidecar import provenance
from yoloscope.sidecar.hardware import bus

PACKAGES = (
    *("torch", "torchvision", "ultralytics", "numpy", "opencv-python", "opencv-python-headless"),
    *("opencv-contrib-python", "opencv-contrib-python-headless"),
)
VARIABLES = (
    *("CUDA_VISIBLE_DEVICES", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "YOLO_OFFLINE", "YOLOSCOPE_PROXY"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
)
_SENDERS = {"wandb": "wandb", "comet": "comet_ml", "clearml": "clearml", "neptune": "neptune", "hub": "hub_sdk"}
"""Ultralytics' settings that send a training's numbers elsewhere once their package is there."""
_NO_LIMIT_BYTES = 1 << 60
_TIMEOUT = urllib3.Timeout(connect=3.0, read=5.0)
_ANSWER_BYTES, _ANSWER_S = 64 * 1024, 5.0
"""What is read of an answer at most: something else may stand at an address, a camera for example, and never end."""


def gathered(server: str | None, *, with_probe: bool) -> facts.Facts:
    """Return the facts of this machine, this Python and the server; with the probe it takes as long as importing torch does."""
    versions = {name: version(name) for name in PACKAGES}
    probed = probing.probed() if with_probe and versions["torch"] else probing.Probed()
    memory = _memory()
    driver = provenance.cards().get("driver")
    folder = _settings_folder(os.environ)
    sync, senders = (None, ()) if folder is None else ultralytics_settings(folder)
    return facts.Facts(
        versions=versions,
        probed=with_probe,
        torch=probed.torch,
        torch_error=probed.torch_error,
        hung=probed.hung,
        cards_on_bus=bus.count(),
        driver=str(driver) if driver else None,
        driver_cuda=probed.driver_cuda,
        container=(provenance.container(os.environ) or {}).get("kind"),
        places=_places(),
        shared_memory_bytes=_size(Path("/dev/shm")),  # noqa: S108  # where DataLoader workers hand pictures over
        memory_bytes=memory[0],
        memory_free_bytes=memory[1],
        memory_limit_bytes=memory_limit(),
        open_files=_open_files(),
        server=asked(client.Client(server).url),
        own_version=metadata.version("yoloscope"),
        sync=sync,
        settings_written=sync is not None,
        senders=tuple(name for name in senders if version(_SENDERS[name]) is not None),
        variables={name: value for name in VARIABLES if (value := os.environ.get(name)) is not None},
    )


def version(name: str) -> str | None:
    """Return the installed version of a package, None without it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def asked(url: str) -> facts.Server:
    """Return what a server tells of itself, and how far its clock is ahead."""
    host = urlsplit(url).hostname or ""
    silent = facts.Server(url=url, is_private=client.is_private(host))
    pool = client.pool_for(url)
    try:
        status, _ = _answer(pool, f"{url}/healthz")
        before_s = time.time()
        _, session = _answer(pool, f"{url}/api/v1/session")
        after_s = time.time()
    except urllib3.exceptions.HTTPError:
        return silent
    if status != 200:
        return silent
    told = _told(session)
    offset_s, error_s = clock_offset(str(told.get("time")), before_s=before_s, after_s=after_s)
    version = str(told["version"]) if "version" in told else None
    return msgspec.structs.replace(
        silent, reachable=True, version=version, clock_offset_s=offset_s, clock_error_s=error_s
    )


def _answer(pool: urllib3.PoolManager, url: str) -> tuple[int, bytes]:
    """Return the status and the beginning of what a server answers."""
    answer = pool.request(
        "GET", url, timeout=_TIMEOUT, retries=False, redirect=False, preload_content=False, decode_content=False
    )
    body, until_s = b"", time.monotonic() + _ANSWER_S
    try:
        while len(body) < _ANSWER_BYTES and time.monotonic() < until_s and (block := answer.read1(_ANSWER_BYTES)):
            body += block
    finally:
        answer.close()
    return answer.status, body


def clock_offset(instant: str, *, before_s: float, after_s: float) -> tuple[float | None, float]:
    """Return how far a server's clock is ahead, in seconds, and to within how many: it was read between our question and its answer."""
    try:
        server_s = datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None, 0.0
    return server_s - (before_s + after_s) / 2, abs(after_s - before_s) / 2


def ultralytics_settings(folder: Path) -> tuple[bool | None, tuple[str, ...]]:
    """Return whether Ultralytics sends reports of use, and which integrations are switched on; None where it has written no settings."""
    try:
        found: object = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = _old_settings(folder)
    if not isinstance(found, dict):
        return None, ()
    told = cast("Mapping[str, object]", found)
    return told.get("sync", True) is True, tuple(name for name in _SENDERS if told.get(name) is True)


def _old_settings(folder: Path) -> dict[str, object] | None:
    """Return the settings of Ultralytics before 8.2.64, which are lines of ``name: value``."""
    try:
        lines = (folder / "settings.yaml").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    pairs = (line.partition(":") for line in lines if ":" in line and not line.startswith((" ", "#")))
    words: dict[str, object] = {"true": True, "false": False}
    return {name.strip(): words.get(value.strip().lower(), value.strip()) for name, _, value in pairs}


def _settings_folder(environment: Mapping[str, str]) -> Path | None:
    given = environment.get("YOLO_CONFIG_DIR")
    if given:
        return Path(given) / "Ultralytics" if (Path(given) / "Ultralytics").is_dir() else Path(given)
    places = {"darwin": "Library/Application Support", "win32": "AppData/Roaming"}
    try:
        return Path.home() / places.get(sys.platform, ".config") / "Ultralytics"
    except RuntimeError:  # a user of a container who has no name and no HOME
        return None


def memory_limit(root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Return how much memory the container may use, None without a limit."""
    for path in (root / "memory.max", root / "memory" / "memory.limit_in_bytes"):
        text = _text(path)
        if text.isdigit():
            return int(text) if int(text) < _NO_LIMIT_BYTES else None
    return None


def file_system(path: Path, *, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """Return the kind of file system that a folder, or the nearest one above it that exists, lies on."""
    whole = path.absolute()
    best, kind = "", None
    for line in _text(mounts).splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        place = parts[1].replace("\\040", " ")
        if len(place) >= len(best) and (whole == Path(place) or Path(place) in whole.parents):
            best, kind = place, parts[2]
    return kind


def _places() -> tuple[facts.Place, ...]:
    """Return where trainings started here write: their output, and their spool."""
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return ()
    folders = {"runs": here / "runs", "spool": _spool_folder() or here / "runs"}
    found = (_place(use, path) for use, path in folders.items())
    return tuple(place for place in found if place is not None)


def _spool_folder() -> Path | None:
    try:
        return settings.resolve().directory
    except (errors.ConfigError, errors.InvalidRecord, OSError, RuntimeError):
        return None


def _place(use: str, path: Path) -> facts.Place | None:
    """Return what is known of a folder, or of the nearest above it that exists; None where that may not be looked at."""
    try:
        there = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
        return facts.Place(use, str(path), shutil.disk_usage(there).free, file_system(there.resolve()))
    except OSError:
        return None


def _memory() -> tuple[int, int]:
    import psutil

    memory = psutil.virtual_memory()
    return memory.total, memory.available


def _size(path: Path) -> int | None:
    try:
        return shutil.disk_usage(path).total
    except OSError:
        return None


def _open_files() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _told(data: bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(data, type=dict[str, object])
    except msgspec.MsgspecError:
        return {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
