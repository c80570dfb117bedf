"""What ``yoloscope suspects`` says; a part of `texts`. The page has its own in `suspects/page.html`."""

TEXTS: dict[str, tuple[str, str]] = {
    "suspects.of": (
        "{name} ({run}): {count} suspected labels of {boxes} on {pictures} images, {looks} looks each on average",
        "{name}（{run}）：{pictures} 张图像共 {boxes} 个标注，其中 {count} 个可疑，平均每张查看 {looks} 次",
    ),
    "suspects.none": (
        "{name} ({run}): no label stands out among {boxes} on {pictures} images, {looks} looks each on average.",
        "{name}（{run}）：{pictures} 张图像共 {boxes} 个标注，没有发现可疑标注，平均每张查看 {looks} 次。",
    ),
    "suspects.too_early": (
        "{name} ({run}): too early to tell, {looks} looks at boxes so far. Looking begins once the model has learnt something, or after a third of the epochs.",
        "{name}（{run}）：目前还无法判断，标注框只查看了 {looks} 次。模型学到一些东西或训练过三分之一 epoch 之后才开始查看。",
    ),
    "suspects.off": (
        (
            "{name} ({run}): no looks were recorded. Labels are looked at in Ultralytics trainings with boxes that begin under this release,"
            " unless yoloscope.toml says [producers] suspects = false."
        ),
        (
            "{name}（{run}）：没有查看记录。只有用此版本启动、带标注框的 Ultralytics 训练才会查看标注；"
            "yoloscope.toml 中 [producers] suspects = false 会关闭此功能。"
        ),
    ),
    "suspects.more": ("{count} more: --top {top}", "还有 {count} 个：--top {top}"),
    "suspects.part": (
        "{pictures} of {all} training images are followed: the first {boxes} boxes.",
        "共 {all} 张训练图像，查看其中 {pictures} 张（最多 {boxes} 个标注框）。",
    ),
    "suspects.picture": ("Image", "图像"),
    "suspects.kind": ("Suspicion", "可疑之处"),
    "suspects.said": ("Labelled", "标注类别"),
    "suspects.seen": ("Model sees", "模型认为"),
    "suspects.score": ("Score", "可疑度"),
    "suspects.looks": ("Looks", "查看次数"),
    "suspects.box": ("Box in % (left top right bottom)", "框位置 %（左 上 右 下）"),
    "suspects.wrong_class": ("wrong class", "类别有误"),
    "suspects.badly_placed": ("badly placed", "框位置不准"),
    "suspects.nothing_there": ("nothing there", "该处没有目标"),
    "suspects.missing_label": ("missing label", "漏标"),
    "suspects.serving": ("Open once in a browser on this machine: {url}", "在本机浏览器中打开（仅一次）：{url}"),
    "suspects.tunnel": (
        "From your desk: ssh -L {port}:127.0.0.1:{port} {host}, then open the same address there.",
        "从你的电脑访问：先运行 ssh -L {port}:127.0.0.1:{port} {host}，再在本地打开同一地址。",
    ),
    "suspects.stays": ("Images stay on this machine. Stop with Ctrl-C.", "图像不会离开本机。按 Ctrl-C 停止。"),
}
