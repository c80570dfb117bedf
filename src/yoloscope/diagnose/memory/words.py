"""What most states say, for the compressor to point at: names of series in the order in which a state has them, inputs that are often missing, keys of findings.

Whoever alters a word makes the states that were saved with it unreadable, which are then built again by replay. States without it stay readable.
"""

import msgspec

_TRACKS = """
amp/scale errors/background errors/both errors/classification errors/correct errors/duplicate errors/localisation errors/missed grad/backbone.0-1/norm
grad/backbone.2-3/norm grad/backbone.4-5/norm grad/backbone.6-7/norm grad/backbone.8-9/norm grad/head.22/norm grad/head.23/norm grad/neck.11/norm
grad/noise_scale grad/norm lr/bias lr/bn lr/weight metrics/mAP50 metrics/mAP50-95 metrics/precision metrics/recall metrics/recall_large
metrics/recall_medium metrics/recall_small system/gpu.0/training_memory_bytes system/process/children_rss_bytes system/process/gpu_reserved_bytes
system/process/rss_bytes time/batch_s time/data_s time/epoch_s train/box_loss train/cls_loss train/dfl_loss train/epoch/box_loss train/epoch/cls_loss
train/epoch/dfl_loss train/total update/backbone.0-1/ratio update/backbone.2-3/ratio update/backbone.4-5/ratio update/backbone.6-7/ratio
update/head.23/ratio update/neck.11/ratio val/box_loss val/cls_loss val/dfl_loss val/total weights/backbone.0-1/norm weights/backbone.2-3/norm
weights/backbone.4-5/norm weights/backbone.6-7/norm weights/head.23/norm weights/nonfinite
"""
_READINGS = """
system/cpu_percent system/memory_bytes system/memory_total_bytes system/disk/free_bytes system/process/rss_bytes system/process/cpu_percent
system/process/children_rss_bytes system/shared_memory/used_bytes system/gpu.0/util_percent system/gpu.0/memory_bytes system/gpu.0/memory_total_bytes
system/gpu.0/training_memory_bytes system/gpu.0/temperature_c system/gpu.0/power_w system/gpu.0/sm_clock_hz system/gpu.0/throttled_by_power
system/gpu.0/throttled_by_heat system/gpu.0/ecc_corrected system/gpu.0/ecc_uncorrected system/gpu.0/xid
"""
_RULES = """
data.corrupt data.missing data.train.background_images data.train.box_width_counts data.val.shared_with_train patience conf iou max_det loss_weight/*
time/rank.*/batch_s activations/*/dead_share weights/*/scale history clipped rule name severity info status open variant confidence opened epoch step
wall_ns updated closed series window by_step values changes caused_by
"""
DICTIONARY = msgspec.msgpack.encode(("class/class 0/AP50", *_TRACKS.split(), *_READINGS.split(), *_RULES.split()))
