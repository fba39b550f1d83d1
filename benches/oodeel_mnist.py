"""oodeel's side of benches/fit_eval.py: fits SHE on MNIST's digits 0-4, scores the test digits, and
prints how long it took.

    python benches/oodeel_mnist.py --model MODEL.onnx --mnist DIR --threads 1

eps = 0, batches of 128, tf.data's autotuning off (it waits more than it works). The clock starts
after all imports and with the model built, and stops with the AUROC; the two aggregated layers are
those of the experiment.
"""

import onnx
import tensorflow as tf
from mnist import arguments, say, timed
from onnx import numpy_helper
from oodeel.eval.metrics import bench_metrics
from oodeel.methods.she import SHE

BATCH = 128


def keras_model(path):
    """The toy MLP in Keras, with the weights of the ONNX file."""
    arrays = {
        tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer
    }
    dense = lambda units, name, activation="relu": tf.keras.layers.Dense(
        units, activation=activation, name=name
    )
    layers = [
        tf.keras.layers.Flatten(),
        dense(300, "dense"),
        dense(150, "dense_1"),
        dense(10, "dense_2", "softmax"),
    ]
    model = tf.keras.Sequential([tf.keras.layers.Input((28, 28, 1)), *layers])
    for layer in model.layers[1:]:
        layer.set_weights(
            [
                arrays[f"sequential/{layer.name}/{part}/ReadVariableOp:0"]
                for part in ("MatMul", "BiasAdd")
            ]
        )
    return model


def batches(images, labels):
    options = tf.data.Options()
    options.autotune.enabled = False
    return tf.data.Dataset.from_tensor_slices((images, labels)).batch(BATCH).with_options(options)


def fit(model, images, labels):
    detector = SHE(eps=0)
    detector.fit(model, batches(images, labels), feature_layers_id=["dense", "dense_1"])
    return detector


def auroc(detector, sides):
    scores = tuple(detector.score(batches(*side))[0] for side in sides)
    return bench_metrics(scores, metrics=["auroc"])["auroc"]


def main():
    args = arguments(__doc__)
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(args.threads)
    model = keras_model(args.model)
    say(timed(args.mnist, lambda images, labels: fit(model, images, labels), auroc))


if __name__ == "__main__":
    main()
