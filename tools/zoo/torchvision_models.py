"""torchvision's classifiers. Those that come in large sizes only are built with fewer blocks."""

from functools import partial

from entry import add
from pytorch import DYNAMO, LEGACY, export, export_dynamo, lively
from torchvision import models
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.maxvit import MaxVit
from torchvision.models.swin_transformer import SwinTransformer, SwinTransformerBlockV2
from torchvision.models.vision_transformer import VisionTransformer

CLASSES = 10


def convnext():
    return ConvNeXt([CNBlockConfig(24, 48, 2), CNBlockConfig(48, None, 2)], num_classes=CLASSES)


def swin():
    return SwinTransformer([4, 4], 24, [2, 2], [2, 4], [4, 4], num_classes=CLASSES)


def swin_v2():
    block = SwinTransformerBlockV2
    return SwinTransformer([4, 4], 24, [2, 2], [2, 4], [4, 4], num_classes=CLASSES, block=block)


def vit():
    return VisionTransformer(64, 16, 3, 4, 64, 128, num_classes=CLASSES)


def maxvit():
    return MaxVit(
        input_size=(64, 64),
        stem_channels=16,
        partition_size=4,
        block_channels=[16, 32],
        block_layers=[1, 1],
        head_dim=8,
        stochastic_depth_prob=0.1,
        num_classes=CLASSES,
    )


def of(name):
    extra = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
    return partial(getattr(models, name), num_classes=CLASSES, **extra)


SMALL = {
    "convnext": convnext,
    "swin": swin,
    "swin_v2": swin_v2,
    "vit": vit,
    "maxvit": maxvit,
}
NAMES = [
    "squeezenet1_1",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "shufflenet_v2_x0_5",
    "resnet18",
    "densenet121",
    "efficientnet_b0",
    "regnet_y_400mf",
    "mnasnet0_5",
    "googlenet",
]
BUILD = {name: of(name) for name in NAMES} | SMALL
NEW = ["resnet18", "mobilenet_v3_small", "efficientnet_b0", "shufflenet_v2_x0_5", "squeezenet1_1"]
SHAPE = (3, 64, 64)


def traced(name, **options):
    return lambda path: export(lively(BUILD[name]()), path, SHAPE, **options)


def exported(name, **options):
    return lambda path: export_dynamo(lively(BUILD[name]()), path, SHAPE, **options)


for name in BUILD:
    add("torchvision", f"tv_{name}", LEGACY, traced(name), SHAPE)
for name in [*NEW, *SMALL]:
    add("torchvision", f"tv_{name}_dynamo", DYNAMO, exported(name), SHAPE)
for name in ("mobilenet_v3_small", "resnet18"):
    add("torchvision", f"tv_{name}_batch1", LEGACY, traced(name, batch=1), SHAPE)
add("torchvision", "tv_shufflenet_batch8", LEGACY, traced("shufflenet_v2_x0_5", batch=8), SHAPE)
add("torchvision", "tv_vit_batch4_dynamo", DYNAMO, exported("vit", batch=4), SHAPE)
OPEN = {"input-shape": "3,64,64"}
for name in ("mobilenet_v3_small", "efficientnet_b0", "convnext"):
    add("torchvision", f"tv_{name}_open", LEGACY, traced(name, sizes=True), SHAPE, options=OPEN)
add(
    "torchvision",
    "tv_mobilenet_v2_open_dynamo",
    DYNAMO,
    exported("mobilenet_v2", sizes=True),
    SHAPE,
    options=OPEN,
)
