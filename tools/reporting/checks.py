"""The checks of the posterior: their table, and the pictures of TARP, z-scores and the posterior predictive check."""
import matplotlib.pyplot as plt
import numpy as np

from .style import ACCENT, BAND, CONTRAST, save

REFERENCES = {"tarp/ranks_prior": ("reference from the prior", ACCENT), "tarp/ranks_data": ("reference from the data", CONTRAST)}


def table_of(run):
    """The checks of diagnostics.h5 in their order, as dictionaries."""
    keys = run.attribute("diagnostics", "keys", "checks")
    rows = []
    for key in str(keys).split(",") if keys else []:
        value = run.array("diagnostics", f"checks/{key}")
        row = {name: run.attribute("diagnostics", name, f"checks/{key}")
               for name in ("name", "standard_error", "low", "high", "verdict", "meaning")}
        if value is not None and row["verdict"] is not None:
            rows.append({"key": key, "value": float(value[0]), **row})
    return rows


def asked(row):
    """What is asked of a value, in words."""
    low, high = row["low"], row["high"]
    if high == 1 and (row["standard_error"] == 0 or row["key"] == "contraction"):
        return f"≥ {low:.3g}"
    return f"≤ {high:.3g}" if low == 0 else f"{low:.3g} to {high:.3g}"


def ecdf_band(run):
    """(points, low, high) of the simultaneous band of uniform ranks, as fractions; None where the run has none."""
    points, low, high = (run.array("diagnostics", f"ecdf_band/{name}") for name in ("points", "low", "high"))
    draws = run.attribute("diagnostics", "n_draws", "ecdf_band")
    if draws is None or any(part is None for part in (points, low, high)) or not points.size == low.size == high.size:
        return None
    return points / (draws + 1), low, high


def expected_coverage(run, folder):
    """TARP: how often the truth is closer to the reference than a given part of the samples."""
    ranks = {label: run.array("diagnostics", name) for name, label in REFERENCES.items()}
    ranks = {label: values for label, values in ranks.items() if values is not None}
    band = ecdf_band(run)
    if not ranks or band is None:
        return None
    points, low, high = band
    draws = run.attribute("diagnostics", "n_draws", "ecdf_band")
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 4))
    for ax, subtract in ((left, 0), (right, 1)):
        ax.fill_between(points, low - subtract * points, high - subtract * points, color=BAND, label="95 %, whole curve")
        ax.plot([0, 1], [0, 1 - subtract], color="#777777", linestyle="--", linewidth=1)
        for (label, colour), values in ranks.items():
            level = np.arange(draws + 2) / (draws + 1)
            measured = np.array([(values < k).mean() for k in range(draws + 2)])
            ax.plot(level, measured - subtract * level, color=colour, label=label)
        ax.set(xlim=(0, 1), xlabel="credibility level")
    left.set(ylim=(0, 1), aspect="equal", ylabel="expected coverage", title="TARP")
    left.legend(loc="upper left")
    right.set(ylabel="expected coverage − level", title="the same, less the level")
    return save(figure, folder, "tarp.png")


def z_scores(run, folder):
    """z-score against contraction of some pixels, and the residual of simulated data over the noise."""
    z, contraction = run.array("diagnostics", "z_score/some_z"), run.array("diagnostics", "z_score/some_contraction")
    if z is None or contraction is None or z.size != contraction.size:
        return None
    ratio = run.array("diagnostics", "predictive/residual_ratio")
    figure, panels = plt.subplots(1, 2 if ratio is not None else 1, figsize=(8.4 if ratio is not None else 4.4, 3.6), squeeze=False)
    left = panels[0, 0]
    left.axhspan(-1.96, 1.96, color=BAND, label="95 % of a normal")
    left.plot(contraction, z, ".", color=ACCENT, markersize=3, alpha=0.6)
    # A few pixels where the prior hardly varies have contractions far below zero; they would squeeze all others.
    left.set_xlim(min(0, np.percentile(contraction, 2)) - 0.03, 1.03)
    left.set(xlabel="contraction 1 − var / prior var", ylabel="z = (mean − truth) / std", title="pixels of the test images")
    left.legend(loc="lower left")
    if ratio is not None:
        right = panels[0, 1]
        low, high = (run.attribute("diagnostics", name, "checks/predictive") for name in ("low", "high"))
        if low is not None and high is not None:
            right.axvspan(low, high, color=BAND, label="asked of the mean")
        right.hist(ratio, bins=min(12, max(4, ratio.size // 2)), color=ACCENT, alpha=0.85)
        right.axvline(1, color="#777777", linestyle="--", linewidth=1)
        right.axvline(ratio.mean(), color=CONTRAST, label=f"mean {ratio.mean():.3f}")
        right.set(xlabel="residual of simulated data / noise", ylabel="test images", title="posterior predictive")
        right.locator_params(axis="x", nbins=5)
        right.legend(frameon=True)
    return save(figure, folder, "z_scores.png")
