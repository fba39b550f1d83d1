"""Makes tests/data/golden.json from the golden values computed by oodeel 0.4.0.

    python tools/golden/fixture.py GOLDEN_DIR

GOLDEN_DIR holds `golden_64_seed0.npz` and `golden_mini_fit300_seed0.npz`: a toy MLP
(784-300-150-10, trained by TensorFlow on MNIST digits 0-4, seed 0), scored by oodeel's own code
with eps = 0. Only what the tests use is copied:

- `images`: 64 MNIST test images (0-255), the first 32 of digits 0-4 and the first 32 of digits 5-9,
  with what TensorFlow made of them: `dense`, `dense_1`, `logits`;
- `mini_*`: a fit on 300 training images, 10 of them misclassified: images, labels, patterns, and
  the scores of the 64 images, layer by layer and joined;
- `full_*`: patterns, spread of the scores and scores of the fit on all 30,596 training images of
  digits 0-4.

Arrays are base64 of little-endian bytes, uint8 or float32, row-major. Needs NumPy. The model,
`mnist_mlp_0-4.onnx`, is copied beside as it is.
"""

import base64
import json
import pathlib
import shutil
import sys

import numpy as np

TARGET = pathlib.Path(__file__).parents[2] / "tests" / "data"


def packed(array):
    """An array as JSON: floats as float32, everything else as uint8."""
    kind = np.float32 if array.dtype.kind == "f" else np.uint8
    assert kind is np.float32 or (array >= 0).all() and (array < 256).all()
    values = np.ascontiguousarray(array, kind)
    return {
        "dtype": values.dtype.name,
        "shape": list(values.shape),
        "base64": base64.b64encode(values.tobytes()).decode(),
    }


def main(folder):
    full = np.load(folder / "golden_64_seed0.npz")
    mini = np.load(folder / "golden_mini_fit300_seed0.npz")
    meta = json.loads((folder / "golden_meta.json").read_text())
    arrays = {
        "images": full["images_u8"].reshape(64, 784),
        "dense": full["dense_eps0"],
        "dense_1": full["dense_1_eps0"],
        "logits": full["logits_eps0"],
        "mini_images": mini["fit_images_u8"].reshape(-1, 784),
        "mini_labels": mini["fit_labels"],
    }
    arrays["full_stds"] = np.float32(meta["aggregators_full_fit"]["std"]["stds"])
    for name, fit in (("mini", mini), ("full", full)):
        for layer in ("dense", "dense_1"):
            # oodeel stores patterns as columns; here they are rows.
            arrays[f"{name}_patterns_{layer}"] = fit[f"mus_{layer}"].T
            arrays[f"{name}_scores_{layer}"] = fit[f"score_{layer}_eps0"]
        arrays[f"{name}_scores"] = fit["agg_std_eps0"]
    text = json.dumps({name: packed(array) for name, array in arrays.items()}, indent=1)
    (TARGET / "golden.json").write_text(text + "\n")
    shutil.copyfile(folder / "mnist_mlp_0-4.onnx", TARGET / "mnist_mlp_0-4.onnx")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
