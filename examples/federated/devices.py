"""Fifty simulated devices, each with a few digits of some classes, make parts of a fit; a collector
merges them. What it costs in AUROC not to show single samples.

    python examples/federated/devices.py            prints the table of docs/federated.md
    python examples/federated/devices.py --repeats 1 --epsilon 4

Needs NumPy, ONNX and ONNX Runtime, the program `she-ood` (or SHE_OOD=PATH), and MNIST and
Fashion-MNIST in `data/`. Devices and their samples are drawn with a fixed seed for each repeat; the
noise has none, as a seed would take it away.
"""

import argparse
import math
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path.append(str(ROOT / "tools/python"))

from read_detector import read_detector, score

SHE_OOD = os.environ.get("SHE_OOD", "she-ood")
MODEL, LAYER = ROOT / "models/digits-model.onnx", "dense_relu"
OPTIONS = ["--layer", LAYER, "--similarity", "cosine", "--labels", "0,1,2,3,4"]
CLASSES, DEVICES, DELTA = 5, 50, 1e-5
# Fewer samples of a class than this stay on the device.
FEWEST = 5


def she_ood(*arguments) -> None:
    command = [SHE_OOD, *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    # 3 for a detector that flags nothing: its warnings say why.
    if done.returncode not in (0, 3):
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    if done.returncode == 3:
        print(done.stderr, file=sys.stderr)


def features(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Logits and features of an idx file's pictures, by ONNX Runtime."""
    proto = onnx.load(MODEL)
    proto.graph.output.append(onnx.helper.make_empty_tensor_value_info(LAYER))
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    pixels = np.fromfile(ROOT / "data" / path, np.uint8)[16:].reshape(-1, 1, 28, 28)
    batches = np.array_split(pixels.astype(np.float32) / np.float32(255), len(pixels) // 1000)
    runs = [session.run(["logits", LAYER], {"image": batch}) for batch in batches]
    return tuple(np.concatenate(rows) for rows in zip(*runs, strict=True))


def labels(path: str) -> np.ndarray:
    return np.fromfile(ROOT / "data" / path, np.uint8)[8:].astype(np.int64)


def devices(of: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """The rows of each device: 24 to 300, of classes in shares by Dirichlet(0.3), none twice."""
    waiting = [list(rng.permutation(np.flatnonzero(of == label))) for label in range(CLASSES)]
    sizes = np.exp(rng.uniform(math.log(24), math.log(300), DEVICES)).astype(int)
    shares = rng.dirichlet([0.3] * CLASSES, DEVICES)
    drawn = [rng.multinomial(size, share) for size, share in zip(sizes, shares, strict=True)]
    return [
        np.array([waiting[label].pop() for label in range(CLASSES) for _ in range(counts[label])])
        for counts in drawn
    ]


def without_rare(rows: np.ndarray, of: np.ndarray) -> np.ndarray:
    """The rows whose class has at least `FEWEST` of them."""
    counts = np.bincount(of[rows], minlength=CLASSES)
    return rows[counts[of[rows]] >= FEWEST]


def delta_of(epsilon: float, deviation: float) -> float:
    """The delta of a Gaussian mechanism of sensitivity 1: Balle and Wang, ICML 2018, theorem 8."""

    def below(z: float) -> float:
        return math.erfc(-z / math.sqrt(2)) / 2

    half, far = 1 / (2 * deviation), epsilon * deviation
    return below(half - far) - math.exp(epsilon) * below(-half - far)


def noise_for(epsilon: float) -> float:
    """The deviation for which a part is (epsilon, DELTA)-private. Of each layer, one sample moves
    a sum by the clip and a count by one: with one layer by sqrt(2), in units of the two."""
    low, high = 0.01, 1000.0
    for _ in range(100):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if delta_of(epsilon, middle) > DELTA else (low, middle)
    return high * math.sqrt(2)


class Trial:
    """One draw of devices, on which fits are compared."""

    def __init__(self, digits: tuple, of: np.ndarray, seed: int, at: pathlib.Path):
        self.logits, self.layer = digits
        self.of, self.at = of, at
        self.shares = devices(of[:26596], np.random.default_rng(seed))
        self.held_out = at / "held-out.npz"
        self.save(self.held_out, np.arange(28596, len(of)))

    def save(self, path: pathlib.Path, rows: np.ndarray) -> None:
        arrays = {"logits": self.logits[rows], LAYER: self.layer[rows], "y": self.of[rows]}
        np.savez(path, **arrays)

    def part(self, device: int, rows: np.ndarray, options: list) -> pathlib.Path:
        """What leaves a device."""
        data, part = self.at / f"{device}.npz", self.at / f"{device}.part"
        self.save(data, rows)
        part.unlink(missing_ok=True)
        she_ood("fit", MODEL, "--partial", *OPTIONS, *options, "--data", data, "-o", part)
        return part

    def detector(self, shares: list[np.ndarray], options: list):
        """What the collector makes of the parts, with held-out samples of its own."""
        shares = [(at, rows) for at, rows in enumerate(shares) if len(rows)]
        with ThreadPoolExecutor(2) as pool:
            parts = list(pool.map(lambda share: self.part(*share, options), shares))
        patterns, detector = self.at / "patterns.part", self.at / "detector.onnx"
        she_ood("merge", *parts, "-o", patterns)
        she_ood("calibrate", MODEL, patterns, "--calibration", self.held_out, "-o", detector)
        return read_detector(detector)


def auroc(known: np.ndarray, strange: np.ndarray) -> float:
    """The chance that a stranger's score is higher than that of a known sample."""
    known = np.sort(known)
    below, upto = (np.searchsorted(known, strange, side) for side in ("left", "right"))
    return float((below + upto).mean() / 2 / len(known))


def compared(trial: Trial, tests: list, epsilons: list[float]) -> dict:
    """AUROC on each kind of strangers, by what is done for privacy."""
    common = [without_rare(rows, trial.of) for rows in trial.shares]
    # The clip comes from the collector's own samples: taken from the devices', it would leak.
    clip = float(np.median(np.linalg.norm(trial.layer[28596:], axis=1)))
    fits = {
        "nothing": (trial.shares, []),
        f"classes of {FEWEST} samples a device, 100 in all": (common, ["--min-count", 100]),
        "clip": (trial.shares, ["--clip", clip]),
    }
    for epsilon in epsilons:
        options = ["--clip", clip, "--noise", noise_for(epsilon)]
        fits[f"clip and noise, epsilon {epsilon:g}"] = (trial.shares, options)

    def rates(detector) -> list[float]:
        def scores(logits: np.ndarray, layer: np.ndarray) -> np.ndarray:
            return score(detector, {LAYER: layer}, logits.argmax(1), logits)

        known, *strange = (scores(*test) for test in tests)
        return [auroc(known, each) for each in strange]

    return {name: rates(trial.detector(*fit)) for name, fit in fits.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epsilon", type=float, nargs="*", default=[0.5, 1, 2, 4, 8])
    given = parser.parse_args()
    of = labels("mnist/train-labels-idx1-ubyte")
    digits = tuple(rows[of < CLASSES] for rows in features("mnist/train-images-idx3-ubyte"))
    of, test = of[of < CLASSES], features("mnist/t10k-images-idx3-ubyte")
    is_known = labels("mnist/t10k-labels-idx1-ubyte") < CLASSES
    tests = [tuple(rows[which] for rows in test) for which in (is_known, ~is_known)]
    tests.append(features("fashion/t10k-images-idx3-ubyte"))
    found = []
    for seed in range(given.repeats):
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(digits, of, seed, pathlib.Path(folder))
            found.append(compared(trial, tests, given.epsilon))
    print("| for privacy | noise | AUROC, digits 5-9 | AUROC, Fashion-MNIST |\n|---|---|---|---|")
    for name in found[0]:
        rates = np.array([rates[name] for rates in found])
        cells = [
            f"{mean:.4f} ± {std:.4f}" for mean, std in zip(rates.mean(0), rates.std(0), strict=True)
        ]
        noise = f"{noise_for(float(name.split()[-1])):.2f}" if "epsilon" in name else ""
        print(f"| {name} | {noise} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
