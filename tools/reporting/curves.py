"""Figures of numbers. Each function returns the file name, or None when the run lacks what it needs."""
import math

import matplotlib.pyplot as plt
import numpy as np

from .checks import ecdf_band
from .style import ACCENT, BAND, CONTRAST, METHODS, REFLECTIVITY, save
from .summary import loss_unit, sbc_names


def training(run, folder):
    """Training and validation loss, gradient norm and learning rate against epochs."""
    epoch = run.array("flow", "history/epoch")
    train = run.array("flow", "history/train_loss")
    if epoch is None or train is None or epoch.size != train.size:
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    unit = loss_unit(run)
    left.plot(epoch, train / unit, color=ACCENT, label="training")
    validation = run.array("flow", "history/validation_loss")
    if validation is not None and validation.size == epoch.size:
        validation = validation / unit
        left.plot(epoch, validation, color=CONTRAST, label="validation")
        best = int(np.nanargmin(validation)) if np.isfinite(validation).any() else None
        if best is not None:
            left.plot(epoch[best], validation[best], "o", color=CONTRAST, markersize=4,
                      label=f"best: {validation[best]:.3f} at epoch {epoch[best]:.0f}")
    left.set_xlabel("epoch")
    left.set_ylabel("loss [nats per dimension]")
    left.set_title("flow training")
    left.legend()
    norm = run.array("flow", "history/gradient_norm")
    rate = run.array("flow", "history/learning_rate")
    right.set_xlabel("epoch")
    right.set_title("gradient norm and learning rate")
    if norm is not None and norm.size == epoch.size and (norm > 0).any():
        right.semilogy(epoch, norm, color=ACCENT)
        right.set_ylabel("gradient norm", color=ACCENT)
    if rate is not None and rate.size == epoch.size and (rate > 0).any():
        twin = right.twinx()
        twin.spines["right"].set_visible(True)
        twin.semilogy(epoch, rate, color="#777777", linestyle="--")
        twin.set_ylabel("learning rate", color="#777777")
    return save(figure, folder, "training.png")


def accuracy(run, folder):
    """SNR of every test image, by method, sorted by the posterior mean; and the spread as boxes."""
    snr = {name: run.array("diagnostics", f"snr/{name}") for name in METHODS}
    snr = {name: values for name, values in snr.items() if values is not None}
    if not snr:
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), gridspec_kw={"width_ratios": [2, 1]}, sharey=True)
    order = np.argsort(snr.get("posterior_mean", next(iter(snr.values()))))
    for name, values in snr.items():
        label, colour = METHODS[name]
        if values.size == order.size:
            left.plot(np.arange(1, order.size + 1), values[order], ".-", color=colour, label=label, linewidth=1,
                      markersize=4)
    left.set_xlabel("test image, sorted by SNR of the posterior mean")
    left.set_ylabel("SNR [dB]")
    left.set_title("accuracy over the test set (higher is better)")
    left.legend()
    boxes = right.boxplot([values[np.isfinite(values)] for values in snr.values()], widths=0.55, patch_artist=True,
                          medianprops={"color": "black"}, flierprops={"markersize": 3})
    for box, name in zip(boxes["boxes"], snr):
        box.set_facecolor(METHODS[name][1])
        box.set_alpha(0.6)
    right.set_xticks(range(1, len(snr) + 1), [METHODS[name][0].replace("posterior ", "posterior\n") for name in snr])
    right.set_title("spread")
    return save(figure, folder, "accuracy.png")


def calibration(run, folder):
    """Coverage of the central intervals, and predicted standard deviation against the actual error."""
    nominal = run.array("diagnostics", "coverage/nominal")
    empirical = run.array("diagnostics", "coverage/empirical")
    predicted = run.array("diagnostics", "uce/predicted_std")
    actual = run.array("diagnostics", "uce/rms_error")
    has_coverage = nominal is not None and empirical is not None
    has_uce = predicted is not None and actual is not None
    if not has_coverage and not has_uce:
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 4))
    left.set_visible(has_coverage)
    right.set_visible(has_uce)
    if has_coverage:
        unit = np.linspace(0, 1, 2)
        left.fill_between(unit, unit - 0.05, unit + 0.05, color=BAND, label="± 5 points")
        left.plot(unit, unit, color="#777777", linestyle="--", linewidth=1)
        left.plot(nominal, empirical, "o-", color=ACCENT, markersize=4, label="measured")
        left.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="nominal coverage of the central interval",
                 ylabel="fraction of true pixels inside", title="coverage")
        left.legend(loc="upper left")
    if has_uce:
        count = run.array("diagnostics", "uce/count")
        filled = np.isfinite(predicted) & np.isfinite(actual)
        if count is not None and count.size == predicted.size:
            filled &= count > 0
        limit = 1.08 * max(predicted[filled].max(initial=0), actual[filled].max(initial=0), 1e-30)
        right.plot([0, limit], [0, limit], color="#777777", linestyle="--", linewidth=1, label="calibrated")
        right.plot(predicted[filled], actual[filled], "o-", color=ACCENT, markersize=4, label="measured, by bin")
        value = run.attribute("diagnostics", "uce", "uce")
        right.set(xlim=(0, limit), ylim=(0, limit), aspect="equal", xlabel=f"predicted standard deviation {REFLECTIVITY}",
                  ylabel=f"RMS error {REFLECTIVITY}",
                  title="uncertainty against error" + (f", UCE = {value:.3g}" if value is not None else ""))
        right.locator_params(nbins=5)
        right.legend(loc="upper left")
    return save(figure, folder, "calibration.png")


def binomial_interval(n, p, level=0.99):
    """Central interval of a binomial count (smallest k with CDF >= tail), without SciPy."""
    k = np.arange(n + 1)
    log_choose = np.array([math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in k])
    cdf = np.cumsum(np.exp(log_choose + k * math.log(p) + (n - k) * math.log1p(-p)))
    tail = (1 - level) / 2
    return int(np.searchsorted(cdf, tail)), int(np.searchsorted(cdf, 1 - tail))


def dkw_band(n_tests, level=0.95):
    """The band of Dvoretzky, Kiefer & Wolfowitz, for runs that did not store their own: wider, above all at the ends."""
    half_width = math.sqrt(math.log(2 / (1 - level)) / (2 * n_tests))
    points = np.array([0.0, 1.0])
    return points, points - half_width, points + half_width


def rank_bins(n_values, n_tests):
    """Splits the rank values 0..L into equal bins with about five or more tests each."""
    wanted = min(20, max(4, n_tests // 5))
    equal = [count for count in range(2, wanted + 1) if n_values % count == 0]
    count = equal[-1] if equal and equal[-1] >= min(4, wanted) else min(wanted, n_values)
    return [len(part) for part in np.array_split(np.arange(n_values), count)]


def rank_statistics(run, folder):
    """Simulation-based calibration: histogram and ECDF difference of the ranks of the least uniform statistics."""
    ranks = run.array("diagnostics", "sbc/ranks")
    if ranks is None:
        return None
    ranks = ranks.reshape(len(ranks), -1)
    n_tests, n_statistics = ranks.shape
    draws = run.attribute("diagnostics", "n_draws", "sbc")
    n_values = int(draws if draws is not None else ranks.max()) + 1
    p_value = run.array("diagnostics", "sbc/p_value")
    sizes = rank_bins(n_values, n_tests)
    if len(sizes) < 2:
        return None
    edges = np.concatenate([[0], np.cumsum(sizes)]) - 0.5
    band = np.array([binomial_interval(n_tests, size / n_values) for size in sizes])
    names = sbc_names(run, n_statistics)
    if p_value is not None and p_value.size != n_statistics:
        p_value = None
    # The smallest p-values first; all of them are in the table.
    shown = (range(n_statistics) if p_value is None else np.argsort(p_value, kind="stable"))[:6]
    figure, grid = plt.subplots(2, len(shown), figsize=(max(2.3 * len(shown), 4.6), 4.4), sharex="col", sharey="row",
                                squeeze=False)
    points, low, high = ecdf_band(run) or dkw_band(n_tests)
    values = np.arange(n_values)
    for column, s in enumerate(shown):
        top, bottom = grid[:, column]
        top.fill_between(edges, np.append(band[:, 0], band[-1, 0]), np.append(band[:, 1], band[-1, 1]), step="post",
                         color=BAND)
        top.hist(ranks[:, s], bins=edges, color=ACCENT, rwidth=0.9, alpha=0.85)
        p_text = f", p = {p_value[s]:.3f}" if p_value is not None else ""
        top.yaxis.get_major_locator().set_params(integer=True)
        top.set_title(f"{names[s].replace('_', ' ')}{p_text}", fontsize=8)
        ecdf = np.array([(ranks[:, s] <= value).mean() for value in values])
        bottom.fill_between(points * n_values - 1, low - points, high - points, color=BAND)
        bottom.step(values, ecdf - (values + 1) / n_values, where="post", color=ACCENT)
        bottom.axhline(0, color="#777777", linestyle="--", linewidth=1)
        bottom.set_xlabel(f"rank in 0..{n_values - 1}")
    grid[0, 0].set_ylabel("test images\n(band: 99 % a bar)")
    grid[1, 0].set_ylabel("ECDF − uniform\n(band: 95 %, whole curve)")
    return save(figure, folder, "sbc.png")
