"""Figures of inverse problems that are known by simulation alone. Each function returns the file name, or None."""
import matplotlib.pyplot as plt
import numpy as np

from .style import ACCENT, CONTRAST, save

METHODS = {"abc": ("ABC", "#555555"), "inn": ("INN", ACCENT), "cvae": ("cVAE", CONTRAST)}
LABELS = ["#1f5fa8", "#c77c11", "#2e8b57", "#c0392b", "#7d5ba6", "#555555", "#a0527a", "#8a8a3a"]


def label_modes(run, folder):
    """Points of the mixture in the colour of their label: exact ones, and what each choice of losses makes of the labels."""
    exact, hot = run.array("refined", "exact/x"), run.array("refined", "exact/y")
    if exact is None or hot is None:
        return None
    labels = hot.argmax(axis=1)
    panels = [("exact", exact, labels)]
    shares = np.bincount(labels, minlength=hot.shape[1]) / len(labels)
    for name in ("all", "without_x", "only_x"):
        samples = run.array("refined", f"ablation/{name}/samples")
        if samples is None:
            continue
        # As many of each label as there are in the prior.
        counts = [int(share * samples.shape[1]) for share in shares]
        x = np.concatenate([samples[label, :count] for label, count in enumerate(counts)])
        right = run.attribute("refined", "within_3_sigma", f"ablation/{name}")
        title = f"{run.attribute('refined', 'label', f'ablation/{name}')}\n{100 * right:.1f} % within 3σ of a right mode"
        panels.append((title, x, np.repeat(np.arange(len(counts)), counts)))
    figure, grid = plt.subplots(1, len(panels), figsize=(2.9 * len(panels), 3.4), sharex=True, sharey=True)
    for ax, (title, x, of_label) in zip(grid, panels):
        ax.scatter(x[:, 0], x[:, 1], s=1.5, alpha=0.5, c=[LABELS[label % len(LABELS)] for label in of_label], linewidths=0)
        ax.set(title=title, xlabel="x₁", xlim=(-4, 4), ylim=(-4, 4), aspect="equal")
    grid[0].set_ylabel("x₂")
    return save(figure, folder, "mixture.png")


def shown_samples(run):
    """Samples of the first data set, {method: (sample, number of x)}."""
    shown = {name: run.array("refined", f"inverse/{name}/shown") for name in METHODS}
    return {name: samples for name, samples in shown.items() if samples is not None}


def names_of(run):
    return [name.strip() for name in str(run.attribute("refined", "names", "inverse")).split(",")]


def arms(run, folder):
    """Arms that end at the data, by each method: forty of them, and where all samples end."""
    lengths = run.attribute("refined", "lengths", "inverse")
    if lengths is None:
        return None
    shown, target = shown_samples(run), run.array("refined", "inverse/observed")[0]
    figure, grid = plt.subplots(1, len(shown), figsize=(3.4 * len(shown), 3.5), sharex=True, sharey=True, squeeze=False)
    for ax, (name, x) in zip(grid[0], shown.items()):
        angles = np.stack([x[:, 1], x[:, 2] - x[:, 1], x[:, 3] - x[:, 2] - x[:, 1]], axis=1)
        zero = np.zeros((len(x), 1))
        # y2 runs to the right along the arm, y1 up along the rail.
        right = np.hstack([zero, np.cumsum(lengths * np.cos(angles), axis=1)])
        up = x[:, :1] + np.hstack([zero, np.cumsum(lengths * np.sin(angles), axis=1)])
        label, colour = METHODS[name]
        ax.axvline(0, color="#bbbbbb", linewidth=1)
        ax.plot(right[:40].T, up[:40].T, color=colour, alpha=0.3, linewidth=0.8)
        ax.scatter(right[:, -1], up[:, -1], s=2, color="black", alpha=0.3, linewidths=0)
        ax.plot(target[1], target[0], "+", color="#e6a700", markersize=12, markeredgewidth=2)
        distance = np.hypot(right[:, -1] - target[1], up[:, -1] - target[0])
        ax.set(title=f"{label}: 97 % end within {np.quantile(distance, 0.97):.3f}", xlabel="y₂", aspect="equal")
    grid[0, 0].set_ylabel("y₁")
    return save(figure, folder, "arms.png")


def marginals(run, folder):
    """Posterior of each number of x for the first data set, over the prior."""
    prior = run.array("refined", "inverse/prior")
    if prior is None:
        return None
    shown, names = shown_samples(run), names_of(run)
    columns = min(5, len(names))
    rows = -(-len(names) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(2.4 * columns, 1.9 * rows), squeeze=False)
    for ax in grid.ravel()[len(names):]:
        ax.set_axis_off()
    for c, (ax, name) in enumerate(zip(grid.ravel(), names)):
        low, high = np.quantile(prior[:, c], (0.002, 0.998))
        bins = np.linspace(low - 0.08 * (high - low), high + 0.08 * (high - low), 36)
        ax.hist(prior[:, c], bins, density=True, color="#dddddd", label="prior")
        for method, samples in shown.items():
            label, colour = METHODS[method]
            ax.hist(samples[:, c], bins, density=True, histtype="step", color=colour, label=label, linewidth=1.2)
        widths = run.array("refined", "inverse/inn/width")
        ax.set_title(name if widths is None else f"{name}: {widths[c]:.2f} of the prior's width", fontsize=8)
        ax.set_yticks([])
    grid[0, 0].legend(fontsize=7)
    return save(figure, folder, "marginals.png")


def correlations(run, folder):
    """Correlations of the numbers of x in the posterior of the first data set: by ABC below the diagonal, by the INN above."""
    shown = shown_samples(run)
    if "abc" not in shown or "inn" not in shown:
        return None
    names = names_of(run)
    below, above = (np.corrcoef(shown[name].T) for name in ("abc", "inn"))
    both = np.tril(below, -1) + np.triu(above, 1)
    size = 2.2 + 0.32 * len(names)
    figure, ax = plt.subplots(figsize=(size + 0.8, size))
    drawn = ax.imshow(both, cmap="RdBu_r", vmin=-1, vmax=1)
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.set_yticks(range(len(names)), names)
    ax.set_title("correlation: INN above, ABC below")
    figure.colorbar(drawn, ax=ax, shrink=0.8)
    return save(figure, folder, "correlations.png")
