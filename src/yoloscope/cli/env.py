"""``yoloscope env``: what a bug report needs and nothing else; no framework is imported for it."""

import os
import platform
import shutil
import sys
from importlib import metadata

import click

from yoloscope import errors
from yoloscope.cli import client, output, texts

_PACKAGES = ("yoloscope", "torch", "ultralytics", "numpy", "fastapi", "sqlalchemy", "uvicorn")


@click.command()
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@click.option("--server", metavar="URL", help="Server to try.")
def env(*, json_wanted: bool, server: str | None) -> None:
    """Show versions, machine and whether the server can be reached."""
    found = _environment(server)
    if json_wanted:
        output.as_json(found)
        return
    for key, value in found.items():
        for name, part in _lines(key, value):
            click.echo(f"{name:>24}  {part}")


def _environment(server: str | None) -> dict[str, object]:
    import psutil

    memory = psutil.virtual_memory()
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "cpus": os.cpu_count(),
        "memory_bytes": memory.total,
        "memory_free_bytes": memory.available,
        "disk_free_bytes": shutil.disk_usage(".").free,
        "server": _server(server),
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _server(asked: str | None) -> dict[str, object]:
    api = client.Client(asked)
    try:
        api.get("/healthz", answer=dict[str, str])
    except errors.TransportError:
        return {"url": api.url, "reachable": False}
    return {"url": api.url, "reachable": True}


def _lines(key: str, value: object) -> list[tuple[str, str]]:
    if key == "packages" and isinstance(value, dict):
        return [(str(name), str(part or texts.text("env.missing"))) for name, part in value.items()]
    if key == "server" and isinstance(value, dict):
        state = texts.text("env.server_up" if value["reachable"] else "env.server_down")
        return [(key, f"{value['url']} ({state})")]
    if key.endswith("_bytes") and isinstance(value, int):
        return [(key.removesuffix("_bytes"), f"{value / 1e9:.1f} GB")]
    return [(key, str(value))]
