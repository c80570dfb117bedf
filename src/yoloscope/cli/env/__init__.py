"""``yoloscope env``: versions, machine and server, and what of them breaks trainings, with what to mend.

No framework is imported in this process: torch is tried in one of its own, which may hang or crash (`probing`).
"""

import os
import platform
import sys

import click
import msgspec
from rich import cells

from yoloscope.cli import output, policy, texts, what_is_sent
from yoloscope.cli.env import facts as env_facts
from yoloscope.cli.env import gathering, rules

_PACKAGES = ("yoloscope", "torch", "ultralytics", "numpy", "fastapi", "sqlalchemy", "uvicorn")
_MARKS: dict[rules.State, str] = {"ok": "✓", "warning": "!", "problem": "✗", "unknown": "?"}
_PLAIN_MARKS: dict[rules.State, str] = {**_MARKS, "ok": "+", "problem": "x"}
"""For consoles in GBK and ASCII."""


class Check(msgspec.Struct, frozen=True):
    """One check: its state, what it is about, what was found, and what mends it (null where nothing is to be done)."""

    id: str
    state: rules.State
    title: str
    found: str
    fix: str | None


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
    checks: list[Check]


@click.command()
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@click.option("--server", metavar="URL", help="Server to try.")
@click.option("--fast", is_flag=True, help="Do not import torch nor compute on the cards.")
@click.option("--strict", is_flag=True, help="End with exit code 1 if there is a problem.")
@click.option("--what-is-sent", "asks_what_is_sent", is_flag=True, help="Show what leaves a trainer here, by example.")
def env(*, json_wanted: bool, server: str | None, fast: bool, strict: bool, asks_what_is_sent: bool) -> None:
    """Show versions, machine and server, and check what breaks trainings."""
    if asks_what_is_sent:
        _tell_what_is_sent(what_is_sent.report(server), json_wanted=json_wanted)
        return
    found = _environment(gathering.gathered(server, with_probe=not fast))
    if json_wanted:
        output.as_json(found)
    else:
        _tell(found)
    if strict and any(check.state == "problem" for check in found.checks):
        sys.exit(1)


def _tell(found: Environment) -> None:
    for name, value in _lines(found):
        click.echo(f"{name:>12}  {value}")
    click.echo()
    width = max(cells.cell_len(_state(check.state)) for check in found.checks)
    for check in found.checks:
        gap = " " * (width - cells.cell_len(_state(check.state)))
        click.echo(
            f"{_mark(check.state)} {_state(check.state)}{gap}  {texts.text('fact', name=check.title, value=check.found)}"
        )
        if check.fix is not None:
            click.echo(f"{' ' * (width + 4)}→ {check.fix}")
    states = [check.state for check in found.checks]
    counts = {
        "problems": states.count("problem"),
        "warnings": states.count("warning"),
        "unknown": states.count("unknown"),
    }
    click.echo("\n" + texts.text("check.summary", **counts))


def checks(of: env_facts.Facts) -> list[Check]:
    """Return what each rule says of some facts, in the user's language."""
    return [_check(name, finding) for name, finding in rules.judged(of).items()]


def _check(name: str, finding: rules.Finding) -> Check:
    if finding.says == "unknown":
        return Check(name, finding.state, texts.text(f"check.{name}"), texts.text("check.unknown"), None)
    key = f"check.{name}.{finding.says}"
    told = texts.text(key, **finding.values)
    needs_fix = finding.state in {"warning", "problem"}
    fix = texts.text(f"{key}.fix", **finding.values) if needs_fix else None
    return Check(name, finding.state, texts.text(f"check.{name}"), told, fix)


def _mark(state: rules.State) -> str:
    try:
        _MARKS[state].encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return _PLAIN_MARKS[state]
    return _MARKS[state]


def _state(state: rules.State) -> str:
    return texts.text(f"check.state_{state}")


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


def _environment(of: env_facts.Facts) -> Environment:
    assert of.server is not None
    return Environment(
        python=platform.python_version(),
        executable=sys.executable,
        platform=platform.platform(),
        packages={name: gathering.version(name) for name in _PACKAGES},
        cpus=os.cpu_count(),
        memory_bytes=of.memory_bytes or 0,
        memory_free_bytes=of.memory_free_bytes or 0,
        disk_free_bytes=next((place.free_bytes for place in of.places if place.use == "runs"), 0),
        server=of.server.url,
        reachable=of.server.reachable,
        checks=checks(of),
    )


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
