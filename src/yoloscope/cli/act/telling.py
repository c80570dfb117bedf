"""What became of a command, in words."""

from collections.abc import Mapping
from types import TracebackType
from typing import cast

import click

from yoloscope.api import commands
from yoloscope.cli import output, texts
from yoloscope.cli.runs import words
from yoloscope.records import command, refusals

_LONGER = 5
_DETAILED = {"bad_value", "failed"}
"""Reasons whose sentence alone would leave open what is wrong."""


class Progress:
    """Shows on stderr how far a command has come: ``pause: sent → accepted → applied``."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._begun = False

    def __call__(self, now: commands.Command) -> None:
        """Show a state that was reached."""
        if self._silent:
            return
        lead = " → " if self._begun else f"{verb(now)}: "
        click.echo(lead + texts.text(f"act.state.{now.state}"), nl=False, err=True)
        self._begun = True

    def __enter__(self) -> "Progress":  # noqa: PYI034  # Self needs 3.11
        """Return what is told of each state."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the line."""
        if self._begun:
            click.echo(err=True)


def line(told: commands.Command, *, run: str, deadline_s: float | None = None) -> str:
    """Return in one line what became of a command."""
    named = verb(told)
    if told.state == "applied":
        at, changed = where(told), changes(told.result or {})
        said = texts.text("act.applied_at" if at else "act.applied", verb=named, where=at)
        return texts.text("act.what", line=said, what=changed) if changed else said
    if told.state == "refused":
        return texts.text("act.refused", verb=named, why=why(told))
    if told.state == "expired" and told.reason:
        return texts.text("act.expired_since", verb=named, why=why(told))
    if told.state == "expired":
        longer = f"{(deadline_s or command.DEADLINE_S) * _LONGER:g}"
        return texts.text("act.expired" if told.accepted else "act.expired_unheard", verb=named, longer=longer)
    return texts.text("act.open", verb=named, state=texts.text(f"act.state.{told.state}"), run=run)


def verb(told: commands.Command) -> str:
    """Return what was asked for, in the user's language."""
    return texts.text_or(f"act.verb.{told.verb}", told.verb)


def where(told: commands.Command) -> str:
    """Return where the training stood: ``at step 120, epoch 4.3``; nothing if it did not say."""
    at = told.applied_at
    if at is None:
        return ""
    parts = [texts.text("act.at_step", step=at.step)] if at.step is not None else []
    parts += [texts.text("act.at_epoch", epoch=f"{at.epoch:.4g}")] if at.epoch is not None else []
    return texts.text("act.between").join(parts)


def changes(result: Mapping[str, object]) -> str:
    """Return what really changed: ``lr 0.01 → 0.003, epochs 100 → 120``."""
    return texts.text("act.between").join(f"{name} {_change(value)}" for name, value in result.items())


def why(told: commands.Command) -> str:
    """Return why a command was refused, or expired before its time, and what to do."""
    reason, detail = told.reason, (told.result or {}).get("detail")
    known = refusals.TEXTS.get(cast("command.Reason", reason))
    if known is None:
        return str(detail or reason or "–")
    said = known[texts.is_chinese()]
    return texts.text("act.detail", why=said, detail=detail) if detail and reason in _DETAILED else said


def effect(told: commands.Command) -> str:
    """Return what came of a command that answered a finding, in the user's language; nothing if nobody measures it."""
    return "" if told.effect is None else told.effect.sentence.get("zh" if texts.is_chinese() else "en", "")


def asked(told: commands.Command) -> str:
    """Return a command as it would be typed: ``set lr=0.003``."""
    shown = [f"{name}={_shown(value)}" for name, value in told.args.items() if value is not False]
    return " ".join((told.verb, *shown))


def _change(value: object) -> str:
    both = words.raw(value)
    return f"{_shown(both['from'])} → {_shown(both['to'])}" if {"from", "to"} <= both.keys() else _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    return output.number(value) if isinstance(value, (int, float)) else output.compact(value)
