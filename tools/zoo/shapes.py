"""Small PyTorch models of the inputs and outputs that classifiers have."""

import numpy as np
import onnx
import torch
from entry import add, pixels
from onnxscript import FLOAT, opset17, script
from pytorch import DYNAMO, LEGACY, export, export_dynamo, lively
from torch import nn

PICTURE, ROW, WAVE, SERIES = (3, 32, 32), (12,), (1, 2000), (30, 6)
HIDDEN = 16


def body():
    """A small network of pictures, up to its vector of 16."""
    return [
        nn.Conv2d(3, 8, 3, stride=2, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, HIDDEN, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    ]


def cnn(*head):
    return nn.Sequential(*body(), *(head or [nn.Linear(HIDDEN, 5)]))


def mlp(classes, *head):
    return nn.Sequential(nn.Linear(12, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, classes), *head)


def fully_convolutional():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.Conv2d(8, 5, 1), nn.AdaptiveAvgPool2d(1)
    )


def audio():
    return nn.Sequential(
        nn.Conv1d(1, 8, 25, 5),
        nn.ReLU(),
        nn.Conv1d(8, HIDDEN, 9, 4),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(HIDDEN, 6),
    )


class Sensors(nn.Module):
    """Convolutions over time, whose last step classifies."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(6, 12, 3), nn.GELU(), nn.Conv1d(12, HIDDEN, 3))
        self.head = nn.Linear(HIDDEN, 4)

    def forward(self, x):
        return self.head(self.layers(x.transpose(1, 2))[:, :, -1])


class Recurrent(nn.Module):
    def __init__(self, layer, bidirectional=False):
        super().__init__()
        self.layer = layer(6, HIDDEN, 2, batch_first=True, bidirectional=bidirectional)
        self.head = nn.Linear(HIDDEN * (2 if bidirectional else 1), 4)

    def forward(self, x):
        return self.head(self.layer(x)[0][:, -1])


def video():
    return nn.Sequential(
        nn.Conv3d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(8, 4)
    )


class Several(nn.Module):
    """Outputs beside the logits, before or after them."""

    def __init__(self, order):
        super().__init__()
        self.body, self.head, self.order = nn.Sequential(*body()), nn.Linear(HIDDEN, 5), order

    def forward(self, x):
        embedding = self.body(x)
        logits = self.head(embedding)
        outputs = {
            "embedding": embedding,
            "logits": logits,
            "probabilities": logits.softmax(1),
            "label": logits.argmax(1),
        }
        return tuple(outputs[name] for name in self.order)


class Bytes(nn.Module):
    """Takes whole numbers, 0 to 255, and scales them itself."""

    def __init__(self, last=False):
        super().__init__()
        self.model, self.last = cnn(), last

    def forward(self, x):
        x = x.permute(0, 3, 1, 2) if self.last else x
        return self.model(x.float() / 255)


class Row(nn.Module):
    """Takes one sample without a batch dimension."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x[None])[0]


def traced(build, shape, **options):
    return lambda path: export(lively(build()), path, shape, **options)


def several(*order):
    return lambda path: export(lively(Several(order)), path, PICTURE, outputs=order)


def double(path):
    export(lively(mlp(4)).double(), path, ROW, dtype=torch.float64)


def batchless(path):
    model = Row(lively(cnn()))
    torch.onnx.export(model, (torch.zeros(PICTURE),), str(path), dynamo=False, opset_version=17)


def function(path):
    """Half of the network is an ONNX function of the file's own."""
    rng = np.random.default_rng(0)
    first, second = (rng.normal(0, 0.5, s).astype("float32") for s in ((12, HIDDEN), (HIDDEN, 4)))

    @script()
    def dense_relu(x, w):
        return opset17.Relu(opset17.MatMul(x, w))

    @script()
    def classify(x: FLOAT[None, 12]) -> FLOAT[None, 4]:
        return opset17.MatMul(
            dense_relu(x, opset17.Constant(value=first)), opset17.Constant(value=second)
        )

    onnx.save(classify.to_model_proto(), path)


def two_inputs(path):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = mlp(4)

        def forward(self, x, mask):
            return self.model(x * mask)

    sample = torch.zeros(1, 12)
    torch.onnx.export(lively(Both()), (sample, sample), str(path), dynamo=False, opset_version=17)


OPEN = {"input-shape": "1,2000"}
SEVERAL = "several inputs: fix the others as constants"
EITHER = "each label is a question of its own"
ENTRIES = [
    ("cnn", traced(cnn, PICTURE), PICTURE, {}),
    ("cnn_fully_convolutional", traced(fully_convolutional, PICTURE), PICTURE, {}),
    ("audio", traced(audio, WAVE), WAVE, {}),
    ("audio_open", traced(audio, WAVE, sizes=True), WAVE, {"options": OPEN}),
    ("sensors", traced(Sensors, SERIES), SERIES, {}),
    ("lstm", traced(lambda: Recurrent(nn.LSTM), SERIES), SERIES, {}),
    ("gru", traced(lambda: Recurrent(nn.GRU), SERIES), SERIES, {}),
    ("rnn", traced(lambda: Recurrent(nn.RNN), SERIES), SERIES, {}),
    ("bilstm", traced(lambda: Recurrent(nn.LSTM, True), SERIES), SERIES, {}),
    ("conv3d", traced(video, (3, 6, 16, 16)), (3, 6, 16, 16), {}),
    ("logit", traced(lambda: mlp(1), ROW), ROW, {}),
    ("sigmoid", traced(lambda: mlp(1, nn.Sigmoid()), ROW), ROW, {}),
    (
        "sigmoid_picture",
        traced(lambda: cnn(nn.Linear(HIDDEN, 1), nn.Sigmoid()), PICTURE),
        PICTURE,
        {},
    ),
    ("multilabel", traced(lambda: mlp(4, nn.Sigmoid()), ROW), ROW, {"refused": EITHER}),
    ("softmax", traced(lambda: mlp(4, nn.Softmax(1)), ROW), ROW, {}),
    ("log_softmax", traced(lambda: mlp(4, nn.LogSoftmax(1)), ROW), ROW, {}),
    ("embedding_first", several("embedding", "logits"), PICTURE, {"output": "logits"}),
    ("logits_first", several("logits", "embedding"), PICTURE, {"output": "logits"}),
    ("label_first", several("label", "probabilities"), PICTURE, {"output": "probabilities"}),
    (
        "named_output",
        several("embedding", "probabilities", "logits"),
        PICTURE,
        {"output": "logits", "options": {"logits": "logits"}},
    ),
    ("uint8", traced(Bytes, PICTURE, dtype=torch.uint8), PICTURE, {"samples": pixels}),
    ("int64", traced(Bytes, PICTURE, dtype=torch.int64), PICTURE, {"samples": pixels}),
    (
        "uint8_channels_last",
        traced(lambda: Bytes(True), (32, 32, 3), dtype=torch.uint8),
        (32, 32, 3),
        {"samples": pixels},
    ),
    ("float64", double, ROW, {}),
    ("batchless", batchless, PICTURE, {"batchless": True}),
    ("function", function, ROW, {}),
    ("two_inputs", two_inputs, ROW, {"refused": SEVERAL}),
]
for name, write, shape, options in ENTRIES:
    add(
        "shapes",
        f"pt_{name}",
        LEGACY if name != "function" else "onnxscript",
        write,
        shape,
        **options,
    )
for name, build, shape in [
    ("mlp", lambda: mlp(4), ROW),
    ("lstm", lambda: Recurrent(nn.LSTM), SERIES),
    ("conv3d", video, (3, 6, 16, 16)),
    ("audio", audio, WAVE),
]:
    add(
        "shapes",
        f"pt_{name}_dynamo",
        DYNAMO,
        lambda path, build=build, shape=shape: export_dynamo(lively(build()), path, shape),
        shape,
    )
