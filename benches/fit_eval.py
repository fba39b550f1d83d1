"""Fits and evaluates SHE on MNIST's digits 0-4 with she-ood, oodeel, and ONNX Runtime with NumPy,
in turns, and prints the table of all.

    cargo build --release --features cli
    python benches/fit_eval.py --oodeel PYTHON [--rounds 7] [--json FILE]

The same work on all sides: the toy MLP of tests/data, layers dense and dense_1, std aggregator, eps
= 0; fit on the 30,596 training images of digits 0-4, evaluation of the 10,000 test images; pinned
to one core by `taskset`, then on all cores.

- she-ood: the commands `fit` and `eval`, each from start to end of its process: program start,
  model, files, calibration on 500 images (which the others do not do), all of eval's scores.
- oodeel: benches/oodeel_mnist.py, and ONNX Runtime: benches/onnxruntime_mnist.py, each from the
  first byte of the images to the AUROC, without Python's start, imports and building of the model;
  and, beside it, the whole process.

Runs on a Python with ONNX Runtime, and needs the MNIST files and, for oodeel 0.4.0, whose
TensorFlow does not go with it, another Python with benches/requirements.txt: `make bench-native`
sees to all.
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
FIT_IMAGES, EVAL_IMAGES = 30_596, 10_000
FIGURES = [
    "fit_s",
    "fit_images_s",
    "eval_s",
    "eval_images_s",
    "work_s",
    "process_s",
    "peak_mb",
    "auroc",
]
LAYERS = [f"sequential/{layer}/Relu:0" for layer in ("dense", "dense_1")]


def images(part, options):
    return f"{MNIST}/{part}-images-idx3-ubyte:{MNIST}/{part}-labels-idx1-ubyte:{options}"


def commands(detector):
    """The command lines of fit and eval."""
    program = str(ROOT / "target/release/she-ood")
    layers = [argument for layer in LAYERS for argument in ("--layer", layer)]
    known = "keep=0,1,2,3,4"
    data = [
        "--data",
        images("train", known),
        "--calibration",
        images("t10k", f"{known}:rows=..500"),
    ]
    sets = ["--id", images("t10k", known), "--ood", images("t10k", "keep=5,6,7,8,9")]
    return {
        "fit": [program, "fit", str(MODEL), *layers, *data, "-o", detector],
        "eval": [program, "eval", detector, *sets, "--json"],
    }


def timed(command, cores):
    """Seconds, peak memory in MB and output of a process on so many cores."""
    start = time.perf_counter()
    # Threads of TensorFlow and NumPy are as many as cores they are allowed.
    command = ["taskset", "-c", "0", *command] if cores == 1 else command
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    # 3: the detector is written and works badly, as plain SHE does on this network.
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit(f"failed: {command}")
    return seconds, usage.ru_maxrss / 1024, output


def rates(figures):
    """The same with images a second."""
    return {
        **figures,
        "fit_images_s": FIT_IMAGES / figures["fit_s"],
        "eval_images_s": EVAL_IMAGES / figures["eval_s"],
    }


def ours(cores):
    with tempfile.TemporaryDirectory() as folder:
        runs = {
            name: timed(command, cores)
            for name, command in commands(f"{folder}/detector.onnx").items()
        }
    seconds = {f"{name}_s": run[0] for name, run in runs.items()}
    figures = json.loads(runs["eval"][2])["ood"][0]["scores"][0]
    whole = sum(seconds.values())
    peak = max(peak for _, peak, _ in runs.values())
    return rates(
        {**seconds, "work_s": whole, "process_s": whole, "peak_mb": peak, "auroc": figures["auroc"]}
    )


def theirs(python, script, cores):
    arguments = ["--model", str(MODEL), "--mnist", str(MNIST), "--threads", str(cores)]
    seconds, peak, output = timed([python, str(ROOT / "benches" / script), *arguments], cores)
    figures = json.loads(output.splitlines()[-1])
    work = figures["read_s"] + figures["fit_s"] + figures["eval_s"]
    return rates({**figures, "work_s": work, "process_s": seconds, "peak_mb": peak})


def sides(oodeel):
    return {
        "she-ood": ours,
        "oodeel 0.4.0": lambda cores: theirs(oodeel, "oodeel_mnist.py", cores),
        "ONNX Runtime": lambda cores: theirs(sys.executable, "onnxruntime_mnist.py", cores),
    }


def in_turns(sides, rounds, cores):
    """The runs of each side, taken round by round, after one that brings the files into memory."""
    turns = [{name: side(cores) for name, side in sides.items()} for _ in range(rounds + 1)][1:]
    return {name: [turn[name] for turn in turns] for name in sides}


def table(runs, cores):
    """Median and spread of each figure."""
    print(
        f"{f'{cores} cores' if cores > 1 else 'one core':14}"
        + "".join(f"{name:>28}" for name in runs)
    )
    for name in FIGURES:
        values = [[run[name] for run in side] for side in runs.values()]
        cells = [
            f"{statistics.median(side):.5g} ({min(side):.5g}-{max(side):.5g})" for side in values
        ]
        print(f"{name:14}" + "".join(f"{cell:>28}" for cell in cells))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--oodeel", required=True, help="a Python that has oodeel")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=pathlib.Path, help="where the runs go")
    args = parser.parse_args()
    runs = {}
    for cores in dict.fromkeys([1, os.cpu_count()]):
        runs[cores] = in_turns(sides(args.oodeel), args.rounds, cores)
        table(runs[cores], cores)
    if args.json:
        about = {
            "date": time.strftime("%Y-%m-%d"),
            "machine": platform.platform(),
            "cores": os.cpu_count(),
        }
        args.json.write_text(json.dumps({**about, "runs": runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
