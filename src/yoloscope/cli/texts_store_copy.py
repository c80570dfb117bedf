"""What `yoloscope store copy` says, in English and Chinese; part of the one table in `texts`."""

TEXTS: dict[str, tuple[str, str]] = {
    "copy.nothing": ("There is no run to copy.", "没有可复制的训练。"),
    "copy.copied": (
        "{project}/{name} ({run}): {rows} rows copied and compared",
        "{project}/{name}（{run}）：已复制 {rows} 行并逐行核对",
    ),
    "copy.there": (
        "{project}/{name} ({run}): already there, the same",
        "{project}/{name}（{run}）：目标中已有，内容一致",
    ),
    "copy.refused": ("{project}/{name} ({run}): NOT copied: {detail}", "{project}/{name}（{run}）：未复制：{detail}"),
    "copy.done": (
        "{copied} runs copied, {there} already there, {refused} not copied. The source is unchanged; start with --store {target} to use the copy.",
        "已复制 {copied} 个训练，{there} 个目标中已有，{refused} 个未复制。源数据没有改动；启动时加上 --store {target} 即可使用副本。",
    ),
}
