"""Which watchers a directory gets: the one list of them."""

from pathlib import Path

from yoloscope.sidecar import client, console, items, life, machines, notebook, obeying, telemetry, watch
from yoloscope.sidecar.hardware import station
from yoloscope.spool import layout


def for_directory(directory: Path) -> watch.Watch:
    """Return all that looks at the training of a directory, with one notebook for what they see."""
    notes = notebook.Notebook(directory)
    manifest = layout.load_manifest(directory)
    signs = watch.Signs()
    watchers: list[watch.Watcher] = [console.Console(directory, notes), life.Life(directory, notes, signs)]
    watchers.append(items.Items(directory))
    if manifest.mode == "online" and not manifest.rank:
        watchers.append(obeying.Obeying(directory, notes, signs))
    if telemetry.is_wanted(manifest):
        watchers.append(_telemetry(directory, manifest, notes=notes))
    return watch.Watch(watchers, notes=notes, signs=signs)


def see_end(directory: Path) -> None:
    """Note what a trainer that is gone has left: lines, stacks, items. For whoever sends a directory that no sidecar looks after."""
    notes = notebook.Notebook(directory)
    handed = items.Items(directory)
    left = watch.Watch(
        (console.Console(directory, notes), life.Life(directory, notes, watch.Signs()), handed), notes=notes
    )
    left.tend(0.0, lives=False)
    while left.is_behind() and not handed.is_stuck():
        left.tend(0.0, lives=False)
    left.close()


def _telemetry(directory: Path, manifest: layout.Manifest, *, notes: notebook.Notebook) -> telemetry.Telemetry:
    tells = machines.Machines(manifest, post=client.Client(manifest.server).post_machine)
    machine = station.Station(interval_s=manifest.telemetry_s)
    return telemetry.Telemetry(directory, notes=notes, machine=machine, tells=tells)
