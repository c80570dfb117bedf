"""The vocabulary of series: canonical names, and what each name means to a reader.

Frameworks write the same number under many names; `canonical` maps them to one. `meaning` gives every name, known or not, a
family, a unit, a direction and a title in both languages. Loss names are never listed one by one: a pattern finds them.
"""

import re
from typing import Literal

import msgspec

from yoloscope import errors
from yoloscope.records import system

NAME_MAX_CHARS = 250

Family = Literal["loss", "metric", "class", "lr", "time", "grad", "system", "other"]
Direction = Literal["lower", "higher", "none"]


class Meaning(msgspec.Struct, frozen=True):
    """What a series name says: its family, SI unit, which direction is better, and its title."""

    family: Family
    unit: str
    direction: Direction
    title_en: str
    title_zh: str


_METRIC_ALIASES = {
    "mAP50": "metrics/mAP50",
    "mAP50-95": "metrics/mAP50-95",
    "mAP_0.5": "metrics/mAP50",
    "mAP_0.5:0.95": "metrics/mAP50-95",
    "precision": "metrics/precision",
    "recall": "metrics/recall",
}
_COCO_ALIASES = {"coco/bbox_mAP": "metrics/mAP50-95", "coco/bbox_mAP_50": "metrics/mAP50"}
_TASK_SUFFIX = {"": "", "(B)": "", "B": "", "(M)": "_mask", "M": "_mask", "(P)": "_pose", "P": "_pose"}
_FOREIGN_METRIC = re.compile(r"metrics/(mAP50-95|mAP50|mAP_0\.5:0\.95|mAP_0\.5|precision|recall)(\([BMP]\)|[BMP])?\Z")
_PLAIN_LOG = {
    "loss_box": "train/box_loss",
    "loss_obj": "train/obj_loss",
    "loss_cls": "train/cls_loss",
    "loss_dfl": "train/dfl_loss",
    "gpu_memory_mb": "system/gpu.0/memory_bytes",
}
_LOSS = re.compile(r"(train|val)/(.*loss.*)\Z")
_CLASS = re.compile(r"class/(.+)/(AP50|AP|precision|recall)\Z")
_OF_EVERY_RANK = ("time/", "system/")
_RANK = re.compile(r"(time/|system/)rank\.(\d{1,9})/(.+)\Z")
_EXACT: dict[str, Meaning] = {
    "metrics/mAP50": Meaning("metric", "", "higher", "mAP50", "mAP50"),
    "metrics/mAP50-95": Meaning("metric", "", "higher", "mAP50-95", "mAP50-95"),
    "metrics/precision": Meaning("metric", "", "higher", "Precision", "精确率"),
    "metrics/recall": Meaning("metric", "", "higher", "Recall", "召回率"),
    "metrics/recall_small": Meaning("metric", "", "higher", "Recall: small", "召回率：小目标"),
    "metrics/recall_medium": Meaning("metric", "", "higher", "Recall: medium", "召回率：中目标"),
    "metrics/recall_large": Meaning("metric", "", "higher", "Recall: large", "召回率：大目标"),
    "errors/correct": Meaning("other", "", "higher", "Predictions: correct", "预测：正确"),
    "errors/duplicate": Meaning("other", "", "lower", "Errors: duplicate", "错误：重复检测"),
    "errors/classification": Meaning("other", "", "lower", "Errors: wrong class", "错误：类别错误"),
    "errors/localisation": Meaning("other", "", "lower", "Errors: badly placed", "错误：定位不准"),
    "errors/both": Meaning("other", "", "lower", "Errors: wrong class and badly placed", "错误：类别和定位都错"),
    "errors/background": Meaning("other", "", "lower", "Errors: nothing there", "错误：误检背景"),
    "errors/missed": Meaning("other", "", "lower", "Errors: missed", "错误：漏检"),
    "metrics/fitness": Meaning("metric", "", "higher", "Fitness", "综合得分"),
    "lr": Meaning("lr", "", "none", "Learning rate", "学习率"),
    "lr/weight": Meaning("lr", "", "none", "Learning rate: weights", "学习率：权重"),
    "lr/bias": Meaning("lr", "", "none", "Learning rate: biases", "学习率：偏置"),
    "lr/bn": Meaning("lr", "", "none", "Learning rate: normalisation", "学习率：归一化层"),
    "time/batch_s": Meaning("time", "s", "lower", "Batch time", "每 batch 用时"),
    "time/data_s": Meaning("time", "s", "lower", "Data loading time", "数据加载用时"),
    "time/epoch_s": Meaning("time", "s", "lower", "Epoch time", "每 epoch 用时"),
    "time/preprocess_s": Meaning("time", "s", "lower", "Preprocessing per image", "单图预处理用时"),
    "time/inference_s": Meaning("time", "s", "lower", "Inference per image", "单图推理用时"),
    "time/postprocess_s": Meaning("time", "s", "lower", "Postprocessing per image", "单图后处理用时"),
    "grad/norm": Meaning("grad", "", "none", "Gradient norm before clipping", "裁剪前梯度范数"),
    "grad/noise_scale": Meaning("grad", "", "none", "Gradient noise scale (images)", "梯度噪声尺度（图片数）"),
    "weights/nonfinite": Meaning("grad", "", "lower", "Values that are not finite", "非有限值个数（NaN/Inf）"),
    "amp/scale": Meaning("grad", "", "none", "AMP loss scale", "AMP 损失缩放系数"),
    "inputs/repeat_share": Meaning("other", "", "lower", "Inputs that came unchanged", "与上次相同的输入占比"),
    "frozen/parameters": Meaning("other", "", "none", "Frozen parameters", "冻结参数量"),
}
_OF_A_PART: tuple[tuple[re.Pattern[str], Meaning], ...] = (
    (re.compile(r"grad/(.+)/norm\Z"), Meaning("grad", "", "none", "Gradient norm: {}", "梯度范数：{}")),
    (re.compile(r"weights/(.+)/norm\Z"), Meaning("grad", "", "none", "Weight norm: {}", "权重范数：{}")),
    (re.compile(r"weights/(.+)/scale\Z"), Meaning("grad", "", "none", "Initial weight scale: {}", "初始权重尺度：{}")),
    (re.compile(r"update/(.+)/ratio\Z"), Meaning("grad", "", "none", "Update by weight: {}", "更新量与权重之比：{}")),
    (
        re.compile(r"activations/(.+)/dead_share\Z"),
        Meaning("grad", "", "lower", "Dead units: {}", "失活神经元占比：{}"),
    ),
    (re.compile(r"loss_weight/(.+)\Z"), Meaning("other", "", "none", "Loss weight: {}", "损失权重：{}")),
    (
        re.compile(r"augmentation/(.+)\Z"),
        Meaning("other", "", "none", "Augmentation probability: {}", "数据增强概率：{}"),
    ),
    (re.compile(r"overhead/(.+)_s\Z"), Meaning("time", "s", "lower", "Own time: {}", "自身用时：{}")),
)
"""Names of which one part is free; titles take it."""
_FAMILY_BY_PREFIX: tuple[tuple[str, Family], ...] = (
    ("metrics/", "metric"),
    ("lr/", "lr"),
    ("time/", "time"),
    ("grad/", "grad"),
    ("update/", "grad"),
    ("system/", "system"),
    ("class/", "class"),
)
_DIRECTION_BY_FAMILY: dict[Family, Direction] = {"metric": "higher", "loss": "lower"}
_UNIT_BY_SUFFIX = (
    ("_bytes", "B"),
    ("_percent", "%"),
    ("_bytes_per_s", "B/s"),
    ("_s", "s"),
    ("_c", "°C"),
    ("_w", "W"),
)


def check(name: str) -> str:
    """Return `name` if it can name a series.

    Raises:
        InvalidRecord: if it is empty, longer than 250 characters, or holds control characters.
    """
    if name and len(name) <= NAME_MAX_CHARS and name.isprintable():
        return name
    shown = name if len(name) <= 80 else name[:80] + "…"
    raise errors.InvalidRecord(
        f"series name {shown!r} ({len(name)} characters) is not usable",
        field="name",
        fix=f"use 1-{NAME_MAX_CHARS} printable characters",
    )


def canonical(name: str) -> str:
    """Return the canonical name for what a framework wrote; a name that is not known stays as it is."""
    match = _FOREIGN_METRIC.match(name)
    if match:
        return _METRIC_ALIASES[match[1]] + _TASK_SUFFIX[match[2] or ""]
    return _COCO_ALIASES.get(name, name)


def canonical_from_plain(name: str) -> str:
    """Return the canonical name for a field of the plain JSON log, such as ``loss_box``."""
    return _PLAIN_LOG.get(name) or _METRIC_ALIASES.get(name) or canonical(name)


def of_rank(name: str, rank: int) -> str | None:
    """Return what a process of that rank above 0 calls a series: ``time/batch_s`` is ``time/rank.1/batch_s``.

    None for what is the main process's alone to write: all but times and the state of the machine.
    """
    prefix = next((prefix for prefix in _OF_EVERY_RANK if name.startswith(prefix)), None)
    if prefix is None:
        return None
    match = _RANK.match(name)
    if match:
        return name if int(match[2]) == rank else None
    return f"{prefix}rank.{rank}/{name.removeprefix(prefix)}"


def meaning(name: str) -> Meaning:
    """Return what a series name means; unknown names get a family and a unit by pattern and are their own title."""
    if name in _EXACT:
        return _EXACT[name]
    measure = system.measure_of(name)
    if measure is not None:
        return Meaning("system", *measure)
    loss = _LOSS.match(name)
    if loss:
        return _loss_meaning(split=loss[1], component=loss[2])
    of_rank = _RANK.match(name)
    if of_rank:
        own = meaning(f"{of_rank[1]}{of_rank[3]}")
        titles = {"title_en": f"{own.title_en} (rank {of_rank[2]})", "title_zh": f"{own.title_zh}（rank {of_rank[2]}）"}
        return msgspec.structs.replace(own, **titles)
    of_class = _CLASS.match(name)
    if of_class:
        return Meaning("class", "", "higher", f"{of_class[2]}: {of_class[1]}", f"{of_class[2]}：{of_class[1]}")
    return _of_a_part(name) or _by_pattern(name)


def _of_a_part(name: str) -> Meaning | None:
    for pattern, told in _OF_A_PART:
        match = pattern.match(name)
        if match:
            titles = {"title_en": told.title_en.format(match[1]), "title_zh": told.title_zh.format(match[1])}
            return msgspec.structs.replace(told, **titles)
    return None


def _by_pattern(name: str) -> Meaning:
    family = _family(name)
    return Meaning(family, _unit(name), _DIRECTION_BY_FAMILY.get(family, "none"), name, name)


def _loss_meaning(*, split: str, component: str) -> Meaning:
    whole_epoch = component.startswith("epoch/")
    component = component.removeprefix("epoch/")
    short = component.removesuffix("_loss")
    title = {"box": "Box loss", "cls": "Class loss", "dfl": "DFL loss", "obj": "Objectness loss", "l1": "L1 loss"}
    title_zh = {"box": "边框损失", "cls": "分类损失", "dfl": "DFL 损失", "obj": "目标损失", "l1": "L1 损失"}
    where, where_zh = ("train", "训练") if split == "train" else ("val", "验证")
    if whole_epoch:
        where, where_zh = f"{where}, epoch mean", f"{where_zh}，epoch 均值"
    return Meaning(
        "loss",
        "",
        "lower",
        f"{title.get(short, component)} ({where})",
        f"{title_zh.get(short, component)}（{where_zh}）",
    )


def _family(name: str) -> Family:
    for prefix, family in _FAMILY_BY_PREFIX:
        if name.startswith(prefix):
            return family
    return "loss" if "loss" in name.rsplit("/", 1)[-1] else "other"


def _unit(name: str) -> str:
    for suffix, unit in _UNIT_BY_SUFFIX:
        if name.endswith(suffix):
            return unit
    return ""
