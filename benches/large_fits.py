"""How the cost of a fit in parts grows with the number of samples: time and peak memory of each
command, for 1,000 to 1,000,000 rows of made-up features (64 values, 10 logits).

    .tools/python-scale/bin/python benches/large_fits.py             all sizes
    .tools/python-scale/bin/python benches/large_fits.py --most 4    up to 10^4 rows

Prints a table and draws docs/large-fits.svg. Times are CPU times, so
other work on the machine changes them little.
"""

import argparse
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import pyarrow
import pyarrow.parquet
from onnx import TensorProto, helper, numpy_helper

SHE_OOD = os.environ.get("SHE_OOD", "target/release/she-ood")
FEATURES, CLASSES = 64, 10
# Rows that are made, written and read at once, and rows of a part where there are several.
CHUNK, SHARD = 4096, 10_000
COMMANDS = ("fit --partial", "merge", "calibrate --partial", "merge --model")
COLOURS = ("#0f766e", "#b4310b", "#1d4ed8", "#7c3aed")


def write_model(path: pathlib.Path) -> None:
    """A layer of 64 features and 10 logits, which are the first ten of them."""
    values = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("Relu", ["input"], ["features"]),
            helper.make_node("MatMul", ["features", "weights"], ["logits"]),
        ],
        "made-up",
        [values("input", TensorProto.FLOAT, ["batch", FEATURES])],
        [values("logits", TensorProto.FLOAT, ["batch", CLASSES])],
        [numpy_helper.from_array(np.eye(FEATURES, CLASSES, dtype=np.float32), "weights")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)


def write_rows(path: pathlib.Path, count: int, seed: int) -> None:
    """Features around the mean of each class, by chunks, so that memory does not matter here."""
    rng = np.random.default_rng(seed)
    fields = [(name, pyarrow.list_(pyarrow.float32())) for name in ("logits", "features")]
    schema = pyarrow.schema([*fields, ("label", pyarrow.int64())])
    with pyarrow.parquet.ParquetWriter(path, schema, compression="snappy") as file:
        for start in range(0, count, CHUNK):
            labels = rng.integers(0, CLASSES, min(CHUNK, count - start))
            rows = rng.normal(size=(len(labels), FEATURES)) + 4 * np.eye(CLASSES, FEATURES)[labels]
            rows = np.maximum(rows, 0).astype(np.float32)
            columns = [lists(rows[:, :CLASSES]), lists(rows), labels]
            file.write_table(pyarrow.table(columns, schema=schema))


def lists(rows: np.ndarray) -> pyarrow.Array:
    offsets = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32)
    return pyarrow.ListArray.from_arrays(offsets, rows.ravel())


# Linux counts what a process held before it became another program, so a small one starts it.
LAUNCHER = """
import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(*arguments) -> tuple[float, float]:
    """Runs the command line: seconds of the processor, and the most MB it held."""
    command = [sys.executable, "-I", "-S", "-c", LAUNCHER, SHE_OOD, *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def measure(count: int, model: pathlib.Path, at: pathlib.Path) -> dict:
    """Time and memory of each command, for this number of samples, as many held out."""
    rows, held_out, whole = at / "rows.parquet", at / "held-out.parquet", at / "whole.part"
    write_rows(rows, count, 1)
    write_rows(held_out, count, 2)
    fit = ["fit", model, "--partial", "--similarity", "cosine", "--layer", "features"]
    first = run(*fit, "--data", rows, "-o", whole)
    parts = []
    for start in range(0, count, SHARD):
        parts.append(at / f"{start}.part")
        data = f"{rows}:rows={start}..{min(start + SHARD, count)}"
        run(*fit, "--data", data, "-o", parts[-1])
    patterns, scores, detector = at / "patterns.part", at / "scores.part", at / "detector.onnx"
    merge = run("merge", *parts, "-o", patterns)
    calibrate = ["calibrate", model, patterns, "--partial", "--calibration", held_out]
    second = run(*calibrate, "-o", scores)
    last = run("merge", patterns, scores, "--model", model, "-o", detector)
    return dict(zip(COMMANDS, (first, merge, second, last), strict=True))


def measured(count: int, model: pathlib.Path) -> dict:
    """The medians of several measurements."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [measure(count, model, pathlib.Path(folder)) for _ in range(1 if count > 1e5 else 3)]
    return {
        command: [statistics.median(run[command][of] for run in runs) for of in (0, 1)]
        for command in COMMANDS
    }


def slope(found: dict, command: str, of: int) -> float:
    """The exponent of growth from 10^4 rows, below which starting the program is most of it."""
    points = [(math.log(count), math.log(found[count][command][of])) for count in found]
    points = points[-3:] if len(points) > 3 else points
    return float(np.polyfit(*zip(*points, strict=True), 1)[0])


def table(found: dict) -> str:
    head = "| rows | " + " | ".join(f"`{command}`" for command in COMMANDS) + " |"
    lines = [head, "|" + "---|" * (len(COMMANDS) + 1)]
    for count, commands in found.items():
        cells = [f"{seconds:.2f} s, {mb:.0f} MB" for seconds, mb in commands.values()]
        lines.append(f"| {count:,} | " + " | ".join(cells) + " |")
    exponents = [f"{slope(found, name, 0):.2f}, {slope(found, name, 1):.2f}" for name in COMMANDS]
    lines.append("| exponents from 10,000 | " + " | ".join(exponents) + " |")
    return "\n".join(lines)


def chart(found: dict) -> str:
    counts = list(found)
    panels = [
        panel(found, counts, of, left, name)
        for of, left, name in ((0, 60, "seconds of the processor"), (1, 430, "peak memory, MB"))
    ]
    keys = [
        f'<rect x="{60 + 190 * at}" y="30" width="12" height="12" rx="2" fill="{COLOURS[at]}"/>'
        f'<text x="{78 + 190 * at}" y="41">{name}</text>'
        for at, name in enumerate(COMMANDS)
    ]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 790 360" '
        'font-family="system-ui, sans-serif" font-size="13" fill="#16191d">'
        "<title>Cost of a fit in parts</title>"
        '<rect width="100%" height="100%" fill="#fff"/>'
        '<text x="8" y="18" font-weight="600">A fit in parts, by number of samples</text>'
        + "".join(keys + panels)
        + "</svg>\n"
    )


def panel(found: dict, counts: list, of: int, left: int, name: str) -> str:
    """A plot with both axes logarithmic, a line for each command."""
    values = [found[count][command][of] for count in counts for command in COMMANDS]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(counts[0]), math.log10(counts[-1])
    x = [left + 300 * (math.log10(count) - first) / (last - first) for count in counts]

    def y(value: float) -> float:
        return 310 - 230 * (math.log10(value) - low) / (high - low)

    parts = [f'<text x="{left}" y="68" fill="#565d68">{name}</text>']
    for power in range(low, high + 1):
        parts.append(f'<path d="M{left} {y(10**power):.1f}h300" stroke="#d9dde3"/>')
        label = f"{10**power:g}"
        at = f'x="{left - 8}" y="{y(10**power) + 4:.1f}"'
        parts.append(f'<text {at} text-anchor="end">{label}</text>')
    for at, count in zip(x, counts, strict=True):
        if math.log10(count).is_integer():
            parts.append(f'<text x="{at:.1f}" y="330" text-anchor="middle">{count:,}</text>')
    for command, colour in zip(COMMANDS, COLOURS, strict=True):
        ys = [y(found[count][command][of]) for count in counts]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, ys, strict=True))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--most", type=int, default=6, help="largest power of ten")
    most = parser.parse_args().most
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model.onnx"
        write_model(model)
        found = {}
        for power in range(3, most + 1):
            found[10**power] = measured(10**power, model)
            print(10**power, found[10**power], flush=True)
    print(table(found))
    pathlib.Path("docs/large-fits.svg").write_text(chart(found))


if __name__ == "__main__":
    main()
