"""Makes tests/data/cifar10.png and cifar10.json: oodeel 0.4.0's scores of a ResNet-20 for CIFAR-10,
by layer and joined.

    python tools/golden/cifar10.py MODEL CIFAR_DIR

MODEL is the ONNX file of tools/train_cifar10.py; CIFAR_DIR holds the idx files of tools/cifar10.py.
The sheet holds 256 images, 16 tiles a row, in order: the first 192 training images, the first 48
test images, 8 of Gaussian noise, and 8 blanks and gradients. The detector is fitted on the 192
training images, and scores all 256 without perturbation (eps = 0). Each array is packed as in
fixture.py. In all scores, higher means more out-of-distribution.

- `labels`: of the 192 images of the fit;
- `logits`: of the 256, by ONNX Runtime;
- a score for each of the seven LAYERS, by its name, by oodeel's own code on the same model in
  PyTorch;
- `std`: the seven joined, by oodeel's own code (its default aggregator);
- `sum`: the plain sum of the seven, which is what oodeel 0.3 did.

All of them are asserted to agree with ONNX Runtime and NumPy in float64, within LIMIT.

Needs what these install, the second without its dependencies, of which TensorFlow, seaborn and
plotly are not needed here:

    pip install -r tools/requirements-torch.txt scipy scikit-learn tqdm matplotlib pandas \\
        faiss-cpu==1.8.0 datasets==2.21.0 pyarrow==17.0.0
    pip install --no-deps oodeel==0.4.0 torchvision==0.24.1
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from fixture import TARGET, packed
from onnx import numpy_helper
from oodeel.methods.she import SHE
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

sys.path.append(str(pathlib.Path(__file__).parents[1]))
from train_cifar10 import load, normalized

LAYERS = [f"stage{stage}_block3_{part}" for stage in (1, 2, 3) for part in ("conv2", "relu2")] + [
    "pooled"
]
FIT = 192
TEST = 48
CLASSES = 10
SIZE = 32
TILES = 16
# Largest difference between two ways to compute the same.
LIMIT = 1e-4


# The images


def noise():
    pixels = np.random.default_rng(0).normal(127.5, 64, (8, SIZE, SIZE, 3))
    return pixels.round().clip(0, 255).astype(np.uint8)


def plain():
    """Black, white, grey, red; gradients across, down, both, and one direction per channel."""
    ramp = np.linspace(0, 255, SIZE)
    across, down = np.meshgrid(ramp, ramp)
    full, none = np.full_like(across, 255), np.zeros_like(across)
    grey = lambda plane: np.stack([plane] * 3, -1)
    blanks = [grey(none), grey(full), grey(full / 2), np.stack([full, none, none], -1)]
    gradients = [
        grey(across),
        grey(down),
        grey((across + down) / 2),
        np.stack([across, down, 255 - across], -1),
    ]
    return np.stack(blanks + gradients).astype(np.uint8)


def samples(folder):
    """The 256 images, and the labels of the first 192."""
    (train, labels), (test, _) = load(folder, "train"), load(folder, "test")
    images = np.concatenate([train[:FIT], test[:TEST], noise(), plain()])
    assert len(images) == TILES * TILES == len(np.unique(images, axis=0))
    return images, labels[:FIT]


def sheet(images):
    tiles = images.reshape(TILES, TILES, SIZE, SIZE, 3)
    return Image.fromarray(tiles.swapaxes(1, 2).reshape(TILES * SIZE, TILES * SIZE, 3))


# The model


def run(proto, inputs):
    """Logits and features of the layers, by ONNX Runtime."""
    taps = onnx.ModelProto()
    taps.CopyFrom(proto)
    for name in LAYERS:
        taps.graph.output.append(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        )
    session = onnxruntime.InferenceSession(
        taps.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = ["logits", *LAYERS]
    return dict(zip(names, session.run(names, {"image": inputs.numpy()}), strict=True))


class Add(nn.Module):
    def forward(self, a, b):
        return a + b


def module(node, weights):
    """What a node of the graph is in PyTorch."""
    plain = {
        "Relu": nn.ReLU,
        "Add": Add,
        "GlobalAveragePool": lambda: nn.AdaptiveAvgPool2d(1),
        "Flatten": nn.Flatten,
    }
    if node.op_type in plain:
        return plain[node.op_type]()
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    outputs, inputs, *window = weights[0].shape
    if node.op_type == "Conv":
        made = nn.Conv2d(inputs, outputs, window, attributes["strides"], attributes["pads"][:2])
    else:
        assert node.op_type == "Gemm" and attributes == {"transB": 1}
        made = nn.Linear(inputs, outputs)
    made.load_state_dict(dict(zip(("weight", "bias"), weights, strict=True)))
    return made


class Model(nn.Module):
    """The same model in PyTorch: for each node of the graph a module of its name. Made anew for
    each detector, as oodeel hangs
    hooks on the model it is given, and takes off those of the detector before."""

    def __init__(self, proto):
        super().__init__()
        values = {
            tensor.name: torch.tensor(numpy_helper.to_array(tensor))
            for tensor in proto.graph.initializer
        }
        self.sources = {}
        for node in proto.graph.node:
            assert list(node.output) == [node.name]
            self.sources[node.name] = [name for name in node.input if name not in values]
            self.add_module(
                node.name, module(node, [values[name] for name in node.input if name in values])
            )

    def forward(self, image):
        flow = {"image": image}
        for name, sources in self.sources.items():
            flow[name] = self.get_submodule(name)(*(flow[source] for source in sources))
        return flow["logits"]


# Scores


def oodeel_scores(proto, inputs, labels, layers):
    """Scores by oodeel, and its logits."""
    # In batches that leave no last one of a single image, which oodeel cannot score.
    loader = lambda *arrays: DataLoader(TensorDataset(*arrays), batch_size=64)
    detector = SHE(eps=0)
    fit = loader(inputs[:FIT], torch.from_numpy(labels))
    detector.fit(Model(proto), fit, feature_layers_id=list(layers), head_layer_id="logits")
    scores, info = detector.score(loader(inputs))
    return scores, info["logits"]


def oodeel(proto, inputs, labels):
    single = {layer: oodeel_scores(proto, inputs, labels, [layer])[0] for layer in LAYERS}
    joined, logits = oodeel_scores(proto, inputs, labels, LAYERS)
    return single | {"std": joined, "sum": np.sum(list(single.values()), axis=0), "logits": logits}


def layer_score(features, correct, labels):
    features = features.astype(np.float64)
    pooled = features.mean((2, 3)) if features.ndim == 4 else features
    patterns = np.stack([pooled[:FIT][correct & (labels == c)].mean(0) for c in range(CLASSES)])
    return -(pooled @ patterns.T).max(1) / pooled.shape[1]


def reference(features, labels):
    """The same by the formulas, from the features of ONNX Runtime."""
    correct = features["logits"][:FIT].argmax(1) == labels
    # A class without one would make every score of oodeel not a number.
    assert set(labels[correct]) == set(range(CLASSES))
    single = {layer: layer_score(features[layer], correct, labels) for layer in LAYERS}
    joined = np.mean([score / score[:FIT].std() for score in single.values()], axis=0)
    print(f"correct: {correct.sum()} of {FIT}")
    return single | {
        "std": joined,
        "sum": np.sum(list(single.values()), axis=0),
        "logits": features["logits"],
    }


def check(found, expected):
    assert found.keys() == expected.keys()
    for name, array in found.items():
        assert array.shape == expected[name].shape and np.isfinite(array).all(), name
        difference = np.abs(array - expected[name]).max()
        print(
            f"{name}: {array.min():.4g} to {array.max():.4g}, largest difference {difference:.2g}"
        )
        assert difference < LIMIT, name


def main(model, folder):
    proto = onnx.load(model)
    images, labels = samples(folder)
    inputs = normalized(images)
    features = run(proto, inputs)
    scores = oodeel(proto, inputs, labels)
    check(scores, reference(features, labels))
    arrays = {"labels": labels, **scores, "logits": features["logits"]}
    text = json.dumps({name: packed(array) for name, array in arrays.items()}, indent=1)
    (TARGET / "cifar10.json").write_text(text + "\n")
    sheet(images).save(TARGET / "cifar10.png", optimize=True)


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))
