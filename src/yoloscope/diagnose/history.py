"""What earlier runs of the same project and data looked like, as far as a diagnosis needs it. Whoever knows them hands them in; nothing here reads anything."""

from collections.abc import Mapping

import msgspec
import numpy as np

from yoloscope.curves import gower

POINTS = 32
"""Of a peer's curve, evenly over its budget of epochs."""


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier run.

    ``course`` holds the exponential mean (alpha 0.3) of its mAP50-95 after 1/32, 2/32 … of ``epochs``, its budget, as far as it came. ``final`` is its best
    mAP50-95, ``batch_s`` its median time of a batch, ``start_losses`` the components of its first epoch. ``failed`` names the rule whose critical
    finding it ended with, ``""`` if there was none.
    """

    run: str
    name: str
    settings: Mapping[str, object] = {}
    epochs: int = 0
    course: tuple[float, ...] = ()
    final: float | None = None
    batch_s: float | None = None
    start_losses: Mapping[str, float] = {}
    failed: str = ""

    def at(self, epoch: float) -> float | None:
        """Return the mean mAP50-95 at an epoch, between the points by a straight line; ``None`` beyond its end and before its first point."""
        place = epoch * POINTS / self.epochs - 1 if self.epochs else -1.0
        if place < 0 or place > len(self.course) - 1:
            return None
        lower = int(place)
        upper = min(lower + 1, len(self.course) - 1)
        return self.course[lower] + (place - lower) * (self.course[upper] - self.course[lower])


class Peers(msgspec.Struct, frozen=True):
    """All earlier runs that a run can be measured by, in the order in which they began."""

    runs: tuple[Peer, ...] = ()


IGNORED = frozenset({
    "name", "project", "save_dir", "data", "device", "exist_ok", "plots", "verbose", "resume", "save", "save_period", "save_txt", "save_conf", "save_crop",
    "save_json", "workers", "cache", "mode", "seed", "show", "profile", "parameters", "batches", "start_epoch", "tracker", "cfg", "source",
})  # fmt: skip
"""Settings that say where and how a run is kept, not how it learns."""


def comparable(settings: Mapping[str, object]) -> dict[str, object]:
    """Return the settings by which runs are compared: single values that bear on learning."""
    return {
        key: value
        for key, value in settings.items()
        if key not in IGNORED and isinstance(value, bool | int | float | str)
    }


def distances(settings: Mapping[str, object], peers: Peers) -> list[float]:
    """Return how far each earlier run's settings are, 0 to 1 (`gower.distances`); 1 where nothing can be compared."""
    found = gower.distances(comparable(settings), [comparable(peer.settings) for peer in peers.runs])
    return [float(distance) for distance in np.nan_to_num(found, nan=1.0)]


def nearest(settings: Mapping[str, object], peers: Peers, count: int) -> tuple[Peer, ...]:
    """Return the earlier runs whose settings are nearest, the nearest first."""
    ranked = sorted(zip(distances(settings, peers), range(len(peers.runs)), strict=True))
    return tuple(peers.runs[place] for _, place in ranked[:count])


def differences(settings: Mapping[str, object], peer: Peer) -> list[str]:
    """Return what is set otherwise than in an earlier run, as ``"lr0 0.01 → 0.1"``, theirs first; at most 8."""
    mine, theirs = comparable(settings), comparable(peer.settings)
    return [f"{key} {theirs[key]} → {mine[key]}" for key in mine if key in theirs and mine[key] != theirs[key]][:8]
