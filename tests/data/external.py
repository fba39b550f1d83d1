"""Makes `external.json` and `external.npz`: a small classifier of pictures whose weights are in
other files, in every way that `external_data` allows, and in some that it does not.

    python tests/data/external.py

Each good case has the model and its files in base64, the same model as one file, `whole`, and the
logits that ONNX Runtime gives with the files in a folder. A bad one has words of its error. The
samples of the second file have the classes that the model gives.
"""

import base64
import json
import pathlib
import tempfile

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import Message
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
SHAPE, HIDDEN, CLASSES = (3, 4, 4), 5, 3
rng = np.random.default_rng(20)
SAMPLE = rng.normal(0, 1, SHAPE).astype(np.float32)
VALUES = {
    "w": rng.normal(0, 1, (48, HIDDEN)).astype(np.float32),
    "b": rng.normal(0, 1, HIDDEN).astype(np.float32),
    "v": rng.normal(0, 1, (HIDDEN, CLASSES)).astype(np.float32),
    "c": rng.normal(0, 1, CLASSES).astype(np.float32),
}
DATA = "model.onnx.data"


def tensors():
    return {name: numpy_helper.from_array(values, name) for name, values in VALUES.items()}


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], **attributes)


def info(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def model(nodes, weights, **more):
    """A classifier that flattens a picture to `f`, and whose nodes make `logits` of it."""
    graph = helper.make_graph(
        [node("Flatten", "x", "f"), *nodes],
        "g",
        [info("x", ["batch", *SHAPE])],
        [info("logits", ["batch", CLASSES])],
        weights,
        **more,
    )
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="test"
    )
    proto.metadata_props.add(key="origin", value="tests")
    return proto


LAYERS = [
    node("Gemm", "f w b", "a"),
    node("Relu", "a", "hidden"),
    node("Gemm", "hidden v c", "logits"),
]


def plain():
    return model(LAYERS, list(tensors().values()))


def with_constants():
    """Weights as values of Constant nodes."""
    constants = [node("Constant", "", name, value=t) for name, t in tensors().items()]
    for constant in constants:
        del constant.input[:]
    return model([*constants, *LAYERS], [])


def with_branches():
    """Weights in the two graphs of an If."""
    all_ = tensors()

    def branch(name):
        weights = [helper.make_graph([node("Gemm", "f w b", name)], name, [], [info(name, None)])]
        weights[0].initializer.extend([all_["w"], all_["b"]])
        return weights[0]

    condition = numpy_helper.from_array(np.array(True), "yes")
    choose = node("If", "yes", "a", then_branch=branch("one"), else_branch=branch("two"))
    return model([choose, *LAYERS[1:]], [all_["v"], all_["c"], condition])


def all_tensors(message):
    """Every tensor in a message, in the order of its fields."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for part in [value] if isinstance(value, Message) else value:
            if isinstance(part, TensorProto):
                yield part
            else:
                yield from all_tensors(part)


def move(proto, place):
    """Moves values out of a model, where `place(name)` says: to which file, and after how many
    bytes of padding. Returns the model and the files."""
    outside, files = onnx.ModelProto.FromString(proto.SerializeToString()), {}
    for tensor in all_tensors(outside):
        if tensor.name not in VALUES:
            continue
        location, padding, keys = place(tensor.name)
        data = files.get(location, b"") + b"\xee" * padding
        entries = {"location": location, "offset": len(data), "length": len(tensor.raw_data)}
        files[location] = data + tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key in keys:
            tensor.external_data.add(key=key, value=str(entries[key]))
    return outside, files


KEYS = ("location", "offset", "length")


def with_onnx(proto, **options):
    """Moves values out of a model as Python's onnx does."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "model.onnx")
        copy = onnx.ModelProto.FromString(proto.SerializeToString())
        onnx.save(copy, path, save_as_external_data=True, size_threshold=0, **options)
        files = {p.name: p.read_bytes() for p in pathlib.Path(folder).iterdir() if p != path}
        return onnx.ModelProto.FromString(path.read_bytes()), files


GOOD = {
    "one file": (plain(), *with_onnx(plain(), location=DATA)),
    "a file for each": (plain(), *with_onnx(plain(), all_tensors_to_one_file=False)),
    "unaligned": (plain(), *move(plain(), lambda name: (DATA, 3, KEYS))),
    "no length": (plain(), *move(plain(), lambda name: (DATA, 0, KEYS[:2]))),
    "no offset": (plain(), *move(plain(), lambda name: (f"{name}.bin", 0, KEYS[:1]))),
    "in a folder": (plain(), *move(plain(), lambda name: (f"./weights/{name}", 0, KEYS))),
    "constants": (with_constants(), *move(with_constants(), lambda name: (DATA, 0, KEYS))),
    "branches": (with_branches(), *move(with_branches(), lambda name: (DATA, 0, KEYS))),
}


def logits(proto, files, samples=SAMPLE[None]):
    with tempfile.TemporaryDirectory() as folder:
        for name, data in {"model.onnx": proto.SerializeToString(), **files}.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        session = onnxruntime.InferenceSession(
            pathlib.Path(folder, "model.onnx"), providers=["CPUExecutionProvider"]
        )
        return session.run(["logits"], {"x": samples})[0]


def sparse():
    """A part that the engine does not read."""
    weights = tensors()
    values = numpy_helper.from_array(VALUES["b"], "b")
    indices = numpy_helper.from_array(np.arange(HIDDEN, dtype=np.int64), "i")
    proto = model(LAYERS, [weights[name] for name in "wvc"])
    proto.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [9]))
    return proto


def function():
    constant = node("Constant", "", "b", value=tensors()["b"])
    del constant.input[:]
    proto = model(LAYERS, [tensors()[name] for name in "wvc"])
    made = helper.make_function("own", "F", [], ["b"], [constant], proto.opset_import)
    proto.functions.append(made)
    return proto


UNREAD = {
    "a sparse tensor": (sparse(), *move(sparse(), lambda name: (DATA, 0, KEYS))),
    "a function": (function(), *move(function(), lambda name: (DATA, 0, KEYS))),
}


def bad(words, files=None, cut=None, data_type=None, **entries):
    """The plain model with other entries for its first tensor or other files."""
    proto, own = move(plain(), lambda name: (DATA, 0, KEYS))
    tensor = proto.graph.initializer[0]
    for entry in list(tensor.external_data):
        if entry.key in entries:
            tensor.external_data.remove(entry)
    for key, value in entries.items():
        if value is not None:
            tensor.external_data.add(key=key, value=value)
    if data_type is not None:
        tensor.data_type = data_type
    return proto, files or {DATA: own[DATA][:cut]}, words


BAD = {
    "too short": bad(["has 1051"], cut=-1),
    "empty": bad(["has 0", "an empty file"], cut=0),
    "a pointer of git-lfs": bad(
        ["git lfs pull"], {DATA: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"}
    ),
    "a web page": bad(["web page"], {DATA: b"<!DOCTYPE html><html></html>"}),
    "a model": bad(["an ONNX model itself"], {DATA: plain().SerializeToString()}),
    "another length": bad(["[48, 5]", "960", "8"], length="8"),
    "a huge length": bad(["960", "99999999999999"], length="99999999999999"),
    "a huge offset": bad(["18446744073709551615", "has 1052"], offset="18446744073709551615"),
    "a negative offset": bad(["offset", "-4"], offset="-4"),
    "no number": bad(["length", "all"], length="all"),
    "texts": bad(["type 8"], data_type=TensorProto.STRING),
    "no location": bad(['in ""'], location=None),
    "an empty location": bad(['in ""'], location=""),
    "above the folder": bad(["../model.onnx.data"], location="../model.onnx.data"),
    "above, within": bad(["a/../../b"], location="a/../../b"),
    "an absolute path": bad(["/etc/passwd"], location="/etc/passwd"),
    "a drive": bad(["C:weights"], location="C:weights"),
    "a backslash": bad(["own folder"], location="..\\weights"),
    "an address": bad(["https://"], location="https://example.com/weights"),
    "the folder itself": bad(["own folder"], location="."),
}


def text(data):
    return base64.b64encode(data).decode()


def written(proto, files):
    names = {name: text(data) for name, data in files.items()}
    return {"model": text(proto.SerializeToString()), "files": names}


def good(whole, proto, files, runs):
    case = written(proto, {name.removeprefix("./"): data for name, data in files.items()})
    case["whole"] = text(whole.SerializeToString())
    return case | ({"logits": logits(proto, files)[0].tolist()} if runs else {})


if __name__ == "__main__":
    cases = {
        "sample": SAMPLE.ravel().tolist(),
        "good": {name: good(*case, True) for name, case in GOOD.items()}
        | {name: good(*case, False) for name, case in UNREAD.items()},
        "bad": {
            name: written(proto, files) | {"words": words}
            for name, (proto, files, words) in BAD.items()
        },
    }
    samples = rng.normal(0, 1, (20, *SHAPE)).astype(np.float32)
    classes = logits(plain(), {}, samples).argmax(axis=1)
    np.savez_compressed(HERE / "external.npz", x=samples, y=classes)
    (HERE / "external.json").write_text(json.dumps(cases, indent=1) + "\n")
