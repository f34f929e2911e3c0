"""Figures of the latent correction. Each function returns the file name, or None when the run lacks what it needs."""
import matplotlib.pyplot as plt
import numpy as np

from .images import with_quality
from .style import ACCENT, BAND, REFLECTIVITY, Axes, colour_bar, draw_image, panel_size, save, symmetric_limit


def corrected_images(run, folder):
    """Mean, standard deviation and, where the truth is known, error of the posterior before and after."""
    before, after = run.array("corrected", "amortized/mean"), run.array("corrected", "mean")
    stds = run.array("corrected", "amortized/std"), run.array("corrected", "std")
    if before is None or after is None or stds[0] is None or stds[1] is None:
        return None
    truth = run.array("observed", "truth")
    if truth is not None and truth.shape != after.shape:
        truth = None
    rows = [("as the flow has it", before, stds[0]), ("corrected", after, stds[1])]
    columns = 3 if truth is not None else 2
    axes = Axes(after.shape, run.spacing())
    limit = symmetric_limit(after if truth is None else truth)
    errors = [] if truth is None else [np.abs(mean - truth) for _, mean, _ in rows]
    spread = symmetric_limit(*stds, *errors)
    figure, grid = plt.subplots(2, columns, figsize=panel_size(axes, columns, 2), squeeze=False, sharex=True, sharey=True)
    for number, (cells, (name, mean, std)) in enumerate(zip(grid, rows)):
        panels = [(with_quality(f"mean, {name}", mean, truth, REFLECTIVITY), mean, "reflectivity", limit), ("standard deviation", std, "spread", spread)]
        if truth is not None:
            panels.append(("error |mean − truth|", errors[number], "spread", spread))
        for ax, (title, image, kind, top) in zip(cells, panels):
            colour_bar(figure, draw_image(ax, image, axes, title, top, kind), ax=ax, label=REFLECTIVITY, shrink=0.9)
    return save(figure, folder, "corrected.png")


def objective(run, folder):
    """The objective of each update, and its running mean: single ones scatter with their shots and latents."""
    values = run.array("corrected", "objective")
    if values is None or values.size < 2:
        return None
    figure, ax = plt.subplots(figsize=(4.6, 3.2))
    updates = np.arange(1, values.size + 1)
    width = max(1, values.size // 10)
    ax.plot(updates, values, color=BAND, linewidth=1, label="of an update")
    if width > 1:
        means = np.convolve(values, np.ones(width) / width, "valid")
        ax.plot(np.arange(means.size) + (width + 1) / 2, means, color=ACCENT, label=f"mean of {width}")
    ax.legend()
    ax.set_xlabel("update")
    ax.set_ylabel("objective [nats]")
    ax.set_title("latent correction")
    return save(figure, folder, "correction.png")
