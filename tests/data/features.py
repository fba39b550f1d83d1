"""Makes the files in `sets/` that hold features of `tiny.onnx`, computed by no model, and
`features.json` with what NumPy makes of them.

    python tests/data/features.py

Two Parquet files and two `.npz` files hold the same 400 samples; the means are those of the
samples whose largest logit is their label. `features-probabilities.npz` has the softmax in place
of the logits, and `broken/features-*` hold the first samples as no fit takes them.
"""

import json
import pathlib

import numpy as np
import pyarrow
import pyarrow.parquet

HERE = pathlib.Path(__file__).parent
LAYER = "vector"
SIZE, CLASSES, COUNT, CUT = 4, 3, 400, 150
rng = np.random.default_rng(24)
f32 = np.float32

labels = rng.integers(0, CLASSES, COUNT)
logits = rng.normal(0, 1, (COUNT, CLASSES)) + 3 * np.eye(CLASSES)[labels]
features = rng.normal(0, 1, (COUNT, SIZE)) + 2 * np.eye(CLASSES, SIZE)[labels]
logits, features = logits.astype(f32), features.astype(f32)


def write(name, rows):
    arrays = {"logits": logits[rows], LAYER: features[rows]}
    np.savez_compressed(HERE / f"sets/features-{name}.npz", y=labels[rows], **arrays)
    columns = {key: list(values) for key, values in arrays.items()}
    columns["label"] = labels[rows]
    table = pyarrow.table(columns)
    path = HERE / f"sets/features-{name}.parquet"
    pyarrow.parquet.write_table(table, path, row_group_size=90)


write("a", slice(0, CUT))
write("b", slice(CUT, None))
powers = np.exp(logits[CUT:])
probabilities = powers / powers.sum(1, keepdims=True)
np.savez_compressed(
    HERE / "sets/features-probabilities.npz",
    y=labels[CUT:],
    logits=probabilities,
    **{LAYER: features[CUT:]},
)


def write_broken(name, codec="snappy", **columns):
    table = pyarrow.table({"label": labels[:5], LAYER: list(features[:5])} | columns)
    path = HERE / f"sets/broken/features-{name}.parquet"
    pyarrow.parquet.write_table(table, path, compression=codec)


first, halves = list(logits[:5]), pyarrow.array(list(logits[:5].astype(np.float16)))
write_broken("gzip", "gzip", logits=first)
write_broken("zstd", "zstd", logits=first)
write_broken("halves", logits=halves)
write_broken("scalars", logits=logits[:5, 0])
broken = {
    "lengths": {"logits": logits[:5], LAYER: features[:4]},
    "labels": {"logits": logits[:4], LAYER: features[:4]},
    "nan": {"logits": logits[:5], LAYER: np.full((5, SIZE), np.nan, f32)},
    "no-logits": {LAYER: features[:5]},
}
for name, arrays in broken.items():
    np.savez_compressed(HERE / f"sets/broken/features-{name}.npz", y=labels[:5], **arrays)
correct = logits.argmax(1) == labels
means = [
    features[correct & (labels == label)].astype(np.float64).mean(0).tolist()
    for label in range(CLASSES)
]
counts = [int((correct & (labels == label)).sum()) for label in range(CLASSES)]
text = json.dumps({"means": means, "counts": counts}, indent=1)
(HERE / "features.json").write_text(text + "\n")
