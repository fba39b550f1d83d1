"""Exported graphs in ONNX Runtime beside the command line's own verdicts: every similarity,
aggregator and way to calibrate, one sample at a time and 64 at once.

    SHE_OOD=target/release/she-ood python tests/export_test.py

SHE_OOD is the command, built by `cargo build --release --features cli --bin she-ood`. Needs NumPy,
onnx, ONNX Runtime and Pillow. With TABLE=1 it also prints the largest differences.
"""

import base64
import contextlib
import json
import os
import pathlib
import re
import runpy
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import onnxruntime
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from python_test import LAYERS, MODEL, WORKS_BADLY, images, unpacked

ONE, BOTH = LAYERS[1:], LAYERS
DIGITS = ROOT / "models" / "digits-model.onnx"
# Name: model, layers, options.
FITS = {
    "inner": (MODEL, ONE, "--similarity", "inner"),
    "dot": (MODEL, ONE, "--similarity", "dot"),
    "cosine": (MODEL, ONE, "--similarity", "cosine"),
    "euclidean": (MODEL, ONE, "--similarity", "euclidean"),
    "mahalanobis": (MODEL, ONE, "--similarity", "mahalanobis"),
    "hopfield": (MODEL, ONE, "--preset", "hopfield"),
    "hopfield by 20 a class": (MODEL, BOTH, "--similarity", "hopfield", "--store", "20"),
    "euclidean by all": (MODEL, ONE, "--similarity", "euclidean", "--store", "all"),
    "std": (MODEL, BOTH, "--similarity", "cosine", "--aggregator", "std"),
    "sum": (MODEL, BOTH, "--aggregator", "sum"),
    "mean": (MODEL, BOTH, "--aggregator", "mean", "--react", "0.9"),
    "fisher": (MODEL, BOTH, "--aggregator", "fisher"),
    "fisher, predicted": (
        MODEL,
        BOTH,
        "--aggregator",
        "fisher",
        "--compare-with",
        "predicted",
        "--min-count",
        "20",
    ),
    "predicted": (MODEL, BOTH, "--compare-with", "predicted", "--min-count", "20"),
    "energy": (MODEL, BOTH, "--similarity", "mahalanobis", "--with", "energy=0.5"),
    "cosine with energy": (MODEL, ONE, "--similarity", "cosine", "--with", "energy"),
    "by class": (MODEL, BOTH, "--id-pass-rate", "0.8", "--class-conditional"),
    "patterns classify": (MODEL, ONE, "--classify", "patterns"),
    "map": (DIGITS, ["conv2"], "--similarity", "euclidean"),
    "maximum of a map": (DIGITS, ["conv2:max"], "--similarity", "cosine"),
}
SHIPPED = ["digits", "cifar10"]
# Largest share of new samples that may be too close to a calibration score to tell.
UNDECIDED = 0.02
# The first samples set the thresholds.
HELD_OUT = 64
# Largest difference of a score, as a share where it is above 1, and of a p-value.
CLOSE = 1e-5
worst = {}


def setUpModule():
    """Fits and exports each detector once, by the command line."""
    global temporary, folder, arrays
    if not os.environ.get("SHE_OOD"):
        raise RuntimeError("set SHE_OOD to the path of the command-line binary")
    temporary = tempfile.TemporaryDirectory()
    folder = pathlib.Path(temporary.name)
    arrays = json.loads((ROOT / "tests" / "data" / "golden.json").read_text())
    labels = unpacked(arrays["mini_labels"]).astype(np.int64)
    for model in (MODEL, DIGITS):
        kept = labels < 5 if model == DIGITS else labels >= 0
        fit, held_out = samples(model, "mini_images"), samples(model, "images")
        np.savez(folder / f"{model.stem}-fit.npz", x=fit[kept], y=labels[kept])
        np.savez(folder / f"{model.stem}-held_out.npz", x=held_out)
        strange = np.random.default_rng(1).random(held_out.shape, dtype=np.float32)
        all_inputs = np.concatenate([held_out, fit, strange])
        np.savez(folder / f"{model.stem}-all.npz", x=all_inputs)
    for name, (model, layers, *options) in FITS.items():
        taps = [argument for layer in layers for argument in ("--layer", layer)]
        data = ["--data", folder / f"{model.stem}-fit.npz"]
        if name != "patterns classify":
            data += ["--calibration", folder / f"{model.stem}-held_out.npz"]
        she_ood("fit", model, *taps, *data, *options, "-o", folder / f"{name}.onnx")


def tearDownModule():
    temporary.cleanup()
    if os.environ.get("TABLE"):
        for name, (score, p_value, undecided, count) in worst.items():
            print(f"| {name} | {score:.1e} | {p_value:.1e} | {undecided} of {count} |")


def samples(model, name):
    """Golden pixels in the shape of a model's input."""
    shape = (-1, 1, 28, 28) if model == DIGITS else (-1, 28, 28, 1)
    return images(arrays[name])["x"].reshape(shape)


def pictures():
    """192 pictures of CIFAR-10 and 64 of what it does not have, as ResNet-20 takes them."""
    sheet = np.asarray(Image.open(ROOT / "tests" / "data" / "cifar10.png"))
    tiles = sheet.reshape(16, 32, 16, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    mean, std = (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)
    return ((tiles / 255 - mean) / std).transpose(0, 3, 1, 2).astype(np.float32)


def she_ood(*arguments, fails=False):
    done = subprocess.run(
        [os.environ["SHE_OOD"], *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if (done.returncode not in (0, WORKS_BADLY)) != fails:
        raise AssertionError(f"she-ood {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stderr if fails else done.stdout


def exported(detector, *options):
    path = folder / f"{detector.stem}-exported.onnx"
    she_ood("export", detector, *options, "-o", path)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return path


def run(path, inputs, batch, **more):
    """The outputs by name, `batch` samples at a time."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    [name] = [given.name for given in session.get_inputs()]
    names = [output.name for output in session.get_outputs()]
    parts = [
        session.run(None, {name: inputs[start : start + batch], **more})
        for start in range(0, len(inputs), batch)
    ]
    return dict(zip(names, map(np.concatenate, zip(*parts, strict=True)), strict=True))


def calibration(detector):
    """The calibration scores of a detector's file."""
    [text] = [it.value for it in onnx.load(detector).metadata_props if it.key == "she.calibration"]
    return np.frombuffer(base64.b64decode(text), "<f4")


def is_decided(detector, scores, found):
    """Whether scores are further from every calibration score than the graph's slack and their
    own rounding, or are one.

    A score with energy is not always that of the calibration again: the command line's engine runs
    64 samples with other rounding than one.
    """
    known = calibration(detector)
    scale = np.maximum(1, np.abs(known).max())
    slack = np.clip(3e-4 * known.std() / len(known), 5e-7 * scale, 5e-6 * scale)
    with np.errstate(invalid="ignore"):
        off = np.nan_to_num(np.abs(found - scores))
        gaps = np.abs(scores[:, None] - known).min(1)
    return (gaps == 0) | ~(gaps < 1.1 * slack + off)


def own(detector, inputs):
    """What the command line says of samples."""
    np.savez(folder / "scored.npz", x=inputs)
    reports = json.loads(she_ood("score", detector, folder / "scored.npz", "--json"))
    number = {"+Infinity": np.inf, "Infinity": np.inf}
    return {
        "ood_score": np.array([number.get(it["score"], it["score"]) for it in reports]),
        "ood_p_value": np.array([it["pValue"] for it in reports]),
        "is_ood": np.array([it["isOod"] for it in reports]),
        "nearest": np.array([it["nearest"]["index"] for it in reports]),
        "predicted": np.array([it["predicted"]["index"] for it in reports]),
    }


class Exported(unittest.TestCase):
    def check(self, name, detector, inputs, calibrated=0):
        """The first `calibrated` samples are those that the detector was calibrated with."""
        path = exported(detector)
        expected = own(detector, inputs)
        differences = []
        for batch in (1, 64):
            found = run(path, inputs, batch)
            score, ours = found["ood_score"], expected["ood_score"]
            finite = np.isfinite(ours)
            np.testing.assert_array_equal(np.isfinite(score), finite)
            far = np.abs(score - ours)[finite] / np.maximum(1, np.abs(ours[finite]))
            decided = is_decided(detector, ours.astype(np.float32), score)
            p_value = np.abs(found["ood_p_value"] - expected["ood_p_value"])[decided]
            flips = np.count_nonzero((found["is_ood"] != expected["is_ood"])[decided])
            undecided, new = np.count_nonzero(~decided[calibrated:]), len(inputs) - calibrated
            differences.append((far.max(), p_value.max(), undecided, new))
            worst[name] = max(differences)
            self.assertLessEqual(undecided, UNDECIDED * new, name)
            self.assertLess(far.max(), CLOSE, name)
            self.assertLess(p_value.max(), CLOSE, name)
            self.assertEqual(flips, 0, name)
            np.testing.assert_array_equal(found["nearest"], expected["nearest"], name)
            if "predicted" in found:
                np.testing.assert_array_equal(found["predicted"], expected["predicted"])

    def test_fitted_detectors_score_alike(self):
        for name, (model, *_) in FITS.items():
            with self.subTest(name):
                inputs = np.load(folder / f"{model.stem}-all.npz")["x"]
                calibrated = 0 if name == "patterns classify" else HELD_OUT
                self.check(name, folder / f"{name}.onnx", inputs, calibrated)

    def test_shipped_detectors_score_alike(self):
        for name in SHIPPED:
            with self.subTest(name):
                detector = ROOT / "models" / f"{name}.onnx"
                if name == "digits":
                    inputs = np.load(folder / "digits-model-all.npz")["x"]
                else:
                    inputs = pictures()
                self.check(name, detector, inputs)

    def test_numbers_that_are_not_finite_are_flagged(self):
        for name, (model, *_) in FITS.items():
            with self.subTest(name):
                known = np.load(folder / f"{model.stem}-all.npz")["x"][:6]
                path = exported(folder / f"{name}.onnx")
                expected, strange = run(path, known, 6), known.copy()
                for at, number in enumerate([np.nan, np.inf, -np.inf]):
                    strange[at].flat[400] = number
                strange[3] *= np.float32(3e38)
                found = run(path, strange, 6)
                for output in expected:
                    np.testing.assert_array_equal(found[output][4:], expected[output][4:])
                refused = found["ood_p_value"] == 0
                np.testing.assert_array_equal(refused[[0, 1, 2, 4, 5]], [True] * 3 + [False] * 2)
                self.assertTrue(np.isposinf(found["ood_score"][refused]).all())
                self.assertTrue(found["is_ood"][refused].all())
                # Where the detector has a score, the graph gives the same or refuses.
                np.savez(folder / "huge.npz", x=strange[3:4])
                score = ("score", folder / f"{name}.onnx", folder / "huge.npz", "--json")
                if not refused[3]:
                    [report] = json.loads(she_ood(*score))
                    self.assertAlmostEqual(found["ood_score"][3], report["score"], 5)
                    self.assertEqual(found["is_ood"][3], report["isOod"])

    def test_every_opset_from_9_on_scores_alike(self):
        inputs = np.load(folder / "digits-model-all.npz")["x"][:70]
        for opset in (8, 9, 11, 13, 18, 21):
            with self.subTest(opset):
                model = onnx.load(DIGITS)
                # Its operators are the same in all of them.
                model.opset_import[0].version = opset
                if opset == 9:
                    # The last version whose constants must be inputs, too.
                    model.ir_version = 3
                    declare = onnx.helper.make_tensor_value_info
                    model.graph.input.extend(
                        declare(it.name, it.data_type, it.dims) for it in model.graph.initializer
                    )
                source, detector = folder / f"opset{opset}.onnx", folder / f"of{opset}.onnx"
                onnx.save(model, source)
                layers = ["--layer", "conv2:max", "--layer", "dense_relu"]
                data = folder / "digits-model-fit.npz"
                held_out = ["--calibration", folder / "digits-model-held_out.npz"]
                options = ["--similarity", "euclidean", "--store", "5", "--with", "energy"]
                she_ood("fit", source, *layers, "--data", data, *held_out, *options, "-o", detector)
                if opset < 9:
                    path = folder / "old.onnx"
                    refused = she_ood("export", detector, "-o", path, fails=True)
                    self.assertIn("it has opset 8", refused)
                    she_ood("export", detector, "--taps", "-o", path)
                else:
                    self.check(f"opset {opset}", detector, inputs, HELD_OUT)

    def test_the_threshold_can_be_changed_at_run_time(self):
        inputs = np.load(folder / f"{MODEL.stem}-all.npz")["x"]
        for name, size in (("cosine", 1), ("by class", 10)):
            path = exported(folder / f"{name}.onnx")
            score = run(path, inputs, 64)["ood_score"]
            threshold = np.full(size, np.median(score), np.float32)
            flagged = run(path, inputs, 64, ood_threshold=threshold)["is_ood"]
            self.assertLessEqual(np.abs(flagged.mean() - 0.5), 0.01)

    def test_the_code_of_the_docs_runs(self):
        text = (ROOT / "docs" / "export.md").read_text()
        code = "".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
        exported(ROOT / "models" / "cifar10.onnx").rename(folder / "scored.onnx")
        (folder / "docs.py").write_text(code)
        with contextlib.chdir(folder):
            names = runpy.run_path("docs.py", {"batch": pictures()})
            expected = run("scored.onnx", names["batch"], 64)
        np.testing.assert_array_equal(names["found"]["is_ood"], expected["is_ood"])
        np.testing.assert_array_equal(names["flagged"], names["batch"][expected["is_ood"]])
        np.testing.assert_array_equal(names["more"], expected["ood_score"] > 2.5)

    def test_taps_are_the_layers_and_the_logits(self):
        path = exported(folder / "std.onnx", "--taps")
        found = run(path, samples(MODEL, "images"), 64)
        self.assertTrue(set(LAYERS) < set(found))
        self.assertIn("sequential/dense_2/BiasAdd:0", found)

    def test_every_byte_of_the_model_stays(self):
        model = onnx.load(MODEL)
        graph = onnx.load(exported(folder / "cosine.onnx")).graph
        self.assertEqual(list(graph.node[: len(model.graph.node)]), list(model.graph.node))
        self.assertEqual(graph.output[0], model.graph.output[0])

    def test_pixels_become_the_same_input(self):
        detector = ROOT / "models" / "cifar10.onnx"
        pixels = np.random.default_rng(3).integers(0, 256, (64, 32, 32, 3)).astype(np.uint8)
        expected, found = own(detector, pixels), run(exported(detector, "--preprocess"), pixels, 64)
        far = np.abs(found["ood_score"] - expected["ood_score"])
        self.assertLess((far / np.maximum(1, np.abs(expected["ood_score"]))).max(), CLOSE)

    def test_an_exported_graph_is_no_detector_and_no_detector_is_overwritten(self):
        path = exported(folder / "cosine.onnx")
        self.assertIn("exported from a detector", she_ood("inspect", path, fails=True))
        detector = folder / "cosine.onnx"
        before = detector.read_bytes()
        self.assertIn("itself", she_ood("export", detector, "-o", detector, fails=True))
        self.assertEqual(detector.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
