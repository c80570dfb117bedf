"""What ``yoloscope measures`` says, in English and Chinese; part of the one table in `texts`."""

TEXTS: dict[str, tuple[str, str]] = {
    "measures.one": ("give a PROJECT, or a run with --run", "请给出一个项目，或者用 --run 指定一次训练"),
    "measures.of_project": (
        "--set and --most are for a project; a run can be left alone with --spare",
        "--set 和 --most 用于项目；对单次训练可以用 --spare 停止干预",
    ),
    "measures.of_run": ("--spare is for a run: --run RUN --spare", "--spare 用于单次训练：--run RUN --spare"),
    "measures.most_alone": ("--most needs --set", "--most 需要和 --set 一起使用"),
    "measures.setting": (
        "{word} cannot be used: write NAME=off, NAME=would or NAME=on, with NAME one of {names}",
        "{word} 不可用：请写成 名称=off、名称=would 或 名称=on，名称可以是 {names}",
    ),
    "measures.spared": (
        "This run is left alone (--no-spare takes that back).",
        "不干预这次训练（--no-spare 可以撤销）。",
    ),
    "measures.mode.off": ("off", "关闭"),
    "measures.mode.would": ("would", "只记录"),
    "measures.mode.on": ("on", "开启"),
    "measures.counts": (
        "At most {most} acts a run. Runs in which it acted: {acted}; in which it would have: {would}.",
        "每次训练最多出手 {most} 次。已出手的训练：{acted} 次；试用时本会出手的：{would} 次。",
    ),
}
