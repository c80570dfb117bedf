"""What git knows of the code that a training runs: commit, branch, changes as digests, and where in the repository it was started.

Changes leave as digests alone: two runs of the same changed code have the same, and nobody reads code out of one. Folders and files
are lists of names, so that a policy reduces each name by itself. Every question to git has a time limit and takes no lock.
"""

import hashlib
import os
import re
import subprocess
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

GIT_TIMEOUT_S = 5.0
UNTRACKED_MOST = 2_000
"""Untracked files of code that are read at most; more are counted."""
UNTRACKED_BYTES = 1024 * 1024
"""Of each untracked file: code is smaller, what is larger is data."""
UNTRACKED_BYTES_MOST = 64 * 1024 * 1024
"""Of all untracked files; of those behind, the names alone count."""
_BLOCK_BYTES = 1024 * 1024
_CODE = ("*.py", "*.pyx", "*.ipynb", "*.yaml", "*.yml", "*.toml", "*.cfg", "*.ini", "*.sh", "*.cpp", "*.cu")
_OUTPUT = ("runs", ".yoloscope", "wandb", "mlruns", "lightning_logs", "site-packages", "node_modules")
"""Folders that trainings and installers write: with them two runs of the same code would never be the same."""
_PLAIN_DIFF = (  # the user's own settings would change the text, and with it the digest
    *("-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false", "-c", "diff.orderFile=/dev/null"),
    *("-c", "core.quotePath=true", "diff", "HEAD", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"),
    *("--full-index", "--diff-algorithm=myers", "--unified=3"),
)
_CREDENTIALS = re.compile(r"(?<=://)(?!git@[^/@\s]*(?:/|\Z))[^/\s]+@|[?#]\S*")
"""All users but ``git``, which everybody is on a server of repositories, and without which none can be cloned. Passwords hold an at sign now and then, and some servers take a token behind a question mark."""
_LOCAL = re.compile(r"[A-Za-z]:[/\\]|[^:]*/|[^:]*\Z")
"""What git takes for a folder: a drive, or a slash before the first colon."""


def state(cwd: Path, *, argv: Sequence[str] = ()) -> dict[str, object] | None:
    """Return what git tells of a training that was started in `cwd` as `argv`; None outside a repository.

    ``dirty`` is whether tracked files were changed, ``diff_sha256`` the digest of these changes, ``untracked`` how many files of
    code git does not know and ``untracked_sha256`` the digest of their names and contents. ``folder`` is `cwd` below the root, name
    by name; ``files`` are the words of the command that are files of the repository, by their place in it.
    """
    commit = _git(cwd, "rev-parse", "HEAD")
    root = _git(cwd, "rev-parse", "--show-toplevel")
    if not commit or not root:
        return None
    changes = _git(cwd, "status", "--porcelain", "--untracked-files=no")
    remote = _git(cwd, "config", "--get", "remote.origin.url")
    found: dict[str, object] = {
        "commit": commit,
        "branch": _printable(_git(cwd, "rev-parse", "--abbrev-ref", "HEAD")),
        "dirty": None if changes is None else bool(changes),
        "remote": _printable(_shown_remote(remote)) if remote else None,
        "folder": _parts(cwd, root=Path(root)),
        "files": _files(argv, cwd=cwd, root=Path(root)),
    }
    if changes is None:  # it took too long already: nothing may keep the first rows waiting
        return found
    if changes:
        found["diff_sha256"] = _digest_of_output(cwd, *_PLAIN_DIFF)
    return found | _untracked(Path(root))


def _untracked(root: Path) -> dict[str, object]:
    without = [f":(exclude,glob)**/{folder}/**" for folder in _OUTPUT]
    listed = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", *_CODE, *without)
    names = sorted(name for name in (listed or "").split("\0") if name)
    if not names:
        return {"untracked": None if listed is None else 0}
    digest = hashlib.sha256()
    left_bytes = UNTRACKED_BYTES_MOST
    for name in names[:UNTRACKED_MOST]:
        head = _head(root / name, most_bytes=min(UNTRACKED_BYTES, left_bytes))
        left_bytes -= len(head)
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(head).digest() + b"\0")
    return {"untracked": len(names), "untracked_sha256": digest.hexdigest()}


def _head(path: Path, *, most_bytes: int) -> bytes:
    try:
        if not path.is_file():  # a pipe would be waited for
            return b""
        with path.open("rb") as file:
            return file.read(most_bytes)
    except OSError:
        return b""


def _files(argv: Sequence[str], *, cwd: Path, root: Path) -> dict[str, list[str]]:
    """Return the place below the root of each word, or value of a word, that is a file there; by the word's number."""
    found: dict[str, list[str]] = {}
    for at, word in enumerate(argv):
        name, equals, value = word.partition("=")
        given = value if equals and "/" not in name else word
        parts = _parts(cwd / given, root=root) if given and _is_file(cwd / given) else None
        if parts:
            found[str(at)] = parts
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a word that no path can be
        return False


def _parts(path: Path, *, root: Path) -> list[str] | None:
    try:
        below = PurePath(os.path.abspath(path)).relative_to(root)  # noqa: PTH100  # resolve() would leave by links
    except ValueError:
        return _resolved_parts(path, root=root)
    return _printable_parts(below)


def _resolved_parts(path: Path, *, root: Path) -> list[str] | None:
    """Return the same for a folder that is reached by a link, as `git` resolves it."""
    try:
        return _printable_parts(path.resolve().relative_to(root.resolve()))
    except (OSError, ValueError, RuntimeError):
        return None


def _printable_parts(path: PurePath) -> list[str]:
    return [part.encode("utf-8", "replace").decode() for part in path.parts]


def _shown_remote(address: str) -> str | None:
    """Return an address without credentials; None for a folder on this machine."""
    if "://" in address:
        return None if address.lower().startswith("file:") else _CREDENTIALS.sub("", address)
    if _LOCAL.match(address):
        return None
    user, _, place = address.rpartition("@")
    return address if user == "git" else place


def _printable(text: str | None) -> str | None:
    """Return a text that can be encoded, whatever bytes git has in it."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def _git(cwd: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            _command(cwd, arguments),
            capture_output=True,
            timeout=GIT_TIMEOUT_S,
            check=False,
            env=_environment(),
            encoding="utf-8",
            errors="surrogateescape",
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _digest_of_output(cwd: Path, *arguments: str) -> str | None:
    """Return the SHA-256 of what git prints, however much it is; None if it fails or takes too long."""
    try:
        process = subprocess.Popen(
            _command(cwd, arguments), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        )
    except OSError:
        return None
    deadline = threading.Timer(GIT_TIMEOUT_S, process.kill)
    deadline.start()
    digest = hashlib.sha256()
    with process:
        assert process.stdout is not None
        while block := process.stdout.read(_BLOCK_BYTES):
            digest.update(block)
    deadline.cancel()
    return digest.hexdigest() if process.returncode == 0 else None


def _command(cwd: Path, arguments: Iterable[str]) -> list[str]:
    return ["git", "-C", str(cwd), *arguments]  # the user's own git


def _environment() -> dict[str, str]:
    """Return one in which git takes no lock, asks nobody, and fetches nothing: of a partial clone it would what is missing."""
    without_network = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
    return {**os.environ, **without_network, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
