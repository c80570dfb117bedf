"""How often an effect is seen where there was none: healthy recorded trainings, in each of which a change of rate is imagined after every epoch.

    python -m benchmarks effects

Nothing was done to them, so each verdict but "none" is false. Epochs that follow each other share most of their values: what counts is the share of a training,
and trainings are drawn again for the interval.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.diagnosis import jobs
from yoloscope.diagnose import effect, facts, replay
from yoloscope.importers import own
from yoloscope.records import logged

RECORDED = Path(__file__).resolve().parents[1] / "tests" / "data" / "diagnosis"
SERIES = (effect.TOTALS[0], "train/box_loss", "train/cls_loss", effect.METRIC)
DRAWS = 2_000


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded training: what it is alike to, its curves by epoch, and after how many epochs its mosaics close."""

    alike: tuple[str, str, str, str]
    curves: Mapping[str, effect.Curve]
    epochs: int
    closes: float | None


def main() -> None:
    """Print how often each verdict came, by curve and by what it was compared with."""
    trainings = list(healthy())
    print(
        f"{len(trainings)} healthy trainings of {min(one.epochs for one in trainings)} to {max(one.epochs for one in trainings)} epochs\n"
    )
    print(
        "| curve | compared with | trainings | verdicts | helped | harmed | false | 95 % of trainings |\n|---|---|---|---|---|---|---|---|"
    )
    for series in SERIES:
        for basis in ("trend", "runs"):
            counts = [found for one in trainings if (found := verdicts(one, series, basis=basis, among=trainings))]
            if counts:
                print(_line(series, basis, counts))


def healthy() -> Iterator[Training]:
    """Yield the healthy trainings of both splits."""
    for split in ("tune", "judge"):
        for line in jobs.lines(RECORDED / split):
            if line.job.is_healthy and line.file and (RECORDED / split / line.file).is_file():
                yield training(RECORDED / split / line.file, line.job)


def training(path: Path, job: jobs.Job) -> Training:
    """Return the curves of a recording."""
    (source,) = own.sources(path)
    values: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for entry in replay.in_order(source.entries()):
        if isinstance(entry, logged.Logged) and entry.epoch is not None:
            for name, value in entry.values.items():
                values[name][math.ceil(entry.epoch - 1e-9)].append(value)
    curves: dict[str, effect.Curve] = {}
    for series in SERIES:
        parts = [_by_epoch(values[name], name) for name in effect.sources(series, list(values))]
        if parts:
            shared = set(parts[0]).intersection(*parts[1:])
            curves[series] = {epoch: sum(part[epoch] for part in parts) for epoch in sorted(shared)}
    closes = facts.from_told(source.told()).closes_mosaic_at
    look = f"{job.pictures.look} {job.split}"
    epochs = max((max(curve) for curve in curves.values()), default=0)
    return Training(
        alike=(job.kind, job.model, look, str(sorted(job.arguments.items()))),
        curves=curves,
        epochs=epochs,
        closes=None if closes is None else float(closes),
    )


def _by_epoch(values: Mapping[int, Sequence[float]], name: str) -> dict[int, float]:
    is_by_batch = name.startswith("train/") and not name.startswith("train/epoch/")
    return {epoch: float(np.mean(some)) if is_by_batch else some[-1] for epoch, some in values.items()}


def verdicts(one: Training, series: str, *, basis: str, among: Sequence[Training]) -> Counter[str]:
    """Count the verdicts of a training over all epochs at which nothing was done."""
    curve = one.curves.get(series, {})
    peers = [other.curves.get(series, {}) for other in among if other is not one and other.alike == one.alike]
    found: Counter[str] = Counter()
    for at in range(1, one.epochs - effect.EPOCHS + 1):
        watched = effect.Watched(
            verb="set", at=float(at), completed=one.epochs, breaks=() if one.closes is None else (one.closes,)
        )
        said = effect.measured(watched, curve, series=series, peers=peers if basis == "runs" else ())
        if said.basis == basis and said.verdict in ("helped", "harmed", "none"):
            found[said.verdict] += 1
    return found


def _line(series: str, basis: str, counts: Sequence[Counter[str]]) -> str:
    total = sum(counts, Counter[str]())
    wrong = np.array([one["helped"] + one["harmed"] for one in counts], float)
    asked = np.array([one.total() for one in counts], float)
    drawn = np.random.default_rng(0).integers(0, len(counts), (DRAWS, len(counts)))
    low, high = np.quantile(wrong[drawn].sum(1) / asked[drawn].sum(1), (0.025, 0.975))
    share = wrong.sum() / asked.sum()
    cells = (series, basis, len(counts), total.total(), total["helped"], total["harmed"])
    return f"| {' | '.join(str(cell) for cell in cells)} | {share:.1%} | {low:.1%} to {high:.1%} |"
