"""Makes tests/data/metrics.json: sets of scores, and what scikit-learn, SciPy, NumPy and oodeel
0.4.0 measure on them.

    python tools/golden/metrics.py

A list of cases, one a line. `id` and `ood` are scores, higher meaning more out-of-distribution,
with so few digits that float32 keeps order and ties; the large case has a `formula` in their place,
for each side [count, factor, modulus, divisor]: score i is float32(i * factor % modulus) /
float32(divisor). `expected` holds:

- `auroc`; `auprOut` and `auprIn`, average precision with OOD positive, and with ID positive and
  scores negated;
- `fprIdAtTpr95Ood`, the share of ID flagged at the first threshold that flags at least 95 % of OOD;
  `fprOodAtTpr95Id`, the same with ID positive and scores negated: the share of OOD passed where at
  least 95 % of ID pass;
- `detectionAccuracy`, the largest plain accuracy of "flag if score >= t", flagging none and
  flagging all among them;
- `rates`: xNNy is rate x, with OOD positive, at the threshold where x is best among those where
  rate y is NN % or better;
- `aurocInterval`, DeLong's 95 % interval on the logit scale, or where its standard error is 0 the
  one of Clopper and Pearson for as many independent pairs as the smaller side has scores
  (`tools/auroc_coverage.py` simulates its coverage); null if a side has a single score;
- `oodeel`, by oodeel 0.4.0's bench_metrics as it is: on every fourth threshold only. It raises on
  none of these cases. Of two to five scores it tries a single threshold, the second lowest score.
  Where all scores are the same its fpr95tpr is 0.

Needs NumPy, SciPy, scikit-learn, and `oodeel==0.4.0` with what it imports (see presets.py).
"""

import json

import numpy as np
from fixture import TARGET
from oodeel.eval.metrics import bench_metrics
from scipy.special import expit, logit
from scipy.stats import beta, norm, rankdata
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

# Beyond this many pairs, placements are counted by rank.
MANY_PAIRS = 10**7


# The cases


def cases():
    """The scores of ID and OOD, by name; rounded, so that they can be written with few digits."""
    rng = np.random.default_rng(3)
    normal = lambda mean, deviation, size, digits=4: (
        np.round(rng.normal(mean, deviation, size), digits) + 0.0
    )
    return {
        "ties": ([0, 1, 1, 2, 2, 3, 1.5], [1, 2, 2, 3, 3, 4, 1.5, 1.5]),
        "constant": ([0.5] * 6, [0.5] * 4),
        "one and one": ([0.25], [0.75]),
        "one and one, tied": ([0.5], [0.5]),
        "one and three": ([0.1], [0.2, 0.3, 0.4]),
        "one and three, inside": ([0.25], [0.2, 0.3, 0.4]),
        "two and one": ([0.3, 0.1], [0.2]),
        "perfect": (normal(0, 0.2, 40), normal(5, 0.2, 30)),
        "inverted": (normal(5, 0.2, 40), normal(0, 0.2, 30)),
        "negative": (normal(-2, 0.5, 60), normal(-1.5, 0.4, 45)),
        "few ID": (normal(0, 1, 7), normal(1, 1, 200)),
        "few OOD": (normal(0, 1, 200), normal(1, 1, 7)),
        # Each level, 95 %, 90 %, 80 %, 20 %, 10 % and 5 %, is exactly reached by some threshold.
        "levels": (list(range(20)), [i + 4.5 for i in range(20)]),
        "levels, other sizes": (list(range(40)), [i + 0.5 for i in range(60)]),
        "heavy ties": (normal(0, 1, 500, 1), normal(1, 1.2, 300, 1)),
        "integers": (rng.integers(0, 6, 50), rng.integers(2, 8, 30)),
        "one pair wrong": (list(range(30)), [28.5, *range(30, 59)]),
        "one outlier": ([*range(29), 1000], list(range(100, 130))),
        "one outlier of few": ([0, 1, 2, 9], [4, 5, 6, 7, 8]),
    }


FORMULA = {"id": [60_000, 7919, 10_007, 10_007], "ood": [40_000, 104_729, 12_553, 10_007]}


def from_formula(count, factor, modulus, divisor):
    return (np.arange(count, dtype=np.int64) * factor % modulus).astype(np.float32) / np.float32(
        divisor
    )


# The measures


def curve(scores, positive):
    """Counts of true and false positives of "score >= t", from flagging none to flagging all.

    In whole numbers, as the rates that scikit-learn divides could be a rounding away from a level
    such as 0.95: every comparison below is of count * 100 with level * total, which is exact.
    """
    fpr, tpr, _ = roc_curve(positive, scores, drop_intermediate=False)
    whole = lambda rates, total: np.rint(rates * total).astype(np.int64)
    return whole(tpr, positive.sum()), whole(fpr, (~positive).sum())


def fpr_at_tpr(scores, positive, percent):
    tp, fp = curve(scores, positive)
    return fp[tp * 100 >= percent * positive.sum()][0] / (~positive).sum()


def detection_accuracy(scores, positive):
    tp, fp = curve(scores, positive)
    return (tp + (~positive).sum() - fp).max() / len(scores)


def rates(scores, positive):
    tp, fp = curve(scores, positive)
    p, n = positive.sum(), (~positive).sum()
    fn, tn = p - tp, n - fp
    return {
        "fpr95tpr": fp[tp * 100 >= 95 * p].min() / n,
        "fpr80tpr": fp[tp * 100 >= 80 * p].min() / n,
        "tnr95tpr": tn[tp * 100 >= 95 * p].max() / n,
        "fpr20fnr": fp[fn * 100 <= 20 * p].min() / n,
        "tpr5fpr": tp[fp * 100 <= 5 * n].max() / p,
        "fnr10fpr": fn[fp * 100 <= 10 * n].min() / p,
        "tpr90tnr": tp[tn * 100 >= 90 * n].max() / p,
    }


def placements_by_pair(id_scores, ood_scores):
    """Share of ID below each OOD score, and of OOD above each ID score; ties count half."""
    wins = (ood_scores[:, None] > id_scores) + 0.5 * (ood_scores[:, None] == id_scores)
    return wins.mean(1), wins.mean(0)


def placements_by_rank(id_scores, ood_scores):
    ranks = rankdata(np.concatenate([id_scores, ood_scores]))
    below = ranks[len(id_scores) :] - rankdata(ood_scores)
    above = len(ood_scores) - (ranks[: len(id_scores)] - rankdata(id_scores))
    return below / len(id_scores), above / len(ood_scores)


def auroc_interval(id_scores, ood_scores):
    """DeLong, DeLong and Clarke-Pearson 1988, with sample variances, by the delta method."""
    if min(len(id_scores), len(ood_scores)) < 2:
        return None
    many = len(id_scores) * len(ood_scores) > MANY_PAIRS
    of_ood, of_id = (placements_by_rank if many else placements_by_pair)(id_scores, ood_scores)
    if not many:
        np.testing.assert_allclose(
            np.concatenate(placements_by_rank(id_scores, ood_scores)),
            np.concatenate([of_ood, of_id]),
        )
    error = np.sqrt(of_ood.var(ddof=1) / len(of_ood) + of_id.var(ddof=1) / len(of_id))
    auroc = of_ood.mean()
    if error == 0:
        return same_outcome_interval(auroc, min(len(id_scores), len(ood_scores)))
    half = norm.ppf(0.975) * error / (auroc * (1 - auroc))
    return [expit(logit(auroc) - half), expit(logit(auroc) + half)]


def same_outcome_interval(auroc, pairs):
    """Clopper and Pearson 1934: none of these pairs has another outcome than all have."""
    other = beta.ppf(0.975, 1, pairs)
    return [auroc * (1 - other), auroc * (1 - other) + other]


def oodeel(id_scores, ood_scores):
    return bench_metrics((id_scores, ood_scores), metrics=["auroc", "fpr95tpr", "detect_acc"])


def expected(id_scores, ood_scores):
    scores = np.concatenate([id_scores, ood_scores])
    ood = np.arange(len(scores)) >= len(id_scores)
    return {
        "auroc": roc_auc_score(ood, scores),
        "auprOut": average_precision_score(ood, scores),
        "auprIn": average_precision_score(~ood, -scores),
        "fprIdAtTpr95Ood": fpr_at_tpr(scores, ood, 95),
        "fprOodAtTpr95Id": fpr_at_tpr(-scores, ~ood, 95),
        "detectionAccuracy": detection_accuracy(scores, ood),
        "rates": rates(scores, ood),
        "aurocInterval": auroc_interval(id_scores, ood_scores),
        "oodeel": oodeel(id_scores, ood_scores),
    }


def main():
    document = []
    for name, sides in cases().items():
        sides = [np.asarray(side, np.float64) for side in sides]
        # Float32 must keep every order and tie.
        both = np.concatenate(sides)
        assert (rankdata(both) == rankdata(both.astype(np.float32))).all(), name
        document.append(
            {
                "name": name,
                "id": sides[0].tolist(),
                "ood": sides[1].tolist(),
                "expected": expected(*sides),
            }
        )
    sides = [from_formula(*FORMULA[side]) for side in ("id", "ood")]
    document.append({"name": "large", "formula": FORMULA, "expected": expected(*sides)})
    lines = ",\n".join(json.dumps(case, default=float, allow_nan=False) for case in document)
    (TARGET / "metrics.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
