"""Makes what the commands in the documentation name, small, from the data that `make` downloads.

    .tools/python-test/bin/python tools/commands.py FOLDER

Pictures are CIFAR-10's, strangers are MNIST's digits, and every model is one of models/, also
where the page's own comes from a library: tools/zoo/recipes.py runs those.
"""

import json
import os
import pathlib
import shutil
import sys

import numpy as np
import onnx
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODEL = ROOT / "models/cifar10-model.onnx"
CLASSES = ["airplane", "automobile", "bird", "cat", "deer"]
CLASSES += ["dog", "frog", "horse", "ship", "truck"]
MEAN, STD = [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]
TRANSFORMERS = {
    "image_processor_type": "ViTImageProcessor",
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": MEAN,
    "image_std": STD,
    "do_resize": True,
    "size": {"height": 32, "width": 32},
    "resample": 2,
}
TIMM = {"input_size": [3, 32, 32], "mean": MEAN, "std": STD, "crop_pct": 1.0}
TIMM |= {"interpolation": "bilinear", "crop_mode": "center"}
TORCHVISION = f"""ImageClassification(
    crop_size=[32]
    resize_size=[32]
    mean={MEAN}
    std={STD}
    interpolation=InterpolationMode.BILINEAR
)"""


def idx(name: str, dimensions: int) -> np.ndarray:
    data = np.memmap(ROOT / "data" / f"{name}-idx{dimensions}-ubyte", np.uint8, "r")
    header = 4 + 4 * dimensions
    return data[header:].reshape(np.frombuffer(data[4:header].tobytes(), ">u4"))


def rows_of_classes(labels: np.ndarray, rows: range) -> np.ndarray:
    """These rows of each class."""
    return np.concatenate([np.flatnonzero(labels == c)[rows] for c in np.unique(labels)])


def write_pictures(folder: str, part: str, rows: range, classes: int = 10) -> None:
    """A folder for each class."""
    images, labels = idx(f"cifar10/{part}-images", 4), idx(f"cifar10/{part}-labels", 1)
    for row in rows_of_classes(labels, rows):
        if labels[row] < classes:
            path = pathlib.Path(folder, CLASSES[labels[row]], f"{row}.png")
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(images[row]).save(path)


def write_folders() -> None:
    """No picture is in two of them. The model was not trained on any, but on `my-things`."""
    write_pictures("train", "train", range(-60, 0))
    write_pictures("my-things", "train", range(10), classes=3)
    for i, name in enumerate(["test", "pictures", "mine", "held-a", "held-b", "held-out"]):
        write_pictures(name, "test", range(30 * i, 30 * i + 30))
    for i, name in enumerate(["shard-a", "shard-b"]):
        write_pictures(name, "test", range(200 + 40 * i, 240 + 40 * i))
    pathlib.Path("others").mkdir()
    for row, image in enumerate(idx("mnist/t10k-images", 3)[:200]):
        Image.fromarray(image).save(f"others/{row}.png")
    Image.fromarray(idx("cifar10/test-images", 4)[-1]).save("photo.jpg")


def write_vectors(names: list[str], digits: range, rows: range) -> None:
    """Digits as rows of 784 numbers, in the place of embeddings and sounds."""
    images, labels = idx("mnist/t10k-images", 3), idx("mnist/t10k-labels", 1)
    chosen = rows_of_classes(labels, rows)
    chosen = chosen[np.isin(labels[chosen], digits)]
    x = images[chosen].reshape(-1, 784).astype("float32") / 255
    for name in names:
        np.savez(f"{name}.npz", x=x, y=[f"topic {label}" for label in labels[chosen]])


def write_arrays() -> None:
    write_vectors(["taught", "embeddings"], range(5), range(20))
    write_vectors(["unseen"], range(5), range(20, 40))
    write_vectors(["near", "words"], range(5, 8), range(20))
    write_vectors(["far", "noises"], range(8, 10), range(30))
    images, labels = idx("cifar10/test-images", 4)[-600:], idx("cifar10/test-labels", 1)[-600:]
    x = ((images / 255 - MEAN) / STD).transpose(0, 3, 1, 2).astype("float32")
    np.savez("train.npz", x=x, y=labels)


def write_settings() -> None:
    pathlib.Path("my-vit").mkdir()
    for path in ("preprocessor_config.json", "my-vit/preprocessor_config.json"):
        pathlib.Path(path).write_text(json.dumps(TRANSFORMERS))
    id2label = {"id2label": dict(enumerate(CLASSES))}
    pathlib.Path("my-vit/config.json").write_text(json.dumps(id2label))
    pathlib.Path("timm.json").write_text(json.dumps({"pretrained_cfg": TIMM}))
    pathlib.Path("transforms.txt").write_text(TORCHVISION)
    pathlib.Path("names").write_text("\n".join(CLASSES))
    numbered = [f"{i} {name}" for i, name in enumerate(CLASSES)]
    pathlib.Path("labels.txt").write_text("\n".join(numbered))


def write_models() -> None:
    shutil.copy(MODEL, "model.onnx")
    for name in ("mlp.onnx", "speech.onnx"):
        shutil.copy(ROOT / "models/mnist-mlp.onnx", name)
    named = onnx.load(MODEL)
    onnx.helper.set_model_props(named, {"names": str(dict(enumerate(CLASSES)))})
    onnx.save(named, "best.onnx")


def link() -> None:
    """The repository's own files, and MNIST's, by the names that the pages use."""
    for name in ("models", "tests", "tools", "examples", "data"):
        pathlib.Path(name).symlink_to(ROOT / name)
    for name, part in (("train", "train"), ("test", "t10k"), ("t10k", "t10k")):
        for kind, dimensions in (("images", 3), ("labels", 1)):
            file = ROOT / f"data/mnist/{part}-{kind}-idx{dimensions}-ubyte"
            pathlib.Path(f"{name}-{kind}").symlink_to(file)


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    os.chdir(folder)
    write_models()
    write_settings()
    write_arrays()
    write_folders()
    link()


if __name__ == "__main__":
    main()
