"""The machine beside a training, as rows of its run: every two seconds its processes, its cards, the host, and what we take ourselves.

The machine is read by one sidecar a host (`hardware.station`), the training's own processes by its own sidecar. A row has the step and
epoch that the training was at. Nothing here waits, and what cannot be read is left out.
"""

import os
import time
from pathlib import Path

from yoloscope.records import system
from yoloscope.sidecar import machines, notebook
from yoloscope.sidecar.hardware import election, host, processes, station, tree, uses
from yoloscope.spool import latest, layout, platform


class Telemetry:
    """Notes what one training and its machine take, for as long as the training lives here.

    ``is_looking`` tells that a look has begun and waits for the cards.
    """

    def __init__(
        self,
        directory: Path,
        *,
        notes: notebook.Notebook,
        machine: station.Station,
        tells: machines.Machines | None = None,
    ) -> None:
        manifest = layout.load_manifest(directory)
        self._directory = directory
        self._notes = notes
        self._station = machine
        self._tells = tells
        self._pid = manifest.pid
        self._rank = manifest.rank
        self._every_s = manifest.telemetry_s
        self._tree = tree.Tree(manifest.pid)
        self._own = _OwnCost()
        self._uses: uses.Uses | None = None
        self._around: host.Surroundings | None = None
        self._spot = latest.Spot()
        self._due_s = 0.0
        self.is_looking = False

    def tend(self, now_s: float, *, lives: bool) -> None:
        """Begin a look when it is due, end it when the cards have answered; both within a millisecond."""
        if not lives:
            self.close()
            return
        if now_s >= self._due_s and not self.is_looking:
            self._due_s = now_s + self._every_s
            self.is_looking = True
            self._station.begin(now_s)
        if self.is_looking and self._station.is_ready(now_s):
            self.is_looking = False
            self._note(now_s)

    def close(self) -> None:
        """Let another sidecar read the machine, and take back the word of this run; calling it twice is harmless."""
        if self._tells is not None:
            self._tells.close(self._station.folder)
        self._station.close()

    def _note(self, now_s: float) -> None:
        look = self._station.end(now_s)
        seen = self._tree.look(now_s)
        if seen is None:  # it ends just now, or its number is another's
            return
        numbers = {**seen.numbers, **self._own.look(now_s)}
        if not self._rank:
            self._around = self._around or host.Surroundings(self._directory, pid=self._pid)
            numbers |= {**look.numbers, **self._around.look()}
        row = {system.name_of(what, rank=self._rank): value for what, value in numbers.items()}
        row |= self._of_cards(look, seen.pids)
        found = latest.spot(self._directory)
        self._spot = found if found.mono_ns else self._spot
        self._notes.numbers(row, step=self._spot.step, epoch=self._spot.epoch)
        if self._tells is not None and self._tree.started is not None:
            self._tells.tend(now_s, look=look, folder=self._station.folder, started=self._tree.started)

    def _of_cards(self, look: election.Look, pids: frozenset[int]) -> dict[str, float]:
        self._uses = self._uses or uses.Uses(self._pid)
        row: dict[str, float] = {}
        for card in self._uses.of(look.cards, pids):
            own_bytes = uses.memory_of(card, pids)
            of_training = {} if own_bytes is None else {"training_memory_bytes": own_bytes}
            for what, value in {**card.numbers, **of_training}.items():
                row[system.name_of(what, rank=self._rank, card=card.index)] = value
        return row


def is_wanted(manifest: layout.Manifest) -> bool:
    """Tell whether a run wants telemetry, and its processes are those of this machine."""
    here = manifest.boot_id == platform.boot_id() and manifest.host in ("", platform.host_name())
    return manifest.telemetry_s > 0 and here


class _OwnCost:
    """What this very process takes, carrying included."""

    def __init__(self) -> None:
        self._before: tuple[float, float] | None = None

    def look(self, now_s: float) -> dict[str, float]:
        """Return the series below ``yoloscope/``; CPU use is over the time since the last look, in percent of one core."""
        cpu_s = time.process_time()
        before, self._before = self._before, (now_s, cpu_s)
        found: dict[str, float] = {}
        own = processes.sample(os.getpid())
        if own is not None:
            found["yoloscope/rss_bytes"] = float(own.rss_bytes)
        if before is not None and now_s > before[0]:
            found["yoloscope/cpu_percent"] = 100 * (cpu_s - before[1]) / (now_s - before[0])
        return found
