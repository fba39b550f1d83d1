"""Makes `monitor.json`: streams of scores, and what a monitor finds in them.

    python tests/data/monitor.py

Written from the definitions, not from the crate: bins by comparing each score with the reference,
bets as densities that are integrated over the interval of p-values, the flag rate's p-value as a
sum of beta-binomial probabilities in whole numbers.
"""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np

HIGHER = [(t, s) for t in (1 / 512, 1 / 32) for s in (0.05, 0.3, 0.9)]
HIGHER += [(0.25, s) for s in (0.1, 0.3, 0.9)]
LOWER = [(t, s) for t in (1 / 32, 0.25) for s in (0.3, 0.9)]
TAIL = [1 / 512, 1 / 256, 1 / 128, 1 / 64, 1 / 32]
LEVELS = TAIL + [i / 16 for i in range(1, 16)] + [1 - level for level in reversed(TAIL)]


def integral(tail, share, p):
    """Of the density `1 - share + share / tail` up to `tail`, `1 - share` beyond, from 0 to p."""
    return (1 - share) * p + share * min(p, tail) / tail


def beta_binomial_tail(above, below, samples, flagged):
    """Probability of `flagged` or more of `samples`, whose rate has the law Beta(above, below)."""
    ways = sum(
        math.comb(above + k - 1, k) * math.comb(below + samples - k - 1, samples - k)
        for k in range(flagged, samples + 1)
    )
    return float(Fraction(ways, math.comb(above + below + samples - 1, samples)))


def watch(reference, stream, alpha, rate, window):
    n = len(reference)
    descending = np.sort(reference)[::-1]
    above = sorted({round(level * (n + 1)) for level in LEVELS} & set(range(1, n + 1)))
    edges = descending[np.array(above) - 1]
    gaps = np.diff([0, *above, n + 1]).astype(float)
    rank = math.ceil(Fraction(str(rate)) * (n + 1))
    threshold = np.sort(reference)[rank - 1]
    bets = np.zeros(len(HIGHER) + len(LOWER))
    held, lowest, quiet, alarm, evidence = 1.0, 1.0, 0, None, []
    for at, score in enumerate(stream, 1):
        place = int((edges > score).sum())
        total = gaps.sum()
        low, high = gaps[:place].sum() / total, gaps[: place + 1].sum() / total
        gains = [integral(*bet, high) - integral(*bet, low) for bet in HIGHER]
        gains += [integral(*bet, 1 - low) - integral(*bet, 1 - high) for bet in LOWER]
        left = 1 / np.sqrt(1 + at / 100)
        bets = (bets + (held - left) / len(bets)) * np.array(gains) / (high - low)
        held = left
        gaps[place] += 1
        wealth = held + bets.sum()
        evidence.append(float(np.log10(wealth)))
        if wealth <= lowest:
            lowest, quiet = wealth, at
        if alarm is None and wealth >= 1 / alpha:
            is_higher = bool(bets[: len(HIGHER)].sum() >= bets[len(HIGHER) :].sum())
            alarm = {"sample": at, "since": quiet + 1, "higher": is_higher}
    flags = stream > threshold

    def flag_rate(flags):
        flagged = int(flags.sum())
        tail = beta_binomial_tail(n + 1 - rank, rank, len(flags), flagged)
        return {
            "samples": len(flags),
            "flagged": flagged,
            "rate": flagged / len(flags),
            "pValue": tail,
        }

    return {
        "evidence": evidence,
        "alarm": alarm,
        "all": flag_rate(flags),
        "window": flag_rate(flags[-window:]),
    }


def main():
    random = np.random.default_rng(24)

    def draw(count, mean=0.0):
        return random.normal(mean, 1, count).astype(np.float32)

    streams = {
        "quiet": (500, draw(300)),
        "strangers": (500, np.concatenate([draw(120), draw(60, 4.0)])),
        "higher": (200, np.concatenate([draw(60), draw(200, 0.7)])),
        "lower": (99, np.concatenate([draw(30), draw(90, -1.0)])),
        "few reference scores": (19, np.concatenate([draw(20), draw(40, 3.0)])),
    }
    cases = []
    for name, (size, stream) in streams.items():
        reference, alpha, rate, window = draw(size), 0.01, 0.95, 50
        cases.append(
            {
                "name": name,
                "reference": [float(score) for score in reference],
                "stream": [float(score) for score in stream],
                "options": {"alpha": alpha, "window": window, "id": name},
                "idPassRate": rate,
                **watch(reference, stream, alpha, rate, window),
            }
        )
    Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=1) + "\n")


main()
