"""Scores pictures by a detector file, without she-ood: ONNX Runtime and NumPy.

    python judge.py DETECTOR.onnx PICTURE ...

The detector's model takes grey pictures of 28 x 28, light on black, and its layers are vectors.
"""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from PIL import Image

sys.path.append(str(pathlib.Path(__file__).parents[2] / "tools/python"))
from read_detector import read_detector, score, thresholds


def tapped(path, names):
    """The model with these layers as further outputs."""
    model = onnx.load(path)
    model.graph.output.extend(map(onnx.helper.make_empty_tensor_value_info, names))
    return onnxruntime.InferenceSession(model.SerializeToString())


def main(path, *pictures):
    detector = read_detector(path)
    names = list(detector.layers)
    x = np.float32([[Image.open(picture).convert("L").resize((28, 28))] for picture in pictures])
    logits, *features = tapped(path, names).run(None, {"image": x / 255})
    predicted = logits.argmax(1)
    scores = score(detector, dict(zip(names, features, strict=True)), predicted, logits)
    is_ood = scores > thresholds(detector, predicted)
    for picture, index, value, strange in zip(pictures, predicted, scores, is_ood, strict=True):
        label = "unknown" if strange else detector.manifest["labels"][index]
        print(f"{picture}: {label} (score {value:.3f})")


if __name__ == "__main__":
    main(*sys.argv[1:])
