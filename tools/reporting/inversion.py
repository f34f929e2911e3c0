"""Figures of a waveform inversion. Each function returns the file name, or None when the run has none."""
import matplotlib.pyplot as plt
import numpy as np

from .style import ACCENT, CONTRAST, Axes, colour_bar, panel_size, save, symmetric_limit

VELOCITY = "velocity [m/s]"


def true_velocity(run):
    """The velocity whose squared slowness is the background's plus the truth; None where there is no truth."""
    truth, background = run.array("observed", "truth"), run.array("observed", "velocity")
    if truth is None or background is None or truth.shape != background.shape:
        return None
    slowness = 1e6 / background**2 + truth
    return 1e3 / np.sqrt(slowness) if (slowness > 0).all() else None


def velocity_models(run, folder):
    """Start, truth and result on one scale; below, on another, the error, what was to be found and what was."""
    result, start = run.array("inverted", "velocity"), run.array("inverted", "start_velocity")
    if result is None or start is None or result.shape != start.shape or result.ndim != 2:
        return None
    truth = true_velocity(run)
    models = [("start", start)] + ([("truth", truth)] if truth is not None else []) + [("inverted", result)]
    changes = [(f"{title} − start", model - start) for title, model in models[1:]]
    differences = [("inverted − truth", result - truth) if truth is not None else None] + changes
    axes = Axes(result.shape, run.spacing())
    low, high = min(model.min() for _, model in models), max(model.max() for _, model in models)
    limit = symmetric_limit(*(change for _, change in changes))
    width, height = panel_size(axes, len(models), 2)
    figure, grid = plt.subplots(2, len(models), figsize=(width * 0.85, height * 0.9), sharex=True, sharey=True, squeeze=False)
    for column, ((title, model), difference) in enumerate(zip(models, differences)):
        drawn = grid[0, column].imshow(model, extent=axes.extent, cmap="viridis", vmin=low, vmax=high, aspect="equal")
        grid[0, column].set_title(title)
        if difference is None:
            grid[1, column].set_visible(False)
            continue
        changed = grid[1, column].imshow(difference[1], extent=axes.extent, cmap="seismic", vmin=-limit, vmax=limit,
                                         aspect="equal")
        grid[1, column].set(title=difference[0], xlabel=f"x [{axes.unit}]")
    for ax in grid[:, 0]:
        ax.set_ylabel(f"z [{axes.unit}]")
    colour_bar(figure, drawn, ax=grid[0, :], label=VELOCITY, shrink=0.9)
    colour_bar(figure, changed, ax=grid[1, :], label="difference [m/s]", shrink=0.9)
    return save(figure, folder, "velocity.png")


def inversion_history(run, folder):
    """Misfit of each band, relative to its start, and the error of the model where the truth is known."""
    iteration, band, corner, misfit = (run.array("inverted", f"history/{name}")
                                       for name in ("iteration", "band", "corner", "relative_misfit"))
    if any(values is None or values.size != misfit.size for values in (iteration, band, corner, misfit)):
        return None
    error = run.array("inverted", "history/model_error")
    has_error = error is not None and error.size == misfit.size and (error >= 0).all()
    figure, grid = plt.subplots(1, 2 if has_error else 1, figsize=(9 if has_error else 4.6, 3.4), squeeze=False)
    left = grid[0, 0]
    shades = plt.get_cmap("viridis")(np.linspace(0, 0.85, int(band.max()) + 1))
    for number, shade in enumerate(shades):
        mine = band == number
        if mine.any():
            label = f"up to {corner[mine][0]:g} Hz" if corner[mine][0] > 0 else "all frequencies"
            left.semilogy(iteration[mine], misfit[mine], ".-", color=shade, label=label)
    left.set(xlabel="iteration", ylabel="misfit / start of the band", title="data misfit")
    left.legend()
    if has_error:
        right = grid[0, 1]
        right.plot(iteration, error, color=ACCENT)
        right.set(xlabel="iteration", ylabel="|m − truth| / |start − truth|", title="model error", ylim=(0, None))
        for number, place in enumerate(iteration[1:][np.diff(band) > 0]):
            right.axvline(place, color=CONTRAST, linestyle=":", linewidth=1, label="next band" if number == 0 else None)
        if band.max() > band.min():
            right.legend()
    return save(figure, folder, "inversion.png")
