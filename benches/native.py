"""What the native benchmarks share: the command line, and our program and ONNX Runtime ready to
score."""

import os
import pathlib
import subprocess
import sys
import time

import numpy as np
import onnxruntime
from peers import tapped

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUT = ROOT / "target/bench"
PROGRAM = ROOT / "target/release/she-ood"
TIMES = ROOT / "target/release/examples/score_times"


# Linux counts what a process held before it became another program, so a small one starts it.
LAUNCHER = """
import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(usage.ru_maxrss / 1000)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(*arguments):
    """Runs the command line: seconds, and the most MB it held."""
    start = time.perf_counter()
    command = [sys.executable, "-I", "-S", "-c", LAUNCHER, PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    # 3: the detector is written and works badly, as on noise.
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)
    return seconds, float(done.stdout.splitlines()[-1])


class Ours:
    """Our scores, in a process of its own."""

    def __init__(self, detector, samples, threads):
        path = OUT / "samples.bin"
        path.write_bytes(samples.tobytes())
        self.process = subprocess.Popen(
            [TIMES, detector, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "RAYON_NUM_THREADS": str(threads)},
        )
        self.load = self.read()[0]

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("score_times ended early")
        return [float(word) for word in line.split()]

    def ask(self, what):
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.read()

    def one(self, count):
        """Milliseconds of a score, and the score."""
        milliseconds, score = self.ask(f"one {count}")
        return milliseconds, np.array([score])

    def batch(self):
        """Milliseconds a sample, and the scores."""
        milliseconds, *scores = self.ask("batch")
        return milliseconds, np.array(scores)

    def memory(self):
        """The most MB it held."""
        return self.ask("memory")[0]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class OnnxRuntime:
    """ONNX Runtime's scores, with SHE in NumPy."""

    def __init__(self, detector, samples, threads):
        model, self.settings = tapped(detector)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        providers = ["CPUExecutionProvider"]
        start = time.perf_counter()
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers)
        self.load = 1e3 * (time.perf_counter() - start)
        self.samples = samples
        self.names = [layer["name"] for layer in self.settings["layers"]]
        self.patterns = [
            np.array(layer["patterns"]).reshape(-1, layer["size"])
            for layer in self.settings["layers"]
        ]

    def scores(self, samples):
        outputs = self.session.run(self.names, {self.settings["input"]: samples})
        each = [
            -self.similarities(output.reshape(*output.shape[:2], -1).mean(2), patterns).max(1) / std
            for output, patterns, std in zip(
                outputs, self.patterns, self.settings["stds"], strict=True
            )
        ]
        return np.mean(each, axis=0)

    def similarities(self, features, patterns):
        products = features @ patterns.T
        if self.settings["similarity"] == "inner":
            return products / patterns.shape[1]
        lengths = np.linalg.norm(features, axis=1)[:, None] * np.linalg.norm(patterns, axis=1)
        return products / lengths

    def one(self, count):
        scores = self.scores(self.samples[:1])
        start = time.perf_counter()
        for _ in range(count):
            self.scores(self.samples[:1])
        return 1e3 * (time.perf_counter() - start) / count, scores

    def batch(self):
        start = time.perf_counter()
        scores = self.scores(self.samples)
        return 1e3 * (time.perf_counter() - start) / len(self.samples), scores

    def close(self):
        del self.session
