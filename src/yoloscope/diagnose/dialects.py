"""How frameworks name the arguments that Ultralytics has a name for, and which of them each has: data for `advice`."""

from collections.abc import Mapping

FRACTIONS = frozenset(
    {
        *("lr0", "lrf", "momentum", "weight_decay", "warmup_momentum", "warmup_bias_lr", "cls_pw", "dropout"),
        *("hsv_h", "hsv_s", "hsv_v", "translate", "scale", "perspective", "flipud", "fliplr", "bgr"),
        *("mosaic", "mixup", "cutmix", "copy_paste", "erasing", "conf", "iou", "label_smoothing"),
    }
)
"""Arguments between 0 and 1 [Ultralytics ``cfg/__init__.py``]."""
WHOLE: Mapping[str, int] = {
    "epochs": 1,
    "patience": 0,
    "workers": 0,
    "close_mosaic": 0,
    "nbs": 1,
    "max_det": 1,
    "imgsz": 32,
    "batch": -1,
}
"""Whole numbers and the least of each."""
AUTO_OWNS = ("lr0", "momentum", "warmup_bias_lr")
"""What Ultralytics sets itself under ``optimizer=auto``."""
CLIPPING = ("clip", "clip_grad", "max_norm", "grad_clip")
RECT_OFF = ("mosaic", "mixup", "cutmix", "close_mosaic")
"""Without effect under ``rect=True``."""
OF_CLASSIFY = ("auto_augment", "erasing", "dropout")
NOT_OF_CLASSIFY = (
    "mosaic",
    "mixup",
    "cutmix",
    "copy_paste",
    "close_mosaic",
    "degrees",
    "translate",
    "shear",
    "perspective",
    "box",
    "dfl",
)
SINCE: Mapping[str, tuple[int, ...]] = {
    "cls_pw": (8, 4),
    "cutmix": (8, 3),
    "time": (8, 1),
    "erasing": (8, 1),
    "multi_scale": (8, 1),
}
"""Since which release of Ultralytics an argument exists, read from 8.0.196, 8.2.0, 8.3.200 and 8.4.190; asked only where its ``args.yaml`` is not known."""
NEVER = frozenset({"fl_gamma", "obj", "obj_pw", "image_weights"})
"""Of YOLOv5 alone."""
YOLOV5_FLAGS: Mapping[str, str] = {
    "epochs": "--epochs",
    "batch": "--batch-size",
    "imgsz": "--imgsz",
    "optimizer": "--optimizer",
    "workers": "--workers",
    "cache": "--cache",
    "freeze": "--freeze",
    "patience": "--patience",
    "cos_lr": "--cos-lr",
    "rect": "--rect",
    "single_cls": "--single-cls",
    "multi_scale": "--multi-scale",
    "label_smoothing": "--label-smoothing",
    "image_weights": "--image-weights",
}
YOLOV5_HYPERPARAMETERS = frozenset(
    {
        *("lr0", "lrf", "momentum", "weight_decay", "warmup_epochs", "warmup_momentum", "warmup_bias_lr"),
        *("box", "cls", "obj", "obj_pw", "fl_gamma", "hsv_h", "hsv_s", "hsv_v", "degrees", "translate", "scale"),
        *("shear", "perspective", "flipud", "fliplr", "mosaic", "mixup", "copy_paste"),
    }
)
YOLOV5_BOX = 0.05 / 7.5
"""Its gain of the box loss by that of Ultralytics."""
YOLOV5_OPTIMIZERS = ("SGD", "Adam", "AdamW")
MMENGINE: Mapping[str, str] = {
    "lr0": "optim_wrapper.optimizer.lr",
    "optimizer": "optim_wrapper.optimizer.type",
    "momentum": "optim_wrapper.optimizer.momentum",
    "weight_decay": "optim_wrapper.optimizer.weight_decay",
    "batch": "train_dataloader.batch_size",
    "workers": "train_dataloader.num_workers",
    "epochs": "train_cfg.max_epochs",
    "freeze": "model.backbone.frozen_stages",
    "max_norm": "optim_wrapper.clip_grad.max_norm",
}
