"""Why a command was refused, in English and Chinese, and what to do then: one sentence a `command.Reason`."""

from yoloscope.records import command

TEXTS: dict[command.Reason, tuple[str, str]] = {
    "bad_value": (
        "a value cannot be used; `yoloscope set --help` lists what each takes",
        "有取值不可用；`yoloscope set --help` 列出了各项的取值范围",
    ),
    "unknown_verb": (
        "the training does not know this command; update yoloscope where it trains",
        "训练端不认识这个命令；请升级训练机器上的 yoloscope",
    ),
    "framework_cannot": (
        "this framework cannot do it while it trains; stop the run and start it again with the change",
        "该框架无法在训练中这样做；请停止训练，修改后重新启动",
    ),
    "version_cannot": (
        "this version of the framework cannot do it; a newer one may",
        "框架的这个版本做不到；可以换用更新的版本",
    ),
    "below_epoch": (
        "the training is past that epoch already; ask for more epochs than it has done",
        "训练已经超过这个 epoch；请设置比已完成数更大的 epoch 数",
    ),
    "mosaic_closed": ("mosaic is closed already; there is nothing to do", "mosaic 已经关闭，无需再操作"),
    "mosaic_off": ("the training uses no mosaic; there is nothing to close", "训练没有使用 mosaic，无需关闭"),
    "not_paused": ("the training is not paused; there is nothing to resume", "训练没有暂停，无需继续"),
    "already_paused": (
        "the training is paused already; `yoloscope resume` lets it go on",
        "训练已经暂停；用 `yoloscope resume` 让它继续",
    ),
    "no_checkpoint": (
        "there is no checkpoint that it could go back to or keep; wait for the first one, behind an epoch",
        "没有可用的 checkpoint；请等第一个 epoch 结束、写出 checkpoint 之后再试",
    ),
    "no_optimizer": (
        "the training has not told its optimizer; call yoloscope.attach(model, optimizer) in the script",
        "训练没有提供优化器；请在脚本中调用 yoloscope.attach(model, optimizer)",
    ),
    "not_running": (
        "the run is over; `yoloscope resume` on the machine that trained it may start it again",
        "训练已经结束；在训练它的机器上用 `yoloscope resume` 可以尝试重新启动",
    ),
    "no_sidecar": (
        "nothing beside the training takes commands; check that its machine reaches this server",
        "训练端没有程序接收命令；请检查训练机器能否连上这台服务器",
    ),
    "several_machines": (
        "it trains on several machines, where commands cannot act on all at the same step; change it and start it again",
        "训练分布在多台机器上，命令无法在同一步对所有机器生效；请修改后重新启动",
    ),
    "ranks_disagree": (
        "not all processes of the training were at one step in time; try again",
        "训练的各进程没能及时到达同一步；请重试",
    ),
    "not_for_this_run": (
        "it was meant for another run; nothing was changed",
        "命令不是发给这次训练的；没有任何改动",
    ),
    "nobody_resumes": (
        "the training gave its card back and ended; `yoloscope resume` on the machine that trained it starts it again",
        "训练已释放显卡并退出；请在训练它的机器上用 `yoloscope resume` 重新启动",
    ),
    "too_many": (
        "too many commands are waiting; wait until some are settled",
        "等待中的命令太多；请等一部分完成后再试",
    ),
    "superseded": (
        "a newer attempt has taken over; send it again",
        "新的一次尝试已经接手；请重新发送",
    ),
    "failed": (
        "it was tried and failed; the training goes on, what was changed is told",
        "执行时出错；训练继续进行，已改动的部分见结果",
    ),
}
