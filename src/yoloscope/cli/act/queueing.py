"""Queueing an ended training on its own machine: ``yoloscope resume RUN --when-free``."""

import sys
from typing import NoReturn
from urllib.parse import quote

import click

from yoloscope.api import client
from yoloscope.api.finding import Raw
from yoloscope.cli import output, texts
from yoloscope.cli.act import sending
from yoloscope.wire import protocol


def queue(api: client.Client, run: Raw, *, card: str, how: sending.How) -> NoReturn:
    """Have the agent of a run's machine start it again once its card is free, tell so, and exit."""
    host = run.get("host")
    if not isinstance(host, str) or not host:
        click.echo(f"✗ {texts.text('resume.no_host', name=run['name'])}", err=True)
        sys.exit(sending.NOT_DONE)
    path = protocol.WAITS_PATH.format(host=quote(host, safe=""))
    told = api.post(path, body={"run": str(run["id"]), "card": card}, answer=dict[str, object])
    if how.json_wanted:
        output.as_json(told)
        sys.exit(0)
    click.echo(texts.text("resume.queued", name=run["name"], host=host))
    items = api.get(protocol.MACHINES_PATH, answer=dict[str, list[dict[str, object]]])["items"]
    if not any(one.get("host") == host and one.get("starts") for one in items):
        click.echo(texts.text("resume.unheard", host=host), err=True)
    sys.exit(0)
