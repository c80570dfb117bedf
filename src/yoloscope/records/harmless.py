"""Words that tell nothing of whoever trains: numbers, versions, and names that the field shares.

Called by `reduction` for every text that might leave a trainer whose policy withholds free text. What is not known here does not leave.
"""

import builtins
import re
from typing import get_args

from yoloscope.records import command

WORD_MAX_CHARS = 100
_GROUPS = {
    "values": "true false none null yes no on off auto default inf nan",
    "tasks": ("detect segment semantic classify pose obb depth train val test predict export track benchmark minival"),
    "training": (
        "sgd musgd muon adam adamw adamax nadam radam rmsprop rprop asgd adadelta adafactor adagrad lbfgs "
        "sparseadam lion lamb cosine linear constant step onecycle weight bias bn decay backbone head neck"
    ),
    "devices": (
        "cpu gpu cuda mps npu xpu mlu hip rocm fp16 fp32 bf16 tf32 int8 w8a8 w16a16 w8a16 w8a32 amp inductor "
        "reduce-overhead max-autotune max-autotune-no-cudagraphs nccl gloo spawn fork forkserver "
        "highest high medium"
    ),
    "data": "ram disk randaugment autoaugment augmix flip mixup mosaic cutmix copy_paste",
    "transforms": (  # classes of Ultralytics, torchvision and albumentations, their options, and why one does nothing
        "compose mosaic mixup cutmix randomperspective randomhsv randomflip letterbox copypaste albumentations format "
        "semanticformat loadvisualprompt randomloadtext depthformat classifyletterbox centercrop totensor normalize resize "
        "randomresizedcrop randomhorizontalflip randomverticalflip colorjitter randaugment autoaugment augmix trivialaugmentwide "
        "randomerasing randomrotation randomaffine randomcrop randomgrayscale gaussianblur randomapply additivenoise advancedblur "
        "affine autocontrast bboxsaferandomcrop blur clahe channeldropout channelshuffle chromaticaberration coarsedropout "
        "d4 defocus downscale elastictransform emboss equalize erasing fda fancypca fromfloat gaussnoise glassblur griddistortion "
        "griddropout horizontalflip huesaturationvalue isonoise illumination imagecompression invertimg lambda longestmaxsize "
        "maskdropout medianblur morphological motionblur multiplicativenoise oneof oneorother opticaldistortion pad padifneeded "
        "perspective piecewiseaffine pixeldropout planckianjitter plasmabrightnesscontrast plasmashadow posterize rgbshift "
        "randombrightnesscontrast randomfog randomgamma randomgravel randomgridshuffle randomorder randomrain randomrotate90 "
        "randomscale randomshadow randomsizedbboxsafecrop randomsizedcrop randomsnow randomsunflare randomtonecurve replaycompose "
        "ringingovershoot rotate saferotate saltandpepper selectivechanneltransform sequential sharpen shiftscalerotate shotnoise "
        "smallestmaxsize solarize someof spatter superpixels thinplatespline tofloat togray torgb tosepia transpose unsharpmask "
        "verticalflip xymasking zoomblur horizontal vertical xywh xyxy bilinear bicubic nearest rect no_masks no_flip_idx "
        "close_mosaic"
    ),
    "formats": (
        "torchscript onnx openvino engine coreml coreai saved_model pb tflite edgetpu litert tfjs paddle mnn "
        "ncnn imx rknn executorch"
    ),
    "programs": (
        "python pythonw pypy yolo torchrun accelerate deepspeed yoloscope ultralytics torch.distributed.run "
        "torch.distributed.launch yoloscope.cli.demo.train accelerate.commands.launch cpython"
    ),
    "control": " ".join((*command.VERBS, *get_args(command.Reason), *get_args(command.How), *command.SETTINGS)),
    "life": "faulthandler py-spy asked stalled ended",
    "containers": "docker podman apptainer singularity kubernetes kubepods containerd libpod lxc unknown",
    "files": (
        "best last runs exp weights train.py val.py main.py detect.py predict.py segment.py classify.py "
        "default.yaml botsort.yaml bytetrack.yaml ocsort.yaml deepocsort.yaml fasttrack.yaml tracktrack.yaml"
    ),
}
_WORDS = frozenset(" ".join(_GROUPS.values()).split())
_DATA_SETS = (
    r"argoverse|dotav1(\.5)?|globalwheat2020|homeobjects-3k|imagenet|objects365|sku-110k|tt100k|voc|visdrone|ade20k|cityscapes8?|"
    r"coco(8|12|128)?(-(pose|seg|grayscale|multispectral|formats))?|dota(8|128)(-multispectral)?|kitti|lvis|open-images-v7|xview|"
    r"imagenette|imagewoof|mnist|fashion-mnist|cifar100?|caltech(101|256)"
)
_VARIANTS = (
    "seg|sem|pose|cls|obb|depth|ghost|world|worldv2|p2|p6|spp|tiny|rtdetr|resnet18|resnet50|resnet101|oiv7|pf|grayscale"
)
_MODELS = (
    rf"yolo(e-)?(v?\d{{1,2}})?[nsmblxtce]?6?u?(-({_VARIANTS}))*|yolo_nas_[sml]|rtdetr-(l|x|resnet50|resnet101)|"
    r"(fastsam-[sx]|sam2?(\.1)?_[btslh]|mobile_sam)"
)
_NAMES = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"({_MODELS}|best|last)(\.(pt|pth|ya?ml|onnx|engine|torchscript))?",
        rf"({_DATA_SETS})(\.(ya?ml|zip|ndjson))?",
        r"(train|val|exp|predict|segment)-?\d{0,5}",  # where frameworks write
        r"(epoch|yoloscope-)\d{1,9}\.pt",  # checkpoints by epoch, and those that were asked for
        r"(weight|bias|bn|muon)\.\d{1,3}",
        r"python\d(\.\d{1,2})?",
        r"v?\d{1,6}(\.\d{1,6}){1,3}((a|b|rc|\.?dev|\.?post)\d{1,8})*(\+(cpu|xpu|cu\d+|rocm[\d.]+|git[0-9a-f]+))?",
        r"[0-9a-f]{40}|[0-9a-f]{64}",  # a commit, a digest
        r":?\d{1,9}(:\d{1,9})+",  # sizes of work spaces
        r"(cpu|mps|(cuda|npu|xpu|mlu)(:\d+)?)",
        r"(cuda|npu|xpu|mlu)(:\d+)? \([\w .+-]{1,60}\)",  # with the name that the vendor gave the card
    )
)
_PUBLIC = re.compile(_DATA_SETS, re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_APART = re.compile(r"[,;x\s]+")
_REASONS = re.compile(
    r"no better result in \d+ epochs|asked to stop|exit code \d+|killed by SIG[A-Z0-9+-]+|ended without finish|killed for lack of memory",
    re.ASCII,
)
_EXCEPTIONS = frozenset(
    name for name in dir(builtins) if isinstance(getattr(builtins, name), type) and name[0].isupper()
) | {"OutOfMemoryError", "AcceleratorError", "DistBackendError", "DistNetworkError", "BrokenProcessPool"}


def is_harmless(word: str) -> bool:
    """Tell whether a word may always leave; the case of letters does not matter."""
    if len(word) > WORD_MAX_CHARS:
        return False
    return not word or word.lower() in _WORDS or _is_numbers(word) or any(name.fullmatch(word) for name in _NAMES)


def is_public_data_set(name: str) -> bool:
    """Tell whether a name is that of a data set that everybody has, such as ``coco128``."""
    return bool(_PUBLIC.fullmatch(name))


def is_harmless_reason(reason: str) -> bool:
    """Tell whether a text says why a run ended in words of ours, or by an exception that everybody has."""
    return reason in _EXCEPTIONS or bool(_REASONS.fullmatch(reason))


def _is_numbers(word: str) -> bool:
    """Tell whether a word is a number, or some in a list: ``0.1``, ``0,1``, ``640x480``, ``[1, 2]``."""
    parts = [part for part in _APART.split(word.strip("[]() ")) if part]
    return bool(parts) and all(_NUMBER.fullmatch(part) for part in parts)
