"""What H01 says: silence."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "H01": Text(
        title=Told("The training has fallen silent", "训练没有动静"),
        what=Told(
            "No row has come for much longer than is usual for this training.",
            "已经很久没有收到新数据，远超这次训练平时的间隔。",
        ),
        why=Told(
            "A killed or hung training does not say so itself, and its card stays taken.",
            "训练被杀掉或卡死时自己不会报告，显卡却一直被占着。",
        ),
        evidence={
            "": Told(
                "Silent for {silent:.0f} min in epoch {epoch}; here up to {allowed:.1f} min are ordinary.",
                "完成 {epoch} 个 epoch 后已有 {silent:.0f} 分钟没有动静，平时不超过 {allowed:.1f} 分钟。",
            ),
            "between": Told(
                "Silent for {silent:.0f} min after epoch {epoch}, in validation or saving; up to {allowed:.1f} min are ordinary.",
                "第 {epoch} 个 epoch 结束后（验证或保存中）已有 {silent:.0f} 分钟没有动静，平时不超过 {allowed:.1f} 分钟。",
            ),
            "start": Told(
                "No first batch after {silent:.0f} min; up to {allowed:.0f} min are ordinary for reading data and compiling.",
                "{silent:.0f} 分钟了还没有第一个 batch；读取数据和编译一般不超过 {allowed:.0f} 分钟。",
            ),
        },
        advice={
            "": Told(
                "Look at the run's state and console here, then at the machine: out of memory (dmesg), a full disk, a data loader that hangs (workers=0 tells), NCCL waiting for a process that is gone.",
                "先看这次训练的状态和控制台，再看机器：内存不足（dmesg）、磁盘写满、数据加载卡死（用 workers=0 排查）、NCCL 在等一个已经退出的进程。",
            ),
            "start": Told(
                "Look at the console: a scan of the labels or a download may still run. If a card is at 100 % and nothing comes, processes wait for each other.",
                "看控制台：可能还在扫描标注或下载。如果显卡 100% 却没有进展，多半是进程在互相等待。",
            ),
        },
        closes=Told("Closes with the next row.", "收到新数据后立即关闭。"),
        source="SageMaker Debugger StalledTrainingRule (1800 s), MaxInitializationTime (20 min); five times the 95 % interval proposed",
    ),
}
