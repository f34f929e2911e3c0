"""Figures of images. Each function returns the file name, or None when the run lacks what it needs."""
import matplotlib.pyplot as plt
import numpy as np

from .style import ACCENT, BAND, CONTRAST, REFLECTIVITY, Axes, colour_bar, draw_image, panel_size, save, symmetric_limit
from .summary import inversion_name, snr_db


def panels_of(run):
    """(title, image, kind, colour group, colour label) of every image of this data set that the run has."""
    truth = run.array("observed", "truth")
    mean = run.array("posterior", "mean")
    std = run.array("posterior", "std")
    panels = [
        ("truth", truth, "reflectivity", "truth", REFLECTIVITY),
        ("RTM (own scale)", run.array("migrated", "image"), "reflectivity", "rtm", "amplitude"),
        (inversion_name(run), run.array("inverted", "image"), "reflectivity", "truth", REFLECTIVITY),
        ("posterior mean", mean, "reflectivity", "truth", REFLECTIVITY),
        ("posterior standard deviation", std, "spread", "std", REFLECTIVITY),
    ]
    if truth is not None and mean is not None and truth.shape == mean.shape:
        panels.append(("error |mean − truth|", np.abs(mean - truth), "spread", "std", REFLECTIVITY))
    return [panel for panel in panels if panel[1] is not None]


def with_quality(title, image, truth, label):
    """The title with the SNR of an image in the unit of the truth; RTM, whose amplitude has another, goes without."""
    if truth is None or title == "truth" or label != REFLECTIVITY or image.shape != truth.shape:
        return title
    quality = snr_db(image, truth)
    return title if quality is None else f"{title}, {quality:.1f} dB"


def overview(run, folder):
    """Truth, RTM, LS-RTM, posterior mean, standard deviation and error of the observed data set."""
    panels = [panel for panel in panels_of(run) if panel[1].ndim == 2]
    if not panels:
        return None
    axes, truth = Axes(panels[0][1].shape, run.spacing()), run.array("observed", "truth")
    # Truth sets the scale of the images in its units (else the posterior mean); spread and error share one.
    limits = {}
    for _, image, _, group, _ in panels:
        limits.setdefault(group, symmetric_limit(image))
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=panel_size(axes, columns, rows), squeeze=False)
    for ax, (title, image, kind, group, label) in zip(grid.flat, panels):
        if kind == "reflectivity":
            title = with_quality(title, image, truth, label)
        drawn = draw_image(ax, image, axes, title, limits[group], kind)
        colour_bar(figure, drawn, ax=ax, label=label, shrink=0.9)
    for ax in grid.flat[len(panels):]:
        ax.set_visible(False)
    return save(figure, folder, "overview.png")


def samples(run, folder):
    """Four posterior samples on one colour scale."""
    drawn_samples = run.array("posterior", "samples", slice(0, 4))
    if drawn_samples is None:
        return None
    axes = Axes(drawn_samples.shape[1:], run.spacing())
    limit = symmetric_limit(*drawn_samples)
    count = len(drawn_samples)
    width, height = panel_size(axes, count, 1)
    figure, grid = plt.subplots(1, count, figsize=(width * 0.7, height * 0.85), sharey=True, squeeze=False)
    for number, (ax, sample) in enumerate(zip(grid.flat, drawn_samples), 1):
        image = draw_image(ax, sample, axes, f"posterior sample {number}", limit)
        if number > 1:
            ax.set_ylabel("")
    colour_bar(figure, image, ax=grid, label=REFLECTIVITY, shrink=0.85)
    return save(figure, folder, "samples.png")


def profiles(run, folder):
    """Truth, posterior mean and 90 % interval along depth at three columns."""
    mean = run.array("posterior", "mean")
    low, high = run.array("posterior", "quantile_05"), run.array("posterior", "quantile_95")
    if mean is None or low is None or high is None:
        return None
    truth = run.array("observed", "truth")
    axes = Axes(mean.shape, run.spacing())
    columns = [mean.shape[1] * k // 4 for k in (1, 2, 3)]
    figure, grid = plt.subplots(1, 3, figsize=(9, 4.6), sharey=True, sharex=True)
    for ax, column in zip(grid, columns):
        ax.fill_betweenx(axes.z, low[:, column], high[:, column], color=BAND, label="90 % interval")
        if truth is not None:
            ax.plot(truth[:, column], axes.z, color="black", label="truth", linewidth=1.1)
        ax.plot(mean[:, column], axes.z, color=ACCENT, label="posterior mean")
        ax.set_title(f"x = {axes.x[column]:.4g} {axes.unit}")
        ax.set_xlabel(REFLECTIVITY)
    grid[0].set_ylabel(f"z [{axes.unit}]")
    grid[0].set_ylim(axes.z[-1], axes.z[0])
    grid[1].legend(loc="lower center", bbox_to_anchor=(0.5, 1.07), ncols=3)
    return save(figure, folder, "profiles.png")


def examples(run, folder):
    """Test-set examples: truth, RTM, posterior mean, one sample, standard deviation."""
    truth = run.array("diagnostics", "examples/truth", slice(0, 4))
    mean = run.array("diagnostics", "examples/mean", slice(0, 4))
    if truth is None or mean is None:
        return None
    rtm = run.array("diagnostics", "examples/rtm", slice(0, 4))
    std = run.array("diagnostics", "examples/std", slice(0, 4))
    drawn_samples = run.array("diagnostics", "examples/samples", slice(0, 4))
    columns = [("truth", truth, "truth"), ("RTM (own scale)", rtm, "rtm"), ("posterior mean", mean, "truth"),
               ("one sample", None if drawn_samples is None else drawn_samples[:, 0], "truth"),
               ("standard deviation", std, "std")]
    columns = [column for column in columns if column[1] is not None]
    axes = Axes(truth.shape[1:], run.spacing())
    width, height = panel_size(axes, len(columns), len(truth))
    figure, grid = plt.subplots(len(truth), len(columns), figsize=(width * 0.58, height * 0.66),
                                sharex=True, sharey=True, squeeze=False)
    std_limit = symmetric_limit(std) if std is not None else 1.0
    for row, cells in enumerate(grid):
        scale = symmetric_limit(truth[row])
        for ax, (title, stack, group) in zip(cells, columns):
            limit = {"truth": scale, "rtm": symmetric_limit(stack[row]), "std": std_limit}[group]
            image = draw_image(ax, stack[row], axes, title if row == 0 else "", limit,
                               "spread" if group == "std" else "reflectivity")
            if row < len(truth) - 1:
                ax.set_xlabel("")
            if ax is not cells[0]:
                ax.set_ylabel("")
            if group == "std" or title == "one sample":
                colour_bar(figure, image, ax=ax, shrink=0.85, label=REFLECTIVITY if group == "std" else "")
    return save(figure, folder, "examples.png")


def receivers_of(run, shot, count):
    """(count, 3) positions of the receivers of a shot, NaN where a trace was not recorded; None where the file does not say."""
    places = run.array("observed", "receivers")
    if places is not None and places.ndim == 3:
        places = places[shot]
    return places if places is not None and places.shape == (count, 3) else None


def receiver_axis(places, count):
    """(first, last, label) of the traces of a shot: x where the receivers are equispaced along it, else their numbers."""
    alive = np.flatnonzero(np.isfinite(places[:, 0])) if places is not None else []
    if len(alive) > 1:
        x, y = places[alive, 0], places[alive, 1]
        step = (x[-1] - x[0]) / (alive[-1] - alive[0])
        if step != 0 and np.allclose(x, x[0] + step * (alive - alive[0]), atol=1e-3 * abs(step)) and np.allclose(y, y[0]):
            first = x[0] - step * alive[0]
            return first - step / 2, first + step * (count - 0.5), "x of the receiver [m]"
    return -0.5, count - 0.5, "receiver"


def gather(run, folder):
    """The middle shot record: traces against time, clipped so that late arrivals show; blue where none was recorded."""
    product = run.products["observed"]
    shape = product.shape("traces") if product else None
    if not shape or len(shape) != 3 or 0 in shape:
        return None
    shot = shape[0] // 2
    traces = run.array("observed", "traces", slice(shot, shot + 1))
    if traces is None:
        return None
    interval = run.attribute("observed", "sample_interval")
    end, label = (shape[2] * interval, "time [s]") if interval else (shape[2], "sample")
    record, places = traces[0], receivers_of(run, shot, shape[1])
    if places is not None:
        record[~np.isfinite(places[:, 0])] = np.nan
    limit = np.nanpercentile(np.abs(record), 98) or 1.0
    figure, ax = plt.subplots(figsize=(4.6, 4.6))
    first, last, axis = receiver_axis(places, shape[1])
    ax.set_facecolor(BAND)
    drawn = ax.imshow(record.T, extent=(first, last, end, 0), cmap="gray", vmin=-limit, vmax=limit,
                      aspect="auto")
    ax.set_title(f"observed data, shot {shot + 1} of {shape[0]}")
    ax.set_xlabel(axis)
    ax.set_ylabel(label)
    colour_bar(figure, drawn, ax=ax, label="amplitude (clipped at 98 %)")
    return save(figure, folder, "gather.png")


def lsrtm_convergence(run, folder):
    """Data residual of LS-RTM against iterations."""
    residual = run.array("inverted", "residual_norm")
    if residual is None or residual.size < 2 or not residual[0] > 0:
        return None
    figure, ax = plt.subplots(figsize=(4.6, 3.2))
    ax.plot(np.arange(residual.size), residual / residual[0], marker="o", markersize=3, color=CONTRAST)
    ax.set_ylim(0, 1.05)   # LSQR never adds to it, and rarely takes more than a decade: no logarithm
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel("LSQR iteration")
    ax.set_ylabel("residual norm / initial")
    ax.set_title("LS-RTM convergence")
    return save(figure, folder, "lsrtm.png")
