"""What a session makes of a trainer that changes while it trains."""

from types import SimpleNamespace

from yoloscope.integrations.ultralytics import session


class Run:
    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def log(self, values: dict[str, object], **place: object) -> None:
        self.rows.append(values)


class Trainer:
    def __init__(self, parameters: dict[str, object]) -> None:
        self.parameters = parameters
        self.start_epoch, self.epoch, self.train_loader = 0, 0, [0, 1]
        self.loss_items, self.device = {}, None
        self.model = SimpleNamespace(named_parameters=lambda: iter(parameters.items()))
        self.optimizer = SimpleNamespace(param_groups=[])

    def add(self, name: str, *, lr: float) -> None:
        self.optimizer.param_groups.append({"params": [self.parameters[name]], "lr": lr, "weight_decay": 0.1})

    def label_loss_items(self, items: object, prefix: str = "train") -> dict[str, float]:
        return {}


def test_a_group_that_joins_while_training_has_its_own_rate() -> None:
    """As where a script lets frozen layers go, with a rate of their own."""
    trainer, run = Trainer({"head": object(), "backbone": object()}), Run()
    trainer.add("head", lr=0.01)
    known = session.Session(run, trainer=trainer, roles=("weight",))  # type: ignore[arg-type]
    rates = []
    for epoch in range(2):
        trainer.epoch = epoch
        known.begin_epoch(trainer)  # type: ignore[arg-type]
        known.begin_batch(trainer)  # type: ignore[arg-type]
        known.end_batch(trainer)  # type: ignore[arg-type]
        rates.append({name: value for name, value in run.rows[-1].items() if name.startswith("lr/")})
        if not epoch:
            trainer.add("backbone", lr=0.001)
    assert rates == [{"lr/weight": 0.01}, {"lr/weight": 0.01, "lr/weight.1": 0.001}]
