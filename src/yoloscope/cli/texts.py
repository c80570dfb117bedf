"""What the command line says to people, in English and Chinese; `text` picks by the locale."""

import os

from yoloscope.cli import (
    texts_act,
    texts_again,
    texts_edit,
    texts_env,
    texts_export,
    texts_keep,
    texts_learnt,
    texts_machines,
    texts_measures,
    texts_store,
    texts_store_copy,
    texts_suspects,
    texts_table,
)

_TEXTS: dict[str, tuple[str, str]] = {
    **texts_machines.TEXTS,
    **texts_suspects.TEXTS,
    **texts_table.TEXTS,
    **texts_store.TEXTS,
    **texts_store_copy.TEXTS,
    **texts_edit.TEXTS,
    **texts_keep.TEXTS,
    **texts_learnt.TEXTS,
    **texts_env.TEXTS,
    **texts_again.TEXTS,
    **texts_act.TEXTS,
    **texts_measures.TEXTS,
    **texts_export.TEXTS,
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
        "No runs yet. Start one with `yoloscope run -- yolo detect train …`, or POST JSON to {url}/log",
        "还没有训练。用 `yoloscope run -- yolo detect train …` 启动一个，或向 {url}/log 发送 JSON",
    ),
    "runs.none_in_project": ("No runs in project {project}.", "项目 {project} 中还没有训练。"),
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
    "runs.updated": ("Last word", "最后更新"),
    "runs.epochs": ("Epochs planned", "计划 epoch 数"),
    "runs.step": ("Step", "Step"),
    "runs.host": ("Host", "主机"),
    "runs.lost": ("Lost", "丢失"),
    "runs.attempt": ("Attempt", "尝试"),
    "runs.from_epoch": ("From epoch", "起始 epoch"),
    "runs.started": ("Started", "开始时间"),
    "runs.end_reason": ("Why it ended", "结束原因"),
    "compare.code": ("Code", "代码"),
    "compare.packages": ("Packages", "软件包"),
    "compare.settings": ("Settings in effect", "实际生效的设置"),
    "compare.config": ("Configuration", "配置"),
    "compare.data": ("Data", "数据"),
    "compare.machine": ("Machine", "机器"),
    "compare.augmentation": ("Augmentation", "数据增强"),
    "compare.key": ("Key", "项"),
    "compare.attempt": ("{name} (attempt {number})", "{name}（第 {number} 次尝试）"),
    "compare.same": ("{section}: no difference ({count} the same)", "{section}：没有差异（{count} 项相同）"),
    "compare.nothing": ("{section}: nothing recorded", "{section}：没有记录"),
    "compare.differs": ("{section}: {count} differ, {equal} are the same", "{section}：{count} 项不同，{equal} 项相同"),
    "runs.reason": ("Why rows were lost", "丢失原因"),
    "runs.none_lost": ("Nothing was lost.", "没有丢失任何数据。"),
    "runs.follow": (
        "{count} rows follow later; they are safe beside the training.",
        "还有 {count} 行稍后补传，已安全保存在训练机器上。",
    ),
    "state.queued": ("queued", "排队中"),
    "state.running": ("running", "训练中"),
    "state.paused": ("paused", "已暂停"),
    "state.finished": ("finished", "已完成"),
    "state.stopped": ("stopped", "已停止"),
    "state.crashed": ("crashed", "异常退出"),
    "state.failed": ("failed", "失败"),
    "state.unreachable": ("unreachable", "失联"),
    "state.stalled": ("stalled", "停滞"),
    "fact": ("{name}: {value}", "{name}：{value}"),
    "table.between": (", ", "、"),
    "table.hidden": (
        "The terminal is too narrow for: {columns}. A wider one, or --json, shows them.",
        "终端太窄，未显示：{columns}。加宽终端或使用 --json 可以看到。",
    ),
    "lost.disk_full": ("the training's disk was full", "训练机器的磁盘已满"),
    "lost.wrong_type": ("the value was not a number", "值不是数字"),
    "lost.invalid_name": ("the name cannot be used", "名称无法使用"),
    "lost.too_many_names": ("one row had too many names", "一行中的名称过多"),
    "lost.event_too_large": ("a configuration was too large", "配置内容过大"),
    "lost.torn": (
        "damaged on the training's disk, after a power cut for example",
        "训练机器磁盘上的数据损坏，例如断电之后",
    ),
    "lost.refused": ("the server refused them", "被服务器拒收"),
    "lost.no_longer_kept": (
        "cleared from the training's disk before this server had them",
        "送达本服务器之前已从训练机器上清除",
    ),
    "lost.thinned": (
        "left out to save bandwidth, as the policy says; extremes are kept",
        "按策略为节省带宽而省略，极值均已保留",
    ),
    "lost.policy": ("kept back by the privacy policy", "按隐私策略未发送"),
    "lost.quota": (
        "thinned, because the spool reached its quota; extremes are kept",
        "本地缓存达到配额而抽稀，极值均已保留",
    ),
    "lost.item_invalid": ("an image, table or other item could not be used", "图片、表格等内容不符合要求"),
    "lost.item_policy": ("an item was kept back by the training folder's own policy", "内容按训练目录的策略未保留"),
    "lost.item_rate": ("more images and other media than the limit per hour", "图片等内容超过每小时的上限"),
    "lost.item_disk": ("no room on the training's disk for an item", "训练机器的磁盘放不下更多内容"),
    "lost.item_refused": ("the server did not take an item", "内容被服务器拒收"),
    "lost.item_quota": (
        "images and other media gave way, because the spool reached its quota",
        "本地缓存达到配额，图片等内容已让出空间",
    ),
    "lost.item_unreadable": ("an item could not be encoded", "内容无法编码"),
    "export.done": ("{file}: {runs}, {rows} rows, {size}", "{file}：{runs}，{rows} 行，{size}"),
    "import.done": ("{run}: {rows} rows imported, see {url}", "{run}：已导入 {rows} 行，查看 {url}"),
    "import.known": (
        "{run}: it was here already, {rows} rows are new, see {url}",
        "{run}：已存在，新增 {rows} 行，查看 {url}",
    ),
    "import.failed": ("{file} was not imported: {error}", "{file} 未导入：{error}"),
    "import.truncated": (
        "the file ends early. Copy it again, in binary mode, or export the run again",
        "文件不完整。请以二进制方式重新复制，或重新导出",
    ),
    "import.corrupt": (
        "it is no recording of yoloscope, or it was damaged. Copy it again, in binary mode, or export the run again",
        "这不是 yoloscope 的训练记录文件，或者文件已损坏。请以二进制方式重新复制，或重新导出",
    ),
    "import.version": (
        "a newer release of yoloscope made it. Update this one, then import it again",
        "该文件由更新的 yoloscope 版本生成。请先升级，再重新导入",
    ),
    "run.no_batch": (
        "nothing was recorded: Ultralytics was imported, but no training came to its first batch.",
        "没有记录任何数据：已导入 Ultralytics，但没有训练跑到第一个 batch。",
    ),
    "run.no_ultralytics": (
        "nothing was recorded: Python was started, but nothing imported ultralytics (8.0 or newer).",
        "没有记录任何数据：Python 已启动，但没有导入 ultralytics（8.0 或更新版本）。",
    ),
    "run.deaf_python": (
        (
            "nothing was recorded: Python was started with {flag}, which ignores PYTHONPATH; leave it out, or put "
            "`import yoloscope; yoloscope.attach(model)` into the script."
        ),
        (
            "没有记录任何数据：Python 带 {flag} 启动，会忽略 PYTHONPATH；请去掉它，或在脚本中加入 "
            "`import yoloscope; yoloscope.attach(model)`。"
        ),
    ),
    "run.no_python": (
        (
            "nothing was recorded: no Python that reads PYTHONPATH was started: sudo, ssh and `env -i` drop it, and so does "
            "-I; put `import yoloscope; yoloscope.attach(model)` into the script instead."
        ),
        (
            "没有记录任何数据：没有启动会读取 PYTHONPATH 的 Python（sudo、ssh、`env -i` 和 -I 都会丢掉它）；"
            "请在脚本中加入 `import yoloscope; yoloscope.attach(model)`。"
        ),
    ),
    "run.unsent": (
        "not everything is sent yet; it is safe in {directory}",
        "还有数据没有发送完，已安全保存在 {directory}",
    ),
    "run.not_found": ("command not found: {command!r}", "找不到命令：{command!r}"),
    "run.cannot": ("cannot run {command!r}: {reason}", "无法运行 {command!r}：{reason}"),
    "spool.name": ("Name", "名称"),
    "spool.project": ("Project", "项目"),
    "spool.state": ("State", "状态"),
    "spool.rows": ("Rows", "行数"),
    "spool.acknowledged": ("Sent", "已发送"),
    "spool.size": ("Size", "大小"),
    "spool.parts": ("Parts waiting", "待发送的内容"),
    "spool.parts_of": (
        "{parts} parts of items ({size}) wait to be sent, {items} items to be encoded",
        "{parts} 份内容（{size}）等待发送，{items} 项等待编码",
    ),
    "spool.damaged_part": (
        "{name}: part {digest} is damaged, see {directory}",
        "{name}：内容 {digest} 已损坏，见 {directory}",
    ),
    "spool.directory": ("Directory", "目录"),
    "spool.lane": ("Lane", "通道"),
    "spool.segments": ("Segments", "分段"),
    "spool.events": ("Events", "事件"),
    "spool.torn": ("Torn", "损坏"),
    "spool.series": ("Series", "曲线"),
    "spool.lost": ("Lost", "丢失"),
    "spool.is_running": ("running", "训练中"),
    "spool.is_complete": ("sent", "已全部发送"),
    "spool.is_waiting": ("waiting to be sent", "等待发送"),
    "spool.is_offline": ("offline", "离线"),
    "spool.whole": (
        "✓ {name}: every frame is whole ({directory}, {count} torn)",
        "✓ {name}：全部完好（{directory}，损坏 {count} 处）",
    ),
    "spool.torn_at": (
        "✗ {name}: {count} places cannot be read; all before them is kept ({directory})",
        "✗ {name}：有 {count} 处无法读取，之前的数据都保留着（{directory}）",
    ),
    "sync.none": ("No runs found in {directory}.", "{directory} 中没有找到训练。"),
    "sync.run": ("{mark} {name} ({run}): {state}", "{mark} {name}（{run}）：{state}"),
    "sync.sent": ("{count} sent", "已发送 {count} 条"),
    "sync.so_far": ("{name}: {count} of {total} sent", "{name}：已发送 {count} / {total} 条"),
    "sync.summary": ("{count} runs: {parts}", "共 {count} 个训练：{parts}"),
    "sync.complete": ("everything is sent", "已全部发送"),
    "sync.running": ("sent so far; the training still runs", "已发送到目前为止的数据，训练仍在运行"),
    "sync.busy": ("its own sidecar is sending it", "它自己的伴随进程正在发送"),
    "sync.waiting": ("kept: the server does not take it now", "已保留：服务器暂时没有接收"),
    "sync.unreadable": ("cannot be read", "无法读取"),
    "sync.parts": ("{parts} parts of items ({size}) wait", "{parts} 份内容（{size}）等待发送"),
    "sync.read_only": (
        "the directory is read-only: nothing can be remembered there, so the next sync asks the server again",
        "该目录只读，无法记住发送进度，下次 sync 会再向服务器核对",
    ),
    "env.server_up": ("reachable", "可访问"),
    "env.server_down": ("not reachable", "不可访问"),
    "env.missing": ("not installed", "未安装"),
    "policy.summaries": ("counts and histograms of the data set", "数据集的数量统计和直方图"),
    "policy.media": ("images, crops and tables of text", "图片、裁剪图和文本表格"),
    "policy.text": (
        "free text and file names, git branch and remote, container image",
        "自由文本和文件名、git 分支和远程地址、容器镜像名",
    ),
    "policy.class_names": (
        "classes by their names (text) or as numbers (index)",
        "类别按名称（text）还是按序号（index）发送",
    ),
    "policy.both": (
        (
            "This is what the server lets in. A trainer sends no more than [policy] in its own yoloscope.toml allows;\n"
            'without one that is text = false and class_names = "index": <text>, <path> and numbers for classes.'
        ),
        (
            "以上是服务器允许接收的内容。训练端还受自己 yoloscope.toml 中 [policy] 的限制；\n"
            '没有设置时为 text = false、class_names = "index"，即显示 <text>、<path> 和类别序号。'
        ),
    ),
    "policy.bulk": ("rows that a live view does without", "实时查看用不到的数据行"),
    "sent.policy": (
        "Project {project}: what {server} and this folder's yoloscope.toml both allow",
        "项目 {project}：{server} 和当前目录的 yoloscope.toml 都允许的内容",
    ),
    "sent.policy_unknown": (
        "Project {project}: what this folder's yoloscope.toml allows ({server} tells no policy now)",
        "项目 {project}：当前目录的 yoloscope.toml 允许的内容（暂时无法从 {server} 获取策略）",
    ),
    "sent.change": (
        "To allow more: [policy] in yoloscope.toml here, and `yoloscope policy {project}` at the server; the stricter counts.",
        "如需允许更多内容：修改此处 yoloscope.toml 的 [policy]，并在服务器端使用 `yoloscope policy {project}`；以更严格的一方为准。",
    ),
    "sent.is_whole": ("sent", "发送"),
    "sent.is_reduced": ("sent in part", "部分发送"),
    "sent.is_never": ("not sent", "不发送"),
    "sent.here": ("here:", "原始："),
    "sent.sent": ("sent:", "发送："),
    "sent.numbers": ("Numbers that a training logs, and their names", "训练记录的数值及其名称"),
    "sent.classes": ("Names of classes", "类别名称"),
    "sent.settings": ("Settings", "训练设置"),
    "sent.files": ("Paths and file names", "路径和文件名"),
    "sent.command": ("Command line", "命令行"),
    "sent.packages": ("Installed packages", "已安装的软件包"),
    "sent.git": ("State of the git repository", "git 仓库状态"),
    "sent.container": ("Container", "容器"),
    "sent.summary": ("Counts and histograms of the data set", "数据集的数量统计和直方图"),
    "sent.machine": ("Machine", "机器"),
    "sent.given": (
        "What you write to be shown: project, run name, tags, group",
        "你自己填写、用于显示的内容：项目、训练名称、标签、分组",
    ),
    "sent.printed": ("What the training prints", "训练打印的内容"),
    "sent.outcomes": ("What commands changed", "命令改变了什么"),
    "sent.stacks": ("Stacks of a crash or a hang", "崩溃或卡住时的调用栈"),
    "sent.bulk": ("Rows that a live view does without", "实时查看用不到的数据行"),
    "sent.variables": ("Environment variables that change results", "会影响结果的环境变量"),
    "sent.environment": ("All other environment variables", "其他所有环境变量"),
    "sent.items": ("Histograms, curves, matrices and tables", "直方图、曲线、矩阵和表格"),
    "sent.images": (
        "Images with their boxes and masks, texts, figures, graphs, embeddings, files",
        "图片及其标注框和掩膜、文本、图形、模型结构、嵌入、文件",
    ),
}
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def text(key: str, **values: object) -> str:
    """Return a text in the user's language with its values filled in."""
    english, chinese = _TEXTS[key]
    return (chinese if is_chinese() else english).format(**values)


def text_or(key: str, otherwise: str) -> str:
    """Return a text, or `otherwise` where a newer server says what this release has no words for."""
    return text(key) if key in _TEXTS else otherwise


def is_chinese() -> bool:
    """Tell whether the locale asks for Chinese; the first variable that is set decides, as POSIX has it."""
    locale = next((value for name in _LOCALE_VARIABLES if (value := os.environ.get(name))), "")
    return locale.lower().startswith("zh")
