"""Where a run comes from: commit, command line, packages, interpreter, container, environment. Gathered beside the training, at its cost never.

Nothing secret and no folder outside the repository is even written down: values of words like ``token`` are masked, credentials are
cut out of addresses, and every path is reduced to ``<path>/name``. What of the rest leaves is for `outgoing` to say. What cannot be
found out is left out.
"""

import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path, PurePath

from yoloscope.sidecar import repository

MASK = "***"
VARIABLES = (
    *("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "CUDA_LAUNCH_BLOCKING", "CUBLAS_WORKSPACE_CONFIG"),
    *("NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"),
    *("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("PYTHONHASHSEED", "RANK", "WORLD_SIZE"),
)
"""The environment variables that change what a training computes, or how it is spread; no other is looked at."""
PREFIXES = ("NCCL_",)
_SECRET = re.compile(
    r"(?:^|[-_.])(token|passw(?:or)?d|pwd|secret|credentials?|auth|api[-_]?key|access[-_]?key|private[-_]?key|secret[-_]?key)s?$",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")
_QUERY = re.compile(r"\?\S+")
"""Behind the question mark of an address stand keys: data sets are offered as ``https://…?key=…``."""
_IMAGE_NAMES = ("CONTAINER_IMAGE", "IMAGE_NAME", "DOCKER_IMAGE", "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER")
_CONTAINER_FILES = {"/.dockerenv": "docker", "/run/.containerenv": "podman", "/.singularity.d": "apptainer"}
_CGROUP_WORDS = ("docker", "kubepods", "containerd", "libpod", "lxc")
_NVIDIA = Path("/proc/driver/nvidia")
_DRIVER = re.compile(r"Kernel Module(?:\s+for\s+\S+)?\s+(\d+(?:\.\d+)+)")
_CARD = re.compile(r"^Model:\s*(.+?)\s*$", re.MULTILINE)


def collect(argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Return the provenance of a training that was started as `argv` in `cwd`, JSON-able; takes some tenths of a second."""
    return {
        "command": command_line(argv),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": packages(),
        "not_from_index": not_from_index(),
        "git": repository.state(cwd, argv=argv),
        "container": container(environment),
        "environment": variables(environment),
        "virtual_environment": sys.prefix != sys.base_prefix,
        **cards(),
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


def packages() -> dict[str, str]:
    """Return every installed distribution with its version, by name."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        about = distribution.metadata  # parsed at each look
        name: str | None = about["Name"]
        if name:
            found.setdefault(name, about["Version"])
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def not_from_index() -> dict[str, bool]:
    """Return the distributions that were installed from a folder, an archive or a repository: no version gives them back."""
    found: dict[str, bool] = {}
    for distribution in metadata.distributions():
        if distribution.read_text("direct_url.json"):
            name: str | None = distribution.metadata["Name"]
            found |= {name: True} if name else {}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that change what a training computes, of all that it was started with."""
    named = sorted(name for name in environment if name in VARIABLES or name.startswith(PREFIXES))
    return {name: _shown(environment[name], name=name) for name in named}


def cards(folder: Path = _NVIDIA) -> dict[str, object]:
    """Return NVIDIA's driver and the names of its cards as the kernel tells them; nothing where there are none."""
    found: dict[str, object] = {}
    driver = _DRIVER.search(_text(folder / "version"))
    if driver:
        found["driver"] = driver[1]
    names = [_CARD.search(_text(path)) for path in sorted(folder.glob("gpus/*/information"))]
    told = [f"cuda ({name[1]})" for name in names if name]
    return found | ({"cards": told} if told else {})


def container(environment: Mapping[str, str]) -> dict[str, str] | None:
    """Return what is known of the container this runs in, None outside one."""
    kind = next((kind for path, kind in _CONTAINER_FILES.items() if Path(path).exists()), None) or _cgroup_kind()
    image = next((environment[name] for name in _IMAGE_NAMES if environment.get(name)), None)
    if kind is None and image is None:
        return None
    found = {"kind": kind or "unknown"}
    if image:
        found["image"] = f"<path>/{PurePath(image).name}" if image.startswith("/") else _CREDENTIALS.sub("", image)
    if "KUBERNETES_SERVICE_HOST" in environment:
        found["orchestrator"] = "kubernetes"
    return found


def _cgroup_kind() -> str | None:
    text = _text(Path("/proc/self/cgroup"))
    return next((word for word in _CGROUP_WORDS if word in text), None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _shown(value: str, *, name: str) -> str:
    if name and value and _SECRET.search(name):
        return MASK
    if "://" in value:
        return _QUERY.sub(f"?{MASK}", _CREDENTIALS.sub(f"{MASK}@", value))
    if "/" in value or "\\" in value:
        return f"<path>/{PurePath(value.replace(chr(92), '/')).name}"
    return value
