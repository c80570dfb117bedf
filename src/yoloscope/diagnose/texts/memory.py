"""What S04-S06 say: memory."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "S04": Text(
        title=Told("GPU memory grows without end", "显存泄漏"),
        what=Told("The training holds more GPU memory with every epoch.", "训练占用的显存每个 epoch 都在增加。"),
        why=Told(
            "It ends in an out-of-memory error, perhaps after days.", "迟早会因显存不足而中断，可能是好几天之后。"
        ),
        evidence={
            "": Told(
                "{now:.2f} GiB by now, {growth:.0f} MiB more with each epoch, steadily.",
                "目前 {now:.2f} GiB，每个 epoch 稳定增加 {growth:.0f} MiB。",
            ),
            "ends": Told(
                "{now:.2f} GiB by now, {growth:.0f} MiB more with each epoch: the card is full around epoch {epoch}.",
                "目前 {now:.2f} GiB，每个 epoch 增加 {growth:.0f} MiB：大约在第 {epoch} 个 epoch 显存会用完。",
            ),
        },
        advice={
            "": Told(
                "Something keeps tensors alive: losses that are summed without .item() or .detach(), lists in callbacks, outputs kept for plots. Save a checkpoint before it is full.",
                "有东西一直持有张量：累加损失时没有用 .item() 或 .detach()、回调里的列表、留着画图的输出。显存用完前先保存权重。",
            )
        },
        closes=Told("Closes when it stays level.", "显存不再增长后关闭。"),
        source="SageMaker Debugger GPUMemoryIncrease (5 % in code); trainwatch; runmedic (+20 %)",
    ),
    "S05": Text(
        title=Told("Memory grows without end", "内存泄漏"),
        what=Told(
            "The training or its workers hold more memory with every epoch.",
            "训练进程或加载进程占用的内存每个 epoch 都在增加。",
        ),
        why=Told(
            "When it is used up the system kills the training, without a word.",
            "内存用完时系统会直接杀掉训练，不留任何提示。",
        ),
        evidence={
            "": Told(
                "{now:.2f} GiB by now, {growth:.0f} MiB more with each epoch, steadily.",
                "目前 {now:.2f} GiB，每个 epoch 稳定增加 {growth:.0f} MiB。",
            ),
            "ends": Told(
                "{now:.2f} GiB by now, {growth:.0f} MiB more with each epoch: memory is used up around epoch {epoch}.",
                "目前 {now:.2f} GiB，每个 epoch 增加 {growth:.0f} MiB：大约在第 {epoch} 个 epoch 内存会用完。",
            ),
        },
        advice={
            "": Told(
                "Fewer workers; cache=False or cache=disk instead of ram; in your own data set keep arrays, not lists of Python objects, which every worker copies; look at what callbacks collect.",
                "减少 workers；用 cache=False 或 cache=disk 代替 ram；自定义数据集里用数组而不是 Python 对象列表，否则每个进程都会复制一份；检查回调里收集了什么。",
            )
        },
        closes=Told("Closes when it stays level.", "内存不再增长后关闭。"),
        source="PyTorch issue 13246; Ultralytics issue 22791; YOLOv5 issues 8240, 617; runmedic (+20 %)",
    ),
    "S06": Text(
        title=Told("GPU memory is nearly used up", "显存即将不足"),
        what=Told(
            "The training comes close to the limit of the card, or has already been made smaller to fit.",
            "训练接近显存上限，或者已经被自动缩小。",
        ),
        why=Told(
            "One larger batch or a neighbour ends it. And where Ultralytics halves the batch, rate and accumulation change with it.",
            "一个稍大的 batch 或另一个程序就会让训练中断。Ultralytics 自动减半 batch 时，有效学习率和梯度累积也跟着变了。",
        ),
        evidence={
            "": Told("At its fullest a card was {share:.0%} full.", "显存占用最高达到 {share:.0%}。"),
            "halved": Told(
                "You asked for batch={asked}, the training runs with {batch}.",
                "你设置的是 batch={asked}，实际用的是 {batch}。",
            ),
        },
        advice={
            "": Told(
                "A batch smaller by a quarter, or a smaller imgsz; amp=True if it is off.",
                "把 batch 减小四分之一，或减小 imgsz；如果 amp 关着就打开。",
            ),
            "halved": Told(
                "Ask for batch={batch} from the start, so that runs can be compared, and check that nothing else holds memory on the card.",
                "一开始就用 batch={batch}，这样各次训练才可比；再看看显卡上有没有别的程序占着显存。",
            ),
        },
        closes=Told("Closes when less than 95 % is in use.", "占用降到 95% 以下后关闭。"),
        source="BaseTrainer of Ultralytics (halves the batch after a lack of memory in the first epoch); 95 % proposed",
    ),
}
