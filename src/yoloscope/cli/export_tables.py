"""Runs and projects as CSV or Parquet, made by the server.

Called by `export`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli import export_files, texts, transfer
from yoloscope.cli.runs import find

Form = Literal["csv", "parquet"]
_PARQUET_END = b"PAR1"


class Exported(msgspec.Struct, frozen=True):
    """What ``--json`` prints; ``run`` or ``project`` is null."""

    file: str
    size_bytes: int
    format: Form
    wide: bool
    run: str | None
    project: str | None


class Asked(msgspec.Struct, frozen=True):
    """What is to be written, and how."""

    run: str | None
    project: str | None
    form: Form
    wide: bool


def write(api: client.Client, asked: Asked, *, target: Path | None) -> tuple[Exported, str]:
    """Write a run or all runs of a project, and return what was done and the words for it.

    Raises:
        ConfigError: if the file cannot be written, or several runs can be meant.
        NotFound: if there is no such run.
        ServerUnavailable: if the server stopped in between; there is no file then.
    """
    query = {"format": asked.form, "wide": "true" if asked.wide else "false"}
    if asked.project is None:
        detail = find(api, asked.run or "")
        run, name = str(detail["id"]), str(detail["name"])
        path, words = f"/api/v1/runs/{run}/export", texts.text("export.of_run", name=name, run=run)
    else:
        run, name = None, asked.project
        path, words = "/api/v1/export", texts.text("export.of_project", project=name)
        query["project"] = name
    file = target or export_files.free(name, suffix=f".{asked.form}")
    size_bytes = _written(api.download(f"{path}?{urlencode(query)}"), file, form=asked.form)
    done = Exported(str(file), size_bytes, asked.form, asked.wide, run, asked.project)
    size = transfer.size(size_bytes)
    return done, texts.text("export.table", file=done.file, what=words, size=size)


def _written(data: Iterator[bytes], target: Path, *, form: Form) -> int:
    with export_files.written(data, target) as part:
        content_bytes = part.stat().st_size
        if form == "parquet":
            _check_end(part)
    return content_bytes


def _check_end(part: Path) -> None:
    """Return if a Parquet file has its end, which comes last and without which nothing in it can be read."""
    with part.open("rb") as file:
        file.seek(-min(len(_PARQUET_END), part.stat().st_size), 2)
        if file.read() != _PARQUET_END:
            raise errors.ServerUnavailable("the server stopped in between; try again")
