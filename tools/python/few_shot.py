"""Few-shot similarities, of detectors whose patterns classify, in NumPy."""

import base64
from dataclasses import dataclass

import numpy as np


@dataclass
class FewShot:
    """What the features of a layer are compared by."""

    # Residuals (R, D) of samples, and the lower triangular factor (R, R) of their products.
    residuals: np.ndarray
    factor: np.ndarray
    # Mean and spread of squared distances and, with several classes, of cosines.
    distance: dict
    cosine: dict | None

    def inner(self, a, b):
        """Products of the rows of a and b under the covariance within classes."""
        u, v = (np.linalg.solve(self.factor, self.residuals @ each.T) for each in (a, b))
        return a @ b.T - u.T @ v

    def similarities(self, features, means):
        """(N, classes) similarities of features (N, D) to the means (classes, D)."""
        x, means = rooted(features), np.float64(means)
        centre = means.mean(0)
        squares = self.square(x)[:, None] + self.square(means) - 2 * self.inner(x, means)
        found = -standardised(squares, self.distance)
        if self.cosine:
            a, b = x - centre, means - centre
            lengths = np.sqrt(np.outer(self.square(a), self.square(b)))
            products = self.inner(a, b)
            cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
            found += standardised(cosines, self.cosine)
        return found

    def square(self, rows):
        return np.maximum(np.diag(self.inner(rows, rows)), 0)


def standardised(values, moments):
    return (values - np.float32(moments["mean"])) / np.float32(moments["std"])


def rooted(features):
    """Square roots of the features, with their signs, at unit length; zeros stay."""
    features = np.float64(features)
    roots = np.sign(features) * np.sqrt(np.abs(features))
    norms = np.linalg.norm(roots, axis=1, keepdims=True)
    return roots / np.where(norms > 0, norms, 1)


def read_few_shots(entries, manifest, stored, check_hash):
    """What each layer is compared by, by its name; none for other similarities."""
    blocks = {}
    for name, kind in (("residuals", stored), ("factors", "<f4")):
        data = base64.b64decode(entries[f"she.{name}"], validate=True)
        check_hash(f"she.{name}", data, manifest["sha256"]["fewShot"][name])
        blocks[name] = np.frombuffer(data, kind).astype(np.float64)
    found = {}
    for layer, parts in zip(manifest["layers"], manifest["fewShot"], strict=True):
        rows = parts["residuals"]
        residuals, blocks["residuals"] = np.split(blocks["residuals"], [rows * layer["size"]])
        values, blocks["factors"] = np.split(blocks["factors"], [rows * (rows + 1) // 2])
        factor = np.zeros((rows, rows))
        factor[np.tril_indices(rows)] = values
        shaped = residuals.reshape(rows, layer["size"])
        found[layer["name"]] = FewShot(shaped, factor, parts["distance"], parts.get("cosine"))
    return found
