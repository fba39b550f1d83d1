"""oodeel's side of benches/fit_eval.py: fits SHE on MNIST's digits 0-4, scores the test digits, and prints how long it took.

    python benches/oodeel_mnist.py --model MODEL.onnx --mnist DIR --threads 1

eps = 0, batches of 128, tf.data's autotuning off (it waits more than it works). The clock starts after all imports
and with the model built, and stops with the AUROC; the two aggregated layers are those of the experiment.
"""

import argparse
import json
import pathlib
import time

import numpy as np
import onnx
import tensorflow as tf
from onnx import numpy_helper
from oodeel.eval.metrics import bench_metrics
from oodeel.methods.she import SHE

BATCH = 128


def keras_model(path):
    """The toy MLP in Keras, with the weights of the ONNX file."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    dense = lambda units, name, activation="relu": tf.keras.layers.Dense(units, activation=activation, name=name)
    layers = [tf.keras.layers.Flatten(), dense(300, "dense"), dense(150, "dense_1"), dense(10, "dense_2", "softmax")]
    model = tf.keras.Sequential([tf.keras.layers.Input((28, 28, 1)), *layers])
    for layer in model.layers[1:]:
        layer.set_weights([arrays[f"sequential/{layer.name}/{part}/ReadVariableOp:0"] for part in ("MatMul", "BiasAdd")])
    return model


def read(folder, part):
    """Images as 0 to 1 and labels of the idx files."""
    images = np.frombuffer((folder / f"{part}-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    labels = np.frombuffer((folder / f"{part}-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    return images.reshape(-1, 28, 28, 1) / np.float32(255), labels.astype(np.int64)


def batches(images, labels):
    options = tf.data.Options()
    options.autotune.enabled = False
    return tf.data.Dataset.from_tensor_slices((images, labels)).batch(BATCH).with_options(options)


def fit_and_score(model, folder):
    """Seconds of reading, fitting and scoring, and the AUROC."""
    start = time.perf_counter()
    (train, train_labels), (test, test_labels) = read(folder, "train"), read(folder, "t10k")
    known, known_labels = train[train_labels < 5], train_labels[train_labels < 5]
    marks = [time.perf_counter()]
    detector = SHE(eps=0)
    detector.fit(model, batches(known, known_labels), feature_layers_id=["dense", "dense_1"])
    marks.append(time.perf_counter())
    sides = [detector.score(batches(test[side], test_labels[side]))[0] for side in (test_labels < 5, test_labels >= 5)]
    auroc = bench_metrics(tuple(sides), metrics=["auroc"])["auroc"]
    marks.append(time.perf_counter())
    read_s, fit_s, eval_s = np.diff([start, *marks])
    return {"read_s": read_s, "fit_s": fit_s, "eval_s": eval_s, "auroc": auroc}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--mnist", required=True, type=pathlib.Path)
    parser.add_argument("--threads", required=True, type=int)
    args = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(args.threads)
    result = fit_and_score(keras_model(args.model), args.mnist)
    print(json.dumps({name: round(float(value), 6) for name, value in result.items()}))


if __name__ == "__main__":
    main()
