"""One score and a batch of networks natively, by she-ood and by ONNX Runtime with NumPy, in turns,
on one thread and on two.

    make bench-native
    python benches/native_scores.py [--rounds 9] [resnet18 efficientnet]

she-ood computes a score on one thread and shares a batch among all; ONNX Runtime shares each
operator. The scores of both must agree within 1e-5 of their size.
"""

import argparse
import os
import statistics
import sys
import time

import numpy as np
from native import OUT, OnnxRuntime, Ours, run

NETWORKS = ("resnet18", "efficientnet")
SHAPE, CLASSES = (3, 224, 224), 1000
# Samples of the fit, half of them held out, and of a batch; scores that are timed at once.
FIT, BATCH, COUNT = 40, 16, 3
SIDES = {"she-ood": Ours, "ONNX Runtime": OnnxRuntime}
# ONNX Runtime's threads wait busily for a while, which would slow the next turn.
PAUSE = 0.1


def noise(count, seed):
    return np.random.default_rng(seed).random((count, *SHAPE), dtype=np.float32)


def detector(name):
    """A detector that is fitted to noise, all of the class that the networks always answer."""
    data, path = OUT / "noise.npz", OUT / f"{name}-native.onnx"
    np.savez(data, x=noise(FIT, 1), y=np.zeros(FIT, np.int64))
    how = ["--layer", "features", "--hold-out", "0.5", "--data", data, "-o", path]
    run("fit", OUT / f"{name}-model.onnx", *how)
    return path


def agreed(name, found):
    """The farthest apart, as a share of ours."""
    ours, theirs = found.values()
    difference = float((np.abs(theirs - ours) / np.abs(ours)).max())
    if not difference <= 1e-5:
        sys.exit(f"{name}: the scores differ by {difference} of their size")
    return difference


def measured(sides, what, rounds):
    """Milliseconds of each side in turns, after one that warms up, and how far scores differ."""
    times, scores = {name: [] for name in sides}, {}
    for _ in range(rounds + 1):
        for name, side in sides.items():
            milliseconds, scores[name] = side.one(COUNT) if what == "one" else side.batch()
            times[name].append(milliseconds)
            time.sleep(PAUSE)
    return {name: each[1:] for name, each in times.items()}, scores


def row(name, what, threads, rounds, sides):
    times, scores = measured(sides, what, rounds)
    difference = agreed(name, scores)
    ours, theirs = times.values()
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    medians = " | ".join(f"{statistics.median(each):.2f}" for each in times.values())
    print(
        f"| {name} | {what} | {threads} | {medians} | {statistics.median(ratios):.2f} "
        f"({ratios[0]:.2f} – {ratios[-1]:.2f}) | {difference:.1e} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    print(f"| network | ms of | threads | {' | '.join(SIDES)} | ratio | scores differ by |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in args.networks:
        path, samples = detector(name), noise(BATCH, 2)
        for threads in dict.fromkeys([1, min(2, os.cpu_count())]):
            os.sched_setaffinity(0, range(threads))
            sides = {side: begin(path, samples, threads) for side, begin in SIDES.items()}
            for what in ("one", "batch"):
                row(name, what, threads, args.rounds, sides)
            for side in sides.values():
                side.close()


if __name__ == "__main__":
    main()
