"""Coverage of 95 % intervals of the AUROC, by simulation.

    python tools/auroc_coverage.py [--trials 20000]

ID and OOD scores are normal with the same deviation and such a distance that the AUROC is the one
given; or, "outliers", ID scores are below all OOD scores but for a share of 1 - AUROC above all.
Prints for each the share of trials whose interval holds the AUROC, by

- `plain`: AUROC +- 1.96 standard errors of DeLong, DeLong and Clarke-Pearson (1988), cut to [0, 1];
- `logit`: the same on the scale of ln(AUROC / (1 - AUROC)), and where the standard error is 0 the
  interval of Clopper and Pearson (1934) for as many independent pairs as the smaller side has
  samples, which is the one of she-ood;

and the mean width of the second. Needs NumPy and SciPy.
"""

import argparse

import numpy as np
from scipy.special import expit, logit
from scipy.stats import beta, norm, rankdata

AUROCS = (0.8, 0.9, 0.95, 0.99, 0.999)
SIZES = (30, 100, 1000)
Z = norm.ppf(0.975)


def placements(x, y):
    """For rows of ID scores x and OOD scores y: the share of OOD above each ID, of ID below each
    OOD."""
    n, m = x.shape[1], y.shape[1]
    ranks = rankdata(np.concatenate([x, y], 1), axis=1)
    above = m - (ranks[:, :n] - rankdata(x, axis=1))
    below = ranks[:, n:] - rankdata(y, axis=1)
    return above / m, below / n


def intervals(x, y):
    of_id, of_ood = placements(x, y)
    n, m = x.shape[1], y.shape[1]
    auroc = of_id.mean(1)
    error = np.sqrt(of_id.var(1, ddof=1) / n + of_ood.var(1, ddof=1) / m)
    plain = np.clip(auroc - Z * error, 0, 1), np.clip(auroc + Z * error, 0, 1)
    other = beta.ppf(0.975, 1, min(n, m))
    exact = auroc * (1 - other), auroc * (1 - other) + other
    with np.errstate(all="ignore"):
        half = Z * error / (auroc * (1 - auroc))
        ends = expit(logit(auroc) - half), expit(logit(auroc) + half)
    degenerate = error < 1e-12
    return plain, tuple(np.where(degenerate, e, end) for e, end in zip(exact, ends, strict=True))


def scores(rng, kind, auroc, size, trials):
    x, y = rng.normal(size=(2, trials, size))
    if kind == "normal":
        return x, y + np.sqrt(2) * norm.ppf(auroc)
    return x + 1000 * (rng.random((trials, size)) < 1 - auroc), y + 500


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=20000)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    print("scores    AUROC  samples      plain   logit   width")
    for kind in ("normal", "outliers"):
        for auroc in AUROCS:
            for size in SIZES:
                held, widths, trials = [], [], arguments.trials if size < 1000 else 4000
                for _ in range(trials // 1000):
                    x, y = scores(rng, kind, auroc, size, 1000)
                    both = intervals(x, y)
                    held.append([(low <= auroc) & (auroc <= high) for low, high in both])
                    widths.append(both[1][1] - both[1][0])
                plain, logit_scale = np.concatenate(held, 1).mean(1)
                print(
                    f"{kind:9} {auroc:<6} {size:>4} + {size:<4}  {plain:.3f}   {logit_scale:.3f}"
                    f"   {np.mean(widths):.4f}"
                )


if __name__ == "__main__":
    main()
