"""What `yoloscope store` says, in English and Chinese; part of the one table in `texts`."""

TEXTS: dict[str, tuple[str, str]] = {
    "store.no_data": (
        "There is no data of a server in {directory}. Name its data directory with --data.",
        "{directory} 中没有服务器的数据。请用 --data 指定数据目录。",
    ),
    "store.influxdb.stats": (
        "The points are in {databases}. This counts what the ledger beside them knows; sizes are those of the ledger.",
        "数据点在 {databases} 中。以下数字来自数据目录里的账本，大小也只是账本的大小。",
    ),
    "store.influxdb.verify": (
        "The points are in {databases}, which is not asked: the catalogue and the ledger are checked here.",
        "数据点在 {databases} 中，这里不会连接它：只检查目录数据库和账本。",
    ),
    "store.influxdb.compact": (
        "The points are in {databases}, which merges them by itself: there is nothing to compact of them.",
        "数据点在 {databases} 中，由 InfluxDB 自行合并，无需压缩。",
    ),
    "store.empty": ("Nothing is stored yet.", "还没有存储任何数据。"),
    "store.whole": (
        "{name}: whole (runs: {runs}, rows: {rows}, checksums: {payloads})",
        "{name}：完好（{runs} 个训练，{rows} 行，校验 {payloads} 处）",
    ),
    "store.whole_file": ("{name}: whole", "{name}：完好"),
    "store.damaged": ("{name}: {count} damaged, in {file}", "{name}：{count} 处损坏，文件 {file}"),
    "store.more_damage": ("  and {count} more: --json lists them", "  另有 {count} 处：用 --json 列出全部"),
    "store.unreadable": ("{name}: could not be read: {detail}", "{name}：无法读取：{detail}"),
    "store.blobs.whole": (
        "pictures and files: whole ({blobs}, {size}; {missing} never came)",
        "图片和文件：完好（{blobs} 个，{size}；另有 {missing} 个从未上传）",
    ),
    "store.blobs.damaged": (
        "pictures and files: {count} damaged, in {file}",
        "图片和文件：{count} 个损坏，位于 {file}",
    ),
    "store.blobs.stats": (
        "Pictures and files: {blobs} ({small} of them small), {bytes}, on the disk {size}; uploads not done: {partial}, {partial_bytes}",
        "图片和文件：{blobs} 个（其中小文件 {small} 个），共 {bytes}，占用磁盘 {size}；未完成的上传：{partial} 个，{partial_bytes}",
    ),
    "store.held": (
        "{detail}\nA running server seals and merges by itself: there is nothing to do while it runs.",
        "{detail}\n运行中的服务器会自动封存和合并数据，无需手动执行。",
    ),
    "store.compacted": (
        "{name}: {rows} rows sealed, {before} before, {after} now",
        "{name}：已封存 {rows} 行，压缩前 {before}，现在 {after}",
    ),
    "store.not_compacted": ("{name}: not all could be compacted: {detail}", "{name}：未能全部压缩：{detail}"),
    "store.project": ("Project", "项目"),
    "store.runs": ("Runs", "训练数"),
    "store.series": ("Series", "曲线"),
    "store.rows": ("Rows", "行数"),
    "store.points": ("Points", "数据点"),
    "store.size": ("Size", "大小"),
    "store.per_point": ("Bytes/point", "每点字节数"),
    "store.in_log": ("Rows in log", "日志中的行"),
    "store.grouped": ("With groups", "带分组摘要"),
    "store.thinned": ("Thinned", "已精简"),
    "store.free": ("Free", "空闲"),
    "store.format": ("Format", "格式"),
}
