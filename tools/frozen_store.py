"""Writes a data directory as this release does, packed: ``python tools/frozen_store.py tests/data/store/vN.zip``.

Run once when the format of a file changes, before the change, and committed: `tests/unit/store/test_frozen.py` opens every such file with every
later release. What is in it is said there. A packed file is never written over.
"""

import hashlib
import math
import struct
import sys
import tempfile
import zipfile
from pathlib import Path

from yoloscope.records import effect, finding, ids, media, policy, row
from yoloscope.store import open as opening
from yoloscope.store import (
    ports_commands,
    ports_edits,
    ports_effects,
    ports_findings,
    ports_measures,
    ports_views,
    ports_waiting,
)

PROJECT = ids.ProjectName("frozen")
WALL_NS = 1_700_000_000 * 10**9
BLOBS = (b"", b"a small one", hashlib.shake_256(b"a large one").digest(70_000))
FINDING = finding.Finding(
    rule="G01",
    name="overfit_early",
    severity="warning",
    variant="small",
    confidence=0.75,
    opened=finding.Moment(17.0, 1_700, WALL_NS),
    updated=finding.Moment(18.0, 1_800, WALL_NS),
    series=("val/cls_loss",),
    window=(5.0, 18.0),
    values={"rise": 0.0625, "epochs": 12, "classes": ["划痕/轻微 (A)", 0.5]},
    changes={"patience": 30},
    caused_by="P01",
)
DIAGNOSIS = ports_findings.Diagnosis(
    verdict="warning",
    answer={"phase": "slow", "en": "Slow.", "zh": "慢。"},
    not_evaluated={"S01": ("time/data_s",)},
    thresholds="0" * 64,
    state=b"\x00state\xff",
)
_TIME = (2023, 11, 14, 22, 13, 20)


def matrix(first: int, count: int) -> row.Matrix:
    """Return rows of two series; every 500th loss is NaN."""
    steps = range(first, first + count)
    values = [value for step in steps for value in (math.nan if step % 500 == 7 else 1 / (1 + step), step / 4)]
    return row.Matrix(
        names=("train/box_loss", "lr/weight"),
        step=struct.pack(f"<{count}q", *steps),
        epoch=struct.pack(f"<{count}d", *(step / 100 for step in steps)),
        wall_ns=struct.pack(f"<{count}q", *(WALL_NS + step * 10**9 for step in steps)),
        mono_ns=struct.pack(f"<{count}q", *(step * 10**9 for step in steps)),
        values=struct.pack(f"<{2 * count}d", *values),
    )


def fill(directory: Path) -> None:
    """Write a run in blocks that was resumed at step 5,000, and one in the log that was killed."""
    with opening.open_stores(directory) as stores:
        for letter, name, counts in (("a", "frozen-sealed", (6_000, 1_000)), ("b", "frozen-logged", (300,))):
            run = ids.RunId(name)
            stores.catalog.open_run(row.RunRef(run, PROJECT, name, WALL_NS, tags=("old", "中文"), host="gpu-1"))
            for at, count in enumerate(counts):
                writer = ids.WriterId(f"{letter}{at}".rjust(32, "f"))
                first = 5_000 * at
                started = row.AttemptRef(0, WALL_NS + first * 10**9, at, start_step=first or None)
                number = stores.catalog.open_attempt(run, writer, started)
                known = stores.catalog.run(run).attempts
                stores.series.tell_attempts(PROJECT, run, [one.start for one in known])
                lane = opening.ports.LaneRows(run, number, writer, 0, 0, (matrix(first, count),))
                stores.series.append(PROJECT, [lane]).result()
                stores.catalog.apply(run, [row.Updated("config", {"lr0": 0.01, "名称": "中文"})], attempt=number)
        stores.series.seal(PROJECT, ids.RunId("frozen-sealed"))
        stores.catalog.apply(ids.RunId("frozen-sealed"), [row.Ended("finished", WALL_NS + 9 * 10**12)])
        stores.catalog.console.store(
            ids.RunId("frozen-logged"), attempt=1, printed=[row.Printed("out", 0, WALL_NS, ("epoch 1 中文",))]
        )
        stores.catalog.set_policy(PROJECT, policy.STRICTEST)
        for number, data in enumerate(BLOBS):
            part = media.Part("data", stores.blobs.put(data), len(data), media.BYTES)
            item = media.Item(
                number, "artifact", f"权重/{number}", WALL_NS, step=number, parts=(part,), facts={"at": 0.5}
            )
            stores.catalog.items.store(ids.RunId("frozen-logged"), attempt=1, items=[item])
        said = ports_edits.Change(
            name="好", add_tags=("keep",), group="g", note="看\nthere", starred=True, archived=True
        )
        stores.catalog.edits.change([ids.RunId("frozen-logged")], said, now_ns=WALL_NS)
        view = ports_views.View(
            id="0123456789abcdef",
            kind="runs",
            project=PROJECT,
            name="夜",
            state={"where": 'tags contains "keep"'},
            version=3,
            created_ns=WALL_NS,
            updated_ns=WALL_NS + 1,
        )
        stores.catalog.views.add(view, room=ports_views.Room(views=9, letters=1_000))
        stores.catalog.findings.put(
            ids.RunId("frozen-sealed"), [ports_findings.Change(FINDING, "opened")], diagnosis=DIAGNOSIS, at_ns=WALL_NS
        )
        write_commands(stores.catalog.commands)
        write_measures(stores.catalog)
        stores.catalog.findings.dismiss(ids.RunId("frozen-sealed"), "G01", reason="数据少", at_ns=WALL_NS + 1)


def write_commands(commands: ports_commands.Commands) -> None:
    """Have the run that was killed be asked for three things: one was done, one taken, one refused."""
    run, writer = ids.RunId("frozen-logged"), ids.WriterId("b0".rjust(32, "f"))
    refusal = ports_commands.Refusal("below_epoch", "3 epochs are complete")
    for command_id, verb, args, said in (
        ("held", "pause", {"release": False}, None),
        ("noted", "note", {"text": "看"}, None),
        ("refused", "set", {"epochs": 2}, refusal),
    ):
        asked = ports_commands.Asked(
            id=command_id, verb=verb, args=args, who="local", lasts_s=86_400.0, cause="N13", refusal=said
        )
        commands.ask(run, asked, writer=writer, now_ns=WALL_NS)
    commands.take(run, writer, ["held", "noted"], now_ns=WALL_NS + 1)
    acted = row.Acted("held", "pause", "applied", WALL_NS + 2, 299, 2.99, {"lr": {"from": 0.01, "to": 0.0125}})
    commands.settle(run, writer, [acted], attempt=1, now_ns=WALL_NS + 3)


EFFECT = effect.Effect(
    verdict="helped",
    series="train/box_loss",
    epochs=3,
    before=2.5,
    after=2.0,
    change=-0.2,
    expected=-0.0625,
    basis="trend",
)
SETTING = ports_measures.Setting(mode="would", most=2, who="local", changed_ns=WALL_NS)


def write_measures(catalog: opening.ports.Catalog) -> None:
    """Note what came of the pause, let a measure be tried, which would have acted, spare a run, and have the sealed one wait for a card."""
    run, sealed = ids.RunId("frozen-logged"), ids.RunId("frozen-sealed")
    said = {
        "run": run,
        "command": "held",
        "project": PROJECT,
        "rule": "N13",
        "act": "set lr_factor=0.333",
        "at_ns": WALL_NS,
    }
    catalog.effects.put(ports_effects.Measured(**said, effect=EFFECT))
    catalog.measures.set(PROJECT, "roll_back_diverged", SETTING)
    would = ports_measures.Event(
        project=PROJECT,
        run=run,
        measure="roll_back_diverged",
        kind="would",
        who="",
        at_ns=WALL_NS,
        key="N13:1",
        rule="N13",
        epoch=2.5,
    )
    catalog.measures.note(would)
    catalog.measures.spare(run, spared=True, who="local", at_ns=WALL_NS + 1)
    catalog.waiting.ask(sealed, ports_waiting.Asked(id="w1", host="gpu-1", card="GPU-1f", who="local"), now_ns=WALL_NS)


def main() -> None:
    """Write the file that the command line names."""
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as place, zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as packed:
        directory = Path(place) / "data"
        fill(directory)
        files = sorted(path for path in directory.rglob("*") if path.is_file() and path.suffix in {".db", ".json", ""})
        for path in (path for path in files if path.name != "lock"):
            packed.writestr(zipfile.ZipInfo(path.relative_to(directory).as_posix(), _TIME), path.read_bytes(), 8)


if __name__ == "__main__":
    main()
