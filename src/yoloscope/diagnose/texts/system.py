"""What S01-S03 and S10 say: data, cards and steps."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "S01": Text(
        title=Told("The training waits for data", "数据加载是瓶颈"),
        what=Told(
            "Each batch is needed before it is ready: reading, decoding and augmenting take longer than the network.",
            "网络用完一个 batch 时，下一个还没准备好：读取、解码、增强比网络计算更慢。",
        ),
        why=Told(
            "The card is paid for and idle. The same result could be there much earlier.",
            "显卡空转，同样的结果本可以早很多出来。",
        ),
        evidence={
            "": Told(
                "{share:.0%} of the time of a batch is waiting for data (median of the last 200 batches).",
                "每个 batch 有 {share:.0%} 的时间在等数据（最近 200 个 batch 的中位数）。",
            ),
            "idle": Told(
                "{share:.0%} of the time of a batch is waiting for data, and the card was busy only {util:.0f} % of the last {minutes:.0f} minutes.",
                "每个 batch 有 {share:.0%} 的时间在等数据，最近 {minutes:.0f} 分钟显卡利用率只有 {util:.0f}%。",
            ),
        },
        advice={
            "": Told(
                "In this order: cache=disk, or cache=ram if twice the data set fits in memory; more workers, up to the number of CPUs for each card; smaller source images; data on a local SSD.",
                "按顺序尝试：cache=disk，内存放得下两份数据时用 cache=ram；增加 workers，最多到每张卡分到的 CPU 数；把原图缩小；把数据放到本地 SSD。",
            )
        },
        closes=Told(
            "Closes when waiting takes less than 30 % of a batch.", "等待时间降到每个 batch 的 30% 以下后关闭。"
        ),
        source="SageMaker Debugger LowGPUUtilization and IOBottleneck; runmedic (0.2, 0.3); Ultralytics issues 8665, 2278, 9843",
    ),
    "S02": Text(
        title=Told("The card has room to spare", "GPU 没有用满"),
        what=Told(
            "The card is neither busy nor full, and it is not the data that it waits for.",
            "显卡既不忙也没装满，而且不是在等数据。",
        ),
        why=Told("Larger batches would finish sooner at no cost.", "增大 batch 可以更快完成，没有额外代价。"),
        evidence={
            "": Told(
                "Busy {util:.0f} % of the time, {memory:.0%} of its memory in use, {share:.0%} of a batch waiting for data.",
                "利用率 {util:.0f}%，显存占用 {memory:.0%}，等数据的时间占 {share:.0%}。",
            )
        },
        advice={
            "": Told(
                "A larger batch (batch=0.8 fills 80 % of the card), a larger imgsz, compile=True; plots and validation less often.",
                "增大 batch（batch=0.8 会用到 80% 显存）、增大 imgsz、compile=True；减少画图和验证。",
            )
        },
        closes=Told("Closes when the card is busy half of the time.", "利用率达到 50% 后关闭。"),
        source="SageMaker Debugger BatchSize (70/70/70), limits lowered",
    ),
    "S03": Text(
        title=Told("Steps take longer than they did", "每步变慢"),
        what=Told(
            "The same work takes more time than at the beginning, or single batches stall.",
            "同样的计算比开始时更慢，或者个别 batch 会卡住。",
        ),
        why=Told(
            "Something beside the model takes the time: memory that fills up, a card that slows down, a neighbour on the machine.",
            "时间花在了模型之外：内存被占满、显卡降频，或机器上有别的任务。",
        ),
        evidence={
            "": Told(
                "A batch takes {now:.3g} s, {ratio:.1f} times the {usual:.3g} s of the first epochs.",
                "每个 batch 用时 {now:.3g} s，是最初几个 epoch（{usual:.3g} s）的 {ratio:.1f} 倍。",
            ),
            "pauses": Told(
                "{count} of the last 1,000 batches took more than three times the usual {usual:.3g} s; pauses cost {cost:.0%} of the time.",
                "最近 1000 个 batch 中有 {count} 个超过平时（{usual:.3g} s）的三倍，停顿占用了 {cost:.0%} 的时间。",
            ),
        },
        advice={
            "": Told(
                "Look at memory, temperature and clock of the card beside this curve, and at what else runs on the machine.",
                "对照这条曲线看显存、内存、温度和核心频率，再看看机器上还有什么任务。",
            ),
            "pauses": Told(
                "Look at what happens at the same interval: saving, a disk that is shared, workers that are started anew (persistent workers keep them).",
                "看看停顿的间隔对应什么：保存权重、共享磁盘，或反复启动的加载进程（可用 persistent workers 保留它们）。",
            ),
        },
        closes=Told(
            "Closes when a batch takes less than 1.4 times what it took at first.",
            "每个 batch 用时降到最初的 1.4 倍以内后关闭。",
        ),
        source="trainspotter (1.4); runmedic; SageMaker Debugger StepOutlier",
    ),
    "S10": Text(
        title=Told("The processes do not share the work evenly", "多卡负载不均"),
        what=Told("One process of a distributed training is slower than another.", "分布式训练中有的进程明显更慢。"),
        why=Told("All wait for the slowest at every step.", "每一步所有进程都要等最慢的那个。"),
        evidence={
            "": Told(
                "Rank {slowest} takes {ratio:.2f} times as long for a batch as rank {fastest}.",
                "rank {slowest} 每个 batch 的用时是 rank {fastest} 的 {ratio:.2f} 倍。",
            ),
            "cards": Told(
                "Card {card} is busy {least:.0f} % of the time, another one {most:.0f} %.",
                "{card} 号卡利用率为 {least:.0f}%，另一张为 {most:.0f}%。",
            ),
        },
        advice={
            "": Told(
                "Look whether another program uses that card or its CPUs, whether it is hotter than the others, and whether all read from the same disk.",
                "看看这张卡或它的 CPU 是否被别的程序占用、温度是否更高、数据是否在同一块盘上。",
            )
        },
        closes=Told("Closes when the difference falls below 15 %.", "差距降到 15% 以内后关闭。"),
        source="SageMaker Debugger LoadBalancing (0.5)",
    ),
}
