"""The numbers of a run: one dictionary (summary.json) and a short text table."""
import numpy as np

from . import checks
from .style import METHODS

METRICS = {"snr": ("SNR [dB]", "{:.2f}"), "ssim": ("SSIM", "{:.3f}"), "rmse": ("RMSE [s²/km²]", "{:.2e}")}


def statistics_of(values):
    """Mean, sample standard deviation and number of the finite values."""
    values = values[np.isfinite(values)]
    if values.size == 0:
        return None
    spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return {"mean": float(values.mean()), "std": spread, "n": int(values.size)}


def snr_db(estimate, truth):
    """-20 log10(|estimate - truth| / |truth|)."""
    error, signal = np.linalg.norm(estimate - truth), np.linalg.norm(truth)
    return float(-20 * np.log10(error / signal)) if error > 0 and signal > 0 else None


def inversion_name(run):
    """What inverted.h5 is called."""
    names = {"fwi": "FWI", "gauss_newton": "Gauss-Newton FWI"}
    return names.get(run.attribute("inverted", "method"), "LS-RTM")


def inversion(run):
    """Numbers of a waveform inversion, None when there is none."""
    misfit, band = run.array("inverted", "history/relative_misfit"), run.array("inverted", "history/band")
    error, iteration = run.array("inverted", "history/model_error"), run.array("inverted", "history/iteration")
    if misfit is None or band is None or iteration is None or misfit.size != band.size:
        return None
    result = {"method": inversion_name(run), "bands": int(band[-1]) + 1, "iterations": int(iteration[-1]),
              "relative_misfit": [float(misfit[band == b][-1]) for b in np.unique(band)]}
    if error is not None and error[-1] >= 0:
        result["model_error"] = float(error[-1])
    return result


def observed_data_set(run):
    """SNR of each image of the observed data set against its truth, and the mean posterior spread."""
    truth, mean = run.array("observed", "truth"), run.array("posterior", "mean")
    result = {}
    if truth is not None:
        for key, image in (("lsrtm" if inversion_name(run) == "LS-RTM" else "inverted", run.array("inverted", "image")), ("posterior_mean", mean)):
            if image is not None and image.shape == truth.shape:
                result[f"snr_{key}_db"] = snr_db(image, truth)
        rtm = run.array("migrated", "image")
        if rtm is not None and rtm.shape == truth.shape and np.any(rtm):
            # RTM has no amplitude in s²/km²: compared after the best scalar, which favours it.
            result["snr_rtm_best_scale_db"] = snr_db(rtm * np.vdot(rtm, truth) / np.vdot(rtm, rtm), truth)
    for key, name in (("amortized", "amortized/mean"), ("corrected", "mean")):
        image = run.array("corrected", name)
        if truth is not None and image is not None and image.shape == truth.shape:
            result[f"snr_{key}_mean_db"] = snr_db(image, truth)
    for key, group in (("amortized", "amortized"), ("corrected", "/")):
        ratio = run.attribute("corrected", "residual_ratio", group)
        if ratio is not None:
            result[f"residual_ratio_{key}"] = float(ratio)
    std = run.array("posterior", "std")
    if std is not None and np.isfinite(std).any():
        result["mean_posterior_std"] = float(np.nanmean(std))
    if truth is not None and mean is not None and mean.shape == truth.shape:
        result["rms_error"] = float(np.sqrt(np.nanmean((mean - truth) ** 2)))
    low, high = run.array("posterior", "quantile_05"), run.array("posterior", "quantile_95")
    if truth is not None and low is not None and high is not None and low.shape == truth.shape:
        result["coverage_90"] = float(np.mean((truth >= low) & (truth <= high)))
    return result


def loss_unit(run):
    """What a loss in flow.h5 [nats per image] is divided by to give nats per dimension: the number of pixels."""
    return float((run.attribute("flow", "nz") or 1) * (run.attribute("flow", "nx") or 1))


def sbc_names(run, count):
    """Names of the statistics whose ranks are tested."""
    names = str(run.attribute("diagnostics", "statistics", "sbc") or "").split(",")
    return names if len(names) == count else [f"statistic {i}" for i in range(1, count + 1)]


def method_labels(summary):
    """Names of the methods in tables. The baselines are compared after the best scalar, which favours them."""
    iterations = summary.get("lsrtm_iterations")
    return {"rtm": "RTM, best scale",
            "lsrtm": "LS-RTM, " + (f"{iterations} iterations, " if iterations else "") + "best scale",
            "posterior_mean": "posterior mean"}


def pde_solves(run):
    """PDE solves that each product says it cost."""
    counts = {}
    for product in ("observed", "migrated", "inverted", "pairs", "posterior", "corrected", "diagnostics"):
        value = run.attribute(product, "pde_solves")
        if value is not None:
            counts[product] = round(value)
    return counts


def summarize(run):
    """Everything the tables show, with None or an absent key for what the run has not produced."""
    diagnostics = run.products["diagnostics"]
    accuracy = {}
    for metric in METRICS:
        for method in METHODS:
            values = run.array("diagnostics", f"{metric}/{method}")
            numbers = statistics_of(values) if values is not None else None
            if numbers:
                accuracy.setdefault(metric, {})[method] = numbers
    summary = {"run": run.folder.name, "status": run.status, "test_set": accuracy,
               "observed_data_set": observed_data_set(run), "pde_solves": pde_solves(run), "notes": run.notes}
    nominal, empirical = run.array("diagnostics", "coverage/nominal"), run.array("diagnostics", "coverage/empirical")
    if nominal is not None and empirical is not None and nominal.size == empirical.size:
        summary["coverage"] = {"nominal": nominal.tolist(), "empirical": empirical.tolist(),
                               "largest_deviation": float(np.abs(nominal - empirical).max())}
    p_value = run.array("diagnostics", "sbc/p_value")
    if p_value is not None:
        summary["sbc"] = {"p_value": p_value.tolist(), "statistics": sbc_names(run, p_value.size),
                          "combined_p_value": run.attribute("diagnostics", "combined_p_value", "sbc"),
                          "n_draws": run.attribute("diagnostics", "n_draws", "sbc"),
                          "n_test": diagnostics.shape("sbc/ranks")[0] if "sbc/ranks" in diagnostics else None}
    if checks.table_of(run):
        summary["checks"] = checks.table_of(run)
    if inversion(run):
        summary["inversion"] = inversion(run)
    for key, product, attribute, group in (
            ("uce", "diagnostics", "uce", "uce"), ("lsrtm_iterations", "diagnostics", "iterations", "snr/lsrtm"), ("noise_sigma", "observed", "noise_sigma", "/"),
            ("n_train", "pairs", "n_train", "/"), ("n_test", "pairs", "n_test", "/"),
            ("network", "flow", "network", "/"), ("network_description", "flow", "description", "/"),
            ("n_parameters", "flow", "n_parameters", "/"), ("n_samples", "posterior", "n_samples", "/"),
            ("out_of_distribution_p_value", "posterior", "out_of_distribution_p_value", "/")):
        value = run.attribute(product, attribute, group)
        if value is not None:
            summary[key] = value
    validation = run.array("flow", "history/validation_loss")
    if validation is not None and np.isfinite(validation).any():
        seconds = run.array("flow", "history/seconds")
        summary["training"] = {"epochs": int(validation.size), "best_validation_loss": float(np.nanmin(validation)) / loss_unit(run),
                               "seconds": float(np.nansum(seconds)) if seconds is not None else None}
    summary["timings"] = timing_rows(run.timings)
    return summary


def timing_rows(timings):
    """The phases of timings.json as rows (depth, name, calls, min, mean, max), in seconds over ranks."""
    rows = []
    phases = timings.get("phases")
    for phase in phases if isinstance(phases, list) else []:
        if not isinstance(phase, dict) or not isinstance(phase.get("path"), str):
            continue
        seconds = [phase.get(key) for key in ("min", "mean", "max")]
        if all(isinstance(value, (int, float)) for value in seconds):
            rows.append({"depth": phase["path"].count("/"), "name": phase["path"].split("/")[-1],
                         "calls": phase.get("calls"), "min": seconds[0], "mean": seconds[1], "max": seconds[2]})
    return rows


def without_nan(value):
    """The same tree with None for numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def text_table(summary):
    """The short table of `tools/report --table`."""
    lines = [f"run {summary['run']}: {summary['status']}"]
    accuracy = summary["test_set"]
    if accuracy:
        n = max(numbers["n"] for metric in accuracy.values() for numbers in metric.values())
        width = max(len(label) for label in method_labels(summary).values())
        title = f"mean over {n} test images"
        lines += ["", f"{title:<{width}}" + "".join(f"{METRICS[m][0]:>22}" for m in accuracy)]
        for method, label in method_labels(summary).items():
            cells = []
            for metric in accuracy:
                numbers = accuracy[metric].get(method)
                form = METRICS[metric][1]
                cells.append(f"{form.format(numbers['mean'])} ± {form.format(numbers['std'])}" if numbers else "-")
            if any(cell != "-" for cell in cells):
                lines.append(f"{label:<{width}}" + "".join(f"{cell:>22}" for cell in cells))
    lines.append("")
    if "coverage" in summary:
        coverage = summary["coverage"]
        lines.append("coverage, nominal:   " + " ".join(f"{value:5.2f}" for value in coverage["nominal"]))
        lines.append("          measured:  " + " ".join(f"{value:5.2f}" for value in coverage["empirical"]))
    if "uce" in summary:
        lines.append(f"calibration error:   UCE {summary['uce']:.3g} s²/km²")
    if "sbc" in summary:
        sbc = summary["sbc"]
        combined = f"; combined {sbc['combined_p_value']:.3f}" if sbc["combined_p_value"] is not None else ""
        lines.append("SBC p-values:        " + ", ".join(
            f"{name} {value:.3f}" for name, value in zip(sbc["statistics"], sbc["p_value"])) + combined)
    if "checks" in summary:
        bad = [f"{row['name']} {row['verdict']}" for row in summary["checks"] if row["verdict"] != "ok"]
        count = len(summary["checks"])
        lines.append(f"checks:              {count - len(bad)} of {count} ok" + "".join(f"; {text}" for text in bad))
    observed = summary["observed_data_set"]
    if observed.get("snr_posterior_mean_db") is not None:
        lines.append(f"observed data set:   SNR of the posterior mean {observed['snr_posterior_mean_db']:.2f} dB")
    corrected = [f"{what} {observed[f'{key}_amortized{rest}']:.3g} -> {observed[f'{key}_corrected{rest}']:.3g}{unit}"
                 for what, key, rest, unit in (("SNR of the mean", "snr", "_mean_db", " dB"),
                                               ("residual of the samples over the noise", "residual_ratio", "", ""))
                 if observed.get(f"{key}_corrected{rest}") is not None]
    if corrected:
        lines.append("corrected:           " + ", ".join(corrected))
    if "out_of_distribution_p_value" in summary:
        lines.append(f"out of distribution: p = {summary['out_of_distribution_p_value']:.3f}")
    if "inversion" in summary:
        found = summary["inversion"]
        error = f", model error {found['model_error']:.3f}" if "model_error" in found else ""
        lines.append(f"inversion:           {found['method']}, {found['iterations']} iterations, misfit of each band down to "
                     + ", ".join(f"{value:.3g}" for value in found["relative_misfit"]) + error)
    if summary["pde_solves"]:
        lines.append("PDE solves:          " + ", ".join(f"{k} {v}" for k, v in summary["pde_solves"].items()))
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)
