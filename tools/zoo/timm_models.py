"""timm's classifiers: the smallest of each kind, some with fewer blocks or a smaller picture."""

import timm
from entry import add
from pytorch import DYNAMO, LEGACY, export, export_dynamo, lively

FULL, SMALL = (3, 224, 224), (3, 64, 64)
# Name, shape, arguments.
MODELS = [
    ("levit_128s", FULL, {}),
    ("convnextv2_atto", SMALL, {}),
    ("deit_tiny_patch16_224", SMALL, {"img_size": 64, "depth": 2}),
    ("deit_tiny_distilled_patch16_224", SMALL, {"img_size": 64, "depth": 2}),
    ("mobilevit_xxs", SMALL, {}),
    ("mobilevitv2_050", SMALL, {}),
    ("efficientvit_b0", SMALL, {}),
    ("efficientvit_m0", FULL, {}),
    ("repvgg_a0", SMALL, {}),
    ("ghostnet_050", SMALL, {}),
    ("ghostnetv2_100", SMALL, {}),
    ("edgenext_xx_small", SMALL, {}),
    ("poolformer_s12", SMALL, {"layers": (1, 1, 1, 1)}),
    ("fastvit_t8", SMALL, {}),
    ("hrnet_w18_small", SMALL, {}),
    ("test_nfnet", SMALL, {}),
    ("xcit_nano_12_p16_224", SMALL, {"img_size": 64, "depth": 2}),
    ("cait_xxs24_224", SMALL, {"img_size": 64, "depth": 2}),
    ("pit_ti_224", FULL, {}),
    ("pvt_v2_b0", SMALL, {}),
    ("twins_svt_small", SMALL, {"depths": (1, 1, 1, 1)}),
    ("visformer_tiny", FULL, {}),
    ("lcnet_050", SMALL, {}),
    ("tinynet_e", SMALL, {}),
    ("mobilenetv4_conv_small_050", SMALL, {}),
    ("mobileone_s0", SMALL, {}),
    ("starnet_s1", SMALL, {}),
    ("tiny_vit_5m_224", FULL, {}),
    ("mambaout_femto", SMALL, {}),
    ("efficientformer_l1", FULL, {}),
    ("hgnetv2_b0", SMALL, {}),
    ("efficientnet_lite0", SMALL, {}),
    ("inception_next_atto", SMALL, {}),
    ("coatnet_nano_cc_224", FULL, {"depths": (1, 1, 1, 1)}),
    ("eva02_tiny_patch14_224", (3, 56, 56), {"img_size": 56, "depth": 2}),
    ("crossvit_tiny_240", (3, 240, 240), {}),
    ("swinv2_cr_tiny_ns_224", SMALL, {"img_size": 64, "depths": (1, 1, 1), "window_size": 4}),
    ("regnetx_002", SMALL, {}),
    ("dla34", SMALL, {}),
    ("vit_tiny_patch16_224", SMALL, {"img_size": 64, "depth": 2, "global_pool": "avg"}),
]
NEW = [
    "levit_128s",
    "convnextv2_atto",
    "mobilevit_xxs",
    "fastvit_t8",
    "edgenext_xx_small",
    "poolformer_s12",
    "pvt_v2_b0",
    "test_nfnet",
    "mobilenetv4_conv_small_050",
    "vit_tiny_patch16_224",
]


def build(name, extra):
    return lively(timm.create_model(name, pretrained=False, num_classes=10, **extra))


def traced(name, shape, extra):
    return lambda path: export(build(name, extra), path, shape)


def exported(name, shape, extra):
    return lambda path: export_dynamo(build(name, extra), path, shape)


for name, shape, extra in MODELS:
    add("timm", f"timm_{name}", LEGACY, traced(name, shape, extra), shape)
    if name in NEW:
        add("timm", f"timm_{name}_dynamo", DYNAMO, exported(name, shape, extra), shape)
