"""Makes `teach.json`: detectors of a few examples a class, by NumPy and SciPy.

    python tests/data/teach.py

Features are compared by the roots of their values at unit length. The covariance is that of the
residuals, shrunk half way to a multiple of the identity; its inverse is NumPy's, as large as the
features. Each example is left out by computing everything again without it, but for the ridge of
the covariance. The temperature is the minimum that SciPy finds.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize_scalar

HERE = pathlib.Path(__file__).parent
RATE = 0.9
rng = np.random.default_rng(22)


def rooted(x):
    roots = np.sign(x) * np.sqrt(np.abs(x.astype(np.float64)))
    norms = np.linalg.norm(roots, axis=1, keepdims=True)
    return np.divide(roots, norms, out=np.zeros_like(roots), where=norms > 0)


def means_of(u, labels, count):
    return np.stack([u[labels == c].mean(0) for c in range(count)])


def parts(u, labels, count, others, ridge):
    """Squared distances and cosines of `others` to each class, (N, classes) both."""
    means = means_of(u, labels, count)
    residuals = u - means[labels]
    inverse = np.linalg.inv(np.eye(u.shape[1]) + residuals.T @ residuals / ridge)
    centre = means.mean(0)
    gaps = others[:, None] - means
    squares = np.einsum("ncd,de,nce->nc", gaps, inverse, gaps)
    a, b = others - centre, means - centre
    products = a @ inverse @ b.T
    lengths = np.outer(
        np.sqrt(np.einsum("nd,de,ne->n", a, inverse, a)),
        np.sqrt(np.einsum("cd,de,ce->c", b, inverse, b)),
    )
    return squares, np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 1e-9)


def standardised(values, of):
    return (values - of.mean()) / of.std()


def softened(similarities, labels):
    """Cross entropy with the classes of Platt's scaling, by the logarithm of 1 / temperature."""
    samples, count = similarities.shape
    targets = np.full((samples, count), 1 / (samples + count))
    targets[np.arange(samples), labels] = (samples + 1) / (samples + count)

    def entropy(log_inverse):
        logits = np.exp(log_inverse) * similarities
        logits = logits - logits.max(1, keepdims=True)
        return -(targets * (logits - np.log(np.exp(logits).sum(1, keepdims=True)))).sum()

    return entropy


def threshold(scores):
    """Between the scores below and at the rank."""
    scores, position = np.sort(scores), (len(scores) + 1) * RATE
    return float(np.interp(position, np.arange(1, len(scores) + 1), scores))


def case(counts, size, others=12):
    count = len(counts)
    labels = np.repeat(np.arange(count), counts)
    centres = rng.normal(0, 2, (count, size))
    examples = np.float32(centres[labels] + rng.normal(0, 1.2, (len(labels), size)))
    near = centres[np.arange(others) % count] + rng.normal(0, 2.0, (others, size))
    others = np.float32(np.concatenate([near, rng.normal(0, 3, (3, size)), np.zeros((1, size))]))
    u = rooted(examples)
    residuals = u - means_of(u, labels, count)[labels]
    ridge = np.square(residuals).sum() / size
    left = [i for i in range(len(labels)) if counts[labels[i]] > 1]
    compared = []
    for i in left:
        rest = np.arange(len(labels)) != i
        compared.append(parts(u[rest], labels[rest], count, u[i : i + 1], ridge))
    squares, cosines = (np.concatenate(each) for each in zip(*compared, strict=True))
    nearest, best = squares.min(1), cosines.max(1)

    def similarities(squares, cosines):
        direction = standardised(cosines, best) if count > 1 else 0
        return direction - standardised(squares, nearest)

    loo, found = (
        similarities(squares, cosines),
        similarities(*parts(u, labels, count, rooted(others), ridge)),
    )
    entropy = softened(loo, labels[left])
    log_inverse = minimize_scalar(
        entropy, bounds=(-7, 7), method="bounded", options={"xatol": 1e-9}
    ).x
    temperature = float(np.exp(-log_inverse)) if count > 1 else 1.0
    powers = np.exp(found / temperature - (found / temperature).max(1, keepdims=True))
    return {
        "labels": labels.tolist(),
        "examples": examples.tolist(),
        "others": others.tolist(),
        "calibration": np.sort(-loo.max(1)).tolist(),
        "accuracy": float((loo.argmax(1) == labels[left]).mean()),
        "temperature": temperature,
        "threshold": threshold(-loo.max(1)),
        "similarities": found.tolist(),
        "probabilities": (powers / powers.sum(1, keepdims=True)).tolist(),
    }


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


cases = {
    "three classes": case([8, 8, 8], 24),
    "more examples than features": case([30, 20], 5),
    "one of a class": case([12, 1, 7, 2], 16),
    "a single class": case([20], 12),
}
text = json.dumps({"rate": RATE, "cases": rounded(cases)}, separators=(",", ":"))
(HERE / "teach.json").write_text(text + "\n")
print({name: (each["temperature"], each["threshold"]) for name, each in cases.items()}, len(text))
