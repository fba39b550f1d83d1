"""Trains the object classifier further, so that it knows photos of other things from its own ten.

    python tools/tune_cifar10.py --cifar DIR --photos FILE [--seed 0] [-o models/cifar10-model.onnx]

Starts from the weights of tools/train_cifar10.py (--start). DIR holds the idx files of
tools/cifar10.py. FILE is an .npz of photos, not part of the repository: `x` (N, 32, 32, 3) uint8,
`cls` (N) the kind that a photo shows, `cifar10` (N) its class, -1 where it shows another thing, -2
where that is open (left out). Writes OUT and OUT with the ending .json, as train_cifar10.py does.

The photos went through a 32-pixel JPEG. What tells them from CIFAR-10's images must not be that, so
the energy of an outlier is compared with that of photos of the ten classes and of CIFAR-10's images
after a JPEG of their own; images without one take part in the cross-entropy only. All kinds are
framed alike.

With --average, OUT holds means of the trained weights and of another file's (Wortsman et al. 2022,
"Robust fine-tuning of zero-shot models"): most of the accuracy comes back, little is lost.

Every fifth kind of other photo, and every fifth photo of the ten classes, validates.
"""

import argparse
import io
import json
import pathlib
import platform

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F
from train_cifar10 import (
    CALIBRATION,
    FIT,
    PAD,
    ResNet20,
    arguments,
    load,
    normalized,
    predict,
    rate,
    run,
    to_onnx,
)
from train_digits import energies

# Images of a step: CIFAR-10's as they are, CIFAR-10's after a JPEG, photos of the ten, others.
CLEAN, COMPRESSED, KNOWN, OTHER = 40, 40, 10, 38
# That of the photos: a photo stays as it is when it goes through this once more.
QUALITY = 75


def unfold(model, path, images):
    """Loads an ONNX file's folded weights; batch norms get the statistics of the images."""
    import onnx
    from onnx import numpy_helper

    weights = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in onnx.load(path).graph.initializer
    }
    layers = {"conv": model.conv} | {
        f"stage{s}_block{b}_{part}": getattr(block, part)
        for s, stage in enumerate(model.stages, 1)
        for b, block in enumerate(stage, 1)
        for part in ("conv1", "conv2", "shortcut")
        if getattr(block, part)
    }

    def attach(name, layer):
        conv, norm = layer
        conv.weight.data.copy_(weights[f"{name}.weight"])

        def fill(_, inputs, output):
            """Sets the norm behind a convolution such that it changes nothing."""
            mean, variance = output.mean((0, 2, 3)), output.var((0, 2, 3))
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.data.copy_(torch.sqrt(variance + norm.eps))
            norm.bias.data.copy_(weights[f"{name}.bias"] + mean)

        return conv.register_forward_hook(fill)

    hooks = [attach(name, layer) for name, layer in layers.items()]
    model.logits.weight.data.copy_(weights["logits.weight"])
    model.logits.bias.data.copy_(weights["logits.bias"])
    model.eval()
    with torch.no_grad():
        model(normalized(images))
    for hook in hooks:
        hook.remove()


def compressed(images):
    """The images after a JPEG."""
    return np.stack([through_jpeg(image) for image in images])


def through_jpeg(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "jpeg", quality=QUALITY)
    return np.asarray(Image.open(buffer))


def framed(images, share, rng):
    """Images mirrored, moved by up to four pixels, a share of them zoomed; for the model."""
    n = len(images)
    flip = 1 - 2.0 * torch.randint(2, (n,), generator=rng)
    zoomed = torch.rand(n, generator=rng) < share
    zoom = torch.where(zoomed, 0.65 + 0.4 * torch.rand(n, generator=rng), torch.ones(n))
    shift = torch.randint(-PAD, PAD + 1, (n, 2), generator=rng) / 16
    zero = torch.zeros(n)
    theta = torch.stack([flip * zoom, zero, shift[:, 0], zero, zoom, shift[:, 1]], 1)
    grid = F.affine_grid(theta.view(n, 2, 3), (n, 3, 32, 32), align_corners=False)
    x = F.grid_sample(normalized(images), grid, align_corners=False)
    return x.contiguous(memory_format=torch.channels_last)


def draws(count, size, rng):
    """Endless batches of positions, each pass in another order."""
    while True:
        for batch in torch.randperm(count, generator=rng).split(size):
            if len(batch) == size:
                yield batch.numpy()


def train_epoch(model, optimizer, separator, sets, epoch, args):
    rng = torch.Generator().manual_seed(args.seed * 10_000 + epoch)
    images, labels = sets["images"], sets["labels"]
    order = torch.randperm(len(labels), generator=rng).numpy()
    half = len(order) // 2
    clean, jpeg = order[:half], order[half : 2 * half]
    jpegs = compressed(images[jpeg])
    known = draws(len(sets["known"]), KNOWN, rng)
    other = draws(len(sets["other"]), OTHER, rng)
    steps = half // CLEAN
    sums = np.zeros(3)
    for step in range(steps):
        now = slice(step * CLEAN, (step + 1) * CLEAN)
        photos, others = next(known), next(other)
        x = framed(
            np.concatenate(
                [images[clean[now]], jpegs[now], sets["known"][photos], sets["other"][others]]
            ),
            args.zoomed,
            rng,
        )
        y = torch.from_numpy(
            np.concatenate([labels[clean[now]], labels[jpeg[now]], sets["kinds"][photos]])
        )
        for group in optimizer.param_groups:
            group["lr"] = rate((epoch + step / steps) / args.epochs, args)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x)
        logits = logits.float()
        task = F.cross_entropy(logits[: len(y)], y)
        apart = energies(logits, slice(CLEAN, len(y)), slice(len(y), None), separator)
        optimizer.zero_grad()
        (task + args.weight * apart).backward()
        optimizer.step()
        sums += [task.item(), apart.item(), (logits[: len(y)].argmax(1) == y).float().mean().item()]
    return sums / steps


def auroc(known, other):
    """Probability that an other's score is higher."""
    ranks = np.searchsorted(np.sort(known), other, "left") + np.searchsorted(
        np.sort(known), other, "right"
    )
    return float(ranks.mean() / 2 / len(known))


def held_out(model, sets):
    """Accuracy and AUROC of the energy on validation data."""
    energy = lambda images: -np.logaddexp.reduce(predict(model, images), axis=1)
    kept = sets["validation"]
    own, other = energy(kept["jpegs"]), energy(kept["other"])
    photos = predict(model, kept["known"])
    return {
        "accuracy": (predict(model, kept["images"]).argmax(1) == kept["labels"]).mean(),
        "photos_accuracy": (photos.argmax(1) == kept["kinds"]).mean(),
        "auroc": auroc(own, other),
        "fpr95": (other <= np.quantile(own, 0.95)).mean(),
        "photos_auroc": auroc(energy(kept["known"]), other),
        "photos_flagged": (energy(kept["known"]) > np.quantile(own, 0.95)).mean(),
    }


def split(photos, images, labels):
    """Training and validation parts of photos and images."""
    x, kind, label = photos["x"], photos["cls"], photos["cifar10"].astype(np.int64)
    others = np.unique(kind[label == -1])
    is_kept = np.isin(kind, others[::5])
    known, other = label >= 0, label == -1
    fifth = np.cumsum(known) % 5 == 0
    rows = slice(FIT, -CALIBRATION)
    return {
        "images": images[:FIT],
        "labels": labels[:FIT],
        "known": x[known & ~fifth],
        "kinds": label[known & ~fifth],
        "other": x[other & ~is_kept],
        "validation": {
            "images": images[rows],
            "labels": labels[rows],
            "jpegs": compressed(images[rows]),
            "known": x[known & fifth],
            "kinds": label[known & fifth],
            "other": x[other & is_kept],
        },
    }


def train(args, sets):
    torch.manual_seed(args.seed)
    model = ResNet20().to(memory_format=torch.channels_last)
    unfold(model, args.start, sets["images"][:5000])
    separator = torch.tensor([1.0, -8.0], requires_grad=True)
    kernels = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.SGD(
        [
            {"params": kernels, "weight_decay": args.decay},
            {"params": [*others, separator], "weight_decay": 0.0},
        ],
        args.rate,
        momentum=0.9,
        nesterov=True,
    )
    start = 0
    if args.checkpoint.exists():
        saved = torch.load(args.checkpoint)
        assert saved["arguments"] == arguments(args), (
            f"{args.checkpoint} is of a run with other arguments: {saved['arguments']}"
        )
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        separator.data.copy_(saved["separator"])
        start = saved["epoch"]
    print("start", {k: round(float(v), 4) for k, v in held_out(model, sets).items()}, flush=True)
    for epoch in range(start, args.epochs):
        model.train()
        sums = train_epoch(model, optimizer, separator, sets, epoch, args)
        found = {name: round(float(value), 4) for name, value in held_out(model, sets).items()}
        print(epoch + 1, sums.round(4), separator.data.numpy().round(2), found, flush=True)
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
        state |= {"separator": separator.data, "epoch": epoch + 1, "arguments": arguments(args)}
        temporary = args.checkpoint.with_suffix(".part")
        torch.save(state, temporary)
        temporary.replace(args.checkpoint)
    return model, found


def averaged(proto, path, share):
    """The model with a share of its weights, the rest those of an ONNX file of the same graph."""
    import onnx
    from onnx import numpy_helper

    other = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    for tensor in proto.graph.initializer:
        own = numpy_helper.to_array(tensor)
        mean = (1 - share) * other[tensor.name] + share * own
        tensor.CopyFrom(numpy_helper.from_array(mean.astype(np.float32), tensor.name))
    return proto


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cifar", type=pathlib.Path, required=True)
    parser.add_argument("--photos", type=pathlib.Path, required=True)
    parser.add_argument(
        "--start", type=pathlib.Path, default=pathlib.Path("data/cifar10/plain.onnx")
    )
    parser.add_argument(
        "--checkpoint", type=pathlib.Path, default=pathlib.Path("data/cifar10/tune.pt")
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=0.03)
    parser.add_argument("--decay", type=float, default=5e-4)
    parser.add_argument("--zoomed", type=float, default=0.5, help="share of images")
    parser.add_argument("--average", type=pathlib.Path, help="with the weights of this ONNX file")
    parser.add_argument("--share", type=float, default=0.6, help="of the weights trained here")
    parser.add_argument("--weight", type=float, default=0.5, help="of the energies' loss")
    parser.add_argument(
        "-o", "--output", type=pathlib.Path, default=pathlib.Path("models/cifar10-model.onnx")
    )
    args = parser.parse_args()

    x, y = load(args.cifar, "train")
    sets = split(np.load(args.photos), x, y)
    model, found = train(args, sets)
    proto = to_onnx(model)
    tested, truth = load(args.cifar, "test")
    logits = run(proto, tested)
    difference = float(np.abs(logits - predict(model, tested)).max())
    assert difference < 1e-3, f"the ONNX file differs from PyTorch by {difference}"
    if args.average:
        proto = averaged(proto, args.average, args.share)
        logits = run(proto, tested)
    args.output.write_bytes(proto.SerializeToString())
    log = {
        "arguments": arguments(args),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "weights": sum(int(np.prod(tensor.dims)) for tensor in proto.graph.initializer),
        "images": {
            "fit": FIT,
            "known photos": len(sets["known"]),
            "other photos": len(sets["other"]),
        },
        "accuracy": {
            "fit": round(float((run(proto, x[:FIT]).argmax(1) == y[:FIT]).mean()), 4),
            "calibration": round(
                float((run(proto, x[-CALIBRATION:]).argmax(1) == y[-CALIBRATION:]).mean()), 4
            ),
            "test": round(float((logits.argmax(1) == truth).mean()), 4),
        },
        "validation": found,
        "onnx_torch_max_difference": difference,
    }
    args.output.with_suffix(".json").write_text(json.dumps(log, indent=1) + "\n")
    args.checkpoint.unlink(missing_ok=True)
    print(json.dumps(log, indent=1))


if __name__ == "__main__":
    main()
