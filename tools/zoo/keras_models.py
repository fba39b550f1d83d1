"""Keras 3 by its own exporter, and TensorFlow functions by tf2onnx. Channels last."""

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from entry import add
from keras import applications, layers

KERAS, TF2ONNX = 'model.export(format="onnx")', "tf2onnx"


def lively(model, seed=0):
    """Draws again what starts as zeros or ones: biases and batch normalisations."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        value = np.asarray(weight)
        if value.ndim == 1:
            weight.assign(value + np.abs(rng.normal(0, 0.2, value.shape)))
    settle(model, rng)
    return model


def settle(model, rng):
    """Gives batch normalisations the statistics of noise, or deep networks answer all alike."""
    normalisations = [layer for layer in model.layers if hasattr(layer, "moving_variance")]
    for layer in normalisations:
        layer.momentum = 0.0
    if normalisations:
        shape = (8, *model.input_shape[1:])
        model(rng.normal(0, 1, shape).astype("float32"), training=True)


def dense():
    return keras.Sequential(
        [
            keras.Input((12,)),
            layers.Dense(32, "relu"),
            layers.BatchNormalization(),
            layers.Dense(16, "silu"),
            layers.Dense(4, "softmax"),
        ]
    )


def cnn():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, padding="same", strides=2),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, "softmax"),
        ]
    )


def cnn_pooled():
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.SeparableConv2D(16, 3, activation="swish"),
            layers.LayerNormalization(),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5),
        ]
    )


def conv1d():
    return keras.Sequential(
        [
            keras.Input((64, 3)),
            layers.Conv1D(16, 5, activation="relu"),
            layers.MaxPooling1D(2),
            layers.Conv1D(24, 3, padding="causal", activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(6, "softmax"),
        ]
    )


def recurrent(layer):
    return keras.Sequential(
        [keras.Input((20, 5)), layer(16, return_sequences=True), layer(12), layers.Dense(4)]
    )


def bidirectional():
    return keras.Sequential(
        [keras.Input((20, 5)), layers.Bidirectional(layers.LSTM(8)), layers.Dense(4, "softmax")]
    )


def attention():
    x = tokens = keras.Input((16, 24))
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 12)(x, x))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(tokens, layers.Dense(3, "softmax")(x))


def binary():
    return keras.Sequential(
        [keras.Input((12,)), layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")]
    )


def conv3d():
    return keras.Sequential(
        [
            keras.Input((8, 16, 16, 1)),
            layers.Conv3D(8, 3, activation="relu"),
            layers.GlobalAveragePooling3D(),
            layers.Dense(3, "softmax"),
        ]
    )


def application(kind, size, **options):
    return lambda: getattr(applications, kind)(
        weights=None, input_shape=(size, size, 3), classes=10, **options
    )


MODELS = {
    "dense": (dense, (12,)),
    "cnn": (cnn, (28, 28, 1)),
    "cnn_pooled": (cnn_pooled, (32, 32, 3)),
    "conv1d": (conv1d, (64, 3)),
    "lstm": (lambda: recurrent(layers.LSTM), (20, 5)),
    "gru": (lambda: recurrent(layers.GRU), (20, 5)),
    "bilstm": (bidirectional, (20, 5)),
    "attention": (attention, (16, 24)),
    "binary": (binary, (12,)),
    "conv3d": (conv3d, (8, 16, 16, 1)),
    "mobilenet": (application("MobileNet", 64, alpha=0.25), (64, 64, 3)),
    "mobilenetv2": (application("MobileNetV2", 64, alpha=0.35), (64, 64, 3)),
    "mobilenetv3": (application("MobileNetV3Small", 64, alpha=0.75), (64, 64, 3)),
    "efficientnetb0": (application("EfficientNetB0", 64), (64, 64, 3)),
    "efficientnetv2b0": (
        application("EfficientNetV2B0", 64, include_preprocessing=False),
        (64, 64, 3),
    ),
    "densenet121": (application("DenseNet121", 64), (64, 64, 3)),
    "resnet50": (application("ResNet50", 64), (64, 64, 3)),
}


def exported(build, shape):
    def export(path):
        keras.utils.set_random_seed(0)
        model = lively(build())
        model(np.zeros((1, *shape), np.float32))
        model.export(path, format="onnx", verbose=False)

    return export


def converted(build, shape, **options):
    def export(path):
        keras.utils.set_random_seed(0)
        model = lively(build())
        spec = [tf.TensorSpec([None, *shape], tf.float32, name="x")]
        function = tf.function(lambda x: model(x, training=False), input_signature=spec)
        tf2onnx.convert.from_function(function, spec, opset=17, output_path=str(path), **options)

    return export


INPUTS = "Keras leaves the constants of its Normalization as inputs"
for name, (build, shape) in MODELS.items():
    refused = INPUTS if name == "efficientnetb0" else None
    add("Keras", f"keras_{name}", KERAS, exported(build, shape), shape, refused=refused)
for name in ("cnn", "mobilenetv2", "lstm"):
    build, shape = MODELS[name]
    add("Keras", f"tf2onnx_{name}", TF2ONNX, converted(build, shape), shape)
