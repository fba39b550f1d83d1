"""Measures the regret of fits that choose by themselves, on four networks, and prints the table of
docs/score.md, which target/regret/table.md keeps.

    python tools/regret.py [--sets FOLDER] [--flowers flowers8.onnx]

Without `--sets`, a folder with `imagenet_half32.npz`, `tiny10k_32.npz`, `dtd10_crops32.npz`,
`svhn_test_first10000.npz`, `scribbles28.npz`, `fonts28.npz` and `omniglot28.npz`, the strangers are
those of `data/` alone. `--flowers` is what tools/flowers.py made, with its folders beside it.
"""

import argparse
import subprocess
from pathlib import Path

import numpy as np

EXAMPLE = "target/release/examples/regret"
MNIST = "data/mnist/train-images-idx3-ubyte:data/mnist/train-labels-idx1-ubyte:keep=0,1,2,3,4"
MNIST_TEST = "data/mnist/t10k-images-idx3-ubyte:data/mnist/t10k-labels-idx1-ubyte"
FASHION = "data/fashion/t10k-images-idx3-ubyte:rows=..2000:name=Fashion-MNIST"
CIFAR = "data/cifar10/train-images-idx4-ubyte:data/cifar10/train-labels-idx1-ubyte"
CIFAR_TEST = "data/cifar10/test-images-idx4-ubyte:data/cifar10/test-labels-idx1-ubyte"
HEAD = """| network | chosen | AUROC | best of all candidates | AUROC | regret | choice takes |
| --- | --- | --- | --- | --- | --- | --- |"""


def photos(file):
    """Photos of none of CIFAR-10's kinds."""
    return file["x"][file["cifar10"] == -1]


# Name: the file, what is taken of it, and every how many.
SETS = {
    "photos": ("imagenet_half32.npz", photos, 1),
    "more photos": ("tiny10k_32.npz", photos, 6),
    "textures": ("dtd10_crops32.npz", lambda file: file["x"], 4),
    "SVHN": ("svhn_test_first10000.npz", lambda file: file["X"], 10),
    "scribbles": ("scribbles28.npz", lambda file: file["x"], 2),
    "letters": ("fonts28.npz", lambda file: file["letters"], 5),
    "Omniglot": ("omniglot28.npz", lambda file: file["x"], 4),
}


def strangers(sets, *names):
    """The sets of these names as arguments, those that are there."""
    for name in names:
        file, take, every = SETS[name]
        if sets and (sets / file).exists():
            path = Path("target/regret") / f"{name.replace(' ', '-')}.npz"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, x=take(np.load(sets / file))[::every])
            yield f"ood={path}:name={name}"


def networks(sets, flowers):
    digits = [f"ood={MNIST_TEST}:keep=5,6,7,8,9:rows=..2000:name=MNIST 5-9", f"ood={FASHION}"]
    drawn = list(strangers(sets, "scribbles", "letters", "Omniglot"))
    known = f"id={MNIST_TEST}:keep=0,1,2,3,4"
    fit = [f"fit={MNIST}:rows=..26596", f"calibration={MNIST}:rows=28596.."]
    yield "digits", "models/digits-model.onnx", ["framing=ink", *fit, known, *digits, *drawn]
    yield "toy MLP", "models/mnist-mlp.onnx", [*fit, known, *digits, *drawn[:2]]
    yield (
        "objects",
        "models/cifar10-model.onnx",
        [
            "mean=0.4914,0.4822,0.4465",
            "std=0.2470,0.2435,0.2616",
            f"fit={CIFAR}:rows=37000..47000",
            f"calibration={CIFAR}:rows=48000..",
            f"id={CIFAR_TEST}:rows=..2000",
            f"ood={FASHION}",
            *strangers(sets, "photos", "more photos", "textures", "SVHN"),
        ],
    )
    if flowers:
        folder = flowers.parent
        kinds = sorted(path.name for path in (folder / "flowers-fit").iterdir())
        photos = [f"ood={sets / 'photos_half'}:name=photos"] if sets else []
        yield (
            "flowers, 224 pixels",
            flowers,
            [
                "mean=0.498,0.498,0.498",
                "std=0.502,0.502,0.502",
                f"labels={','.join(kinds)}",
                f"fit={folder / 'flowers-fit'}",
                f"id={folder / 'flowers-test'}",
                f"ood={folder / 'flowers-others'}:name=other flowers",
                *photos,
            ],
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sets", type=Path)
    parser.add_argument("--flowers", type=Path)
    arguments = parser.parse_args()
    rows = []
    for name, model, settings in networks(arguments.sets, arguments.flowers):
        run = subprocess.run(
            [EXAMPLE, name, str(model), *settings], capture_output=True, text=True, check=True
        )
        print(run.stdout)
        rows.append(run.stdout.strip().splitlines()[-1])
    table = "\n".join([HEAD, *rows])
    Path("target/regret").mkdir(parents=True, exist_ok=True)
    Path("target/regret/table.md").write_text(table + "\n")
    print(table)


main()
