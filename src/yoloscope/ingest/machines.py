"""A machine's report, checked before anything of it is stored; an error names the field and what would be accepted."""

import math
import re
from collections.abc import Iterable

import msgspec

from yoloscope import errors
from yoloscope.records import ids, machine

BODY_MAX_BYTES = 512 * 1024
"""A report of the most cards, each with a dozen processes, has a fifth of this."""
CARDS_MAX = 64
"""Cards of one host; the largest machines have 16, and 56 where each is split in seven."""
PROCESSES_MAX = 512
RUNS_MAX = 512
_HOST_MAX_CHARS = 253
_INTERVAL_S = 0.1, 3_600.0
_PERCENT = 0.0, 100.0
_CELSIUS = -100.0, 1_000.0
_WATT = 0.0, 100_000.0
_BYTES_TOP = 2**53
_TEXTS = (("uuid", 1, 128), ("name", 1, 200), ("vendor", 1, 64))
_PLACE = re.compile(r"`\$\.?([^`]*)`\Z")
_decoder = msgspec.json.Decoder(machine.Report)
_version = msgspec.json.Decoder(dict[str, object])


def report_from_body(body: bytes) -> machine.Report:
    """Return the report that a body holds.

    Raises:
        InvalidRecord: if it holds something else, or a newer report than this release knows.
    """
    try:
        report = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        _check_version(body)
        raise _from_decoding(error) from error
    if report.version != machine.VERSION:
        raise _of_other_version(report.version)
    _check(report)
    return report


def _check_version(body: bytes) -> None:
    """Say that the version is another where that may be why a body cannot be read."""
    try:
        version = _version.decode(body).get("version")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    if isinstance(version, int) and version != machine.VERSION:
        raise _of_other_version(version)


def _of_other_version(version: int) -> errors.InvalidRecord:
    return _refusal(
        "version", f"{version} is not known here", fix=f"send version {machine.VERSION}, or update this server"
    )


def _from_decoding(error: Exception) -> errors.InvalidRecord:
    found = _PLACE.search(str(error))
    field = found.group(1) if found and found.group(1) else "body"
    said = str(error).partition(" - at ")[0]
    return errors.InvalidRecord(
        f"{field}: {said}; nothing was stored", field=field, fix="send one report as docs/machines.md describes"
    )


def _check(report: machine.Report) -> None:
    _check_host(report.host)
    _check_text(report.boot_id, field="boot_id", least=0, most=128)
    _check_text(report.sender, field="sender", least=0, most=64)
    _check_int(report.wall_ns, field="wall_ns", top=2**63)
    _check_number(report.interval_s, field="interval_s", within=_INTERVAL_S)
    _check_int(report.cpus, field="cpus", top=1_000_000, least=1)
    _check_number(report.cpu_percent, field="cpu_percent", within=_PERCENT)
    for field in ("memory_bytes", "memory_total_bytes"):
        _check_int(getattr(report, field), field=field, top=_BYTES_TOP)
    _check_count(report.cards, field="cards", most=CARDS_MAX)
    _check_count(report.runs, field="runs", most=RUNS_MAX)
    for at, card in enumerate(report.cards):
        _check_card(card, field=f"cards[{at}]")
    _check_alone((card.uuid for card in report.cards), field="cards[{at}].uuid")
    for at, run in enumerate(report.runs):
        _check_run(run, field=f"runs[{at}]")


def _check_host(host: str) -> None:
    _check_text(host, field="host", least=1, most=_HOST_MAX_CHARS)
    if "/" in host or not host.strip(". "):
        raise _refusal("host", f"{host[:80]!r} is no name of a machine", fix="use letters, digits, '-', '_' and '.'")


def _check_card(card: machine.Card, *, field: str) -> None:
    _check_int(card.index, field=f"{field}.index", top=2**31)
    for name, least, most in _TEXTS:
        _check_text(getattr(card, name), field=f"{field}.{name}", least=least, most=most)
    for name in ("memory_bytes", "memory_total_bytes"):
        _check_int(getattr(card, name), field=f"{field}.{name}", top=_BYTES_TOP)
    _check_number(card.util_percent, field=f"{field}.util_percent", within=_PERCENT)
    _check_number(card.temperature_c, field=f"{field}.temperature_c", within=_CELSIUS)
    _check_number(card.power_w, field=f"{field}.power_w", within=_WATT)
    _check_count(card.processes, field=f"{field}.processes", most=PROCESSES_MAX)
    for at, process in enumerate(card.processes):
        place = f"{field}.processes[{at}]"
        _check_int(process.pid, field=f"{place}.pid", top=2**63)
        _check_int(process.memory_bytes, field=f"{place}.memory_bytes", top=_BYTES_TOP)
        _check_run_id(process.run, field=f"{place}.run")


def _check_run(run: machine.RunHere, *, field: str) -> None:
    _check_run_id(run.run, field=f"{field}.run")
    if not ids.PROJECT_NAME.match(run.project):
        raise _refusal(f"{field}.project", f"{run.project[:80]!r} is no project name", fix="send the project's name")
    _check_int(run.pid, field=f"{field}.pid", top=2**63)
    _check_int(run.since_ns, field=f"{field}.since_ns", top=2**63)


def _check_run_id(run: str | None, *, field: str) -> None:
    if run is not None and not ids.RUN_ID.match(run):
        raise _refusal(field, f"{run[:80]!r} is no run id", fix="send the id of a run, or null")


def _check_text(text: str, *, field: str, least: int, most: int) -> None:
    if not least <= len(text) <= most or not text.isprintable():
        raise _refusal(field, f"{text[:80]!r} cannot be used", fix=f"use {least}-{most} printable characters")


def _check_int(value: int | None, *, field: str, top: int, least: int = 0) -> None:
    if value is not None and not least <= value < top:
        raise _refusal(field, f"{value} is out of range", fix=f"send {least} to {top - 1}")


def _check_number(value: float | None, *, field: str, within: tuple[float, float]) -> None:
    least, most = within
    if value is not None and not (math.isfinite(value) and least <= value <= most):
        raise _refusal(field, f"{value} is out of range", fix=f"send {least:g} to {most:g}")


def _check_count(values: tuple[object, ...], *, field: str, most: int) -> None:
    if len(values) > most:
        raise _refusal(field, f"{len(values)} are too many", fix=f"send at most {most}")


def _check_alone(values: Iterable[str], *, field: str) -> None:
    seen: set[str] = set()
    for at, value in enumerate(values):
        if value in seen:
            raise _refusal(field.format(at=at), f"{value[:80]!r} stands twice", fix="send each card once")
        seen.add(value)


def _refusal(field: str, what: str, *, fix: str) -> errors.InvalidRecord:
    return errors.InvalidRecord(f"{field}: {what}; nothing was stored", field=field, fix=fix)
