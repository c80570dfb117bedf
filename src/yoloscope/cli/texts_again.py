"""What the script of ``runs show --reproduce`` says in its comments, and why something is missing in it."""

TEXTS: dict[str, tuple[str, str]] = {
    "again.title": (
        "Starts {name} again (run {run}, attempt {attempt}). Written by `yoloscope runs show --reproduce`: read it before you run it.",
        "重新运行训练 {name}（编号 {run}，第 {attempt} 次尝试）。由 `yoloscope runs show --reproduce` 生成，执行前请先阅读。",
    ),
    "again.machine": ("It ran on: {machine}", "原运行环境：{machine}"),
    "again.container": ("It ran in the container image {image}", "原容器镜像：{image}"),
    "again.seeds": ("Seeds: {seeds}", "随机种子：{seeds}"),
    "again.data": (
        "Data, {part}: {images} images, digest of the file list {digest}",
        "数据（{part}）：{images} 张图像，文件列表摘要 {digest}",
    ),
    "again.resumed": (
        "This attempt went on from epoch {epoch}: it needs the checkpoint of the attempt before.",
        "这次尝试从 epoch {epoch} 继续，需要上一次尝试的检查点。",
    ),
    "again.processes": (
        "It trained in {count} processes: start it with `python -m torch.distributed.run --nproc_per_node {count}` in place of python.",
        "原训练使用了 {count} 个进程：请把 python 换成 `python -m torch.distributed.run --nproc_per_node {count}`。",
    ),
    "again.missing": (
        "What the record does not hold. Set these before you run the script:",
        "记录中缺少以下内容，执行脚本前请先设置：",
    ),
    "again.what_repository": ("the address or folder of the git repository", "git 仓库的地址或本地目录"),
    "again.what_folder": ("the folder in which the command is started", "启动命令时所在的目录"),
    "again.what_word": ("the word of the command that was {what}", "命令中原为 {what} 的部分"),
    "again.why_withheld": (
        "the privacy policy withheld it; [policy] text = true keeps it next time",
        "隐私策略未发送该内容，下次设置 [policy] text = true 即可保留",
    ),
    "again.why_secret": ("it looked like a secret, which is never recorded", "看起来是密钥，从不记录"),
    "again.why_folder": (
        "it lay outside the repository, and such folders are never recorded",
        "位于仓库之外，这类目录从不记录",
    ),
    "again.why_local": ("the repository has no address elsewhere", "该仓库没有远程地址"),
    "again.why_no_repository": ("the code was in no git repository", "代码不在 git 仓库中"),
    "again.code": ("The code", "代码"),
    "again.dirty": (
        "WARNING: tracked files were changed and not committed. This is the commit without the changes; their digest was {digest}.",
        "警告：有已跟踪的文件修改后没有提交。这里检出的是不含这些修改的提交；修改内容的摘要为 {digest}。",
    ),
    "again.untracked": (
        "WARNING: {count} files of code were not in git; they are not here.",
        "警告：有 {count} 个代码文件没有加入 git，这里不包含它们。",
    ),
    "again.packages": ("Python {python} and the packages of that time", "Python {python} 及当时的软件包"),
    "again.present": (
        "The Python and the packages that are here (--no-packages)",
        "使用当前的 Python 和软件包（--no-packages）",
    ),
    "again.unpinned": (
        "Not from the index, or without a usable version; install by hand what is needed: {packages}",
        "以下软件包不是从软件源安装，或没有可用的版本号，需要时请手动安装：{packages}",
    ),
    "again.environment": ("Environment variables that change results", "会影响结果的环境变量"),
    "again.variable_missing": (
        "{name} was set; its value was withheld by the privacy policy",
        "{name} 曾被设置，但其值按隐私策略未发送",
    ),
    "again.command": (
        "The training. Put `yoloscope run --` before it to watch it again, unless the script itself calls yoloscope.",
        "开始训练。若脚本本身没有调用 yoloscope，可在命令前加上 `yoloscope run --` 继续观察。",
    ),
}
