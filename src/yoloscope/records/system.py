"""What a sidecar sees of the machine and of a training's processes: the series below ``system/``, and what each means.

``system/<what>`` is the machine or the training itself, ``system/gpu.<i>/<what>`` an accelerator as its vendor's tools count, and
``system/rank.<r>/…`` the same as another process of a distributed training sees it. Counts and rates are over the last two seconds.
"""

import re
from typing import Literal, NamedTuple

PREFIX = "system/"
Direction = Literal["lower", "none"]


class Measure(NamedTuple):
    """What is measured: SI unit, direction, title in both languages."""

    unit: str
    direction: Direction
    title_en: str
    title_zh: str


MEASURES: dict[str, Measure] = {
    "cpu_percent": Measure("%", "none", "CPU use", "CPU 占用"),
    "load_1m": Measure("", "none", "Load, 1 minute", "系统负载（1 分钟）"),
    "memory_bytes": Measure("B", "none", "Memory used", "已用内存"),
    "memory_total_bytes": Measure("B", "none", "Memory of the machine", "内存总量"),
    "swap_bytes": Measure("B", "none", "Swap used", "已用交换空间"),
    "swap_total_bytes": Measure("B", "none", "Swap of the machine", "交换空间总量"),
    "container/memory_bytes": Measure("B", "none", "Memory used in the container", "容器已用内存"),
    "container/memory_limit_bytes": Measure("B", "none", "Memory limit of the container", "容器内存上限"),
    "disk/free_bytes": Measure("B", "none", "Disk of the output: free", "输出所在磁盘：剩余"),
    "disk/used_bytes": Measure("B", "none", "Disk of the output: used", "输出所在磁盘：已用"),
    "disk/read_bytes_per_s": Measure("B/s", "none", "Disk reads", "磁盘读取"),
    "disk/written_bytes_per_s": Measure("B/s", "none", "Disk writes", "磁盘写入"),
    "network/received_bytes_per_s": Measure("B/s", "none", "Network received", "网络接收"),
    "network/sent_bytes_per_s": Measure("B/s", "none", "Network sent", "网络发送"),
    "shared_memory/used_bytes": Measure("B", "none", "Shared memory used", "已用共享内存"),
    "shared_memory/total_bytes": Measure("B", "none", "Shared memory in all", "共享内存总量"),
    "process/rss_bytes": Measure("B", "none", "Memory of the training", "训练进程内存"),
    "process/cpu_percent": Measure("%", "none", "CPU use of the training", "训练进程 CPU 占用"),
    "process/gpu_reserved_bytes": Measure("B", "none", "GPU memory held by the training", "训练框架占用的显存"),
    "process/threads": Measure("", "none", "Threads of the training", "训练进程线程数"),
    "process/open_files": Measure("", "none", "Open files of the training", "训练进程打开的文件数"),
    "process/children": Measure("", "none", "Worker processes", "子进程数"),
    "process/children_rss_bytes": Measure("B", "none", "Memory of the worker processes", "子进程内存"),
    "process/children_cpu_percent": Measure("%", "none", "CPU use of the worker processes", "子进程 CPU 占用"),
    "yoloscope/cpu_percent": Measure("%", "lower", "CPU use of yoloscope", "yoloscope 自身 CPU 占用"),
    "yoloscope/rss_bytes": Measure("B", "lower", "Memory of yoloscope", "yoloscope 自身内存"),
}
CARD_MEASURES: dict[str, Measure] = {
    "util_percent": Measure("%", "none", "use", "利用率"),
    "memory_busy_percent": Measure("%", "none", "memory busy", "显存控制器利用率"),
    "memory_bytes": Measure("B", "none", "memory used", "已用显存"),
    "memory_total_bytes": Measure("B", "none", "memory in all", "显存总量"),
    "training_memory_bytes": Measure("B", "none", "memory of the training", "训练占用显存"),
    "temperature_c": Measure("°C", "none", "temperature", "温度"),
    "power_w": Measure("W", "none", "power", "功耗"),
    "power_limit_w": Measure("W", "none", "power limit", "功耗上限"),
    "sm_clock_hz": Measure("Hz", "none", "core clock", "核心频率"),
    "memory_clock_hz": Measure("Hz", "none", "memory clock", "显存频率"),
    "throttled_by_power": Measure("", "lower", "slowed by its power limit", "因功耗上限降频"),
    "throttled_by_heat": Measure("", "lower", "slowed by heat", "因过热降频"),
    "throttled_by_hardware": Measure("", "lower", "slowed by its hardware", "被硬件强制降频"),
    "throttled_by_power_brake": Measure("", "lower", "slowed by the power supply", "因供电制动降频"),
    "ecc_corrected": Measure("", "lower", "memory errors corrected since boot", "开机以来已纠正的显存错误"),
    "ecc_uncorrected": Measure("", "lower", "memory errors not corrected since boot", "开机以来未纠正的显存错误"),
    "xid": Measure("", "none", "last XID error, 0 for none", "最近一次 XID 错误码（0 为无）"),
    "xid_errors": Measure("", "lower", "XID errors seen", "已发现的 XID 错误数"),
}
_NAME = re.compile(r"system/(?:rank\.(\d+)/)?(?:gpu\.(\d+)/)?(.+)\Z")


def name_of(what: str, *, rank: int = 0, card: int | None = None) -> str:
    """Return the series of a measure, such as ``gpu.0/util_percent`` below ``system/`` or ``system/rank.<r>/``."""
    of_rank = f"rank.{rank}/" if rank else ""
    of_card = "" if card is None else f"gpu.{card}/"
    return f"{PREFIX}{of_rank}{of_card}{what}"


def measure_of(name: str) -> Measure | None:
    """Return what a series below ``system/`` means, None if it is none of ours."""
    match = _NAME.match(name)
    if match is None:
        return None
    rank, card, what = match.groups()
    found = (MEASURES if card is None else CARD_MEASURES).get(what)
    if found is None:
        return None
    title_en = found.title_en if card is None else f"GPU {card}: {found.title_en}"
    title_zh = found.title_zh if card is None else f"GPU {card}：{found.title_zh}"
    if rank is not None:
        title_en, title_zh = f"{title_en} (rank {rank})", f"{title_zh}（rank {rank}）"
    return Measure(found.unit, found.direction, title_en, title_zh)
