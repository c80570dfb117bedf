"""What ``yoloscope doctor`` says around the findings, in both languages."""

from collections.abc import Mapping

from yoloscope.diagnose import telling
from yoloscope.importers import contract

_TEXTS: Mapping[str, tuple[str, str]] = {
    "healthy": ("healthy", "健康"),
    "warning": ("warning", "警告"),
    "critical": ("critical", "严重"),
    "info": ("note", "提示"),
    "unknown": ("cannot judge", "无法判断"),
    "epochs": ("{done} of {budget} epochs", "已训练 {done} / {budget} 个 epoch"),
    "epochs_open": ("{done} epochs", "已训练 {done} 个 epoch"),
    "since": ("since epoch {epoch}", "始于第 {epoch} 个 epoch"),
    "before": ("before the first epoch", "训练开始前"),
    "why": ("Why it matters", "影响"),
    "advice": ("What to do", "建议"),
    "change": ("Change", "修改"),
    "closes": ("Over when", "解除条件"),
    "caused_by": ("probably an effect of {title}", "很可能由「{title}」引起"),
    "closed": ("over since epoch {epoch}", "已于第 {epoch} 个 epoch 解除"),
    "none": ("No findings.", "没有发现问题。"),
    "unevaluated": (
        "{count} of {all} rules lack data here: {names}",
        "{all} 条规则中有 {count} 条因缺少数据未检查：{names}",
    ),
    "more": (", and {count} more", "，另有 {count} 项"),
    "folded": ("and {count} more", "另有 {count} 条"),
    "folded.where": (
        "and {count} more, all of them in --json and --html",
        "另有 {count} 条，--json 与 --html 中全部列出",
    ),
    "line": ("{path}, line {line}: {text}", "{path} 第 {line} 行：{text}"),
    "file": ("{path}: {text}", "{path}：{text}"),
    "curve.metrics/mAP50-95": ("mAP50-95", "mAP50-95"),
    "curve.metrics/mAP50": ("mAP50", "mAP50"),
    "curve.train/total": ("train loss", "训练损失"),
    "curve.val/total": ("val loss", "验证损失"),
    "ends": ("{last}, best {best} at epoch {epoch}", "{last}，最佳 {best}（第 {epoch} 个 epoch）"),
    "data": (
        "{train:,} images to train on, {val:,} to validate on, {boxes:,} boxes of {classes} classes. ",
        "训练集 {train:,} 张图像，验证集 {val:,} 张，共 {classes} 个类别、{boxes:,} 个框。",
    ),
    "data.fine": ("Nothing in it would harm a training.", "没有发现会影响训练的问题。"),
    "data.serious": ("To mend before training: {count}.", "训练前需要处理的问题：{count} 个。"),
    "data.sampled": (
        " Brightness and near duplicates were looked for in {looked:,} of {images:,} images.",
        "亮度和近似重复只抽查了 {images:,} 张中的 {looked:,} 张。",
    ),
    "dropped": ("Left out: {key}. {why}", "未列入：{key}。{why}"),
    "report": ("Training report", "训练诊断报告"),
    "made": ("Made by yoloscope {version} on {date}", "由 yoloscope {version} 于 {date} 生成"),
    "nothing": (
        "Nothing to judge in {path}: give a folder of a training, results.csv, best.pt, event files, a spool, a recording or data.yaml",
        "{path} 中没有可以诊断的内容：请给出训练目录、results.csv、best.pt、事件文件、缓存目录、记录文件或 data.yaml",
    ),
}


def fault(one: contract.Fault, language: telling.Language) -> str:
    """Return what is not as it should be, and where."""
    key = "file" if one.line is None else "line"
    return say(key, language, path=one.path, line=one.line, text=one.zh if language == "zh" else one.en)


def say(key: str, language: telling.Language, /, **values: object) -> str:
    """Return a text in a language."""
    english, chinese = _TEXTS[key]
    return (chinese if language == "zh" else english).format(**values)
