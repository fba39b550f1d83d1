"""Makes a backbone for spoken words: 0.79 s of sound in, 96 features out.

    python tools/recipes/speech.py -o speech.onnx

Joins two networks of the Python package openwakeword, which is downloaded: one makes a spectrogram
of the samples, the other is Google's speech_embedding (Apache-2.0, arXiv 2002.01322). The package's
wake words, which may not be used commercially, are left out.
"""

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, compose, helper, load_from_string, numpy_helper, save

PACKAGE = "openwakeword==0.4.0"
MODELS = "openwakeword/resources/models/"
# 16,000 a second, in the range of 16-bit integers: enough for the 76 frames of one embedding.
SAMPLES = 12_640


def networks():
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
        subprocess.run([*command, folder, PACKAGE], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            names = ("melspectrogram.onnx", "embedding_model.onnx")
            return [load_from_string(wheel.read(MODELS + name)) for name in names]


def join(spectrogram, embedding):
    """The second network takes the first one's output, divided by ten, plus two."""
    spectrogram = compose.add_prefix(spectrogram, "spectrogram/")
    graph = spectrogram.graph
    constants = {"ten": 10, "two": 2}
    graph.initializer.extend(
        numpy_helper.from_array(np.float32(value), name) for name, value in constants.items()
    )
    graph.node.extend(
        [
            helper.make_node("Div", [graph.output[0].name, "ten"], ["tenth"]),
            helper.make_node("Add", ["tenth", "two"], ["scaled"]),
            helper.make_node("Transpose", ["scaled"], ["frames"], perm=[0, 2, 3, 1]),
        ]
    )
    frames = helper.make_tensor_value_info("frames", TensorProto.FLOAT, ["N", 76, 32, 1])
    del graph.output[:], graph.value_info[:]
    graph.output.append(frames)
    joined = compose.merge_models(
        spectrogram, embedding, io_map=[("frames", embedding.graph.input[0].name)]
    )
    joined.graph.input[0].type.tensor_type.shape.dim[1].dim_value = SAMPLES
    checker.check_model(joined)
    return joined


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("speech.onnx"))
    save(join(*networks()), parser.parse_args().output)


main()
