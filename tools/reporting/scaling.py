"""Scaling measurements: from the files of single runs to medians, efficiencies, a table and a picture.

The rate of a case is its work a second on all ranks together. Its efficiency is the rate of a rank over that at the fewest
ranks, for strong and for weak scaling alike.
"""
import csv
import os
import platform
import re
from datetime import datetime, timezone
from statistics import median

from .style import plt, save

COLUMNS = ["mode", "case", "ranks", "groups", "threads", "grid", "steps", "seconds", "seconds_min", "seconds_max",
           "points_per_second", "efficiency", "repetitions", "git", "date", "machine"]
COLOURS = ["#1f5fa8", "#c77c11", "#2d8a57", "#8e4a9e", "#c0392b", "#5b6770"]


def processor_name():
    try:
        with open("/proc/cpuinfo") as file:
            found = re.search(r"^model name\s*:\s*(.+)$", file.read(), re.M)
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.machine()


def benchmark_samples(report, ranks, group):
    """Samples of one benchmark.json. A case is a place in its list of waves, as the grid may grow with the ranks; its
    points_per_second is that of all ranks together. Steps and seconds are taken where the file has them; else the time of
    one step follows from the rate."""
    groups = report.get("groups", ranks // group)
    samples = {}
    for number, wave in enumerate(report["waves"]):
        shape = [int(wave[key]) for key in ("nx", "ny", "nz") if wave.get(key, 1) > 1]
        points = groups
        for extent in shape:
            points *= extent
        steps = wave.get("steps", 1)
        rate = wave["points_per_second"]
        samples[number, wave["step"]] = {
            "ranks": ranks, "groups": groups, "grid": "x".join(map(str, shape)), "steps": steps, "rate": rate,
            "seconds": wave.get("seconds", points * steps / rate), "points_per_second": rate, "git": report["git"]}
    return samples


def task_samples(report, task, ranks, group, work):
    """The sample of one task in a timings.json: the time of its slowest rank for `work`, which is 1 at the fewest ranks."""
    seconds = next(phase["max"] for phase in report["phases"] if phase["path"] == task)
    return {(0, task): {"ranks": ranks, "groups": ranks // group, "grid": "", "steps": "", "rate": work / seconds,
                        "seconds": seconds, "points_per_second": "", "git": report["build"]["git"]}}


def median_rows(samples, mode, machine):
    rows = []
    for (number, step), found in samples.items():
        seconds = [sample["seconds"] for sample in found]
        row = dict(found[0])
        row.update(number=number, case=step, mode=mode, machine=machine, repetitions=len(found),
                   threads=int(os.environ.get("OMP_NUM_THREADS") or 1), seconds=median(seconds), seconds_min=min(seconds),
                   seconds_max=max(seconds), rate=median(sample["rate"] for sample in found),
                   date=datetime.now(timezone.utc).strftime("%Y-%m-%d"))
        if row["points_per_second"] != "":
            row["points_per_second"] = row["rate"]
        rows.append(row)
    return rows


def by_case(rows):
    cases = {}
    for row in rows:
        cases.setdefault((row["number"], row["case"]), []).append(row)
    return {case: sorted(found, key=lambda row: row["ranks"]) for case, found in cases.items()}


def add_efficiency(rows):
    for found in by_case(rows).values():
        first = found[0]["rate"] / found[0]["ranks"]
        for row in found:
            row["efficiency"] = row["rate"] / row["ranks"] / first


def write_csv(rows, path):
    partial = path.with_suffix(".partial")
    with open(partial, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()})
    partial.replace(path)


def table(rows):
    lines = [f"{'case':<14} {'grid':>13} {'ranks':>6} {'groups':>6} {'seconds':>10} {'GPts/s':>8} {'efficiency':>10}"]
    for found in by_case(rows).values():
        for row in found:
            points = f"{row['points_per_second'] / 1e9:8.2f}" if row["points_per_second"] != "" else f"{'':8}"
            lines.append(f"{row['case']:<14} {row['grid']:>13} {row['ranks']:>6} {row['groups']:>6} {row['seconds']:>10.3g} "
                         f"{points} {100 * row['efficiency']:>8.0f} %")
    return "\n".join(lines)


def label_of(found):
    first, last = found[0], found[-1]
    if not first["grid"]:
        return first["case"]
    grid = first["grid"] if first["grid"] == last["grid"] else f"{first['grid']} to {last['grid']}"
    return f"{first['case']}, {grid.replace('x', ' x ')}"


def draw(rows, folder):
    """Speed-up against the ranks with the ideal line, and the efficiency below 1."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.5))
    counts = sorted({row["ranks"] for row in rows})
    ideal = [count / counts[0] for count in counts]
    left.plot(counts, ideal, color="#9a9a9a", linestyle="--", label="ideal")
    right.axhline(1.0, color="#9a9a9a", linestyle="--")
    highest = 1.0
    for colour, found in zip(COLOURS * len(rows), by_case(rows).values()):
        ranks = [row["ranks"] for row in found]
        efficiency = [row["efficiency"] for row in found]
        highest = max(highest, *efficiency)
        left.plot(ranks, [row["rate"] / found[0]["rate"] for row in found], marker="o", markersize=4, color=colour,
                  label=label_of(found))
        right.plot(ranks, efficiency, marker="o", markersize=4, color=colour)
    for ax in (left, right):
        ax.set_xscale("log", base=2)
        ax.set_xticks(counts, [str(count) for count in counts])
        ax.minorticks_off()
        ax.set_xlabel("ranks")
    if len(counts) > 1:
        left.set_yscale("log", base=2)
        left.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    left.set_ylabel("work a second, relative")
    right.set_ylabel("parallel efficiency")
    right.set_ylim(0, 1.1 * highest)
    left.legend(fontsize=7.5)
    first = rows[0]
    figure.suptitle(f"{first['mode']} scaling, {first['machine']}, {first['git'][:12]}, {first['date']}", fontsize=9)
    save(figure, folder, "scaling.png")
