"""What is wrong with data or arguments before the first epoch, or seen from them alone (P01-P08)."""

from yoloscope.diagnose import facts, rule, view
from yoloscope.diagnose import thresholds as t
from yoloscope.records import finding

MAP50 = "metrics/mAP50"
MAP = "metrics/mAP50-95"
PRECISION = "metrics/precision"
_SPLITS = ("train", "val")

Values = dict[str, finding.Value]


def _labels_bad(of: view.View) -> rule.Outcome:
    found = [(split, _of(of, split)) for split in _SPLITS]
    told = [(split, one) for split, one in found if one.images and one.corrupt is not None]
    if not told:
        return rule.Missing(("data.corrupt", "data.missing"))
    hits = [hit for split, one in told for hit in _label_faults(split, one)]
    return max(hits, key=lambda hit: (finding.SEVERITIES.index(hit.severity), hit.strength), default=None)


def _label_faults(split: str, one: facts.SetFacts) -> list[rule.Hit]:
    images, boxes = one.images or 1, one.instances or 0
    values: Values = {"split": split, "images": images, "boxes": boxes, "files": list(one.worst_files)}
    without = ((one.missing or 0) + (one.empty or 0)) / images
    corrupt = one.corrupt or 0
    outside = one.outside_classes or 0
    beyond = one.outside_image or 0
    found: list[rule.Hit] = []
    if outside:
        more: Values = {"count": outside}
        found.append(
            rule.Hit(
                severity="critical", variant="class", strength=2 + outside / (boxes or outside), values=values | more
            )
        )
    if without > t.P01_WITHOUT:
        more = {"share": without, "missing": one.missing or 0, "empty": one.empty or 0}
        severity: finding.Severity = "critical" if without > t.P01_WITHOUT_CRITICAL else "warning"
        found.append(
            rule.Hit(severity=severity, variant="without", strength=without / t.P01_WITHOUT, values=values | more)
        )
    if beyond:
        more = {"count": beyond}
        found.append(rule.Hit(severity="warning", variant="outside", strength=3.0, values=values | more))
    if corrupt:
        more = {"count": corrupt}
        found.append(
            rule.Hit(severity="warning", variant="corrupt", strength=1 + corrupt / images, values=values | more)
        )
    if one.mean is not None and not 0.0 <= one.mean <= t.P01_MEAN_MOST:
        found.append(rule.Hit(severity="warning", variant="mean", strength=2.0, values={**values, "mean": one.mean}))
    return found + _box_faults(one, values)


def _box_faults(one: facts.SetFacts, values: Values) -> list[rule.Hit]:
    """Return what is wrong with the form of the boxes."""
    tiny, covering = one.side_below_2 or 0.0, one.covering or 0.0
    found: list[rule.Hit] = []
    if (one.overhanging or 0.0) > t.P01_OVERHANGING:
        share = one.overhanging or 0.0
        strength = share / t.P01_OVERHANGING
        found.append(
            rule.Hit(severity="warning", variant="edges", strength=strength, values={**values, "share": share})
        )
    if tiny > t.P01_TINY:
        found.append(
            rule.Hit(severity="warning", variant="tiny", strength=tiny / t.P01_TINY, values={**values, "share": tiny})
        )
    if covering > t.P01_COVERING:
        found.append(
            rule.Hit(
                severity="warning",
                variant="covering",
                strength=covering / t.P01_COVERING,
                values={**values, "share": covering},
            )
        )
    return found


def _class_imbalance(of: view.View) -> rule.Outcome:
    counts = of.facts.train.per_class
    present = {name: count for name, count in counts.items() if count > 0}
    if not counts:
        return rule.Missing(("data.train.per_class",))
    judged = of.facts.val.per_class
    unseen = [name for name, count in counts.items() if not count and judged.get(name, 0) > 0]
    if unseen:
        told: Values = {"count": len(unseen), "classes": list(unseen[: t.P_NAMES_MOST])}
        return rule.Hit(severity="warning", variant="unseen", strength=2.0, values=told)
    if len(present) < 2:
        return None
    least, most = min(present, key=lambda name: present[name]), max(present, key=lambda name: present[name])
    ratio = present[most] / present[least]
    if ratio <= t.P02_RATIO:
        return None
    is_rare = present[least] < t.P02_INSTANCES
    values: Values = {
        "least": least,
        "count": present[least],
        "most": most,
        "most_count": present[most],
        "ratio": ratio,
    }
    return rule.Hit(
        severity="warning" if ratio > t.P02_RATIO_WARNING or is_rare else "info",
        variant="rare" if is_rare else "",
        strength=ratio / t.P02_RATIO,
        values=values,
        changes={"cls_pw": t.P02_CLS_PW},
    )


def _background_ratio(of: view.View) -> rule.Outcome:
    one = of.facts.train
    backgrounds = one.backgrounds if one.backgrounds is not None else _sum(one.missing, one.empty)
    if not one.images or backgrounds is None:
        return rule.Missing(("data.train.background_images",))
    share = backgrounds / one.images
    values: Values = {"share": share, "backgrounds": backgrounds, "images": one.images}
    if share > t.P03_MOST:
        severity: finding.Severity = "warning" if share > t.P03_WARNING else "info"
        return rule.Hit(severity=severity, variant="many", strength=share / t.P03_MOST, values=values)
    precision = of.series(PRECISION)
    if backgrounds or precision is None or of.epoch < t.wait(of.facts.epochs) or not precision.ema < t.P03_PRECISION:
        return None
    values["precision"] = precision.ema
    return rule.Hit(
        severity="info",
        variant="none",
        strength=t.P03_PRECISION / max(precision.ema, 0.01),
        values=values,
        series=(PRECISION,),
    )


def _sum(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _small_objects(of: view.View) -> rule.Outcome:
    size = of.facts.number("imgsz")
    pairs = [(split, _of(of, split)) for split in _SPLITS]
    told = [(split, one) for split, one in pairs if one.area_below_8 is not None and one.area_below_16 is not None]
    if not told or size is None:
        return rule.Missing(("imgsz",) if told else ("data.train.box_width_counts",))
    hits = [hit for split, one in told if (hit := _small(split, one, size=size)) is not None]
    return max(hits, key=lambda hit: (finding.SEVERITIES.index(hit.severity), hit.strength), default=None)


def _small(split: str, one: facts.SetFacts, *, size: float) -> rule.Hit | None:
    tiny, small = one.area_below_8 or 0.0, one.area_below_16 or 0.0
    if tiny <= t.P04_TINY and small <= t.P04_SMALL:
        return None
    is_tiny = tiny > t.P04_TINY
    larger = int(min(max(t.P04_SIZE_LEAST, 32 * round(size * t.P04_SIZE_STEP / 32)), t.P04_SIZE_MOST))
    changes: dict[str, object] = {"scale": t.P04_SCALE, "mosaic": t.P04_MOSAIC}
    return rule.Hit(
        severity="warning" if is_tiny else "info",
        variant="tiny" if is_tiny else "small",
        strength=tiny / t.P04_TINY if is_tiny else small / t.P04_SMALL,
        values={"split": split, "share": tiny if is_tiny else small, "imgsz": size, "larger": larger},
        changes={"imgsz": larger, **changes} if larger > size else changes,
    )


def _leak(of: view.View) -> rule.Outcome:
    shared = of.facts.val.shared_with_train
    held = _held_in_train(of.facts.val)
    if held is not None:
        return held
    loose, strict = of.series(MAP50), of.series(MAP)
    budget = of.facts.epochs
    from_scratch = of.facts.starts_pretrained is False
    if loose is None or strict is None or not budget or not from_scratch:
        return None if shared is not None else rule.Missing(("data.val.shared_with_train",))
    is_early = of.epoch < t.P05_EARLY * budget
    if not (is_early and loose.last > t.P05_MAP50 and strict.last > t.P05_MAP):
        return None
    values: Values = {"map50": loose.last, "map": strict.last, "epoch": of.epoch, "epochs": budget}
    return rule.Hit(severity="warning", variant="early", strength=1.5, values=values, series=(MAP50, MAP))


def _held_in_train(val: facts.SetFacts) -> rule.Hit | None:
    """Return what is said of validation images that the training split holds too: files are a fault, pictures alike may be a camera that stands still."""
    same, alike = val.shared_with_train or 0.0, val.alike_in_train or 0.0
    values: Values = {"images": val.images or 0, "files": list(val.worst_files)}
    if same > t.P05_SHARED:
        strength = same / t.P05_SHARED
        return rule.Hit(severity="warning", variant="shared", strength=strength, values={**values, "share": same})
    if alike <= t.P05_SHARED:
        return None
    severity: finding.Severity = "warning" if alike > t.P05_ALIKE else "info"
    strength = alike / t.P05_ALIKE
    return rule.Hit(severity=severity, variant="alike", strength=strength, values={**values, "share": alike})


def _lr0_ignored(of: view.View) -> rule.Outcome:
    if of.facts.framework != "ultralytics":
        return None
    if "optimizer" not in of.facts.given:
        return rule.Missing(("optimizer",))
    asked = {key: value for key in t.P06_DEFAULTS if (value := of.facts.asked(key)) is not None}
    changed = {key: value for key, value in asked.items() if abs(value - t.P06_DEFAULTS[key]) > t.P06_SAME}
    if not of.facts.is_auto or not changed:
        return None
    rate = asked.get("lr0", t.P06_DEFAULTS["lr0"])
    optimizer = "AdamW" if rate < t.P06_ADAM_BELOW else "SGD"
    values: Values = {"asked": [f"{key}={value:g}" for key, value in changed.items()], "optimizer": optimizer}
    return rule.Hit(severity="warning", values=values, changes={"optimizer": optimizer, **changed})


def _early_stop_disarmed(of: view.View) -> rule.Outcome:
    budget, patience = of.facts.epochs, of.facts.number("patience")
    if budget is None or patience is None:
        return rule.Missing(("patience",) if patience is None else ("epochs",))
    if budget < t.P07_EPOCHS or 0 < patience < budget:
        return None
    fits = max(t.P07_PATIENCE, round(t.P07_SHARE * budget))
    variant = "off" if patience == 0 else ""
    return rule.Hit(
        severity="info",
        variant=variant,
        values={"patience": patience, "epochs": budget, "fits": fits},
        changes={"patience": fits},
    )


def _batch_small(of: view.View) -> rule.Outcome:
    batch = _batch_of_a_card(of.facts)
    if batch is None:
        return rule.Missing(("batch",))
    nominal = of.facts.number("nbs")
    asked = of.facts.number("batch") or batch
    if batch <= t.P08_BATCH and not _is_frozen(of.facts):
        changes: dict[str, object] = {"batch": -1} if of.facts.gpus == 1 else {}
        return rule.Hit(severity="warning", strength=t.P08_BATCH / batch, values={"batch": int(batch)}, changes=changes)
    if nominal is None or nominal / asked <= t.P08_NOMINAL:
        return None
    values: Values = {"batch": int(batch), "nbs": int(nominal), "accumulate": round(nominal / asked)}
    return rule.Hit(severity="info", variant="accumulates", strength=nominal / asked / t.P08_NOMINAL, values=values)


def _batch_of_a_card(known: facts.Facts) -> float | None:
    """Return how many pictures one card takes at once: the loader's own number, else what was asked for over the cards."""
    effective = known.settings.get("batch")
    if isinstance(effective, int) and effective > 0:
        return float(effective)
    asked = known.asked("batch")
    return asked / max(known.gpus or 1, 1) if asked is not None and asked >= 1 else None


def _is_frozen(known: facts.Facts) -> bool:
    frozen = known.value("freeze")
    return bool(frozen) and frozen != [0]


def _of(of: view.View, split: str) -> facts.SetFacts:
    return of.facts.train if split == "train" else of.facts.val


def _rule(
    number: str, name: str, test: rule.Test, *, worst: finding.Severity, explains: tuple[str, ...] = ()
) -> rule.Rule:
    return rule.Rule(
        id=number,
        name=name,
        family="preflight",
        cadence="start",
        worst=worst,
        test=test,
        hits=1,
        clears=1,
        is_muted_at_cuts=False,
        explains=explains,
    )


RULES = (
    _rule("P01", "labels_bad", _labels_bad, worst="critical", explains=("L01", "G04", "G05")),
    _rule("P02", "class_imbalance", _class_imbalance, worst="warning"),
    _rule("P03", "background_ratio", _background_ratio, worst="warning"),
    _rule("P04", "small_objects_vs_imgsz", _small_objects, worst="warning"),
    _rule("P05", "leak_or_too_good", _leak, worst="warning"),
    _rule("P06", "lr0_ignored", _lr0_ignored, worst="warning"),
    _rule("P07", "early_stop_disarmed", _early_stop_disarmed, worst="info"),
    _rule("P08", "batch_small", _batch_small, worst="warning"),
)
