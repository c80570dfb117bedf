"""``yoloscope pause``, ``stop``, ``set``, ``save`` and ``do``."""

from typing import Literal

import click

from yoloscope.api import client, finding
from yoloscope.cli import texts
from yoloscope.cli.act import asking, sending
from yoloscope.records import command

_PLAIN = {"ignore_unknown_options": True, "help_option_names": ["-h", "--help"]}
"""A value such as -1 is no option."""
_REST: dict[str, Literal["validate", "close_mosaic", "rollback", "note"]] = {
    "validate": "validate",
    "close-mosaic": "close_mosaic",
    "rollback": "rollback",
    "note": "note",
}


@click.command("pause")
@click.argument("run")
@click.option("--release", is_flag=True, help="Keep a checkpoint and end the process, so that its card is free.")
@sending.options
def pause(run: str, *, release: bool, how: sending.How) -> None:
    """Hold a running training behind its present batch; `yoloscope resume RUN` lets it go on.

    RUN is an id, a name, or the start of an id. A held training keeps its memory and its card; with --release it gives them back, and
    `yoloscope resume RUN` on its machine starts it again from the checkpoint.
    """
    sending.act(run, verb="pause", args={"release": release}, how=how)


@click.command("stop")
@click.argument("run")
@click.option("--resumable", is_flag=True, help="Keep a checkpoint that can be resumed, without the final evaluation.")
@click.option("--kill", is_flag=True, help="End the process at once; asks first.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before --kill.")
@sending.options
def stop(run: str, *, resumable: bool, kill: bool, yes: bool, how: sending.How) -> None:
    """End a running training, with its final evaluation of the best checkpoint.

    RUN is an id, a name, or the start of an id.
    """
    if resumable and kill:
        raise click.UsageError(texts.text("act.one_end"))
    ends: command.How = "kill" if kill else "resumable" if resumable else "evaluate"
    api = client.Client(how.server)
    found = finding.find(api, run)
    if kill and not yes:
        click.confirm(texts.text("act.sure_kill", name=found["name"]), abort=True, err=True)
    sending.send(api, found, verb="stop", args={"how": ends}, how=how)


@click.command("set", context_settings=_PLAIN)
@click.argument("run")
@click.argument("words", metavar="NAME=VALUE…", nargs=-1, required=True, type=click.UNPROCESSED)
@sending.options
def set_(run: str, *, words: tuple[str, ...], how: sending.How) -> None:
    """Change settings of a running training from its next batch on: all of them, or none.

    \b
    lr=0.003          the learning rate of now; its schedule keeps its shape
    lr=x0.3           the same, times 0.3
    epochs=120        how many epochs it trains in all
    patience=30       epochs without improvement before it stops early
    weight_decay=0    box=7.5  cls=0.5  dfl=1.5 …: loss gains
    close_mosaic=10   how many epochs at the end go without mosaic

    RUN is an id, a name, or the start of an id. What the framework cannot change while it trains is refused.
    """  # noqa: D301  # click takes the letter for a paragraph that is not wrapped
    sending.act(run, verb="set", args=asking.arguments(words), how=how)


@click.command("save")
@click.argument("run")
@sending.options
def save(run: str, *, how: sending.How) -> None:
    """Write a full checkpoint now, beside last.pt and best.pt, which stay as they are.

    RUN is an id, a name, or the start of an id.
    """
    sending.act(run, verb="save", args={}, how=how)


@click.command("do", context_settings=_PLAIN)
@click.argument("run")
@click.argument("verb", type=click.Choice(list(_REST)))
@click.argument("words", metavar="[NAME=VALUE|TEXT]…", nargs=-1, type=click.UNPROCESSED)
@sending.options
def do(run: str, *, verb: str, words: tuple[str, ...], how: sending.How) -> None:
    """Have a running training do something else.

    \b
    validate                   validate now, off the schedule
    close-mosaic               no mosaic from the next epoch on
    rollback [lr_factor=0.33]  weights and optimizer of the last good checkpoint, and a smaller rate
    note TEXT                  nothing but a mark on the curves

    RUN is an id, a name, or the start of an id.
    """  # noqa: D301  # as above
    known = _REST[verb]
    if known == "note" and not words:
        raise click.UsageError(texts.text("act.no_text"))
    args = {"text": " ".join(words)} if known == "note" else asking.arguments(words)
    sending.act(run, verb=known, args=args, how=how)
