"""Detector files between the command line and Python: each reads what the other writes, and both
give the same scores.

    SHE_OOD=target/release/she-ood python tests/python_test.py

SHE_OOD is the command, built by `cargo build --release --features cli --bin she-ood`. Needs NumPy,
onnx and ONNX Runtime. The model and the pictures are those of `golden.json`: 300 to fit, 64 others
to calibrate and to score.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools" / "python"))
from random_model import RandomModel
from read_detector import (
    log_odds,
    prediction_sets,
    read_detector,
    score,
    taught_logits,
    thresholds,
    unit,
)
from write_detector import write_detector

MODEL = ROOT / "tests" / "data" / "mnist_mlp_0-4.onnx"
LOGITS = "sequential/dense_2/BiasAdd:0"
LAYERS = ["sequential/dense/Relu:0", "sequential/dense_1/Relu:0"]
CLASS_NAMES = [f"digit {i}" for i in range(10)]
FITS = {
    "oodeel": (LAYERS, "--preset", "oodeel"),
    "paper": (LAYERS[1:], "--preset", "paper"),
    "hopfield": (LAYERS[1:], "--preset", "hopfield"),
    "cosine": (LAYERS, "--similarity", "cosine"),
    "sum": (LAYERS, "--preset", "oodeel-0.3", "--compare-with", "predicted"),
    "react": (LAYERS, "--aggregator", "mean", "--react", "0.9"),
    "reservoir": (
        LAYERS,
        "--preset",
        "hopfield",
        "--aggregator",
        "std",
        "--store",
        "20",
        "--beta",
        "0.5",
    ),
    "mahalanobis": (LAYERS, "--similarity", "mahalanobis"),
    "energy": (LAYERS[1:], "--similarity", "mahalanobis", "--with", "energy=0.5"),
    "half": (LAYERS[1:], "--similarity", "cosine"),
    "by class": (LAYERS, "--id-pass-rate", "0.8", "--class-conditional"),
}


def setUpModule():
    """Fits each detector of FITS once, by the command line."""
    global temporary, folder, fit, held_out, held_labels
    if not os.environ.get("SHE_OOD"):
        raise RuntimeError(
            "set SHE_OOD to the path of the command-line binary, for example target/release/she-ood"
        )
    temporary = tempfile.TemporaryDirectory()
    folder = pathlib.Path(temporary.name)
    arrays = json.loads((ROOT / "tests" / "data" / "golden.json").read_text())
    fit, held_out = images(arrays["mini_images"]), images(arrays["images"])
    fit["y"] = unpacked(arrays["mini_labels"]).astype(np.int64)
    np.savez(folder / "fit.npz", **fit)
    # Of held-out data only the prediction sets need labels: some are not what the model says.
    _, predicted = observed(held_out["x"], [])
    held_labels = (predicted + (np.arange(len(predicted)) % 8 == 0)) % len(CLASS_NAMES)
    np.savez(folder / "held_out.npz", **held_out, y=held_labels)
    for name, (layers, *options) in FITS.items():
        fit_by_command(fitted(name), layers, *options)


def tearDownModule():
    temporary.cleanup()


def unpacked(array):
    return np.frombuffer(base64.b64decode(array["base64"]), array["dtype"]).reshape(array["shape"])


def images(pixels):
    return {"x": unpacked(pixels).reshape(-1, 28, 28, 1) / np.float32(255)}


def fitted(name):
    return folder / f"{name}.onnx"


# The command line and ONNX Runtime


# The exit code of a fit whose detector was written, and does not work well.
WORKS_BADLY = 3


def she_ood(*arguments):
    """What the command prints. Its errors are shown, should it fail."""
    done = subprocess.run(
        [os.environ["SHE_OOD"], *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, WORKS_BADLY):
        raise AssertionError(f"she-ood {' '.join(map(str, arguments))} failed: {done.stderr}")
    return done.stdout


def fit_by_command(path, layers, *options):
    taps = [argument for layer in layers for argument in ("--layer", layer)]
    she_ood(
        "fit",
        MODEL,
        *taps,
        "--data",
        folder / "fit.npz",
        "--calibration",
        folder / "held_out.npz",
        *options,
        "-o",
        path,
    )


def reports(path):
    return json.loads(she_ood("score", path, folder / "held_out.npz", "--json"))


def run(model, x, names=()):
    """The model's own output, then the tensors of these names."""
    proto = onnx.load(model)
    proto.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    return onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    ).run(None, {"image": x})


def observed(x, layers):
    """Features by layer, and predicted classes."""
    probabilities, *features = run(MODEL, x, layers)
    return dict(zip(layers, features, strict=True)), probabilities.argmax(1)


def correct_features(layer):
    """The features of each class that the model is right about."""
    features, predicted = observed(fit["x"], [layer])
    return [features[layer][(predicted == fit["y"]) & (fit["y"] == c)] for c in range(5)]


def write(path, layers=LAYERS, **settings):
    """A detector by Python alone."""
    features, predicted = observed(fit["x"], layers)
    held = observed(held_out["x"], layers)
    made = write_detector(
        MODEL.read_bytes(),
        features,
        fit["y"],
        predicted,
        *held,
        class_names=CLASS_NAMES,
        **settings,
    )
    path.write_bytes(made)


def entries(path):
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def single(value):
    """Numbers as 32-bit floats, as detectors store them, however many digits are printed."""
    if isinstance(value, dict):
        return {key: single(each) for key, each in value.items()}
    if isinstance(value, list):
        return [single(each) for each in value]
    return np.float32(value) if isinstance(value, float) else value


class DetectorFile(unittest.TestCase):
    def each_fit(self, check):
        for name in FITS:
            with self.subTest(name):
                check(fitted(name))

    def assert_close(self, found, expected, tolerance=1e-5):
        # A sum with the energy may be near zero.
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)

    def assert_scores_agree(self, path):
        """NumPy on ONNX Runtime's features and the command agree on every sample."""
        detector, shown = read_detector(path), reports(path)
        features, predicted = observed(held_out["x"], list(detector.layers))
        (logits,) = run(MODEL, held_out["x"], [LOGITS])[1:]
        scores = score(detector, features, predicted, logits)
        self.assert_close([report["score"] for report in shown], scores)
        self.assertEqual([report["predicted"]["index"] for report in shown], predicted.tolist())
        limits = np.float32(thresholds(detector, predicted))
        np.testing.assert_array_equal(np.float32([report["threshold"] for report in shown]), limits)
        # Samples at a threshold are left out: it is the score of one of them.
        clear = np.abs(scores - limits) > 1e-5 * np.abs(limits)
        decisions = np.array([report["isOod"] for report in shown])
        np.testing.assert_array_equal(decisions[clear], (scores > limits)[clear])


class CommandToPython(DetectorFile):
    def test_inspect_and_onnx_show_the_same(self):
        def check(path):
            shown, detector = json.loads(she_ood("inspect", path, "--json")), read_detector(path)
            manifest = json.loads(entries(path)["she.manifest"])
            self.assertEqual(manifest, detector.manifest)
            judgement = shown["judgement"]
            for key, value in manifest["trial"].items():
                self.assertEqual(judgement[key], value)
            for key in manifest.keys() - {"sha256", "trial", "calibrationCounts", "setCounts"}:
                self.assertEqual(single(shown[key]), single(manifest[key]), key)
            self.assertEqual(single(shown["classThresholds"]), single(detector.class_thresholds))
            self.assertEqual((shown["calibrationSize"], shown["inputShape"]), (64, [28, 28, 1]))
            self.assertEqual(np.float32(shown["threshold"]), np.float32(detector.threshold))

        self.each_fit(check)

    def test_patterns_that_lose_nothing_are_stored_in_half_the_bits(self):
        precisions = {name: read_detector(fitted(name)).manifest.get("precision") for name in FITS}
        self.assertEqual((precisions["half"], precisions["oodeel"]), ("float16", None))

    def test_numpy_gives_the_scores_of_the_command(self):
        self.each_fit(self.assert_scores_agree)

    def test_the_odds_of_the_prediction_sets_are_those_of_the_softmax(self):
        (logits,) = run(MODEL, held_out["x"], [LOGITS])[1:]
        odds = log_odds(logits)[np.arange(len(logits)), held_labels]

        def check(path):
            manifest, block = read_detector(path).manifest, entries(path)["she.sets"]
            counts = manifest.get("setCounts", [len(odds)])
            self.assertEqual(sum(counts), len(odds))
            parts = [odds[held_labels == c] for c in range(10)] if len(counts) > 1 else [odds]
            expected = np.concatenate([np.sort(part) for part in parts])
            found = np.frombuffer(base64.b64decode(block), "<f4")
            # Differences of logits, which the engines agree on to some 1e-6.
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)

        self.each_fit(check)

    def test_numpy_gives_the_prediction_sets_of_the_command(self):
        (logits,) = run(MODEL, held_out["x"], [LOGITS])[1:]

        def check(path):
            detector, shown = read_detector(path), reports(path)
            found = np.array([np.isin(np.arange(10), report["set"]) for report in shown])
            # Classes at the limit are left out: it is the odds against one of them.
            clear = np.abs(log_odds(logits) - detector.set_limits) > 1e-4
            np.testing.assert_array_equal(found[clear], prediction_sets(detector, logits)[clear])
            self.assertGreater(clear.mean(), 0.9)
            for report in shown:
                known = "known" if len(report["set"]) == 1 else "unsure"
                self.assertEqual(report["verdict"], "unknown" if report["isOod"] else known)

        self.each_fit(check)

    def test_numpy_gives_what_is_taught(self):
        """Of few samples, whose classes are not the model's own."""
        few, path = fit["x"][:60], fitted("taught")
        np.savez(folder / "few.npz", x=few, y=fit["y"][:60] + 100)
        she_ood("fit", MODEL, "--data", folder / "few.npz", "-o", path)
        detector, shown = read_detector(path), reports(path)
        self.assertEqual(detector.manifest["taught"]["leaveOneOut"], True)
        self.assertEqual(detector.manifest["labels"], [str(c + 100) for c in range(5)])
        features, _ = observed(held_out["x"], list(detector.layers))
        logits = taught_logits(detector, features)
        predicted = logits.argmax(1)
        self.assert_close(
            [report["score"] for report in shown], score(detector, features, predicted)
        )
        self.assertEqual([report["predicted"]["index"] for report in shown], predicted.tolist())
        powers = np.exp(logits - logits.max(1, keepdims=True))
        probabilities = powers / powers.sum(1, keepdims=True)
        self.assert_close([report["probabilities"] for report in shown], probabilities)
        self.assert_close([report["threshold"] for report in shown], detector.threshold)
        odds, limits = log_odds(logits), np.float32(detector.set_limits)
        found = np.array([np.isin(np.arange(5), report["set"]) for report in shown])
        clear = np.abs(odds - limits) > 1e-4
        np.testing.assert_array_equal(found[clear], prediction_sets(detector, logits)[clear])

    def test_patterns_are_class_means(self):
        for name in FITS.keys() - {"hopfield", "reservoir"}:
            with self.subTest(name):
                detector = read_detector(fitted(name))
                for layer, patterns in detector.layers.items():
                    scaled = unit if detector.whitenings else np.float64
                    means = [scaled(features).mean(0) for features in correct_features(layer)]
                    rounding = 5e-4 if detector.manifest.get("precision") == "float16" else 1e-6
                    np.testing.assert_allclose(patterns, means, rtol=rounding, atol=1e-6)

    def test_patterns_of_hopfield_are_all_features_of_a_class(self):
        detector, (layer,) = read_detector(fitted("hopfield")), LAYERS[1:]
        for c, features in enumerate(correct_features(layer)):
            stored = detector.layers[layer][detector.row_classes == c]
            self.assertEqual(len(stored), len(features))
            distances = np.linalg.norm(stored[:, None] - features, axis=2)
            self.assertLess(max(distances.min(0).max(), distances.min(1).max()), 1e-4)


class Model(DetectorFile):
    def test_a_detector_gives_bitwise_the_outputs_of_its_model(self):
        (expected,) = run(MODEL, held_out["x"])

        def check(path):
            (found,) = run(path, held_out["x"])
            self.assertEqual(found.tobytes(), expected.tobytes())

        self.each_fit(check)

    def test_a_detector_is_its_model_and_metadata_behind(self):
        model = MODEL.read_bytes()

        def check(path):
            data = path.read_bytes()
            self.assertTrue(data.startswith(model))
            # What follows is a message of its own kind: protobuf messages laid end to end are one.
            added = onnx.ModelProto.FromString(data[len(model) :])
            self.assertEqual([field.name for field, _ in added.ListFields()], ["metadata_props"])
            self.assertEqual({entry.key.split(".")[0] for entry in added.metadata_props}, {"she"})

        self.each_fit(check)

    def test_onnx_sees_the_model_once_the_metadata_is_removed(self):
        def check(path):
            proto = onnx.load(path)
            for entry in [entry for entry in proto.metadata_props if entry.key.startswith("she.")]:
                proto.metadata_props.remove(entry)
            self.assertEqual(proto, onnx.load(MODEL))

        self.each_fit(check)


class RandomModels(unittest.TestCase):
    """Models of many kinds become detectors. Each is loaded and checked by onnx and run by ONNX
    Runtime, and its graph and foreign
    metadata are compared with those of the model; Netron, which is not run here, reads the same
    protobuf fields."""

    def outputs(self, proto, x):
        session = onnxruntime.InferenceSession(
            proto.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        return np.concatenate([session.run(None, {"image": sample[None]})[0] for sample in x])

    def check(self, seed):
        made = RandomModel(seed)
        proto, layer = made.build()
        x = made.rng.normal(0, 1, (24, *made.input_shape)).astype(np.float32)
        expected = self.outputs(proto, x)
        model, data, path = (folder / f"random{end}" for end in (".onnx", ".npz", ".detector.onnx"))
        model.write_bytes(proto.SerializeToString())
        np.savez(data, x=x, y=expected.argmax(1))
        she_ood("fit", model, "--layer", layer, "--data", data, "--calibration", data, "-o", path)
        found = onnx.load(path)
        onnx.checker.check_model(found)
        self.assertEqual(self.outputs(found, x).tobytes(), expected.tobytes())
        self.assertEqual(found.graph.SerializeToString(), proto.graph.SerializeToString())
        keys = [entry.key for entry in found.metadata_props if entry.key.startswith("she.")]
        self.assertEqual(
            sorted(keys),
            ["she.calibration", "she.format", "she.manifest", "she.patterns", "she.sets"],
        )
        foreign = [entry for entry in found.metadata_props if entry.key not in keys]
        self.assertEqual(foreign, list(proto.metadata_props))

    def test_detectors_of_random_models_are_their_models_with_metadata(self):
        for seed in range(40):
            with self.subTest(seed):
                self.check(seed)


class PythonToCommand(DetectorFile):
    def setUp(self):
        self.path = folder / "written.onnx"

    def test_the_command_reads_what_python_writes(self):
        picture = {
            "width": 28,
            "height": 28,
            "channels": "gray",
            "layout": "nhwc",
            "framing": "ink",
            "mean": [0.0],
            "std": [1.0],
        }
        write(self.path, id_pass_rate=0.9, preprocess=picture)
        shown, detector = (
            json.loads(she_ood("inspect", self.path, "--json")),
            read_detector(self.path),
        )
        self.assertEqual(np.float32(shown["threshold"]), np.float32(detector.threshold))
        self.assertEqual(detector.threshold, np.sort(detector.calibration)[58])
        self.assertEqual(
            (shown["labels"], shown["idPassRate"], shown["preprocess"]), (CLASS_NAMES, 0.9, picture)
        )
        self.assert_scores_agree(self.path)
        self.assertIsNone(shown["sets"])
        self.assertEqual({report["set"] for report in reports(self.path)}, {None})
        with self.assertRaisesRegex(ValueError, "no prediction sets"):
            prediction_sets(detector, np.zeros((1, 10)))

    def test_every_similarity_to_either_class_scores_the_same(self):
        for similarity in ("inner", "dot", "cosine", "euclidean"):
            for compare_with in ("nearest", "predicted"):
                with self.subTest(f"{similarity} {compare_with}"):
                    write(self.path, LAYERS[1:], similarity=similarity, compare_with=compare_with)
                    self.assert_scores_agree(self.path)

    def test_the_command_fits_the_same_detector(self):
        for name, settings in {"oodeel": {}, "cosine": {"similarity": "cosine"}}.items():
            with self.subTest(name):
                write(self.path, **settings)
                written, by_command = read_detector(self.path), read_detector(fitted(name))
                for layer, patterns in written.layers.items():
                    np.testing.assert_allclose(
                        by_command.layers[layer], patterns, rtol=1e-6, atol=1e-6
                    )
                self.assertEqual(written.manifest["counts"], by_command.manifest["counts"])
                self.assert_close(
                    by_command.manifest["aggregator"]["stds"],
                    written.manifest["aggregator"]["stds"],
                )
                self.assert_close(by_command.calibration, written.calibration)
                self.assert_close(by_command.threshold, written.threshold)


class Damage(DetectorFile):
    def read_with(self, position, change):
        data = bytearray(fitted("oodeel").read_bytes())
        data[position] = change(data[position])
        (folder / "damaged.onnx").write_bytes(data)
        return read_detector(folder / "damaged.onnx")

    def test_a_changed_model_is_refused(self):
        size, flip = len(MODEL.read_bytes()), lambda byte: byte ^ 1
        for position in (1, size // 3, size // 2, size - 1):
            with self.subTest(position), self.assertRaises(ValueError):
                self.read_with(position, flip)
        with self.assertRaisesRegex(ValueError, "the model has the SHA-256"):
            self.read_with(size // 2, flip)

    def test_changed_patterns_are_refused(self):
        position = fitted("oodeel").read_bytes().index(b"she.patterns") + 1000
        with self.assertRaisesRegex(ValueError, "she.patterns has the SHA-256"):
            self.read_with(position, lambda byte: ord("B") if byte == ord("A") else ord("A"))

    def test_a_detector_is_no_model_to_make_one_of(self):
        nothing = ({}, [], [], {}, [])
        with self.assertRaisesRegex(ValueError, "she.manifest"):
            write_detector(fitted("oodeel").read_bytes(), *nothing, class_names=CLASS_NAMES)


class FixInputs(unittest.TestCase):
    def test_a_model_with_fixed_inputs_is_one_of_a_single_input(self):
        value = onnx.helper.make_tensor_value_info
        kind = onnx.TensorProto.FLOAT
        graph = onnx.helper.make_graph(
            [
                onnx.helper.make_node("Mul", ["x", "mask"], ["m"]),
                onnx.helper.make_node("MatMul", ["m", "w"], ["z"]),
            ],
            "g",
            [value("x", kind, ["n", 3]), value("mask", kind, ["n", 3])],
            [value("z", kind, ["n", 2])],
            [onnx.numpy_helper.from_array(np.ones((3, 2), np.float32), "w")],
        )
        opset = [onnx.helper.make_opsetid("", 17)]
        with tempfile.TemporaryDirectory() as folder:
            two, one = (pathlib.Path(folder) / name for name in ("two.onnx", "one.onnx"))
            onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), two)
            command = [os.environ["SHE_OOD"], "layers"]
            quiet = {"capture_output": True, "text": True}
            refused = subprocess.run([*command, two], check=False, **quiet)
            self.assertIn("fix_inputs.py", refused.stderr)
            script = ROOT / "tools" / "python" / "fix_inputs.py"
            subprocess.run([sys.executable, script, two, "mask=2", "-o", one], check=True)
            session = onnxruntime.InferenceSession(one)
            x = np.float32([[1, 2, 3]])
            np.testing.assert_array_equal(session.run(None, {"x": x})[0], [[12, 12]])
            accepted = subprocess.run([*command, one], check=False, **quiet)
            self.assertEqual(accepted.returncode, 0, accepted.stderr)


if __name__ == "__main__":
    unittest.main()
