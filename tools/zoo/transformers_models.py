"""transformers' classifiers of pictures and sounds, with tiny configurations."""

import torch
import transformers as hf
from entry import add
from pytorch import DYNAMO, LEGACY, export, export_dynamo, lively

PICTURE, SOUND, SPECTROGRAM = (3, 32, 32), (4000,), (64, 32)
BLOCKS = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
}
PATCHES = {**BLOCKS, "image_size": 32, "patch_size": 8}
STAGES = {"hidden_sizes": [16, 32], "depths": [1, 2]}
WAVES = {
    **BLOCKS,
    "conv_dim": (16, 16),
    "conv_kernel": (10, 3),
    "conv_stride": (5, 2),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "classifier_proj_size": 16,
}
# Class without "ForImageClassification", shape, configuration.
MODELS = [
    ("ViT", PICTURE, PATCHES),
    ("DeiT", PICTURE, PATCHES),
    ("Beit", PICTURE, PATCHES),
    ("Dinov2", PICTURE, {**PATCHES, "mlp_ratio": 2}),
    (
        "Swin",
        PICTURE,
        {
            "image_size": 32,
            "embed_dim": 16,
            "depths": [1, 2],
            "num_heads": [2, 4],
            "window_size": 4,
        },
    ),
    (
        "Swinv2",
        PICTURE,
        {
            "image_size": 32,
            "embed_dim": 16,
            "depths": [1, 2],
            "num_heads": [2, 4],
            "window_size": 4,
        },
    ),
    ("ConvNext", PICTURE, {**STAGES, "num_stages": 2}),
    ("ConvNextV2", PICTURE, {**STAGES, "num_stages": 2}),
    ("ResNet", PICTURE, {**STAGES, "embedding_size": 16}),
    ("RegNet", PICTURE, {**STAGES, "embedding_size": 16, "groups_width": 8}),
    ("MobileNetV1", PICTURE, {"depth_multiplier": 0.25}),
    ("MobileNetV2", PICTURE, {"depth_multiplier": 0.35}),
    (
        "MobileViT",
        (3, 64, 64),
        {
            "image_size": 64,
            "hidden_sizes": [16, 24, 32],
            "neck_hidden_sizes": [8, 8, 8, 8, 8, 8, 32],
        },
    ),
    (
        "Segformer",
        PICTURE,
        {
            "num_encoder_blocks": 2,
            "depths": [1, 1],
            "sr_ratios": [2, 1],
            "hidden_sizes": [16, 32],
            "patch_sizes": [7, 3],
            "strides": [4, 2],
            "num_attention_heads": [1, 2],
            "mlp_ratios": [2, 2],
        },
    ),
    ("Levit", (3, 224, 224), {}),
]
SOUNDS = [
    ("Wav2Vec2ForSequenceClassification", SOUND, WAVES),
    ("HubertForSequenceClassification", SOUND, WAVES),
    (
        "ASTForAudioClassification",
        SPECTROGRAM,
        {**BLOCKS, "max_length": 64, "num_mel_bins": 32, "patch_size": 8},
    ),
]
# Optimising, the exporter gives two convolutions of one input the same bias, so of another size for
# the first: no valid file, and ONNX Runtime's logits are not PyTorch's.
UNOPTIMISED = {"ResNet": {"optimize": False}}
# Random weights of that many blocks enlarge rounding until ONNX Runtime differs from itself.
DAMPED = {"LevitForImageClassification": {"damping": 10}}
NEW = ["ViT", "Swin", "ConvNext", "ResNet", "Dinov2", "Segformer", "MobileViT"]


class Logits(torch.nn.Module):
    """Gives the logits alone; a hidden state or a second head is no output of a classifier."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).logits


def build(kind, config):
    prefix = kind.split("For")[0]
    config = getattr(hf, f"{prefix}Config")(num_labels=7, attn_implementation="eager", **config)
    return Logits(lively(getattr(hf, kind)(config)))


def traced(kind, shape, config):
    return lambda path: export(build(kind, config), path, shape, **DAMPED.get(kind, {}))


def exported(kind, shape, config, **options):
    return lambda path: export_dynamo(build(kind, config), path, shape, **options)


for name, shape, config in MODELS:
    kind = f"{name}ForImageClassification"
    add("transformers", f"hf_{name.lower()}", LEGACY, traced(kind, shape, config), shape)
    if name in NEW:
        options = UNOPTIMISED.get(name, {})
        add(
            "transformers",
            f"hf_{name.lower()}_dynamo",
            DYNAMO + (", optimize=False" if options else ""),
            exported(kind, shape, config, **options),
            shape,
        )
for kind, shape, config in SOUNDS:
    name = kind.split("For")[0].lower()
    add("transformers", f"hf_{name}", LEGACY, traced(kind, shape, config), shape)
add(
    "transformers",
    "hf_resnet_open",
    LEGACY,
    lambda path: export(
        build("ResNetForImageClassification", {**STAGES, "embedding_size": 16}),
        path,
        PICTURE,
        sizes=True,
    ),
    PICTURE,
    options={"input-shape": "3,32,32"},
)
