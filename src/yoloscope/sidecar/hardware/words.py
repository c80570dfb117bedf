"""Which runs live on this host: each sidecar leaves word of its own in the folder that they share (`election`).

A word is believed as long as the very process that it names runs; so nothing that died without taking it back does any harm.
"""

import contextlib
import logging
import os
import time
from pathlib import Path

import msgspec

from yoloscope.sidecar.hardware import processes

log = logging.getLogger("yoloscope.sidecar")
VERSION = 1
SWEEP_AFTER_S = 600.0
"""How old a word must be, beside being nobody's, to be removed: in another container sharing this folder its process has another number."""
_SUFFIX = ".run.json"
_MOST_BYTES = 64 * 1024


class Word(msgspec.Struct, frozen=True):
    """A training of this host, and the sidecar that carries it to ``server``, which is empty for an offline run."""

    writer: str
    run: str
    project: str
    server: str
    pid: int
    started: str
    since_ns: int
    sidecar_pid: int
    sidecar_started: str
    version: int = VERSION


_decoder = msgspec.json.Decoder(Word)


def leave(folder: Path, word: Word) -> None:
    """Write a word, or freshen it.

    Raises:
        OSError: if the folder does not take it.
    """
    path = folder / (word.writer + _SUFFIX)
    temporary = folder / f"{word.writer}.{os.getpid()}.tmp"
    temporary.write_bytes(msgspec.json.encode(word))
    temporary.replace(path)


def take_back(folder: Path, writer: str) -> None:
    """Remove a word; harmless when it is not there."""
    with contextlib.suppress(OSError):
        (folder / (writer + _SUFFIX)).unlink()


def living(folder: Path) -> list[Word]:
    """Return the words whose training runs, by writer; old ones of nobody are removed."""
    found: list[Word] = []
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob("*" + _SUFFIX)):
            word = _read(path)
            if word is not None and processes.is_same(word.pid, started=word.started):
                found.append(word)
            else:
                _sweep(path)
    return found


def is_carried(word: Word) -> bool:
    """Tell whether the sidecar that left a word still runs."""
    return processes.is_same(word.sidecar_pid, started=word.sidecar_started)


def _read(path: Path) -> Word | None:
    try:
        with path.open("rb") as file:
            word = _decoder.decode(file.read(_MOST_BYTES))
    except (OSError, msgspec.DecodeError) as error:
        log.debug("%s is not used: %s", path, error)
        return None
    return word if word.version == VERSION else None


def _sweep(path: Path) -> None:
    with contextlib.suppress(OSError):
        if abs(time.time() - path.stat().st_mtime) > SWEEP_AFTER_S:
            path.unlink()
