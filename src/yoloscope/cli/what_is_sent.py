"""What leaves a trainer that is started here, and what does not, with an example of each kind: ``yoloscope env --what-is-sent``.

The examples are made by what the sidecar itself uses, from this very process, folder and machine.
"""

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.records import ids, media, reduction, row
from yoloscope.records import policy as policies
from yoloscope.sdk import settings
from yoloscope.sidecar import provenance
from yoloscope.spool import platform
from yoloscope.wire import protocol

Leaves = Literal["whole", "reduced", "never"]
_PACKAGES_SHOWN = 3
_SETTINGS = {"optimizer": "AdamW", "lr0": 0.01, "model": "yolo11n.pt", "augment": "my own recipe"}
_SUMMARY = {"images": 128, "per_class": {"scratch": 57}, "box_width_counts": [3, 40, 14]}
_GIT = {
    "commit": "0" * 40,
    "branch": "line-7",
    "dirty": False,
    "remote": "https://git.example/team/x.git",
    "folder": ["line-7", "detect"],
    "files": {"1": ["line-7", "detect", "train.py"]},
}
_VARIABLES = {"CUDA_VISIBLE_DEVICES": "0,1", "OMP_NUM_THREADS": "8", "NCCL_SOCKET_IFNAME": "eth7"}
_CONTAINER = {"kind": "docker", "image": "registry.example/team/trainer:7"}


class Kind(msgspec.Struct, frozen=True):
    """One kind of data: how it leaves, an example of it here, and of what leaves of that (null: nothing)."""

    kind: str
    leaves: Leaves
    here: object
    sent: object


class Report(msgspec.Struct, frozen=True):
    """What ``--json`` prints; ``server_policy`` is null where no server tells one."""

    project: str
    server: str
    policy: policies.Policy
    own_policy: policies.Policy
    server_policy: policies.Policy | None
    kinds: list[Kind]


def report(server: str | None) -> Report:
    """Return what leaves from here.

    Raises:
        ConfigError: if ``yoloscope.toml`` or the address of the server cannot be used.
    """
    own = settings.local_policy()
    api = client.Client(server)
    project = settings.resolve().project
    theirs = _asked(api, project)
    holds = policies.stricter(own, theirs or policies.LEFT_TO_THE_TRAINER)
    return Report(project, api.url, holds, own, theirs, _kinds(holds, project=project))


def _asked(api: client.Client, project: ids.ProjectName) -> policies.Policy | None:
    try:
        return api.get(client.project_path(protocol.POLICY_PATH, project), answer=policies.Policy)
    except errors.TransportError:
        return None


def _kinds(holds: policies.Policy, *, project: ids.ProjectName) -> list[Kind]:
    here = provenance.collect(sys.orig_argv, cwd=Path.cwd())
    packages = cast("Mapping[str, str]", here["packages"])
    here["packages"] = dict(list(packages.items())[:_PACKAGES_SHOWN])
    here["data"] = _SUMMARY
    here["git"] = here["git"] or _GIT
    here["environment"] = here["environment"] or _VARIABLES
    here["container"] = here["container"] or _CONTAINER
    sent = _reduced(row.Updated("provenance", here), holds=holds)
    folder = {"data": str(Path.cwd() / "data.yaml"), "project": str(Path.cwd() / "runs")}
    machine = ("platform", "cpus", "python")
    return [
        Kind("numbers", "whole", {"train/box_loss": 1.25}, {"train/box_loss": 1.25}),
        _names(holds),
        _of("settings", _SETTINGS, _reduced(row.Updated("settings", dict(_SETTINGS)), holds=holds)),
        _of("files", folder, _reduced(row.Updated("config", dict(folder)), holds=holds)),
        *(_of(kind, here[kind], sent.get(kind)) for kind in ("command", "packages", "git", "container")),
        _of("summary", _SUMMARY, sent.get("data")),
        _of(
            "machine",
            {"host": platform.host_name(), **{key: here[key] for key in machine}},
            {"host": platform.host_name(), **{key: sent[key] for key in machine}},
        ),
        _printed(holds),
        _stacks(holds),
        _outcome(holds),
        Kind("given", "whole", {"project": project, "tags": []}, {"project": project, "tags": []}),
        Kind("bulk", "whole" if holds.bulk == "later" else "never", None, None),
        _of("variables", here["environment"], sent["environment"]),
        Kind("environment", "never", {"variables": len(os.environ)}, None),
        _item("items", "matrix", "val/confusion", facts={"height": 4, "width": 4}, holds=holds),
        _item("images", "image", "val/predictions", facts={"width": 640, "height": 640, "boxes": 7}, holds=holds),
    ]


def _item(kind: str, of_kind: media.Kind, name: str, *, facts: dict[str, int | float], holds: policies.Policy) -> Kind:
    [sent] = _through(media.Item(0, of_kind, name, 0, facts=facts), holds=holds)
    shown = {"kind": of_kind, "name": name, **facts}
    return _of(kind, shown, shown if isinstance(sent, media.Item) else None)


def _names(holds: policies.Policy) -> Kind:
    eight = bytes(8)
    names = ("class/scratch/AP50",)
    [sent] = _through(row.Matrix(names, eight, eight, eight, eight, eight), holds=holds)
    assert isinstance(sent, row.Matrix)
    return _of("classes", list(names), list(sent.names))


def _printed(holds: policies.Policy) -> Kind:
    lines = ("1/3 0G 1.25 100% 4/4 2.1it/s", f"read {Path.cwd() / 'data.yaml'}")
    [sent] = _through(row.Printed("out", 0, 0, lines), holds=holds)
    assert isinstance(sent, row.Printed)
    return _of("printed", list(lines), list(sent.lines))


def _stacks(holds: policies.Policy) -> Kind:
    lines = [f'  File "{threading.__file__}", line 359 in wait', f'  File "{Path.cwd() / "train.py"}", line 12 in load']
    sent = _reduced(row.Updated("life", {"stack": {"lines": lines}}), holds=holds)
    return _of("stacks", lines, cast("Mapping[str, object]", sent["stack"])["lines"])


def _outcome(holds: policies.Policy) -> Kind:
    result: dict[str, object] = {"lr": {"from": 0.01, "to": 0.003}, "path": str(Path.cwd() / "runs" / "checkpoint.pt")}
    [sent] = _through(row.Acted("1", "save", "applied", 0, result=result), holds=holds)
    assert isinstance(sent, row.Acted)
    return _of("outcomes", result, sent.result)


def _reduced(updated: row.Updated, *, holds: policies.Policy) -> Mapping[str, object]:
    [sent] = _through(updated, holds=holds)
    assert isinstance(sent, row.Updated)
    return sent.values


def _through(entry: row.Entry, *, holds: policies.Policy) -> tuple[row.Entry, ...]:
    ref = row.RunRef(ids.new_run_id(), ids.ProjectName("example"), name="example", created_ns=0)
    batch = row.Batch(ref, row.AttemptRef(0, 0, 0), ids.new_writer_id(), 0, 0, (entry,))
    return reduction.reduced(batch, policy=holds, index_of=lambda _: 0).entries


def _of(kind: str, here: object, sent: object) -> Kind:
    leaves: Leaves = "whole" if here == sent else "never" if sent is None else "reduced"
    return Kind(kind, leaves, here, sent)
