"""Where a run comes from: commit, command line, packages, interpreter, container. Gathered beside the training, at its cost never.

Nothing secret and no folder is even written down: values of words like ``token`` are masked, credentials are cut out of addresses, and every
path is reduced to ``<path>/name``. What of the rest leaves is for `outgoing` to say. What cannot be found out is left out.
"""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path, PurePath

GIT_TIMEOUT_S = 5.0
MASK = "***"
_SECRET = re.compile(
    r"(?:^|[-_.])(token|passw(?:or)?d|pwd|secret|credentials?|auth|api[-_]?key|access[-_]?key|private[-_]?key|secret[-_]?key)s?$",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_IMAGE_NAMES = ("CONTAINER_IMAGE", "IMAGE_NAME", "DOCKER_IMAGE", "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER")
_CONTAINER_FILES = {"/.dockerenv": "docker", "/run/.containerenv": "podman", "/.singularity.d": "apptainer"}
_CGROUP_WORDS = ("docker", "kubepods", "containerd", "libpod", "lxc")


def collect(argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Return the provenance of a training that was started as `argv` in `cwd`, JSON-able; takes some tenths of a second."""
    return {
        "command": command_line(argv),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": packages(),
        "git": git_state(cwd),
        "container": container(environment),
        "virtual_environment": sys.prefix != sys.base_prefix,
    }


def command_line(argv: Sequence[str]) -> list[str]:
    """Return the words of a command line as they may be shown."""
    shown: list[str] = []
    mask_next = False
    for word in argv:
        if mask_next and not word.startswith("-"):
            shown.append(MASK)
            mask_next = False
            continue
        name, equals, value = word.partition("=")
        mask_next = not equals and word.startswith("-") and bool(_SECRET.search(name))
        shown.append(f"{name}={_shown(value, name=name)}" if equals else _shown(word, name=""))
    return shown


def git_state(cwd: Path) -> dict[str, object] | None:
    """Return commit, branch, whether tracked files were changed, and the remote's address; None outside a repository."""
    commit = _git(cwd, "rev-parse", "HEAD")
    if not commit:
        return None
    changes = _git(cwd, "status", "--porcelain", "--untracked-files=no")
    remote = _git(cwd, "config", "--get", "remote.origin.url")
    return {
        "commit": commit,
        "branch": _git(cwd, "rev-parse", "--abbrev-ref", "HEAD"),
        "dirty": None if changes is None else bool(changes),
        "remote": _remote(remote) if remote else None,
    }


def packages() -> dict[str, str]:
    """Return every installed distribution with its version, by name."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        name: str | None = distribution.metadata["Name"]
        if name:
            found.setdefault(name, distribution.version)
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def container(environment: Mapping[str, str]) -> dict[str, str] | None:
    """Return what is known of the container this runs in, None outside one."""
    kind = next((kind for path, kind in _CONTAINER_FILES.items() if Path(path).exists()), None) or _cgroup_kind()
    image = next((environment[name] for name in _IMAGE_NAMES if environment.get(name)), None)
    if kind is None and image is None:
        return None
    found = {"kind": kind or "unknown"}
    if image:
        found["image"] = _CREDENTIALS.sub("", image)
    if "KUBERNETES_SERVICE_HOST" in environment:
        found["orchestrator"] = "kubernetes"
    return found


def _cgroup_kind() -> str | None:
    try:
        text = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    except OSError:
        return None
    return next((word for word in _CGROUP_WORDS if word in text), None)


def _shown(value: str, *, name: str) -> str:
    if name and value and _SECRET.search(name):
        return MASK
    if "://" in value:
        return _CREDENTIALS.sub(f"{MASK}@", value)
    if "/" in value or "\\" in value:
        return f"<path>/{PurePath(value.replace(chr(92), '/')).name}"
    return value


def _remote(address: str) -> str | None:
    """Return an address without credentials; None for a folder on this machine."""
    if "://" in address:
        return None if address.startswith("file:") else _CREDENTIALS.sub("", address)
    return address.rpartition("@")[2] if ":" in address else None


def _git(cwd: Path, *arguments: str) -> str | None:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(cwd), *arguments],  # noqa: S607  # the user's own git
            capture_output=True,
            timeout=GIT_TIMEOUT_S,
            check=False,
            env=environment,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
