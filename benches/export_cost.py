"""What the verdict costs in an exported graph: the digit detector's beside its model alone, and the
graph with its calibration scores repeated up to 100,000.

    python benches/export_cost.py [--she-ood target/release/she-ood] [--rounds 60]

Needs NumPy, onnx and ONNX Runtime (tools/requirements-test.txt). The three graphs take turns, each
with the same 64 pictures of noise, on one thread. `make bench-export` runs it.
"""

import argparse
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[1]
COUNT = 100_000


def calibration_of(graph):
    """The calibration scores of an exported graph: what every score is compared with."""
    tables = {node.input[0] for node in graph.node if node.op_type == "Less"}
    [table] = [tensor for tensor in graph.initializer if tensor.name in tables]
    return table


def with_scores(exported, count):
    """The graph with as many calibration scores, its own repeated. P-values mean nothing then."""
    model = onnx.load_from_string(exported)
    table = calibration_of(model.graph)
    scores = np.resize(numpy_helper.to_array(table), (1, count))
    table.CopyFrom(numpy_helper.from_array(scores, table.name))
    return model.SerializeToString()


def session_of(graph):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options)


def milliseconds(session, batch):
    start = time.perf_counter()
    session.run(None, {session.get_inputs()[0].name: batch})
    return (time.perf_counter() - start) * 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--she-ood", default=ROOT / "target/release/she-ood")
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scored = pathlib.Path(folder) / "scored.onnx"
        detector = ROOT / "models/digits.onnx"
        subprocess.run([options.she_ood, "export", detector, "-o", scored], check=True)
        exported = scored.read_bytes()
    own = calibration_of(onnx.load_from_string(exported).graph).dims[1]
    graphs = {
        "the model alone": (ROOT / "models/digits-model.onnx").read_bytes(),
        f"with {own:,} calibration scores": exported,
        f"with {COUNT:,} calibration scores": with_scores(exported, COUNT),
    }
    sessions = {name: session_of(graph) for name, graph in graphs.items()}
    batch = np.random.default_rng(0).random((64, 1, 28, 28), np.float32)
    for session in sessions.values():
        milliseconds(session, batch)
    rounds = [
        [milliseconds(session, batch) for session in sessions.values()]
        for _ in range(options.rounds)
    ]
    for name, times in zip(graphs, np.transpose(rounds), strict=True):
        print(f"{name}: {np.median(times):.1f} ms, {len(graphs[name]) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
