"""Trains the toy MLP of oodeel's first experiment on MNIST's digits 0-4: an ONNX file out.

    python tools/train_mlp.py --mnist DIR [--seed 1] [-o models/mnist-mlp.onnx]

784-300-150-10 with ReLU and a softmax at its end, as oodeel's `toy_mlp`: ten outputs though five
digits are known, pixels 0 to 1, Adam 1e-3, 5 epochs, batches of 128. Writes OUT and OUT with the
ending .json: seed, versions, accuracy.

Only the training files are read. Of their digits 0-4, in file order, the last 2,000 are left for
the calibration of detectors.
"""

import argparse
import json
import pathlib
import platform

import numpy as np
from mnist import HELD_OUT, load_train

KNOWN = 5
OUTPUTS = 10


def build():
    from tensorflow.keras import Sequential, layers

    return Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(300, activation="relu", name="dense"),
            layers.Dense(150, activation="relu", name="dense_1"),
            layers.Dense(OUTPUTS, activation="softmax", name="dense_2"),
        ]
    )


def to_onnx(model):
    """ONNX: `image` (batch, 28, 28, 1) in, `probabilities` (batch, 10) out."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("Flatten", ["image"], ["flatten"], name="flatten")]
    weights, flow = [], "flatten"
    for name, op in (("dense", "Relu"), ("dense_1", "Relu"), ("dense_2", None)):
        parts = [f"{name}.weight", f"{name}.bias"]
        weights += [
            numpy_helper.from_array(array, part)
            for array, part in zip(model.get_layer(name).get_weights(), parts, strict=True)
        ]
        linear = f"{name}_linear" if op else "logits"
        nodes.append(helper.make_node("Gemm", [flow, *parts], [linear], name=linear))
        flow = name if op else linear
        nodes += [helper.make_node(op, [linear], [name], name=name)] if op else []
    nodes.append(
        helper.make_node("Softmax", ["logits"], ["probabilities"], name="probabilities", axis=1)
    )
    value = lambda name, shape: helper.make_tensor_value_info(
        name, TensorProto.FLOAT, ["batch", *shape]
    )
    graph = helper.make_graph(
        nodes, "mlp", [value("image", [28, 28, 1])], [value("probabilities", [OUTPUTS])], weights
    )
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="she-ood"
    )
    proto.ir_version = 8
    onnx.checker.check_model(proto, full_check=True)
    return proto


def run(proto, images):
    """Probabilities by ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"image": images})[0]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mnist", required=True, help="folder with MNIST's idx files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "-o", "--output", type=pathlib.Path, default=pathlib.Path("models/mnist-mlp.onnx")
    )
    args = parser.parse_args()
    import tensorflow as tf

    tf.keras.utils.set_random_seed(args.seed)
    tf.config.experimental.enable_op_determinism()
    x, y = load_train(args.mnist)
    x, y = x[y < KNOWN], y[y < KNOWN]
    fit, held_out = slice(None, -HELD_OUT), slice(-HELD_OUT, None)
    model = build()
    model.compile(tf.keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(x[fit], y[fit], batch_size=128, epochs=5, verbose=2)

    proto = to_onnx(model)
    probabilities = run(proto, x[held_out])
    difference = float(np.abs(probabilities - model.predict(x[held_out], verbose=0)).max())
    assert difference < 1e-5, f"the ONNX file differs from Keras by {difference}"
    args.output.write_bytes(proto.SerializeToString())
    log = {
        "seed": args.seed,
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
        },
        "weights": int(sum(np.prod(tensor.dims) for tensor in proto.graph.initializer)),
        "images": {"fit": len(x[fit]), "held out": HELD_OUT},
        "held_out_accuracy": round(float((probabilities.argmax(1) == y[held_out]).mean()), 4),
        "onnx_keras_max_difference": difference,
    }
    args.output.with_suffix(".json").write_text(json.dumps(log, indent=1) + "\n")
    print(json.dumps(log, indent=1))


if __name__ == "__main__":
    main()
