"""Makes tests/data/presets.json: what other implementations of SHE, and its published formulas,
make of the mini fit.

    python tools/golden/presets.py GOLDEN_DIR OODEEL_03_DIR

GOLDEN_DIR is the same as for fixture.py. The fit is the mini one (300 images, 10 of them
misclassified), scored on the 64 images of golden.json, in the same order, without perturbation (eps
= 0). Each array is packed as there. In all of them, higher means more out-of-distribution, save for
`oodeel_mean_as_is`.

- `oodeel_*`: by oodeel 0.4.0's own code; `std`, `mean_as_is` and `fisher` join dense and dense_1,
  the others are of one layer. Its MeanNormalizedAggregator divides negative scores by a negative
  mean, so there higher means more in-distribution; kept as it is. `oodeel_fisher_parameters` are
  mu, sigma2, c and k'.
- `oodeel03_*`: by oodeel 0.3.0's own code; `both` is its plain sum over dense and dense_1.
- `pytorch_ood_dense_1`: by pytorch-ood 0.4.0's own code.
- `openood_*`, `paper_*`, `hopfield_*`, `react_*`: NumPy in float64, on float32 features, after the
  published formulas.

Needs NumPy, onnx, onnxruntime, tensorflow-cpu 2.15.1 and torch (2.2.2 was used), and these, without
their dependencies:

    pip install --no-deps oodeel==0.4.0 pytorch-ood==0.4.0
    pip install --no-deps --target OODEEL_03_DIR oodeel==0.3.0

What oodeel imports besides: scipy, scikit-learn, tqdm, matplotlib, seaborn, plotly, pandas,
faiss-cpu 1.8.0, datasets 2.21.0 with pyarrow 17.0.0, tensorflow-datasets 4.9.4,
tensorflow-probability 0.23.0; and pytorch-ood: torchvision (0.17.2 was used).
"""

import importlib
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
import torch
from fixture import TARGET, packed
from onnx import numpy_helper
from pytorch_ood.detector import SHE as PytorchOodShe

LAYERS = ["dense", "dense_1"]
TENSORS = {
    "dense": "sequential/dense/Relu:0",
    "dense_1": "sequential/dense_1/Relu:0",
    "logits": "sequential/dense_2/BiasAdd:0",
}
# Known classes. The model has ten outputs, but 5 to 9 were not trained.
CLASSES = 5


# The model


def run(proto, images):
    """Features and logits of images, by ONNX Runtime."""
    taps = onnx.ModelProto()
    taps.CopyFrom(proto)
    for name in TENSORS.values():
        taps.graph.output.append(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        )
    session = onnxruntime.InferenceSession(
        taps.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return dict(zip(TENSORS, session.run(list(TENSORS.values()), {"image": images}), strict=True))


def weights(proto):
    """Matrix and bias of each dense layer, by its name in Keras."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}
    part = lambda layer, kind: arrays[f"sequential/{layer}/{kind}/ReadVariableOp:0"]
    return {
        layer: [part(layer, "MatMul"), part(layer, "BiasAdd")]
        for layer in ("dense", "dense_1", "dense_2")
    }


def keras_model(proto):
    """The same model in Keras; a new one for each detector, as oodeel changes the model."""
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Input((28, 28, 1)),
            tf.keras.layers.Flatten(name="flatten"),
            tf.keras.layers.Dense(300, activation="relu", name="dense"),
            tf.keras.layers.Dense(150, activation="relu", name="dense_1"),
            tf.keras.layers.Dense(10, activation="softmax", name="dense_2"),
        ]
    )
    for layer, values in weights(proto).items():
        model.get_layer(layer).set_weights(values)
    return model


# Other implementations


def import_oodeel(module, folder=None):
    """Imports an oodeel module again: from a folder, or from the installed version."""
    for name in [name for name in sys.modules if name.split(".")[0] == "oodeel"]:
        del sys.modules[name]
    sys.path[:0] = [str(folder)] if folder else []
    found = importlib.import_module(f"oodeel.{module}")
    del sys.path[: 1 if folder else 0]
    assert not folder or pathlib.Path(found.__file__).resolve().is_relative_to(folder.resolve())
    return found


def oodeel_scores(detector, proto, fit, images, layers):
    # In batches that leave no last one of a single image, which oodeel cannot score.
    detector.fit(
        keras_model(proto),
        tf.data.Dataset.from_tensor_slices(fit).batch(100),
        feature_layers_id=layers,
    )
    scores, _ = detector.score(
        tf.data.Dataset.from_tensor_slices((images, np.zeros(len(images), np.int64))).batch(32)
    )
    return scores


def oodeel_04(proto, fit, images):
    she = import_oodeel("methods.she").SHE
    aggregators = importlib.import_module("oodeel.aggregator")
    fisher = aggregators.FisherAggregator()
    score = lambda layers, aggregator=None: oodeel_scores(
        she(eps=0, aggregator=aggregator), proto, fit, images, layers
    )
    return {
        "oodeel_std": score(LAYERS),
        "oodeel_mean_as_is": score(LAYERS, aggregators.MeanNormalizedAggregator()),
        "oodeel_fisher": score(LAYERS, fisher),
        "oodeel_dense": score(["dense"]),
        "oodeel_dense_1": score(["dense_1"]),
        "oodeel_fisher_parameters": np.array([fisher.mu, fisher.sigma2, fisher.c, fisher.kprime]),
    }


def oodeel_03(proto, fit, images, folder):
    she = import_oodeel("methods.she", folder).SHE
    score = lambda layers: oodeel_scores(she(eps=0), proto, fit, images, layers)
    return {"oodeel03_both": score(LAYERS), "oodeel03_dense_1": score(["dense_1"])}


def pytorch_ood(proto, labels, fit, images):
    # With the head as it is, of ten logits: the labels 0 to 4 are what must be without gaps, and
    # none of 5 to 9 ever wins, for which there would be no pattern.
    matrix, bias = map(torch.tensor, weights(proto)["dense_2"])
    detector = PytorchOodShe(None, lambda features: features @ matrix + bias)
    detector.fit_features(torch.tensor(fit["dense_1"]), torch.tensor(labels))
    return {
        "pytorch_ood_dense_1": detector.predict_features(torch.tensor(images["dense_1"])).numpy()
    }


# Published formulas


def stored(layer, labels, fit):
    """The features of the correctly classified samples of each class."""
    predicted = fit["logits"].argmax(1)
    return [fit[layer][(labels == c) & (predicted == c)].astype(np.float64) for c in range(CLASSES)]


def means(layer, labels, fit):
    return np.stack([samples.mean(0) for samples in stored(layer, labels, fit)])


def hopfield(features, predicted, samples, beta):
    """-log of the sum of exp(beta <s, f>) over samples s of the predicted class; inf if none."""
    scores = np.full(len(features), np.inf)
    for i, (f, c) in enumerate(zip(features, predicted, strict=True)):
        if c < CLASSES and len(samples[c]):
            exponents = beta * (samples[c] @ f)
            top = exponents.max()
            scores[i] = -(top + np.log(np.exp(exponents - top).sum()))
    return scores


def formulas(labels, fit, images):
    features, predicted = images["dense_1"].astype(np.float64), images["logits"].argmax(1)
    # Never one of the classes without a pattern here, so that each score is finite.
    assert (predicted < CLASSES).all()
    patterns = means("dense_1", labels, fit)[predicted]
    samples = stored("dense_1", labels, fit)
    dots = (features * patterns).sum(1)
    norms = np.linalg.norm(features, axis=1) * np.linalg.norm(patterns, axis=1)
    return {
        "openood_inner": -dots,
        "openood_euclidean": np.linalg.norm(features - patterns, axis=1),
        "openood_cosine": -dots / norms,
        "paper_dense_1": -dots,
        "hopfield_dense_1": hopfield(features, predicted, samples, 0.01),
        "hopfield_dense_1_beta_1": hopfield(features, predicted, samples, 1),
    }


def clipped_score(layer, labels, fit, features, clip):
    """SHE of clipped features, against patterns of features that are not."""
    clipped = np.minimum(features.astype(np.float64), clip)
    return -(clipped @ means(layer, labels, fit).T).max(1) / features.shape[1]


def react(labels, fit, images):
    clip = {layer: np.quantile(fit[layer].astype(np.float64), 0.95) for layer in LAYERS}
    score = lambda layer, of: clipped_score(layer, labels, fit, of[layer], clip[layer])
    joined = [score(layer, images) / score(layer, fit).std() for layer in LAYERS]
    return {
        "react_clip_dense": np.array([clip["dense"]]),
        "react_clip_dense_1": np.array([clip["dense_1"]]),
        "react_clip_dense_1_q50": np.array([np.quantile(fit["dense_1"].astype(np.float64), 0.5)]),
        "react_dense_1": score("dense_1", images),
        "react_both_std": np.mean(joined, axis=0),
    }


def check(arrays, mini):
    """Agreement with the golden values, and of implementations that compute the same."""
    close = lambda a, b, limit: np.testing.assert_allclose(a, b, rtol=0, atol=limit)
    close(arrays["oodeel_std"], mini["agg_std_eps0"], 2e-6)
    close(arrays["oodeel_mean_as_is"], mini["agg_mean_eps0"], 2e-6)
    close(arrays["oodeel_fisher"], mini["agg_fisher_eps0"], 2e-5)
    close(arrays["oodeel_dense"], mini["single_dense_eps0"], 2e-6)
    close(arrays["oodeel_dense_1"], mini["single_dense_1_eps0"], 2e-6)
    close(arrays["oodeel03_dense_1"], arrays["oodeel_dense_1"], 2e-6)
    close(arrays["oodeel03_both"], arrays["oodeel_dense"] + arrays["oodeel_dense_1"], 2e-6)
    close(arrays["pytorch_ood_dense_1"] / 150, arrays["paper_dense_1"] / 150, 2e-6)
    assert all(np.isfinite(array).all() for array in arrays.values())


def main(folder, oodeel_03_folder):
    mini = np.load(folder / "golden_mini_fit300_seed0.npz")
    proto = onnx.load(folder / "mnist_mlp_0-4.onnx")
    inputs = lambda array: array.reshape(-1, 28, 28, 1).astype(np.float32) / np.float32(255)
    fit_images, labels = inputs(mini["fit_images_u8"]), mini["fit_labels"]
    images = inputs(np.load(folder / "golden_64_seed0.npz")["images_u8"])
    fit_features, features = run(proto, fit_images), run(proto, images)
    arrays = oodeel_04(proto, (fit_images, labels), images)
    arrays |= oodeel_03(proto, (fit_images, labels), images, oodeel_03_folder)
    arrays |= pytorch_ood(proto, labels, fit_features, features)
    arrays |= formulas(labels, fit_features, features)
    arrays |= react(labels, fit_features, features)
    check(arrays, mini)
    text = json.dumps({name: packed(array) for name, array in arrays.items()}, indent=1)
    (TARGET / "presets.json").write_text(text + "\n")


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:3]))
