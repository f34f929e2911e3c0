"""report.html: pictures and tables on one page that needs no network."""
import html
import json

from .checks import asked
from .summary import METRICS, method_labels

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2530; background: #fff; max-width: 1080px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.6em; margin-bottom: 0; } h2 { font-size: 1.15em; margin-top: 2em; border-bottom: 1px solid #d5dde8; }
p.sub, figcaption, .note { color: #5a6675; } figure { margin: 1em 0; } img { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin: .8em 0; } th, td { padding: .25em .9em .25em 0; text-align: left; vertical-align: top; }
th { border-bottom: 1px solid #1c2530; font-weight: 600; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
tr + tr td { border-top: 1px solid #edf1f5; } code { background: #f3f5f8; padding: 0 .25em; } details { margin: .6em 0; }
"""

# figure: (section, caption)
CAPTIONS = {
    "overview.png": ("The observed data set", "One data set: what is there, what migration shows, and the posterior. Truth, "
                     "LS-RTM and posterior mean share one colour scale; standard deviation and error share another."),
    "sections.png": ("The observed data set", "The images in three dimensions: two vertical sections through the middle of the "
                     "grid, and the depth at which the first image is strongest."),
    "profiles.png": ("The observed data set", "Depth profiles. Where the posterior is calibrated, the truth lies inside the "
                     "band at nine depths of ten."),
    "samples.png": ("The observed data set", "Four samples of the posterior: images that are plausible given these data."),
    "corrected.png": ("The observed data set", "The same data set before and after its latents were moved by the physics (task correct). "
                      "Means and truth share one colour scale, deviations and errors another."),
    "correction.png": ("The observed data set", "Objective of the correction, of each update's shots and latents [nats], and its mean over a "
                       "tenth of the updates."),
    "gather.png": ("The observed data set", "One shot record of the data, with noise."),
    "lsrtm.png": ("The observed data set", "Residual of the least-squares baseline."),
    "velocity.png": ("The observed data set", "Waveform inversion: velocity models, and below their change from the start."),
    "inversion.png": ("The observed data set", "Misfit of each frequency band, relative to its start, and the distance of the "
                      "model from the truth. Dotted: the next band begins."),
    "accuracy.png": ("The test set", "Data sets that the flow never saw in training, with known truth."),
    "examples.png": ("The test set", "Examples of the test set."),
    "calibration.png": ("Can the uncertainty be trusted?", "Left: how often the truth lies inside the central interval. "
                        "Right: RMS error of the pixels with a given predicted standard deviation."),
    "sbc.png": ("Can the uncertainty be trusted?", "Rank of the truth among posterior samples for the six scalar statistics of the "
                "image with the smallest p-values: uniform if calibrated; a hump means too wide, horns mean too narrow, a slope "
                "means biased."),
    "tarp.png": ("Can the uncertainty be trusted?", "TARP: how often the truth lies closer to a reference image than a given "
                 "part of the samples. On the diagonal if calibrated; see docs/diagnostics.md for what other shapes mean."),
    "z_scores.png": ("Can the uncertainty be trusted?", "Left: error in standard deviations against how much the data "
                     "narrowed the prior. Right: residual of data simulated from posterior samples, over the noise."),
    "posterior_contours.png": ("Against the known posterior", "The exact posterior (filled) and that of each method (lines): regions "
                               "that hold 10, 50 and 90 %. Cross: the truth."),
    "variational.png": ("Against the known posterior", "Left: distance of the flow from the exact posterior after each update. "
                        "Right: the objective of each batch of latents."),
    "race.png": ("Against the known posterior", "Left: distance from the exact posterior at the end of inferences of each length, "
                 "median and quartiles over random operators. Right: updates from scratch over preconditioned ones, one point an operator."),
    "aspire.png": ("Against the known posterior", "Relative errors of the posterior after each ASPIRE iteration: median and quartiles "
                   "over data sets. Dashed: what as many samples of the exact posterior leave."),
    "known_calibration.png": ("Against the known posterior", "Rank of the truth among posterior samples, one line a statistic: "
                              "uniform if calibrated."),
    "mixture.png": ("Against the known posterior", "Eight modes in the colours of their labels: exact, and samples for each label by "
                    "invertible networks that were trained with these losses."),
    "arms.png": ("Against the known posterior", "Arms that should end at the cross, forty of each method, and the ends of all samples "
                 "as dots. ABC is as good as exact."),
    "marginals.png": ("Against the known posterior", "Each number for the first data set, over its prior. The ratio of the widths is "
                      "the mean over all data sets: one means that the data tell nothing of it."),
    "correlations.png": ("Against the known posterior", "Correlations in the posterior of the first data set."),
    "training.png": ("Training", "Loss of the conditional flow; lower is better."),
}
SECTIONS = ["The observed data set", "The test set", "Can the uncertainty be trusted?", "Against the known posterior", "Training"]


def cell(value, form="{:.3g}"):
    if isinstance(value, bool) or value is None:
        return "-" if value is None else str(value).lower()
    if isinstance(value, float):
        return form.format(value)
    return html.escape(str(value))


def table(header, rows, text_columns=1):
    """Rows of already formatted cells; columns after the first `text_columns` are numbers, aligned right."""
    if not rows:
        return ""
    mark = ["" if i < text_columns else ' class="n"' for i in range(len(header))]
    head = "".join(f"<th{m}>{h}</th>" for m, h in zip(mark, header))
    body = "".join("<tr>" + "".join(f"<td{m}>{c}</td>" for m, c in zip(mark, row)) + "</tr>\n" for row in rows)
    return f"<table>\n<tr>{head}</tr>\n{body}</table>\n"


def accuracy_table(summary):
    accuracy = summary["test_set"]
    rows = []
    for method, label in method_labels(summary).items():
        numbers = [accuracy[metric].get(method) for metric in accuracy]
        if any(numbers):
            rows.append([label] + [f"{METRICS[m][1].format(n['mean'])} ± {METRICS[m][1].format(n['std'])}" if n else "-"
                                   for m, n in zip(accuracy, numbers)])
    return table(["mean ± standard deviation"] + [METRICS[m][0] for m in accuracy], rows)


def value_text(row):
    """The value of a check with its standard error; p-values have none."""
    error = row["standard_error"]
    return f"{row['value']:.3g}" + (f" ± {error:.2g}" if error else "")


def calibration_tables(summary):
    parts = []
    if summary.get("checks"):
        rows = [[html.escape(row["name"]), f"<b>{row['verdict']}</b>" if row["verdict"] != "ok" else "ok",
                 html.escape(row["meaning"]), value_text(row), html.escape(asked(row))] for row in summary["checks"]]
        parts.append(table(["check", "verdict", "meaning", "value ± standard error", "asked"], rows, text_columns=3))
    if "coverage" in summary:
        pairs = zip(summary["coverage"]["nominal"], summary["coverage"]["empirical"])
        parts.append(table(["central interval", "measured coverage", "difference [points]"],
                           [[f"{100 * n:.0f} %", f"{100 * e:.1f} %", f"{100 * (e - n):+.1f}"] for n, e in pairs]))
    rows = [["UCE [s²/km²]", cell(summary["uce"])]] if "uce" in summary else []
    if "sbc" in summary:
        sbc = summary["sbc"]
        rows += [[f"SBC p-value, {html.escape(name)}", f"{p:.3f}"] for name, p in zip(sbc["statistics"], sbc["p_value"])]
        if sbc["combined_p_value"] is not None:
            rows.append(["SBC p-value, combined", f"{sbc['combined_p_value']:.3f}"])
    return "".join(parts) + table(["calibration", ""], rows)


def data_set_table(summary):
    observed = summary["observed_data_set"]
    names = {"snr_rtm_best_scale_db": "SNR of RTM after the best scalar [dB]", "snr_lsrtm_db": "SNR of LS-RTM [dB]",
             "snr_inverted_db": "SNR of the inverted model's change [dB]", "snr_posterior_mean_db": "SNR of the posterior mean [dB]", "rms_error": "RMS error of the mean [s²/km²]",
             "mean_posterior_std": "mean posterior standard deviation [s²/km²]",
             "coverage_90": "fraction of true pixels inside the 90 % interval"}
    rows = [[names[key], cell(observed[key])] for key in names if observed.get(key) is not None]
    for key, label in (("noise_sigma", "standard deviation of the data noise"), ("n_samples", "posterior samples"),
                       ("out_of_distribution_p_value", "out-of-distribution p-value")):
        if key in summary:
            rows.append([label, cell(summary[key])])
    return table(["this data set", ""], rows)


def training_table(summary):
    keys = [("network", "network"), ("network_description", "layers"), ("n_parameters", "parameters"),
            ("n_train", "training pairs"), ("n_test", "test pairs")]
    rows = [[label, cell(summary[key])] for key, label in keys if key in summary]
    if "training" in summary:
        rows += [["epochs", cell(summary["training"]["epochs"])],
                 ["best validation loss [nats per dimension]", cell(summary["training"]["best_validation_loss"], "{:.4f}")],
                 ["training time [s]", cell(summary["training"]["seconds"], "{:.1f}")]]
    return table(["training", ""], rows, text_columns=2)


def cost_tables(summary):
    solves = table(["product", "PDE solves"], [[k, f"{v:,}"] for k, v in summary["pde_solves"].items()])
    rows = [["&nbsp;&nbsp;" * row["depth"] + html.escape(row["name"]), cell(row["calls"]),
             *(f"{row[key]:.2f}" for key in ("min", "mean", "max"))] for row in summary["timings"]]
    return solves + table(["phase", "calls", "min over ranks [s]", "mean [s]", "max [s]"], rows)


def manifest_part(manifest):
    """Scalars as a table; nested parts (parameters with origin, versions) folded away."""
    rows, nested = [], []
    for key, value in manifest.items():
        if isinstance(value, dict) and all(not isinstance(v, (dict, list)) for v in value.values()) and len(value) <= 12:
            rows += [[html.escape(f"{key}.{name}"), cell(v)] for name, v in value.items()]
        elif isinstance(value, (dict, list)):
            text = html.escape(json.dumps(value, indent=1, ensure_ascii=False))
            nested.append(f"<details><summary>{html.escape(key)}</summary><pre>{text}</pre></details>\n")
        else:
            rows.append([html.escape(key), cell(value)])
    return table(["manifest", ""], rows, text_columns=2) + "".join(nested)


def render(run, summary, figures):
    """The page as text. `figures` are the names of the files that were drawn into figures/."""
    tables = {"The observed data set": data_set_table(summary), "The test set": accuracy_table(summary),
              "Can the uncertainty be trusted?": calibration_tables(summary), "Training": training_table(summary), "Against the known posterior": ""}
    parts = []
    for section in SECTIONS:
        pictures = "".join(
            f'<figure><img src="figures/{name}" alt="{html.escape(CAPTIONS[name][1])}">'
            f"<figcaption>{html.escape(CAPTIONS[name][1])}</figcaption></figure>\n"
            for name in CAPTIONS if name in figures and CAPTIONS[name][0] == section)
        if pictures or tables[section]:
            parts.append(f"<h2>{section}</h2>\n{tables[section]}{pictures}")
    cost = cost_tables(summary)
    if cost:
        parts.append(f"<h2>Cost</h2>\n{cost}")
    if run.manifest:
        parts.append(f"<h2>How it was made</h2>\n{manifest_part(run.manifest)}")
    if run.notes:
        notes = "".join(f"<li>{html.escape(note)}</li>\n" for note in run.notes)
        parts.append(f'<h2>Left out</h2>\n<ul class="note">\n{notes}</ul>\n')
    name = html.escape(run.folder.name)
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{name} – bornflow</title>\n'
            f"<style>{STYLE}</style></head>\n<body>\n<h1>{name}</h1>\n"
            f'<p class="sub">bornflow run, status: {html.escape(run.status)}</p>\n' + "\n".join(parts) + "</body>\n</html>\n")
