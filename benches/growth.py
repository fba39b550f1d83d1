"""How cost grows with classes, layers, samples of a fit, and the size of the model: milliseconds of
a score, a load and a fit, and peak memory, natively and in WebAssembly (Node).

    make bench-growth
    python benches/growth.py [--only classes] [--most 1000] [--rounds 5]

Each measurement runs in its own process, on one thread. The results go to docs/growth.json, which
benches/chart.js plots as docs/growth.svg. Native and WebAssembly scores must agree within a
relative 1e-5.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
from growth_cases import GROWTH, Case, cases
from native import ROOT, Ours, run

OUT = ROOT / "docs/growth.json"
# A fit that takes longer runs once.
LONG_MS = 5000
# Milliseconds for which scores are timed, and the most of them.
SPAN, MOST = 300, 1000


def fitted(case: Case, folder: pathlib.Path) -> tuple[pathlib.Path, dict]:
    """The detector that the command line fits, and what the fit took."""
    data, detector = case.rows or folder / "data.npz", folder / "detector.onnx"
    if not case.rows:
        np.savez(data, x=case.samples, y=case.labels)
    layers = [argument for layer in case.layers for argument in ("--layer", layer)]
    how = ["--similarity", "cosine", "--hold-out", "0.5", "--data", data, "-o", detector]
    seconds, megabytes = run("fit", case.model, *layers, *how)
    return detector, {"fit": 1e3 * seconds, "fit memory": megabytes}


def native_score(detector: pathlib.Path, case: Case) -> dict:
    ours = Ours(detector, case.samples[:1], 1)
    first, _ = ours.one(1)
    milliseconds, score = ours.one(max(1, min(MOST, int(SPAN / first))))
    found = {"load": ours.load, "score": milliseconds, "value": score[0], "memory": ours.memory()}
    ours.close()
    return found


def node(*arguments) -> dict:
    command = ["node", ROOT / "benches/growth.js", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def medians(measure, rounds: int) -> dict:
    """Each figure's median over the rounds; one round of what takes long."""
    runs = [measure()]
    while len(runs) < rounds and max(runs[0].values()) < LONG_MS:
        runs.append(measure())
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def measured(case: Case, folder: pathlib.Path, rounds: int) -> dict:
    """All figures of a case natively and in WebAssembly."""
    fit = medians(lambda: fitted(case, folder)[1], rounds)
    detector = folder / "detector.onnx"
    samples, labels = folder / "samples.bin", folder / "labels.bin"
    samples.write_bytes(case.samples.tobytes())
    labels.write_bytes(case.labels.astype(np.int32).tobytes())
    native = {**medians(lambda: native_score(detector, case), rounds), **fit}
    wasm = {
        **medians(lambda: node("score", detector, samples), rounds),
        **medians(lambda: node("fit", case.model, samples, labels, *case.layers), rounds),
    }
    agree(native.pop("value"), wasm.pop("value"))
    return {"native": native, "WebAssembly": wasm}


def agree(ours: float, theirs: float) -> None:
    if not abs(theirs - ours) <= 1e-5 * abs(ours):
        sys.exit(f"the scores are {ours} natively and {theirs} in WebAssembly")


def sweep(name: str, most: float, rounds: int) -> dict:
    found = {}
    for size, case, folder in cases(name, most):
        found[size] = measured(case, folder, rounds)
        for place, figures in found[size].items():
            line = ", ".join(f"{key} {value:.4g}" for key, value in figures.items())
            print(f"{name} {size:,}, {place}: {line}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", choices=GROWTH, action="append", help="what grows")
    parser.add_argument("--most", type=float, default=np.inf, help="the largest size")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, default=OUT, help="where the figures go")
    args = parser.parse_args()
    os.environ["RAYON_NUM_THREADS"] = "1"
    about = {"date": time.strftime("%Y-%m-%d"), "machine": platform.platform()}
    sweeps = {name: sweep(name, args.most, args.rounds) for name in args.only or GROWTH}
    args.json.write_text(json.dumps({**about, "sweeps": sweeps}, indent=1) + "\n")


if __name__ == "__main__":
    main()
