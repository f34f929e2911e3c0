"""Writes a run folder of the documented layout with made-up numbers, to test the report without a simulation.

usage: synthetic_run.py <folder>
"""
import json
import sys
from pathlib import Path

import h5py
import numpy as np

NZ, NX, N_TEST, N_DRAWS = 64, 80, 40, 63


def smooth(image, width):
    kernel = np.exp(-0.5 * (np.arange(-3 * width, 3 * width + 1) / width) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        image = np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), axis, image)
    return image


def layered_image(rng):
    z, x = np.mgrid[0:NZ, 0:NX]
    bend = 4 * np.sin(2 * np.pi * (x / NX + rng.random())) + 3 * (x > NX * (0.3 + 0.4 * rng.random()))
    layers = smooth(np.tile(rng.normal(size=(400, 1)), (1, 3)), 2)[:, 1]
    return 0.02 / layers.std() * layers[(2 * (z + bend) + 50).astype(int) % 400] * (z > 4)


def write(path, arrays, attributes=None, group_attributes=None):
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = np.asarray(values, dtype=np.int32 if name == "sbc/ranks" else np.float32)
        file.attrs.update(attributes or {})
        for group, values in (group_attributes or {}).items():
            file[group].attrs.update(values)


def make(folder, seed=7):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    truth = layered_image(rng)
    spread = 0.002 + 0.008 * np.linspace(0, 1, NZ)[:, None] * np.ones((1, NX))

    def draw(image):
        return image + spread * 3 * smooth(rng.normal(size=image.shape), 1)

    samples = np.array([draw(truth) for _ in range(16)])
    mean, std = samples.mean(axis=0), samples.std(axis=0, ddof=1)
    t = np.arange(300) * 0.003
    offset = np.abs(np.arange(32)[None, :] - 8 * np.arange(4)[:, None]) * 40 / 2000
    arrival = np.sqrt(0.3**2 + offset[..., None] ** 2)
    phase = (np.pi * 20 * (t - arrival)) ** 2
    traces = (1 - 2 * phase) * np.exp(-phase) + 0.1 * rng.normal(size=phase.shape)
    write(folder / "observed.h5", {"traces": traces, "truth": truth, "velocity": np.full((NZ, NX), 2000.0)},
          {"sample_interval": 0.003, "noise_sigma": 0.1, "nx": NX, "nz": NZ, "dx": 20.0, "dz": 12.5, "pde_solves": 8})
    write(folder / "migrated.h5", {"image": np.gradient(smooth(truth, 2), axis=0) * 1e4}, {"pde_solves": 8})
    write(folder / "inverted.h5", {"image": smooth(truth, 1) * 0.8, "residual_norm": 0.3 + np.exp(-0.4 * np.arange(9))},
          {"pde_solves": 128})
    write(folder / "pairs.h5", {"x": np.zeros((4, NZ, NX))}, {"n_train": 500, "n_test": N_TEST, "dx": 20.0, "dz": 12.5})
    epoch = np.arange(1, 61)
    write(folder / "flow.h5", {"history/epoch": epoch, "history/train_loss": NZ * NX * (0.2 + 1.2 * np.exp(-epoch / 12)),
                               "history/validation_loss": NZ * NX * (0.25 + 1.2 * np.exp(-epoch / 12) + 1e-5 * epoch**2),
                               "history/gradient_norm": 10 * np.exp(-epoch / 30) + rng.random(60),
                               "history/learning_rate": 1e-3 * np.cos(epoch / 60 * np.pi / 2) + 1e-6,
                               "history/seconds": np.full(60, 1.5)},
          {"network": "glow", "description": "glow, 3 scales x 4 steps", "n_parameters": 123456, "nz": NZ, "nx": NX})
    quantiles = {f"quantile_{q:02d}": np.quantile(samples, q / 100, axis=0) for q in (5, 25, 75, 95)}
    write(folder / "posterior.h5", {"mean": mean, "std": std, "median": np.median(samples, axis=0), "samples": samples,
                                    **quantiles},
          {"n_samples": 512, "out_of_distribution_score": 0.1, "out_of_distribution_p_value": 0.42, "pde_solves": 8})
    nominal = np.arange(1, 10) / 10
    arrays = {f"{metric}/{method}": centre + width * rng.normal(size=N_TEST)
              for metric, width, centres in (("snr", 0.8, (3, 6, 9)), ("ssim", 0.04, (0.4, 0.6, 0.8)),
                                             ("rmse", 0.001, (0.03, 0.02, 0.012)))
              for method, centre in zip(("rtm", "lsrtm", "posterior_mean"), centres)}
    examples = np.array([layered_image(rng) for _ in range(3)])
    arrays |= {"coverage/nominal": nominal, "coverage/empirical": nominal + 0.02 * rng.normal(size=9),
               "uce/predicted_std": np.linspace(0.002, 0.03, 10), "uce/count": np.full(10, 1000.0),
               "uce/rms_error": np.linspace(0.0025, 0.028, 10) + 0.001 * rng.normal(size=10),
               "sbc/ranks": rng.integers(0, N_DRAWS + 1, size=(N_TEST, 5)), "sbc/p_value": rng.random(5),
               "examples/truth": examples, "examples/mean": examples * 0.9, "examples/std": np.array([spread] * 3),
               "examples/rtm": np.gradient(examples, axis=1) * 1e4,
               "examples/samples": np.array([[draw(image) for _ in range(4)] for image in examples])}
    checks = {"checks/sbc": {"name": "SBC, 5 statistics", "standard_error": 0.0, "low": 0.01, "high": 1.0,
                             "verdict": "ok", "meaning": "even ranks"},
              "checks/predictive": {"name": "residual over noise", "standard_error": 0.004, "low": 0.9, "high": 1.1,
                                    "verdict": "FAILED", "meaning": "samples & data differ"}}
    points = np.arange(1, N_DRAWS + 1)
    arrays |= {"checks/sbc": [0.6], "checks/predictive": [1.2], "ecdf_band/points": points,
               "ecdf_band/low": points / (N_DRAWS + 1) - 0.2, "ecdf_band/high": points / (N_DRAWS + 1) + 0.2,
               "tarp/ranks_prior": rng.integers(0, N_DRAWS + 1, size=N_TEST),
               "tarp/ranks_data": rng.integers(0, N_DRAWS + 1, size=N_TEST), "z_score/some_z": rng.normal(size=200),
               "z_score/some_contraction": rng.random(200), "predictive/residual_ratio": 1.2 + 0.02 * rng.normal(size=20)}
    write(folder / "diagnostics.h5", arrays, {"pde_solves": 12800}, checks | {"checks": {"keys": "sbc,predictive"},
           "ecdf_band": {"n_draws": N_DRAWS}, "uce": {"uce": 0.0011}, "snr/lsrtm": {"iterations": 3},
           "sbc": {"n_draws": N_DRAWS, "combined_p_value": 0.6, "statistics": "mean,energy,shallow,deep,random_pixel"}})
    manifest = {"version": "0.1.0", "git": "0123456789ab", "ranks": 2, "hosts": 1, "ended": "done",
                "versions": {"MPI": "3.1", "Kokkos": "3.4.1", "HDF5": "1.10.8"},
                "parameters": [{"section": "grid", "key": "nx", "value": "80", "origin": "file:3"}]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    timers = {"date": "2026-01-01T00:00:00Z", "ranks": 2, "seconds": 91.0, "facts": {}, "build": {},
              "phases": [{"path": "pairs", "calls": 1, "min": 40.0, "mean": 41.0, "max": 42.0},
                         {"path": "pairs/simulate", "calls": 50, "min": 38.0, "mean": 39.0, "max": 40.0}]}
    (folder / "timings.json").write_text(json.dumps(timers))
    (folder / "run.status").write_text("done\n")


def make_waveform_inversion(folder, truth, velocity):
    """inverted.h5 of a waveform inversion in two bands, half way to the truth."""
    slowness = 1e6 / velocity**2
    iteration, band = np.concatenate([np.arange(6), np.arange(5, 10)]), np.repeat([0, 1], [6, 5])
    first = np.where(band == 0, 0, 5)
    write(folder / "inverted.h5",
          {"image": truth / 2, "velocity": 1e3 / np.sqrt(slowness + truth / 2), "start_velocity": velocity,
           "history/iteration": iteration, "history/band": band, "history/corner": np.where(band == 0, 4, 8),
           "history/misfit": np.exp(-0.3 * (iteration - first)), "history/relative_misfit": np.exp(-0.3 * (iteration - first)),
           "history/model_error": 1 - 0.05 * iteration}, {"pde_solves": 640, "method": "fwi"})


def make_correction(folder, truth):
    """corrected.h5: a posterior far from the truth, and one nearer to it."""
    rng = np.random.default_rng(3)
    far, near = 0.6 * truth, 0.9 * truth
    spread = 0.3 * np.abs(truth).max() * np.ones_like(truth)
    write(folder / "corrected.h5",
          {"mean": near, "std": 0.5 * spread, "amortized/mean": far, "amortized/std": spread, "latent_mean": rng.normal(size=50),
           "latent_std": np.ones(50), "objective": 100 * np.exp(-np.arange(40) / 10) + rng.normal(size=40)},
          {"residual_ratio": 1.01, "divergence_from_flow": 42.0, "pde_solves": 328}, {"amortized": {"residual_ratio": 1.25}})


if __name__ == "__main__":
    make(sys.argv[1])
