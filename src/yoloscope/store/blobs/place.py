"""Where the blobs of a data directory lie, and whose they are.

Called by `store.open` and by the commands that look at a data directory. By default they lie in it; a directory elsewhere
(``--blobs file:///DIR``) is written down in it, so that later starts, backups and looks find it. A directory of blobs belongs to one catalogue:
what another one does not name would be removed as garbage.
"""

import json
from pathlib import Path
from urllib import parse

from yoloscope import errors
from yoloscope.store.blobs import files

FOLDER = "blobs"
ELSEWHERE = "blobs.json"
_OWNER = "owner.json"
_FORM = "file:///DIR"


def of_url(url: str) -> Path:
    """Return the directory of a URL.

    Raises:
        ConfigError: if it is of no kind that can be used.
    """
    parts = parse.urlsplit(url)
    if parts.scheme != "file":
        kind = repr(parts.scheme) if parts.scheme else "without a scheme"
        raise errors.ConfigError(f"--blobs {kind} is not a known kind of place for pictures and files; use {_FORM}")
    if parts.netloc or not parts.path.startswith("/") or parts.query or parts.fragment:
        raise errors.ConfigError(
            f"--blobs {_FORM} needs an absolute directory after two slashes, and nothing behind it"
        )
    return Path(parse.unquote(parts.path))


def of_data(data_dir: Path) -> Path:
    """Return where the blobs of a data directory lie.

    Raises:
        StoreError: if what is written down of it cannot be read.
    """
    path = data_dir / ELSEWHERE
    try:
        return Path(str(json.loads(path.read_text(encoding="utf-8"))["directory"]))
    except FileNotFoundError:
        return data_dir / FOLDER
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise errors.StoreError(
            f"where the pictures and files lie cannot be read ({error}); nothing was changed. Name the place with --blobs: {str(path)!r}"
        ) from error


def note(data_dir: Path, directory: Path) -> None:
    """Write down where the blobs of a data directory lie."""
    path = data_dir / ELSEWHERE
    if directory == data_dir / FOLDER:
        path.unlink(missing_ok=True)
        return
    _write(path, {"directory": str(directory)})


def claim(directory: Path, *, instance: str) -> None:
    """Make a directory of blobs that of a catalogue, or return if it is.

    Raises:
        StoreError: if it is another's.
    """
    path = directory / _OWNER
    try:
        owner = str(json.loads(path.read_text(encoding="utf-8"))["instance"])
    except FileNotFoundError:
        _write(path, {"instance": instance})
        return
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise errors.StoreError(
            f"whose pictures and files these are cannot be read ({error}); nothing was changed: {str(path)!r}"
        ) from error
    if owner != instance:
        raise errors.StoreError(
            f"the pictures and files in this directory belong to another server, whose catalogue is not here; this one would remove "
            f"them as garbage. Nothing was changed: name another directory with --blobs, or move this one away: {str(directory)!r}"
        )


def _write(path: Path, said: dict[str, str]) -> None:
    with files.faults():
        whole = path.with_suffix(".new")
        whole.write_text(json.dumps(said), encoding="utf-8")
        whole.replace(path)
