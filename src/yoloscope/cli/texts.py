"""What the command line says to people, in English and Chinese; `text` picks by the locale."""

import os

_TEXTS: dict[str, tuple[str, str]] = {
    "up.ready": ("yoloscope is running at {url}", "yoloscope 已启动：{url}"),
    "up.elsewhere": ("From other machines: {url}", "从其他机器访问：{url}"),
    "up.link": (
        "Open once in your browser (within 10 minutes): {link}",
        "在浏览器中打开（10 分钟内有效，仅一次）：{link}",
    ),
    "up.data": ("Data: {data}", "数据目录：{data}"),
    "up.token": (
        "Browsers and trainings there need the token in this file: {path}",
        "从其他机器打开面板或发送训练数据时需要令牌，见文件：{path}",
    ),
    "up.stop": ("Stop with Ctrl-C.", "按 Ctrl-C 停止。"),
    "up.already": ("yoloscope already serves this data directory at {url}", "该数据目录已由 yoloscope 提供服务：{url}"),
    "runs.none": (
        "No runs yet. Start a training with `import yoloscope`, or POST JSON to {url}/log",
        "还没有训练记录。请在训练中 `import yoloscope`，或向 {url}/log 发送 JSON",
    ),
    "runs.more": ("More runs: --limit {limit}", "还有更多：--limit {limit}"),
    "runs.project": ("Project", "项目"),
    "runs.name": ("Name", "名称"),
    "runs.id": ("Id", "编号"),
    "runs.state": ("State", "状态"),
    "runs.epoch": ("Epoch", "Epoch"),
    "runs.rows": ("Rows", "行数"),
    "runs.created": ("Created", "创建时间"),
    "runs.map50": ("mAP50", "mAP50"),
    "runs.series": ("Series", "曲线"),
    "runs.last": ("Last", "最新"),
    "runs.best": ("Best", "最佳"),
    "runs.count": ("Points", "点数"),
    "runs.unit": ("Unit", "单位"),
    "env.server_up": ("reachable", "可访问"),
    "env.server_down": ("not reachable", "不可访问"),
    "env.missing": ("not installed", "未安装"),
}
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def text(key: str, **values: object) -> str:
    """Return a text in the user's language with its values filled in."""
    english, chinese = _TEXTS[key]
    return (chinese if is_chinese() else english).format(**values)


def is_chinese() -> bool:
    """Tell whether the locale asks for Chinese; the first variable that is set decides, as POSIX has it."""
    locale = next((value for name in _LOCALE_VARIABLES if (value := os.environ.get(name))), "")
    return locale.lower().startswith("zh")
