"""What a person types, as the arguments of a command: checked here, before anything is sent."""

import re
from collections.abc import Iterable, Mapping

import click

from yoloscope import errors
from yoloscope.cli import texts
from yoloscope.records import command

_FACTOR = re.compile(r"[x×*]\s*(.+)")
_WHOLE = re.compile(r"[+-]?\d+\Z")
_FIXES = (
    ("above", re.compile(r"use a number above (?P<least>\S+) up to (?P<most>\S+)\Z")),
    ("from", re.compile(r"use a number from (?P<least>\S+) up to (?P<most>\S+)\Z")),
    ("whole", re.compile(r"use a whole number from (?P<least>\S+) to (?P<most>\S+)\Z")),
    ("one_of", re.compile(r"use one of (?P<names>.+)\Z")),
    ("chars", re.compile(r"use (?P<least>\d+)-(?P<most>\d+) characters\Z")),
    ("none", re.compile(r"send no arguments\Z")),
)
"""How `records.command` words a fix, so that it can be said in the user's language."""


def arguments(words: Iterable[str]) -> dict[str, object]:
    """Return ``NAME=VALUE`` words as arguments; ``lr=x0.3`` multiplies the rate.

    Raises:
        UsageError: if a word has no ``=``, or a name comes twice.
    """
    found: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(texts.text("act.pair", word=repr(word)))
        key, text = name.strip().replace("-", "_"), value.strip()
        factor = _FACTOR.match(text) if key == "lr" else None
        if factor:
            key, text = "lr_factor", factor[1]
        if key in found:
            raise click.UsageError(texts.text("act.twice", name=key))
        found[key] = _value(text)
    return found


def checked(verb: command.Verb, args: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments of a command with its defaults.

    Raises:
        UsageError: if they cannot be used; it says what can.
    """
    try:
        return command.checked(verb, dict(args))[1]
    except errors.InvalidRecord as error:
        raise click.UsageError(_said(error, args)) from error


def _value(text: str) -> object:
    if _WHOLE.match(text):
        return int(text[:20])
    try:
        return float(text)
    except ValueError:
        return text


def _said(error: errors.InvalidRecord, args: Mapping[str, object]) -> str:
    name, fix = error.field.removeprefix("args."), _fix(error.fix)
    if name not in args:
        return texts.text("act.bad", says=str(error), fix=fix)
    known = "is not known" not in str(error)
    return texts.text("act.bad_value" if known else "act.bad_name", name=name, value=args[name], fix=fix)


def _fix(fix: str) -> str:
    for key, pattern in _FIXES:
        if found := pattern.match(fix):
            return texts.text(f"act.fix.{key}", **found.groupdict())
    return fix
