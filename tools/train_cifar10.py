"""Trains the object classifier: CIFAR-10 in, a ResNet-20 as an ONNX file out.

    python tools/train_cifar10.py --cifar DIR [--seed 0] [-o models/cifar10-model.onnx]

DIR holds the idx files of tools/cifar10.py. Writes OUT (batch norm folded, NCHW) and OUT with the
ending .json: seed, versions, accuracy. After each epoch a checkpoint is written to --checkpoint,
and a run that was broken off goes on from there; what an epoch does depends on seed and epoch
alone, so a run that was interrupted ends as one that was not, but for the order of floating-point
sums.

Of the 50,000 training images, in file order, the last 2,000 calibrate the detector, the 1,000
before them validate, the rest (47,000) fit. The test images are used for the one final measurement.
"""

import argparse
import json
import math
import pathlib
import platform

import numpy as np
import torch
from mnist import read_idx
from torch import nn
from torch.nn import functional as F

FIT = 47_000
CALIBRATION = 2_000
WIDTHS = (16, 32, 64)
BLOCKS = 3
PAD = 4
# Per-channel mean and standard deviation of CIFAR-10's training pixels, 0 to 1.
MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)


class Norm(nn.Sequential):
    """A convolution without bias, and its batch norm."""

    def __init__(self, inputs, outputs, size=3, stride=1):
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)
        )

    def folded(self):
        """Kernel and bias of the one convolution that does the same at inference."""
        conv, norm = self
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        return conv.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale


class Block(nn.Module):
    """Two convolutions beside a shortcut, a 1x1 convolution where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = Norm(inputs, outputs, stride=stride)
        self.conv2 = Norm(outputs, outputs)
        self.shortcut = Norm(inputs, outputs, 1, stride) if stride > 1 else None

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        return F.relu(y + (self.shortcut(x) if self.shortcut else x))


class ResNet20(nn.Module):
    """The ResNet of He et al. (2016) for CIFAR with three stages of three blocks."""

    def __init__(self):
        super().__init__()
        self.conv = Norm(3, WIDTHS[0])
        inputs = (WIDTHS[0], *WIDTHS)
        self.stages = nn.ModuleList(
            nn.ModuleList(
                Block(inputs[s] if b == 0 else width, width, 2 if s and b == 0 else 1)
                for b in range(BLOCKS)
            )
            for s, width in enumerate(WIDTHS)
        )
        self.logits = nn.Linear(WIDTHS[-1], 10)

    def forward(self, x):
        x = F.relu(self.conv(x))
        for stage in self.stages:
            for block in stage:
                x = block(x)
        return self.logits(x.mean((2, 3)))


def normalized(images):
    """Pixels (N, 32, 32, 3), uint8, as the model takes them: (N, 3, 32, 32), float32."""
    x = (images / np.float32(255) - np.float32(MEAN)) / np.float32(STD)
    return torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def augmented(padded, batch, epoch, rng):
    """Crops at random places of the padded images; each image is mirrored in every second epoch."""
    flip = (batch * 2654435761 // 65536 + epoch) % 2 == 1
    span = torch.arange(32)
    across = torch.where(flip[:, None], 31 - span, span) + torch.randint(
        2 * PAD + 1, (len(batch), 1), generator=rng
    )
    down = span + torch.randint(2 * PAD + 1, (len(batch), 1), generator=rng)
    return padded[batch[:, None, None], down[:, :, None], across[:, None, :]].permute(0, 3, 1, 2)


def rate(progress, args):
    """Linear warm-up over the first twentieth of the steps, then half a cosine down to zero."""
    warm = 0.05
    return args.rate * (
        progress / warm
        if progress < warm
        else 0.5 + 0.5 * math.cos(math.pi * (progress - warm) / (1 - warm))
    )


def train_epoch(model, optimizer, padded, labels, epoch, args):
    """Mean loss and accuracy over one pass."""
    rng = torch.Generator().manual_seed(args.seed * 10_000 + epoch)
    order = torch.randperm(len(labels), generator=rng)
    batches = order[: len(order) // args.batch * args.batch].split(args.batch)
    loss_sum = correct = 0.0
    for step, batch in enumerate(batches):
        optimizer.param_groups[0]["lr"] = optimizer.param_groups[1]["lr"] = rate(
            (epoch + step / len(batches)) / args.epochs, args
        )
        x, y = augmented(padded, batch, epoch, rng), labels[batch]
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x)
        loss = F.cross_entropy(logits.float(), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item()
        correct += (logits.argmax(1) == y).sum().item()
    return loss_sum / len(batches), correct / (len(batches) * args.batch)


@torch.no_grad()
def predict(model, images):
    """Logits of the model in float32."""
    model.eval()
    return torch.cat(
        [model(normalized(part)) for part in np.array_split(images, -(-len(images) // 500))]
    ).numpy()


def arguments(args):
    """What decides how a run ends."""
    return {
        name: value for name, value in vars(args).items() if not isinstance(value, pathlib.Path)
    }


def train(args, images, labels, validation):
    torch.manual_seed(args.seed)
    model = ResNet20().to(memory_format=torch.channels_last)
    # Weight decay for kernels only: it has no business with the scales and shifts of batch norms.
    kernels = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    groups = [
        {"params": kernels, "weight_decay": args.decay},
        {"params": others, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.SGD(groups, args.rate, momentum=0.9, nesterov=True)
    start = 0
    if args.checkpoint.exists():
        saved = torch.load(args.checkpoint)
        assert saved["arguments"] == arguments(args), (
            f"{args.checkpoint} is of a run with other arguments: {saved['arguments']}"
        )
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        start = saved["epoch"]
    compiled = torch.compile(model)
    padded = normalized(images).permute(0, 2, 3, 1)
    padded = F.pad(padded, (0, 0, PAD, PAD, PAD, PAD))
    for epoch in range(start, args.epochs):
        model.train()
        loss, accuracy = train_epoch(
            compiled, optimizer, padded, torch.from_numpy(labels), epoch, args
        )
        held_out = (predict(model, validation[0]).argmax(1) == validation[1]).mean()
        print(
            f"epoch {epoch + 1}: loss {loss:.4f}, accuracy {accuracy:.4f}, "
            f"validation {held_out:.4f}",
            flush=True,
        )
        temporary = args.checkpoint.with_suffix(".part")
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save({**state, "epoch": epoch + 1, "arguments": arguments(args)}, temporary)
        temporary.replace(args.checkpoint)
    return model


def to_onnx(model):
    """ONNX: `image` (batch, 3, 32, 32) in, `logits` (batch, 10) out; inner layers are named."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights = [], []

    def node(op, name, inputs, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def add(op, name, source, kernel, bias, **attributes):
        for part, value in (("weight", kernel), ("bias", bias)):
            weights.append(
                numpy_helper.from_array(value.detach().contiguous().numpy(), f"{name}.{part}")
            )
        return node(op, name, [source, f"{name}.weight", f"{name}.bias"], **attributes)

    def conv(name, source, layer):
        size, stride = layer[0].kernel_size[0], layer[0].stride[0]
        window = {"kernel_shape": [size] * 2, "strides": [stride] * 2, "pads": [size // 2] * 4}
        return add("Conv", name, source, *layer.folded(), **window)

    flow = node("Relu", "relu", [conv("conv", "image", model.conv)])
    for s, stage in enumerate(model.stages, 1):
        for b, block in enumerate(stage, 1):
            name = f"stage{s}_block{b}"
            inner = node("Relu", f"{name}_relu1", [conv(f"{name}_conv1", flow, block.conv1)])
            shortcut = conv(f"{name}_shortcut", flow, block.shortcut) if block.shortcut else flow
            total = node(
                "Add", f"{name}_add", [conv(f"{name}_conv2", inner, block.conv2), shortcut]
            )
            flow = node("Relu", f"{name}_relu2", [total])
    flow = node("Flatten", "pooled", [node("GlobalAveragePool", "pool", [flow])])
    add("Gemm", "logits", flow, model.logits.weight, model.logits.bias, transB=1)
    value = lambda name, shape: helper.make_tensor_value_info(
        name, TensorProto.FLOAT, ["batch", *shape]
    )
    graph = helper.make_graph(
        nodes, "cifar10", [value("image", [3, 32, 32])], [value("logits", [10])], weights
    )
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="she-ood"
    )
    proto.ir_version = 8
    onnx.checker.check_model(proto, full_check=True)
    return proto


def run(proto, images):
    """Logits by ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    parts = np.array_split(images, -(-len(images) // 500))
    return np.concatenate(
        [session.run(None, {"image": normalized(part).numpy()})[0] for part in parts]
    )


def load(folder, part):
    """Images (N, 32, 32, 3), uint8, and labels."""
    return read_idx(folder / f"{part}-images-idx4-ubyte"), read_idx(
        folder / f"{part}-labels-idx1-ubyte"
    ).astype(np.int64)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cifar", type=pathlib.Path, required=True)
    parser.add_argument(
        "--checkpoint", type=pathlib.Path, default=pathlib.Path("data/cifar10/checkpoint.pt")
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=110)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.15)
    parser.add_argument("--decay", type=float, default=5e-4)
    parser.add_argument(
        "-o", "--output", type=pathlib.Path, default=pathlib.Path("models/cifar10-model.onnx")
    )
    args = parser.parse_args()

    x, y = load(args.cifar, "train")
    rows = {
        "fit": slice(0, FIT),
        "validation": slice(FIT, -CALIBRATION),
        "calibration": slice(-CALIBRATION, None),
    }
    validation = x[rows["validation"]], y[rows["validation"]]
    model = train(args, x[rows["fit"]], y[rows["fit"]], validation)

    proto = to_onnx(model)
    tested, truth = load(args.cifar, "test")
    logits = run(proto, tested)
    difference = float(np.abs(logits - predict(model, tested)).max())
    assert difference < 1e-3, f"the ONNX file differs from PyTorch by {difference}"
    args.output.write_bytes(proto.SerializeToString())
    accuracy = {
        name: float((run(proto, x[part]).argmax(1) == y[part]).mean())
        for name, part in rows.items()
    }
    accuracy["test"] = float((logits.argmax(1) == truth).mean())
    log = {
        "arguments": arguments(args),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "weights": sum(int(np.prod(tensor.dims)) for tensor in proto.graph.initializer),
        "images": {name: len(y[part]) for name, part in rows.items()},
        "accuracy": {name: round(value, 4) for name, value in accuracy.items()},
        "onnx_torch_max_difference": difference,
    }
    args.output.with_suffix(".json").write_text(json.dumps(log, indent=1) + "\n")
    args.checkpoint.unlink(missing_ok=True)
    print(json.dumps(log, indent=1))


if __name__ == "__main__":
    main()
