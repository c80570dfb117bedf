"""What ``runs learnt`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "learnt.of": ("{metric} of {counted} runs in project {project}", "项目 {project} 中 {counted} 次训练的 {metric}"),
    "learnt.ignored": ("Left out: {count} {reason}", "未计入：{count} 次，{reason}"),
    "learnt.data": (
        "Data {id} ({train} images for training, {val} for validation), {runs} runs",
        "数据 {id}（训练 {train} 张，验证 {val} 张图像），{runs} 次训练",
    ),
    "learnt.unknown_data": ("Data that was not recorded, {runs} runs", "未记录的数据，{runs} 次训练"),
    "learnt.nothing": (
        "No setting differs between these runs, seeds aside.",
        "除随机种子外，这些训练的设置没有差别。",
    ),
    "learnt.labels": ("Not compared, since most runs have their own: {names}", "大多数训练各不相同，未作比较：{names}"),
    "learnt.none": ("No run counts yet.", "还没有可计入的训练。"),
    "learnt.fewer": (
        "{count} more comparisons have too few runs; --all lists them.",
        "另有 {count} 项比较的训练太少，用 --all 列出。",
    ),
}
