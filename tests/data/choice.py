"""Makes `choice.json`: scores of samples put aside and of their alterations by two candidates, and
what scikit-learn and NumPy say of them.

    python tests/data/choice.py
"""

import json
import pathlib

import numpy as np
from sklearn.metrics import roc_auc_score

HERE = pathlib.Path(__file__).parent
SAMPLES, STRANGERS, CHANGES = 60, 4, 3
rng = np.random.default_rng(5)


def candidate(strength, sample):
    """Scores to one decimal, so that some are tied."""
    known = sample + rng.normal(0, 1, SAMPLES)
    strangers = [strength * k / 2 + sample + rng.normal(0, 1, SAMPLES) for k in (1, 2, 3, 4)]
    changes = [0.4 * strength + sample + rng.normal(0, 1, SAMPLES) for _ in range(CHANGES)]
    return [scores.round(1).tolist() for scores in (known, *strangers, *changes)]


def figures(known, *altered):
    strangers, changes = altered[:STRANGERS], altered[STRANGERS:]
    labels = np.repeat([0, 1], SAMPLES)
    aurocs = [roc_auc_score(labels, np.concatenate([known, one])) for one in strangers]
    limit = np.sort(known)[int(np.ceil(0.95 * SAMPLES)) - 1]
    return np.mean(aurocs), np.mean(np.array(changes) > limit)


def main():
    sample = rng.normal(0, 0.7, SAMPLES)
    both = [candidate(1.2, sample), candidate(0.9, sample)]
    aurocs, alarms = zip(*(figures(*one) for one in both), strict=True)
    joined = [
        (np.array(column) - np.mean(both[0][0])) / np.std(both[0][0])
        + (np.array(other) - np.mean(both[1][0])) / np.std(both[1][0])
        for column, other in zip(*both, strict=True)
    ]
    made = {
        "columns": both,
        "aurocs": aurocs,
        "falseAlarms": alarms,
        "joinedAuroc": figures(*joined)[0],
    }
    (HERE / "choice.json").write_text(json.dumps(made) + "\n")


main()
