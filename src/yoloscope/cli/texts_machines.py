"""What `yoloscope machines` and `yoloscope agent` say, in English and Chinese; part of the one table in `texts`."""

TEXTS: dict[str, tuple[str, str]] = {
    "machines.none": (
        "No machine has reported in the last seven days. Every training under yoloscope reports its machine, and so does `yoloscope agent`.",
        "最近七天没有机器上报。用 yoloscope 启动的训练会上报所在的机器，`yoloscope agent` 也会。",
    ),
    "machines.host": ("Host", "主机"),
    "machines.card": ("Card", "卡"),
    "machines.state": ("State", "状态"),
    "machines.use": ("Use", "使用率"),
    "machines.memory": ("Memory", "内存/显存"),
    "machines.runs": ("Used by", "使用者"),
    "machines.cards": ("{count} cards", "{count} 张卡"),
    "machines.no_cards": ("no card", "没有加速卡"),
    "machines.online": ("online", "在线"),
    "machines.offline": ("offline", "离线"),
    "machines.is_busy": ("busy", "使用中"),
    "machines.is_idle": ("idle", "空闲"),
    "machines.is_reserved": ("held, not working", "占而未用"),
    "machines.since": ("{state} for {span}", "{state}已 {span}"),
    "machines.foreign": ("{count} other processes", "{count} 个其他进程"),
    "machines.idle_of": ("{idle} of {count} cards idle", "空闲 {idle} 张，共 {count} 张卡"),
    "machines.day": ("{count} d", "{count} 天"),
    "machines.hour": ("{count} h", "{count} 小时"),
    "machines.minute": ("{count} min", "{count} 分钟"),
    "agent.reports": (
        "This machine ({host}) is reported to {url} every {every:g} s. Stop with Ctrl-C.",
        "正在将本机（{host}）上报到 {url}，每 {every:g} 秒一次。按 Ctrl-C 停止。",
    ),
    "agent.sends": (
        "This machine ({host}) is reported to {url} every {every:g} s, and what trainings left in {directories} is sent. Stop with Ctrl-C.",
        "正在将本机（{host}）上报到 {url}，每 {every:g} 秒一次，并发送 {directories} 中遗留的训练数据。按 Ctrl-C 停止。",
    ),
    "agent.trouble": (
        "the server does not take reports of this machine now, and is asked again: {reason}",
        "服务器暂时没有接收本机的上报，稍后会重试：{reason}",
    ),
    "agent.taken": ("the server takes reports of this machine", "服务器已在接收本机的上报"),
}
