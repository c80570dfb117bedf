"""Identifiers: how they look, how they are made, and which strings are accepted as one."""

import re
import secrets
from typing import NewType

from yoloscope import errors

RunId = NewType("RunId", str)
WriterId = NewType("WriterId", str)
ProjectName = NewType("ProjectName", str)

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
WRITER_ID = re.compile(r"[0-9a-f]{32}\Z")
PROJECT_NAME = re.compile(r"[\w][\w .-]{0,63}\Z")
RUN_NAME_MAX_CHARS = 200
_ROUTE_WORDS = frozenset(("completions", "delete", "edit", "restore"))  # /api/v1/runs/completions is no run


def new_run_id() -> RunId:
    """Return a random id of 16 hexadecimal digits: short enough to type, unique for any team."""
    return RunId(secrets.token_hex(8))


def new_writer_id() -> WriterId:
    """Return a random 128-bit id: a pid would repeat in every container."""
    return WriterId(secrets.token_hex(16))


def run_id_from_text(text: str) -> RunId:
    """Return `text` as a run id.

    Raises:
        InvalidRecord: if it is not 1-64 letters, digits, ``_``, ``.`` or ``-``, or a word that stands in a run's place in an address.
    """
    if text in _ROUTE_WORDS:
        raise errors.InvalidRecord(
            f"run id {text!r} is a word of the server's own addresses", field="run.id", fix="use another id"
        )
    if not RUN_ID.match(text):
        raise errors.InvalidRecord(
            f"run id {text[:80]!r} is not usable", field="run.id", fix="use 1-64 letters, digits, '_', '.' or '-'"
        )
    return RunId(text)


def writer_id_from_text(text: str) -> WriterId:
    """Return `text` as a writer id.

    Raises:
        InvalidRecord: if it is not 32 lower-case hexadecimal digits.
    """
    if not WRITER_ID.match(text):
        raise errors.InvalidRecord(
            f"writer id {text[:80]!r} is not usable", field="writer", fix="use 32 lower-case hexadecimal digits"
        )
    return WriterId(text)


def project_name_from_text(text: str) -> ProjectName:
    """Return `text` as a project name; letters of any script are welcome.

    Raises:
        InvalidRecord: if it is empty, longer than 64 characters, or holds other than letters, digits, ``_ . -`` and blanks.
    """
    if not PROJECT_NAME.match(text) or text.endswith((" ", ".")):
        raise errors.InvalidRecord(
            f"project name {text[:80]!r} is not usable",
            field="project",
            fix="use 1-64 letters, digits, '_', '-', '.' or blanks, starting with a letter or digit",
        )
    return ProjectName(text)


def run_name_from_text(text: str) -> str:
    """Return `text` as a run name, stripped of surrounding white space.

    Raises:
        InvalidRecord: if it is empty, longer than 200 characters, or holds control characters.
    """
    name = text.strip()
    if not name or len(name) > RUN_NAME_MAX_CHARS or not name.isprintable():
        raise errors.InvalidRecord(
            f"run name {text[:80]!r} is not usable", field="run.name", fix="use 1-200 printable characters"
        )
    return name
