"""What `yoloscope runs ls` says of filters, in English and Chinese; part of the one table in `texts`."""

TEXTS: dict[str, tuple[str, str]] = {
    "runs.finding": ("[{severity}] {rule} {title}: {evidence}", "[{severity}] 规则 {rule}，{title}：{evidence}"),
    "runs.severity.info": ("note", "提示"),
    "runs.severity.warning": ("warning", "警告"),
    "runs.severity.critical": ("critical", "严重"),
    "runs.none_match": ("No run matches the filter.", "没有符合筛选条件的训练。"),
    "table.refused": (
        "{option} cannot be used:\n  {text}\n  {marks}\n{says}",
        "{option} 无法使用：\n  {text}\n  {marks}\n{says}",
    ),
}
