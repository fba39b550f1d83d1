"""Makes `choice.json`: scores of samples put aside and of their alterations by two candidates, and
what scikit-learn and NumPy say of them.

    python tests/data/choice.py
"""

import json
import pathlib

import numpy as np
from scipy import stats
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


def placements(scores, others):
    """Share of the others below each score, ties by half: midranks among both, less those among its
    own."""
    both = stats.rankdata(np.concatenate([scores, others]))[: len(scores)]
    return (both - stats.rankdata(scores)) / len(others)


def figures(known, *altered):
    strangers, changes = altered[:STRANGERS], altered[STRANGERS:]
    labels = np.repeat([0, 1], SAMPLES)
    aurocs = [roc_auc_score(labels, np.concatenate([known, one])) for one in strangers]
    # DeLong's structural components; a sample and its stranger belong together.
    parts = np.mean(
        [1 - placements(known, one) + placements(one, known) for one in strangers], axis=0
    )
    limit = np.sort(known)[int(np.ceil(0.95 * SAMPLES)) - 1]
    alarms = np.mean([np.array(one) > limit for one in changes], axis=0)
    return np.mean(aurocs), parts, alarms.mean(), alarms


def error(own, other):
    """Standard error of the difference of two figures, from the samples' parts in them."""
    difference = own - other
    return difference.std(ddof=1) / np.sqrt(SAMPLES)


def main():
    sample = rng.normal(0, 0.7, SAMPLES)
    both = [candidate(1.2, sample), candidate(0.9, sample)]
    (auroc, parts, alarms, flagged), (other_auroc, other_parts, other_alarms, other_flagged) = (
        figures(*one) for one in both
    )
    joined = [
        (np.array(column) - np.mean(both[0][0])) / np.std(both[0][0])
        + (np.array(other) - np.mean(both[1][0])) / np.std(both[1][0])
        for column, other in zip(*both, strict=True)
    ]
    made = {
        "columns": both,
        "aurocs": [auroc, other_auroc],
        "falseAlarms": [alarms, other_alarms],
        "errorsAbove": [
            (auroc - other_auroc) / error(parts, other_parts),
            (alarms - other_alarms) / error(flagged, other_flagged),
        ],
        "joinedAuroc": figures(*joined)[0],
    }
    (HERE / "choice.json").write_text(json.dumps(made) + "\n")


main()
