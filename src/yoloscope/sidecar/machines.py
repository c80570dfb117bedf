"""Telling a server about this machine: one report each ten seconds, from one of the sidecars that send there. Loss is fine.

A server hears of a machine from the first living sidecar that names it, whoever reads the machine: so each report goes with that
sidecar's own token, and a server is told of no run that another one keeps. Reports go out beside the rows, which never wait for them.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from yoloscope import errors
from yoloscope.records import machine
from yoloscope.sidecar.hardware import aside, election, port, processes, words
from yoloscope.spool import layout

EVERY_S = 10.0
WAIT_MOST_S = 300.0
"""How long a server that does not answer is left alone at most."""
OLD_SERVER_S = 600.0
"""How soon a server that knows no machines is asked again: it may be updated."""

log = logging.getLogger("yoloscope.sidecar")
Post = Callable[[machine.Report], bool]
"""Posts a report; False if the server knows no machines. Raises TransportError if it cannot take it now."""


class Machines:
    """The word that one run leaves on its host, and the reports to its server when it is the one to send them."""

    def __init__(self, manifest: layout.Manifest, *, post: Post) -> None:
        self._manifest = manifest
        self._post = post
        self._report: machine.Report | None = None
        self._aside = aside.Aside("the report of this machine", self._send)
        self._due_s = 0.0
        self._failures = 0

    def tend(self, now_s: float, *, look: election.Look, folder: Path | None, started: str) -> None:
        """Freshen the word of this run, and send a report if one is due; `started` tells the training's process from others."""
        wait_s = self._aside.take()
        if wait_s is not None:
            self._due_s = max(self._due_s, now_s + wait_s)
        if now_s < self._due_s:
            return
        self._due_s = now_s + EVERY_S
        runs = self._runs(folder, self._word(started))
        if self._manifest.mode == "online" and self._is_teller(runs):
            self._report = report(look, runs, host=self._manifest.host, boot_id=self._manifest.boot_id)
            self._aside.ask()

    def close(self, folder: Path | None) -> None:
        """Take the word back; calling it twice is harmless."""
        if folder is not None:
            words.take_back(folder, self._manifest.writer)
        self._aside.close()

    def _word(self, started: str) -> words.Word:
        own, known = processes.sample(os.getpid()), self._manifest
        return words.Word(
            writer=known.writer,
            run=known.run.id,
            project=known.run.project,
            server=known.server if known.mode == "online" else "",
            pid=known.pid,
            started=started,
            since_ns=known.wall_ns,
            sidecar_pid=os.getpid(),
            sidecar_started="" if own is None else own.started,
        )

    def _runs(self, folder: Path | None, own: words.Word) -> list[words.Word]:
        """Return the runs of this host that go to the same server, this one's word being left first."""
        if folder is None:
            return [own]
        try:
            words.leave(folder, own)
        except OSError as error:
            log.debug("no word of this run is left: %s", error)
            return [own]
        return [word for word in words.living(folder) if word.server == own.server]

    def _is_teller(self, runs: Sequence[words.Word]) -> bool:
        first = next((word for word in runs if words.is_carried(word)), None)
        return first is not None and first.writer == self._manifest.writer

    def _send(self) -> float:
        """Post the report; return how long to wait before the next one."""
        assert self._report is not None
        try:
            knows = self._post(self._report)
        except errors.TransportError as error:
            self._failures += 1
            log.debug("no report of this machine: %s", error)
            return float(min(WAIT_MOST_S, EVERY_S * 2.0 ** min(self._failures, 10)))
        self._failures = 0
        return 0.0 if knows else OLD_SERVER_S


def report(
    look: election.Look, runs: Sequence[words.Word], *, host: str, boot_id: str, interval_s: float = EVERY_S
) -> machine.Report:
    """Return what a server is told of this machine; `runs` are those that it keeps."""
    by_pid = {word.pid: word.run for word in runs}
    numbers = look.numbers
    return machine.Report(
        host=host,
        boot_id=boot_id,
        wall_ns=time.time_ns(),
        interval_s=interval_s,
        cpus=os.cpu_count() or 1,
        cpu_percent=numbers.get("cpu_percent"),
        memory_bytes=_whole(numbers.get("memory_bytes")),
        memory_total_bytes=_whole(numbers.get("memory_total_bytes")),
        cards=tuple(_card(card, by_pid) for card in look.cards),
        runs=tuple(machine.RunHere(word.run, word.project, word.pid, word.since_ns) for word in runs),
        sender=election.sender(),
    )


def _card(card: port.Card, by_pid: dict[int, str]) -> machine.Card:
    numbers = card.numbers
    return machine.Card(
        index=card.index,
        uuid=card.uuid,
        name=card.name,
        vendor=card.vendor,
        util_percent=numbers.get("util_percent"),
        memory_bytes=_whole(numbers.get("memory_bytes")),
        memory_total_bytes=_whole(numbers.get("memory_total_bytes")),
        temperature_c=numbers.get("temperature_c"),
        power_w=numbers.get("power_w"),
        processes=tuple(
            machine.CardProcess(pid, used if used >= 0 else None, _run_of(pid, by_pid))
            for pid, used in sorted((card.processes or {}).items())
        ),
    )


def _run_of(pid: int, by_pid: dict[int, str]) -> str | None:
    """Return the run that a process belongs to, itself or by one above it."""
    return next((by_pid[above] for above in processes.ancestors(pid) if above in by_pid), None) if by_pid else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
