"""``yoloscope policy PROJECT``: what the server lets in for a project, shown and changed."""

import click
import msgspec

from yoloscope.api import client
from yoloscope.cli import output, texts
from yoloscope.records.policy import Policy
from yoloscope.wire import protocol

FIELDS = ("summaries", "media", "text", "class_names", "bulk")


@click.command()
@click.argument("project")
@click.option("--summaries/--no-summaries", default=None, help="Counts and histograms of the data set.")
@click.option("--media/--no-media", default=None, help="Images, crops and tables of text.")
@click.option("--text/--no-text", default=None, help="Free text, file names, git branch and remote, container image.")
@click.option("--class-names", type=click.Choice(["text", "index"]), help="Classes by their names, or as numbers.")
@click.option("--bulk", type=click.Choice(["later", "never"]), help="Rows that a live view does without.")
@click.option("--server", metavar="URL", help="Server to ask.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def policy(project: str, *, server: str | None, json_wanted: bool, **changes: bool | str | None) -> None:
    """Show what PROJECT lets in beside numbers, or change it.

    It holds from the next request on; what is stored already stays. A trainer's own policy is a table [policy] in
    yoloscope.toml; of the two, the stricter counts.
    """
    api = client.Client(server)
    path = client.project_path(protocol.POLICY_PATH, project)
    wanted = {key: value for key, value in changes.items() if value is not None}
    holds = api.put(path, body=wanted, answer=Policy) if wanted else api.get(path, answer=Policy)
    if json_wanted:
        output.as_json(holds)
        return
    for line in lines(holds):
        click.echo(line)
    click.echo(texts.text("policy.both"))


def lines(holds: Policy) -> list[str]:
    """Return a policy as lines: each field, its value, and what it means."""
    values = {key: str(value).lower() for key, value in msgspec.to_builtins(holds).items()}
    return [f"{key:>12}  {values[key]:<6}  {texts.text(f'policy.{key}')}" for key in FIELDS]
