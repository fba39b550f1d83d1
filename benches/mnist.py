"""What the sides of benches/fit_eval.py share: the samples, the clock and the command line."""

import argparse
import json
import pathlib
import time

import numpy as np


def read(folder, part):
    """Images as 0 to 1 and labels of the idx files."""
    images = np.frombuffer((folder / f"{part}-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    labels = np.frombuffer((folder / f"{part}-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    return images.reshape(-1, 28, 28, 1) / np.float32(255), labels.astype(np.int64)


def timed(folder, fit, auroc):
    """Seconds of reading, fitting and scoring, and the AUROC.

    `fit(images, labels)` is given the training digits 0-4, `auroc(fitted, sides)` what it gave and
    the test images and labels of the digits 0-4 and of the others.
    """
    start = time.perf_counter()
    (train, train_labels), (test, test_labels) = read(folder, "train"), read(folder, "t10k")
    known, known_labels = train[train_labels < 5], train_labels[train_labels < 5]
    marks = [time.perf_counter()]
    fitted = fit(known, known_labels)
    marks.append(time.perf_counter())
    area = auroc(
        fitted, [(test[side], test_labels[side]) for side in (test_labels < 5, test_labels >= 5)]
    )
    marks.append(time.perf_counter())
    read_s, fit_s, eval_s = np.diff([start, *marks])
    return {"read_s": read_s, "fit_s": fit_s, "eval_s": eval_s, "auroc": area}


def arguments(about):
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True, type=pathlib.Path)
    parser.add_argument("--mnist", required=True, type=pathlib.Path)
    parser.add_argument("--threads", required=True, type=int)
    return parser.parse_args()


def say(result):
    print(json.dumps({name: round(float(value), 6) for name, value in result.items()}))
