"""What ``yoloscope export`` says of tables; a part of `texts`."""

TEXTS: dict[str, tuple[str, str]] = {
    "export.table": ("{file}: {what}, {size}", "{file}：{what}，{size}"),
    "export.of_run": ("{name} ({run})", "{name}（{run}）"),
    "export.of_project": ("all runs of project {project}", "项目 {project} 的所有训练"),
}
