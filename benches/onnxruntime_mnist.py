"""ONNX Runtime's and NumPy's side of benches/fit_eval.py: fits SHE on MNIST's digits 0-4, scores the test digits, and prints how long it
took.

    python benches/onnxruntime_mnist.py --model MODEL.onnx --mnist DIR --threads 1

oodeel's SHE with eps = 0 written anew: the mean pattern of each class over the samples that the model gets right, the best inner
product divided by the number of features, the mean of both layers' scores each divided by its standard deviation over the fit
samples. Batches of 128. The clock starts after all imports and with the session made, and stops with the AUROC.
"""

import argparse
import json
import pathlib
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

BATCH = 128
LAYERS = [f"sequential/{layer}/Relu:0" for layer in ("dense", "dense_1")]


def session(path, threads):
    """The model with the tapped layers as further outputs."""
    model = onnx.load(path)
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in LAYERS)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def read(folder, part):
    """Images as 0 to 1 and labels of the idx files."""
    images = np.frombuffer((folder / f"{part}-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    labels = np.frombuffer((folder / f"{part}-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    return images.reshape(-1, 28, 28, 1) / np.float32(255), labels.astype(np.int64)


def run(model, images):
    """Predicted class, and the features of each layer."""
    name, answer = model.get_inputs()[0].name, model.get_outputs()[0].name
    parts = [model.run([answer, *LAYERS], {name: images[at : at + BATCH]}) for at in range(0, len(images), BATCH)]
    answers, *layers = (np.concatenate(part) for part in zip(*parts))
    return answers.argmax(axis=1), layers


def distances(features, patterns):
    """Each layer's scores, higher for what is more out-of-distribution."""
    return [-(layer @ means.T).max(axis=1) / layer.shape[1] for layer, means in zip(features, patterns)]


def fit(model, images, labels):
    """The mean patterns of each layer, and the standard deviations of its scores."""
    predicted, features = run(model, images)
    right = [(predicted == label) & (labels == label) for label in np.unique(labels)]
    patterns = [np.stack([layer[rows].mean(axis=0) for rows in right]) for layer in features]
    return patterns, [scores.std() for scores in distances(features, patterns)]


def score(model, images, patterns, stds):
    layers = distances(run(model, images)[1], patterns)
    return np.mean([scores / std for scores, std in zip(layers, stds)], axis=0)


def auroc(known, unknown):
    """The share of pairs in which the unknown sample has the higher score; ties count half."""
    known = np.sort(known)
    below, up_to = np.searchsorted(known, unknown, "left"), np.searchsorted(known, unknown, "right")
    return (below + up_to).mean() / 2 / len(known)


def fit_and_score(model, folder):
    """Seconds of reading, fitting and scoring, and the AUROC."""
    start = time.perf_counter()
    (train, train_labels), (test, test_labels) = read(folder, "train"), read(folder, "t10k")
    known, known_labels = train[train_labels < 5], train_labels[train_labels < 5]
    marks = [time.perf_counter()]
    fitted = fit(model, known, known_labels)
    marks.append(time.perf_counter())
    sides = [score(model, test[side], *fitted) for side in (test_labels < 5, test_labels >= 5)]
    area = auroc(*sides)
    marks.append(time.perf_counter())
    read_s, fit_s, eval_s = np.diff([start, *marks])
    return {"read_s": read_s, "fit_s": fit_s, "eval_s": eval_s, "auroc": area}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--mnist", required=True, type=pathlib.Path)
    parser.add_argument("--threads", required=True, type=int)
    args = parser.parse_args()
    result = fit_and_score(session(args.model, args.threads), args.mnist)
    print(json.dumps({name: round(float(value), 6) for name, value in result.items()}))


if __name__ == "__main__":
    main()
