"""Trains the embedded digit classifier: MNIST digits 0-4 in, an ONNX file out.

    python tools/train_digits.py --mnist DIR [--seed 0] [-o models/digits-model.onnx]

Writes OUT (the classifier alone, batch norm folded, NCHW) and OUT with the ending .json: seed,
versions, accuracy.

Only MNIST's training files are read. Their digits 0-4, in file order, are split into blocks: the
last 2,000 calibrate the detector, the 2,000 before them validate, the rest (26,596) fit. Blocks,
because consecutive images share writers, and held-out data should come from other writers.

Every step sees three kinds of image. Digits as they are; digits in another hand: strokes thinner or
thicker, slanted, squeezed, warped, blurred, faint; and what is no digit: the drawings of doodles.py
and digits cut up, laid over each other or turned on their side. The energy has to tell the last
from the first two. No digit 5-9 and no letter of any alphabet is among them.
"""

import argparse
import json
import math
import pathlib
import platform

import numpy as np
import onnx
import onnxruntime
import torch
from doodles import digits, doodles
from mnist import CLASSES, load_train, split
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional as F

CHANNELS = (12, 24, 32)
DENSE = 48


def dilated(x):
    return F.max_pool2d(x, 3, 1, 1)


def eroded(x):
    return -dilated(-x)


def skeleton(x, depth=9):
    """The soft skeleton of ink (N, 1, H, W): what openings take away at each depth of erosion."""
    found = (x - dilated(eroded(x))).relu()
    for _ in range(depth):
        x = eroded(x)
        peel = (x - dilated(eroded(x))).relu()
        found = found + (peel - found * peel).relu()
    return found


def rewritten(images, radius):
    """Digits (N, 1, 28, 28) with strokes of another width, drawn along their skeletons."""
    large = F.interpolate(images, scale_factor=3, mode="bilinear", align_corners=False)
    ink = skeleton((4 * large - 1.2).clamp(0, 1))
    for _ in range(radius):
        ink = dilated(ink)
    ink = F.avg_pool2d(F.avg_pool2d(ink, 3, 1, 1), 3, 1, 1)
    return (1.25 * F.avg_pool2d(ink, 3)).clamp(0, 1)


RADII = (0, 1, 2, 3, 4, 6)


def hands(images, rng):
    """Each digit rewritten with a stroke width of its own."""
    radius = torch.randint(len(RADII), (len(images),), generator=rng)
    written = torch.empty_like(images)
    for i, width in enumerate(RADII):
        for part in torch.nonzero(radius == i)[:, 0].split(256):
            written[part] = rewritten(images[part], width)
    return written


def warped(images, strength, rng):
    """Turned, slanted, scaled, moved and bent, at most by a strength of 1."""
    n = len(images)
    around = lambda width, *shape: width * strength * (2 * torch.rand(n, *shape, generator=rng) - 1)
    angle, slant = around(0.25), around(0.4)
    wide, high = torch.exp(around(0.25)), torch.exp(around(0.15))
    cos, sin = torch.cos(angle), torch.sin(angle)
    shift = around(0.14, 2)
    theta = torch.stack(
        [cos * wide, (cos * slant - sin) * high, shift[:, 0]]
        + [sin * wide, (sin * slant + cos) * high, shift[:, 1]],
        1,
    ).view(n, 2, 3)
    grid = F.affine_grid(theta, images.shape, align_corners=False)
    bend = F.interpolate(around(0.11, 2, 4, 4), size=28, mode="bicubic", align_corners=False)
    return F.grid_sample(images, grid + bend.permute(0, 2, 3, 1), align_corners=False)


def faded(images, rng):
    """One in five blurred, one in five with fainter ink."""
    chance = torch.rand(len(images), 1, 1, 1, generator=rng)
    blurred = F.avg_pool2d(F.avg_pool2d(images, 3, 1, 1), 3, 1, 1)
    images = torch.where(chance < 0.2, (blurred * 1.3).clamp(0, 1), images)
    fade = 0.4 + 0.6 * torch.rand(len(images), 1, 1, 1, generator=rng)
    return torch.where(chance > 0.8, images * fade, images)


def spoiled(images, labels, rng):
    """Digits that are none any more: four kinds of a quarter each."""
    other = torch.roll(images, 1, 0)
    differs = (labels != torch.roll(labels, 1))[:, None, None, None]
    top = torch.where(torch.arange(28)[:, None] < 14, images, other)
    tiles = torch.cat([images[:, :, 14:, 14:], images[:, :, 14:, :14]], 3)
    tiles = torch.cat([tiles, torch.cat([images[:, :, :14, 14:], images[:, :, :14, :14]], 3)], 2)
    both = torch.maximum(images, other)
    aside = torch.rot90(images, 1, (2, 3))
    kind = torch.randint(4, (len(images),), generator=rng)[:, None, None, None]
    for i, (made, valid) in enumerate(
        [(top, differs), (tiles, True), (both, differs), (aside, labels[:, None, None, None] > 1)]
    ):
        images = torch.where(kind == i, torch.where(torch.as_tensor(valid), made, tiles), images)
    return images


def build():
    """Three 3x3 convolutions with batch norm and pooling, then the dense layer."""
    stages = [
        layer
        for inputs, outputs in zip((1, *CHANNELS), CHANNELS, strict=False)
        for layer in (
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
    ]
    flat = CHANNELS[-1] * 3 * 3
    return nn.Sequential(
        *stages,
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(flat, DENSE),
        nn.ReLU(),
        nn.Linear(DENSE, CLASSES),
    )


def materials(args, images, labels, rng):
    """Digits in other hands and their labels, and what is no digit."""
    strange = strangers(args, images, labels, rng)
    written, written_labels = hands(images[::2], rng), labels[::2]
    drawn, drawn_labels = digits(args.digits, args.seed)
    drawn = torch.from_numpy(drawn)[:, None] / 255.0
    others = torch.cat([written, drawn])
    return others, torch.cat([written_labels, torch.from_numpy(drawn_labels)]), strange


def strangers(args, images, labels, rng):
    """What is no digit: drawings, twice, spoiled digits, and noise of a few scales."""
    drawn = torch.from_numpy(doodles(args.doodles, args.seed))[:, None] / 255.0
    cut = spoiled(images, labels, rng)
    coarse = [torch.rand(500, 1, side, side, generator=rng) for side in (4, 7, 14, 28)]
    noise = torch.cat([F.interpolate(x, size=28, mode="bilinear") for x in coarse])
    return torch.cat([drawn, drawn, cut[: len(drawn)], noise])


def optimizer_of(model, separator, args):
    """AdamW with a cosine schedule after a short warm-up; weight decay for kernels only."""
    kernels = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    groups = [
        {"params": kernels, "weight_decay": args.decay},
        {"params": [*others, separator], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, args.rate)
    rate = lambda step: min(1, step / 200) * (0.5 + 0.5 * math.cos(math.pi * step / args.steps))
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def energies(logits, known, other, separator):
    """Loss of telling known from other by the energy alone, both of the same weight."""
    total = torch.logsumexp(logits, 1) * separator[0] + separator[1]
    return F.softplus(-total[known]).mean() + F.softplus(total[other]).mean()


def batches(args, x, y, materials, rng):
    """The inputs of each step of an epoch, and the labels of those that are digits."""
    others, other_labels, strange = materials
    pick = lambda count: torch.randint(count, (args.batch // 2,), generator=rng)
    for batch in torch.randperm(len(x), generator=rng).split(args.batch)[: len(x) // args.batch]:
        again, strangers = pick(len(others)), pick(len(strange))
        inputs = [
            warped(x[batch], args.warp, rng),
            faded(warped(others[again], 1, rng), rng),
            faded(warped(strange[strangers], 0.6, rng), rng),
        ]
        yield torch.cat(inputs), torch.cat([y[batch], other_labels[again]])


def train_epoch(model, separator, optimizer, schedule, steps, args):
    """Mean losses of an epoch: of the task, and of telling strangers."""
    model.train()
    losses = []
    for inputs, truth in steps:
        logits, count = model(inputs), len(truth)
        task = F.cross_entropy(logits[:count], truth)
        apart = energies(logits, slice(count), slice(count, None), separator)
        optimizer.zero_grad()
        (task + args.weight * apart).backward()
        optimizer.step()
        schedule.step()
        losses.append((task.item(), apart.item()))
    return np.mean(losses, 0)


@torch.no_grad()
def predict(model, images):
    """Logits of the model in PyTorch."""
    model.eval()
    return model(torch.from_numpy(images).permute(0, 3, 1, 2)).numpy()


def train(args, x, y, held_out):
    torch.manual_seed(args.seed)
    rng = torch.Generator().manual_seed(args.seed)
    args.steps = args.epochs * (len(x) // args.batch)
    x, y = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(y)
    made = materials(args, x, y, rng)
    model, separator = build(), torch.tensor([1.0, -4.0], requires_grad=True)
    optimizer, schedule = optimizer_of(model, separator, args)
    for epoch in range(args.epochs):
        steps = batches(args, x, y, made, rng)
        losses = train_epoch(model, separator, optimizer, schedule, steps, args)
        accuracy = (predict(model, held_out[0]).argmax(1) == held_out[1]).mean()
        print(f"epoch {epoch + 1}: losses {losses.round(4)}, validation {accuracy}", flush=True)
    return model


def folded(conv, norm):
    """Kernel (out, in, 3, 3) and bias of a convolution with its batch norm folded in."""
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    return conv.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale


def to_onnx(model):
    """The classifier as ONNX: `image` (batch, 1, 28, 28) in, `logits` (batch, 5) out."""
    kind = lambda wanted: [layer for layer in model if isinstance(layer, wanted)]
    nodes, weights, flow = [], [], "image"

    def add(op, name, parameters=(), **attributes):
        nonlocal flow
        names = [f"{name}.{part}" for part, _ in zip(("weight", "bias"), parameters, strict=False)]
        weights.extend(
            numpy_helper.from_array(value.detach().contiguous().numpy(), name)
            for name, value in zip(names, parameters, strict=True)
        )
        nodes.append(helper.make_node(op, [flow, *names], [name], name=name, **attributes))
        flow = name

    for i, layers in enumerate(zip(kind(nn.Conv2d), kind(nn.BatchNorm2d), strict=True), 1):
        add("Conv", f"conv{i}", folded(*layers), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        add("Relu", f"relu{i}")
        add("MaxPool", f"pool{i}", kernel_shape=[2, 2], strides=[2, 2])
    add("Flatten", "flatten")
    dense, logits = kind(nn.Linear)
    add("Gemm", "dense", (dense.weight, dense.bias), transB=1)
    add("Relu", "dense_relu")
    add("Gemm", "logits", (logits.weight, logits.bias), transB=1)
    value = lambda name, shape: helper.make_tensor_value_info(
        name, TensorProto.FLOAT, ["batch", *shape]
    )
    graph = helper.make_graph(
        nodes, "digits", [value("image", [1, 28, 28])], [value("logits", [CLASSES])], weights
    )
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="she-ood"
    )
    proto.ir_version = 8
    onnx.checker.check_model(proto, full_check=True)
    return proto


def run(proto, images):
    """Logits by ONNX Runtime."""
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    parts = np.array_split(images.transpose(0, 3, 1, 2), -(-len(images) // 1000))
    return np.concatenate([session.run(None, {"image": part})[0] for part in parts])


def weight_count(proto):
    """Numbers in the ONNX file, which has the batch norm folded in."""
    return sum(int(np.prod(tensor.dims)) for tensor in proto.graph.initializer)


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mnist", required=True, help="folder with MNIST's idx files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument(
        "--warp", type=float, default=0.4, help="of digits as they are; 1 is strong"
    )
    parser.add_argument("--weight", type=float, default=0.5, help="of the energies' loss")
    parser.add_argument("--doodles", type=int, default=15_000)
    parser.add_argument("--digits", type=int, default=6_000, help="drawn as print has them")
    parser.add_argument(
        "-o", "--output", type=pathlib.Path, default=pathlib.Path("models/digits-model.onnx")
    )
    return parser.parse_args()


def main():
    args = arguments()
    x, y = load_train(args.mnist)
    parts = split(y)
    data = {name: (x[i], y[i]) for name, i in parts.items()}
    model = train(args, *data["fit"], data["validation"])
    proto = to_onnx(model)
    held_out, truth = data["validation"]
    logits = run(proto, held_out)
    difference = float(np.abs(logits - predict(model, held_out)).max())
    assert difference < 1e-3, f"the ONNX file differs from PyTorch by {difference}"
    args.output.write_bytes(proto.SerializeToString())
    log = {
        "arguments": {k: v for k, v in vars(args).items() if k not in ("mnist", "output")},
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "weights": weight_count(proto),
        "images": {name: len(i) for name, i in parts.items()},
        "validation_accuracy": round(float((logits.argmax(1) == truth).mean()), 4),
        "onnx_torch_max_difference": difference,
    }
    args.output.with_suffix(".json").write_text(json.dumps(log, indent=1) + "\n")
    print(json.dumps(log, indent=1))


if __name__ == "__main__":
    main()
