"""What S07-S09 say: cards that are hot, broken or suspected."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "S07": Text(
        title=Told("The card slows itself down", "GPU 降频"),
        what=Told("Heat or the power supply makes the card lower its clock.", "过热或供电问题使显卡降低了频率。"),
        why=Told(
            "The training takes longer, and heat shortens the card's life.", "训练会变慢，长期过热还会缩短显卡寿命。"
        ),
        evidence={
            "": Told(
                "Card {card} was slowed down for {share:.0%} of the last five minutes.",
                "最近五分钟里，{card} 号卡有 {share:.0%} 的时间在降频。",
            ),
            "power": Told(
                "The power supply slowed card {card} down for {share:.0%} of the last five minutes.",
                "最近五分钟里，{card} 号卡有 {share:.0%} 的时间因供电不足而降频。",
            ),
            "clock": Told(
                "Card {card} runs at {now:.0f} MHz under full load; it has reached {most:.0f} MHz.",
                "{card} 号卡满载时只有 {now:.0f} MHz，此前达到过 {most:.0f} MHz。",
            ),
        },
        advice={
            "": Told(
                "Look at fans, dust and the air around it; a power limit some 10 % lower costs little speed; else another node.",
                "检查风扇、灰尘和周围散热；把功耗上限调低约 10% 对速度影响很小；否则换一台机器。",
            ),
            "power": Told(
                "Look at cables and supply of the machine; a lower power limit for the cards helps until then.",
                "检查机器的电源和供电线；在此之前可以先调低显卡的功耗上限。",
            ),
        },
        closes=Told("Closes when the card keeps its clock again.", "频率恢复后关闭。"),
        source="NVML clock event reasons; shares proposed",
    ),
    "S08": Text(
        title=Told("The card reports an error", "GPU 硬件报错"),
        what=Told("The driver reports a fault of the card or of its memory.", "驱动报告了显卡或显存的故障。"),
        why=Told(
            "What is computed on it from now on cannot be trusted, and the next error may end the training.",
            "之后在这张卡上算出的结果不再可信，下一次错误可能直接中断训练。",
        ),
        evidence={
            "ecc": Told(
                "Card {card}: memory errors that could not be corrected since the training began: {count}.",
                "{card} 号卡：训练开始以来出现 {count} 次无法纠正的显存错误。",
            ),
            "xid": Told("Card {card}: XID {code}, a fault of the hardware.", "{card} 号卡：XID {code}，属于硬件故障。"),
            "worn": Told(
                "Card {card}: XID {code}, a row of its memory was replaced; it has to be reset soon.",
                "{card} 号卡：XID {code}，有一行显存被替换，需要尽快重置。",
            ),
            "program": Told(
                "Card {card}: XID {code}. A program's own fault comes first, the card second.",
                "{card} 号卡：XID {code}。先怀疑程序本身，再怀疑显卡。",
            ),
            "other": Told("Card {card}: XID {code}.", "{card} 号卡：XID {code}。"),
        },
        advice={
            "": Told(
                "Save a checkpoint, move the training to another card, reset this one (nvidia-smi -r) and run dcgmi diag before it is used again.",
                "先保存权重，把训练移到另一张卡；重置这张卡（nvidia-smi -r），再次使用前运行 dcgmi diag。",
            ),
            "program": Told(
                "Run once with CUDA_LAUNCH_BLOCKING=1 to see which call fails. If it comes on this card alone, treat it as a hardware fault.",
                "用 CUDA_LAUNCH_BLOCKING=1 运行一次，看是哪个调用出错。如果只在这张卡上出现，就按硬件故障处理。",
            ),
            "other": Told(
                "Look the code up in NVIDIA's list of XID errors; watch whether it comes again.",
                "在 NVIDIA 的 XID 列表里查这个代码，并留意是否再次出现。",
            ),
        },
        closes=Told("Stays open for this run: a card does not heal by itself.", "本次训练中不会关闭：显卡不会自己好。"),
        source="NVIDIA XID documentation (46, 48, 63, 64, 79; others from memory of it)",
    ),
    "S09": Text(
        title=Told("The card may compute wrongly now and then", "疑似静默计算错误"),
        what=Told(
            "Numbers jump for no reason that the data give, in step with the card.",
            "数值出现异常跳变，数据解释不了，却与显卡的错误同时出现。",
        ),
        why=Told(
            "A card that is silently wrong spoils weights without any error message. NaN is the exception, not the rule.",
            "显卡静默出错会悄悄破坏权重，没有任何报错；而且大多数时候不会表现为 NaN。",
        ),
        evidence={
            "again": Told(
                "The same batch from the same state gave another loss: a relative difference of {difference:.2g}.",
                "同一个 batch、同一状态重算，损失却不一样：相对差 {difference:.2g}。",
            ),
            "card": Told(
                "{spikes} spikes in the last 1,000 batches; errors that card {card} reported meanwhile: {count}.",
                "最近 1000 个 batch 有 {spikes} 次尖峰，同时 {card} 号卡报告了 {count} 次错误。",
            ),
        },
        advice={
            "": Told(
                "Run the same steps again on another card. If they are smooth there, take this card out and run dcgmi diag on it.",
                "在另一张卡上重跑同样的步骤。如果那边正常，就停用这张卡并运行 dcgmi diag。",
            )
        },
        closes=Told("Closes after 1,000 batches without a spike.", "连续 1000 个 batch 没有尖峰后关闭。"),
        source="arXiv 2605.04213 (NaN is 1 % of silent corruptions), arXiv 2604.00726 (recomputed steps); limits proposed",
    ),
}
