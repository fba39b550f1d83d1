"""Trains the embedded digit classifier: MNIST digits 0-4 in, an ONNX file out.

    python tools/train_digits.py --mnist DIR --fashion DIR [--seed 0] [-o models/digits-model.onnx]

Writes OUT (the classifier alone, batch norm folded, NCHW) and OUT with the ending .json: seed,
versions, accuracy, and for every layer and similarity the AUROC on validation data, from which the
detector's layer and similarity are chosen.

Only the training files are read. Their digits 0-4, in file order, are split into blocks: the last
2,000 calibrate the detector, the 2,000 before them validate, the rest (26,596) fit. Blocks, because
consecutive images share writers, and held-out data should come from other writers.
Out-of-distribution data for validation are the digits 5-9 and Fashion-MNIST.
The test files are left for the one final measurement.
"""

import argparse
import gzip
import json
import pathlib
import platform

import numpy as np

CLASSES = 5
HELD_OUT = 2000


def read_idx(path):
    """The array in an idx file, plain or gzipped."""
    raw = pathlib.Path(path).read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def find(folder, name):
    """The idx file `name` of a data folder, plain or gzipped."""
    folder = pathlib.Path(folder)
    return next(p for p in (folder / name, folder / f"{name}.gz") if p.exists())


def load_train(folder):
    """Training images as float NHWC in [0, 1], and their labels."""
    images = read_idx(find(folder, "train-images-idx3-ubyte"))
    labels = read_idx(find(folder, "train-labels-idx1-ubyte"))
    return (images / np.float32(255))[..., None], labels.astype(np.int64)


def split(labels):
    """Positions of the fit, validation and calibration images, all of them digits 0-4."""
    fit, validation, calibration = np.split(
        np.flatnonzero(labels < CLASSES), [-2 * HELD_OUT, -HELD_OUT]
    )
    return {"fit": fit, "validation": validation, "calibration": calibration}


def build(args):
    """Three 3x3 convolutions with batch norm and pooling, then the tapped dense layer."""
    from tensorflow.keras import Sequential, layers, regularizers

    weight_decay = regularizers.l2(args.l2)

    def stage(filters):
        return [
            layers.Conv2D(
                filters, 3, padding="same", use_bias=False, kernel_regularizer=weight_decay
            ),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(2),
        ]

    return Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.RandomRotation(args.rotation, fill_mode="constant", seed=args.seed),
            layers.RandomTranslation(
                args.shift, args.shift, fill_mode="constant", seed=args.seed + 1
            ),
            layers.RandomZoom(args.zoom, fill_mode="constant", seed=args.seed + 2),
            *stage(12),
            *stage(24),
            *stage(32),
            layers.Flatten(),
            layers.Dropout(args.dropout, seed=args.seed + 3),
            layers.Dense(args.dense, activation="relu", kernel_regularizer=weight_decay),
            layers.Dense(CLASSES, kernel_regularizer=weight_decay),
        ]
    )


def train(args, x, y, validation):
    """The model after training with a cosine learning-rate schedule."""
    import tensorflow as tf

    model = build(args)
    steps = args.epochs * -(-len(x) // args.batch)
    model.compile(
        tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(args.rate, steps)),
        tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        ["accuracy"],
    )
    model.fit(x, y, args.batch, args.epochs, verbose=2, validation_data=validation)
    return model


def folded(conv, norm):
    """Kernel (out, in, 3, 3) and bias of a convolution with its batch norm folded in."""
    gamma, beta, mean, variance = norm.get_weights()
    scale = gamma / np.sqrt(variance + norm.epsilon)
    return conv.get_weights()[0].transpose(3, 2, 0, 1) * scale[
        :, None, None, None
    ], beta - mean * scale


def to_onnx(model):
    """The classifier as ONNX: `image` (batch, 1, 28, 28) in, `logits` (batch, 5) out."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kind = {type(layer).__name__: [] for layer in model.layers}
    for layer in model.layers:
        kind[type(layer).__name__].append(layer)
    nodes, weights, flow = [], [], "image"

    def add(op, name, parameters=(), **attributes):
        nonlocal flow
        names = [f"{name}.{part}" for part, _ in parameters]
        weights.extend(
            numpy_helper.from_array(np.ascontiguousarray(v, np.float32), n)
            for n, (_, v) in zip(names, parameters, strict=True)
        )
        nodes.append(helper.make_node(op, [flow, *names], [name], name=name, **attributes))
        flow = name

    for i, (conv, norm) in enumerate(
        zip(kind["Conv2D"], kind["BatchNormalization"], strict=True), 1
    ):
        kernel, bias = folded(conv, norm)
        add(
            "Conv",
            f"conv{i}",
            [("weight", kernel), ("bias", bias)],
            kernel_shape=[3, 3],
            pads=[1, 1, 1, 1],
        )
        add("Relu", f"relu{i}")
        add("MaxPool", f"pool{i}", kernel_shape=[2, 2], strides=[2, 2])
    add("Flatten", "flatten")
    dense, logits = kind["Dense"]
    channels = kind["Conv2D"][-1].filters
    kernel, bias = dense.get_weights()
    # Keras flattens height, width, channel; ONNX flattens channel, height, width.
    kernel = kernel.reshape(-1, channels, kernel.shape[1]).transpose(1, 0, 2).reshape(kernel.shape)
    add("Gemm", "dense", [("weight", kernel), ("bias", bias)])
    add("Relu", "dense_relu")
    kernel, bias = logits.get_weights()
    add("Gemm", "logits", [("weight", kernel), ("bias", bias)])
    value = lambda name, shape: helper.make_tensor_value_info(
        name, TensorProto.FLOAT, ["batch", *shape]
    )
    graph = helper.make_graph(
        nodes, "digits", [value("image", [1, 28, 28])], [value("logits", [CLASSES])], weights
    )
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="she-ood"
    )
    proto.ir_version = 8
    onnx.checker.check_model(proto, full_check=True)
    return proto


def weight_count(proto):
    """Numbers in the ONNX file, which has the batch norm folded in."""
    return sum(int(np.prod(tensor.dims)) for tensor in proto.graph.initializer)


TAPS = ["pool1", "pool2", "relu3", "pool3", "dense_relu"]


def taps(proto, images):
    """Features of each layer in TAPS (averaged over space) and logits, by ONNX Runtime."""
    import onnx
    import onnxruntime

    tapped = onnx.ModelProto.FromString(proto.SerializeToString())
    tapped.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in TAPS)
    session = onnxruntime.InferenceSession(
        tapped.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    nchw = images.transpose(0, 3, 1, 2)
    parts = [session.run(None, {"image": nchw[i : i + 1000]}) for i in range(0, len(nchw), 1000)]
    outputs = [np.concatenate(column) for column in zip(*parts, strict=True)]
    pooled = [o.mean((2, 3)) if o.ndim == 4 else o for o in outputs[1:]]
    return outputs[0], dict(zip(TAPS, pooled, strict=True))


def similarities(f, patterns):
    """(N, classes) similarities of features to patterns, higher = more alike."""
    norms = np.linalg.norm(f, axis=1, keepdims=True) * np.linalg.norm(patterns, axis=1)
    return {
        "inner": f @ patterns.T / f.shape[1],
        "cosine": f @ patterns.T / np.maximum(norms, 1e-12),
        "euclidean": -np.linalg.norm(f[:, None] - patterns, axis=2),
    }


def scores(logits, features, patterns):
    """Every score by name, higher = more out-of-distribution."""
    found = {"msp": -(np.exp(logits - logits.max(1, keepdims=True)).sum(1) ** -1.0)}
    found["energy"] = -np.log(np.exp(logits).sum(1))
    for layer, f in features.items():
        for name, similarity in similarities(f, patterns[layer]).items():
            found[f"{layer} {name} best"] = -similarity.max(1)
            found[f"{layer} {name} predicted"] = -similarity[np.arange(len(f)), logits.argmax(1)]
    return found


def selection_table(proto, data):
    """AUROC on validation data of every layer and similarity against each OOD set."""
    from sklearn.metrics import roc_auc_score

    logits, features = taps(proto, data["fit"][0])
    correct = logits.argmax(1) == data["fit"][1]
    patterns = {
        layer: np.stack(
            [f[correct & (data["fit"][1] == c)].mean(0, dtype=np.float64) for c in range(CLASSES)]
        ).astype(np.float32)
        for layer, f in features.items()
    }
    known, *unknown = (
        scores(*taps(proto, data[name][0]), patterns)
        for name in ("validation", "digits 5-9", "fashion")
    )
    auroc = lambda i, o: round(
        float(roc_auc_score(np.r_[np.zeros(len(i)), np.ones(len(o))], np.r_[i, o])), 4
    )
    return {name: [auroc(known[name], other[name]) for other in unknown] for name in known}


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mnist", required=True, help="folder with MNIST's idx files")
    parser.add_argument("--fashion", required=True, help="folder with Fashion-MNIST's idx files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--dense", type=int, default=48)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--l2", type=float, default=2e-3)
    parser.add_argument("--rotation", type=float, default=0.03, help="fraction of a full turn")
    parser.add_argument("--shift", type=float, default=0.05, help="fraction of the image")
    parser.add_argument("--zoom", type=float, default=0.05)
    parser.add_argument(
        "-o", "--output", type=pathlib.Path, default=pathlib.Path("models/digits-model.onnx")
    )
    return parser.parse_args()


def main():
    args = arguments()
    import tensorflow as tf

    tf.keras.utils.set_random_seed(args.seed)
    tf.config.experimental.enable_op_determinism()
    x, y = load_train(args.mnist)
    parts = split(y)
    data = {name: (x[i], y[i]) for name, i in parts.items()}
    data["digits 5-9"] = (x[y >= CLASSES][:5000], None)
    data["fashion"] = (load_train(args.fashion)[0][:5000], None)

    model = train(args, *data["fit"], data["validation"])
    proto = to_onnx(model)
    logits, _ = taps(proto, data["validation"][0])
    difference = float(np.abs(logits - model.predict(data["validation"][0], verbose=0)).max())
    assert difference < 1e-4, f"the ONNX file differs from Keras by {difference}"

    table = selection_table(proto, data)
    args.output.write_bytes(proto.SerializeToString())
    log = {
        "arguments": {
            k: str(v) if isinstance(v, pathlib.Path) else v
            for k, v in vars(args).items()
            if k not in ("mnist", "fashion", "output")
        },
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
        },
        "weights": weight_count(proto),
        "images": {name: len(i) for name, i in parts.items()},
        "validation_accuracy": round(float((logits.argmax(1) == data["validation"][1]).mean()), 4),
        "onnx_keras_max_difference": difference,
        "validation_auroc": {"columns": ["digits 5-9", "fashion"], **table},
    }
    args.output.with_suffix(".json").write_text(json.dumps(log, indent=1) + "\n")
    print(json.dumps(log, indent=1))


if __name__ == "__main__":
    main()
