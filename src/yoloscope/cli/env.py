"""``yoloscope env``: what a bug report needs and nothing else; no framework is imported for it."""

import os
import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path

import click
import msgspec

from yoloscope import errors
from yoloscope.cli import client, output, policy, texts, what_is_sent

_PACKAGES = ("yoloscope", "torch", "ultralytics", "numpy", "fastapi", "sqlalchemy", "uvicorn")


class Environment(msgspec.Struct, frozen=True):
    """What ``--json`` prints."""

    python: str
    executable: str
    platform: str
    packages: dict[str, str | None]
    cpus: int | None
    memory_bytes: int
    memory_free_bytes: int
    disk_free_bytes: int
    server: str
    reachable: bool


@click.command()
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@click.option("--server", metavar="URL", help="Server to try.")
@click.option("--what-is-sent", "asks_what_is_sent", is_flag=True, help="Show what leaves a trainer here, by example.")
def env(*, json_wanted: bool, server: str | None, asks_what_is_sent: bool) -> None:
    """Show versions, machine and whether the server can be reached."""
    if asks_what_is_sent:
        _tell_what_is_sent(what_is_sent.report(server), json_wanted=json_wanted)
        return
    found = _environment(server)
    if json_wanted:
        output.as_json(found)
        return
    for name, value in _lines(found):
        click.echo(f"{name:>12}  {value}")


def _tell_what_is_sent(found: what_is_sent.Report, *, json_wanted: bool) -> None:
    if json_wanted:
        output.as_json(found)
        return
    key = "sent.policy_unknown" if found.server_policy is None else "sent.policy"
    click.echo(texts.text(key, project=found.project, server=found.server))
    for line in policy.lines(found.policy):
        click.echo(line)
    for kind in found.kinds:
        named, leaves = texts.text(f"sent.{kind.kind}"), texts.text(f"sent.is_{kind.leaves}")
        click.echo("\n" + texts.text("fact", name=named, value=leaves))
        if kind.leaves == "reduced":
            click.echo(f"  {texts.text('sent.here')}  {output.compact(kind.here)}")
        if kind.sent is not None:
            click.echo(f"  {texts.text('sent.sent')}  {output.compact(kind.sent)}")
    click.echo("\n" + texts.text("sent.change", project=found.project))


def _environment(server: str | None) -> Environment:
    import psutil

    memory = psutil.virtual_memory()
    api = client.Client(server)
    return Environment(
        python=platform.python_version(),
        executable=sys.executable,
        platform=platform.platform(),
        packages={name: _version(name) for name in _PACKAGES},
        cpus=os.cpu_count(),
        memory_bytes=memory.total,
        memory_free_bytes=memory.available,
        disk_free_bytes=shutil.disk_usage(Path.cwd()).free,
        server=api.url,
        reachable=_answers(api),
    )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _answers(api: client.Client) -> bool:
    try:
        api.get("/healthz", answer=dict[str, str])
    except errors.TransportError:
        return False
    return True


def _lines(found: Environment) -> list[tuple[str, str]]:
    missing = texts.text("env.missing")
    return [
        ("python", f"{found.python} ({found.executable})"),
        ("platform", found.platform),
        *((name, version or missing) for name, version in found.packages.items()),
        ("cpu", str(found.cpus)),
        ("memory", f"{found.memory_free_bytes / 1e9:.1f} / {found.memory_bytes / 1e9:.1f} GB"),
        ("disk", f"{found.disk_free_bytes / 1e9:.1f} GB"),
        ("server", f"{found.server} ({texts.text('env.server_up' if found.reachable else 'env.server_down')})"),
    ]
