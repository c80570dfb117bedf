"""What `backup`, `restore`, `retention`, `runs rm` and `runs restore` say, in English and Chinese; part of the one table in `texts`."""

TEXTS: dict[str, tuple[str, str]] = {
    "backup.done": (
        "{file}: {runs} runs in {files} files, {size}, read again and found whole",
        "{file}：{runs} 个训练，共 {files} 个文件，{size}，已重新读取并校验无误",
    ),
    "backup.secret": (
        "It holds the server's token: keep it where only you can read it.",
        "其中包含服务器的令牌：请放在只有你能读取的位置。",
    ),
    "backup.blobs": (
        "Pictures and files are copied to {directory}; restore needs both: yoloscope restore FILE --blobs {directory}",
        "图片和文件已复制到 {directory}；恢复时两者都需要：yoloscope restore FILE --blobs {directory}",
    ),
    "backup.damaged": (
        "The file {digest} is damaged in the data directory and stands so in the backup: yoloscope store verify tells what shows it",
        "文件 {digest} 在数据目录中已损坏，备份里也是如此：yoloscope store verify 会指出哪些内容用到它",
    ),
    "backup.influxdb": (
        "It holds the catalogue and the ledger, not the points in InfluxDB: back those up with InfluxDB's own tools, after this.",
        "其中只有目录和账本，不含 InfluxDB 中的数据点：请随后用 InfluxDB 自带的工具备份数据点。",
    ),
    "restore.done": (
        "{data}: {runs} runs of {created}. Start the server with `yoloscope up --data {data}`; trainings then send what came later again.",
        "{data}：已恢复 {created} 时的 {runs} 个训练。用 `yoloscope up --data {data}` 启动服务器，之后各训练会重新发送此后仍保留的数据。",
    ),
    "restore.aside": ("What was there before is in {aside}", "原有数据已移到 {aside}"),
    "retention.thin": (
        "thin a run that ended: of each 64 rows the first, last, least and greatest value stay",
        "精简已结束的训练（每 64 行只保留首、末、最小和最大值）",
    ),
    "retention.delete": ("move a run that ended to the trash", "已结束的训练移入回收站"),
    "retention.trash": ("remove a run in the trash for good", "彻底删除回收站中的训练"),
    "retention.days": ("after {days:g} days", "{days:g} 天后"),
    "retention.never": ("never", "永不"),
    "retention.spared": (
        "Runs that go on, are tagged `keep` or were brought back from the trash are left alone.",
        "仍在进行、带有 `keep` 标签或从回收站恢复的训练不受影响。",
    ),
    "trash.moved": (
        "{name} is in the trash; `yoloscope runs restore {run}` brings it back",
        "{name} 已移入回收站；可用 `yoloscope runs restore {run}` 恢复",
    ),
    "trash.removed": ("{name} was removed for good: {rows} rows", "{name} 已彻底删除：{rows} 行"),
    "trash.restored": ("{name} is back", "{name} 已恢复"),
    "trash.sure": (
        "Remove {count} runs for good? Nothing brings them back but a backup.",
        "确定彻底删除 {count} 个训练吗？除备份外无法恢复。",
    ),
}
