"""What an argument of ``yoloscope doctor`` means: files of trainings, a data set, a spool, or a run of a server."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from yoloscope import errors
from yoloscope.cli.doctor import data, judged, words
from yoloscope.diagnose.texts import text
from yoloscope.importers import contract, find, own
from yoloscope.spool import inventory


def judged_at(asked: str, *, server: str | None) -> Iterator[judged.Judged]:
    """Yield what came of everything that an argument means; what cannot be judged says why."""
    path = Path(asked)
    try:
        if data.is_data_set(path):
            yield data.judge(path)
            return
        if not path.exists():
            from yoloscope.cli.doctor import remote

            yield remote.judge(asked, server=server)
            return
        sources = [*find.sources(path), *_spooled(path)]
    except errors.ImportFault as error:
        yield unknown(asked, en=str(error), zh=error.zh)
        return
    if not sources:
        yield unknown(asked, en=words.say("nothing", "en", path=asked), zh=words.say("nothing", "zh", path=asked))
    for source in sources:
        try:
            yield judged.of_source(source)
        except errors.ImportFault as error:
            yield unknown(str(source.path), en=str(error), zh=error.zh)


def unknown(source: str, *, en: str, zh: str) -> judged.Judged:
    """Return that a source cannot be judged, and why."""
    return judged.Judged(source=source, kind="unknown", title=source, verdict="unknown", summary=text.Told(en, zh))


def _spooled(path: Path) -> list[contract.Source]:
    """Return the runs that a spool holds: what its sidecars would send, read without noting anything in it."""
    directories = inventory.find(path) if path.is_dir() else []
    if not directories:
        return []
    import time

    from yoloscope.sidecar import recording

    with tempfile.NamedTemporaryFile(suffix=".yoloscope") as file:
        try:
            for piece in recording.of_directories(directories, now_ns=time.time_ns()):
                file.write(piece)
        except errors.SpoolError as error:
            raise errors.ImportFault(f"{path}: {error}", zh=f"{path}：缓存无法读取（{error}）") from error
        file.flush()
        return own.sources(Path(file.name), shown=path)
