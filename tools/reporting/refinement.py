"""Figures of posteriors on problems whose right answer is known. Each function returns the file name, or None."""
import matplotlib.pyplot as plt
import numpy as np

from .curves import binomial_interval
from .style import ACCENT, BAND, CONTRAST, save

METHODS = {"scratch": ("VI from scratch", CONTRAST), "preconditioned": ("preconditioned VI", ACCENT),
           "langevin": ("Langevin (pSGLD)", "#777777")}
COURSES = {"score_and_fiducial": ("score and fiducial", ACCENT), "score": ("score alone", CONTRAST)}
LEVELS = (0.1, 0.5, 0.9)  # masses of the highest-density regions that contours enclose


def heights_of(density, masses):
    """Heights of the contours that enclose these masses, ascending."""
    values = np.sort(density.ravel())[::-1]
    cumulated = np.cumsum(values) / values.sum()
    return [values[min(np.searchsorted(cumulated, mass), values.size - 1)] for mass in sorted(masses, reverse=True)]


def smoothed_histogram(samples, low, high, points):
    """Density of the samples on a lattice: a histogram under a Gaussian of Silverman's width, by FFT."""
    histogram, _, _ = np.histogram2d(samples[:, 1], samples[:, 0], bins=points,
                                     range=[(low[1], high[1]), (low[0], high[0])])
    result = np.fft.rfft2(histogram)
    width = samples.std(axis=0, ddof=1) * len(samples) ** (-1 / 6)
    for axis, frequencies in ((0, np.fft.fftfreq(points)), (1, np.fft.rfftfreq(points))):
        column = 1 - axis
        sigma = width[column] / (high[column] - low[column]) * points
        factor = np.exp(-2 * (np.pi * frequencies * sigma) ** 2)
        result = result * (factor[:, None] if axis == 0 else factor[None, :])
    return np.maximum(np.fft.irfft2(result, (points, points)), 0)


def posterior_contours(run, folder):
    """Posteriors of two numbers by each method, over the exact one."""
    density = run.array("refined", "exact/density")
    if density is None:
        return None
    low, high = run.attribute("refined", "low", "exact/density"), run.attribute("refined", "high", "exact/density")
    truth = run.attribute("refined", "truth")
    points = density.shape[0]
    x1, x2 = (np.linspace(low[axis], high[axis], points) for axis in (0, 1))
    shown = {name: run.array("refined", f"{name}/samples") for name in METHODS}
    shown = {name: samples for name, samples in shown.items() if samples is not None}
    figure, grid = plt.subplots(1, len(shown), figsize=(3.4 * len(shown), 3.6), sharex=True, sharey=True, squeeze=False)
    for ax, (name, samples) in zip(grid[0], shown.items()):
        label, colour = METHODS[name]
        ax.contourf(x1, x2, density, levels=heights_of(density, LEVELS) + [density.max() * 1.001],
                    colors=["#e9edf3", BAND, "#b9c6d8"])
        found = smoothed_histogram(samples, low, high, points)
        ax.contour(x1, x2, found, levels=heights_of(found, LEVELS), colors=colour, linewidths=1.2)
        ax.plot(*truth, "k+", markersize=9)
        ax.set(title=label, xlabel="x₁")
    grid[0, 0].set_ylabel("x₂")
    return save(figure, folder, "posterior_contours.png")


def convergence(run, folder):
    """How far each flow is from the exact posterior after each update."""
    evidence = run.attribute("refined", "log_evidence", "exact")
    traces = {name: (run.array("refined", f"{name}/update"), run.array("refined", f"{name}/bound")) for name in METHODS}
    traces = {name: pair for name, pair in traces.items() if pair[0] is not None and pair[1] is not None}
    if evidence is None or not traces:
        return None
    limit = run.attribute("refined", "converged_within")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    for name, (update, bound) in traces.items():
        label, colour = METHODS[name]
        left.semilogy(update, np.maximum(bound + evidence, 1e-5), color=colour, label=label)
        objective = run.array("refined", f"{name}/objective")
        if objective is not None:
            right.plot(np.arange(1, objective.size + 1), objective, color=colour, linewidth=0.8, label=label)
    left.axhline(limit, color="#777777", linestyle="--", linewidth=1, label=f"converged: {limit:g}")
    left.set(xlabel="update", ylabel="KL(flow | posterior) [nats]", title="distance from the exact posterior")
    left.legend()
    right.axhline(-evidence, color="#777777", linestyle="--", linewidth=1, label="−log p(y), its least")
    top = 4 * max(1.0, limit) - evidence
    right.set(xlabel="update", ylabel="objective of the batch [nats]", title="variational objective",
              ylim=(-evidence - 1, max(top, -evidence + 4)))
    right.legend()
    return save(figure, folder, "variational.png")


def race(run, folder):
    """How far inferences of each length end from the posterior: medians over operators, with quartiles; and the work saved."""
    updates = run.array("refined", "race/updates")
    kinds = {name: run.array("refined", f"race/{name}") for name in ("scratch", "preconditioned")}
    if updates is None or any(values is None for values in kinds.values()):
        return None
    updates = updates.astype(int)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=(1.6, 1))
    for name, values in kinds.items():
        label, colour = METHODS[name]
        # An operator that is as near as scratch ever gets has no longer inferences: it stays where it was.
        values = np.where(np.isnan(values), np.nanmin(values, axis=1, keepdims=True), values)
        low, middle, high = np.percentile(np.maximum(values, 1e-5), (25, 50, 75), axis=0)
        place = np.maximum(updates, 1)  # none is drawn at one
        left.fill_between(place, low, high, color=colour, alpha=0.15, linewidth=0)
        left.plot(place, middle, "o-", markersize=3, color=colour, label=label)
    limit = run.attribute("refined", "converged_within")
    left.axhline(limit, color="#777777", linestyle="--", linewidth=1, label=f"converged: {limit:g}")
    ticks = [n for n in updates if n > 1 and n & (n - 1) == 0] + [updates[-1]]
    left.set(xscale="log", yscale="log", xlabel="updates of an inference", ylabel="KL(flow | posterior) at its end [nats]",
             title=f"{len(kinds['scratch'])} random operators")
    left.set_xticks([1, *ticks], ["0", *(str(n) for n in ticks)])
    left.minorticks_off()
    left.legend()
    labels = [f"to KL {limit:g}", f"to where scratch\nis after {updates[-1]}"]
    for row, name in enumerate(("to_limit", "to_end_of_scratch")):
        needed = run.array("refined", f"race/{name}")
        ratio = np.minimum(needed[:, 1], updates[-1]) / np.maximum(needed[:, 0], 1)
        right.plot(np.maximum(ratio, 0.1), np.full(ratio.size, row), "o", color=ACCENT, alpha=0.45, markersize=5)
        right.plot([np.median(ratio)] * 2, [row - 0.2, row + 0.2], color=CONTRAST, label="median" if row == 0 else None)
    right.axvline(5, color="#777777", linestyle="--", linewidth=1, label="original: 5")
    right.set(xscale="log", xlabel="updates from scratch / preconditioned", ylim=(-0.6, 1.9), title="work saved")
    right.set_yticks([0, 1], labels)
    low, high = right.get_xlim()
    ticks = [n for n in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if low <= n <= high]
    right.set_xticks(ticks, [f"{n:g}" for n in ticks])
    right.minorticks_off()
    right.legend(loc="upper left", ncols=2)
    return save(figure, folder, "race.png")


def aspire_errors(run, folder):
    """Errors of posterior mean and covariance of each iteration: medians, with quartiles."""
    shown = {name: [run.array("refined", f"{name}/{kind}_error") for kind in ("mean", "covariance")] for name in COURSES}
    shown = {name: pair for name, pair in shown.items() if pair[0] is not None and pair[1] is not None}
    if not shown:
        return None
    figure, grid = plt.subplots(1, 2, figsize=(9, 3.4))
    for column, (ax, kind) in enumerate(zip(grid, ("mean", "covariance"))):
        for name, pair in shown.items():
            label, colour = COURSES[name]
            low, middle, high = np.percentile(100 * pair[column], (25, 50, 75), axis=1)
            iteration = np.arange(1, middle.size + 1)
            ax.fill_between(iteration, low, high, color=colour, alpha=0.15, linewidth=0)
            ax.plot(iteration, middle, "o-", color=colour, markersize=4, label=label)
        floor = run.array("refined", f"exact/sampling_{kind}_error")
        if floor is not None:
            ax.axhline(100 * np.median(floor), color="#777777", linestyle="--", linewidth=1, label="samples of the exact posterior")
        ax.set(xlabel="iteration", ylabel="relative error [%]", title=f"posterior {kind}, against the closed form")
        ax.set_xticks(iteration)
        everything = np.concatenate([pair[column].ravel() for pair in shown.values()])
        wide = np.percentile(everything, 75) > 10 * np.percentile(everything, 25)
        if wide:  # the score alone is wrong by orders of magnitude
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        else:
            ax.set_ylim(0, 1.3 * ax.get_ylim()[1])
        ax.legend(loc="center right" if wide else "upper right")
    return save(figure, folder, "aspire.png")


def known_calibration(run, folder):
    """Ranks of the truth among samples of the exact posterior and of the flow, all statistics together, and p-values."""
    ranks = {name: run.array("refined", f"calibration/{name}/ranks") for name in ("exact", "flow")}
    ranks = {name: values for name, values in ranks.items() if values is not None}
    if not ranks:
        return None
    figure, grid = plt.subplots(1, len(ranks), figsize=(4.5 * len(ranks), 3.2), sharey=True, squeeze=False)
    for ax, (name, values) in zip(grid[0], ranks.items()):
        draws = int(run.attribute("refined", "n_draws", f"calibration/{name}"))
        bins = 20 if (draws + 1) % 20 == 0 else 10 if (draws + 1) % 10 == 0 else 1
        edges = np.linspace(-0.5, draws + 0.5, bins + 1)
        low, high = binomial_interval(values.shape[0], 1 / bins)
        ax.fill_between(edges[[0, -1]], low, high, color=BAND, label="99 % of uniform ranks, one statistic")
        for column in values.T:
            counts, _ = np.histogram(column, edges)
            ax.stairs(counts, edges, color=ACCENT, alpha=0.35, linewidth=0.8)
        p = run.attribute("refined", "combined_p_value", f"calibration/{name}")
        coverage = run.attribute("refined", "coverage_90", f"calibration/{name}")
        ax.set(xlabel="rank of the truth", title=f"{name}: p = {p:.3f}, 90 % interval holds {100 * coverage:.1f} %")
        ax.legend(loc="upper right")
    grid[0, 0].set(ylabel="runs in the bin", ylim=(0, 1.2 * grid[0, 0].get_ylim()[1]))
    return save(figure, folder, "known_calibration.png")


SENSED = {"low_fidelity": ("low-fidelity flow", "#777777"), "preconditioned": ("preconditioned VI", ACCENT),
          "scratch_as_long": ("VI from scratch, as many updates", CONTRAST), "scratch": ("VI from scratch", CONTRAST)}


def sensed_images(run, folder):
    """An image from compressed data: truth and data; then mean, error and deviation of each posterior."""
    truth, data = run.array("refined", "truth"), run.array("refined", "data")
    if truth is None or data is None or truth.ndim != 2:
        return None
    shown = {name: [run.array("refined", f"{name}/{kind}") for kind in ("mean", "std")] for name in SENSED}
    shown = {name: pair for name, pair in shown.items() if pair[0] is not None and pair[1] is not None}
    figure, grid = plt.subplots(3, 1 + len(shown), figsize=(2.6 * (1 + len(shown)), 8), squeeze=False)
    limit = np.percentile(np.abs(truth), 99)
    deviation = max(np.percentile(pair[1], 99) for pair in shown.values())

    def draw(ax, image, title, low, high, colours):
        shown_image = ax.imshow(image, vmin=low, vmax=high, cmap=colours, interpolation="nearest")
        ax.set_title(title, fontsize=9)
        ax.set_xticks([])
        ax.set_yticks([])
        return shown_image

    draw(grid[0, 0], truth, "truth", -limit, limit, "gray")
    draw(grid[1, 0], data, f"data Ax + n, {run.attribute('refined', 'data_snr'):.1f} dB scaled", -limit, limit, "gray")
    grid[2, 0].axis("off")
    for column, (name, (mean, std)) in enumerate(shown.items(), 1):
        updates, snr = (run.attribute("refined", key, name) for key in ("updates", "snr"))
        means = draw(grid[0, column], mean, f"{SENSED[name][0].split(',')[0]}\n{int(updates)} updates: {snr:.1f} dB", -limit, limit, "gray")
        errors = draw(grid[1, column], mean - truth, "mean − truth", -limit, limit, "RdBu_r")
        stds = draw(grid[2, column], std, "standard deviation", 0, deviation, "viridis")
    for row, (mappable, label) in enumerate(((means, "image"), (errors, "error"), (stds, "std"))):
        figure.colorbar(mappable, ax=grid[row].tolist(), shrink=0.8, pad=0.01, label=label)
    return save(figure, folder, "compressed_sensing.png")


def sensing_convergence(run, folder):
    """The variational objective on the same latents, after each few updates."""
    if run.array("refined", "truth") is None:
        return None
    figure, ax = plt.subplots(figsize=(5.5, 3.4))
    bounds = []
    for name in ("preconditioned", "scratch"):
        update, bound = run.array("refined", f"{name}/update"), run.array("refined", f"{name}/bound")
        if update is None or bound is None:
            continue
        bounds.append(bound)
        ax.plot(update, bound, "o-", markersize=2.5, color=SENSED[name][1], label=SENSED[name][0])
    if not bounds:
        plt.close(figure)
        return None
    # What the last of the curves reaches, and not where it begins, is what is to be seen.
    least = min(bound.min() for bound in bounds)
    ax.set_ylim(least - 100, max(bounds[0].max(), least + 2000))
    ax.set(xlabel="update", ylabel="−ELBO [nats]", title="variational objective, 32 latents")
    ax.legend()
    return save(figure, folder, "sensing_convergence.png")
