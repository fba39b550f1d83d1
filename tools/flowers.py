"""Makes a network for eight kinds of flowers, to measure what a fit chooses for photographs:
EfficientNet-lite0, trained on ImageNet, with a new last layer.

    python tools/flowers.py --flowers flowers12 --output flowers8.onnx

`--flowers` holds a folder of pictures for each kind. Of the first eight kinds every other picture
trains the last layer. Lists the rest of them, and the pictures of the other kinds, in folders of
links beside the output.
"""

import argparse
import shutil
from pathlib import Path

import efficientnet
import numpy as np
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression

KNOWN = 8
MEAN, STD = (0.498, 0.498, 0.498), (0.502, 0.502, 0.502)


def pixels(path):
    """As the detector frames photographs: the shorter side to 256, the middle of 224."""
    picture = Image.open(path).convert("RGB")
    scale = 256 / min(picture.size)
    picture = picture.resize([round(side * scale) for side in picture.size], Image.BILINEAR)
    left, top = ((side - 224) // 2 for side in picture.size)
    values = np.asarray(picture.crop((left, top, left + 224, top + 224)), np.float32) / 255
    return ((values - MEAN) / STD).transpose(2, 0, 1).astype(np.float32)


def features(network, paths):
    with torch.no_grad():
        maps = [network.extract_features(torch.tensor(pixels(path)[None])) for path in paths]
    return torch.cat([one.mean((2, 3)) for one in maps]).numpy()


def link(paths, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        shutil.copy(path, folder / path.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--flowers", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    folder = arguments.output.parent
    folder.mkdir(parents=True, exist_ok=True)
    network = efficientnet.network(folder / "packages")
    kinds = sorted(path for path in arguments.flowers.iterdir() if path.is_dir())
    pictures = {kind.name: sorted(kind.glob("*.jpg")) for kind in kinds}
    known, others = kinds[:KNOWN], kinds[KNOWN:]
    training = [(path, at) for at, kind in enumerate(known) for path in pictures[kind.name][::2]]
    head = LogisticRegression(max_iter=2000, C=0.1)
    head.fit(features(network, [path for path, _ in training]), [at for _, at in training])
    last = torch.nn.Linear(head.coef_.shape[1], KNOWN)
    last.weight.data = torch.tensor(head.coef_, dtype=torch.float32)
    last.bias.data = torch.tensor(head.intercept_, dtype=torch.float32)
    network._fc = last
    for kind in known:
        rest = pictures[kind.name][1::2]
        link(rest[::4], folder / "flowers-test" / kind.name)
        link([path for path in rest if path not in rest[::4]], folder / "flowers-fit" / kind.name)
    for kind in others:
        link(pictures[kind.name], folder / "flowers-others" / kind.name)
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, 224, 224),),
        str(arguments.output),
        dynamo=False,
        opset_version=17,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
    )


main()
