"""Which cards are plugged into the machine, as the kernel lists them, whether a driver is there or not.

Asked where a driver does not answer, and by `yoloscope env`.
"""

from collections.abc import Sequence
from pathlib import Path

_ON_NO_BUS = ("/dev/dxg", "/dev/nvhost-gpu", "/dev/nvgpu")
"""Cards that Windows lends to WSL, and those of a Jetson."""
_NVIDIA, _DISPLAY = "0x10de", ("0x0300", "0x0302")


def count(folder: Path = Path("/sys/bus/pci/devices"), *, elsewhere: Sequence[str] = _ON_NO_BUS) -> int | None:
    """Return how many NVIDIA cards the machine has; None where the kernel does not tell."""
    if not folder.is_dir():
        return None
    devices = [(_text(path / "vendor"), _text(path / "class")[:6]) for path in folder.iterdir()]
    found = sum(vendor == _NVIDIA and kind in _DISPLAY for vendor, kind in devices)
    return found if found or not any(Path(device).exists() for device in elsewhere) else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
