"""ONNX Runtime's and NumPy's side of benches/fit_eval.py: fits SHE on MNIST's digits 0-4, scores
the test digits, and prints how long it took.

    python benches/onnxruntime_mnist.py --model MODEL.onnx --mnist DIR --threads 1

oodeel's SHE with eps = 0 written anew: the mean pattern of each class over the samples that the
model gets right, the best inner product divided by the number of features, the mean of both layers'
scores each divided by its standard deviation over the fit samples. Batches of 128. The clock starts
after all imports and with the session made, and stops with the AUROC.
"""

import numpy as np
import onnx
import onnxruntime
from mnist import arguments, say, timed
from onnx import TensorProto, helper

BATCH = 128
LAYERS = [f"sequential/{layer}/Relu:0" for layer in ("dense", "dense_1")]


def session(path, threads):
    """The model with the tapped layers as further outputs."""
    model = onnx.load(path)
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in LAYERS
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def run(model, images):
    """Predicted class, and the features of each layer."""
    name, answer = model.get_inputs()[0].name, model.get_outputs()[0].name
    parts = [
        model.run([answer, *LAYERS], {name: images[at : at + BATCH]})
        for at in range(0, len(images), BATCH)
    ]
    answers, *layers = (np.concatenate(part) for part in zip(*parts, strict=True))
    return answers.argmax(axis=1), layers


def distances(features, patterns):
    """Each layer's scores, higher for what is more out-of-distribution."""
    return [
        -(layer @ means.T).max(axis=1) / layer.shape[1]
        for layer, means in zip(features, patterns, strict=True)
    ]


def fit(model, images, labels):
    """The mean patterns of each layer, and the standard deviations of its scores."""
    predicted, features = run(model, images)
    right = [(predicted == label) & (labels == label) for label in np.unique(labels)]
    patterns = [np.stack([layer[rows].mean(axis=0) for rows in right]) for layer in features]
    return patterns, [scores.std() for scores in distances(features, patterns)]


def score(model, images, patterns, stds):
    layers = distances(run(model, images)[1], patterns)
    return np.mean([scores / std for scores, std in zip(layers, stds, strict=True)], axis=0)


def auroc(known, unknown):
    """The share of pairs in which the unknown sample has the higher score; ties count half."""
    known = np.sort(known)
    below, up_to = np.searchsorted(known, unknown, "left"), np.searchsorted(known, unknown, "right")
    return (below + up_to).mean() / 2 / len(known)


def main():
    args = arguments(__doc__)
    model = session(args.model, args.threads)
    scores = lambda fitted, sides: (score(model, images, *fitted) for images, _ in sides)
    say(
        timed(
            args.mnist,
            lambda images, labels: fit(model, images, labels),
            lambda *given: auroc(*scores(*given)),
        )
    )


if __name__ == "__main__":
    main()
