"""``yoloscope runs``: what has been recorded, as a table or as JSON, how to start it again, and what sets runs apart."""

import click

from yoloscope.cli.runs.comparing import compare_runs
from yoloscope.cli.runs.editing import archive_runs, note_run, tag_run
from yoloscope.cli.runs.finding import find
from yoloscope.cli.runs.learnt import learnt
from yoloscope.cli.runs.listing import list_runs
from yoloscope.cli.runs.removing import remove_runs, restore_runs
from yoloscope.cli.runs.showing import show_run

__all__ = ["find", "runs"]


@click.group()
def runs() -> None:
    """List, show, compare, tag and delete runs."""


_LOOK = list_runs, show_run, compare_runs, learnt
_CHANGE = tag_run, note_run, archive_runs, remove_runs, restore_runs
for _command in (*_LOOK, *_CHANGE):
    runs.add_command(_command)
