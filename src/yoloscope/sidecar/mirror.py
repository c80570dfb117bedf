"""A writer's directory that can only be read (a CD, a read-only mount, another user's), as one that can be sent.

`sync` needs to note an end, a cursor and a lock. They go into a folder of this process that is gone afterwards; the segments there are
links, so that nothing of size is copied. The server leaves out what it has, so that forgetting costs time and no more.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

from yoloscope.sidecar import outgoing
from yoloscope.spool import blobs, ending, evidence, handed, layout, split

_NOTES = (
    *("run.json", "state", "cursor.json", ending.FILE_NAME, outgoing.FILE_NAME),
    *("console.out", "console.err", "console.json", evidence.FAULT_FILE, evidence.LIFE_FILE),
)
_ALIVE = "alive.lock"


@contextlib.contextmanager
def of(directory: Path) -> Generator[Path]:
    """Yield a directory that reads like this one and can be written; it is removed at the end.

    Raises:
        OSError: if the original cannot be read, or there is no room for temporary files.
    """
    with tempfile.TemporaryDirectory(prefix="yoloscope-") as root:
        mirrored = Path(root) / directory.name
        mirrored.mkdir()
        for path in directory.iterdir():  # rows before the manifest: it is to tell the attempt of each
            if path.name == _ALIVE or layout.lane_and_number(path.name) is not None:
                _link(path.absolute(), mirrored / path.name)
            elif path.suffix == split.SUFFIX:  # which rows follow others was decided for every copy of the directory
                shutil.copyfile(path, mirrored / path.name)
        for folder in (handed.FOLDER, blobs.FOLDER, *(f"{blobs.FOLDER}/{name}" for name in (blobs.SENT, blobs.ASIDE))):
            _mirror_folder(directory / folder, mirrored / folder)
        for name in _NOTES:
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(directory / name, mirrored / name)
        yield mirrored


def _mirror_folder(original: Path, copy: Path) -> None:
    if not original.is_dir():
        return
    copy.mkdir()
    for path in original.iterdir():
        if path.name == blobs.LEDGER:
            shutil.copyfile(path, copy / path.name)
        elif path.is_file():
            _link(path.absolute(), copy / path.name)


def _link(original: Path, name: Path) -> None:
    try:
        name.symlink_to(original)
    except (OSError, NotImplementedError):  # Windows lets few users make links
        shutil.copyfile(original, name)
