"""What `yoloscope env` says of each check: its title, what was found, and below ``.fix`` what to mend."""

TEXTS: dict[str, tuple[str, str]] = {
    "check.state_ok": ("ok", "正常"),
    "check.state_warning": ("warning", "注意"),
    "check.state_problem": ("problem", "问题"),
    "check.state_unknown": ("unknown", "未知"),
    "check.summary": (
        "{problems} problems, {warnings} warnings, {unknown} could not be checked.",
        "{problems} 个问题，{warnings} 个注意事项，{unknown} 项无法检查。",
    ),
    "check.unknown": ("cannot be found out here", "此处无法得知"),
    "check.torch_import": ("torch", "torch"),
    "check.torch_import.ok": ("torch {version}", "torch {version}"),
    "check.torch_import.missing": ("torch is not installed in this Python", "当前 Python 中没有安装 torch"),
    "check.torch_import.skipped": ("not tried (--fast)", "未尝试（--fast）"),
    "check.torch_import.hung": ("torch was not imported within a minute", "一分钟内没有导入完 torch"),
    "check.torch_import.hung.fix": (
        "Look whether the disk of this Python is slow (a network drive), or whether the driver hangs: `nvidia-smi`.",
        "检查该 Python 所在磁盘是否很慢（网络盘），或驱动是否卡住：`nvidia-smi`。",
    ),
    "check.torch_import.hung_cards": (
        "torch was imported, but starting CUDA hangs",
        "torch 已导入，但启动 CUDA 时卡住",
    ),
    "check.torch_import.hung_cards.fix": (
        "Run `nvidia-smi`. If that hangs too, the driver or a card does: look at `dmesg` for Xid and restart the machine.",
        "运行 `nvidia-smi`。如果同样卡住，说明驱动或显卡有故障：在 `dmesg` 中查找 Xid，并重启机器。",
    ),
    "check.torch_import.failed": ("torch could not be imported: {error}", "torch 无法导入：{error}"),
    "check.torch_import.failed.fix": (
        "Install torch again in this Python, with the line that pytorch.org gives for your CUDA.",
        "按 pytorch.org 针对你的 CUDA 版本给出的命令，在该 Python 中重新安装 torch。",
    ),
    "check.cuda_build": ("torch's build", "torch 的构建"),
    "check.cuda_build.ok": ("built for {cuda}, {cards} cards in the machine", "为 {cuda} 构建，本机有 {cards} 张显卡"),
    "check.cuda_build.no_card": ("no NVIDIA card in this machine", "本机没有 NVIDIA 显卡"),
    "check.cuda_build.cpu_only": (
        "torch {version} uses the CPU alone, but the machine has {cards} NVIDIA cards",
        "torch {version} 只支持 CPU，而本机有 {cards} 张 NVIDIA 显卡",
    ),
    "check.cuda_build.cpu_only.fix": (
        "Install a build with CUDA, for example: pip install --force-reinstall torch torchvision --index-url https://download.pytorch.org/whl/cu126",
        "安装带 CUDA 的版本，例如：pip install --force-reinstall torch torchvision --index-url https://download.pytorch.org/whl/cu126",
    ),
    "check.cuda_driver": ("Graphics driver", "显卡驱动"),
    "check.cuda_driver.ok": (
        "torch is built for CUDA {built}, the driver knows up to {driver}",
        "torch 为 CUDA {built} 构建，驱动最高支持 {driver}",
    ),
    "check.cuda_driver.none": ("no NVIDIA card in this machine", "本机没有 NVIDIA 显卡"),
    "check.cuda_driver.no_cuda": ("torch is built without CUDA", "torch 构建时不带 CUDA"),
    "check.cuda_driver.no_driver": (
        "torch is built for CUDA {built}, but no driver was found",
        "torch 为 CUDA {built} 构建，但没有找到驱动",
    ),
    "check.cuda_driver.no_driver.fix": (
        "Install NVIDIA's driver. In a container: start it with --gpus all and the NVIDIA container toolkit.",
        "安装 NVIDIA 驱动。在容器中：安装 NVIDIA container toolkit，并以 --gpus all 启动。",
    ),
    "check.cuda_driver.too_old": (
        "torch is built for CUDA {built}, the driver knows only up to {driver}",
        "torch 为 CUDA {built} 构建，驱动最高只支持 {driver}",
    ),
    "check.cuda_driver.too_old.fix": (
        "Update the driver, or install a torch that is built for CUDA {driver} or older.",
        "升级驱动，或安装为 CUDA {driver} 或更低版本构建的 torch。",
    ),
    "check.cuda_driver.older": (
        "torch is built for CUDA {built}, the driver knows up to {driver}: most works, compiled kernels may not",
        "torch 为 CUDA {built} 构建，驱动最高支持 {driver}：大部分功能可用，即时编译的算子可能失败",
    ),
    "check.cuda_driver.older.fix": ("Update the driver when you can.", "有机会时升级驱动。"),
    "check.cuda_seen": ("Cards that torch sees", "torch 可见的显卡"),
    "check.cuda_seen.ok": ("{seen} of {cards}", "{cards} 张中的 {seen} 张"),
    "check.cuda_seen.none": ("there is none to see", "没有可用的显卡"),
    "check.cuda_seen.hidden": (
        "CUDA_VISIBLE_DEVICES={value!r} hides them",
        "CUDA_VISIBLE_DEVICES={value!r} 隐藏了显卡",
    ),
    "check.cuda_seen.hidden.fix": (
        "unset CUDA_VISIBLE_DEVICES, unless that is meant.",
        "如非有意，请 unset CUDA_VISIBLE_DEVICES。",
    ),
    "check.cuda_seen.unseen": (
        "the machine has {cards} cards and torch sees none: {reason}",
        "本机有 {cards} 张显卡，但 torch 一张也看不到：{reason}",
    ),
    "check.cuda_seen.unseen.fix": (
        "Run `nvidia-smi`: if it fails, mend the driver. In a container: start it with --gpus all.",
        "运行 `nvidia-smi`：如果失败，先修复驱动。在容器中：以 --gpus all 启动。",
    ),
    "check.cudnn": ("cuDNN", "cuDNN"),
    "check.cudnn.ok": ("cuDNN {version}", "cuDNN {version}"),
    "check.cudnn.unused": ("not used here", "此处不使用"),
    "check.cudnn.missing": ("torch cannot load it: {reason}", "torch 无法加载：{reason}"),
    "check.cudnn.missing.fix": (
        "Install torch again. Remove other cuDNN libraries from LD_LIBRARY_PATH: those that come with torch are meant.",
        "重新安装 torch，并从 LD_LIBRARY_PATH 中去掉其他 cuDNN 库：应使用 torch 自带的库。",
    ),
    "check.architectures": ("Compute capability", "计算能力"),
    "check.architectures.ok": ("torch holds code for all {cards} cards", "torch 包含适用于全部 {cards} 张显卡的代码"),
    "check.architectures.none": ("there is none", "没有显卡"),
    "check.architectures.unfit": (
        "{card} has compute capability {capability}; this torch is built for {built}",
        "{card} 的计算能力为 {capability}，而该 torch 为 {built} 构建",
    ),
    "check.architectures.unfit.fix": (
        "A new card needs a newer torch, an old card an older one: see pytorch.org for the builds of each release.",
        "新显卡需要更新的 torch，旧显卡需要较旧的 torch：各版本支持情况见 pytorch.org。",
    ),
    "check.gpu_numbers": ("A small computation on each card", "在每张显卡上的小计算"),
    "check.gpu_numbers.ok": (
        "{cards} cards, greatest difference {difference}",
        "{cards} 张显卡，最大相对误差 {difference}",
    ),
    "check.gpu_numbers.none": ("there is none to try", "没有可测试的显卡"),
    "check.gpu_numbers.hung": ("{card} did not answer within a minute", "{card} 一分钟内没有响应"),
    "check.gpu_numbers.hung.fix": (
        "Look at `dmesg` for Xid, reset the card (`nvidia-smi --gpu-reset`) or restart the machine.",
        "在 `dmesg` 中查找 Xid，重置显卡（`nvidia-smi --gpu-reset`）或重启机器。",
    ),
    "check.gpu_numbers.failed": ("{card}: {error}", "{card}：{error}"),
    "check.gpu_numbers.failed.fix": (
        "Look with `nvidia-smi` whether others fill its memory. If it is free: check driver and torch as above.",
        "用 `nvidia-smi` 查看显存是否被其他进程占满；若显存空闲，请按上面各项检查驱动和 torch。",
    ),
    "check.gpu_numbers.wrong": (
        "{card} computes wrongly: off by {difference} of the largest result",
        "{card} 计算结果有误：与最大结果相比偏差 {difference}",
    ),
    "check.gpu_numbers.wrong.fix": (
        "Do not train on it. Look at ECC errors, temperature and power (`nvidia-smi -q`), and try another driver.",
        "不要用它训练。检查 ECC 错误、温度和供电（`nvidia-smi -q`），并尝试更换驱动版本。",
    ),
    "check.torchvision": ("torch and torchvision", "torch 与 torchvision"),
    "check.torchvision.ok": ("torch {torch}, torchvision {vision}", "torch {torch}，torchvision {vision}"),
    "check.torchvision.other": (
        "torch {torch} needs torchvision {fits}, not {vision}",
        "torch {torch} 需要 torchvision {fits}，而不是 {vision}",
    ),
    "check.torchvision.other.fix": ("pip install 'torchvision=={fits}.*'", "执行：pip install 'torchvision=={fits}.*'"),
    "check.torchvision.build": (
        "torch {torch} and torchvision {vision} are built for different devices",
        "torch {torch} 与 torchvision {vision} 的构建目标不同",
    ),
    "check.torchvision.build.fix": (
        "Install both from the same index of download.pytorch.org.",
        "从 download.pytorch.org 的同一个软件源安装两者。",
    ),
    "check.numpy_trapz": ("Ultralytics and numpy", "Ultralytics 与 numpy"),
    "check.numpy_trapz.ok": ("numpy {numpy}, Ultralytics {ultralytics}", "numpy {numpy}，Ultralytics {ultralytics}"),
    "check.numpy_trapz.breaks": (
        "numpy {numpy} has no np.trapz, which Ultralytics {ultralytics} calls: validation fails at the first right box",
        "numpy {numpy} 已没有 np.trapz，而 Ultralytics {ultralytics} 会调用它：出现第一个正确的检测框时验证就会失败",
    ),
    "check.numpy_trapz.breaks.fix": (
        "pip install 'numpy<2.4', or 'ultralytics>=8.3.112'",
        "执行 pip install 'numpy<2.4'，或升级到 'ultralytics>=8.3.112'",
    ),
    "check.weights_only": ("Ultralytics and torch's way of loading", "Ultralytics 与 torch 的加载方式"),
    "check.weights_only.ok": ("torch {torch}, Ultralytics {ultralytics}", "torch {torch}，Ultralytics {ultralytics}"),
    "check.weights_only.forced": (
        "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD is set",
        "已设置 TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD",
    ),
    "check.weights_only.breaks": (
        "torch {torch} refuses the checkpoints of Ultralytics {ultralytics}: the last validation and every resume fail",
        "torch {torch} 会拒绝加载 Ultralytics {ultralytics} 的检查点：最终验证和恢复训练都会失败",
    ),
    "check.weights_only.breaks.fix": (
        "pip install 'ultralytics>=8.3', or set TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 if you trust your checkpoints",
        "执行 pip install 'ultralytics>=8.3'；如果信任这些检查点，也可以设置 TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1",
    ),
    "check.opencv": ("OpenCV", "OpenCV"),
    "check.opencv.ok": ("{package}", "{package}"),
    "check.opencv.none": ("OpenCV is not installed", "没有安装 OpenCV"),
    "check.opencv.twice": (
        "{packages} overwrite each other's cv2",
        "{packages} 会互相覆盖 cv2",
    ),
    "check.opencv.twice.fix": (
        "pip uninstall all of them, then install one: opencv-python-headless on servers.",
        "全部 pip uninstall 后只安装一个：服务器上用 opencv-python-headless。",
    ),
    "check.disk": ("Disk", "磁盘"),
    "check.disk.ok": ("{free} GB free for {path}", "{path} 剩余 {free} GB"),
    "check.disk.low": ("only {free} GB free for {path}", "{path} 只剩 {free} GB"),
    "check.disk.low.fix": (
        "Make room before a long training: old runs' weights and caches first.",
        "长时间训练前先清理空间：优先清理旧训练的权重和缓存。",
    ),
    "check.disk.full": (
        "only {free} GB free for {path}: checkpoints may fail",
        "{path} 只剩 {free} GB：检查点可能写入失败",
    ),
    "check.disk.full.fix": (
        "Make room now, or train elsewhere: project=/other/disk for Ultralytics, YOLOSCOPE_DIR for the spool.",
        "立即清理空间，或换到其他磁盘：Ultralytics 用 project=/其他/磁盘，本地缓存用 YOLOSCOPE_DIR。",
    ),
    "check.spool_place": ("Place of the spool", "本地缓存的位置"),
    "check.spool_place.ok": ("{path} ({kind})", "{path}（{kind}）"),
    "check.spool_place.network": (
        "{path} is a network drive ({kind}): rows are safe, but a slower way of writing is used",
        "{path} 是网络盘（{kind}）：数据安全，但会使用较慢的写入方式",
    ),
    "check.spool_place.network.fix": (
        "Set YOLOSCOPE_DIR to a folder on a local disk that outlives the container.",
        "将 YOLOSCOPE_DIR 设为本地磁盘上的目录，并确保容器删除后仍然保留。",
    ),
    "check.shared_memory": ("Shared memory for data loaders", "数据加载的共享内存"),
    "check.shared_memory.ok": ("{size} MB", "{size} MB"),
    "check.shared_memory.small": (
        "{size} MB; 8 workers with batches of 16 at 640 pixels need {need} MB",
        "{size} MB；8 个加载进程、batch 16、640 像素需要 {need} MB",
    ),
    "check.shared_memory.small.fix": (
        "In a container: start it with --shm-size=8g or --ipc=host. Else train with fewer workers.",
        "在容器中：以 --shm-size=8g 或 --ipc=host 启动；否则减少 workers。",
    ),
    "check.shared_memory.tiny": (
        "{size} MB, docker's default: workers die with a bus error; {need} MB are needed",
        "{size} MB，即 docker 默认值：加载进程会因 bus error 退出；需要 {need} MB",
    ),
    "check.shared_memory.tiny.fix": (
        "Start the container with --shm-size=8g or --ipc=host, or train with workers=0.",
        "以 --shm-size=8g 或 --ipc=host 启动容器，或用 workers=0 训练。",
    ),
    "check.memory": ("Memory", "内存"),
    "check.memory.ok": ("{usable} of {whole} GB", "{whole} GB 中可用 {usable} GB"),
    "check.memory.limited": (
        "{usable} GB; the container may use {whole} GB",
        "可用 {usable} GB；容器上限为 {whole} GB",
    ),
    "check.memory.little": ("only {usable} of {whole} GB are free", "{whole} GB 中只剩 {usable} GB"),
    "check.memory.little.fix": (
        "End other programs, raise the container's limit, or train with fewer workers and without cache=ram.",
        "结束其他程序、提高容器内存上限，或减少 workers 并且不使用 cache=ram。",
    ),
    "check.open_files": ("Open files", "打开的文件数"),
    "check.open_files.ok": ("limit {limit}", "上限 {limit}"),
    "check.open_files.low": (
        'limit {limit}: workers may fail with "Too many open files"',
        '上限 {limit}：加载进程可能报 "Too many open files"',
    ),
    "check.open_files.low.fix": ("ulimit -n 65536 before the training", "训练前执行 ulimit -n 65536"),
    "check.server": ("Server", "服务器"),
    "check.server.ok": ("{url}", "{url}"),
    "check.server.silent": (
        "{url} does not answer; trainings keep their rows until it does",
        "{url} 没有响应；训练数据会先保存在本机，待恢复后发送",
    ),
    "check.server.silent.fix": (
        "Start it with `yoloscope up`, or name it with --server or YOLOSCOPE_SERVER.",
        "用 `yoloscope up` 启动，或用 --server、YOLOSCOPE_SERVER 指定地址。",
    ),
    "check.clock": ("Clock", "时钟"),
    "check.clock.ok": ("the server's is {offset} s from this one", "服务器与本机相差 {offset} 秒"),
    "check.clock.behind": ("this clock is {seconds} s behind the server's", "本机时钟比服务器慢 {seconds} 秒"),
    "check.clock.behind.fix": (
        "Let both set their clocks by NTP: timedatectl set-ntp true",
        "让两台机器都通过 NTP 校时：timedatectl set-ntp true",
    ),
    "check.clock.ahead": ("this clock is {seconds} s ahead of the server's", "本机时钟比服务器快 {seconds} 秒"),
    "check.clock.ahead.fix": (
        "Let both set their clocks by NTP: timedatectl set-ntp true",
        "让两台机器都通过 NTP 校时：timedatectl set-ntp true",
    ),
    "check.releases": ("Releases of yoloscope", "yoloscope 版本"),
    "check.releases.ok": ("yoloscope {here}", "yoloscope {here}"),
    "check.releases.differ": ("{here} here, {there} at the server", "本机 {here}，服务器 {there}"),
    "check.releases.differ.fix": (
        "Nothing is lost by it. Update the older one: pip install -U yoloscope",
        "不会因此丢失数据。请升级较旧的一方：pip install -U yoloscope",
    ),
    "check.proxy": ("Proxy", "代理"),
    "check.proxy.ok": ("{url} is reached directly", "直接访问 {url}"),
    "check.proxy.public": ("{url} is no private address", "{url} 不是内网地址"),
    "check.proxy.own": (
        "YOLOSCOPE_PROXY stands before {url}, a private address",
        "访问内网地址 {url} 会经过 YOLOSCOPE_PROXY",
    ),
    "check.proxy.own.fix": ("unset YOLOSCOPE_PROXY, unless that is meant.", "如非有意，请 unset YOLOSCOPE_PROXY。"),
    "check.proxy.others": (
        "the environment's proxy would catch {url}: yoloscope goes past it, curl and other clients do not",
        "环境变量中的代理会拦截 {url}：yoloscope 会绕过它，但 curl 等其他客户端不会",
    ),
    "check.proxy.others.fix": (
        "Add the server's host to NO_PROXY.",
        "将服务器主机名加入 NO_PROXY。",
    ),
    "check.ultralytics_sends": ("What Ultralytics itself sends", "Ultralytics 自身发送的数据"),
    "check.ultralytics_sends.ok": ("nothing: sync is off", "无：sync 已关闭"),
    "check.ultralytics_sends.missing": ("Ultralytics is not installed", "没有安装 Ultralytics"),
    "check.ultralytics_sends.offline": ("nothing: YOLO_OFFLINE is set", "无：已设置 YOLO_OFFLINE"),
    "check.ultralytics_sends.sync": (
        "sync is on: how it is used is reported to its makers",
        "sync 已开启：会向其开发方上报使用情况",
    ),
    "check.ultralytics_sends.sync.fix": ("yolo settings sync=False", "执行 yolo settings sync=False"),
    "check.ultralytics_sends.unwritten": (
        "it has written no settings yet; it begins with sync on, which reports how it is used",
        "尚未写入设置；首次运行时 sync 默认开启，会上报使用情况",
    ),
    "check.ultralytics_sends.unwritten.fix": (
        "yolo settings sync=False, or set YOLO_OFFLINE=true",
        "执行 yolo settings sync=False，或设置 YOLO_OFFLINE=true",
    ),
    "check.ultralytics_sends.integrations": (
        "trainings go to: {names}",
        "训练数据会发送到：{names}",
    ),
    "check.ultralytics_sends.integrations.fix": (
        "For each that is not wanted: yolo settings NAME=False",
        "对不需要的逐个执行：yolo settings 名称=False",
    ),
}
