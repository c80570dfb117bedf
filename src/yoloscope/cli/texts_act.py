"""What the commands that act on a running training say, in English and Chinese; part of the one table in `texts`.

Why a command was refused is told by `records.refusals`.
"""

TEXTS: dict[str, tuple[str, str]] = {
    "act.verb.pause": ("pause", "暂停"),
    "act.verb.resume": ("resume", "继续"),
    "act.verb.stop": ("stop", "停止"),
    "act.verb.set": ("set", "设置"),
    "act.verb.save": ("save", "保存"),
    "act.verb.validate": ("validate", "验证"),
    "act.verb.close_mosaic": ("close-mosaic", "关闭 mosaic"),
    "act.verb.rollback": ("rollback", "回退"),
    "act.verb.note": ("note", "备注"),
    "act.state.sent": ("sent", "已发送"),
    "act.state.accepted": ("accepted", "已送达"),
    "act.state.applied": ("applied", "已生效"),
    "act.state.refused": ("refused", "被拒绝"),
    "act.state.expired": ("expired", "已过期"),
    "act.at_step": ("at step {step}", "第 {step} 步"),
    "act.at_epoch": ("epoch {epoch}", "epoch {epoch}"),
    "act.between": (", ", "，"),
    "act.applied": ("✓ {verb} applied", "✓ {verb}已生效"),
    "act.applied_at": ("✓ {verb} applied {where}", "✓ {verb}已生效：{where}"),
    "act.what": ("{line}: {what}", "{line}，{what}"),
    "act.refused": ("✗ {verb} refused: {why}", "✗ {verb}被拒绝：{why}"),
    "act.detail": ("{why} ({detail})", "{why}（{detail}）"),
    "act.expired_unheard": (
        "✗ {verb} expired: nothing beside the training took it in time. Nothing was changed; is its machine reachable?",
        "✗ {verb}已过期：训练端没有按时收到，没有任何改动。请检查训练机器是否连得上",
    ),
    "act.expired_since": ("✗ {verb} expired: {why}", "✗ {verb}已过期：{why}"),
    "act.expired": (
        "✗ {verb} expired: the training reached no safe point in time, nothing was changed. Allow it longer: --deadline {longer}",
        "✗ {verb}已过期：训练没有按时到达可以安全执行的位置，没有任何改动。可以放宽时限：--deadline {longer}",
    ),
    "act.open": (
        "… {verb} is {state}, and still open. `yoloscope commands {run}` tells what became of it",
        "… {verb}{state}，还没有结果。之后可用 `yoloscope commands {run}` 查看",
    ),
    "act.sure_kill": (
        "Kill {name} at once? What it learnt since its last checkpoint is lost",
        "立即强制结束 {name}？上一个 checkpoint 之后的训练结果会丢失",
    ),
    "act.one_end": ("--resumable and --kill exclude each other", "--resumable 和 --kill 不能同时使用"),
    "act.pair": (
        "{word}: write NAME=VALUE, for example lr=0.003 or lr=x0.3",
        "{word}：请写成 名称=值，例如 lr=0.003 或 lr=x0.3",
    ),
    "act.twice": ("{name} is given twice", "{name} 给了两次"),
    "act.no_text": ("a note needs a text", "备注需要写上内容"),
    "act.bad_value": ("{name}={value} cannot be used: {fix}", "{name}={value} 不可用：{fix}"),
    "act.bad_name": ("there is no {name}: {fix}", "没有 {name}：{fix}"),
    "act.bad": ("{says}: {fix}", "{says}：{fix}"),
    "act.fix.above": ("use a number above {least} up to {most}", "请用大于 {least}、不超过 {most} 的数"),
    "act.fix.from": ("use a number from {least} up to {most}", "请用 {least} 到 {most} 之间的数"),
    "act.fix.whole": ("use a whole number from {least} to {most}", "请用 {least} 到 {most} 之间的整数"),
    "act.fix.one_of": ("use one of {names}", "可以用：{names}"),
    "act.fix.chars": ("use {least}-{most} characters", "请用 {least} 到 {most} 个字符"),
    "act.fix.none": ("send no arguments", "这里不带参数"),
    "resume.done": (
        "{name} is finished; there is nothing to go on with. Start a new training for more epochs",
        "{name} 已完成，没有可以继续的内容。如需更多 epoch，请启动新的训练",
    ),
    "resume.no_record": (
        "{name} has ended, and this machine does not know how it was started. Run this on {host}, as the user who trained it, or with --from FOLDER",
        "{name} 已结束，这台机器上没有它的启动记录。请在 {host} 上用当时的用户执行，或用 --from 指定训练输出目录",
    ),
    "resume.elsewhere": (
        "{name} was trained on {host}; run this there",
        "{name} 是在 {host} 上训练的，请到那台机器上执行",
    ),
    "resume.alive": (
        "{name} is still alive here; nothing was started",
        "{name} 仍在这台机器上运行，没有另行启动",
    ),
    "resume.starting": (
        "{name} is being started again already, as process {pid}",
        "{name} 正在重新启动，进程号 {pid}",
    ),
    "resume.by_hand": (
        "{name} was started from a notebook or by a scheduler, which has to do it again. Its command was: {command}",
        "{name} 是从 notebook 或由调度器启动的，需要从那里重新启动。当时的命令：{command}",
    ),
    "resume.no_checkpoint": (
        "{name} left no checkpoint to go on from: it ended in its first epoch, or saves none. Start it anew: {command}",
        "{name} 没有留下可用的 checkpoint：它在第一个 epoch 内就结束了，或没有保存。请重新开始训练：{command}",
    ),
    "resume.stripped": (
        "{checkpoint} has no optimizer any more, since the training came to its final evaluation; it cannot go on from there",
        "{checkpoint} 中已没有优化器状态：训练已完成最终评估，无法从这里继续",
    ),
    "resume.damaged": (
        "the checkpoint cannot be used, nothing was started: {why}",
        "checkpoint 不可用，没有启动：{why}",
    ),
    "resume.instead": (
        "{last} is missing or damaged: it goes on from {other} of {written}, and trains again what came after that",
        "{last} 缺失或损坏：从 {written} 保存的 {other} 继续，之后的部分会重新训练",
    ),
    "resume.no_folder": (
        "the folder in which {name} was started is gone: {folder}",
        "启动 {name} 时所在的目录已不存在：{folder}",
    ),
    "resume.cannot": ("{name} could not be started: {why}", "{name} 无法启动：{why}"),
    "resume.alone": (
        "It was training {number} of its script: it alone goes on, the rest of the script does not run",
        "它是脚本中的第 {number} 次训练：只继续这一次，脚本的其余部分不会执行",
    ),
    "resume.own_script": (
        "The script is run again with YOLOSCOPE_RESUME={run}: it has to load its own checkpoint",
        "脚本会带着 YOLOSCOPE_RESUME={run} 重新运行：需要由脚本自己加载 checkpoint",
    ),
    "resume.begun": (
        "✓ {name} goes on as a new attempt, process {pid}. What it prints: {log}",
        "✓ {name} 已作为新的尝试继续，进程号 {pid}。输出见：{log}",
    ),
    "resume.preparing": (
        "… {name} was started as process {pid} and has not begun to train yet. What it prints: {log}",
        "… {name} 已启动，进程号 {pid}，尚未开始训练。输出见：{log}",
    ),
    "resume.ended": (
        "✗ {name} was started and ended before it trained. What it printed: {log}",
        "✗ {name} 启动后在开始训练前就结束了。输出见：{log}",
    ),
    "act.none": ("Nothing has been asked of {name} yet.", "还没有对 {name} 发过命令。"),
    "act.more": ("More: --limit {limit}", "还有更多：--limit {limit}"),
    "act.col.created": ("Asked", "发送时间"),
    "act.col.what": ("Command", "命令"),
    "act.col.state": ("State", "状态"),
    "act.col.where": ("Where", "位置"),
    "act.col.result": ("Outcome", "结果"),
    "act.col.who": ("By", "来自"),
}
