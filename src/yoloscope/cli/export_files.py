"""Files that ``yoloscope export`` makes: whole or not at all, and never over one that is there.

Called by `export` and `export_tables`.
"""

import contextlib
import os
from collections.abc import Generator, Iterator
from pathlib import Path

from yoloscope import errors
from yoloscope.cli import transfer
from yoloscope.wire import recording


def free(name: str, *, suffix: str) -> Path:
    """Return a file name for a run or project that no file here has."""
    first = Path(recording.file_name(name).removesuffix(recording.SUFFIX) + suffix)
    number = 1
    target = first
    while target.exists():
        number += 1
        target = first.with_name(f"{first.name.removesuffix(suffix)}-{number}{suffix}")
    return target


@contextlib.contextmanager
def written(data: Iterator[bytes], target: Path) -> Generator[Path]:
    """Write bytes beside the target and lend that file for a look; it becomes the target when the caller is done, or is removed.

    Raises:
        ConfigError: if the file cannot be written.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file, transfer.bar(target.name, size_bytes=None) as advance:
            for some in data:
                file.write(some)
                advance(len(some))
            file.flush()
            os.fsync(file.fileno())
        yield part
        part.replace(target)
    except OSError as error:
        raise errors.ConfigError(f"the file cannot be made: {error}. Name another one with --output") from error
    finally:
        part.unlink(missing_ok=True)
