"""Versions as numbers to compare: the release alone, without what builders put behind it."""

import re

_RELEASE = re.compile(r"(\d+(?:\.\d+)*)")
_BUILD = re.compile(r"\+(cpu|cu\d+|xpu|rocm[\d.]+)\Z")


def release(version: str | None) -> tuple[int, ...] | None:
    """Return ``(2, 5, 1)`` for ``2.5.1+cu124``, None for no version."""
    match = _RELEASE.match(version or "")
    return tuple(int(part) for part in match[1].split(".")) if match else None


def build(version: str | None) -> str | None:
    """Return ``cu124`` for ``2.5.1+cu124``, None where it is not told."""
    match = _BUILD.search(version or "")
    return match[1] if match else None
