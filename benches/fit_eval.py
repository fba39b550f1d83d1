"""Fits and evaluates SHE on MNIST's digits 0-4 with she-ood and with oodeel, in turns, and prints the table of both.

    cargo build --release --features cli
    python benches/fit_eval.py [--rounds 7] [--json FILE]

The same work on both sides: the toy MLP of tests/data, layers dense and dense_1, std aggregator, eps = 0; fit on the 30,596
training images of digits 0-4, evaluation of the 10,000 test images; one thread each, pinned to one core by `taskset`.

- she-ood: the commands `fit` and `eval`, each from start to end of its process: program start, model, files, calibration on 500
  images (which oodeel does not do), all of eval's scores.
- oodeel: benches/oodeel_mnist.py, from the first byte of the images to the AUROC, without Python's start, imports and building of
  the model; and, beside it, the whole process.

Needs `make data` and a Python with oodeel 0.4.0 and TensorFlow: see tools/golden/presets.py.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODEL = ROOT / "tests/data/mnist_mlp_0-4.onnx"
MNIST = ROOT / "data/mnist"
LAYERS = [f"sequential/{layer}/Relu:0" for layer in ("dense", "dense_1")]


def images(part, options):
    return f"{MNIST}/{part}-images-idx3-ubyte:{MNIST}/{part}-labels-idx1-ubyte:{options}"


def commands(detector):
    """The command lines of fit and eval."""
    program = str(ROOT / "target/release/she-ood")
    layers = [argument for layer in LAYERS for argument in ("--layer", layer)]
    known = "keep=0,1,2,3,4"
    data = ["--data", images("train", known), "--calibration", images("t10k", f"{known}:rows=..500")]
    sets = ["--id", images("t10k", known), "--ood", images("t10k", "keep=5,6,7,8,9")]
    return {"fit": [program, "fit", str(MODEL), *layers, *data, "-o", detector], "eval": [program, "eval", detector, *sets, "--json"]}


def timed(command):
    """Seconds, peak memory in MB and output of a process on one core."""
    start = time.perf_counter()
    # Threads of TensorFlow and NumPy are as many as cores they are allowed.
    child = subprocess.Popen(["taskset", "-c", "0", *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{command[0]} failed: {command}")
    return seconds, usage.ru_maxrss / 1024, output


def ours():
    with tempfile.TemporaryDirectory() as folder:
        runs = {name: timed(command) for name, command in commands(f"{folder}/detector.onnx").items()}
    figures = json.loads(runs["eval"][2])["ood"][0]["scores"][0]
    return {
        "fit_s": runs["fit"][0],
        "eval_s": runs["eval"][0],
        "work_s": runs["fit"][0] + runs["eval"][0],
        "process_s": runs["fit"][0] + runs["eval"][0],
        "peak_mb": max(peak for _, peak, _ in runs.values()),
        "auroc": figures["auroc"],
    }


def oodeel():
    script = str(ROOT / "benches/oodeel_mnist.py")
    seconds, peak, output = timed([sys.executable, script, "--model", str(MODEL), "--mnist", str(MNIST)])
    figures = json.loads(output.splitlines()[-1])
    work = figures["read_s"] + figures["fit_s"] + figures["eval_s"]
    return {**figures, "work_s": work, "process_s": seconds, "peak_mb": peak}


def table(runs):
    """Median and spread of each figure, and the ratio of the medians."""
    print(f"{'':12}{'she-ood':>24}{'oodeel 0.4.0':>24}{'ratio':>8}")
    for name in ("fit_s", "eval_s", "work_s", "process_s", "peak_mb", "auroc"):
        values = [[run[name] for run in side] for side in runs.values()]
        middle = [statistics.median(side) for side in values]
        cells = [f"{m:.4g} ({min(side):.4g}-{max(side):.4g})" for m, side in zip(middle, values)]
        print(f"{name:12}{cells[0]:>24}{cells[1]:>24}{middle[1] / middle[0]:8.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=pathlib.Path, help="where the runs go")
    args = parser.parse_args()
    ours(), oodeel()  # warm-up: files into memory
    pairs = [(ours(), oodeel()) for _ in range(args.rounds)]
    runs = {"she-ood": [ours for ours, _ in pairs], "oodeel": [theirs for _, theirs in pairs]}
    table(runs)
    if args.json:
        about = {"date": time.strftime("%Y-%m-%d"), "machine": platform.platform(), "cores": os.cpu_count()}
        args.json.write_text(json.dumps({**about, **runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
