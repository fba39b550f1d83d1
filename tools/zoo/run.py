"""Runs each exported model of the zoo through the program and writes docs/models.md.

    python tools/zoo/run.py [--only PATTERN] [--no-table]

Each model goes through `layers`, `fit`, `score` and `inspect` of the command line, and through
`Model`, `Fitter` and `Detector` of the package in Node, without a layer named. Logits and features
must equal ONNX Runtime's. Results are kept in data/zoo/results, so `--only` renews some of them.
"""

import argparse
import fnmatch
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from reference import log_softmax, logarithms, softmax, tapped
from table import write_table

ROOT = Path(__file__).resolve().parents[2]
FOLDER, RESULTS = ROOT / "data" / "zoo", ROOT / "data" / "zoo" / "results"
PROGRAM = ROOT / "target" / "release" / "she-ood"
sys.path.insert(0, str(ROOT / "tools" / "python"))
from read_detector import read_detector

SECONDS, MEMORY = 120, 6 << 30
# Largest difference to ONNX Runtime, as a share of the largest number.
EXACT = 1e-4
# Rounding inside the graph: one step of 8 bits, or half precision.
ROUNDED = {"dynamic": 5e-2, "static": 5e-2, "float16": 1e-2}


class Refusal(Exception):
    """What the program said when it refused."""


def run(*command):
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY)),
    )
    # A fit whose detector flags nothing or works badly ends with 3.
    if done.returncode not in (0, 3):
        raise Refusal(message(done.stderr) or f"exit code {done.returncode}")
    return done.stdout


def message(stderr):
    """The error itself, of the command line or of Node."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [
        line
        for line in lines
        if re.match(r"(error|SheError|TypeError|Error)\b", line, re.IGNORECASE)
    ]
    text = (errors or lines or [""])[0]
    return re.sub(r"^(error|SheError)( \[\S+\])?: ", "", text, flags=re.IGNORECASE)


def check(about):
    path = FOLDER / f"{about['name']}.onnx"
    samples = dict(np.load(path.with_suffix(".npz")))
    result = {"name": about["name"], "family": about["family"], "exporter": about["exporter"]}
    with tempfile.TemporaryDirectory() as folder:
        try:
            native(about, path, samples, Path(folder), result)
            web(about, path, samples, Path(folder), result)
            result["state"] = judged(about, result)
        except Refusal as refusal:
            rightly = about["refused"] and "native" not in result
            result |= {
                "state": "rightly refused" if rightly else "refused",
                "message": str(refusal),
            }
        except subprocess.TimeoutExpired:
            result |= {"state": "refused", "message": f"no answer within {SECONDS} seconds"}
        except Exception as error:  # noqa: BLE001
            result |= {"state": "wrong", "message": f"{type(error).__name__}: {error}"}
    return result


def native(about, path, samples, folder, result):
    """The command line: what it chose, how exact it was, how long it took."""
    options = [part for key, value in about["options"].items() for part in (f"--{key}", value)]
    layers = json.loads(run(PROGRAM, "layers", path, *options, "--json"))
    result["remark"] = refer_to_default(layers, about, path, samples)
    data, detector = path.with_suffix(".npz"), folder / "detector.onnx"
    one = folder / "one.npz"
    np.savez(one, x=samples["x"][:1])
    fit = ["fit", path, *options, "--data", data, "--calibration", data, "-o", detector]
    run(PROGRAM, *fit)
    run(PROGRAM, "inspect", detector)
    reports = json.loads(run(PROGRAM, "score", detector, data, "--json"))
    start = time.perf_counter()
    run(PROGRAM, "score", detector, one, "--json")
    total = 1000 * (time.perf_counter() - start)
    score = float(np.median([r["timings"]["model"] + r["timings"]["she"] for r in reports]))
    (name, patterns), *_ = read_detector(detector).layers.items()
    result |= {"layer": name, "size": patterns.shape[1]}
    result["native"] = {
        "scores": [report["score"] for report in reports],
        "logits": report_distance(reports, samples),
        "features": pattern_distance(patterns, samples),
        "load": max(total - score, 0),
        "score": score,
    }


def refer_to_default(layers, about, path, samples):
    """Replaces the features by those of the default layer; says if the expected ones differ."""
    expected = samples.pop("features", None)
    default = next((layer for layer in layers if layer["default"]), None)
    if default is None:
        return None
    samples["features"] = features = tapped(path, default, samples["x"])
    same = expected is not None and features.shape == expected.shape
    if expected is None or same and distance(features, expected) <= bound(about):
        return None
    return f"another layer than the head's input, {about['layer']}"


def report_distance(reports, samples):
    """Of the probabilities, and of the largest logit where ONNX Runtime gives logits."""
    chances = np.array([report["probabilities"] for report in reports])
    far = distance(chances, samples["probabilities"])
    if "logits" in samples:
        largest = np.array([-report["baselines"]["maxLogit"] for report in reports])
        far = max(far, distance(largest, samples["logits"].max(1)))
    return far


def pattern_distance(patterns, samples):
    """Patterns are the mean features of each class, here of its reference features."""
    if "features" not in samples:
        return None
    classes = sorted(set(samples["y"].tolist()))
    means = [samples["features"][samples["y"] == label].mean(0) for label in classes]
    return distance(patterns, np.array(means))


def web(about, path, samples, folder, result):
    values = folder / "samples"
    values.write_bytes(samples["x"].astype(np.float32).tobytes())
    beside = path.with_suffix(".onnx.data")
    shape = about["options"].get("input-shape")
    options = {
        "inputShape": [int(size) for size in shape.split(",")] if shape else None,
        "logits": about["options"].get("logits"),
    }
    job = {
        "model": str(path),
        "detector": str(folder / "detector.onnx"),
        "samples": str(values),
        "labels": samples["y"].tolist(),
        "options": {key: value for key, value in options.items() if value},
        "externalData": str(beside) if beside.exists() else None,
    }
    (folder / "job.json").write_text(json.dumps(job))
    found = json.loads(run("node", ROOT / "tools" / "zoo" / "web.js", folder / "job.json"))
    features = samples.get("features")
    result["web"] = {
        "logits": output_distance(found, samples),
        "features": None if features is None else distance(np.array(found["features"]), features),
        "scores": distance(np.array(found["scores"]), np.array(result["native"]["scores"])),
        "same layer": found["layer"] == result["layer"],
        "load": found["load"],
        "score": found["score"],
    }


def output_distance(found, samples):
    """Of the model's logits; of the detector's logarithms where the file has probabilities."""
    if found["outputs"] != "logits":
        logs = log_softmax(np.array(found["detectorLogits"]))
        return distance(logs, logarithms(samples["probabilities"]))
    logits = np.array(found["logits"])
    if "logits" in samples:
        return distance(logits, samples["logits"])
    return distance(softmax(logits), samples["probabilities"])


def distance(found, expected):
    """The largest difference, as a share of the largest number."""
    if found.shape != expected.shape:
        raise ValueError(f"{list(found.shape)} instead of {list(expected.shape)} numbers")
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-6))


def bound(about):
    return next((b for part, b in ROUNDED.items() if part in about["name"]), EXACT)


def judged(about, result):
    most = bound(about)
    kinds = [(door, kind) for door in ("native", "web") for kind in ("logits", "features")]
    far = [
        f"{door}: {kind} differ by {result[door][kind]:.1e}"
        for door, kind in kinds
        if not (result[door][kind] or 0) <= most
    ]
    if not result["web"]["scores"] <= most:
        far.append(f"scores differ by {result['web']['scores']:.1e} between the two")
    if not result["web"]["same layer"]:
        far.append("the two choose different layers")
    if far:
        result["message"] = "; ".join(far)
    return "wrong" if far else "works"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="*", help="names to run, such as 'sk_*'")
    parser.add_argument("--no-table", action="store_true", help="leave docs/models.md as it is")
    arguments = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for path in sorted(FOLDER.glob("*.json")):
        if fnmatch.fnmatch(path.stem, arguments.only):
            result = check(json.loads(path.read_text()))
            (RESULTS / path.name).write_text(json.dumps(result))
            print(path.stem, result["state"], result.get("message", ""), flush=True)
    if not arguments.no_table:
        paths = [RESULTS / path.name for path in sorted(FOLDER.glob("*.json"))]
        results = [json.loads(path.read_text()) for path in paths if path.exists()]
        write_table(ROOT / "docs" / "models.md", results)


if __name__ == "__main__":
    main()
