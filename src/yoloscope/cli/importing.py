"""``yoloscope import``: runs from files into a server."""

from pathlib import Path
from typing import BinaryIO, cast

import click
import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli import output, texts, transfer
from yoloscope.wire import recording

_FAILED = 1
_FAULTS: dict[type[errors.RecordingError], str] = {
    errors.RecordingTruncated: "import.truncated",
    errors.RecordingCorrupt: "import.corrupt",
    errors.RecordingVersion: "import.version",
}


class Imported(msgspec.Struct, frozen=True):
    """One run of a file, as the server answers; ``state`` is what a program switches on."""

    run: str
    project: str
    name: str
    state: str
    rows: int
    new_rows: int


class Done(msgspec.Struct, frozen=True):
    """What became of one file."""

    file: str
    runs: list[Imported] = []
    error: str | None = None


class _Answer(msgspec.Struct, frozen=True):
    items: list[Imported]


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--server", metavar="URL", help="Server to bring the runs to.")
@click.option("--json", "json_wanted", is_flag=True, help="Print one JSON object.")
def import_(files: tuple[Path, ...], *, server: str | None, json_wanted: bool) -> None:
    """Bring the runs in FILES, made by `yoloscope export`, to a server.

    It is safe to repeat and to interrupt. Exits with 0 if everything is there, 1 if a file was not taken.
    """
    api = client.Client(server)
    done = [_brought(api, path) for path in files]
    if json_wanted:
        output.as_json({"items": done})
    else:
        for one in done:
            _tell(one, url=api.url)
    if any(one.error for one in done):
        raise SystemExit(_FAILED)


def _brought(api: client.Client, path: Path) -> Done:
    """Send a file once it is known to be whole, so that a bad one costs no upload."""
    size_bytes = path.stat().st_size
    try:
        with path.open("rb") as file:
            recording.prove(file)
            file.seek(0)
            with transfer.bar(path.name, size_bytes=size_bytes) as advance:
                passing = cast("BinaryIO", _Passing(file, advance))
                answer = api.upload(
                    "/api/v1/recordings",
                    passing,
                    content_type=recording.CONTENT_TYPE,
                    size_bytes=size_bytes,
                    answer=_Answer,
                )
    except errors.RecordingError as error:
        key = _FAULTS.get(type(error))
        return Done(str(path), error=texts.text(key) if key else f"{error}. {error.fix}")
    except (errors.YoloscopeError, OSError) as error:
        return Done(str(path), error=str(error))
    return Done(str(path), answer.items)


class _Passing:
    """A file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, advance: transfer.Advance) -> None:
        self._file = file
        self._advance = advance

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data = self._file.read(size)
        self._advance(len(data))
        return data


def _tell(done: Done, *, url: str) -> None:
    if done.error:
        click.echo(texts.text("import.failed", file=done.file, error=done.error), err=True)
    for one in done.runs:
        key = "import.known" if one.state == "known" else "import.done"
        page = f"{url}/runs/{one.run}"
        click.echo(texts.text(key, run=f"{one.project}/{one.name}", rows=one.new_rows, url=page))
