"""``yoloscope runs``: what has been recorded, as a table or as JSON, how to start it again, and what sets runs apart."""

import click

from yoloscope.cli.runs.comparing import compare_runs
from yoloscope.cli.runs.finding import find
from yoloscope.cli.runs.learnt import learnt
from yoloscope.cli.runs.listing import list_runs
from yoloscope.cli.runs.removing import remove_runs, restore_runs
from yoloscope.cli.runs.showing import show_run

__all__ = ["find", "runs"]


@click.group()
def runs() -> None:
    """List, show, compare and delete runs."""


for _command in (list_runs, show_run, compare_runs, remove_runs, restore_runs, learnt):
    runs.add_command(_command)
