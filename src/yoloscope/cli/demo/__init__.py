"""``yoloscope demo``: a server, a real training of a small YOLO on real data, and a look at it live.

The training is plain Ultralytics code in a process of its own; it is recorded by the machinery of ``yoloscope run``.
"""

import importlib.util
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yoloscope import errors
from yoloscope.cli import output, texts

if TYPE_CHECKING:
    from yoloscope.cli.demo import stage

EPOCHS = 100
"""About two minutes on two slow cores: long enough to watch curves move."""

_EPOCHS_TO_LEARN = 20

_TEXTS = {
    "open": ("Open once in your browser: {link}", "在浏览器中打开（仅一次）：{link}"),
    "data": (
        "Made {train} training and {val} validation images in {folder}",
        "已生成 {train} 张训练图和 {val} 张验证图：{folder}",
    ),
    "train": ("Training a small YOLO for {epochs} epochs …", "正在训练一个小型 YOLO，共 {epochs} 个 epoch……"),
    "epoch": (
        "epoch {epoch}/{epochs}  box loss {loss}  mAP50 {map50}",
        "epoch {epoch}/{epochs}  边框损失 {loss}  mAP50 {map50}",
    ),
    "done": (
        "Done: mAP50 {first} → {last}; {stored} of {sent} values are stored.",
        "完成：mAP50 {first} → {last}；{sent} 个数值中已存储 {stored} 个。",
    ),
    "found": ("{rule}: {evidence}", "{rule}：{evidence}"),
    "short": (
        "So few epochs teach it little: --epochs 60 shows mAP50 rise.",
        "epoch 太少，模型还学不到多少：--epochs 60 可以看到 mAP50 上升。",
    ),
    "stays": ("The dashboard stays at {url}. Stop it with Ctrl-C.", "面板保持运行：{url}。按 Ctrl-C 停止。"),
}


@click.command()
@click.option("--epochs", type=click.IntRange(1, 10_000), default=EPOCHS, show_default=True, help="How long to train.")
@click.option("--exit", "exits", is_flag=True, help="Stop everything once the training is done.")
@click.option("--json", "prints_json", is_flag=True, help="Print one line of JSON at the end.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Where everything is kept.")
def demo(*, epochs: int, exits: bool, prints_json: bool, port: int, data: Path | None) -> None:
    """Train a small YOLO on real data and watch it live."""
    _check_installed()
    from yoloscope.cli import up
    from yoloscope.cli.demo import data as images
    from yoloscope.cli.demo import stage

    root = (data or up.default_data()).expanduser().absolute()
    tell = _silent if prints_json else _tell
    with stage.signals_end(), stage.server(root, port=port) as ready:
        tell("open", link=ready.link)
        if not prints_json and not exits and up.has_display():
            webbrowser.open(ready.link)
        description = images.make(root / "demo" / "digits", train=stage.TRAIN_IMAGES, val=stage.VAL_IMAGES)
        tell("data", train=stage.TRAIN_IMAGES, val=stage.VAL_IMAGES, folder=description.parent)
        tell("train", epochs=epochs)
        outcome = stage.train(
            root,
            ready=ready,
            description=description,
            epochs=epochs,
            on_epoch=_tell_no_epoch if prints_json else _tell_epoch,
        )
        if prints_json:
            output.as_json(outcome)
        tell(
            "done",
            first=output.number(outcome.map50_first),
            last=output.number(outcome.map50_last),
            stored=outcome.points_stored,
            sent=outcome.points_sent,
        )
        for found in outcome.findings:
            tell("found", rule=found.rule, evidence=found.evidence)
        if epochs < _EPOCHS_TO_LEARN:
            tell("short")
        if not exits:
            stage.wait_for_end(ready, on_wait=lambda: tell("stays", url=ready.url))


def _tell_epoch(epoch: "stage.Epoch") -> None:
    loss, map50 = output.number(epoch.box_loss), output.number(epoch.map50)
    _tell("epoch", epoch=epoch.done, epochs=epoch.planned, loss=loss, map50=map50)


def _tell_no_epoch(epoch: "stage.Epoch") -> None:
    del epoch


def _tell(key: str, **values: object) -> None:
    english, chinese = _TEXTS[key]
    click.echo((chinese if texts.is_chinese() else english).format(**values))


def _silent(key: str, **values: object) -> None:
    del key, values


def _check_installed() -> None:
    """Refuse with the line to type while anything is missing that the demo needs.

    Raises:
        MissingExtra: for our own optional packages.
        ConfigError: for torch and Ultralytics, which are never ours to install.
    """
    if any(importlib.util.find_spec(name) is None for name in ("sklearn", "PIL")):
        raise errors.MissingExtra("`yoloscope demo`", extra="demo")
    if any(importlib.util.find_spec(name) is None for name in ("torch", "torchvision", "ultralytics")):
        raise errors.ConfigError(
            "`yoloscope demo` trains a real model, for which torch and Ultralytics are needed. "
            "Install them with: pip install torch torchvision ultralytics"
        )
