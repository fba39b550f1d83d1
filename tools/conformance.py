"""Runs ONNX's own node tests through the program and counts equal, refused and wrong results.

Each test becomes a classifier with one float input, cast to the type of the test's: its other
inputs become constants, and every numeric output a layer of `[1, values]`. A test with several
inputs is run once for each. The exit status is 1 if any result is wrong.
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.capi import onnxruntime_pybind11_state as state

# ONNX Runtime's ways to refuse a graph.
REFUSALS = (
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.NotImplemented,
    state.RuntimeException,
)
# Kinds of NumPy: floats, integers with and without sign, truth values.
NUMERIC = "fiub"
TOLERANCE = 1e-4


def tensors(folder, kind, values):
    """The tensors of a test, or None where one is a sequence or empty optional."""
    found = []
    for index, value in enumerate(values):
        if not value.type.HasField("tensor_type"):
            return None
        data = (folder / f"{kind}_{index}.pb").read_bytes()
        found.append(onnx.load_tensor_from_string(data))
    return found


def known(stored, declared, index):
    """Whether NumPy has a tensor's type. Others are stored under the name of one it has."""
    return stored[index].data_type == declared[index].type.tensor_type.elem_type


def classifier(model, variable, inputs, outputs):
    """The test's graph with `variable` as its only input; taps are named `tap_0`, `tap_1` ..."""
    graph = model.graph
    shape = list(inputs[variable].dims)
    name = graph.input[variable].name
    nodes = [helper.make_node("Reshape", ["sample", "sample_shape"], ["sample_shaped"])]
    nodes.append(helper.make_node("Cast", ["sample_shaped"], [name], to=inputs[variable].data_type))
    initializers = [numpy_helper.from_array(np.array(shape, np.int64), "sample_shape")]
    initializers.append(numpy_helper.from_array(np.array([1, -1], np.int64), "row"))
    for index, (value, tensor) in enumerate(zip(graph.input, inputs, strict=True)):
        if index != variable:
            constant = TensorProto()
            constant.CopyFrom(tensor)
            constant.name = value.name
            constant.data_type = value.type.tensor_type.elem_type
            initializers.append(constant)
    nodes += list(graph.node)
    for index, value in enumerate(graph.output):
        cast = [value.name, f"cast_{index}", f"tap_{index}"]
        nodes.append(helper.make_node("Cast", cast[:1], cast[1:2], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Reshape", [cast[1], "row"], cast[2:]))
    nodes.append(helper.make_node("Neg", ["sample"], ["logits"]))
    size = int(np.prod(shape))
    wrapped = helper.make_graph(
        nodes,
        "conformance",
        [helper.make_tensor_value_info("sample", TensorProto.FLOAT, [1, size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, size])]
        + [
            helper.make_tensor_value_info(f"tap_{index}", TensorProto.FLOAT, None)
            for index in range(len(outputs))
        ],
        [*graph.initializer, *initializers],
    )
    result = onnx.ModelProto()
    result.CopyFrom(model)
    result.graph.CopyFrom(wrapped)
    if not any(entry.domain in ("", "ai.onnx") for entry in result.opset_import):
        result.opset_import.append(helper.make_opsetid("", 15))
    return result


def cases(data, folder):
    """Writes each test's classifiers; yields their names, operators, lines to ask and answers."""
    for test in sorted(data.iterdir()):
        model = onnx.load(test / "model.onnx")
        try:
            inputs = tensors(test / "test_data_set_0", "input", model.graph.input)
            outputs = tensors(test / "test_data_set_0", "output", model.graph.output)
        except FileNotFoundError:
            continue
        if not inputs or not outputs:
            continue
        expected = [numpy_helper.to_array(output) for output in outputs]
        taps = [
            index
            for index, value in enumerate(expected)
            if value.size and value.dtype.kind in NUMERIC
            if known(outputs, model.graph.output, index)
        ]
        for variable, tensor in enumerate(inputs):
            values = numpy_helper.to_array(tensor)
            if values.dtype.kind not in NUMERIC or not values.size:
                continue
            if not known(inputs, model.graph.input, variable):
                continue
            if not np.isfinite(values).all() or (np.abs(values.astype(float)) > 2**24).any():
                continue
            stem = folder / f"{test.name}.{variable}"
            onnx.save(classifier(model, variable, inputs, outputs), f"{stem}.onnx")
            values.astype("<f4").tofile(f"{stem}.raw")
            for tap in taps:
                line = f"{stem}.onnx\t{stem}.raw\ttap_{tap}"
                operator = model.graph.node[0].op_type
                if "_expanded" in test.name:
                    operator = "functions in parts"
                yield f"{test.name}.{variable}.{tap}", operator, line, expected[tap]


def answers(program, lines):
    """The program's answer to each line. A crash answers one line; the rest go to a new process."""
    while lines:
        ran = subprocess.run(
            [program], input="\n".join(lines), capture_output=True, text=True, check=False
        )
        rows = ran.stdout.splitlines()[: len(lines)]
        yield from (row.split("\t") for row in rows)
        if len(rows) < len(lines):
            yield ["crashed", f"status {ran.returncode}"]
        lines = lines[len(rows) + 1 :]


def by_runtime(line):
    """What ONNX Runtime makes of a line, or None."""
    model, sample, tap = line.split("\t")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        values = np.fromfile(sample, "<f4").reshape(1, -1)
        return session.run([tap], {"sample": values})[0]
    except REFUSALS:
        return None


def verdict(answer, expected, line):
    """Whether the answer is right. ONNX Runtime decides where the test's own data differ."""
    kind, why = compare(answer, expected)
    other = by_runtime(line) if kind == "wrong" else None
    if other is not None and compare(answer, other)[0] == "equal":
        return "as ONNX Runtime", why
    return kind, why


def compare(answer, expected):
    if answer[0] != "ok":
        return answer[0], " ".join(answer[1:])
    found = np.array(answer[1].split(), np.float32)
    expected = expected.astype(np.float32).ravel()
    if len(found) != len(expected):
        return "wrong", f"{len(found)} values instead of {len(expected)}"
    close = np.isclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    if close.all():
        return "equal", ""
    worst = int(np.argmin(close))
    return "wrong", f"{found[worst]} instead of {expected[worst]} at {worst}"


# Words of a refusal and what it is for, in the order they are looked for.
REASONS = {
    "which is not supported": "operator not supported",
    "Unknown DatumType": "8-bit floats, 4-bit integers or bfloat16",
    "can be tapped": "constant, or a size that depends on values",
    "const": "an input that must be a constant",
    "training mode": "training mode",
    "blocked": "scales for blocks",
    "datum type": "16-bit quantisation",
}


def reason(why):
    return next((meant for words, meant in REASONS.items() if words in why), "other")


def report(results):
    """The tables of `docs/models.md`."""
    kinds = collections.Counter(kind for _, _, kind, _ in results)
    operators = collections.defaultdict(set)
    refused = collections.defaultdict(list)
    for operator, _, kind, why in results:
        operators[operator].add(kind)
        if kind == "refused":
            refused[reason(why)].append(operator)
    lines = ["| result | runs |", "| --- | --- |"]
    lines += [f"| {kind} | {kinds[kind]} |" for kind in ("equal", "as ONNX Runtime")]
    lines += [f"| {kind} | {kinds[kind]} |" for kind in ("refused", "wrong", "crashed")]
    lines += ["", "| refused for | runs | operators |", "| --- | --- | --- |"]
    for why, names in sorted(refused.items(), key=lambda entry: -len(entry[1])):
        named = ", ".join(sorted(set(names)))
        lines.append(f"| {why} | {len(names)} | {named} |")
    right = sorted(name for name, found in operators.items() if "equal" in found)
    sentence = f"Operators with equal results ({len(right)}): {', '.join(right)}."
    lines += ["", *textwrap.wrap(sentence, 100)]
    return "\n".join(lines)


def write(path, tables):
    """Puts the tables between the marks of a Markdown file."""
    start, end = "<!-- conformance -->\n", "<!-- /conformance -->"
    before, rest = path.read_text().split(start)
    path.write_text(f"{before}{start}\n{tables}\n\n{end}{rest.split(end)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="the example `outputs`")
    parser.add_argument("--only", default="", help="regular expression of test names")
    parser.add_argument("--list", action="store_true", help="print each result")
    parser.add_argument("--table", type=pathlib.Path, help="Markdown file to update")
    options = parser.parse_args()
    data = pathlib.Path(onnx.__file__).parent / "backend/test/data/node"
    results = []
    with tempfile.TemporaryDirectory() as folder:
        found = [
            case for case in cases(data, pathlib.Path(folder)) if re.search(options.only, case[0])
        ]
        answered = answers(options.program, [line for _, _, line, _ in found])
        for (name, operator, line, expected), answer in zip(found, answered, strict=True):
            kind, why = verdict(answer, expected, line)
            results.append((operator, name, kind, why))
            if options.list or kind in ("wrong", "crashed"):
                print(f"{kind}\t{operator}\t{name}\t{why}")
    counts = collections.Counter(kind for _, _, kind, _ in results)
    print(dict(counts))
    if options.table:
        write(options.table, report(results))
    sys.exit(1 if counts["wrong"] or counts["crashed"] else 0)


if __name__ == "__main__":
    main()
