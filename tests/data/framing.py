"""Makes tests/data/framing.json: small pictures as torchvision, timm and Transformers frame, resize
and normalise them.

    python tests/data/framing.py

- `pictures`: width, height and RGB of each, base64.
- `framed`: what torchvision's `Resize` and `CenterCrop` and timm's transforms of the same names
  make of a picture: pixels of the input, rows of RGB.
- `configs`: a config file as each library writes it, and the input that the library itself makes
  by it, float32, planes of red, green and blue.

Needs timm, torchvision and Transformers 4.
"""

import base64
import functools
import json
import pathlib

import numpy as np
import timm
import torch
import transformers
from PIL import Image
from timm.data import create_transform, resolve_data_config
from timm.data.transforms import CenterCropOrPad, ResizeKeepRatio
from torchvision import transforms
from torchvision.transforms import InterpolationMode
from torchvision.transforms._presets import ImageClassification

SIZES = [(23, 17), (5, 41), (1, 30), (34, 1), (1, 1), (2, 90), (16, 12)]
INTERPOLATIONS = ["nearest", "bilinear", "bicubic", "lanczos"]
# Side that is resized, width and height of the input.
CROPS = [(9, 7, 7), (10, 8, 6), (5, 6, 6), (7, 7, 7)]
FILL = (114, 20, 200)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def picture(width, height):
    """Noise beside plain areas of extreme colours, where weights overshoot."""
    random = np.random.default_rng(100 * width + height)
    pixels = random.integers(0, 256, (height, width, 3))
    pixels[: height // 2, : width // 2] = [255, 0, 255]
    pixels[height // 2 :, width // 3 :: 4] = [0, 255, 0]
    return pixels.astype(np.uint8)


PICTURES = [Image.fromarray(picture(*size)) for size in SIZES]


def framed():
    for index, image in enumerate(PICTURES):
        for interpolation in INTERPOLATIONS:
            mode = InterpolationMode(interpolation)
            for side, width, height in CROPS:
                crop = transforms.CenterCrop((height, width))
                shorter = transforms.Resize(side, mode)
                both = transforms.Resize((side, side), mode)
                longer = ResizeKeepRatio(side, longest=1.0, interpolation=interpolation)
                pad = CenterCropOrPad((height, width), fill=FILL)
                for framing, steps in {
                    "crop": (shorter, crop),
                    "stretch": (both, crop),
                    "letterbox": (longer, pad),
                }.items():
                    # One of the sizes is enough where the filter is not the question.
                    if (side, framing) in [(10, "stretch"), (5, "stretch"), (7, "letterbox")]:
                        continue
                    # Pillow has no pictures of no pixels: timm fails where it rounds to them.
                    if framing == "letterbox" and min(image.size) * side < max(image.size):
                        continue
                    yield {
                        "picture": index,
                        "framing": framing,
                        "interpolation": interpolation,
                        "resize": side,
                        "width": width,
                        "height": height,
                        "pixels": text(np.asarray(transforms.Compose(steps)(image))),
                    }


def transformers_configs():
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    half = [0.5, 0.5, 0.5]
    square = {"height": 10, "width": 10}
    normal = {"image_mean": mean, "image_std": std}
    for name, options in [
        ("ViT", {"size": square, "image_mean": half, "image_std": half, "resample": 2}),
        ("ViT", {"size": {"height": 8, "width": 12}, "do_normalize": False, "resample": 3}),
        ("ViT", {"size": square, "do_rescale": False, "image_mean": 127.5, "image_std": 127.5}),
        ("DeiT", {"size": {"height": 12, "width": 12}, "crop_size": square, **normal}),
        ("Beit", {"size": square, "do_center_crop": False, **normal}),
        ("Bit", {"size": {"shortest_edge": 12}, "crop_size": square, **normal}),
        ("CLIP", {"size": {"shortest_edge": 12}, "crop_size": {"height": 8, "width": 8}}),
        ("ConvNext", {"size": {"shortest_edge": 12}, "crop_pct": 0.66, **normal}),
        ("ConvNext", {"size": {"shortest_edge": 384}, **normal, "crop_pct": 0.875}),
        ("Levit", {"size": {"shortest_edge": 21}, "crop_size": {"height": 20, "width": 20}}),
        ("MobileNetV2", {"size": {"shortest_edge": 12}, "crop_size": square, "resample": 2}),
        ("MobileViT", {"size": {"shortest_edge": 12}, "crop_size": square}),
        (
            "PoolFormer",
            {"size": {"shortest_edge": 18}, "crop_size": {"height": 14, "width": 14}},
        ),
        ("EfficientNet", {"size": square, **normal, "resample": 2}),
        (
            "EfficientNet",
            {
                "size": square,
                "rescale_offset": True,
                "rescale_factor": 1 / 127.5,
                "do_normalize": False,
                "include_top": False,
                "resample": 3,
            },
        ),
    ]:
        processor = getattr(transformers, f"{name}ImageProcessor")(**options)
        yield processor.to_dict(), functools.partial(pixel_values, processor)


def pixel_values(processor, image):
    return processor(image, return_tensors="np")["pixel_values"][0]


def torchvision_configs():
    for interpolation in ["bilinear", "bicubic"]:
        mode = InterpolationMode(interpolation)
        preset = ImageClassification(crop_size=10, resize_size=12, interpolation=mode)
        yield json.loads(json.dumps(vars(preset), default=str)), preset
        yield repr(preset), preset


def timm_configs():
    for options in [
        {"input_size": [3, 14, 14], "crop_pct": 0.9, "interpolation": "bicubic"},
        {"input_size": [3, 14, 14], "crop_pct": 1.0, "crop_mode": "squash"},
        {"input_size": [3, 14, 14], "crop_pct": 0.9, "crop_mode": "border"},
        {"input_size": [3, 8, 14], "crop_pct": 1.0, "crop_mode": "border"},
    ]:
        given = timm.models.PretrainedCfg(num_classes=10, **options).to_dict()
        transform = create_transform(**resolve_data_config(pretrained_cfg=given))
        yield {"architecture": "resnet18", "num_classes": 10, "pretrained_cfg": given}, transform


def configs():
    # The sides differ by even numbers from what is cut out of them: Transformers rounds halves
    # down, torchvision to even.
    image = PICTURES[-1]
    for kind in [transformers_configs, torchvision_configs, timm_configs]:
        for config, transform in kind():
            made = torch.as_tensor(np.asarray(transform(image))).float().numpy()
            # A few places of each input are enough.
            step = 7 if made.size < 2000 else 997
            yield {
                "library": kind.__name__.removesuffix("_configs"),
                "config": config,
                "shape": list(made.shape),
                "step": step,
                "values": text(made.reshape(-1)[::step].astype("<f4")),
            }


found = {
    "pictures": [
        {"width": image.width, "height": image.height, "rgb": text(np.asarray(image))}
        for image in PICTURES
    ],
    "fill": FILL,
    "framed": list(framed()),
    "configs": list(configs()),
}
path = pathlib.Path(__file__).parent / "framing.json"
lines = [
    f'  "{name}": '
    + (
        "[\n" + ",\n".join(f"    {json.dumps(item, default=str)}" for item in value) + "\n  ]"
        if name != "fill"
        else json.dumps(value)
    )
    for name, value in found.items()
]
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
